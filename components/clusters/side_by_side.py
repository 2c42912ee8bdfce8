"""All clusters side by side: size, conversion and revenue as bars, and their profiles as a heat map."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.base.format import money, number, percent
from components.base.graph import graph
from components.base.layout import section
from components.figures import clusters as figures
from core.results.clusters.profiles import ClusterView, Outcomes
from core.schema.sessions import FIELD

#: Ids of this component's charts.
SIZES = "clusters-sizes"
CONVERSION = "clusters-conversion"
REVENUE = "clusters-revenue"
PROFILE = "clusters-profile"


def comparison(*, outcomes: Outcomes, currency: str | None) -> Component:
    """Return size, conversion and revenue of every cluster, the latter where they are known or predicted."""
    charts = [_sizes(outcomes)]
    if outcomes.conversion is not None:
        charts.append(_conversion(outcomes))
    if any(cluster.revenue is not None for cluster in outcomes.clusters):
        charts.append(_revenue(outcomes, currency))
    return section(html.Div(charts, className="cards clickable"), title="Clusters compared")


def _sizes(outcomes: Outcomes) -> Component:
    return graph(
        id=SIZES,
        figure=figures.size_figure(outcomes=outcomes),
        title="Sessions",
        subtitle="Number of sessions and share of all",
        table={
            "columns": ["Cluster", "Sessions", "Share"],
            "rows": [[c.name, number(c.n), percent(c.share)] for c in outcomes.clusters],
        },
        height=_bars_height(outcomes),
        n=outcomes.n,
    )


def _conversion(outcomes: Outcomes) -> Component:
    observed, clusters = outcomes.conversion_observed, outcomes.clusters
    all_sessions = percent(outcomes.conversion)
    return graph(
        id=CONVERSION,
        figure=figures.conversion_figure(outcomes=outcomes),
        title="Conversion" if observed else "Predicted conversion",
        subtitle=(
            f"Share of sessions that bought, 95% interval; all sessions {all_sessions}"
            if observed
            else f"Average predicted probability; all sessions {all_sessions}"
        ),
        table={
            "columns": ["Cluster", "Conversion", "From", "To"],
            "rows": [[c.name, percent(c.conversion), percent(c.low), percent(c.high)] for c in clusters],
        },
        height=_bars_height(outcomes),
        n=sum(c.n_known for c in clusters) if observed else outcomes.n,
    )


def _revenue(outcomes: Outcomes, currency: str | None) -> Component:
    paid = "spent in total" if outcomes.revenue_observed else "are expected to spend in total"
    return graph(
        id=REVENUE,
        figure=figures.revenue_figure(outcomes=outcomes, currency=currency),
        title="Revenue" if outcomes.revenue_observed else "Expected revenue",
        subtitle=f"What the cluster's sessions {paid}",
        table={
            "columns": ["Cluster", "Revenue", "Per session"],
            "rows": [
                [c.name, money(c.revenue, currency), money(c.revenue_per_session, currency)]
                for c in outcomes.clusters
            ],
        },
        height=_bars_height(outcomes),
        n=outcomes.n,
    )


def profile(*, view: ClusterView, outcomes: Outcomes, currency: str | None) -> Component:
    """Return the heat map of standardised differences."""
    cells, names = view.profile(), cluster_names(outcomes)
    features = figures.profile_features(cells)
    by_place = {(cell.feature, cell.cluster_id): cell for cell in cells}
    return html.Div(
        graph(
            id=PROFILE,
            figure=figures.profile_figure(cells=cells, names=names, currency=currency),
            title="Profiles compared with the average",
            subtitle=(
                "Each cluster's average compared with all sessions, in standard deviations: orange is "
                "more, blue is less, beyond ±1 is a strong difference"
            ),
            table={
                "columns": ["", *names.values(), "All sessions"],
                "rows": [
                    [
                        FIELD[feature].label,
                        *(figures.raw(feature, by_place[feature, c].mean, currency) for c in names),
                        figures.raw(feature, by_place[feature, next(iter(names))].overall_mean, currency),
                    ]
                    for feature in features
                ],
            },
            height=90 + 30 * len(features),
            scrolls=True,
            n=outcomes.n,
        ),
        className="chart-scroll",
        # Narrower than this the names over the columns would run into each other: the chart scrolls.
        style={"--chart-width": f"{140 + 60 * len(names)}px"},
    )


def _bars_height(outcomes: Outcomes) -> int:
    return 80 + 46 * len(outcomes.clusters)


def cluster_names(outcomes: Outcomes) -> dict[int, str]:
    """Return every cluster's name by its id, largest cluster first."""
    return {cluster.cluster_id: cluster.name for cluster in outcomes.clusters}
