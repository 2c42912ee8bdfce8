"""``GET /api/docs``: the routes of the API on a plain page, made from their OpenAPI description.

The usual viewers fetch themselves from other hosts; this one is a table.
"""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.base.errors import NotFoundError
from core.security.plain import plain_page

router = APIRouter(prefix="/api", include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """List the routes."""
    described: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    rows = "".join(
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description') or operation.get('summary', ''))}</td></tr>"
        for path, methods in described.items()
        for method, operation in methods.items()
    )
    body = (
        "<h1>API</h1><p>Errors are JSON: <code>code, message, where, remedy</code>. "
        'The whole description is <a href="/api/openapi.json">openapi.json</a>.</p>'
        f"<table>{rows}</table>"
    )
    return HTMLResponse(plain_page(title="API", body=body, width="960px"))


@router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
def nothing(rest: str) -> None:
    """Answer every other address under ``/api`` with an error rather than a page."""
    raise NotFoundError(f"There is no /api/{rest[:100]}.", remedy="See /api/docs.")
