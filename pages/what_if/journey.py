"""A visit built step by step: add events, change them, and watch the prediction after each."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.query import single
from components.whatif_journey.answer import ANSWER, NOW, answer_panel, now_bar
from components.whatif_journey.page import (
    ADDING,
    FOCUS,
    MOST_PAST,
    OTHER,
    PAST,
    PATH,
    QUERY,
    START,
    STATE,
    UNDO,
    WHO,
    Edit,
    acted,
    added,
    address,
    focus_on,
    journey_page,
    open_editor,
    other_model,
    reopen,
    undone,
)
from components.whatif_journey.steps import (
    ACT,
    ADD,
    CELL,
    FIELD,
    LIST,
    VISITOR,
    add_panel,
    cell,
    step_list,
    visitor_panel,
)
from core.whatif.journey import MAX_STEPS, Journey

dash.register_page(__name__, path=PATH, name="Journey editor", title="A visit, step by step", nav=False)


def layout(**query: str | list[str]) -> Component:
    """Return the page; arguments that are none of a journey's are ignored."""
    return journey_page(query={name: single(value) for name, value in query.items()})


@callback(
    Output(LIST, "children"),
    Output({"type": CELL, "place": ALL}, "children"),
    Output(ADDING, "children"),
    Output(WHO, "children"),
    Output(NOW, "children"),
    Output(ANSWER, "children"),
    Output(QUERY, "data"),
    Output(STATE, "data"),
    Output(FOCUS, "data"),
    Output(PAST, "data"),
    Output(UNDO, "disabled"),
    Output(OTHER, "children"),
    Input({"type": ADD, "kind": ALL}, "n_clicks"),
    Input({"type": ACT, "act": ALL, "place": ALL}, "n_clicks"),
    Input({"type": FIELD, "field": ALL, "place": ALL}, "value"),
    Input({"type": VISITOR, "field": ALL}, "value"),
    Input(UNDO, "n_clicks"),
    State(START, "data"),
    State(QUERY, "data"),
    State(PAST, "data"),
    prevent_initial_call=True,
)
def edit(
    _add: list[int],
    _act: list[int],
    _fields: list[Any],
    _visitor: list[Any],
    _undo: int,
    start: dict[str, str],
    query: str,
    past: list[str],
) -> tuple[Any, ...]:
    """Change the journey by what was pressed or typed, and answer again."""
    asked = {"type": UNDO} if ctx.triggered_id == UNDO else ctx.triggered_id
    pressed = ctx.triggered[0]["value"] if ctx.triggered else None
    if not isinstance(asked, dict) or (asked["type"] in (ADD, ACT, UNDO) and not pressed):
        # New buttons say that they were never pressed.
        raise PreventUpdate
    desk, journey = reopen(start, query, _by_place(ctx.inputs_list[2]), _by_field(ctx.inputs_list[3]))
    made, before = Edit(journey=journey, redraw=asked.get("field") == "kind"), [*past, query][-MOST_PAST:]
    if asked["type"] == UNDO and past:
        made, before = undone(past)
    elif asked["type"] == ADD:
        made = added(desk, journey, asked["kind"])
    elif asked["type"] == ACT:
        made = acted(journey, asked["act"], asked["place"])
    written = made.journey.to_query(Journey())
    if written == query:
        raise PreventUpdate
    editor = open_editor(desk, made.journey)
    full = len(made.journey.steps) >= MAX_STEPS
    cells = [no_update if made.redraw else cell(moment) for moment in editor.watched.moments]
    return (
        step_list(editor=editor) if made.redraw else no_update,
        [no_update] * len(ctx.outputs_list[1]) if made.redraw else cells,
        add_panel(desk=desk, full=full) if made.redraw else no_update,
        visitor_panel(desk=desk, journey=made.journey) if asked["type"] == UNDO else no_update,
        now_bar(editor=editor),
        answer_panel(editor=editor),
        written,
        address(desk, made.journey),
        focus_on(made),
        before,
        not before,
        other_model(desk, made.journey),
    )


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="writeAddress"), Input(STATE, "data")
)
clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="focusStep"),
    Input(FOCUS, "data"),
    prevent_initial_call=True,
)


def _by_place(controls: list[dict[str, Any]]) -> dict[tuple[int, str], Any]:
    """Return what stands in the steps' controls by place and field."""
    return {(c["id"]["place"], c["id"]["field"]): c.get("value") for c in controls}


def _by_field(controls: list[dict[str, Any]]) -> dict[str, Any]:
    return {c["id"]["field"]: c.get("value") for c in controls}
