"""Figures of two results beside each other: pure functions, the first side grey, the second in the accent."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from components.base.format import number, percent
from components.base.theme import ACCENT, MUTED, POSITIVE
from components.figures.clusters import broken
from components.figures.distributions import amount_range, edge_axis, is_steep
from components.figures.results import cut, longest_of
from core.results.comparison.comparison import Overlay

COLOURS = (MUTED, ACCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One group on both sides: the value as the axis has it, its interval, and what is written on it."""

    label: str
    values: tuple[float | None, float | None]
    texts: tuple[str, str]
    lows: tuple[float | None, float | None] = (None, None)
    highs: tuple[float | None, float | None] = (None, None)


def pairs_figure(
    *, pairs: Sequence[Pair], names: tuple[str, str], axis: str, upright: bool = False
) -> go.Figure:
    """Return two bars a group, with intervals where they are known."""
    figure = go.Figure()
    groups = [pair.label if upright else broken(cut(pair.label, longest_of(len(pairs)))) for pair in pairs]
    for side in (0, 1):
        values = [pair.values[side] for pair in pairs]
        figure.add_bar(
            x=groups if upright else values,
            y=values if upright else groups,
            orientation="v" if upright else "h",
            name=cut(names[side]),
            marker={"color": COLOURS[side]},
            customdata=[[pair.texts[side]] for pair in pairs],
            hovertemplate=f"<b>%{{{'x' if upright else 'y'}}}</b><br>%{{customdata[0]}}<extra></extra>",
            **_errors(pairs, side, upright),
        )
    amounts = {"title": axis, "rangemode": "tozero", "nticks": 5, "tickformat": ","}
    kinds: dict[str, Any] = {"type": "category", "title": None, "automargin": True}
    if upright:
        figure.update_layout(xaxis={**kinds, "tickangle": 0}, yaxis=amounts)
    else:
        figure.update_layout(
            xaxis={**amounts, "showgrid": True},
            yaxis={**kinds, "autorange": "reversed", "showgrid": False},
        )
    figure.update_layout(barmode="group", bargap=0.3, bargroupgap=0.05, showlegend=True)
    return figure


def overlay_figure(
    *, overlay: Overlay, names: tuple[str, str], title: str, currency: str | None = None
) -> go.Figure:
    """Return how one measure is spread on both sides, in shares of each side's sessions."""
    bins = bin_names(overlay, currency)
    figure = go.Figure()
    heights = []
    for side, counts in enumerate((overlay.a, overlay.b)):
        n = sum(counts)
        shares = [100 * count / n for count in counts]
        heights += shares
        figure.add_bar(
            x=bins,
            y=shares,
            name=cut(names[side]),
            marker={"color": COLOURS[side]},
            customdata=[[percent(count / n, 2), number(count)] for count in counts],
            hovertemplate=(
                "<b>%{x}</b><br>%{customdata[0]} of sessions<br>%{customdata[1]} sessions<extra></extra>"
            ),
        )
    figure.update_layout(
        barmode="group",
        bargap=0.15,
        bargroupgap=0.0,
        showlegend=True,
        xaxis={"title": title, **edge_axis(overlay.edges, 100 if overlay.of == "p" else 1)},
        yaxis={"title": "% of sessions (log scale)", "type": "log", "dtick": 1}
        if is_steep(heights)
        else {"title": "% of sessions", "rangemode": "tozero", "nticks": 5},
    )
    return figure


def parts_figure(
    *,
    names: Sequence[str],
    mix: Sequence[float],
    rate: Sequence[float],
    texts: Sequence[Sequence[str]],
    axis: str,
) -> go.Figure:
    """Return for each grouping how much of a change is a different mix, and how much is within groups."""
    figure = go.Figure()
    for name, values, colour, place in (
        ("a different mix", mix, POSITIVE, 0),
        ("within the groups", rate, ACCENT, 1),
    ):
        figure.add_bar(
            y=list(names),
            x=list(values),
            orientation="h",
            name=name,
            marker={"color": colour},
            customdata=[[row[place]] for row in texts],
            hovertemplate=f"<b>%{{y}}</b><br>{name}: %{{customdata[0]}}<extra></extra>",
        )
    figure.update_layout(
        barmode="relative",
        bargap=0.35,
        showlegend=True,
        xaxis={"title": axis, "nticks": 5, "showgrid": True, "zeroline": True},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "showgrid": False},
    )
    return figure


def bin_names(overlay: Overlay, currency: str | None) -> list[str]:
    """Return what the bars of an overlay are called."""
    edges = itertools.pairwise(overlay.edges)
    if overlay.of == "p":
        return [f"{100 * low:g}–{100 * high:g}" for low, high in edges]
    return [amount_range(low, high, currency) for low, high in edges]


def _errors(pairs: Sequence[Pair], side: int, upright: bool) -> dict[str, Any]:
    if all(pair.lows[side] is None for pair in pairs):
        return {}
    up, down = [], []
    for pair in pairs:
        value, low, high = pair.values[side], pair.lows[side], pair.highs[side]
        known = value is not None and low is not None and high is not None
        up.append(high - value if known else 0)  # type: ignore[operator]
        down.append(value - low if known else 0)  # type: ignore[operator]
    bars = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "thickness": 1.2, "width": 3}
    return {"error_y" if upright else "error_x": bars}
