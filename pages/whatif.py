"""What-if: describe one session, and see the prediction move as its fields change."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx
from dash.development.base_component import Component

from components.query import single
from components.whatif_answer import ANSWER, SUMMARY, answer_panel, summary_bar
from components.whatif_form import (
    CONTROL,
    LINK,
    MESSAGE,
    READOUT,
    messages,
    read_controls,
    readout,
)
from components.whatif_page import OPEN, PATH, START, STATE, address, to_answer, whatif_page
from core.registry import in_use
from core.whatif.scenario import answer, open_scenario

dash.register_page(__name__, path=PATH, name="What-if", title="What-if", order=3)

CONTROLS = {"type": CONTROL, "field": ALL}


def layout(
    result: str | list[str] | None = None,
    session: str | list[str] | None = None,
    bundle: str | list[str] | None = None,
    **query: str | list[str],
) -> Component:
    """Return the page; arguments that name fields change the session it starts from."""
    scenario = open_scenario(result=single(result), session=single(session), bundle=single(bundle))
    asked = {name: single(value) for name, value in query.items()}
    values, notes = scenario.values(asked)
    return whatif_page(
        scenario=scenario,
        values=values,
        linked=scenario.is_linked(asked, values),
        answered=answer(scenario, values),
        notes=notes,
        in_use=in_use(),
    )


@callback(
    Output(ANSWER, "children"),
    Output(SUMMARY, "children"),
    Output({"type": MESSAGE, "field": ALL}, "children"),
    Output({"type": READOUT, "field": ALL}, "children"),
    Output(STATE, "data"),
    Input(CONTROLS, "value"),
    State(LINK, "value"),
    State(START, "data"),
    prevent_initial_call=True,
)
def update(contents: list[Any], linked: bool, start: dict[str, str]) -> tuple[Any, ...]:
    """Answer again for what the form says now."""
    scenario = open_scenario(**start)
    fields = _by_field(ctx.inputs_list[0], contents)
    values = read_controls(form=scenario.form, base=scenario.base, contents=fields, linked=linked)
    answered = answer(scenario, values)
    shown = to_answer(scenario, answered)
    places, readouts = ctx.outputs_list[2], ctx.outputs_list[3]
    return (
        answer_panel(answer=shown),
        summary_bar(answer=shown),
        [messages(p for p in answered.problems if p.field == _field(place)) for place in places],
        [readout(scenario.form.by_name[name], values[name]) for name in map(_field, readouts)],
        address(scenario, values, linked=linked),
    )


@callback(
    Output(OPEN, "data"),
    Input(LINK, "value"),
    State(CONTROLS, "value"),
    State(START, "data"),
    prevent_initial_call=True,
)
def switch(linked: bool, contents: list[Any], start: dict[str, str]) -> dict[str, str]:
    """Ask for the worked-out fields, starting from what was worked out; or work them out again."""
    scenario = open_scenario(**start)
    fields = _by_field(ctx.states_list[0], contents)
    values = read_controls(form=scenario.form, base=scenario.base, contents=fields, linked=True)
    return address(scenario, values, linked=linked)


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="writeAddress"), Input(STATE, "data")
)
clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="openAddress"), Input(OPEN, "data")
)


def _by_field(controls: list[dict[str, Any]], contents: list[Any]) -> dict[str, Any]:
    """Return what stands in the controls by the name of their field."""
    return {_field(control): content for control, content in zip(controls, contents, strict=True)}


def _field(place: dict[str, Any]) -> str:
    return place["id"]["field"]
