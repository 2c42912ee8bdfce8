"""The curve of what contacting more and more people brings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from components.format import money, number, percent
from components.theme import ACCENT, MUTED, NEGATIVE, POSITIVE
from core.audiences import Curve, Definition

#: The drawing's inside on a desktop and on a phone, and a letter of a label, in pixels: near enough to tell
#: where words stand beside a curve.
INSIDES = ((640.0, 205.0), (250.0, 205.0))
LETTER, LINE, GAP = 6.6, 15.0, 7.0
#: Where words may stand beside a mark, those that are preferred first.
PLACES = (
    "bottom right",
    "bottom left",
    "top left",
    "top right",
    "bottom center",
    "top center",
    "middle right",
    "middle left",
)
Box = tuple[float, float, float, float]


def profit_figure(*, curve: Curve, definition: Definition, currency: str | None, who: str) -> go.Figure:
    """Return profit by how many are contacted, best first, with the best number and the chosen one."""
    by_amount = definition.rank_column == "expected_revenue"
    last = [
        "–" if math.isnan(value) else (money(value, currency) if by_amount else percent(value))
        for value in curve.value
    ]
    figure = go.Figure(
        go.Scatter(
            x=list(curve.contacted),
            y=list(curve.profit),
            mode="lines",
            line={"color": ACCENT, "width": 2},
            customdata=[
                [money(profit, currency, _digits(curve)), value]
                for profit, value in zip(curve.profit, last, strict=True)
            ],
            hovertemplate=(
                f"<b>%{{x:,}} {who}: %{{customdata[0]}}</b><br>the last one has %{{customdata[1]}} "
                f"{'expected revenue' if by_amount else 'probability'}<extra></extra>"
            ),
            showlegend=False,
        )
    )
    figure.add_hline(y=0, line={"dash": "dot", "width": 1, "color": MUTED})
    top, bottom = max(curve.profit), min(curve.profit)
    chosen = curve.profit[curve.chosen]
    # Contacting everybody may cost so much that the rest would be a flat line; what is chosen stays in sight.
    lowest = min(max(bottom, -1.2 * top), chosen, 0.0) if top > 0 else bottom
    room = 0.18 * ((top - lowest) or 1.0)
    across = 1.02 * curve.contacted[-1] or 1.0
    area = (0.0, lowest - room, across, top + room)
    same = curve.chosen == curve.best
    best = _words(curve, curve.best, "best and chosen" if same else "best", currency)
    # Nothing of the curve is above its best point.
    above = tuple(place for place in PLACES if place.startswith("top"))
    at = _beside(curve, curve.best, best, area, above, taken=None)
    _mark(figure, curve, curve.best, best, POSITIVE, at)
    if not same:
        taken = (curve.best, best, at)
        words = _words(curve, curve.chosen, "chosen", currency)
        place = _beside(curve, curve.chosen, words, area, PLACES, taken=taken)
        _mark(figure, curve, curve.chosen, words, NEGATIVE, place)
    unit = f", {currency}" if currency else ""
    figure.update_layout(
        xaxis={
            "title": f"{who} contacted, best first",
            "tickformat": ",",
            "range": [0, across],
            "nticks": 7,
        },
        yaxis={
            "title": f"profit of contacting them{unit}",
            "range": [lowest - room, top + room],
            "tickformat": ",",
            "nticks": 6,
        },
        showlegend=False,
    )
    return figure


def profit_table(*, curve: Curve, definition: Definition, currency: str | None, who: str) -> dict[str, list]:
    """Return the curve in figures, with its two marks named."""
    by_amount = definition.rank_column == "expected_revenue"
    names = {curve.best: "best", curve.chosen: "chosen"}
    if curve.best == curve.chosen:
        names = {curve.best: "best, chosen"}
    return {
        "columns": [
            f"{who.capitalize()} contacted",
            "Profit",
            "Expected revenue of the last one" if by_amount else "Probability of the last one",
            "Mark",
        ],
        "rows": [
            [
                number(count),
                money(profit, currency),
                "–" if math.isnan(value) else (money(value, currency) if by_amount else percent(value)),
                names.get(place, ""),
            ]
            for place, (count, profit, value) in enumerate(
                zip(curve.contacted, curve.profit, curve.value, strict=True)
            )
        ],
    }


def _words(curve: Curve, place: int, word: str, currency: str | None) -> str:
    x, y = curve.contacted[place], curve.profit[place]
    return f"{word}: {number(x)}, {money(y, currency, _digits(curve))}"


def _mark(figure: go.Figure, curve: Curve, place: int, words: str, colour: str, at: str) -> None:
    figure.add_scatter(
        x=[curve.contacted[place]],
        y=[curve.profit[place]],
        mode="markers+text",
        marker={"size": 9, "color": colour},
        text=[words],
        textposition=at,
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )


def _beside(
    curve: Curve,
    place: int,
    words: str,
    area: Box,
    places: Sequence[str],
    *,
    taken: tuple[int, str, str] | None,
) -> str:
    """Return where a mark's words cross the least: the curve, the other mark's words, zero, the edges.

    ``area`` is what the axes show (left, bottom, right, top), ``taken`` the other mark, its words and place.
    """

    def crossed(at: str) -> float:
        total = 0.0
        for inside in INSIDES:
            line = _drawn(curve, area, inside)
            box = _box(line[place], words, at)
            total += 10 * _along(line, box)
            total += 3 * max(0.0, -box[0]) + 3 * max(0.0, box[2] - inside[0])
            total += 3 * max(0.0, -box[1]) + 3 * max(0.0, box[3] - inside[1])
            zero = (0.0 - area[1]) / (area[3] - area[1]) * inside[1]
            total += (box[2] - box[0]) * (box[1] < zero < box[3])
            if taken is not None:
                other = _box(line[taken[0]], taken[1], taken[2])
                total += 10 * _shared(box, other)
        return total

    return min(places, key=crossed)


def _drawn(curve: Curve, area: Box, inside: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the curve's points in pixels from the lower left corner."""
    left, bottom, right, top = area
    return [
        ((x - left) / (right - left) * inside[0], (y - bottom) / (top - bottom) * inside[1])
        for x, y in zip(curve.contacted, curve.profit, strict=True)
    ]


def _box(mark: tuple[float, float], words: str, at: str) -> Box:
    """Return where words stand, in pixels: left, bottom, right, top."""
    wide = LETTER * len(words)
    up, side = at.split()
    left = mark[0] + {"left": -wide - GAP / 2, "right": GAP / 2, "center": -wide / 2}[side]
    if up == "middle":
        left += GAP / 2 if side == "right" else -GAP / 2
    bottom = mark[1] + {"top": GAP, "bottom": -GAP - LINE, "middle": -LINE / 2}[up]
    return left, bottom, left + wide, bottom + LINE


def _along(line: Sequence[tuple[float, float]], box: Box) -> float:
    """Return how far the curve goes through a box, in pixels across."""
    total = 0.0
    for (x1, y1), (x2, y2) in pairwise(line):
        left, right = max(x1, box[0]), min(x2, box[2])
        if right <= left:
            continue
        slope = (y2 - y1) / (x2 - x1)
        ends = sorted((y1 + slope * (left - x1), y1 + slope * (right - x1)))
        if ends[1] > box[1] and ends[0] < box[3]:
            total += max(right - left, 4.0)
    return total


def _shared(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return across if across > 0 and up > 0 else 0.0


def _digits(curve: Curve) -> int:
    return 0 if max(abs(profit) for profit in curve.profit) >= 100 else 2
