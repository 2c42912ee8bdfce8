"""The pages of one result, as tabs under its title: what it says, why, who, how they moved, what changed."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

Tab = Literal["overview", "why", "clusters", "journeys", "drift", "compare"]

#: What the tabs are called, and their addresses.
TABS: dict[Tab, tuple[str, str]] = {
    "overview": ("Overview", "/results/{id}"),
    "why": ("Reasons", "/results/{id}/why"),
    "clusters": ("Clusters", "/clusters?source={id}"),
    "journeys": ("Journeys", "/journeys?source={id}"),
    "drift": ("Data drift", "/results/{id}/drift"),
    "compare": ("Compare", "/compare?a={id}"),
}


def tab_address(tab: Tab, result_id: str) -> str:
    """Return the address of one of a result's pages."""
    return TABS[tab][1].format(id=quote(result_id))


def result_tabs(*, result_id: str, active: Tab) -> Component:
    """Return the tabs of a result's pages; the one that is open is no link."""
    return html.Nav(
        [_tab(tab, result_id, active=tab == active) for tab in TABS],
        className="nav nav-underline border-bottom",
        **{"aria-label": "Pages of this result"},
    )


def _tab(tab: Tab, result_id: str, *, active: bool) -> Component:
    name = TABS[tab][0]
    if active:
        return html.Span(name, className="nav-link active", **{"aria-current": "page"})
    return dcc.Link(name, href=tab_address(tab, result_id), className="nav-link")
