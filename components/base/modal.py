"""Dialogs: a title, what they ask, and the buttons that answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Input, Output, callback, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate


def modal(
    body: Component | str | Sequence[Component],
    *,
    id: str,
    buttons: Sequence[Component],
    title: str | None = None,
    title_id: str | None = None,
    **more: Any,  # noqa: ANN401 - options are those of dbc.Modal
) -> Component:
    """Return a dialog, closed; with ``title_id`` a callback can name it, and a screen reader does."""
    heading = dbc.ModalTitle(title, **({"id": title_id} if title_id else {}))
    parts = [
        dbc.ModalHeader(heading),
        dbc.ModalBody(body, className="vstack gap-3"),
        dbc.ModalFooter(list(buttons)),
    ]
    return dbc.Modal(parts, id=id, is_open=False, centered=True, labelledby=title_id, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDialog:
    """Ids of a dialog that renames or deletes an entry of a list, and of the entries' buttons.

    ``rename`` and ``delete`` are types of buttons; under ``key`` their ids have the entry.
    """

    dialog: str
    state: str
    title: str
    text: str
    name: str
    confirm: str
    rename: str
    delete: str
    key: str


def asks_before(ids: EntryDialog, content: Callable[[str, bool], tuple[Any, ...] | None]) -> None:
    """Open the dialog where a button of an entry is pressed, and keep in its state what was asked.

    Parameters
    ----------
    content
        Given an entry and whether it is to be deleted, returns the dialog's title, text, name with its
        style, and its button's words and class; None where the entry is gone.
    """

    @callback(
        Output(ids.dialog, "is_open"),
        Output(ids.state, "data"),
        Output(ids.title, "children"),
        Output(ids.text, "children"),
        Output(ids.name, "value"),
        Output(ids.name, "style"),
        Output(ids.confirm, "children"),
        Output(ids.confirm, "className"),
        Input({"type": ids.rename, ids.key: ALL}, "n_clicks"),
        Input({"type": ids.delete, ids.key: ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(_rename: list[int], _delete: list[int]) -> tuple[Any, ...]:
        # Buttons that have just come into the page count as pressed, too.
        if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
            raise PreventUpdate
        entry, deletes = ctx.triggered_id[ids.key], ctx.triggered_id["type"] == ids.delete
        shown = content(entry, deletes)
        if shown is None:
            raise PreventUpdate
        return True, {"entry": entry, "deletes": deletes}, *shown
