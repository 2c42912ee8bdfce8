"""Curves of the what-if page: the answer along one field, and along the fields that move it most."""

from __future__ import annotations

import html as markup
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from components.base.format import SIGNS, estimate, percent
from components.base.graph import graph
from components.base.theme import ACCENT, MUTED, POSITIVE
from components.figures.clusters import broken
from components.shared.labels import in_sentence
from components.shared.reasons import value_words
from core.base.written import agree
from core.whatif.curves import Curve
from core.whatif.state import Target

#: Ids of this component: the large curve, and a small one a field.
LARGE, SMALL = "whatif-curve-large", "whatif-curve"
HEIGHT, SMALL_HEIGHT = 384, 188
#: Height of one bar of a category, and letters of its name in one line.
BAR, LETTERS = 26, 16
#: From more bars than this on the names of a small chart are written smaller.
CROWDED = 7
#: Values of a category a small chart has room for.
MOST_SMALL = 9
#: Room above the highest answer, as a share.
ROOM = 1.12

SAID: dict[Target, str] = {
    "purchase": "probability of a purchase",
    "revenue": "expected revenue",
}


def curve_figure(
    *, curve: Curve, target: Target, currency: str | None, threshold: float | None, top: float | None = None
) -> go.Figure:
    """Return the answer along a field.

    Parameters
    ----------
    threshold
        The probability likely buyers start at; drawn where the curve comes near it.
    top
        End of the axis of answers, so that several curves can be compared; as needed without it.
        A small curve: its axis of answers has units at its ticks in place of a title.
    """
    small = top is not None
    top = highest([curve], target) if top is None else top
    figure = go.Figure()
    if curve.is_line:
        _line(figure, curve, target, currency, small=small)
    else:
        _bars(figure, curve, target, currency, _places(curve, target, MOST_SMALL if small else None))
        if small and len(curve.values) > CROWDED:
            figure.update_layout(yaxis={"tickfont": {"size": 10}})
    answers = "yaxis" if curve.is_line else "xaxis"
    bar = None if threshold is None or target == "revenue" else 100 * threshold
    if bar is not None and bar <= top:
        along = {"x0": 0, "x1": 1, "y0": bar, "y1": bar, "xref": "paper"}
        across = {"x0": bar, "x1": bar, "y0": 0, "y1": 1, "yref": "paper"}
        figure.add_shape(
            type="line",
            line={"color": POSITIVE, "width": 1, "dash": "dash"},
            **(along if curve.is_line else across),
        )
        if not small:
            _name_threshold(figure, bar, upright=not curve.is_line)
    title = None if small else axis_title(target, currency)
    axis = {"range": [0, top], "title": title, "nticks": 4 if small else 6}
    if small:
        axis |= {"ticksuffix": "%"} if target == "purchase" else {"tickprefix": _sign(currency)}
    figure.update_layout({answers: axis}, showlegend=False)
    return figure


def curve_table(*, curve: Curve, currency: str | None) -> dict[str, Any]:
    """Return the table twin of a curve."""
    money_known = any(amount is not None for amount in curve.expected)
    rows = []
    for place, value in enumerate(curve.values):
        row = [value_words(curve.field.name, value, currency), percent(curve.probability[place])]
        if money_known:
            row.append(estimate(curve.expected[place], currency))
        row.append("this session" if place == curve.here else "" if curve.sure[place] else "a guess")
        rows.append(row)
    amounts = ["Expected revenue"] if money_known else []
    return {"columns": [curve.field.label, "Probability", *amounts, "Note"], "rows": rows}


def large_curve(*, curve: Curve, target: Target, currency: str | None, threshold: float | None) -> Component:
    """Return the card of one curve."""
    height = HEIGHT if curve.is_line else max(HEIGHT, 72 + BAR * len(curve.values))
    return graph(
        id=LARGE,
        figure=curve_figure(curve=curve, target=target, currency=currency, threshold=threshold),
        title=f"If only this changed: {in_sentence(curve.field.label)}",
        subtitle=f"{SAID[target].capitalize()}, all else as in the form",
        table=curve_table(curve=curve, currency=currency),
        height=height,
        n=len(curve.values),
        unit="imagined sessions",
        note=_note(curve, currency),
    )


