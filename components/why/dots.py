"""Sessions as dots: how features spread over them, and what one feature does at which value.

Dots are few: what is drawn is a part of the sample, while averages and lines are of all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from components.base.theme import ACCENT, CLUSTER_COLOURS, MUTED
from components.figures.clusters import LESS, MORE
from components.shared.reasons import value_words
from components.why.figures import LEGEND, Array, Scene, adds_title, names_axis, plain
from core.explain.feature_values import LEAST, Categories, Numbers, column_of, is_ordered, ranks_of
from core.schema.sessions import FIELD

#: Rows of the swarm, dots in one of them, dots of the dependence chart, categories with a row.
MOST_ROWS, ROW_DOTS, MOST_DOTS, MOST_GROUPS = 10, 250, 1_500, 12
#: Categories with a colour of their own.
MOST_COLOURS = 5
#: How far dots leave the middle of their row at most, and in how many piles a row is put.
SPREAD, PILES = 0.38, 80
#: Seconds in a minute, and those beyond which times are drawn in minutes.
MINUTE, LONG = 60.0, 240.0

#: From a low value to a high one; grey stays for what has none.
MIDDLE = "#b553a4"
SCALE = [[0.0, LESS], [0.5, MIDDLE], [1.0, MORE]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """Sessions as dots: their rows, where they lie, and which of the two is what the feature does."""

    rows: npt.NDArray[np.int64]
    x: Array
    y: Array
    points: Array

    def some(self, chosen: npt.NDArray[Any]) -> Dots:
        """Return some of them."""
        return Dots(rows=self.rows[chosen], x=self.x[chosen], y=self.y[chosen], points=self.points[chosen])


def swarm_figure(*, scene: Scene, features: Sequence[str]) -> go.Figure:
    """Return what each feature does to single sessions: a dot a session, coloured by the feature's value."""
    figure = go.Figure()
    rows = np.arange(min(ROW_DOTS, len(scene.explained.points)))
    for place, feature in enumerate(features):
        x = scene.points(feature)[rows]
        dots = Dots(rows=rows, x=x, y=place + _swarm(x), points=x)
        ranks = ranks_of(scene.explained, feature)[rows]
        hover = [f"<br>this session: {value}" for value in scene.values(feature, rows.tolist())]
        _ranked(figure, scene, dots, ranks, feature, hover)
    _key(figure, "Low value", LESS)
    _key(figure, "High value", MORE)
    _key(figure, "No order, or not known", MUTED)
    figure.update_layout(
        xaxis={"title": adds_title(scene.target, scene.currency), "nticks": 6, "zeroline": True},
        yaxis=names_axis([scene.label(feature) for feature in features]),
        legend=LEGEND,
    )
    return figure


def dependence_figure(*, scene: Scene, feature: str, colour: str | None) -> go.Figure:
    """Return what a feature does at which value, a dot a session, coloured by another feature's value."""
    column, points = column_of(scene.explained, feature), scene.points(feature)
    figure = go.Figure()
    if isinstance(column, Categories):
        groups = column.groups(points, MOST_GROUPS, ordered=is_ordered(feature))
        places = {group.value: place for place, group in enumerate(groups)}
        row_of = [places.get(value, -1) for value in column.values]
        place = np.array(row_of)[column.codes] if row_of else np.zeros(0)
        rows = np.flatnonzero(place >= 0)[:MOST_DOTS]
        dots = Dots(rows=rows, x=points[rows], y=_beside(place[rows], points[rows]), points=points[rows])
        _coloured(figure, scene, dots, colour, feature)
        figure.add_scatter(
            x=[group.mean for group in groups],
            y=list(range(len(groups))),
            mode="markers",
            name="Average",
            marker={"symbol": "line-ns", "size": 20, "color": MUTED, "line": {"width": 3, "color": MUTED}},
            hoverinfo="skip",
        )
        figure.update_layout(
            xaxis={"title": adds_title(scene.target, scene.currency), "nticks": 6, "zeroline": True},
            yaxis=names_axis([plain(value_words(feature, group.value, scene.currency)) for group in groups]),
        )
    else:
        _along(figure, scene, column, points, colour, feature)
    figure.update_layout(legend=LEGEND)
    return figure


def _along(
    figure: go.Figure, scene: Scene, column: Numbers, points: Array, colour: str | None, feature: str
) -> None:
    """Draw what a number does along its values, with a line of averages."""
    rows, unit = np.flatnonzero(column.shown)[:MOST_DOTS], unit_of(feature, column)
    dots = Dots(rows=rows, x=column.across()[rows] / unit, y=points[rows], points=points[rows])
    _coloured(figure, scene, dots, colour, feature)
    every = column.steps(points)
    steps = [step for step in every if step.n >= LEAST] or every
    figure.add_scatter(
        x=[step.value / unit for step in steps],
        y=[step.mean for step in steps],
        mode="lines+markers" if len(steps) < 3 else "lines",
        name="Average",
        line={"color": MUTED, "width": 3},
        hoverinfo="skip",
    )
    figure.update_layout(
        xaxis={"title": value_title(feature, scene.label(feature), scene.currency, unit), "nticks": 8},
        yaxis={
            "title": adds_title(scene.target, scene.currency),
            "zeroline": True,
            "zerolinewidth": 2,
            "nticks": 6,
        },
    )


