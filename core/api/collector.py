"""The addresses trackers send to, each its own; ``POST /api/live/events`` for who has no tracker.

Whatever SDKs make of an answer, they all take exactly 200 with this body for "done". Browsers need to be
told that they may send, and for how long they needn't ask again: at the end of a visit there is no time to.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from core.base.errors import CoreError, TooLargeError, TooManyEventsError, UnavailableError
from core.live.collecting import Collected, collect
from core.live.trackers import MATOMO, PLAIN, POSTHOG, SEGMENT, SNOWPLOW, Tracker
from core.live.trackers import Request as Sent
from core.schema.events import EventType
from core.security.guard import is_collector

BAD_REQUEST = 400
DONE = {"status": 1, "code": 200}
DONE_BODY = json.dumps(DONE, separators=(",", ":")).encode()
#: What a tracker gets that asks for an image, as Matomo's and Snowplow's do: a dot nobody sees.
DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
#: Seconds a browser may go on without asking again whether it may send.
PREFLIGHT_SECONDS = "86400"
RETRY_AFTER: dict[type[CoreError], str] = {TooManyEventsError: "1", UnavailableError: "30"}
#: Larger bodies are read in a thread: other requests must not wait for them.
SMALL_BYTES = 64 << 10

router = APIRouter(tags=["live"])

TRACKERS: tuple[tuple[Tracker, tuple[str, ...]], ...] = (
    (
        SEGMENT,
        (
            *(f"/v1/{call}" for call in "batch track page identify screen group alias t p i s g a".split()),
            *(f"/v1/pixel/{call}" for call in "track page identify screen group alias".split()),
            "/pixel/v1/track",
            "/pixel/v1/page",
            "/beacon/v1/batch",
        ),
    ),
    (POSTHOG, tuple(f"/{name}{end}" for name in ("batch", "e", "i/v0/e", "capture") for end in ("", "/"))),
    (SNOWPLOW, ("/com.snowplowanalytics.snowplow/tp2", "/i")),
    (MATOMO, ("/matomo.php", "/piwik.php")),
)


class Event(BaseModel):
    """One event; any other column of the canonical event log may stand in it, too."""

    model_config = ConfigDict(extra="allow")

    event_type: EventType = Field(description="What the visitor did.")
    visitor_id: str | None = Field(None, description="The same in all visits of one browser.")
    user_id: str | None = Field(None, description="The account, once the visitor has signed in.")
    session_id: str | None = Field(None, description="Your id of the visit; cut by silence without it.")
    event_id: str | None = Field(None, description="The same if the event is sent again.")
    timestamp: datetime | None = Field(None, description="When it happened; now without it.")
    product_id: str | None = None
    category: str | None = None
    price: float | None = Field(None, description="Of one unit.")
    quantity: float | None = None
    revenue: float | None = Field(None, description="Total of an order.")
    currency: str | None = Field(None, description="ISO code.")
    order_id: str | None = None


class Events(BaseModel):
    """What is sent: events, and the key if it doesn't stand in the authorisation."""

    events: list[Event]
    write_key: str | None = None
    sent_at: datetime | None = Field(None, description="Now by the sender's clock; puts wrong clocks right.")


class Refusal(BaseModel):
    """An event that was not taken: its place in the request, and why."""

    index: int
    reason: str


class EventsAnswer(BaseModel):
    """What became of the events."""

    status: int = 1
    code: int = 200
    accepted: int
    refused: list[Refusal]


@router.post(
    "/api/live/events",
    response_model=EventsAnswer,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": Events.model_json_schema()}}}},
)
async def events(request: Request) -> Response:
    """Take events; they are on the disk when this answers. The key: `Authorization: Bearer wk_…`."""
    return await _take(request, PLAIN)


@dataclass(frozen=True, slots=True)
class Address:
    """What a tracker sends to, as routes are: requests are counted by its ``path``."""

    path: str
    tracker: Tracker


_ADDRESSES = {path: Address(path, tracker) for tracker, paths in TRACKERS for path in paths}


class Collector:
    """The middleware that answers trackers before a route is looked for: no requests come more often."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take what a tracker sends; hand on everything else."""
        method = scope.get("method")
        if method == "OPTIONS" and is_collector(scope["path"]):
            await _preflight(Request(scope, receive))(scope, receive, send)
        elif method in {"GET", "POST"} and (address := _ADDRESSES.get(scope["path"])) is not None:
            scope["route"] = address
            answer = await _take(Request(scope, receive), address.tracker)
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _preflight(request: Request) -> Response:
    """Let a browser send; whether its page may with its key is seen when it does."""
    headers = cross_origin(request) | {
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-max-age": PREFLIGHT_SECONDS,
    }
    if wanted := request.headers.get("access-control-request-headers"):
        headers["access-control-allow-headers"] = wanted
    return Response(headers=headers)


async def _take(request: Request, tracker: Tracker) -> Response:
    headers = cross_origin(request)
    try:
        collected = await _collected(request, tracker)
    except CoreError as error:
        if type(error) in RETRY_AFTER:
            headers["retry-after"] = RETRY_AFTER[type(error)]
        # Snowplow's trackers would send again what is too large, for as long as they run.
        status = BAD_REQUEST if tracker is SNOWPLOW and isinstance(error, TooLargeError) else error.status
        return JSONResponse(error.to_dict(), status, headers)
    if request.method == "GET":
        return Response(DOT, media_type="image/gif", headers=headers)
    if tracker is not PLAIN:
        return Response(DONE_BODY, media_type="application/json", headers=headers)
    refused = [{"index": place, "reason": reason} for place, reason in collected.refused]
    return JSONResponse(DONE | {"accepted": collected.accepted, "refused": refused}, headers=headers)


async def _collected(request: Request, tracker: Tracker) -> Collected:
    scope = request.scope
    sent = Sent(
        path=scope["path"],
        query=dict(request.query_params) if scope["query_string"] else {},
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        received=datetime.now(UTC),
    )
    body = await request.body()
    settings = request.app.state.settings
    if len(body) > SMALL_BYTES:
        collected = await run_in_threadpool(collect, settings, tracker, body, sent)
    else:
        collected = collect(settings, tracker, body, sent)
    await until_done(collected.written)
    return collected


class _Waker:
    """Wakes requests of one event loop that another thread has done: once for all it did together."""

    def __init__(self) -> None:
        self._done: deque[tuple[asyncio.Future[None], BaseException | None]] = deque()
        self._adding = threading.Lock()

    def done(self, waiting: asyncio.Future[None], future: Future[None]) -> None:
        """Note that a request is done, from whichever thread."""
        with self._adding:
            self._done.append((waiting, future.exception()))
            is_first = len(self._done) == 1
        if is_first:  # else it is woken with those that are there
            waiting.get_loop().call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        while self._done:
            waiting, error = self._done.popleft()
            if waiting.done():
                continue  # Its sender has hung up.
            if error is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(error)


_wakers: WeakKeyDictionary[asyncio.AbstractEventLoop, _Waker] = WeakKeyDictionary()


async def until_done(future: Future[None]) -> None:
    """Wait for what another thread does; who gives up waiting stops it no more."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    waker = _wakers.get(loop)
    if waker is None:
        waker = _wakers[loop] = _Waker()
    future.add_done_callback(lambda done: waker.done(waiting, done))
    await waiting


def cross_origin(request: Request) -> dict[str, str]:
    """Return the headers that let the page a request comes from read the answer."""
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "vary": "Origin",
    }
