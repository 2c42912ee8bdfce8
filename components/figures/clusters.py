"""Figures of the clusters page: pure functions from query results to ``go.Figure``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.base.format import decimals, duration, money, number, percent
from components.base.theme import CLUSTER_COLOURS
from core.results.clusters.profiles import ClusterOutcome, Outcomes, ProfileCell
from core.schema.sessions import FIELD
from core.security.shown_ids import shown_id

#: Differences beyond this many standard deviations get the full colour.
FULL_COLOUR = 1.5

#: Opacity of the map's dots: those to be seen, and those that only remind of where they are.
SHOWN, FADED = 0.65, 0.05
#: Across of a dot in pixels: of many, and of so few that each has to be found.
DOT, LARGE_DOT, FEW_DOTS = 5, 10, 200

#: A cluster name longer than this many letters is broken over lines beside an axis, above a column.
LINE, COLUMN = 16, 11
#: From so much on, averages are written to a tenth.
TENTHS_FROM = 10

#: Blue for less, orange for more: told apart by people who can't tell red from green.
LESS, MORE = "#3b6fe0", "#d9730d"

#: The same, see-through towards the average, so that they suit light and dark and keep words readable.
SHADES = [
    [0.0, "rgba(59, 111, 224, 0.65)"],
    [0.5, "rgba(59, 111, 224, 0)"],
    [0.5, "rgba(224, 122, 30, 0)"],
    [1.0, "rgba(224, 122, 30, 0.65)"],
]

#: Share of a bar chart's width a letter of a label takes, and the most a label may take.
LETTER, MOST_LABEL = 0.031, 0.5


def colour(cluster_id: int) -> str:
    """Return the colour a cluster has in every chart."""
    return CLUSTER_COLOURS[cluster_id % len(CLUSTER_COLOURS)]


def map_figure(
    *,
    points: Mapping[str, Sequence[Any]],
    names: Mapping[int, str],
    selected: int | None,
    horizontal: str = "",
    vertical: str = "",
    legend: bool = False,
) -> go.Figure:
    """Return the scatter of the projection, one colour a cluster; others fade when one is selected.

    ``horizontal`` and ``vertical`` say what grows along the axes; their numbers mean nothing. Without a
    ``legend`` the colours are named elsewhere.
    """
    traces = []
    predicted = any(share is not None for share in points["purchase_probability"])
    chance = "<br>purchase probability %{customdata[2]}" if predicted else ""
    for cluster_id, opacity in zip(drawn(points, names), faded(points, names, selected), strict=True):
        rows = [row for row, found in enumerate(points["cluster_id"]) if found == cluster_id]
        about = [
            [cluster_id, shown_id(points["session_id"][row]), percent(points["purchase_probability"][row])]
            for row in rows
        ]
        trace = go.Scatter(
            # Arrays: of lists, thousands of dots long, plotly looks at every value three times.
            x=np.array([points["cluster_x"][row] for row in rows], dtype=float),
            y=np.array([points["cluster_y"][row] for row in rows], dtype=float),
            customdata=np.array(about, dtype=object),
            mode="markers",
            name=names[cluster_id],
            marker={
                "color": colour(cluster_id),
                "size": DOT if len(points["cluster_id"]) > FEW_DOTS else LARGE_DOT,
                "opacity": opacity,
            },
            hovertemplate=(
                f"<b>{names[cluster_id]}</b><br>session %{{customdata[1]}}{chance}<extra></extra>"
            ),
        )
        traces.append(trace)
    axis = {"showticklabels": False, "zeroline": False, "showgrid": False, "showline": True}
    return go.Figure(
        traces,
        layout={
            "xaxis": {**axis, "title": horizontal or None},
            "yaxis": {**axis, "title": vertical or None},
            "showlegend": legend,
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": -0.02,
                "yanchor": "top",
                "itemsizing": "constant",
                # A click chooses the cluster of a dot; it hides none.
                "itemclick": False,
                "itemdoubleclick": False,
            },
        },
    )


def drawn(points: Mapping[str, Sequence[Any]], names: Mapping[int, str]) -> list[int]:
    """Return the clusters the map has dots of, in the order of its traces."""
    present = set(points["cluster_id"])
    return [cluster_id for cluster_id in names if cluster_id in present]


def faded(points: Mapping[str, Sequence[Any]], names: Mapping[int, str], selected: int | None) -> list[float]:
    """Return the opacity of each of the map's traces: full for the selected one, or for all."""
    return [SHOWN if selected in (None, cluster_id) else FADED for cluster_id in drawn(points, names)]


