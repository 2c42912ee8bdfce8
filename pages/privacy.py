"""Privacy: how long data are kept, one person's data, and the certificates of deletions."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, dcc, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import banner, error_panel
from components.privacy.page import (
    AGAIN,
    ALONE,
    CANCEL,
    DAYS,
    DELETE,
    DIALOG,
    DOWNLOAD,
    FILE,
    FIND,
    FOUND,
    PATH,
    RECORDS,
    SAID,
    SAVE,
    WHO,
    YES,
    found,
    privacy_page,
    record_list,
    refused,
)
from core.base.errors import CoreError
from core.base.identity import ForbiddenError, require
from core.privacy import erasure, service
from core.privacy.certificate import as_json

dash.register_page(__name__, path=PATH, name="Privacy", title="Privacy", order=9.5, nav=False)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things are, for whoever may change them."""
    try:
        require("privacy.write")
    except ForbiddenError as error:
        return refused(title=error.message, text=error.remedy or "")
    return privacy_page(shop=service.settings(), records=service.deletions())


@callback(
    Output(SAID, "children"),
    Input(SAVE, "n_clicks"),
    State({"type": DAYS, "name": ALL}, "value"),
    running=[(Output(SAVE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def save(clicks: int, _values: list[int | bool | None]) -> Component:
    """Set for how long each kind is kept, and whether ids are replaced."""
    if not clicks:
        raise PreventUpdate
    values = {place["id"]["name"]: place.get("value") for place in ctx.states_list[0]}
    try:
        changed = service.change(values)
    except CoreError as error:
        return error_panel(error.to_dict())
    if not changed:
        return banner("info", "Nothing changed", "These were already your settings.")
    return banner("success", "Saved", "The worker deletes what is older once a day.")


@callback(
    Output(FOUND, "children"),
    Input(FIND, "n_clicks"),
    Input(WHO, "n_submit"),
    State(WHO, "value"),
    State(ALONE, "value"),
    running=[(Output(FIND, "disabled"), True, False)],
    prevent_initial_call=True,
)
def look(_clicks: int, _enter: int, who: str | None, alone: bool) -> Component:
    """Say where a person is."""
    try:
        return found(told=erasure.find(who or "", service.settings(), alone=bool(alone)))
    except CoreError as error:
        return error_panel(error.to_dict())


@callback(
    Output(FILE, "data"),
    Output(FOUND, "children", allow_duplicate=True),
    Input(DOWNLOAD, "n_clicks", allow_optional=True),
    State(WHO, "value"),
    State(ALONE, "value"),
    prevent_initial_call=True,
)
def download(clicks: int, who: str | None, alone: bool) -> tuple[Any, Any]:
    """Hand out what is known of a person."""
    if not clicks:
        raise PreventUpdate
    try:
        told = erasure.export_known(who or "", service.settings(), alone=bool(alone))
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    return dcc.send_string(as_json(told), "known of one person.json"), no_update


@callback(
    Output(DIALOG, "is_open"),
    Output(FOUND, "children", allow_duplicate=True),
    Output(RECORDS, "children"),
    Output(AGAIN, "disabled"),
    Input(DELETE, "n_clicks", allow_optional=True),
    Input(CANCEL, "n_clicks"),
    Input(YES, "n_clicks"),
    State(WHO, "value"),
    State(ALONE, "value"),
    prevent_initial_call=True,
)
def delete(
    _open: int | None, _cancel: int | None, _yes: int | None, who: str | None, alone: bool
) -> tuple[Any, ...]:
    """Ask first, then ask the worker to delete a person."""
    if not ctx.triggered[0]["value"]:
        raise PreventUpdate
    if ctx.triggered_id != YES:
        return ctx.triggered_id == DELETE, no_update, no_update, no_update
    try:
        erasure.ask_for(who or "", service.settings(), alone=bool(alone))
    except CoreError as error:
        return False, error_panel(error.to_dict()), no_update, no_update
    said = banner("success", "Deletion has begun", "Its certificate will be in the list below.")
    return False, said, record_list(records=service.deletions()), False


@callback(
    Output(RECORDS, "children", allow_duplicate=True),
    Output(AGAIN, "disabled", allow_duplicate=True),
    Input(AGAIN, "n_intervals"),
    prevent_initial_call=True,
)
def again(_n: int) -> tuple[Component, bool]:
    """Show how far deletions are, for as long as one is waited for."""
    records = service.deletions()
    return record_list(records=records), all(one.state in ("done", "failed") for one in records)
