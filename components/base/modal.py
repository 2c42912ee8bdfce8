"""Dialogs: a title, what they ask, and the buttons that answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Input, Output, State, callback, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button
from core.base.errors import NotFoundError


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


@dataclass(frozen=True, slots=True)
class EntryDialog:
    """The dialog that renames or deletes an entry of a list: its ids, and those of the entries' buttons.

    Every id begins with ``prefix``; in the ids of the buttons the entry stands under ``key``.
    """

    prefix: str
    key: str

    @property
    def dialog(self) -> str:
        """The dialog itself."""
        return f"{self.prefix}-dialog"

    @property
    def state(self) -> str:
        """What was asked: the entry, and whether it is to be deleted."""
        return self._part("state")

    @property
    def title(self) -> str:
        """Its title."""
        return self._part("title")

    @property
    def text(self) -> str:
        """What it says."""
        return self._part("text")

    @property
    def name(self) -> str:
        """The field with the new name."""
        return self._part("name")

    @property
    def confirm(self) -> str:
        """The button that does it."""
        return self._part("ok")

    @property
    def cancel(self) -> str:
        """The button that doesn't."""
        return self._part("cancel")

    def rename(self, entry: Any) -> dict[str, Any]:  # noqa: ANN401 - an id, or ALL
        """Return the id of the button that renames an entry."""
        return {"type": f"{self.prefix}-rename", self.key: entry}

    def delete(self, entry: Any) -> dict[str, Any]:  # noqa: ANN401 - an id, or ALL
        """Return the id of the button that deletes an entry."""
        return {"type": f"{self.prefix}-delete", self.key: entry}

    def closed(self, *, longest: int, labelled: bool = True) -> Component:
        """Return the dialog, closed; ``longest`` is how many letters a name may have.

        With ``labelled`` False what it says has the field's label.
        """
        label = html.Label("Name", htmlFor=self.name, className="visually-hidden")
        field = dbc.Input(id=self.name, type="text", maxlength=longest, n_submit=0)
        dialog = modal(
            [html.Div(id=self.text, className="hide-empty"), *([label] if labelled else []), field],
            id=self.dialog,
            title_id=self.title,
            buttons=[
                button("Cancel", id=self.cancel, kind="quiet"),
                button("Rename", id=self.confirm, kind="primary"),
            ],
        )
        return html.Div([dcc.Store(id=self.state), dialog])

    def _part(self, name: str) -> str:
        return f"{self.prefix}-dialog-{name}"


def asks_before(dialog: EntryDialog, content: Callable[[str, bool], tuple[Any, ...] | None]) -> None:
    """Open the dialog where a button of an entry is pressed, and keep in its state what was asked.

    Parameters
    ----------
    content
        Given an entry and whether it is to be deleted, returns the dialog's title, text, name with its
        style, and its button's words and class; None where the entry is gone.
    """

    @callback(
        Output(dialog.dialog, "is_open"),
        Output(dialog.state, "data"),
        Output(dialog.title, "children"),
        Output(dialog.text, "children"),
        Output(dialog.name, "value"),
        Output(dialog.name, "style"),
        Output(dialog.confirm, "children"),
        Output(dialog.confirm, "className"),
        Input(dialog.rename(ALL), "n_clicks"),
        Input(dialog.delete(ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(_rename: list[int], _delete: list[int]) -> tuple[Any, ...]:
        # Buttons that have just come into the page count as pressed, too.
        if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
            raise PreventUpdate
        entry = ctx.triggered_id[dialog.key]
        deletes = ctx.triggered_id["type"] == dialog.delete(entry)["type"]
        shown = content(entry, deletes)
        if shown is None:
            raise PreventUpdate
        return True, {"entry": entry, "deletes": deletes}, *shown


def answers(
    dialog: EntryDialog,
    *,
    rename: Callable[[str, str], object],
    delete: Callable[[str], object],
    shown_in: str,
    renewed: Callable[[], Any],
) -> None:
    """Do what the dialog asked, close it, and show the list as it is then.

    An entry that is gone was somebody else's to delete first: the list shows it. ``renewed`` gives what the
    element ``shown_in`` holds.
    """

    @callback(
        Output(dialog.dialog, "is_open", allow_duplicate=True),
        Output(shown_in, "children"),
        Input(dialog.confirm, "n_clicks"),
        Input(dialog.name, "n_submit"),
        Input(dialog.cancel, "n_clicks"),
        State(dialog.state, "data"),
        State(dialog.name, "value"),
        prevent_initial_call=True,
    )
    def answer(
        _ok: int, _enter: int, _cancel: int, asked: dict[str, Any] | None, name: str | None
    ) -> tuple[bool, Any]:
        if not asked or ctx.triggered_id == dialog.cancel:
            return False, no_update
        with suppress(NotFoundError):
            if asked["deletes"]:
                delete(asked["entry"])
            else:
                rename(asked["entry"], name or "")
        return False, renewed()