def clicked_cluster(click: Mapping[str, Any] | None) -> int | None:
    """Return the cluster of what was clicked in the map or a bar chart."""
    point = ((click or {}).get("points") or [{}])[0]
    about = point.get("customdata") or [None]
    return None if about[0] is None else int(about[0])


def profile_figure(
    *, cells: Sequence[ProfileCell], names: Mapping[int, str], currency: str | None
) -> go.Figure:
    """Return the heat map of standardised differences: features down, clusters across."""
    features = profile_features(cells)
    by_place = {(cell.feature, cell.cluster_id): cell for cell in cells}
    grid = [[by_place[feature, cluster_id] for cluster_id in names] for feature in features]
    figure = go.Figure(
        go.Heatmap(
            z=[[cell.difference for cell in line] for line in grid],
            x=[broken(name, COLUMN) for name in names.values()],
            y=[FIELD[feature].label for feature in features],
            text=[[_times(cell) for cell in line] for line in grid],
            texttemplate="%{text}",
            customdata=[
                [
                    [raw(cell.feature, cell.mean, currency), raw(cell.feature, cell.overall_mean, currency)]
                    for cell in line
                ]
                for line in grid
            ],
            hovertemplate=(
                "<b>%{y}</b>, %{x}<br>average %{customdata[0]}<br>all sessions %{customdata[1]}"
                "<br>%{z:+.2f} standard deviations<extra></extra>"
            ),
            colorscale=SHADES,
            zmin=-FULL_COLOUR,
            zmax=FULL_COLOUR,
            xgap=2,
            ygap=2,
            showscale=False,
        )
    )
    figure.update_layout(
        xaxis={"side": "top", "showgrid": False, "title": None, "tickangle": 0},
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "title": None,
            "automargin": True,
            "ticklabelstandoff": 6,
        },
    )
    return figure


def size_figure(*, outcomes: Outcomes) -> go.Figure:
    """Return the number of sessions per cluster as bars."""
    return _bars(
        outcomes.clusters,
        values=[cluster.n for cluster in outcomes.clusters],
        labels=[f"{number(cluster.n)} ({percent(cluster.share)})" for cluster in outcomes.clusters],
        axis="sessions",
    )


def conversion_figure(*, outcomes: Outcomes) -> go.Figure:
    """Return conversion per cluster in %, with its 95% Wilson interval where it was observed."""
    clusters = outcomes.clusters
    return _bars(
        clusters,
        values=[None if cluster.conversion is None else 100 * cluster.conversion for cluster in clusters],
        labels=["–" if cluster.conversion is None else percent(cluster.conversion) for cluster in clusters],
        axis="% of sessions that bought"
        if outcomes.conversion_observed
        else "average predicted probability, %",
        upper=[None if cluster.high is None else 100 * cluster.high for cluster in clusters],
        lower=[None if cluster.low is None else 100 * cluster.low for cluster in clusters],
        average=None if outcomes.conversion is None else 100 * outcomes.conversion,
        number_format=None,
    )


def revenue_figure(*, outcomes: Outcomes, currency: str | None) -> go.Figure:
    """Return revenue per cluster, observed or expected, in the data's currency."""
    clusters = outcomes.clusters
    what = "revenue" if outcomes.revenue_observed else "expected revenue"
    return _bars(
        clusters,
        values=[cluster.revenue for cluster in clusters],
        labels=["–" if cluster.revenue is None else money(cluster.revenue, currency) for cluster in clusters],
        axis=f"{what}, {currency}" if currency else what,
    )


