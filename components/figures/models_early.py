"""Figures of a model card: early prediction, revenue and number of clusters.

Pure functions from what a manifest tells to ``go.Figure``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from components.base.format import money, number
from components.base.theme import ACCENT, CLUSTER_COLOURS, MUTED, POSITIVE
from core.bundle.model_card import REGIMES, Early

_REGIME_COLOURS = {"all": ACCENT, "before_cart": CLUSTER_COLOURS[5]}


def early_figure(*, rows: Sequence[Early], metric: str, label: str, base: bool = False) -> go.Figure:
    """Return a figure by number of events seen, a line a regime, with its intervals.

    Thin and dashed beside it, where it was measured: a model of finished sessions only. With ``base``,
    also the share of buyers: what chance reaches.
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
        beside = [(row.whole_only.get(metric) or {}).get("value") for row in told]
        if any(value is not None for value in beside):
            figure.add_scatter(
                x=[row.label for row in told],
                y=beside,
                name=f"{name.lower()}, learned from whole sessions only",
                mode="lines",
                showlegend=False,
                line={"color": _REGIME_COLOURS[regime], "width": 1.2, "dash": "dash"},
                hovertemplate=f"whole sessions only<br>{label} %{{y:.3f}}<extra></extra>",
            )
        if base:
            figure.add_scatter(
                x=[row.label for row in told],
                y=[row.buyers / row.n if row.n else None for row in told],
                name=f"base rate, {name.lower()}",
                mode="lines",
                showlegend=False,
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
    """Return expected and real revenue a session by tenth of sessions, highest expected revenue first."""
    tenths = [str(row["decile"]) for row in deciles]
    actual = [float(row["actual"] or 0.0) for row in deciles]
    figure = go.Figure()
    figure.add_bar(
        x=tenths,
        y=[row["expected"] for row in deciles],
        name="expected",
        marker={"color": ACCENT},
        customdata=[[money(row["expected"], currency)] for row in deciles],
        hovertemplate="<b>tenth %{x}</b><br>expected %{customdata[0]} per session<extra></extra>",
    )
    figure.add_bar(
        x=tenths,
        y=actual,
        name="actual",
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
            "<b>tenth %{x}</b><br>actual %{customdata[0]} per session"
            "<br>%{customdata[1]} sessions<extra></extra>"
        ),
    )
    figure.update_layout(
        barmode="group",
        xaxis={"title": "tenth of sessions, highest expected revenue first", "type": "category"},
        yaxis={"title": f"revenue per session, {currency}", "rangemode": "tozero", "nticks": 6},
    )
    return figure


def clustering_figure(*, candidates: Sequence[Mapping[str, Any]], chosen: int | None) -> go.Figure:
    """Return how well each number of clusters keeps visits apart, and how stable it is; both up to 1."""
    ks = [str(row["k"]) for row in candidates]
    figure = go.Figure()
    for key, label, colour in (
        ("silhouette", "separation (silhouette)", ACCENT),
        ("stability", "stability (adjusted Rand)", POSITIVE),
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
            error_y=_around(candidates, key),
            marker={"size": [11 if row["k"] == chosen else 6 for row in candidates], "opacity": 1},
            hovertemplate=f"%{{x}} clusters<br>{label} %{{y:.3f}}<extra></extra>",
        )
    figure.update_layout(
        xaxis={"title": "number of clusters", "type": "category"},
        yaxis={"title": "score, 1 is best", "rangemode": "tozero", "nticks": 6},
    )
    return figure


def _around(candidates: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any] | None:
    """Return the error bars of a score of numbers of clusters, where they are told."""
    if any(f"{key}_{side}" not in row for row in candidates for side in ("low", "high")):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [_gap(row[f"{key}_high"], row[key]) for row in candidates],
        "arrayminus": [_gap(row[key], row[f"{key}_low"]) for row in candidates],
        "thickness": 1.2,
        "width": 3,
    }


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
