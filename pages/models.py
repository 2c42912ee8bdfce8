"""Models: all there are, which one is in use, and putting another to use, going back, deleting."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import error_panel
from components.models.list import LIST, models_body, models_page
from components.models.page import card_page
from components.models.use import (
    ASKED,
    BACK,
    CANCEL,
    CONFIRM,
    DELETE,
    DIALOG,
    DIALOG_BODY,
    DIALOG_TITLE,
    NOTE,
    NOTE_PLACE,
    PROBLEM,
    SURE,
    SURE_PLACE,
    USE,
    WHO_PLACE,
    dialog_content,
)
from components.train.options import WHO
from core.base.errors import CoreError
from core.bundle import registry
from core.bundle.model_card import read_card, read_shelf

PATH = "/models"
#: Dash's own: the address, and the container of the page in view.
LOCATION, CONTENT = "_pages_location", "_pages_content"

dash.register_page(__name__, path=PATH, name="Models", title="Models", order=7)


def layout(**_: object) -> Component:
    """Return the page."""
    return models_page(shelf=read_shelf())


@callback(
    Output(DIALOG, "is_open"),
    Output(ASKED, "data"),
    Output(DIALOG_TITLE, "children"),
    Output(DIALOG_BODY, "children"),
    Output(CONFIRM, "children"),
    Output(CONFIRM, "className"),
    Output(CONFIRM, "disabled"),
    Output(WHO_PLACE, "style"),
    Output(NOTE_PLACE, "style"),
    Output(SURE_PLACE, "style"),
    Output(SURE, "value"),
    Output(PROBLEM, "children"),
    Input({"type": USE, "model": ALL}, "n_clicks"),
    Input({"type": BACK, "model": ALL}, "n_clicks"),
    Input({"type": DELETE, "model": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def ask(_use: list[int], _back: list[int], _delete: list[int]) -> tuple[Any, ...]:
    """Open the dialog for one model. Buttons that have just been drawn ask nothing."""
    if not ctx.triggered_id or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    action, name = ctx.triggered_id["type"], ctx.triggered_id["model"]
    told = dialog_content(action=action, shown=read_card(name))
    return (
        True,
        {"action": action, "model": name, "alarms": told["disabled"]},
        told["title"],
        told["text"],
        told["button"],
        told["button_class"],
        told["disabled"],
        told["who"],
        told["note"],
        told["sure"],
        False,
        None,
    )


@callback(
    Output(CONFIRM, "disabled", allow_duplicate=True),
    Input(SURE, "value"),
    State(ASKED, "data"),
    prevent_initial_call=True,
)
def allow(sure: bool, asked: dict[str, Any] | None) -> bool:
    """Let a model with warnings be used once somebody says that they have looked at them."""
    return bool(asked and asked["alarms"]) and not sure


@callback(
    Output(DIALOG, "is_open", allow_duplicate=True),
    Output(PROBLEM, "children", allow_duplicate=True),
    Input(CONFIRM, "n_clicks"),
    Input(CANCEL, "n_clicks"),
    State(ASKED, "data"),
    State(WHO, "value"),
    State(NOTE, "value"),
    State(SURE, "value"),
    State(LOCATION, "pathname"),
    prevent_initial_call=True,
)
def answer(
    _confirm: int,
    _cancel: int,
    asked: dict[str, Any] | None,
    who: str | None,
    note: str | None,
    sure: bool,
    here: str,
) -> tuple[Any, Any]:
    """Do what the dialog asked, and show the page as it is then."""
    if not asked or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    if ctx.triggered_id == CANCEL:
        return False, no_update
    name = asked["model"]
    try:
        _do(asked["action"], name, who or "", note or "", bool(sure))
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    if here.rstrip("/") == PATH:
        set_props(LIST, {"children": models_body(shelf=read_shelf())})
    else:
        set_props(CONTENT, {"children": card_page(name)})
    return False, None


def _do(action: str, name: str, who: str, note: str, sure: bool) -> None:
    if action == DELETE:
        registry.delete_bundle(name)
    elif action == BACK:
        if registry.earlier() != name:
            # Somebody else was faster: going back would now lead elsewhere.
            raise _moved(name)
        registry.go_back(who=who, note=note)
    else:
        registry.promote(name, who=who, note=note, confirmed=sure)


def _moved(name: str) -> CoreError:
    from core.base.errors import RegistryError

    return RegistryError(
        "The model in use has changed in the meantime.",
        where=f"model {name}",
        remedy="Reload the page.",
    )
