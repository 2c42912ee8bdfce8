"""Figures of the journey editor: the prediction after each step, as lines that go up in steps."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from components.base.format import estimate, percent
from components.base.theme import ACCENT, NEGATIVE, POSITIVE


def probability_figure(
    *,
    shares: Sequence[float],
    names: Sequence[str],
    finished: float | None = None,
    threshold: float | None = None,
) -> go.Figure:
    """Return the probability after each step, in %, and if nothing more happens.

    Parameters
    ----------
    shares, names
        A probability (share of 1) and a name a step.
    finished
        The probability of the same visit, over.
    threshold
        From where on it counts as a likely buyer.
    """
    places = list(range(1, len(shares) + 1))
    figure = go.Figure()
    figure.add_scatter(
        x=places,
        y=[100 * share for share in shares],
        mode="lines+markers",
        line={"shape": "hv", "width": 2, "color": ACCENT},
        marker={"size": 7, "color": ACCENT},
        customdata=[[name, percent(share, 1)] for name, share in zip(names, shares, strict=True)],
        hovertemplate="<b>%{x}. %{customdata[0]}</b><br>%{customdata[1]} if the visit goes on<extra></extra>",
    )
    if finished is not None:
        figure.add_scatter(
            x=[len(shares) + 1],
            y=[100 * finished],
            mode="markers",
            marker={"size": 10, "symbol": "diamond", "color": POSITIVE},
            customdata=[[percent(finished, 1)]],
            hovertemplate="<b>If nothing more happens</b><br>%{customdata[0]}<extra></extra>",
        )
    top = max([*shares, finished or 0.0, 0.02]) * 1.18
    figure.update_layout(
        xaxis=_steps(places, ended=finished is not None),
        yaxis={"title": "probability of a purchase, %", "range": [0, 100 * min(max(top, 0.05), 1.04)]},
        showlegend=False,
    )
    if threshold is not None and threshold <= top:
        figure.add_hline(y=100 * threshold, line={"dash": "dash", "width": 1.5, "color": NEGATIVE})
        figure.add_annotation(
            x=0,
            xref="paper",
            y=100 * threshold,
            text=f"likely buyer from {percent(threshold)}",
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
        )
    return figure


def revenue_figure(
    *, amounts: Sequence[float], names: Sequence[str], currency: str | None, finished: float | None = None
) -> go.Figure:
    """Return the expected revenue after each step, and if nothing more happens."""
    places = list(range(1, len(amounts) + 1))
    figure = go.Figure()
    figure.add_scatter(
        x=places,
        y=list(amounts),
        mode="lines+markers",
        line={"shape": "hv", "width": 2, "color": ACCENT},
        marker={"size": 6, "color": ACCENT},
        customdata=[[name, estimate(amount, currency)] for name, amount in zip(names, amounts, strict=True)],
        hovertemplate="<b>%{x}. %{customdata[0]}</b><br>%{customdata[1]} if the visit goes on<extra></extra>",
    )
    if finished is not None:
        figure.add_scatter(
            x=[len(amounts) + 1],
            y=[finished],
            mode="markers",
            marker={"size": 9, "symbol": "diamond", "color": POSITIVE},
            customdata=[[estimate(finished, currency)]],
            hovertemplate="<b>If nothing more happens</b><br>%{customdata[0]}<extra></extra>",
        )
    title = f"expected revenue, {currency}" if currency else "expected revenue"
    figure.update_layout(
        xaxis=_steps(places, ended=finished is not None),
        yaxis={"title": title, "rangemode": "tozero", "nticks": 5},
        showlegend=False,
    )
    return figure


def _steps(places: Sequence[int], *, ended: bool) -> dict[str, object]:
    every = max(1, round(len(places) / 12))
    shown = [place for place in places if (place - 1) % every == 0]
    labels = [str(place) for place in shown]
    if ended:
        # Its neighbour gives way where both would not have room.
        keep = [place for place in shown if len(places) + 1 - place >= every]
        shown, labels = [*keep, len(places) + 1], [*(str(place) for place in keep), "end"]
    return {
        "title": "step",
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": labels,
        "range": [0.6, len(places) + (1.5 if ended else 0.5)],
        "showgrid": False,
    }
