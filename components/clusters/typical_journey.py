"""The typical journey of a cluster: the steps most like those of all its sessions."""

from __future__ import annotations

from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from components.base.format import percent
from components.base.graph import graph
from components.base.layout import button, empty_state, section
from components.clusters.controls import bar, chooser
from components.clusters.side_by_side import cluster_names
from components.clusters.state import Choice
from components.figures import clusters_over_time as figures
from components.figures.clusters import colour
from core.base.errors import CoreError
from core.base.written import counted
from core.journeys import TypicalPath, has_events, typical_path
from core.results.clusters.profiles import ClusterView
from core.results.sources import Source

#: Id of this component's chart.
STEPS = "clusters-steps"

NO_STEPS = (
    "These sessions came without single events, so the order of their steps isn't known. Score "
    "an export of events (one row per event) to see typical journeys."
)


def typical_journey(*, source: Source, view: ClusterView, choice: Choice) -> Component:
    """Return a cluster's typical journey, or why there is none to show."""
    outcomes = view.outcomes()
    names = cluster_names(outcomes)
    cluster = choice.cluster if choice.cluster is not None else next(iter(names))
    if not has_events(source):
        return section(empty_state("The steps aren't known", NO_STEPS), title="Typical journey")
    controls = bar([chooser(name="cluster", label="Of the cluster", options=names, value=cluster)])
    try:
        told = typical_path(source, cluster)
    except CoreError as error:
        words = f"{error.message} {error.remedy or ''}".strip()
        return section(controls, empty_state("The steps aren't known", words), title="Typical journey")
    if told is None or not told.steps:
        return section(
            controls, empty_state("No sessions here", "This cluster is empty."), title="Typical journey"
        )
    return section(
        controls,
        html.Ol(
            [html.Li(step.label) for step in told.steps],
            className="clusters-steps d-flex flex-wrap gap-2 list-unstyled",
        ),
        _chart(told, names[cluster]),
        title="Typical journey",
        subtitle="A real session: the one most like all others in the cluster",
        actions=button("All journeys", href=f"/journeys?source={quote(source.id)}&cluster={cluster}"),
    )


def _chart(told: TypicalPath, name: str) -> Component:
    same = percent(told.n_same / told.n if told.n else None)
    end = "" if told.complete else " It continues after these steps."
    return graph(
        id=STEPS,
        figure=figures.path_figure(
            labels=[step.label for step in told.steps],
            shares=[step.share for step in told.steps],
            reached=[step.reached for step in told.steps],
            own=colour(told.cluster_id),
        ),
        title=f"Steps of “{name}”",
        subtitle="Pale: sessions that get this far. Full: those that take exactly this step",
        table={
            "columns": ["", "Step", "Get this far", "Of those, take this step"],
            "rows": [
                [str(place), step.label, percent(step.reached), percent(step.share)]
                for place, step in enumerate(told.steps, start=1)
            ],
        },
        height=100 + 40 * len(told.steps),
        n=told.n,
        note=f"{counted(told.n_same, 'session')} ({same}) took exactly these steps.{end}"
        + (" A sample of the result's sessions." if told.is_sample else ""),
    )
