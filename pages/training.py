"""One training: watch it, stop it, see the new model beside the one in use, use it, go back."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button, error_panel
from components.home.page import not_found
from components.shared.job_callbacks import watch_job
from components.train.options import WHO
from components.train.page import PATH, training_body, training_page
from components.train.status import IDS, status
from components.train.use import BACK, CONFIRM, PROBLEM, USE
from core.base.errors import CoreError, NotFoundError
from core.services import trainings

dash.register_page(
    __name__, path_template=f"{PATH}/<training_id>", name="Training", title="Training", nav=False
)


def layout(training_id: str = "", **_: object) -> Component:
    """Return the page of one training."""
    try:
        opened = trainings.open_training(training_id)
    except NotFoundError as error:
        return not_found(
            title="Training not found",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All trainings", href=PATH, kind="primary"),
        )
    return training_page(opened=opened)


def body(training_id: str, _search: str) -> Component:
    """Return what stands on the page: how far it is, or what came of it."""
    return training_body(opened=trainings.open_training(training_id))


watch_job(
    IDS,
    look=trainings.look_at,
    status=lambda training: status(training=training, place=trainings.place_of(training)),
    body=body,
    cancel=trainings.cancel,
)


@callback(
    Output(USE, "disabled"),
    Input(CONFIRM, "value"),
    State(IDS.watched, "data"),
    prevent_initial_call=True,
)
def allow(confirmed: bool, training_id: str) -> bool:
    """Let a model with alarms be used once somebody has confirmed that they were looked at."""
    manifest = trainings.open_training(training_id).manifest
    return bool(manifest and manifest.alarms) and not confirmed


@callback(
    Output(IDS.place, "children", allow_duplicate=True),
    Output(PROBLEM, "children"),
    Input(USE, "n_clicks"),
    State(WHO, "value"),
    State(CONFIRM, "value"),
    State(IDS.watched, "data"),
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
    Output(IDS.place, "children", allow_duplicate=True),
    Output(PROBLEM, "children", allow_duplicate=True),
    Input(BACK, "n_clicks"),
    State(WHO, "value"),
    State(IDS.watched, "data"),
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
