"""Make an audience of a result: what the form says stands in the address, figures follow at once."""

from __future__ import annotations

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
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.audiences.form import CONTROL, MESSAGE, WHEN, hidden, message_texts, read_controls
from components.audiences.labels import default_name
from components.audiences.new import (
    BODY,
    NAME,
    OPEN,
    PATH,
    PROBLEM,
    RESULT,
    SAVE,
    START,
    STATE,
    body,
    new_page,
    no_result_page,
    waiting,
)
from components.audiences.summary import new_query
from components.base.layout import error_panel
from components.base.query import single
from core.audiences import Definition, default_definition, read_definition, select
from core.audiences.defaults import known_columns
from core.audiences.repository import make
from core.audiences.selection import Selection
from core.base.errors import CoreError
from core.results.sources import Source, choose_source, find_source, list_sources
from core.results.trust import trust_of_source
from core.results.view import ResultView

dash.register_page(
    __name__,
    path=PATH,
    name="New audience",
    title="New audience",
    # Before the page of an audience, whose address would fit as well.
    order=5.5,
    nav=False,
)

CONTROLS = {"type": CONTROL, "name": ALL}


def layout(result: str | list[str] | None = None, **query: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the form for a result (without, the latest with predictions), as the address says."""
    sources = _results()
    if not sources:
        return no_result_page()
    asked = single(result)
    wanted = _newest(sources) if asked in (None, "", "latest") else asked
    source, notes = choose_source(wanted, sources)
    if source.is_training:
        source, notes = sources[0], ["Audiences are made from results, not from training data."]
    definition, more = read_definition(source, query)
    return new_page(
        sources=sources,
        source=source,
        definition=definition,
        selection=_applied(source, definition),
        default=default_definition(source),
        told=known_columns(source),
        clusters=ResultView(source.path).cluster_names,
        name=single(query.get("name")) or "",
        notes=[*notes, *more],
        trust=trust_of_source(source),
    )


@callback(
    Output(BODY, "children"),
    Output({"type": MESSAGE, "name": ALL}, "children"),
    Output({"type": WHEN, "name": ALL}, "hidden"),
    Output(NAME, "placeholder"),
    Output(STATE, "data"),
    Input(CONTROLS, "value"),
    Input(NAME, "value"),
    State(START, "data"),
    prevent_initial_call=True,
)
def update(contents: list[Any], name: str | None, start: dict[str, str]) -> tuple[Any, ...]:
    """Show what follows from the form as it is now, and write it to the address."""
    source, default, definition, problems = _read(contents, start)
    messages, parts = ctx.outputs_list[1], ctx.outputs_list[2]
    shown = (
        waiting()
        if problems
        else body(
            source=source, definition=definition, selection=_applied(source, definition), default=default
        )
    )
    return (
        shown,
        message_texts([place["id"]["name"] for place in messages], problems),
        [hidden(place["id"]["name"], definition.pick) for place in parts],
        default_name(definition, source.name, source.currency),
        # The address stays with the last audience that could be made.
        no_update
        if problems
        else {"pathname": PATH, "query": new_query(source.id, definition, default, _clean(name))},
    )


@callback(
    Output(OPEN, "data"),
    Output(PROBLEM, "children"),
    Input(SAVE, "n_clicks"),
    Input(RESULT, "value"),
    State(CONTROLS, "value"),
    State(NAME, "value"),
    State(START, "data"),
    prevent_initial_call=True,
)
def leave(
    clicks: int | None, result: str, contents: list[Any], name: str | None, start: dict[str, str]
) -> tuple[Any, ...]:
    """Keep the audience and open its page, or go on with another result."""
    if ctx.triggered_id == SAVE and not clicks:
        raise PreventUpdate
    source, default, definition, problems = _read(contents, start)
    named = _clean(name)
    if ctx.triggered_id == RESULT:
        if result == source.id:
            raise PreventUpdate
        return {"pathname": PATH, "query": new_query(result, definition, default, named)}, None
    if problems:
        said = "A field is invalid; its message says why."
        return no_update, error_panel({"message": said})
    try:
        called = named or default_name(definition, source.name, source.currency)
        made = make(source.id, name=called, definition=definition)
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    return {"pathname": f"/audiences/{made.id}", "query": ""}, None


for target, function in ((STATE, "writeAddress"), (OPEN, "openAddress")):
    clientside_callback(
        ClientsideFunction(namespace="predictor", function_name=function), Input(target, "data")
    )


def _applied(source: Source, definition: Definition) -> Selection | CoreError:
    try:
        return select(source, definition)
    except CoreError as error:
        return error


def _results() -> list[Source]:
    return [source for source in list_sources() if not source.is_training]


def _newest(sources: list[Source]) -> str:
    """Return the latest result that has predictions to choose by, the latest of all where none has."""
    predicted = (one for one in sources if one.basis is None or one.basis.predicts)
    return next(predicted, sources[0]).id


def _read(
    contents: list[Any], start: dict[str, str]
) -> tuple[Source, Definition, Definition, dict[str, str]]:
    """Return the result, what the form starts with, what it says, and what in it can't be used."""
    source = find_source(start["result"])
    default = default_definition(source)
    base, _ = read_definition(source, dict(parse_qsl(start["filters"])))
    definition, problems = read_controls(_by_name(contents), base)
    return source, default, definition, problems


def _by_name(contents: list[Any]) -> dict[str, Any]:
    groups = [*ctx.inputs_list, *ctx.states_list]
    places = next(
        group for group in groups if isinstance(group, list) and group and group[0]["id"]["type"] == CONTROL
    )
    return {place["id"]["name"]: value for place, value in zip(places, contents, strict=True)}


def _clean(name: str | None) -> str:
    return (name or "").strip()
