"""Figures of thresholds: precision and recall, and what contacting everybody from there on brings.

Pure functions from the counts of right and wrong decisions to ``go.Figure``.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from components.base.format import money, number, percent
from components.base.theme import ACCENT, MUTED, NEGATIVE, POSITIVE
from core.bundle.threshold import ThresholdRule, profits
from core.stats.decisions import DecisionCounts
from core.training.curves import FEWEST_CALLED

_SHARES = (
    ("precision", "likely buyers who bought", ACCENT),
    ("recall", "buyers found", POSITIVE),
    ("f1", "F1: both combined", MUTED),
)


def decisions_figure(*, counts: Sequence[DecisionCounts], place: int, best: int) -> go.Figure:
    """Return precision, recall and F1 by threshold, in %; a line at the chosen one, a dot at the best."""
    thresholds = [100 * count.threshold for count in counts]
    figure = go.Figure()
    for name, label, colour in _SHARES:
        # Precision of a handful of sessions jumps from nothing to everything.
        shares = [
            None if name == "precision" and count.called < FEWEST_CALLED else getattr(count, name)
            for count in counts
        ]
        figure.add_scatter(
            x=thresholds,
            y=[None if share is None else 100 * share for share in shares],
            name=label,
            mode="lines",
            line={"color": colour, "width": 2, "dash": "dot" if name == "f1" else "solid"},
            customdata=[
                [percent(count.threshold), percent(share)]
                for count, share in zip(counts, shares, strict=True)
            ],
            hovertemplate=f"from %{{customdata[0]}} on<br>%{{customdata[1]}} {label}<extra></extra>",
        )
    _mark(figure, thresholds[best], 100 * (counts[best].f1 or 0.0), "best F1")
    _chosen(figure, thresholds[place])
    figure.update_layout(
        xaxis={"title": "likely-buyer cut-off, %", "range": [0, 100], "nticks": 6},
        yaxis={"title": "%", "range": [0, 101], "nticks": 6},
    )
    return figure


def profit_figure(
    *, counts: Sequence[DecisionCounts], rule: ThresholdRule, place: int, best: int, currency: str
) -> go.Figure:
    """Return what contacting everybody from each threshold on brings, less the contacts."""
    thresholds = [100 * count.threshold for count in counts]
    worth = profits(counts, rule)
    figure = go.Figure(
        go.Scatter(
            x=thresholds,
            y=worth,
            name="value of buyers minus cost of contacts",
            mode="lines",
            line={"color": ACCENT, "width": 2},
            customdata=[
                [money(value, currency, 0), number(count.called), number(count.tp), percent(count.threshold)]
                for value, count in zip(worth, counts, strict=True)
            ],
            hovertemplate=(
                "<b>from %{customdata[3]} on: %{customdata[0]}</b><br>%{customdata[1]} contacts, "
                "%{customdata[2]} of them buyers<extra></extra>"
            ),
        )
    )
    _mark(figure, thresholds[best], worth[best], f"best: {money(worth[best], currency, 0)}")
    _chosen(figure, thresholds[place])
    figure.add_hline(y=0, line={"dash": "dot", "width": 1, "color": MUTED})
    top, bottom = max([*worth, 0.0]), min([*worth, 0.0])
    # A contact that costs much makes contacting everybody so dear that the rest would be a flat line.
    lowest = max(bottom, -1.2 * top) if top > 0 else bottom
    room = 0.15 * ((top - lowest) or 1.0)
    figure.update_layout(
        xaxis={"title": "contacted from this probability, %", "range": [0, 100], "nticks": 6},
        yaxis={
            "title": f"on the test sessions, {currency}",
            "range": [lowest - room / 3, top + room],
            "tickformat": ",",
            "nticks": 6,
        },
        showlegend=False,
    )
    return figure


def _mark(figure: go.Figure, x: float, y: float, text: str) -> None:
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers+text",
        marker={"size": 9, "color": POSITIVE},
        text=[text],
        textposition="top left" if x > 60 else "top right",
        showlegend=False,
        hoverinfo="skip",
    )


def _chosen(figure: go.Figure, x: float) -> None:
    figure.add_vline(x=x, line={"dash": "dash", "width": 1.5, "color": NEGATIVE})
    figure.add_annotation(
        x=x,
        y=0,
        yref="paper",
        text=percent(x / 100),
        showarrow=False,
        xanchor="right" if x > 60 else "left",
        yanchor="bottom",
        xshift=-5 if x > 60 else 5,
    )
