"""The curve of what choosing more and more people earns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import plotly.graph_objects as go

from components.base.format import money, number, percent
from components.base.theme import ACCENT, MUTED, NEGATIVE, POSITIVE
from core.audiences import Curve, Definition

#: The drawing's inside on a wide page, beside a form and on a phone, and a letter of a label, in pixels: near
#: enough to tell where words stand beside a curve.
INSIDES = ((1050.0, 240.0), (680.0, 240.0), (250.0, 240.0))
LETTER, LINE, ASIDE = 6.0, 15.0, 8.0
#: From this distance on a line leads from the words to their mark.
FAR = 30.0
Side = Literal["left", "center", "right"]
#: Left, bottom, right, top.
Box = tuple[float, float, float, float]


class Spot(NamedTuple):
    """Where words stand beside a mark: on which side, and how far above it (below if less than 0)."""

    side: Side
    up: float


SIDES: tuple[Side, ...] = ("right", "left", "center")
#: Those that are preferred first.
SPOTS = tuple(Spot(side, up) for up in (-16.0, 16.0, -36.0, -60.0, 36.0, -90.0) for side in SIDES)
ABOVE = tuple(Spot(side, 16.0) for side in SIDES)


def profit_figure(*, curve: Curve, definition: Definition, currency: str | None, who: str) -> go.Figure:
    """Return profit by how many are chosen, best first, with the best number and the chosen one."""
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
    spot = _beside(curve, curve.best, best, area, ABOVE)
    _mark(figure, curve, curve.best, best, POSITIVE, spot)
    if not same:
        words = _words(curve, curve.chosen, "chosen", currency)
        other = _beside(curve, curve.chosen, words, area, SPOTS, taken=(curve.best, best, spot))
        _mark(figure, curve, curve.chosen, words, NEGATIVE, other)
    unit = f", {currency}" if currency else ""
    figure.update_layout(
        xaxis={
            "title": f"{who} chosen, best first",
            "tickformat": ",",
            "range": [0, across],
            "nticks": 7,
        },
        yaxis={
            "title": f"profit{unit}",
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
            f"{who.capitalize()} chosen",
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


def _mark(figure: go.Figure, curve: Curve, place: int, words: str, colour: str, spot: Spot) -> None:
    x, y = curve.contacted[place], curve.profit[place]
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"size": 9, "color": colour},
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )
    aside = {"right": ASIDE, "left": -ASIDE, "center": 0.0}[spot.side]
    anchors = {"right": "left", "left": "right", "center": "center"}
    far = abs(spot.up) >= FAR
    # A line goes straight up or down, and the words begin, or end, a little beside its end.
    shift = {"ax": 0, "ay": -spot.up} if far else {"xshift": aside, "yshift": spot.up}
    figure.add_annotation(
        x=x,
        y=y,
        text=words,
        showarrow=far,
        arrowhead=0,
        arrowwidth=1,
        arrowcolor=MUTED,
        standoff=6,
        xanchor=anchors[spot.side],
        yanchor="middle",
        borderpad=ASIDE / 2 if far else 0,
        **shift,
    )


def _beside(
    curve: Curve,
    place: int,
    words: str,
    area: Box,
    spots: Sequence[Spot],
    *,
    taken: tuple[int, str, Spot] | None = None,
) -> Spot:
    """Return where a mark's words cross the least: the curve, the other mark's words, zero, the edges.

    ``area`` is what the axes show, ``taken`` the other mark, its words and where they stand.
    """
    lines = [(inside, _drawn(curve, area, inside)) for inside in INSIDES]

    def crossed(spot: Spot) -> float:
        total = spots.index(spot) / len(spots)
        for inside, line in lines:
            box = _box(line[place], words, spot)
            total += 10 * _along(line, box)
            total += 10 * (max(0.0, -box[0]) + max(0.0, box[2] - inside[0]))
            total += 10 * (max(0.0, -box[1]) + max(0.0, box[3] - inside[1]))
            zero = (0.0 - area[1]) / (area[3] - area[1]) * inside[1]
            total += (box[2] - box[0]) * (box[1] < zero < box[3])
            if taken is not None:
                total += 10 * _shared(box, _box(line[taken[0]], taken[1], taken[2]))
        return total

    return min(spots, key=crossed)


def _drawn(curve: Curve, area: Box, inside: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the curve's points in pixels from the lower left corner."""
    left, bottom, right, top = area
    return [
        ((x - left) / (right - left) * inside[0], (y - bottom) / (top - bottom) * inside[1])
        for x, y in zip(curve.contacted, curve.profit, strict=True)
    ]


def _box(mark: tuple[float, float], words: str, spot: Spot) -> Box:
    """Return where words stand, in pixels."""
    wide = LETTER * len(words)
    left = mark[0] + {"left": -wide - ASIDE, "right": ASIDE, "center": -wide / 2}[spot.side]
    bottom = mark[1] + spot.up - LINE / 2
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
