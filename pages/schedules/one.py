"""One schedule: its runs, what needs a person, and what is done about it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button, error_panel, levelled
from components.home.page import not_found
from components.schedules.page import (
    ACT,
    BODY,
    CLOCK,
    OPEN,
    PROBLEM,
    SHOWN,
    STAMP,
    body,
    schedule_page,
    stamp,
)
from components.schedules.words import PATH
from core.base.errors import CoreError, NotFoundError
from core.base.identity import may
from core.schedules import service
from core.schedules.service import Shown, shown
from core.storage import get_store

dash.register_page(
    __name__,
    path=f"{PATH}/none",
    path_template=f"{PATH}/<schedule_id>",
    name="Schedule",
    title="Schedule",
    order=6.85,
    nav=False,
)


def layout(schedule_id: str | None = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the schedule of the address."""
    try:
        told = shown(get_store().schedule(schedule_id or ""))
    except NotFoundError as error:
        return not_found(
            title="Schedule not found",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All schedules", href=PATH, kind="primary"),
        )
    return schedule_page(shown=told, audience=_audience(told), may_write=may("schedules.write"))


@callback(
    Output(BODY, "children"),
    Output(STAMP, "data"),
    Input(CLOCK, "n_intervals"),
    State(SHOWN, "data"),
    State(STAMP, "data"),
    prevent_initial_call=True,
)
def renew(_ticks: int, schedule_id: str, before: str) -> tuple[list[Component], str]:
    """Show what has become of it meanwhile."""
    now = ""
    with suppress(NotFoundError):
        now = stamp(shown(get_store().schedule(schedule_id)))
    if now == before:
        raise PreventUpdate
    return _body(schedule_id), now


@callback(
    Output(BODY, "children", allow_duplicate=True),
    Output(PROBLEM, "children"),
    Output(OPEN, "data"),
    Input({"type": ACT, "act": ALL, "of": ALL}, "n_clicks"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def act(_clicks: list[int], schedule_id: str) -> tuple[Any, Any, Any]:
    """Run it, switch it, delete it, or answer what waits for a person."""
    # Buttons that have just come into the page count as pressed, too.
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate
    pressed, of = ctx.triggered_id["act"], ctx.triggered_id["of"]
    try:
        if pressed == "run":
            service.run_now(of)
        elif pressed in ("on", "off"):
            service.switch(of, on=pressed == "on")
        elif pressed == "accept":
            service.accept(of)
        elif pressed == "leave":
            service.leave_out(of)
        elif pressed == "delete":
            service.delete(of)
            return no_update, None, {"pathname": PATH, "query": ""}
    except CoreError as error:
        return _body(schedule_id), error_panel(error.to_dict()), no_update
    return _body(schedule_id), None, no_update


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="openAddress"), Input(OPEN, "data")
)


def _body(schedule_id: str) -> list[Component]:
    try:
        told = shown(get_store().schedule(schedule_id))
    except NotFoundError as error:
        return [error_panel(error.to_dict())]
    return levelled(body(shown=told, audience=_audience(told), may_write=may("schedules.write")))


def _audience(told: Shown) -> str | None:
    with suppress(NotFoundError):
        return get_store().audience(told.definition.audience).name
    return None
