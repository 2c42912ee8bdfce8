"""Figures of home: what came in by day or week, and what was expected beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import plotly.graph_objects as go

from components.base.format import date
from components.base.theme import ACCENT, MUTED
from components.figures.dates import DAY_MS, date_axis


def over_time_figure(
    *,
    starts: Sequence[dt.date],
    values: Sequence[float | None],
    written: Sequence[str],
    axis: str,
    weekly: bool,
    expected: Sequence[float | None] | None = None,
    expected_written: Sequence[str] = (),
    name: str = "Actual",
    line: bool = False,
) -> go.Figure:
    """Return bars (or a ``line``) a day or a week, with a dotted line of what was ``expected``.

    Parameters
    ----------
    starts
        First days of the steps.
    values, written
        What came, and the same as text for whoever points at it; None leaves a gap.
    """
    span = 7 if weekly else 1
    days = [start.isoformat() for start in starts]
    said = [[f"week of {date(start)}" if weekly else f"{start:%A}, {date(start)}"] for start in starts]
    figure = go.Figure()
    shared = {
        "x": days,
        "customdata": [[*day, text] for day, text in zip(said, written, strict=True)],
        "hovertemplate": f"<b>%{{customdata[0]}}</b><br>{name.lower()} %{{customdata[1]}}<extra></extra>",
        "name": name,
    }
    if line:
        figure.add_scatter(
            y=values,
            mode="lines+markers",
            line={"color": ACCENT},
            marker={"color": ACCENT, "size": 5},
            **shared,
        )
    else:
        figure.add_bar(y=values, width=0.85 * span * DAY_MS, marker={"color": ACCENT}, **shared)
    if expected is not None:
        figure.add_scatter(
            x=days,
            y=expected,
            name="Expected",
            mode="lines+markers",
            line={"color": MUTED, "dash": "dot"},
            marker={"color": MUTED, "size": 5},
            customdata=[[*day, text] for day, text in zip(said, expected_written, strict=True)],
            hovertemplate="<b>%{customdata[0]}</b><br>expected %{customdata[1]}<extra></extra>",
        )
    figure.update_layout(
        xaxis=date_axis(starts, "week" if weekly else "day"),
        yaxis={"title": axis, "rangemode": "tozero", "nticks": 5, "tickformat": ","},
        showlegend=expected is not None,
    )
    return figure
