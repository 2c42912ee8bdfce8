"""The form of a schedule: a new one, or one that is there."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button, error_panel
from components.base.query import single
from components.home.page import not_found
from components.schedules.form import (
    DAILY,
    FIELD,
    FILES,
    OPEN,
    PROBLEM,
    QUERY,
    SAVE,
    SHOWN,
    field_id,
    form_page,
    read_form,
    shown_parts,
)
from components.schedules.list import no_source_page
from components.schedules.words import PATH
from core.base.errors import CoreError
from core.base.identity import require
from core.schedules import service
from core.schedules.definition import Definition, read_definition
from core.schedules.destinations import destinations
from core.sources.allowed import sources
from core.storage import get_store

dash.register_page(__name__, path=f"{PATH}/new", name="New schedule", title="Schedule", order=6.82, nav=False)


def layout(schedule: Any = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the form, filled in where the address names a schedule."""
    store, chosen = get_store(), single(schedule)
    try:
        require("schedules.write")
        before = store.schedule(chosen) if chosen else None
    except CoreError as error:
        text = f"{error.message} {error.remedy or ''}".strip()
        back = button("All schedules", href=PATH, kind="primary")
        return not_found(title="This form can't be opened", text=text, action=back)
    settings = store.settings
    if before is None and not sources(settings) and not settings.databases:
        return no_source_page()
    return form_page(
        schedule_id=before.id if before else None,
        name=before.name if before else "",
        definition=read_definition(before.definition) if before else Definition(),
        sources=[one.name for one in sources(settings)],
        databases=sorted(settings.databases),
        destinations=[one.name for one in destinations(settings)],
        audiences={one.id: one.name for one in store.audiences()},
        zone=settings.time_zone or "UTC",
    )


@callback(
    Output(FILES, "className"),
    Output(QUERY, "className"),
    Output(DAILY, "className"),
    Input(field_id("kind"), "value"),
    Input(field_id("when"), "value"),
    prevent_initial_call=True,
)
def show_parts(kind: str, when: str) -> tuple[str, str, str]:
    """Show what the chosen kind needs."""
    return shown_parts(kind, when)


@callback(
    Output(OPEN, "data"),
    Output(PROBLEM, "children"),
    Input(SAVE, "n_clicks"),
    State({"type": FIELD, "name": ALL}, "value"),
    State(SHOWN, "data"),
    running=[(Output(SAVE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def save(clicks: int, _values: list[Any], schedule_id: str | None) -> tuple[Any, Any]:
    """Save what stands in the form and open it; or say what is wrong."""
    if not clicks:
        raise PreventUpdate
    values = {place["id"]["name"]: place.get("value") for place in ctx.states_list[0]}
    try:
        kept = get_store().schedule(schedule_id) if schedule_id else None
        before = read_definition(kept.definition) if kept else Definition()
        name, definition, existing = read_form(values, before)
        made = service.save(name, definition, schedule_id=schedule_id, existing=existing)
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    return {"pathname": f"{PATH}/{made.id}", "query": ""}, None


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="openAddress"), Input(OPEN, "data")
)
