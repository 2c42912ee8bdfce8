"""What figures of the reasons page share, and the first of them: which features count, and which way."""

from __future__ import annotations

import html as markup
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from components.base.format import SIGNS
from components.base.theme import MUTED, NEGATIVE, POSITIVE
from components.figures.clusters import broken
from components.shared.reasons import LETTERS, Target, bare, points_words, value_words

if TYPE_CHECKING:
    from core.explain import Explained, Importance

Array = npt.NDArray[np.float64]

#: Bars of the chart, and how opaque those are that are not selected.
MOST_BARS, FADED = 15, 0.45
#: Share of the width for what is written behind the longest bar.
ROOM = 0.2

#: Which way a feature works, as ``Importance`` says it: in words, and its colour.
DIRECTIONS: dict[str | None, tuple[str, str]] = {
    "up": ("Higher values raise it", POSITIVE),
    "down": ("Higher values lower it", NEGATIVE),
    None: ("It depends on the value", MUTED),
}

LEGEND = {"itemclick": False, "itemdoubleclick": False, "itemsizing": "constant"}


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
                "<b>%{customdata[1]}</b><br>changes it by %{customdata[2]} on average"
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
        yaxis=names_axis([plain(bar.label) for bar in bars]),
        showlegend=True,
        legend=LEGEND,
    )
    return figure


def by_direction(bars: Sequence[Importance]) -> list[list[Importance]]:
    """Return the bars as they are drawn: a list for each colour."""
    found = [[bar for bar in bars if bar.direction == direction] for direction in DIRECTIONS]
    return [own for own in found if own]


def bar_opacity(bars: Sequence[Importance], selected: str | None) -> list[float]:
    """Return how opaque each bar is: all of them, or only the selected one."""
    return [1.0 if selected in (None, bar.feature) else FADED for bar in bars]


def names_axis(labels: Sequence[str]) -> dict[str, Any]:
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


def plain(text: str) -> str:
    """Return a text of an export as a chart shows it: as it is, not as markup."""
    return markup.escape(text, quote=False)


def _what(target: Target) -> str:
    return "the probability" if target == "purchase" else "revenue if it buys"


def _unit(target: Target, currency: str | None) -> str:
    if target == "purchase":
        return "points"
    return SIGNS.get(currency or "") or currency or "amount"
