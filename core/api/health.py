"""How the server is, for machines that look after it: alive, ready, figures for Prometheus."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from core.base.settings import LOOPBACK, Settings
from core.security.clients import client_address, is_this_machine, is_trusted

router = APIRouter(tags=["health"])

UNAVAILABLE, UNAUTHORISED = 503, 401


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the server is up: for whoever would restart it if it weren't."""
    return {"status": "ok"}


@router.get("/readyz", responses={UNAVAILABLE: {"description": "A part can't do its work."}})
async def readyz(request: Request) -> JSONResponse:
    """Say how each part is: for whoever sends requests here, or elsewhere meanwhile."""
    # Here, not above: what looks at everything is imported when somebody asks.
    from core.monitoring.readiness import is_ready, readiness

    parts = await run_in_threadpool(readiness, request.app.state.settings)
    ready = is_ready(parts)
    content: dict[str, Any] = {
        "status": "ready" if ready else "not ready",
        "parts": {name: part.to_dict() for name, part in parts.items()},
    }
    return JSONResponse(content, 200 if ready else UNAVAILABLE)


@router.get("/metrics", response_class=Response, responses={UNAUTHORISED: {"description": "Not for you."}})
async def metrics(request: Request) -> Response:
    """Return figures in the form of Prometheus, to this machine or whoever may read them."""
    from core.monitoring.exposition import CONTENT_TYPE, exposition

    settings: Settings = request.app.state.settings
    if not may_read_metrics(request, settings):
        content = {
            "code": "metrics",
            "message": "Metrics are for this machine, allowed networks and whoever has the token.",
            "where": None,
            "remedy": "Set PREDICTOR_METRICS_TOKEN or PREDICTOR_METRICS_NETWORKS.",
        }
        return JSONResponse(content, UNAUTHORISED, {"WWW-Authenticate": "Bearer"})
    return Response(await run_in_threadpool(exposition, settings), media_type=CONTENT_TYPE)


def may_read_metrics(request: Request, settings: Settings) -> bool:
    """Whether a request comes from where metrics may be read, or with the token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if settings.metrics_token and scheme.lower() == "bearer":
        return secrets.compare_digest(token.strip().encode(), settings.metrics_token.encode())
    # By its own name: a page elsewhere can point one of its own at this machine.
    by_name = request.url.hostname in LOOPBACK
    if by_name and is_this_machine(request.scope, request.headers, settings.trusted_proxies):
        return True
    address = client_address(request.scope, request.headers, settings.trusted_proxies)
    return is_trusted(address, settings.metrics_networks)