def strongest(cells: Sequence[ProfileCell], cluster_id: int, most: int) -> list[ProfileCell]:
    """Return a cluster's cells that differ most from all sessions, strongest first."""
    own = [cell for cell in cells if cell.cluster_id == cluster_id and cell.difference is not None]
    return sorted(own, key=lambda cell: -abs(cell.difference or 0.0))[:most]


def profile_features(cells: Sequence[ProfileCell]) -> list[str]:
    """Return the features in which any cluster differs, in the order of the session row."""
    known = {cell.feature for cell in cells if cell.difference is not None}
    return [name for name in FIELD if name in known]


def raw(feature: str, value: float | None, currency: str | None) -> str:
    """Write an average of a feature with its unit."""
    if value is None:
        return "not known"
    kind = FIELD[feature].kind
    if kind == "flag":
        return f"{percent(value, 0)} of sessions"
    if kind == "amount":
        return money(value, currency)
    if kind == "seconds":
        return duration(value)
    return decimals(value, 2 if abs(value) < TENTHS_FROM else 1)


def broken(name: str, letters: int = LINE) -> str:
    """Break a name over lines of about so many letters."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + len(word) < letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "<br>".join(lines)


def _times(cell: ProfileCell) -> str:
    if cell.difference is None:
        return ""
    rounded = round(cell.difference, 1)
    return "0" if not rounded else f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}"


def _bars(
    clusters: Sequence[ClusterOutcome],
    *,
    values: Sequence[float | None],
    labels: Sequence[str],
    axis: str,
    upper: Sequence[float | None] | None = None,
    lower: Sequence[float | None] | None = None,
    average: float | None = None,
    number_format: str | None = "~s",
) -> go.Figure:
    """Draw one horizontal bar a cluster, the first on top, each labelled at its end.

    ``upper`` and ``lower`` are the ends of its interval, ``average`` a line across all bars.
    """
    names = [broken(cluster.name) for cluster in clusters]
    figure = go.Figure(
        go.Bar(
            x=list(values),
            y=names,
            customdata=[[cluster.cluster_id, label] for cluster, label in zip(clusters, labels, strict=True)],
            orientation="h",
            marker={"color": [colour(cluster.cluster_id) for cluster in clusters]},
            error_x=_intervals(values, upper, lower),
            hovertemplate="<b>%{y}</b><br>%{customdata[1]}<extra></extra>",
        )
    )
    ends = [
        (high if high is not None else value) or 0.0
        for value, high in zip(values, upper or values, strict=True)
    ]
    letters = max((len(label) for label in labels), default=0)
    # Room for the label at the end of the longest bar.
    width = max(*ends, average or 0.0, 1e-9) / (1 - min(MOST_LABEL, LETTER * (letters + 2)))
    if average is not None:
        figure.add_vline(
            x=average, line={"dash": "dot", "width": 1, "color": "rgba(128, 128, 128, 0.9)"}, layer="below"
        )
    for name, end, label in zip(names, ends, labels, strict=True):
        crossed = average is not None and end <= average <= end + LETTER * (len(label) + 2) * width
        figure.add_annotation(
            x=average if crossed else end, y=name, text=label, showarrow=False, xanchor="left", xshift=6
        )
    figure.update_layout(
        xaxis={"title": axis, "range": [0, width], "tickformat": number_format, "nticks": 5},
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticklabelstandoff": 6},
        showlegend=False,
        bargap=0.35,
    )
    return figure


def _intervals(
    values: Sequence[float | None],
    upper: Sequence[float | None] | None,
    lower: Sequence[float | None] | None,
) -> dict[str, Any] | None:
    """Return the error bars from each value to the ends of its interval; None where there are none."""
    if not upper or not lower or all(value is None for value in upper):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [_gap(high, value) for high, value in zip(upper, values, strict=True)],
        "arrayminus": [_gap(value, low) for value, low in zip(values, lower, strict=True)],
        "thickness": 1.2,
        "width": 4,
        "color": "#888888",
    }


def _gap(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else max(0.0, high - low)
