"""Clusters over time: their share of all sessions, and their conversion."""

from __future__ import annotations

from typing import cast

from dash.development.base_component import Component

from components.base.format import date, number, percent
from components.base.graph import graph
from components.base.layout import empty_state, section
from components.clusters.controls import bar, chooser, key
from components.clusters.detail import cluster_dot
from components.clusters.side_by_side import cluster_names
from components.clusters.state import Choice
from components.figures import clusters_over_time as figures
from core.results.clusters.over_time import OverTime, Step, over_time
from core.results.clusters.profiles import ClusterView
from core.results.sources import Source, clock_of

#: Ids of this component.
SHARES = "clusters-shares"
CONVERSIONS = "clusters-conversions"

EVERY = {"day": "Day", "week": "Week", "month": "Month"}


def clusters_over_time(*, source: Source, view: ClusterView, choice: Choice) -> Component:
    """Return shares and conversion by day, week or month."""
    names = cluster_names(view.outcomes())
    told = over_time(source.scored, cast("Step | None", choice.step))
    if not told.n:
        return empty_state("No times", "Session times are missing from this file.")
    steps = len({moment.start for moment in told.moments})
    charts: list[Component] = [_shares(told, names, steps, source)]
    if any(moment.conversion is not None for moment in told.moments):
        charts.append(_conversions(told, names))
    return section(
        bar([chooser(name="step", label="By", options=EVERY, value=told.step)]),
        key(names, [cluster_dot(cluster) for cluster in names]),
        *charts,
        title="Clusters over time",
    )


def _shares(told: OverTime, names: dict[int, str], steps: int, source: Source) -> Component:
    week = " The first and last week may be incomplete." if told.step == "week" else ""
    return graph(
        id=SHARES,
        figure=figures.share_over_time(told=told, names=names),
        title="Share of sessions",
        subtitle=f"Each cluster's share of the {told.step}'s sessions, in %",
        table={
            "columns": [EVERY[told.step], "Cluster", "Sessions", "Share"],
            "rows": [
                [date(m.start), names.get(m.cluster_id, ""), number(m.n), percent(m.share)]
                for m in told.moments
            ],
        },
        height=300,
        n=told.n,
        note=f"{number(steps)} {told.step}s, {clock_of(source.dataset_id)}.{week}",
    )


def _conversions(told: OverTime, names: dict[int, str]) -> Component:
    return graph(
        id=CONVERSIONS,
        figure=figures.conversion_over_time(told=told, names=names),
        title="Conversion" if told.observed else "Predicted conversion",
        subtitle=f"Share of each {told.step}'s sessions that bought, in %"
        if told.observed
        else f"Average probability of each {told.step}'s sessions, in %",
        table={
            "columns": [EVERY[told.step], "Cluster", "Conversion", "From", "To", "Sessions"],
            "rows": [
                [
                    date(m.start),
                    names.get(m.cluster_id, ""),
                    percent(m.conversion),
                    percent(m.low),
                    percent(m.high),
                    number(m.n_known if told.observed else m.n),
                ]
                for m in told.moments
            ],
        },
        height=300,
        n=sum(m.n_known for m in told.moments) if told.observed else told.n,
        note=f"A line has a gap where a cluster has fewer than {figures.FEW} sessions.",
    )
