"""Where a session's own page is: for the tables and charts that lead to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from core.base.identity import may
from core.security.shown_ids import shown_id


def session_address(source_id: str, session_id: str | None) -> str:
    """Return where a session of a result (or of the training data) is shown."""
    query = urlencode({"session": session_id or ""}, quote_via=quote, safe="")
    return f"/results/{quote(source_id, safe='')}/session?{query}"


def session_link(session_id: str, *, href: str, **more: Any) -> Component:  # noqa: ANN401 - options of dcc.Link
    """Return a session's id as a link; a short hash and no link for whoever may see no ids."""
    if may("ids.read"):
        return dcc.Link(session_id, href=href, **more)
    return html.Span(shown_id(session_id), className=more.get("className"))
