"""Figures of a model card: how well it ranks, and whether its probabilities are honest.

Pure functions from a manifest's curves to ``go.Figure``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from components.base.format import number, percent
from components.base.theme import ACCENT, MUTED, NEGATIVE
from core.base.written import counted

Curve = Mapping[str, Sequence[Any]]


def roc_figure(*, roc: Curve) -> go.Figure:
    """Return found buyers against wrongly called others, in % of each; chance is the diagonal."""
    figure = go.Figure()
    figure.add_scatter(x=[0, 100], y=[0, 100], name="by chance", **_reference())
    figure.add_scatter(
        x=_percent(roc["false_positive"]),
        y=_percent(roc["true_positive"]),
        name="this model",
        mode="lines",
        line={"color": ACCENT, "width": 2},
        customdata=_hovered(roc["true_positive"], roc["false_positive"]),
        hovertemplate=(
            "%{customdata[0]} of buyers found<br>%{customdata[1]} of other sessions flagged too"
            "<extra></extra>"
        ),
    )
    figure.update_layout(
        xaxis={"title": "other sessions flagged, %", "range": [0, 100], "nticks": 6},
        yaxis={"title": "buyers found, %", "range": [0, 101], "nticks": 6},
    )
    return figure


def pr_figure(*, pr: Curve, base_rate: float | None) -> go.Figure:
    """Return how many of those called really bought, against how many buyers are found."""
    figure = go.Figure()
    if base_rate is not None:
        figure.add_scatter(
            x=[0, 100], y=[100 * base_rate] * 2, name=f"base rate {percent(base_rate)}", **_reference()
        )
    figure.add_scatter(
        x=_percent(pr["recall"]),
        y=_percent(pr["precision"]),
        name="this model",
        mode="lines",
        line={"color": ACCENT, "width": 2},
        customdata=_hovered(pr["recall"], pr["precision"]),
        hovertemplate=(
            "%{customdata[0]} of buyers found<br>%{customdata[1]} of likely buyers bought<extra></extra>"
        ),
    )
    figure.update_layout(
        xaxis={"title": "buyers found (recall), %", "range": [0, 100], "nticks": 6},
        yaxis={"title": "likely buyers who bought (precision), %", "range": [0, 101], "nticks": 6},
    )
    return figure


def gains_figure(*, gains: Curve) -> go.Figure:
    """Return which share of the buyers is in the most probable tenth, two tenths and so on."""
    figure = go.Figure()
    figure.add_scatter(x=[0, 100], y=[0, 100], name="by chance", **_reference())
    figure.add_scatter(
        x=[0.0, *_percent(gains["share"])],
        y=[0.0, *_percent(gains["captured"])],
        name="this model",
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 6},
        customdata=_hovered([0.0, *gains["captured"]]),
        hovertemplate="top %{x:.0f}% of sessions<br>%{customdata[0]} of all buyers<extra></extra>",
    )
    figure.update_layout(
        xaxis={"title": "sessions, likeliest first, %", "range": [0, 100], "nticks": 6},
        yaxis={"title": "buyers found, %", "range": [0, 102], "nticks": 6},
    )
    return figure


def lift_figure(*, gains: Curve) -> go.Figure:
    """Return how many times as many buyers as on average each tenth has, with its interval."""
    lift = list(gains["lift"])
    tenths = [str(place + 1) for place in range(len(lift))]
    figure = go.Figure(
        go.Bar(
            x=tenths,
            y=lift,
            customdata=[
                [f"{counted(n, 'session')}, {number(buyers, 1)} buyers", f"{number(low)} to {number(high)}"]
                for n, buyers, low, high in zip(
                    gains["n"], gains["buyers"], gains["low"], gains["high"], strict=True
                )
            ],
            marker={"color": ACCENT},
            error_y=_between(lift, gains["low"], gains["high"]),
            hovertemplate=(
                "<b>tenth %{x}</b><br>%{y:.2f}× the average (%{customdata[1]})"
                "<br>%{customdata[0]}<extra></extra>"
            ),
        )
    )
    figure.add_hline(y=1, line={"dash": "dot", "width": 1.5, "color": MUTED})
    figure.update_layout(
        xaxis={"title": "tenth of sessions, likeliest first", "type": "category"},
        yaxis={"title": "buyers, times the average", "rangemode": "tozero", "nticks": 6},
        showlegend=False,
    )
    return figure


def calibration_figure(*, calibration: Curve) -> go.Figure:
    """Return the real share of buyers against the predicted one, with its interval, both in %."""
    predicted, actual = _percent(calibration["predicted"]), _percent(calibration["actual"])
    told = "low" in calibration
    low, high = (_percent(calibration[side]) if told else actual for side in ("low", "high"))
    top = max([*predicted, *high, 0.1]) * 1.03
    figure = go.Figure()
    figure.add_scatter(x=[0, top], y=[0, top], name="as predicted", **_reference())
    figure.add_scatter(
        x=predicted,
        y=actual,
        name="equal-sized groups",
        mode="markers+lines",
        line={"color": ACCENT, "width": 1},
        marker={"color": ACCENT, "size": 7},
        customdata=[
            [number(n), percent(said, 2), percent(real, 2)]
            for n, said, real in zip(
                calibration["n"], calibration["predicted"], calibration["actual"], strict=True
            )
        ],
        error_y=_between(actual, low, high) if told else None,
        hovertemplate=(
            "predicted %{customdata[1]}<br>bought %{customdata[2]}<br>%{customdata[0]} sessions"
            "<extra></extra>"
        ),
    )
    figure.update_layout(
        xaxis={"title": "predicted probability, %", "range": [0, top], "nticks": 6},
        yaxis={"title": "actually bought, %", "range": [0, top], "nticks": 6},
    )
    return figure


def scores_figure(*, scores: Curve, threshold: float | None) -> go.Figure:
    """Return how buyers and others are spread over the probabilities, each in % of their kind."""
    edges = list(scores["edges"])
    middles = [50 * (low + high) for low, high in itertools.pairwise(edges)]
    names = [f"{percent(low, 0)} to {percent(high, 0)}" for low, high in itertools.pairwise(edges)]
    figure = go.Figure()
    for key, label, colour in (("others", "others", MUTED), ("buyers", "buyers", ACCENT)):
        counts = list(scores[key])
        total = sum(counts) or 1
        figure.add_bar(
            x=middles,
            y=[100 * count / total for count in counts],
            name=f"{label}, n = {number(sum(counts))}",
            marker={"color": colour},
            customdata=[
                [name, number(count), percent(count / total)]
                for name, count in zip(names, counts, strict=True)
            ],
            hovertemplate=(
                f"<b>%{{customdata[0]}}</b><br>%{{customdata[2]}} of {label}"
                "<br>%{customdata[1]} sessions<extra></extra>"
            ),
        )
    if threshold is not None:
        figure.add_vline(x=100 * threshold, line={"dash": "dash", "width": 1.5, "color": NEGATIVE})
    figure.update_layout(
        barmode="group",
        xaxis={"title": "purchase probability, %", "range": [0, 100], "nticks": 6},
        yaxis={"title": "share of buyers, of others, %", "rangemode": "tozero", "nticks": 6},
    )
    return figure


def _reference() -> dict[str, Any]:
    return {
        "mode": "lines",
        "line": {"dash": "dot", "width": 1.5, "color": MUTED},
        "hoverinfo": "skip",
    }


def _hovered(*columns: Sequence[float]) -> list[list[str]]:
    """Return shares as they are written where the pointer is, a row a point."""
    return [[percent(share) for share in row] for row in zip(*columns, strict=True)]


def _percent(shares: Sequence[float]) -> list[float]:
    return [100 * share for share in shares]


def _between(values: Sequence[float], low: Sequence[float], high: Sequence[float]) -> dict[str, Any]:
    """Return the error bars from each value to the ends of its interval."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, end - value) for value, end in zip(values, high, strict=True)],
        "arrayminus": [max(0.0, value - end) for value, end in zip(values, low, strict=True)],
        "thickness": 1.2,
        "width": 3,
        "color": MUTED,
    }
