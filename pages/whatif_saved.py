"""Saved what-if pages: open one, give it another name, delete it."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.whatif.saved import (
    DELETE,
    DIALOG,
    DIALOG_CANCEL,
    DIALOG_NAME,
    DIALOG_OK,
    DIALOG_STATE,
    DIALOG_TEXT,
    DIALOG_TITLE,
    LIST,
    RENAME,
    SAVED_PATH,
    dialog_content,
    saved_list,
    saved_page,
)
from core.base.errors import NotFoundError
from core.base.requester import requester
from core.bundle.repository import list_bundles
from core.storage import get_store

dash.register_page(
    __name__, path=SAVED_PATH, name="Saved scenarios", title="Saved scenarios", order=3.1, nav=False
)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the list of what is saved."""
    return saved_page(scenarios=get_store().scenarios(), you=requester(), models=_models())


@callback(
    Output(DIALOG, "is_open"),
    Output(DIALOG_STATE, "data"),
    Output(DIALOG_TITLE, "children"),
    Output(DIALOG_TEXT, "children"),
    Output(DIALOG_NAME, "value"),
    Output(DIALOG_NAME, "style"),
    Output(DIALOG_OK, "children"),
    Output(DIALOG_OK, "className"),
    Input({"type": RENAME, "scenario": ALL}, "n_clicks"),
    Input({"type": DELETE, "scenario": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def ask(_rename: list[int], _delete: list[int]) -> tuple[Any, ...]:
    """Ask for another name, or whether it shall really go."""
    # Buttons that have just come into the page count as pressed, too.
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate
    deletes = ctx.triggered_id["type"] == DELETE
    try:
        saved = get_store().scenario(ctx.triggered_id["scenario"])
    except NotFoundError:
        raise PreventUpdate from None
    return True, {"id": saved.id, "deletes": deletes}, *dialog_content(saved=saved, deletes=deletes)


@callback(
    Output(DIALOG, "is_open", allow_duplicate=True),
    Output(LIST, "children"),
    Input(DIALOG_OK, "n_clicks"),
    Input(DIALOG_NAME, "n_submit"),
    Input(DIALOG_CANCEL, "n_clicks"),
    State(DIALOG_STATE, "data"),
    State(DIALOG_NAME, "value"),
    prevent_initial_call=True,
)
def answer(_ok: int, _enter: int, _cancel: int, asked: dict[str, Any] | None, name: str | None) -> Any:  # noqa: ANN401
    """Do what was asked for, and close the dialog."""
    if not asked or ctx.triggered_id == DIALOG_CANCEL:
        return False, no_update
    store = get_store()
    try:
        if asked["deletes"]:
            store.delete_scenario(asked["id"])
        else:
            store.rename_scenario(asked["id"], name or "")
    except NotFoundError:
        pass  # Somebody else was faster: the list shows it.
    return False, saved_list(scenarios=store.scenarios(), you=requester(), models=_models())


def _models() -> frozenset[str]:
    return frozenset(manifest.name for manifest in list_bundles())
