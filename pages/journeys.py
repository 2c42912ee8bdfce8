"""Journeys: how visitors move through the shop, how far they come, how long it takes, where they leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

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

from components.base.control import unless_same
from components.base.layout import levelled
from components.base.query import single
from components.journeys.body import body
from components.journeys.page import (
    BODY,
    CHIPS,
    OPEN,
    PATH,
    QUERY,
    SHOWN,
    SOURCE,
    STATE,
    chip_row,
    journeys_page,
    read_value,
    values_of,
)
from components.journeys.state import CHART, CHIP, CLUSTER, CONTROL, Look, Scene, page_query
from components.results.charts import clicked
from components.results.filters import removed
from core.results.filters import Filters
from core.results.sources import choose_source, find_source, list_sources

dash.register_page(__name__, path=PATH, name="Journeys", title="Journeys", order=5)

CONTROLS = {"type": CONTROL, "name": ALL}
CHIP_BUTTONS = {"type": CHIP, "name": ALL, "place": ALL}
CHARTS = {"type": CHART, "chart": ALL}
CLUSTERS = {"type": CLUSTER, "cluster": ALL}


def layout(source: str | list[str] | None = None, **query: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page for a source (the latest result without one), as the address says."""
    sources = list_sources()
    shown, notes = choose_source(single(source), sources)
    look, told = Look.from_query(query)
    return journeys_page(
        sources=sources,
        scene=Scene.of(shown),
        look=look,
        filters=Filters.from_query(query),
        notes=[*notes, *told],
    )


@callback(Output(OPEN, "data"), Input(SOURCE, "value"), State(SHOWN, "data"), prevent_initial_call=True)
def change_source(source: str, shown: str) -> dict[str, str] | NoUpdate:
    """Open another source."""
    return {"pathname": PATH, "query": f"source={source}"} if source != shown else no_update


@callback(
    Output(QUERY, "data"),
    Output(CONTROLS, "value"),
    Input(CONTROLS, "value"),
    Input(CHARTS, "clickData"),
    Input(CHIP_BUTTONS, "n_clicks"),
    Input(CLUSTERS, "n_clicks"),
    State(QUERY, "data"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def change(
    values: list[Any], clicks: list[Any], chips: list[Any], clusters: list[Any], query: str, shown: str
) -> tuple[Any, ...]:
    """Change what is shown by whatever was used: a control, a chart, a chip, a cluster."""
    told = _arguments(query)
    before = Filters.from_query(told)
    source, value = ctx.triggered_id, ctx.triggered[0]["value"]
    after = before
    if not source or (source["type"] != CONTROL and not value):
        # Charts and buttons that have only just come onto the page.
        raise PreventUpdate
    if source["type"] == CHART:
        after = clicked(before, source["chart"].partition(":")[0], value)
    elif source["type"] == CLUSTER:
        chosen = (source["cluster"],)
        after = replace(before, cluster=() if before.cluster == chosen else chosen)
    elif source["type"] == CHIP:
        after = removed(before, source["name"])
    else:
        told |= {source["name"]: read_value(source["name"], value)}
        after = Filters.from_query(told)
    look, _ = Look.from_query(told)
    changed = page_query(look, after)
    if changed == page_query(Look.from_query(_arguments(query))[0], before):
        raise PreventUpdate
    there = ctx.inputs_list[0]
    wanted = values_of(Scene.of(find_source(shown)), look, after)
    return changed, [unless_same(wanted.get(place["id"]["name"]), place.get("value")) for place in there]


@callback(
    Output(BODY, "children"),
    Output(CHIPS, "children"),
    Output(STATE, "data"),
    Input(QUERY, "data"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def show(query: str, shown: str) -> tuple[Any, ...]:
    """Show the journeys of the filtered sessions, and write the address."""
    told = _arguments(query)
    look, filters = Look.from_query(told)[0], Filters.from_query(told)
    scene = Scene.of(find_source(shown))
    return (
        levelled(body(scene=scene, look=look, filters=filters)),
        chip_row(scene=scene, filters=filters),
        {"pathname": PATH, "query": "&".join(filter(None, [f"source={shown}", query]))},
    )


for target, function in ((STATE, "writeAddress"), (OPEN, "openAddress")):
    clientside_callback(
        ClientsideFunction(namespace="predictor", function_name=function), Input(target, "data")
    )


def _arguments(query: str | None) -> dict[str, str]:
    return dict(parse_qsl((query or "").removeprefix("?")))
