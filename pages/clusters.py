"""Clusters: which kinds of visit there are, what sets each apart, and what becomes of it."""

from __future__ import annotations

from typing import Any

import dash
from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    no_update,
)
from dash._no_update import NoUpdate
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import error_panel
from components.base.query import single
from components.clusters.controls import CONTROL
from components.clusters.detail import DETAIL
from components.clusters.number_of_clusters import RENAME
from components.clusters.page import (
    BODY,
    CLICKED,
    DRAWN,
    FRAME,
    ITEM,
    NAV,
    OPEN,
    PART,
    PATH,
    SELECTED,
    SHOWN,
    SOURCE,
    STATE,
    VIEW,
    clusters_body,
    clusters_page,
    item_class,
    names,
    part,
    selected_detail,
    selection,
    view_tabs,
)
from components.clusters.rename import CANCEL, DIALOG, NAME, PROBLEM, SAVE
from components.clusters.session_map import COLOUR, MAP, SETTINGS
from components.clusters.state import Choice, read_choice
from components.figures.clusters import clicked_cluster
from components.shared.drawn import DESCRIBED, described
from core.base.errors import CoreError
from core.bundle.edit import rename_clusters
from core.bundle.repository import Manifest
from core.results.clusters.profiles import ClusterView
from core.results.sources import Source, choose_source, find_source, list_sources, source_manifest

dash.register_page(__name__, path=PATH, name="Clusters", title="Clusters", order=4)

ITEMS = {"type": ITEM, "cluster": ALL}
CONTROLS = {"type": CONTROL, "name": ALL}
#: What a view's controls say, and what is chosen on the map: all that an address is made of.
CHOSEN = (
    State(SHOWN, "data"),
    State(VIEW, "data"),
    State(CONTROLS, "value"),
    State(SELECTED, "data"),
    State(FRAME, "data"),
    State(COLOUR, "value", allow_optional=True),
)


def layout(source: str | list[str] | None = None, **query: str | list[str]) -> Component:
    """Return the page for a source (the latest result without one), as the address says."""
    sources = list_sources()
    shown, notes = choose_source(single(source), sources)
    manifest = source_manifest(shown)
    view = ClusterView(shown.path, names(manifest))
    choice, told = read_choice(query, view)
    return clusters_page(
        sources=sources, source=shown, view=view, manifest=manifest, choice=choice, notes=[*notes, *told]
    )


@callback(Output(OPEN, "data"), Input(SOURCE, "value"), State(SHOWN, "data"), prevent_initial_call=True)
def change_source(source: str, shown: str) -> dict[str, str] | NoUpdate:
    """Open another source."""
    return {"pathname": PATH, "query": f"source={source}"} if source != shown else no_update


