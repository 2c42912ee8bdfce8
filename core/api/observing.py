"""Stands before everything, the guard too: names each request, times it, counts it, logs it.

A request is told apart by the template of its route (``/results/{result_id}``), never by its address: that
may hold a visitor's or a session's id.
"""

from __future__ import annotations

import logging
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.base.logs import FIELDS
from core.base.request_id import HEADER, during, new_request_id
from core.base.settings import Settings
from core.monitoring.requests import IN_PROGRESS, REQUESTS, SECONDS
from core.security.clients import is_trusted

log = logging.getLogger(__name__)

#: What no route answered: the guard, or nobody. One name, so that guessed addresses add no series.
NO_ROUTE = "none"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Asked every few seconds by machines: counted, and not worth a line.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


_HEADER = HEADER.encode()


class Observer:
    """The middleware."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and note how."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        with during(request := new_request_id(self._said(scope))):
            if scope["type"] == "websocket":
                await self.app(scope, receive, send)
                return
            await self._observe(request, scope, receive, send)

    def _said(self, scope: Scope) -> str | None:
        """Return what a trusted proxy calls a request; anybody else could give two requests one name."""
        peer = (scope.get("client") or ("",))[0]
        return Headers(scope=scope).get(HEADER) if is_trusted(peer, self.settings.trusted_proxies) else None

    async def _observe(self, request: str, scope: Scope, receive: Receive, send: Send) -> None:
        status, began = 0, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                others = [each for each in message.get("headers", ()) if each[0] != _HEADER]
                message["headers"] = [*others, (_HEADER, request.encode())]
            await send(message)

        IN_PROGRESS.inc()
        try:
            await self.app(scope, receive, sending)
        finally:
            IN_PROGRESS.dec()
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # Left in the scope by the router.
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        method = scope["method"] if scope["method"] in METHODS else "other"
        # Without a status the client had gone, or nobody could answer.
        REQUESTS.labels(method, route, str(status or 499)).inc()
        SECONDS.labels(method, route).observe(seconds)
        if route not in PROBES and log.isEnabledFor(logging.INFO):
            fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
            log.info("request", extra={FIELDS: fields})
