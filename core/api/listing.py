"""``GET /api/docs``: the routes of the API on a plain page, made from their OpenAPI description.

The usual viewers fetch themselves from other hosts; this one is a table.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.base.errors import NotFoundError
from core.security.plain import plain_page

router = APIRouter(prefix="/api", include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """List the routes."""
    paths = request.app.openapi()["paths"]
    template = "core/api/templates/routes.html"
    return HTMLResponse(plain_page(template, title="API", paths=paths, width="960px"))


@router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
def nothing(rest: str) -> None:
    """Answer every other address under ``/api`` with an error rather than a page."""
    raise NotFoundError(f"There is no /api/{rest[:100]}.", remedy="See /api/docs.")
