"""Schedules: all there are, and what needs a person."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.schedules.list import list_page
from components.schedules.words import PATH
from core.base.identity import may
from core.schedules.service import shown
from core.sources.allowed import sources
from core.storage import get_store

dash.register_page(__name__, path=PATH, name="Schedules", title="Schedules", order=6.8)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the list as it is now."""
    store = get_store()
    schedules = [shown(one, most=1) for one in store.schedules()]
    has_source = bool(sources(store.settings) or store.settings.databases)
    return list_page(schedules=schedules, may_write=may("schedules.write"), has_source=has_source)
