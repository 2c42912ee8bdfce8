"""The journeys page put together: source, controls, filters, and what ``journeys_body`` makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import choice
from components.base.layout import banner, page, synthetic_badge
from components.journeys.body import body
from components.journeys.state import BY, CHIP, CONTROL, LIKELY, Look, Scene, page_query
from components.results.filters import (
    chips,
    control,
    control_id,
    control_values,
    filter_controls,
    read_control,
)
from components.shared.result_tabs import result_tabs
from components.shared.source_picker import source_picker
from components.shared.trust import doubt_badge
from core.journeys.paths import Paths
from core.journeys.steps import FEWEST, MOST_STEPS, View
from core.results.filters import Filters
from core.results.sources import Source
from core.results.trust import doubt_of_source

PATH = "/journeys"

#: Ids of this component. ``SHOWN`` holds the id of the source on the page, ``QUERY`` what it shows of it.
SOURCE = "journeys-source"
OPEN = "journeys-open"
SHOWN = "journeys-shown"
QUERY = "journeys-query"
STATE = "journeys-state"
BODY = "journeys-body"
CHIPS = "journeys-chips"

#: The filters that have controls of their own here; all others of a link hold as well, and have chips.
FILTERS = ("country_group", "device", "channel", "buyer", "purchased")
VIEWS: dict[View, str] = {
    "first": "First steps of a visit",
    "purchase": "Last steps before buying",
    "exit": "Last steps before leaving without buying",
    "all": "Last steps of all visits",
}
LEVEL_NAMES = {"type": "Action", "category": "Category viewed", "page": "Page viewed"}


def journeys_page(
    *,
    sources: Sequence[Source],
    scene: Scene,
    look: Look,
    filters: Filters,
    notes: Sequence[str] = (),
) -> Component:
    """Return the whole page for one source, as the address says."""
    source = scene.source
    tabs = [] if source.is_training else [result_tabs(result_id=source.id, active="journeys")]
    return page(
        dcc.Store(id=SHOWN, data=source.id),
        dcc.Store(id=QUERY, data=page_query(look, filters)),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        *tabs,
        *([banner("warning", "Parts of this link couldn't be used", " ".join(notes))] if notes else []),
        html.Div(
            [
                html.Span(source.description),
                *([synthetic_badge()] if source.synthetic else []),
                *doubt_badge(doubt_of_source(source)),
            ],
            className="d-flex flex-wrap gap-2 align-items-baseline small text-body-secondary",
        ),
        html.Div(
            [
                controls(scene=scene, look=look, filters=filters),
                html.Div(
                    chip_row(scene=scene, filters=filters),
                    id=CHIPS,
                    className="hide-empty hstack flex-wrap gap-2",
                    role="group",
                    **{"aria-label": "Active filters"},
                ),
            ],
            className="vstack gap-2",
        ),
        html.Div(
            body(scene=scene, look=look, filters=filters),
            id=BODY,
            className="vstack gap-3",
        ),
        title="Journeys",
        subtitle="How visitors move through the shop, step by step, and where they leave.",
        actions=source_picker(id=SOURCE, sources=sources, source=source),
    )


def chip_row(*, scene: Scene, filters: Filters) -> list[Component]:
    """Return a chip for each active filter."""
    clusters, currency = scene.view.cluster_names, scene.source.currency
    return chips(filters=filters, clusters=clusters, currency=currency, kind=CHIP)


def controls(*, scene: Scene, look: Look, filters: Filters) -> Component:
    """Return what can be set; of filters, those the export tells."""
    values = values_of(scene, look, filters)
    own = [] if scene.paths is None else _own(scene.paths, values)
    return html.Div(
        [*own, *filter_controls(FILTERS, view=scene.view, values=values, kind=CONTROL)],
        className="card controls",
        role="search",
        **{"aria-label": "What is shown, and of which sessions"},
    )


def values_of(scene: Scene, look: Look, filters: Filters) -> dict[str, Any]:
    """Return what stands in each control."""
    paths = scene.paths
    return control_values(filters) | {
        "view": look.view,
        "steps": str(look.steps),
        "level": look.level or (paths.usual_level if paths else "type"),
        "merge": "yes" if look.merge else "no",
        BY: look.by,
        LIKELY: None if look.likely is None else float(f"{100 * look.likely:.10g}"),
    }


def read_value(name: str, value: Any) -> str:  # noqa: ANN401 (a control's value)
    """Return what a control says as the address has it; empty where it says nothing."""
    if name == LIKELY and value not in (None, ""):
        return f"{float(value) / 100:.12g}"
    return read_control(name, value)


def _own(paths: Paths, values: Mapping[str, Any]) -> list[Component]:
    def chosen(name: str, options: Mapping[str, str]) -> Component:
        return choice(control_id(name, CONTROL), options, values[name])

    views = [view for view in get_args(View) if paths.has_outcomes or view in ("first", "all")]
    found = [
        control("Show", chosen("view", {view: VIEWS[view] for view in views}), wide=True),
        control("Steps", chosen("steps", {str(n): str(n) for n in range(FEWEST, MOST_STEPS + 1)})),
    ]
    if len(paths.levels) > 1:
        found.append(control("A step is", chosen("level", {one: LEVEL_NAMES[one] for one in paths.levels})))
    merging = {"yes": "Counts once", "no": "Counts each time"}
    return [*found, control("The same step in a row", chosen("merge", merging))]