def small_curves(
    *, curves: Sequence[Curve], target: Target, currency: str | None, threshold: float | None
) -> Component:
    """Return cards of several curves with one scale of answers."""
    top = highest(curves, target)
    cards = [
        graph(
            id={"type": SMALL, "field": curve.field.name},
            figure=curve_figure(curve=curve, target=target, currency=currency, threshold=threshold, top=top),
            title=curve.field.label,
            subtitle=_from_to(curve, target, currency),
            table=curve_table(curve=curve, currency=currency),
            height=SMALL_HEIGHT,
            n=len(curve.values),
            unit="imagined sessions",
            note=_left_out(curve),
        )
        for curve in curves
    ]
    return html.Div(cards, className="cards cards-fill")


def highest(curves: Sequence[Curve], target: Target) -> float:
    """Return where the axis of answers ends: in %, or in money."""
    known = [answer for curve in curves for answer in curve.answers(target) if answer is not None]
    return ROOM * (100 if target == "purchase" else 1) * max(known, default=0) or 1.0


def axis_title(target: Target, currency: str | None) -> str:
    """Return the name of the axis of answers, with its unit."""
    if target == "purchase":
        return "probability of a purchase, %"
    return f"expected revenue, {currency}" if currency else "expected revenue"


def answer_words(answer: float | None, target: Target, currency: str | None) -> str:
    """Write one answer: a probability or an amount."""
    if target == "revenue":
        return estimate(answer, currency)
    return percent(answer, 1 if answer is None or answer >= 0.0095 else 2)


def _line(figure: go.Figure, curve: Curve, target: Target, currency: str | None, *, small: bool) -> None:
    answers = _drawn(curve, target)
    said = [
        [value_words(curve.field.name, value, currency), answer_words(answer, target, currency)]
        for value, answer in zip(curve.values, curve.answers(target), strict=True)
    ]
    counted = curve.field.kind == "count" and len(curve.values) <= 40
    for sure in (False, True):
        xs, ys, texts = _stretches(curve, answers, said, sure)
        figure.add_scatter(
            x=xs,
            y=ys,
            customdata=texts,
            mode="lines+markers" if counted else "lines",
            marker={"size": 4, "color": ACCENT},
            line={"color": ACCENT, "width": 2, "dash": None if sure else "dot"},
            opacity=1 if sure else 0.7,
            hovertemplate="%{customdata[0]}: %{customdata[1]}"
            + ("" if sure else "<br>a guess: outside what the model learned from")
            + "<extra></extra>",
        )
    if curve.here is not None:
        figure.add_scatter(
            x=[curve.values[curve.here]],
            y=[answers[curve.here]],
            customdata=[said[curve.here]],
            mode="markers" if small else "markers+text",
            text=["this session"],
            textposition="top center" if _is_middle(curve) else "top right",
            cliponaxis=False,
            marker={"size": 9 if small else 11, "color": ACCENT},
            hovertemplate="This session: %{customdata[0]}, %{customdata[1]}<extra></extra>",
        )
    if curve.usual is not None:
        low, high = curve.usual
        figure.add_shape(
            type="rect",
            x0=low,
            x1=high,
            y0=0,
            y1=1,
            yref="paper",
            line={"width": 0},
            fillcolor=MUTED,
            opacity=0.1,
            layer="below",
        )
    figure.update_layout(
        xaxis={"title": _field_title(curve, currency), "nticks": 4 if small else 8, "zeroline": False}
    )
    if counted and len(curve.values) <= 8:
        figure.update_layout(xaxis={"dtick": 1})


def _places(curve: Curve, target: Target, most: int | None) -> list[int]:
    """Return the values that are drawn: where there are too many, this session's and those highest."""
    places = list(range(len(curve.values)))
    if most is None or len(places) <= most:
        return places
    answers = _drawn(curve, target)
    ranked = sorted(places, key=lambda place: (place != curve.here, -(answers[place] or 0.0)))
    return sorted(ranked[:most])


