"""The curve of what contacting more and more people brings."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from components.format import money, number, percent
from components.theme import ACCENT, MUTED, NEGATIVE, POSITIVE
from core.audiences import Curve, Definition

#: Beyond this share of the axis, words stand on the left of a mark.
LATE = 0.55


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
    _mark(figure, curve, curve.best, "best", POSITIVE, currency, above=True)
    if curve.chosen != curve.best:
        _mark(figure, curve, curve.chosen, "chosen", NEGATIVE, currency, above=False)
    unit = f", {currency}" if currency else ""
    figure.update_layout(
        xaxis={
            "title": f"{who} contacted, best first",
            "tickformat": ",",
            "rangemode": "tozero",
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


def _mark(
    figure: go.Figure, curve: Curve, place: int, word: str, colour: str, currency: str | None, *, above: bool
) -> None:
    x, y = curve.contacted[place], curve.profit[place]
    side = "left" if x > LATE * curve.contacted[-1] else "right"
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers+text",
        marker={"size": 9, "color": colour},
        text=[f"{word}: {number(x)}, {money(y, currency, _digits(curve))}"],
        textposition=f"{'top' if above else 'bottom'} {side}",
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )


def _digits(curve: Curve) -> int:
    return 0 if max(abs(profit) for profit in curve.profit) >= 100 else 2
