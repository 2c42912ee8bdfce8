"""What stands in place of a page about something that is in another project of whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from dash.development.base_component import Component

from components.base.layout import button, empty_state, page
from core.base.project import link_to
from core.base.settings import installation_settings
from core.projects import Project, settings_by_id


def in_other_project(there: Project, address: str) -> Component:
    """Return the way to the project that has it."""
    settings = settings_by_id(there.id, installation_settings())
    # Another page load, not another page of this one, which is of the project at work.
    switch = button(f"Switch to {there.name}", href=link_to(address, settings), kind="primary", external=True)
    text = f"You followed a link to something in {there.name}. Switch to that project to see it."
    return page(
        empty_state(f"This is in {there.name}", text, switch), title="In another project", width="narrow"
    )


def address_of(entry: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Return the address of a page of the registry with these arguments in its path and its query."""
    path, query = str(entry.get("path_template") or entry["path"]), dict(arguments)
    for name, value in arguments.items():
        if f"<{name}>" in path:
            path = path.replace(f"<{name}>", quote(str(value), safe=""))
            del query[name]
    if "<" in path:  # A page with an address of its own besides, whose path names nothing.
        path = str(entry["path"])
    return f"{path}?{urlencode(query, doseq=True)}" if query else path
