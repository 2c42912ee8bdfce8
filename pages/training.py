"""One training: watch it, stop it, see the new model beside the one in use, use it, go back."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.dash_errors import error_page
from components.home import not_found
from components.layout import button, error_panel
from components.train_options import WHO
from components.train_page import PATH, training_body, training_page
from components.train_status import CANCEL, CLOCK, DIALOG, KEEP, OVER, PLACE, STATUS, STOP, WATCHED, status
from components.train_use import BACK, CONFIRM, PROBLEM, USE
from core import trainings
from core.errors import CoreError, NotFoundError

dash.register_page(
    __name__, path_template=f"{PATH}/<training_id>", name="Training", title="Training", nav=False
)


def layout(training_id: str = "", **_: object) -> Component:
    """Return the page of one training."""
    try:
        opened = trainings.open_training(training_id)
    except NotFoundError as error:
        return not_found(
            title="There is no such training",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All trainings", href=PATH, kind="primary"),
        )
    return training_page(opened=opened)


@callback(
    Output(STATUS, "children"),
    Output(CLOCK, "disabled"),
    Output(OVER, "data"),
    Input(CLOCK, "n_intervals"),
    State(WATCHED, "data"),
    prevent_initial_call=True,
)
def watch(ticks: int, training_id: str) -> tuple[Any, bool, Any]:
    """Show how far the training is. Quick: an answer that comes after the next tick is never shown."""
    try:
        training = trainings.look_at(training_id)
    except CoreError:
        return no_update, True, "gone"
    if training.is_over:
        return no_update, True, training.state
    return status(training=training), False, no_update


@callback(
    Output(PLACE, "children"),
    Input(OVER, "data"),
    State(WATCHED, "data"),
    prevent_initial_call=True,
)
def finish(over: str | None, training_id: str) -> Component:
    """Show what came of the training once it is over."""
    if not over:
        raise PreventUpdate
    try:
        return training_body(opened=trainings.open_training(training_id))
    except CoreError as error:
        return error_page(error.to_dict())


@callback(
    Output(DIALOG, "is_open"),
    Input(CANCEL, "n_clicks"),
    Input(KEEP, "n_clicks"),
    prevent_initial_call=True,
)
def ask(cancel: int, keep: int) -> bool:
    """Ask whether the training shall really stop. A button that has just been drawn asks nothing."""
    if not ctx.triggered_id or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    return ctx.triggered_id == CANCEL


@callback(
    Output(DIALOG, "is_open", allow_duplicate=True),
    Output(PLACE, "children", allow_duplicate=True),
    Input(STOP, "n_clicks"),
    State(WATCHED, "data"),
    running=[(Output(STOP, "disabled"), True, False)],
    prevent_initial_call=True,
)
def stop(clicks: int, training_id: str) -> tuple[bool, Any]:
    """Stop the training."""
    if not clicks:
        raise PreventUpdate
    trainings.cancel(training_id)
    return False, training_body(opened=trainings.open_training(training_id))


@callback(
    Output(USE, "disabled"),
    Input(CONFIRM, "value"),
    State(WATCHED, "data"),
    prevent_initial_call=True,
)
def allow(confirmed: bool, training_id: str) -> bool:
    """Let a model with alarms be used once somebody has confirmed that they were looked at."""
    manifest = trainings.open_training(training_id).manifest
    return bool(manifest and manifest.alarms) and not confirmed


@callback(
    Output(PLACE, "children", allow_duplicate=True),
    Output(PROBLEM, "children"),
    Input(USE, "n_clicks"),
    State(WHO, "value"),
    State(CONFIRM, "value"),
    State(WATCHED, "data"),
    prevent_initial_call=True,
)
def use(clicks: int, who: str | None, confirmed: bool, training_id: str) -> tuple[Any, Any]:
    """Score with this model from now on."""
    if not clicks:
        raise PreventUpdate
    try:
        bundle = trainings.open_training(training_id).training.bundle
        trainings.use(bundle, who=who or "", confirmed=bool(confirmed))
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    return training_body(opened=trainings.open_training(training_id)), no_update


@callback(
    Output(PLACE, "children", allow_duplicate=True),
    Output(PROBLEM, "children", allow_duplicate=True),
    Input(BACK, "n_clicks"),
    State(WHO, "value"),
    State(WATCHED, "data"),
    prevent_initial_call=True,
)
def go_back(clicks: int, who: str | None, training_id: str) -> tuple[Any, Any]:
    """Score with the model again that was in use before."""
    if not clicks:
        raise PreventUpdate
    try:
        trainings.go_back(who=who or "")
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    return training_body(opened=trainings.open_training(training_id)), no_update
