"""Connections that stay open, ended once whoever opened them is signed out, removed or has another role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

StillKnown = Callable[[], Awaitable[bool]]
#: Seconds between two looks.
LOOK_EVERY = 2.0
POLICY_VIOLATION = 1008


async def while_signed_in(
    still_known: StillKnown, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a request for as long as whoever asked is still let in."""
    ended = started = False

    async def sending(message: Message) -> None:
        nonlocal ended, started
        started = True
        if message["type"] == "websocket.close" or not message.get("more_body", True):
            ended = True
        await send(message)

    async def watch(scope_of_app: anyio.CancelScope) -> None:
        while await still_known():
            await anyio.sleep(LOOK_EVERY)
        scope_of_app.cancel()

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as answering:
            group.start_soon(watch, answering)
            await app(scope, receive, sending)
        group.cancel_scope.cancel()
    if answering.cancelled_caught and not ended:
        await _close(scope, send, started=started)


async def _close(scope: Scope, send: Send, *, started: bool) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    elif started:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
