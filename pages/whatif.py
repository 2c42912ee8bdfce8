"""What-if: describe one session, and see the prediction move as its fields change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import error_panel
from components.base.query import single
from components.whatif.answer import ANSWER, SUMMARY, answer_panel, summary_bar
from components.whatif.below import (
    CHANGE,
    COMPARE,
    CURVE,
    CURVES,
    MAY,
    OF,
    STRONGEST,
    change_parts,
    compare_parts,
    curve_parts,
)
from components.whatif.counterfactual import FIND
from components.whatif.form import (
    CONTROL,
    GOING_ON,
    LINK,
    MESSAGE,
    READOUT,
    messages,
    read_controls,
    readout,
)
from components.whatif.page import (
    MODEL,
    OPEN,
    OTHER,
    PATH,
    START,
    STATE,
    address,
    other_model,
    to_answer,
    whatif_page,
)
from components.whatif.saved import (
    SAVE_CANCEL,
    SAVE_DIALOG,
    SAVE_NAME,
    SAVE_OPEN,
    SAVE_SAID,
    SAVE_SUBMIT,
    saved_said,
)
from components.whatif.scenarios import NAME
from core.base.errors import CoreError
from core.base.requester import requester
from core.bundle.registry import in_use
from core.storage import get_store
from core.whatif.scenario import answer
from core.whatif.state import State as Page
from core.whatif.state import read_query, read_state
from core.whatif.why import why

dash.register_page(__name__, path=PATH, name="What-if", title="What-if", order=3)

CONTROLS = {"type": CONTROL, "field": ALL}
NAMES = {"type": NAME, "place": ALL}

#: What the form holds, as states of the callbacks that read it.
FORM = (
    State(CONTROLS, "value"),
    State(LINK, "value"),
    State(GOING_ON, "value"),
    State(CURVE, "value"),
    State(OF, "value"),
    State(MAY, "value"),
    State(START, "data"),
    State(MODEL, "data"),
)


def layout(**query: str | list[str]) -> Component:
    """Return the page; arguments that name fields change the session it starts from."""
    state = read_state({name: single(value) for name, value in query.items()})
    return whatif_page(
        state=state,
        answered=answer(state.scenario, state.values, going_on=state.going_on),
        why=why(state),
        in_use=in_use(),
    )


@callback(
    Output(ANSWER, "children"),
    Output(SUMMARY, "children"),
    Output({"type": MESSAGE, "field": ALL}, "children"),
    Output({"type": READOUT, "field": ALL}, "children"),
    Output(CONTROLS, "invalid"),
    Output(OTHER, "children"),
    Output(STATE, "data"),
    Input(CONTROLS, "value"),
    Input(GOING_ON, "value"),
    Input(CURVE, "value"),
    Input(OF, "value"),
    Input(MAY, "value"),
    Input(FIND, "n_clicks"),
    State(LINK, "value"),
    State(START, "data"),
    State(MODEL, "data"),
    State(STATE, "data"),
    prevent_initial_call=True,
)
def update(
    contents: list[Any],
    going_on: bool,
    curve: str,
    target: str,
    may: list[str] | None,
    _find: int,
    linked: bool,
    start: dict[str, str],
    model: str | None,
    here: dict[str, str] | None,
) -> tuple[Any, ...]:
    """Answer again for what the form says now."""
    state = _state(ctx.inputs_list[0], contents, linked, going_on, curve, target, may, start, model)
    # What was found stays while the session does.
    found = read_query(here["query"], drawn_with=model).search if here else state.search
    same = ctx.triggered_id in (CURVE, OF, MAY)
    state = replace(state, search=ctx.triggered_id == FIND or (same and found))
    answered = answer(state.scenario, state.values, going_on=state.going_on)
    shown = to_answer(state, answered, why(state))
    _, _, places, readouts, controls, *_ = ctx.outputs_list
    form = state.scenario.form
    fields, invalid = form.by_name, form.invalid(state.values)
    return (
        answer_panel(answer=shown),
        summary_bar(answer=shown),
        [messages(p for p in answered.problems if p.field == _field(place)) for place in places],
        [readout(fields[name], state.values[name]) for name in map(_field, readouts)],
        [_field(control) in invalid for control in controls],
        other_model(state, in_use()),
        address(state),
    )


@callback(
    Output(CURVES, "children"),
    Output(COMPARE, "children"),
    Input(STATE, "data"),
    State(MODEL, "data"),
    prevent_initial_call=True,
)
def more(here: dict[str, str], model: str | None) -> tuple[Any, Any]:
    """Draw the curves and the comparison again; the answer itself doesn't wait for them."""
    state = read_query(here["query"], drawn_with=model)
    curves = curve_parts(state=state, why=why(state)) if state.scenario.predictor.predicts_purchase else []
    return curves, compare_parts(state=state)


