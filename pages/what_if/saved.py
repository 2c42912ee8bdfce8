"""Saved what-if pages: open one, give it another name, delete it."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.base.modal import answers, asks_before
from components.whatif.saved import (
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
answers(
    ENTRY_DIALOG,
    rename=lambda scenario, name: get_store().rename_scenario(scenario, name),
    delete=lambda scenario: get_store().delete_scenario(scenario),
    shown_in=LIST,
    renewed=lambda: saved_list(scenarios=get_store().scenarios(), you=requester(), models=_models()),
)


def _models() -> frozenset[str]:
    return frozenset(manifest.name for manifest in list_bundles())
