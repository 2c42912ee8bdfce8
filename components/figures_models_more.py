"""Figures of a model card: thresholds and their money, early prediction, revenue and number of clusters.

Pure functions from what a manifest tells to ``go.Figure``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from components.format import money, number, percent
from components.theme import ACCENT, CLUSTER_COLOURS, MUTED, NEGATIVE, POSITIVE
from core.analysis.model_card import REGIMES, Early
from core.decision import Counts, ThresholdRule, profits

_SHARES = (
    ("precision", "of those called, bought", ACCENT),
    ("recall", "buyers found", POSITIVE),
    ("f1", "F1: both in one", MUTED),
)
_REGIME_COLOURS = {"all": ACCENT, "before_cart": CLUSTER_COLOURS[5]}


def decisions_figure(*, counts: Sequence[Counts], place: int, best: int) -> go.Figure:
    """Return precision, recall and F1 by threshold, in %; a line at the chosen one, a dot at the best."""
    thresholds = [100 * count.threshold for count in counts]
    figure = go.Figure()
    for name, label, colour in _SHARES:
        shares = [getattr(count, name) for count in counts]
        figure.add_scatter(
            x=thresholds,
            y=[None if share is None else 100 * share for share in shares],
            name=label,
            mode="lines",
            line={"color": colour, "width": 2, "dash": "dot" if name == "f1" else "solid"},
            hovertemplate=f"from %{{x:.1f}}% on<br>%{{y:.1f}}% {label}<extra></extra>",
        )
    _mark(figure, thresholds[best], 100 * (counts[best].f1 or 0.0), "best F1")
    _chosen(figure, thresholds[place])
    figure.update_layout(
        xaxis={"title": "called a buyer from this probability on, %", "range": [0, 100], "nticks": 6},
        yaxis={"title": "%", "range": [0, 101], "nticks": 6},
    )
    return figure


def profit_figure(
    *, counts: Sequence[Counts], rule: ThresholdRule, place: int, best: int, currency: str
) -> go.Figure:
    """Return what contacting everybody from each threshold on brings, less the contacts."""
    thresholds = [100 * count.threshold for count in counts]
    worth = profits(counts, rule)
    figure = go.Figure(
        go.Scatter(
            x=thresholds,
            y=worth,
            name="value of buyers less cost of contacts",
            mode="lines",
            line={"color": ACCENT, "width": 2},
            customdata=[
                [money(value, currency, 0), number(count.called), number(count.tp)]
                for value, count in zip(worth, counts, strict=True)
            ],
            hovertemplate=(
                "<b>from %{x:.1f}% on: %{customdata[0]}</b><br>%{customdata[1]} contacts, "
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
        xaxis={"title": "contacted from this probability on, %", "range": [0, 100], "nticks": 6},
        yaxis={
            "title": f"on the test sessions, {currency}",
            "range": [lowest - room / 3, top + room],
            "tickformat": ",",
            "nticks": 6,
        },
        showlegend=False,
    )
    return figure


def early_figure(*, rows: Sequence[Early], metric: str, label: str, base: bool = False) -> go.Figure:
    """Return a figure by number of events seen, a line a regime, with its intervals.

    With ``base``, also the share of buyers: what chance reaches.
    """
    order = list(dict.fromkeys(row.label for row in sorted(rows, key=_later)))
    figure = go.Figure()
    for regime, name in REGIMES.items():
        told = [row for row in rows if row.regime == regime and _value(row, metric) is not None]
        told.sort(key=_later)
        if not told:
            continue
        values = [float(row.metrics[metric]["value"]) for row in told]
        figure.add_scatter(
            x=[row.label for row in told],
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": _REGIME_COLOURS[regime], "width": 2},
            marker={"size": 6},
            customdata=[[number(row.n), number(row.buyers), _interval(row, metric)] for row in told],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [_end(row, metric, "high") - value for row, value in zip(told, values, strict=True)],
                "arrayminus": [
                    value - _end(row, metric, "low") for row, value in zip(told, values, strict=True)
                ],
                "thickness": 1.2,
                "width": 3,
                "color": _REGIME_COLOURS[regime],
            },
            hovertemplate=(
                f"<b>{name}, %{{x}} events</b><br>{label} %{{y:.3f}} (%{{customdata[2]}})<br>"
                "%{customdata[0]} sessions, %{customdata[1]} buyers<extra></extra>"
            ),
        )
        if base:
            figure.add_scatter(
                x=[row.label for row in told],
                y=[row.buyers / row.n if row.n else None for row in told],
                name=f"base rate, {name.lower()}",
                mode="lines",
                line={"color": _REGIME_COLOURS[regime], "width": 1, "dash": "dot"},
                hovertemplate="base rate %{y:.3f}<extra></extra>",
            )
    figure.update_layout(
        xaxis={
            "title": "events seen so far",
            "type": "category",
            "categoryorder": "array",
            "categoryarray": order,
        },
        yaxis={"title": label, "nticks": 6, **({"rangemode": "tozero"} if base else {})},
    )
    return figure


def revenue_deciles_figure(*, deciles: Sequence[Mapping[str, Any]], currency: str) -> go.Figure:
    """Return expected and real revenue a session by tenth of the sessions, highest expected first."""
    tenths = [str(row["decile"]) for row in deciles]
    actual = [float(row["actual"] or 0.0) for row in deciles]
    figure = go.Figure()
    figure.add_bar(
        x=tenths,
        y=[row["expected"] for row in deciles],
        name="expected",
        marker={"color": ACCENT},
        customdata=[[money(row["expected"], currency)] for row in deciles],
        hovertemplate="<b>tenth %{x}</b><br>expected %{customdata[0]} a session<extra></extra>",
    )
    figure.add_bar(
        x=tenths,
        y=actual,
        name="real",
        marker={"color": MUTED},
        customdata=[[money(row["actual"], currency), number(row["n"])] for row in deciles],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [_gap(row["high"], value) for row, value in zip(deciles, actual, strict=True)],
            "arrayminus": [_gap(value, row["low"]) for row, value in zip(deciles, actual, strict=True)],
            "thickness": 1.2,
            "width": 3,
        },
        hovertemplate=(
            "<b>tenth %{x}</b><br>really %{customdata[0]} a session"
            "<br>%{customdata[1]} sessions<extra></extra>"
        ),
    )
    figure.update_layout(
        barmode="group",
        xaxis={"title": "tenth of the sessions, highest expected first", "type": "category"},
        yaxis={"title": f"revenue a session, {currency}", "rangemode": "tozero", "nticks": 6},
    )
    return figure


def clustering_figure(*, candidates: Sequence[Mapping[str, Any]], chosen: int | None) -> go.Figure:
    """Return how well each number of clusters keeps visits apart, and how stable it is; both up to 1."""
    ks = [str(row["k"]) for row in candidates]
    figure = go.Figure()
    for key, label, colour in (
        ("silhouette", "apart (silhouette)", ACCENT),
        ("stability", "found again (adjusted Rand)", POSITIVE),
    ):
        values = [row.get(key) for row in candidates]
        if all(value is None for value in values):
            continue
        figure.add_scatter(
            x=ks,
            y=values,
            name=label,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": [11 if row["k"] == chosen else 6 for row in candidates], "opacity": 1},
            hovertemplate=f"%{{x}} clusters<br>{label} %{{y:.3f}}<extra></extra>",
        )
    figure.update_layout(
        xaxis={"title": "number of clusters", "type": "category"},
        yaxis={"title": "score, 1 is best", "rangemode": "tozero", "nticks": 6},
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


def _later(row: Early) -> float:
    return float("inf") if row.k is None else row.k


def _value(row: Early, metric: str) -> float | None:
    return (row.metrics.get(metric) or {}).get("value")


def _end(row: Early, metric: str, side: str) -> float:
    figure = row.metrics[metric]
    return float(figure["value"] if figure.get(side) is None else figure[side])


def _interval(row: Early, metric: str) -> str:
    return f"{_end(row, metric, 'low'):.3f} to {_end(row, metric, 'high'):.3f}"


def _gap(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else max(0.0, float(high) - float(low))
