"""Figures of the reasons page: which features count, how they spread over sessions, what one does when.

Dots are few: what is drawn is a part of the sample, while averages and lines are of all of it.
"""

from __future__ import annotations

import html as markup
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from components.figures_clusters import LESS, MORE, broken
from components.format import SIGNS
from components.reasons import LETTERS, Target, bare, points_words, value_words
from components.theme import ACCENT, CLUSTER_COLOURS, MUTED, NEGATIVE, POSITIVE
from core.analysis.why_values import LEAST, Categories, Numbers, column_of, is_ordered, ranks_of
from core.sessions import FIELD

if TYPE_CHECKING:
    from core.explain import Explained, Importance

Array = npt.NDArray[np.float64]

#: Bars, rows of the swarm, dots in a row of it, dots of the dependence chart, categories with a row.
MOST_BARS, MOST_ROWS, ROW_DOTS, MOST_DOTS, MOST_GROUPS = 15, 10, 250, 1_500, 12
#: Categories with a colour of their own.
MOST_COLOURS = 5
#: How far dots leave the middle of their row at most, and in how many piles a row is put.
SPREAD, PILES = 0.38, 80
FADED = 0.45
#: Seconds beyond which times are drawn in minutes.
MINUTE, LONG = 60.0, 240.0
#: Share of the width for what is written behind the longest bar.
ROOM = 0.2

#: From a low value to a high one; grey stays for what has none.
MIDDLE = "#b553a4"
SCALE = [[0.0, LESS], [0.5, MIDDLE], [1.0, MORE]]

#: Which way a feature works, as ``Importance`` says it: in words, and its colour.
DIRECTIONS: dict[str | None, tuple[str, str]] = {
    "up": ("The more, the higher", POSITIVE),
    "down": ("The more, the lower", NEGATIVE),
    None: ("It depends on the value", MUTED),
}

_LEGEND = {"itemclick": False, "itemdoubleclick": False, "itemsizing": "constant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every figure is made of: sessions taken apart, their currency, what features are called."""

    explained: Explained
    currency: str | None
    labels: Mapping[str, str]

    @property
    def target(self) -> Target:
        """What is explained."""
        return self.explained.target

    def points(self, feature: str) -> Array:
        """Return what a feature does to each session: percentage points, or an amount."""
        own = np.asarray(self.explained.points[:, self.explained.column(feature)], dtype=np.float64)
        return own * scale_of(self.target)

    def said(self, shown: float) -> str:
        """Write points that are drawn."""
        return points_words(shown / scale_of(self.target), self.target, self.currency)

    def label(self, feature: str) -> str:
        """Return what a feature is called, safe in a chart."""
        return plain(self.labels.get(feature, feature))

    def values(self, feature: str, rows: Sequence[int]) -> list[str]:
        """Return a feature's values in some sessions, written, safe in a chart."""
        told = self.explained.values(feature)
        return [plain(value_words(feature, told[row], self.currency)) for row in rows]


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


def importance_figure(
    *, bars: Sequence[Importance], target: Target, currency: str | None, selected: str | None
) -> go.Figure:
    """Return how far each feature moves predictions on average, with its interval, the selected one full."""
    scale, places = scale_of(target), {bar.feature: place for place, bar in enumerate(bars)}
    figure = go.Figure()
    for own in by_direction(bars):
        words, colour = DIRECTIONS[own[0].direction]
        figure.add_bar(
            x=[scale * bar.mean_points for bar in own],
            y=[places[bar.feature] for bar in own],
            orientation="h",
            # Outright: a trace of few bars would draw thicker ones.
            width=0.7,
            name=words,
            marker={"color": colour, "opacity": bar_opacity(own, selected)},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [scale * (bar.high - bar.mean_points) for bar in own],
                "arrayminus": [scale * (bar.mean_points - bar.low) for bar in own],
                "thickness": 1.2,
                "width": 3,
                "color": "#888888",
            },
            customdata=[
                [bar.feature, plain(bar.label), average_words(bar.mean_points, target, currency), words]
                for bar in own
            ],
            hovertemplate=(
                "<b>%{customdata[1]}</b><br>moves it by %{customdata[2]} on average"
                "<br>%{customdata[3]}<extra></extra>"
            ),
        )
    figure.add_scatter(
        x=[scale * bar.high for bar in bars],
        y=list(range(len(bars))),
        mode="text",
        text=[f" {bare(average_words(bar.mean_points, target, currency))}" for bar in bars],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    high = max((scale * bar.high for bar in bars), default=0.0) or 1.0
    figure.update_layout(
        barmode="overlay",
        xaxis={
            "title": f"{_unit(target, currency)}, on average",
            "range": [0, high / (1 - ROOM)],
            "nticks": 5,
        },
        yaxis=_rows([plain(bar.label) for bar in bars]),
        showlegend=True,
        legend=_LEGEND,
    )
    return figure


def by_direction(bars: Sequence[Importance]) -> list[list[Importance]]:
    """Return the bars as they are drawn: a list for each colour."""
    found = [[bar for bar in bars if bar.direction == direction] for direction in DIRECTIONS]
    return [own for own in found if own]


def bar_opacity(bars: Sequence[Importance], selected: str | None) -> list[float]:
    """Return how opaque each bar is: all of them, or only the selected one."""
    return [1.0 if selected in (None, bar.feature) else FADED for bar in bars]


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
        yaxis=_rows([scene.label(feature) for feature in features]),
        legend=_LEGEND,
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
            yaxis=_rows([plain(value_words(feature, group.value, scene.currency)) for group in groups]),
        )
    else:
        _along(figure, scene, column, points, colour, feature)
    figure.update_layout(legend=_LEGEND)
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
        words = [hover[at] for at in known]
        _trace(figure, scene, dots.some(known), feature, words, colour=ranks[known])
    if len(others):
        _trace(figure, scene, dots.some(others), feature, [hover[at] for at in others], colour=MUTED)


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
    step = ((nth + 1) // 2) * np.where(nth % 2, 1, -1)
    return step * (2 * SPREAD / max(int(count.max()), 12))


def _rows(labels: Sequence[str]) -> dict[str, Any]:
    """Return an axis of names, the first on top."""
    return {
        "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": [broken(label, LETTERS - 4) for label in labels],
        "range": [len(labels) - 0.4, -0.6],
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "title": None,
        "ticklabelstandoff": 6,
    }


def scale_of(target: Target) -> float:
    """Return what points are multiplied by: a probability's are percentage points."""
    return 100.0 if target == "purchase" else 1.0


def average_words(points: float, target: Target, currency: str | None) -> str:
    """Write how far something moves predictions, without a direction: "3.1 points"."""
    return points_words(abs(points), target, currency).lstrip("+")


def adds_title(target: Target, currency: str | None) -> str:
    """Return the title of the axis of what features add or take, with its unit."""
    return f"adds to {_what(target)}, {_unit(target, currency)}"


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


def plain(text: str) -> str:
    """Return a text of an export as a chart shows it: as it is, not as markup."""
    return markup.escape(text, quote=False)


def _what(target: Target) -> str:
    return "the probability" if target == "purchase" else "revenue if it buys"


def _unit(target: Target, currency: str | None) -> str:
    if target == "purchase":
        return "points"
    return SIGNS.get(currency or "") or currency or "amount"
