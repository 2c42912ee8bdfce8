"""The first request of each worker, made by the worker itself before it takes any from outside.

Dash finishes its own set-up while it answers a first request, and marks it finished before it is: users
who arrive in that moment would get errors, or a page without styles.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI

from core.base.errors import CoreError
from core.security.guard import OWN_REQUEST

PATHS = ("/", "/_dash-layout", "/_dash-dependencies")
OK = 200


async def warm_up(application: FastAPI) -> bytes:
    """Answer the pages' first requests in this process and return the index page.

    Raises
    ------
    CoreError
        If one of them fails, so that a worker that can't serve doesn't start.
    """
    bodies = []
    for path in PATHS:
        status, body = await _get(application, path)
        if status != OK:
            raise CoreError(f"The server's first request for {path} was answered with {status}.")
        bodies.append(body)
    return bodies[0]


async def _get(application: FastAPI, path: str) -> tuple[int, bytes]:
    status, chunks = 0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    headers = [(b"host", b"localhost"), (b"accept", b"text/html")]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 0),
        OWN_REQUEST: True,
    }
    await application(scope, receive, send)
    return status, b"".join(chunks)
