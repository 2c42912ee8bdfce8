"""Figures of how predictions are spread and how they turned out: histograms and calibration."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from components.base.format import money, number, percent
from components.base.theme import ACCENT, MUTED, NEGATIVE
from components.figures.results import FADED, SHOWN, count_ticks
from core.results.distributions import Histogram
from core.stats.calibration import CalibrationBin

#: Where the tallest bar is so many times the middle one, small ones would vanish.
STEEP = 60
#: Edges named under an axis: as many as fit side by side on a phone.
MOST_EDGES = 7


def probability_figure(
    *,
    histogram: Histogram,
    threshold: float | None,
    selected: tuple[float | None, float | None] = (None, None),
) -> go.Figure:
    """Return the distribution of purchase probability, with a line where a "yes" begins."""
    edges = histogram.edges
    highest = max((place for place, count in enumerate(histogram.counts) if count), default=len(edges) - 2)
    end = min(1.0, max(edges[highest + 1] + 0.04, (threshold or 0.0) + 0.08))
    return go.Figure(
        go.Bar(
            x=[50 * (low + high) for low, high in itertools.pairwise(edges)],
            y=list(histogram.counts),
            width=[100 * (high - low) * 0.92 for low, high in itertools.pairwise(edges)],
            customdata=_bins(histogram, shares=True),
            marker={"color": ACCENT, "opacity": _within(edges, selected)},
            hovertemplate=(
                "<b>%{customdata[2]} likely to buy</b><br>%{y:,} sessions<br>%{customdata[3]}<extra></extra>"
            ),
        ),
        layout={
            "xaxis": {"title": "purchase probability, %", "range": [0, 100 * end]},
            "yaxis": _counts(is_steep(histogram.counts), histogram.counts),
            "showlegend": False,
            **({} if threshold is None else _threshold_line(threshold, end)),
        },
    )


def _threshold_line(threshold: float, end: float) -> dict[str, Any]:
    late = threshold > 0.6 * end
    return {
        "margin": {"t": 26},
        "shapes": [
            {
                "type": "line",
                "x0": 100 * threshold,
                "x1": 100 * threshold,
                "y0": 0,
                "y1": 1,
                "xref": "x",
                "yref": "y domain",
                "line": {"dash": "dash", "width": 1.5, "color": NEGATIVE},
            }
        ],
        "annotations": [
            {
                "x": 100 * threshold,
                "y": 1,
                "yref": "paper",
                "text": f"likely buyer from {percent(threshold)}",
                "showarrow": False,
                "xanchor": "right" if late else "left",
                # Above the bars: the tallest would stand behind the words.
                "yanchor": "bottom",
                "xshift": -5 if late else 5,
            }
        ],
    }


def amounts_figure(
    *,
    histogram: Histogram,
    title: str,
    currency: str | None,
    who: str = "sessions",
    selected: tuple[float | None, float | None] = (None, None),
) -> go.Figure:
    """Return the distribution of an amount, a bar a range; the ranges grow where few are much larger."""
    bins = _bins(histogram, currency=currency)
    return go.Figure(
        go.Bar(
            x=[
                amount_range(low, high)
                for low, high in zip(histogram.edges, histogram.edges[1:], strict=False)
            ],
            y=list(histogram.counts),
            customdata=bins,
            marker={"color": ACCENT, "opacity": _within(histogram.edges, selected)},
            hovertemplate=(
                f"<b>%{{customdata[2]}} {title}</b><br>%{{y:,}} {who}<br>%{{customdata[3]}}<extra></extra>"
            ),
        ),
        layout={
            "xaxis": {"title": f"{title}, {currency}" if currency else title, **edge_axis(histogram.edges)},
            "yaxis": _counts(is_steep(histogram.counts), histogram.counts),
            "showlegend": False,
            "bargap": 0.08,
        },
    )


def calibration_figure(*, bins: Sequence[CalibrationBin]) -> go.Figure:
    """Return the real share of buyers against the predicted one, a dot a tenth of sessions."""
    top = max((max(found.high, found.predicted) for found in bins), default=1.0)
    exact = go.Scatter(
        x=[0, 100 * top],
        y=[0, 100 * top],
        mode="lines",
        name="as predicted",
        line={"dash": "dot", "width": 1.5, "color": MUTED},
        hoverinfo="skip",
    )
    dots = go.Scatter(
        x=[100 * found.predicted for found in bins],
        y=[100 * found.actual for found in bins],
        mode="markers+lines",
        name="a tenth of sessions",
        line={"width": 1, "color": ACCENT},
        marker={"size": 7, "color": ACCENT},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [100 * (found.high - found.actual) for found in bins],
            "arrayminus": [100 * (found.actual - found.low) for found in bins],
            "thickness": 1.2,
            "width": 3,
            "color": MUTED,
        },
        customdata=[[percent(found.predicted), percent(found.actual), number(found.n)] for found in bins],
        hovertemplate=(
            "predicted %{customdata[0]}<br>bought %{customdata[1]}"
            "<br>%{customdata[2]} sessions<extra></extra>"
        ),
    )
    return go.Figure(
        [exact, dots],
        layout={
            "xaxis": {"title": "predicted, % of sessions", "rangemode": "tozero", "nticks": 6},
            "yaxis": {"title": "bought, % of sessions", "rangemode": "tozero", "nticks": 6},
            "showlegend": False,
        },
    )


def edge_axis(edges: Sequence[float], scale: float = 1.0) -> dict[str, Any]:
    """Return the axis of bars that stand between ``edges``, which it names where two bars meet.

    Ranges written under every bar would have to be turned, or left out. ``scale`` multiplies what is written:
    100 for shares in percent.
    """
    every = math.ceil(len(edges) / MOST_EDGES)
    named = [place for place in range(0, len(edges), every) if math.isfinite(edges[place])]
    return {
        "type": "category",
        "tickangle": 0,
        # Bars of a category axis stand at 0, 1, 2 and so on.
        "tickvals": [place - 0.5 for place in named],
        "ticktext": [number(scale * edges[place]) for place in named],
    }


def amount_range(low: float, high: float, currency: str | None = None) -> str:
    """Write a range of amounts."""
    written = [
        number(end) if currency is None else money(end, currency, 2 if end < 10 else 0) for end in (low, high)
    ]
    if math.isinf(high):
        return f"{written[0]}+"
    return f"{written[0]}–{written[1]}"


def _bins(histogram: Histogram, *, shares: bool = False, currency: str | None = None) -> list[list[Any]]:
    found = []
    for low, high, count in zip(histogram.edges, histogram.edges[1:], histogram.counts, strict=False):
        ends = [f"{low:.12g}", "" if math.isinf(high) else f"{high:.12g}"]
        found.append(
            [
                *ends,
                f"{100 * low:g}–{100 * high:g}%" if shares else amount_range(low, high, currency),
                f"{percent(count / histogram.n)} of all" if histogram.n else "",
            ]
        )
    return found


def _within(edges: Sequence[float], selected: tuple[float | None, float | None]) -> list[float]:
    low = -math.inf if selected[0] is None else selected[0]
    high = math.inf if selected[1] is None else selected[1]
    return [SHOWN if start < high and end > low else FADED for start, end in itertools.pairwise(edges)]


def is_steep(counts: Sequence[float]) -> bool:
    """Tell whether the smallest bars would hardly be seen beside the highest."""
    some = sorted(count for count in counts if count)
    return bool(some) and some[-1] > STEEP * some[len(some) // 2]


def _counts(steep: bool, counts: Sequence[int]) -> dict[str, Any]:
    if steep:
        return {"title": "sessions (log scale)", "type": "log", "dtick": 1, "tickformat": ","}
    return {"title": "sessions", "rangemode": "tozero", "tickformat": ",", **count_ticks(counts)}