@callback(Output(CHANGE, "children"), Input(STATE, "data"), State(MODEL, "data"), prevent_initial_call=True)
def search(here: dict[str, str], model: str | None) -> list[Component]:
    """Search for the smallest change if that is asked for; what was found for another session goes."""
    return change_parts(state=read_query(here["query"], drawn_with=model))


@callback(Output(OPEN, "data"), Input(LINK, "value"), *FORM, prevent_initial_call=True)
def switch(linked: bool, contents: list[Any], _linked: bool, *rest: Any) -> dict[str, str]:  # noqa: ANN401
    """Ask for the worked-out fields, starting from what was worked out; or work them out again."""
    state = _state(ctx.states_list[0], contents, True, *rest)
    return address(replace(state, linked=linked))


@callback(Output(OPEN, "data", allow_duplicate=True), Input(NAMES, "value"), *FORM, prevent_initial_call=True)
def rename(names: list[str | None], *form: Any) -> dict[str, str]:  # noqa: ANN401 (as FORM says)
    """Give a kept scenario another name."""
    state = _state(ctx.states_list[0], *form)
    asked = [(one["id"]["place"], name) for one, name in zip(ctx.inputs_list[0], names, strict=True)]
    changed = [(place, name or "") for place, name in asked if name != state.kept[place].name]
    if not changed:
        raise PreventUpdate
    return {"pathname": PATH, "query": state.renamed(*changed[0])}


@callback(
    Output(SAVE_SAID, "children"),
    Input(SAVE_SUBMIT, "n_clicks"),
    Input(SAVE_NAME, "n_submit"),
    State(SAVE_NAME, "value"),
    *FORM,
    prevent_initial_call=True,
)
def save(_clicks: int, _enter: int, name: str | None, *form: Any) -> Component:  # noqa: ANN401 (as FORM says)
    """Keep the page under a name."""
    state = _state(ctx.states_list[1], *form)
    try:
        saved = get_store().save_scenario(
            name=name or "", bundle=state.scenario.predictor.name, query=state.to_save(), who=requester()
        )
    except CoreError as error:
        return error_panel(error.to_dict())
    return saved_said(saved=saved)


@callback(
    Output(SAVE_DIALOG, "is_open"),
    Output(SAVE_SAID, "children", allow_duplicate=True),
    Input(SAVE_OPEN, "n_clicks"),
    Input(SAVE_CANCEL, "n_clicks"),
    prevent_initial_call=True,
)
def ask_name(_open: int, _close: int) -> tuple[bool, None]:
    """Open the dialog that saves, or close it."""
    return ctx.triggered_id == SAVE_OPEN, None


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="writeAddress"), Input(STATE, "data")
)
clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="openAddress"), Input(OPEN, "data")
)


def _state(
    controls: list[dict[str, Any]],
    contents: list[Any],
    linked: bool,
    going_on: bool,
    curve: str | None,
    target: str | None,
    may: list[str] | None,
    start: dict[str, str],
    model: str | None,
) -> Page:
    """Return the page as its controls say it, with the model it was drawn with."""
    state = read_state(start, drawn_with=model)
    fields = {_field(control): content for control, content in zip(controls, contents, strict=True)}
    scenario = state.scenario
    values = read_controls(form=scenario.form, base=scenario.base, contents=fields, linked=linked)
    return replace(
        state,
        values=values,
        linked=linked,
        going_on=bool(going_on) and scenario.knows_going_on,
        curve=None if curve in (None, "", STRONGEST) else curve,
        target="revenue" if target == "revenue" else "purchase",
        may=tuple(may or ()),
    )


def _field(place: dict[str, Any]) -> str:
    return place["id"]["field"]
