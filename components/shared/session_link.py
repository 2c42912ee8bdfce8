"""Where a session's own page is: for the tables and charts that lead to it."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def session_address(source_id: str, session_id: str | None) -> str:
    """Return where a session of a result (or of the training data) is shown."""
    query = urlencode({"session": session_id or ""}, quote_via=quote, safe="")
    return f"/results/{quote(source_id, safe='')}/session?{query}"
