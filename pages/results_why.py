"""Why a result's predictions are as they are: which features count, for whom, and what each one does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import dash
from dash import ClientsideFunction, Input, Output, Patch, State, callback, clientside_callback, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button, error_panel, levelled
from components.base.query import single
from components.home.page import not_found
from components.results.address import PATH
from components.why.body import (
    BARS,
    COLOUR,
    DEPENDENCE,
    FEATURE,
    FIRST,
    STRONGEST,
    SWARM,
    body,
    dependence,
    shown_bars,
)
from components.why.figures import bar_opacity, by_direction
from components.why.page import (
    BODY,
    CHIPS,
    DEFAULT_TARGET,
    ORIGIN,
    STATE,
    TARGET,
    TARGETS,
    amounts_told,
    chips,
    page_arguments,
    query_of,
    why_page,
)
from core.base.errors import CoreError, NotFoundError
from core.results.filters import Filters
from core.results.sources import find_source
from core.results.view import ResultView
from core.storage import Result, get_store

if TYPE_CHECKING:
    from core.explain import Importance, Sample

dash.register_page(
    __name__,
    path=f"{PATH}/none/why",
    path_template=f"{PATH}/<result_id>/why",
    name="Reasons",
    title="Reasons · Smart Customer Session Predictor",
    # Before the page of a result, whose address would fit as well.
    order=1.6,
    nav=False,
)


def layout(result_id: str | None = None, **query: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page at once; what it shows comes through a callback."""
    try:
        result = _find(result_id or "")
    except NotFoundError as error:
        return not_found(
            title="Result not found",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All results", href=PATH, kind="primary"),
        )
    view = ResultView(result.path)
    told = {name: single(query.get(name)) for name in ("target", "feature", "colour")}
    asked, notes = _asked({name: value for name, value in told.items() if value}, view)
    filters = Filters.from_query(query)
    return why_page(
        result=result, route=result_id or "", view=view, filters=filters, asked=asked, notes=notes
    )


@callback(
    Output(BODY, "children"),
    Input(TARGET, "value"),
    State(ORIGIN, "data"),
    State(FEATURE, "value", allow_optional=True),
    State(COLOUR, "value", allow_optional=True),
    State(FIRST, "data", allow_optional=True),
)
def show(
    target: str, origin: Mapping[str, str], feature: str | None, colour: str | None, first: str | None
) -> Any:  # noqa: ANN401 (a part of the page)
    """Take the predictions apart and show what counts; a feature that was chosen stays chosen."""
    try:
        sample, bars = _sample(origin, target)
    except CoreError as error:
        return error_panel(error.to_dict())
    chosen = origin.get("feature") if first is None else feature if feature != first else None
    parts = body(
        result=_find(origin["result"]),
        filters=_filters(origin),
        sample=sample,
        bars=bars,
        feature=chosen,
        colour=colour or origin.get("colour") or STRONGEST,
    )
    return levelled(parts)


@callback(
    Output(FEATURE, "value"),
    Input(BARS, "clickData"),
    Input(SWARM, "clickData"),
    prevent_initial_call=True,
)
def choose(bar: Mapping[str, Any] | None, dot: Mapping[str, Any] | None) -> str:
    """Choose the feature of the bar or the dot that was clicked."""
    clicked = ctx.triggered[0]["value"]
    point = ((clicked or {}).get("points") or [{}])[0]
    told = point.get("customdata") or [None]
    if not told[0]:
        raise PreventUpdate
    return str(told[0])


@callback(
    Output(DEPENDENCE, "children"),
    Output(BARS, "figure"),
    Input(FEATURE, "value"),
    Input(COLOUR, "value"),
    State(TARGET, "value"),
    State(ORIGIN, "data"),
    prevent_initial_call=True,
)
def show_feature(feature: str, colour: str, target: str, origin: Mapping[str, str]) -> tuple[Any, Any]:
    """Show one feature in depth, and let its bar stand out."""
    sample, bars = _sample(origin, target)
    if feature not in {bar.feature for bar in bars}:
        raise PreventUpdate
    patch = Patch()
    for place, own in enumerate(by_direction(shown_bars(bars, feature))):
        patch["data"][place]["marker"]["opacity"] = bar_opacity(own, feature)
    shown = dependence(
        result=_find(origin["result"]),
        filters=_filters(origin),
        sample=sample,
        bars=bars,
        feature=feature,
        colour=colour,
    )
    return shown, patch


@callback(
    Output(STATE, "data"),
    Output(CHIPS, "children"),
    Input(TARGET, "value"),
    Input(FEATURE, "value", allow_optional=True),
    Input(COLOUR, "value", allow_optional=True),
    State(FIRST, "data", allow_optional=True),
    State(ORIGIN, "data"),
    prevent_initial_call=True,
)
def keep(
    target: str, feature: str | None, colour: str | None, first: str | None, origin: Mapping[str, str]
) -> tuple[dict[str, str], list[Component]]:
    """Keep the address, and the links that take filters away, as the page is."""
    more = page_arguments(target, feature, colour, first)
    result, filters = _find(origin["result"]), _filters(origin)
    found = chips(result=result, clusters=ResultView(result.path).cluster_names, filters=filters, more=more)
    return {"pathname": f"{PATH}/{origin['route']}/why", "query": query_of(origin["filters"], more)}, found


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="writeAddress"), Input(STATE, "data")
)


def _find(result_id: str) -> Result:
    store = get_store()
    latest = store.latest_result() if result_id == "latest" else None
    result = latest or store.result(result_id)
    if result.state != "done":
        raise NotFoundError("This result isn't finished.", remedy="Wait until scoring is done.")
    return result


def _asked(told: dict[str, str], view: ResultView) -> tuple[dict[str, str], list[str]]:
    """Return what the address asks for and can be had, and a note for what can't."""
    target = told.get("target", DEFAULT_TARGET)
    if target not in TARGETS:
        note = f"There are no reasons for “{target[:60]}”; the reasons for purchases are shown."
        return {**told, "target": DEFAULT_TARGET}, [note]
    if target == "revenue" and not amounts_told(view):
        note = "This result has no predicted revenue; the reasons for purchases are shown."
        return {**told, "target": DEFAULT_TARGET}, [note]
    return told, []


def _sample(origin: Mapping[str, str], target: str) -> tuple[Sample, tuple[Importance, ...]]:
    # Here, not above: a worker that shows other pages has no use for the models' libraries.
    from core.explain import importance, sampled

    sample = sampled(find_source(origin["result"]), _filters(origin), target)
    return sample, importance(sample)


def _filters(origin: Mapping[str, str]) -> Filters:
    return Filters.from_query(dict(parse_qsl(origin["filters"])))
