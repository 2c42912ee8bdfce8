"""What the journeys page shows of the filtered sessions: steps, funnel, where likely buyers leave, times."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.base.format import percent
from components.base.layout import button, card, empty_state, error_panel
from components.figures.clusters import colour
from components.journeys.abandonment import leaving_section
from components.journeys.flow import flow
from components.journeys.funnel import funnel_section
from components.journeys.state import CHIP, CLUSTER, Look, Scene
from components.journeys.times import times_section
from components.results.filters import ALL_FILTERS, chip_id
from core.base.errors import CoreError
from core.base.written import counted
from core.results.filters import Filters
from core.results.sums import Group
from core.results.view import ResultView


def body(*, scene: Scene, look: Look, filters: Filters) -> list[Component]:
    """Return what is shown of the filtered sessions; where there are none, the way back to some."""
    try:
        if not scene.view.kpis(filters).n:
            return [_nobody()]
        return [*_clusters(scene.view, filters), *_parts(scene, look, filters)]
    except CoreError as error:
        return [error_panel(error.to_dict())]


def _parts(scene: Scene, look: Look, filters: Filters) -> list[Component]:
    if scene.paths is None:
        return [_no_steps(scene), funnel_section(source=scene.source, look=look, filters=filters)]
    return [
        flow(source=scene.source, paths=scene.paths, look=look, filters=filters),
        funnel_section(source=scene.source, look=look, filters=filters),
        leaving_section(scene=scene, paths=scene.paths, look=look, filters=filters),
        times_section(source=scene.source, look=look, filters=filters),
    ]


def _clusters(view: ResultView, filters: Filters) -> list[Component]:
    """Return the clusters to click: one shows only its sessions, again it shows all."""
    groups = sorted(view.groups(filters.without("cluster"), "cluster"), key=lambda group: -group.sums.n)
    named = [group for group in groups if group.key is not None]
    if len(named) < 2:
        return []
    n = sum(group.sums.n for group in named)
    buttons = [_cluster(group, n, group.key in filters.cluster) for group in named]
    row = html.Div(
        [html.Span("Clusters", className="smaller fw-medium text-body-tertiary"), *buttons],
        className="hstack flex-wrap gap-2",
        role="group",
        **{"aria-label": "Clusters"},
    )
    return [row]


def _cluster(group: Group, n: int, chosen: bool) -> Component:
    return html.Button(
        [
            html.Span(className="dot", style={"backgroundColor": colour(group.key)}),
            html.Span(group.label or f"Cluster {group.key}"),
            html.Span(percent(group.sums.n / n, 0), className="text-body-tertiary"),
        ],
        id={"type": CLUSTER, "cluster": group.key},
        type="button",
        n_clicks=0,
        className="journeys-cluster btn btn-secondary",
        title=f"{counted(group.sums.n, 'session')}; click to see only these journeys",
        **{"aria-pressed": "true" if chosen else "false"},
    )


def _nobody() -> Component:
    return card(
        empty_state(
            "No sessions match these filters",
            "Each may match on its own, but nothing matches them all. Remove one above, or clear them all.",
            button("Clear all filters", id=chip_id(ALL_FILTERS, "body", CHIP), kind="primary"),
        )
    )


def _no_steps(scene: Scene) -> Component:
    said = scene.missing or CoreError("The steps of these sessions aren't known.")
    return card(
        empty_state(
            said.message,
            f"{said.remedy or ''} You can still see how far they got.".strip(),
            button("Upload an export", href="/upload", kind="primary"),
        )
    )
