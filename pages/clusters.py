"""Clusters: which kinds of visit there are, what sets each apart, and what becomes of it."""

from __future__ import annotations

from typing import Any

import dash
from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    Patch,
    State,
    callback,
    clientside_callback,
    ctx,
    no_update,
)
from dash._no_update import NoUpdate
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.clusters import (
    BODY,
    CLICKED,
    ITEM,
    MAP,
    OPEN,
    PATH,
    SELECTED,
    SHOWN,
    SOURCE,
    STATE,
    clusters_body,
    clusters_page,
    item_class,
    names,
    selection,
    sentences,
)
from components.clusters_compare import cluster_names
from components.clusters_detail import ALL_CLUSTERS, DETAIL, detail
from components.clusters_rename import CANCEL, DIALOG, NAME, PROBLEM, SAVE
from components.clusters_why import RENAME
from components.figures_clusters import clicked_cluster, faded
from components.layout import error_panel
from components.query import single
from core.analysis.clusters import ClusterView
from core.analysis.sources import choose_source, find_source, list_sources, source_manifest
from core.bundle_edit import rename_clusters
from core.errors import CoreError

dash.register_page(__name__, path=PATH, name="Clusters", title="Clusters", order=4)

ITEMS = {"type": ITEM, "cluster": ALL}


def layout(
    source: str | list[str] | None = None, cluster: str | list[str] | None = None, **_: str | list[str]
) -> Component:
    """Return the page for a source (the latest result without one), with a cluster selected or none."""
    sources = list_sources()
    shown, notes = choose_source(single(source), sources)
    manifest = source_manifest(shown)
    view = ClusterView(shown.path, names(manifest))
    selected, told = view.choose(single(cluster))
    return clusters_page(
        sources=sources,
        source=shown,
        view=view,
        manifest=manifest,
        selected=selected,
        notes=[*notes, *told],
    )


@callback(Output(OPEN, "data"), Input(SOURCE, "value"), State(SHOWN, "data"), prevent_initial_call=True)
def change_source(source: str, shown: str) -> dict[str, str] | NoUpdate:
    """Open another source."""
    return {"pathname": PATH, "query": f"source={source}"} if source != shown else no_update


@callback(
    Output(SELECTED, "data"),
    # A model that knows clusters only has no charts of conversion and revenue.
    *(Input(chart, "clickData", allow_optional=True) for chart in CLICKED),
    Input(ITEMS, "n_clicks"),
    Input(ALL_CLUSTERS, "n_clicks", allow_optional=True),
    prevent_initial_call=True,
)
def select(*arguments: object) -> dict[str, int | None] | NoUpdate:
    """Select the cluster that was clicked, in a chart or in the list."""
    if not ctx.triggered[0]["value"]:
        # Charts and buttons that have only just come onto the page.
        return no_update
    source = ctx.triggered_id
    if source == ALL_CLUSTERS:
        return selection(None)
    if isinstance(source, dict):
        return selection(source["cluster"])
    return selection(clicked_cluster(arguments[CLICKED.index(source)]))


@callback(
    Output(DETAIL, "children"),
    Output(MAP, "figure"),
    Output(ITEMS, "className"),
    Output(STATE, "data"),
    Input(SELECTED, "data"),
    State(SHOWN, "data"),
    State(ITEMS, "id"),
    prevent_initial_call=True,
)
def show(selected: dict[str, int | None], shown: str, items: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Show the selected cluster in depth, and fade the others on the map."""
    source, cluster = find_source(shown), selected["cluster"]
    manifest = source_manifest(source)
    view = ClusterView(source.path, names(manifest))
    query = f"source={shown}" if cluster is None else f"source={shown}&cluster={cluster}"
    patch = Patch()
    for position, opacity in enumerate(faded(view.points(), cluster_names(view.outcomes()), cluster)):
        patch["data"][position]["marker"]["opacity"] = opacity
    return (
        detail(source=source, view=view, sentences=sentences(manifest), selected=cluster),
        patch,
        [item_class(item["cluster"], cluster) for item in items],
        {"pathname": PATH, "query": query},
    )


@callback(
    Output(DIALOG, "is_open"),
    Output(PROBLEM, "children"),
    Output(BODY, "children"),
    Input(RENAME, "n_clicks", allow_optional=True),
    Input(CANCEL, "n_clicks", allow_optional=True),
    Input(SAVE, "n_clicks", allow_optional=True),
    State({"type": NAME, "cluster": ALL}, "value"),
    State(SHOWN, "data"),
    State(SELECTED, "data"),
    prevent_initial_call=True,
)
def rename(
    _open: int | None,
    _cancel: int | None,
    _save: int | None,
    said: list[str | None],
    shown: str,
    selected: dict[str, int | None],
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
        source=source, view=view, manifest=manifest, selected=selected["cluster"], renamed=True
    )
    return False, None, body


for target, function in ((STATE, "writeAddress"), (OPEN, "openAddress")):
    clientside_callback(
        ClientsideFunction(namespace="predictor", function_name=function), Input(target, "data")
    )
