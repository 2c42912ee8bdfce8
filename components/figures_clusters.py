"""Figures of the clusters page: pure functions from query results to ``go.Figure``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from components.format import money, number, percent
from components.theme import CLUSTER_COLOURS
from core.analysis.clusters import ClusterOutcome, Outcomes, ProfileCell
from core.sessions import FIELD

#: Differences beyond this many standard deviations get the full colour.
FULL_COLOUR = 1.5

#: A cluster name longer than this is broken over lines beside an axis.
LINE = 16

#: Blue for less, orange for more: told apart by people who can't tell red from green.
LESS, NEITHER, MORE = "#2563a8", "rgba(128,128,128,0.06)", "#c2570c"


def colour(cluster_id: int) -> str:
    """Return the colour a cluster has in every chart."""
    return CLUSTER_COLOURS[cluster_id % len(CLUSTER_COLOURS)]


def map_figure(
    *, points: Mapping[str, Sequence[Any]], names: Mapping[int, str], selected: int | None
) -> go.Figure:
    """Return the scatter of the projection, one colour a cluster; others fade when one is selected."""
    figure = go.Figure()
    for cluster_id, name in names.items():
        rows = [row for row, found in enumerate(points["cluster_id"]) if found == cluster_id]
        if not rows:
            continue
        figure.add_scatter(
            x=[points["cluster_x"][row] for row in rows],
            y=[points["cluster_y"][row] for row in rows],
            customdata=[
                [points["session_id"][row], cluster_id, points["purchase_probability"][row]] for row in rows
            ],
            mode="markers",
            name=name,
            marker={
                "color": colour(cluster_id),
                "size": 5,
                "opacity": 0.65 if selected in (None, cluster_id) else 0.12,
            },
            hovertemplate=(
                f"<b>{name}</b><br>session %{{customdata[0]}}"
                "<br>purchase probability %{customdata[2]:.1%}<extra></extra>"
            ),
        )
    axis = {"showticklabels": False, "zeroline": False, "showgrid": False, "title": None}
    figure.update_layout(
        xaxis=axis, yaxis=axis, legend={"orientation": "h", "y": -0.05, "itemsizing": "constant"}
    )
    return figure


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
            x=[broken(name) for name in names.values()],
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
            colorscale=[[0, LESS], [0.5, NEITHER], [1, MORE]],
            zmin=-FULL_COLOUR,
            zmax=FULL_COLOUR,
            xgap=2,
            ygap=2,
            showscale=False,
        )
    )
    figure.update_layout(
        xaxis={"side": "top", "showgrid": False, "title": None, "tickangle": 0},
        yaxis={"autorange": "reversed", "showgrid": False, "title": None, "automargin": True},
    )
    return figure


def difference_figure(
    *, cells: Sequence[ProfileCell], cluster_id: int, currency: str | None, most: int = 10
) -> go.Figure:
    """Return one cluster's strongest differences from all sessions as diverging bars."""
    own = strongest(cells, cluster_id, most)
    own.reverse()
    figure = go.Figure(
        go.Bar(
            x=[cell.difference for cell in own],
            y=[FIELD[cell.feature].label for cell in own],
            orientation="h",
            marker={"color": [MORE if cell.difference > 0 else LESS for cell in own]},  # type: ignore[operator]
            customdata=[
                [raw(cell.feature, cell.mean, currency), raw(cell.feature, cell.overall_mean, currency)]
                for cell in own
            ],
            text=[raw(cell.feature, cell.mean, currency) for cell in own],
            textposition="auto",
            hovertemplate=(
                "<b>%{y}</b><br>average %{customdata[0]}<br>all sessions %{customdata[1]}"
                "<br>%{x:+.2f} standard deviations<extra></extra>"
            ),
        )
    )
    figure.update_layout(
        xaxis={"title": "standard deviations from the average of all sessions", "zeroline": True},
        yaxis={"title": None, "automargin": True},
        showlegend=False,
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
    figure = _bars(
        clusters,
        values=[None if cluster.conversion is None else 100 * cluster.conversion for cluster in clusters],
        labels=["–" if cluster.conversion is None else percent(cluster.conversion) for cluster in clusters],
        axis="% of sessions that bought"
        if outcomes.conversion_observed
        else "average predicted probability, %",
        upper=[None if cluster.high is None else 100 * cluster.high for cluster in clusters],
        lower=[None if cluster.low is None else 100 * cluster.low for cluster in clusters],
    )
    if outcomes.conversion is not None:
        figure.add_vline(x=100 * outcomes.conversion, line={"dash": "dot", "width": 1, "color": "#888888"})
    return figure


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
        return f"{value:.0%} of sessions"
    if kind == "amount":
        return money(value, currency)
    if kind == "seconds":
        return f"{value:,.0f} s"
    return f"{value:,.2f}"


def broken(name: str) -> str:
    """Break a name over lines, so that it fits over a narrow column."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + len(word) < LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "<br>".join(lines)


def _times(cell: ProfileCell) -> str:
    return "" if cell.difference is None else f"{cell.difference:+.1f}"


def _bars(
    clusters: Sequence[ClusterOutcome],
    *,
    values: Sequence[float | None],
    labels: Sequence[str],
    axis: str,
    upper: Sequence[float | None] | None = None,
    lower: Sequence[float | None] | None = None,
) -> go.Figure:
    """Draw one horizontal bar a cluster, the first on top, each labelled at its end."""
    errors = None
    if upper and lower and any(value is not None for value in upper):
        errors = {
            "type": "data",
            "symmetric": False,
            "array": [_gap(high, value) for high, value in zip(upper, values, strict=True)],
            "arrayminus": [_gap(value, low) for value, low in zip(values, lower, strict=True)],
            "thickness": 1.2,
            "width": 4,
            "color": "#888888",
        }
    figure = go.Figure(
        go.Bar(
            x=list(values),
            y=[broken(cluster.name) for cluster in clusters],
            customdata=[[cluster.cluster_id, label] for cluster, label in zip(clusters, labels, strict=True)],
            orientation="h",
            marker={"color": [colour(cluster.cluster_id) for cluster in clusters]},
            error_x=errors,
            hovertemplate="<b>%{y}</b><br>%{customdata[1]}<extra></extra>",
        )
    )
    for cluster, value, high, label in zip(clusters, values, upper or values, labels, strict=True):
        end = high if high is not None else value
        figure.add_annotation(
            x=end or 0, y=broken(cluster.name), text=label, showarrow=False, xanchor="left", xshift=6
        )
    ends = [value for value in (upper or values) if value is not None] or [1.0]
    figure.update_layout(
        # Room for the label at the end of the longest bar.
        xaxis={"title": axis, "range": [0, max(max(ends), 1e-9) * 1.35]},
        yaxis={"autorange": "reversed", "automargin": True, "title": None},
        showlegend=False,
        bargap=0.35,
    )
    return figure


def _gap(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else max(0.0, high - low)
