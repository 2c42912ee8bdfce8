"""``GET /api/docs``: the routes of the API on a plain page, made from their OpenAPI description.

The usual viewers fetch themselves from other hosts; this one is a table.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from core.base.errors import NotFoundError
from core.security.plain import plain_page

router = APIRouter(prefix="/api", include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """List the routes."""
    paths = request.app.openapi()["paths"]
    template = "core/api/templates/routes.html"
    return HTMLResponse(plain_page(template, title="API", paths=paths, width="960px"))


@router.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def nothing(rest: str, request: Request) -> None:
    """Answer every other address under ``/api`` with an error rather than a page.

    Raises
    ------
    HTTPException
        If the address is there, but for other methods.
    NotFoundError
        If there is no such address.
    """
    methods = sorted(_methods(request))
    if methods:
        raise HTTPException(405, "Method Not Allowed", {"allow": ", ".join(methods)})
    raise NotFoundError(f"There is no /api/{rest[:100]}.", remedy="See /api/docs.")


def _methods(request: Request) -> set[str]:
    """Return the methods that an address is there for."""
    return {
        method
        for route in request.app.state.routes
        if route.matches(request.scope)[0] is Match.PARTIAL
        for method in route.methods
    }
