"""What became of an audience: read its outcomes, and the effect off the hold-out."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button, error_panel
from components.base.query import single
from components.home.page import not_found
from components.outcomes.page import (
    AUDIENCES,
    BODY,
    CONTROL,
    FORGET,
    OPEN,
    SHOWN,
    STATE,
    address_query,
    body,
    chosen_from,
    invalid,
    outcomes_page,
    path_of,
    read_control,
    read_query,
)
from components.outcomes.upload import CHOOSE, FILE, LATER, PROBLEM, READ, read_before
from core.audiences.repository import kept_lists, members_of, readable
from core.base.errors import CoreError, NotFoundError
from core.base.requester import requester
from core.results.sources import find_source, list_sources
from core.storage import get_store
from core.uplift.outcome_table import read_sheet
from core.uplift.outcomes import from_file, from_result
from core.uplift.repository import keep, kept_before, too_large

dash.register_page(
    __name__,
    path=f"{AUDIENCES}/none/outcomes",
    path_template=f"{AUDIENCES}/<audience_id>/outcomes",
    name="Outcomes",
    title="Campaign results",
    # Before the page of an audience, whose address would fit as well.
    order=5.6,
    nav=False,
)


def layout(audience_id: str | None = None, **query: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the latest outcomes of an audience, or those of the address."""
    store = get_store()
    try:
        audience = store.audience(audience_id or "")
    except NotFoundError as error:
        return not_found(
            title="Audience not found",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All audiences", href=AUDIENCES, kind="primary"),
        )
    base = single(query.get("result"))
    base = None if base == audience.result_id else base
    kept, asked = store.outcomes(audience.id), single(query.get("outcomes"))
    mine = (one for one in kept if chosen_from(one, audience)[0] == (base or audience.result_id))
    shown = next((one for one in kept if one.id == asked), next(mine, None))
    gone = asked and (shown is None or shown.id != asked)
    return outcomes_page(
        audience=audience,
        kept=kept,
        shown=shown,
        chosen=read_query({name: single(value) for name, value in query.items()}),
        sources=list_sources(limit=200),
        base=base,
        lists=kept_lists(audience),
        can_read=readable(audience, base),
        notes=["The outcomes of this link have been deleted."] if gone else [],
    )


@callback(
    Output(OPEN, "data"),
    Output(PROBLEM, "children"),
    Input(FILE, "data"),
    Input(READ, "n_clicks", allow_optional=True),
    State(LATER, "value", allow_optional=True),
    State(SHOWN, "data"),
    prevent_initial_call=True,
    running=[(Output(CHOOSE, "disabled"), True, False)],
)
def bring(
    file: dict[str, Any] | None, clicks: int | None, later: str | None, shown: dict[str, str]
) -> tuple[Any, Any]:
    """Read outcomes from a file or a later result, keep them and show them; or say what is wrong."""
    if not ctx.triggered[0]["value"]:
        raise PreventUpdate
    try:
        audience = get_store().audience(shown["audience"])
        members = members_of(audience, shown["base"] or None)
        if ctx.triggered_id == READ:
            found = from_result(members, find_source(later or ""))
        else:
            found = from_file(members, read_sheet(_content(file or {}), str((file or {}).get("name"))))
        before = kept_before(audience, members, found)
        made = before or keep(audience, members, found, who=requester())
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    query = address_query(outcomes=made.id, base=shown["base"], chosen={})
    if before is not None:
        return no_update, read_before(before, f"{path_of(audience.id)}?{query}")
    return {"pathname": path_of(audience.id), "query": query}, None


@callback(
    Output(BODY, "children"),
    Output(STATE, "data"),
    Input({"type": CONTROL, "name": ALL}, "value"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def reckon(values: list[Any], shown: dict[str, str]) -> tuple[Any, ...]:
    """Reckon again with what is set now."""
    names = [control["id"]["name"] for control in ctx.inputs_list[0]]
    told = {name: read_control(name, value) for name, value in zip(names, values, strict=True)}
    chosen = read_query(told)
    if wrong := invalid(told, chosen):
        # Figures of other assumptions than those on the screen would mislead; the address stays.
        said = f"{wrong} is out of range. Correct it to see the figures."
        return [error_panel({"message": said})], no_update
    audience = get_store().audience(shown["audience"])
    kept = next((one for one in get_store().outcomes(audience.id) if one.id == shown["outcomes"]), None)
    if kept is None:
        raise PreventUpdate
    query = address_query(outcomes=kept.id, base=shown["base"], chosen=chosen)
    return (
        body(audience=audience, shown=kept, chosen=chosen),
        {"pathname": path_of(audience.id), "query": query},
    )


@callback(
    Output(OPEN, "data", allow_duplicate=True),
    Input(FORGET, "n_clicks", allow_optional=True),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def forget(clicks: int | None, shown: dict[str, str]) -> dict[str, str]:
    """Forget the outcomes that are shown."""
    if not clicks:
        raise PreventUpdate
    # Somebody else may have been faster.
    with suppress(NotFoundError):
        get_store().delete_outcomes(shown["outcomes"])
    return {"pathname": path_of(shown["audience"]), "query": ""}


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="chooseOutcomes"), Input(CHOOSE, "n_clicks")
)
for target, function in ((STATE, "writeAddress"), (OPEN, "openAddress")):
    clientside_callback(
        ClientsideFunction(namespace="predictor", function_name=function), Input(target, "data")
    )


def _content(file: dict[str, Any]) -> bytes:
    if file.get("content") is None:
        raise too_large(str(file.get("name")), int(file.get("size") or 0))
    try:
        return base64.b64decode(str(file["content"]), validate=True)
    except binascii.Error:
        return b""