def _coloured(figure: go.Figure, scene: Scene, dots: Dots, colour: str | None, feature: str) -> None:
    """Draw dots in the colours of another feature's values, in one colour without it."""
    own = [f"<br>this session: {value}" for value in scene.values(feature, dots.rows.tolist())]
    if colour is None:
        _trace(figure, scene, dots, feature, own, colour=ACCENT)
        return
    label = scene.label(colour)
    hover = [
        f"{first}<br>{label}: {value}"
        for first, value in zip(own, scene.values(colour, dots.rows.tolist()), strict=True)
    ]
    column = column_of(scene.explained, colour)
    if isinstance(column, Numbers):
        ranks = column.ranks()[dots.rows]
        _ranked(figure, scene, dots, ranks, feature, hover)
        _key(figure, f"Low: {label}", LESS)
        _key(figure, f"High: {label}", MORE)
        if np.isnan(ranks).any():
            _key(figure, f"Not known: {label}", MUTED)
        return
    codes = column.codes[dots.rows]
    for code, value in enumerate(column.values[:MOST_COLOURS]):
        chosen = np.flatnonzero(codes == code)
        hue = MUTED if value is None else CLUSTER_COLOURS[code % len(CLUSTER_COLOURS)]
        name = f"{label}: {plain(value_words(colour, value, scene.currency))}"
        _trace(figure, scene, dots.some(chosen), feature, [hover[at] for at in chosen], colour=hue, name=name)
    chosen = np.flatnonzero(codes >= MOST_COLOURS)
    if len(chosen):
        some = [hover[at] for at in chosen]
        _trace(figure, scene, dots.some(chosen), feature, some, colour=MUTED, name=f"{label}: others")


def _ranked(
    figure: go.Figure, scene: Scene, dots: Dots, ranks: Array, feature: str, hover: Sequence[str]
) -> None:
    """Draw dots from low to high, and those without an order in grey."""
    known, others = np.flatnonzero(~np.isnan(ranks)), np.flatnonzero(np.isnan(ranks))
    if len(known):
        words = [hover[at] for at in known.tolist()]
        _trace(figure, scene, dots.some(known), feature, words, colour=ranks[known])
    if len(others):
        _trace(figure, scene, dots.some(others), feature, [hover[at] for at in others.tolist()], colour=MUTED)


def _trace(
    figure: go.Figure,
    scene: Scene,
    dots: Dots,
    feature: str,
    hover: Sequence[str],
    *,
    colour: str | Array,
    name: str | None = None,
) -> None:
    if not len(dots.rows):
        return
    marker: dict[str, Any] = {"color": colour, "size": 5, "opacity": 0.7}
    if not isinstance(colour, str):
        marker |= {"colorscale": SCALE, "cmin": 0, "cmax": 1, "showscale": False}
    about = [
        [feature, f"{scene.said(points)}{words}"] for points, words in zip(dots.points, hover, strict=True)
    ]
    figure.add_scatter(
        x=dots.x,
        y=dots.y,
        mode="markers",
        name=name,
        showlegend=name is not None,
        marker=marker,
        customdata=np.array(about, dtype=object),
        hovertemplate=f"<b>{scene.label(feature)}</b><br>%{{customdata[1]}}<extra></extra>",
    )


def _key(figure: go.Figure, name: str, colour: str) -> None:
    """Say in the legend what a colour means."""
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name=name,
        marker={"color": colour, "size": 8},
        hoverinfo="skip",
    )


def _beside(place: Array, x: Array) -> Array:
    """Put dots of each row beside each other where they would lie on each other."""
    found = place.astype(np.float64)
    for row in np.unique(place):
        own = place == row
        found[own] += _swarm(x[own])
    return found


def _swarm(x: Array) -> Array:
    """Return how far each dot leaves the middle of its row: the more, the more dots lie there."""
    if not len(x):
        return x
    low, high = float(x.min()), float(x.max())
    pile = np.zeros(len(x), dtype=np.int64)
    if high > low:
        pile = np.minimum(((x - low) / (high - low) * PILES).astype(np.int64), PILES - 1)
    order = np.argsort(pile, kind="stable")
    count = np.bincount(pile, minlength=PILES)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    nth = np.empty(len(x), dtype=np.int64)
    nth[order] = np.arange(len(x)) - first[pile[order]]
    # To the one side and the other in turn, from the middle.
    step = ((nth + 1) // 2) * np.where(nth % 2, 1.0, -1.0)
    return np.asarray(step * (2 * SPREAD / max(int(count.max()), 12)), dtype=np.float64)


def unit_of(feature: str, column: Numbers) -> float:
    """Return what a feature's values are divided by: long times are drawn in minutes."""
    is_time = feature in FIELD and FIELD[feature].kind == "seconds"
    return MINUTE if is_time and column.limit > LONG else 1.0


def value_title(feature: str, label: str, currency: str | None, unit: float = 1.0) -> str:
    """Return the title of the axis of a feature's values, with its unit."""
    kind = FIELD[feature].kind if feature in FIELD else None
    time = "minutes" if unit == MINUTE else "seconds"
    name = {"seconds": time, "amount": currency}.get(kind or "")
    return f"{label}, {name}" if name else label