@callback(
    Output(OPEN, "data", allow_duplicate=True),
    # A model that knows clusters only has no charts of conversion and revenue.
    *(Input(chart, "clickData", allow_optional=True) for chart in CLICKED),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def open_cluster(*arguments: Any) -> dict[str, str] | NoUpdate:  # noqa: ANN401
    """Open the cluster whose bar was clicked on the map."""
    cluster = clicked_cluster(ctx.triggered[0]["value"])
    if cluster is None:
        return no_update
    return {"pathname": PATH, "query": Choice(cluster=cluster).query(arguments[-1])}


@callback(
    Output(SELECTED, "data"),
    Input(ITEMS, "n_clicks"),
    prevent_initial_call=True,
)
def select(_: list[int | None]) -> dict[str, Any] | NoUpdate:
    """Select the cluster that was clicked in the list; on the map its script selects by itself."""
    if not ctx.triggered[0]["value"]:
        # Buttons that have only just come onto the page.
        return no_update
    return selection(ctx.triggered_id["cluster"])


@callback(
    Output(DETAIL, DESCRIBED),
    Output(ITEMS, "className"),
    Input(SELECTED, "data"),
    State(SHOWN, "data"),
    State(ITEMS, "id"),
    prevent_initial_call=True,
)
def show(selected: dict[str, Any], shown: str, items: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Show in depth what is selected on the map."""
    source, manifest, view = _shown(shown)
    choice, _ = read_choice(_told(selected), view)
    return (
        described(selected_detail(source=source, view=view, manifest=manifest, choice=choice)),
        [item_class(item["cluster"], choice.cluster) for item in items],
    )


@callback(
    Output(PART, "children"),
    Output(DRAWN, "data"),
    Input(CONTROLS, "value"),
    State(DRAWN, "data"),
    *CHOSEN,
    prevent_initial_call=True,
)
def change(values: list[Any], drawn: str, shown: str, *chosen: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Show the view as its controls say."""
    source, manifest, view = _shown(shown)
    choice = _choice(view, *chosen)
    query = choice.query(shown)
    if query == drawn:
        # Controls that have only just come onto the page, with the view itself.
        raise PreventUpdate
    return part(source=source, view=view, manifest=manifest, choice=choice), query


@callback(
    Output(STATE, "data"),
    Output(NAV, "children"),
    Input(CONTROLS, "value"),
    Input(SELECTED, "data"),
    Input(FRAME, "data"),
    Input(COLOUR, "value", allow_optional=True),
    *CHOSEN,
    prevent_initial_call=True,
)
def keep(*arguments: Any) -> tuple[dict[str, str], list[Component]]:  # noqa: ANN401
    """Keep the address, and the links to the other views, as the page is."""
    shown, *chosen = arguments[4:]
    _, _, view = _shown(shown)
    choice = _choice(view, *chosen)
    return {"pathname": PATH, "query": choice.query(shown)}, view_tabs(source_id=shown, choice=choice)


@callback(
    Output(DIALOG, "is_open"),
    Output(PROBLEM, "children"),
    Output(BODY, "children"),
    Input(RENAME, "n_clicks", allow_optional=True),
    Input(CANCEL, "n_clicks", allow_optional=True),
    Input(SAVE, "n_clicks", allow_optional=True),
    State({"type": NAME, "cluster": ALL}, "value"),
    *CHOSEN,
    prevent_initial_call=True,
)
def rename(
    _open: int | None,
    _cancel: int | None,
    _save: int | None,
    said: list[str | None],
    shown: str,
    *chosen: Any,  # noqa: ANN401
) -> tuple[Any, ...]:
    """Open the dialog, close it, or save the names and show them."""
    if not ctx.triggered[0]["value"]:
        raise PreventUpdate
    if ctx.triggered_id != SAVE:
        return ctx.triggered_id == RENAME, None, no_update
    source = find_source(shown)
    try:
        manifest = rename_clusters(source.bundle, [name or "" for name in said])
    except CoreError as error:
        return True, error_panel(error.to_dict()), no_update
    view = ClusterView(source.path, names(manifest))
    body = clusters_body(
        source=source, view=view, manifest=manifest, choice=_choice(view, *chosen), renamed=True
    )
    return False, None, body


def _shown(source_id: str) -> tuple[Source, Manifest | None, ClusterView]:
    source = find_source(source_id)
    manifest = source_manifest(source)
    return source, manifest, ClusterView(source.path, names(manifest))


def _choice(
    view: ClusterView,
    open_view: str,
    _values: list[str | None],
    selected: dict[str, Any],
    frame: str,
    colour: str | None,
) -> Choice:
    """Return what is chosen by all that is on the page."""
    told: dict[str, Any] = {"view": open_view, "frame": frame, **_told(selected)}
    if colour:
        told["colour"] = colour
    places = next((found for found in ctx.states_list if isinstance(found, list)), [])
    said = {place["id"]["name"]: place.get("value") for place in places if place["id"]["type"] == CONTROL}
    if "cluster" in said:
        # A view that speaks of one cluster has no area.
        told["area"] = ""
    told |= {("with" if name == "other" else name): value for name, value in said.items()}
    return read_choice(told, view)[0]


def _told(selected: dict[str, Any]) -> dict[str, str]:
    cluster = selected.get("cluster")
    return {"cluster": "" if cluster is None else str(cluster), "area": selected.get("area") or ""}


for target, function in ((STATE, "writeAddress"), (OPEN, "openAddress")):
    clientside_callback(
        ClientsideFunction(namespace="predictor", function_name=function), Input(target, "data")
    )
clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="sessionMap"),
    # Nothing is put out; without a place to put it, a page that opens would not be told.
    Output(MAP, "data-shown"),
    Input(SETTINGS, "data"),
    Input(COLOUR, "value"),
    Input(SELECTED, "data"),
)
clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="drawComponent"),
    Output(DETAIL, "data-drawn"),
    Input(DETAIL, DESCRIBED),
    State(DETAIL, "id"),
)
