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
    told = [[*day, text] for day, text in zip(said, written, strict=True)]
    shared = {
        "x": days,
        "customdata": told,
        "hovertemplate": f"<b>%{{customdata[0]}}</b><br>{name.lower()} %{{customdata[1]}}<extra></extra>",
        "name": name,
    }
    if line:
        figure.add_scatter(
            mode="lines+markers",
            line={"color": ACCENT},
            marker={"color": ACCENT, "size": 5},
            **{**shared, **_with_gaps(starts, values, told, span)},
        )
    else:
        figure.add_bar(y=values, width=0.85 * span * DAY_MS, marker={"color": ACCENT}, **shared)
    if expected is not None:
        words = [[*day, text] for day, text in zip(said, expected_written, strict=True)]
        figure.add_scatter(
            **_with_gaps(starts, expected, words, span),
            name="Expected",
            mode="lines+markers",
            line={"color": MUTED, "dash": "dot"},
            marker={"color": MUTED, "size": 5},
            hovertemplate="<b>%{customdata[0]}</b><br>expected %{customdata[1]}<extra></extra>",
        )
    figure.update_layout(
        xaxis=date_axis(starts, "week" if weekly else "day"),
        yaxis={"title": axis, "rangemode": "tozero", "nticks": 5, "tickformat": ","},
        showlegend=expected is not None,
    )
    return figure


def _with_gaps(
    starts: Sequence[dt.date], values: Sequence[float | None], words: Sequence[list[str]], span: int
) -> dict[str, list[object]]:
    """Return what a line is drawn of: an empty step where days are missing, so that none crosses them."""
    x: list[object] = []
    y: list[object] = []
    said: list[object] = []
    before = None
    for start, value, text in zip(starts, values, words, strict=True):
        if before is not None and (start - before).days > span:
            x.append((before + dt.timedelta(days=span)).isoformat())
            y.append(None)
            said.append([""] * len(text))
        x.append(start.isoformat())
        y.append(value)
        said.append(text)
        before = start
    return {"x": x, "y": y, "customdata": said}
