"""Dialogs: a title, what they ask, and the buttons that answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash.development.base_component import Component


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
