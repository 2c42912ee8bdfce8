"""Saved what-if pages: open one, give it another name, delete it."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component

from components.base.modal import asks_before
from components.whatif.saved import (
    DIALOG,
    DIALOG_CANCEL,
    DIALOG_NAME,
    DIALOG_OK,
    DIALOG_STATE,
    ENTRY_DIALOG,
    LIST,
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


def _asked(scenario: str, deletes: bool) -> tuple[Any, ...] | None:
    try:
        return dialog_content(saved=get_store().scenario(scenario), deletes=deletes)
    except NotFoundError:
        return None


asks_before(ENTRY_DIALOG, _asked)


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
            store.delete_scenario(asked["entry"])
        else:
            store.rename_scenario(asked["entry"], name or "")
    except NotFoundError:
        pass  # Somebody else was faster: the list shows it.
    return False, saved_list(scenarios=store.scenarios(), you=requester(), models=_models())


def _models() -> frozenset[str]:
    return frozenset(manifest.name for manifest in list_bundles())
