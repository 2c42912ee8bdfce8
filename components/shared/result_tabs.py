"""The pages of one result, as tabs under its title: what it says, why, who, how they moved, what changed."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

Tab = Literal["overview", "sessions", "why", "clusters", "journeys", "drift", "compare"]

#: What the tabs are called, and their addresses.
TABS: dict[Tab, tuple[str, str]] = {
    "overview": ("Overview", "/results/{id}"),
    "sessions": ("Sessions", "/results/{id}?view=sessions"),
    "why": ("Reasons", "/results/{id}/why"),
    "clusters": ("Clusters", "/clusters?source={id}"),
    "journeys": ("Journeys", "/journeys?source={id}"),
    "drift": ("Data drift", "/results/{id}/drift"),
    "compare": ("Compare", "/compare?a={id}"),
}
#: Those that have the same filters in their address.
FILTERED: tuple[Tab, ...] = ("overview", "sessions", "why")


def tab_address(tab: Tab, result_id: str) -> str:
    """Return the address of one of a result's pages."""
    return TABS[tab][1].format(id=quote(result_id))


def result_tabs(*, result_id: str, active: Tab, query: str = "") -> Component:
    """Return the tabs of a result's pages; the one that is open is no link.

    ``query`` holds filters as the address has them: they travel to the pages that have the same.
    """
    return html.Nav(
        [_tab(tab, result_id, query, active=tab == active) for tab in TABS],
        className="nav nav-underline border-bottom",
        **{"aria-label": "Pages of this result"},
    )


def _tab(tab: Tab, result_id: str, query: str, *, active: bool) -> Component:
    name = TABS[tab][0]
    if active:
        return html.Span(name, className="nav-link active", **{"aria-current": "page"})
    href = tab_address(tab, result_id)
    if query and tab in FILTERED:
        # The answer says so itself: an address with filters of the table would open the table.
        view = "view=overview&" if tab == "overview" else ""
        href = f"{href}{'&' if '?' in href else '?'}{view}{query}"
    return dcc.Link(name, href=href, className="nav-link")