def _left_out(curve: Curve) -> str | None:
    left = 0 if curve.is_line else max(0, len(curve.values) - MOST_SMALL)
    return f"{left} lower {agree(left, 'one is', 'ones are')} in the table" if left else None


def _bars(
    figure: go.Figure, curve: Curve, target: Target, currency: str | None, places: Sequence[int]
) -> None:
    names = [value_words(curve.field.name, curve.values[place], currency) for place in places]
    drawn, said = _drawn(curve, target), curve.answers(target)
    answers = [drawn[place] for place in places]
    colours = [ACCENT if place == curve.here else MUTED for place in places]
    figure.add_bar(
        x=answers,
        y=list(range(len(names))),
        orientation="h",
        marker={"color": colours, "opacity": [1 if curve.sure[place] else 0.5 for place in places]},
        customdata=[
            [markup.escape(name, quote=False), answer_words(said[place], target, currency)]
            for name, place in zip(names, places, strict=True)
        ],
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
    )
    figure.update_layout(
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(names))),
            "ticktext": [broken(markup.escape(name, quote=False), LETTERS) for name in names],
            "range": [len(names) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
            "title": None,
        },
        bargap=0.35,
    )


def _stretches(
    curve: Curve, answers: Sequence[float | None], said: Sequence[Any], sure: bool
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the points of the stretches that are sure (or not), apart from each other by a gap."""
    xs: list[Any] = []
    ys: list[Any] = []
    texts: list[Any] = []
    for left, right in zip(range(len(curve.values) - 1), range(1, len(curve.values)), strict=True):
        if (curve.sure[left] and curve.sure[right]) is not sure:
            continue
        if xs and xs[-1] != curve.values[left]:
            xs, ys, texts = [*xs, None], [*ys, None], [*texts, ["", ""]]
        if not xs or xs[-1] is None:
            xs, ys, texts = [*xs, curve.values[left]], [*ys, answers[left]], [*texts, said[left]]
        xs, ys, texts = [*xs, curve.values[right]], [*ys, answers[right]], [*texts, said[right]]
    return xs, ys, texts


def _drawn(curve: Curve, target: Target) -> list[float | None]:
    scale = 100 if target == "purchase" else 1
    return [None if answer is None else scale * answer for answer in curve.answers(target)]


def _is_middle(curve: Curve) -> bool:
    return curve.here is not None and curve.here > len(curve.values) / 8


def _name_threshold(figure: go.Figure, bar: float, *, upright: bool) -> None:
    place = {"x": bar, "y": 1, "yref": "paper"} if upright else {"x": 1, "xref": "paper", "y": bar}
    figure.add_annotation(
        text="likely-buyer cut-off", showarrow=False, xanchor="right", yanchor="bottom", **place
    )


def _sign(currency: str | None) -> str:
    """Return what is written before an amount on an axis without a title."""
    return SIGNS.get(currency or "") or f"{currency or 'amount'} "


def _field_title(curve: Curve, currency: str | None) -> str:
    unit = {"seconds": "seconds", "amount": currency or ""}.get(curve.field.kind, "")
    label = in_sentence(curve.field.label)
    return f"{label}, {unit}" if unit else label


def _note(curve: Curve, currency: str | None) -> str:
    own = value_words(curve.field.name, curve.own, currency)
    said = []
    if curve.usual is not None:
        said.append("Shaded: the range of nearly all sessions the model learned from.")
    if not all(curve.sure):
        said.append("Dotted or faded: a guess, outside that range or contradicting another field.")
    if curve.here is None:
        said.append(
            "This session's own value is not known."
            if curve.own is None
            else f"This session's own value, {own}, is too far out to draw."
        )
    return " ".join(said)


def _from_to(curve: Curve, target: Target, currency: str | None) -> str:
    known = [answer for answer in curve.answers(target) if answer is not None]
    if not known:
        return ""
    low, high = (answer_words(answer, target, currency) for answer in (min(known), max(known)))
    return f"between {low} and {high}"
