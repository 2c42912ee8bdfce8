"""``GET /api/live/...``: the scores of running sessions, and what could not be used, with the reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from core.api.base.downloads import attachment
from core.api.base.permissions import needs
from core.audit import record
from core.base.errors import KeyRefusedError, LiveError
from core.base.identity import Permission, identity, may, require
from core.base.settings import Settings, get_settings
from core.keys.records import PREFIX
from core.live.feed import AT_ONCE, PAUSE, Feed, last_number
from core.live.keys import find_key, unknown_secret
from core.live.overview import AVERAGED
from core.live.quarantine import as_lines
from core.live.scores import session_score, visitor_score

router = APIRouter(prefix="/api/live", tags=["live"])
Authorisation = Annotated[str | None, Header(description="Bearer and a secret key: `Bearer sk_…`")]
#: Seconds between signs of life of a stream on which nothing happens, and looks whether its key still holds.
HEARTBEAT = 10.0
#: Milliseconds after which a browser connects again.
RETRY = 2_000
#: Seconds between two ticks of an open page; and how long it gets them after the last event, until all
#: averages have come to rest.
TICK, SETTLING = 1.0, AVERAGED + 2.0
#: No number of a score has so many; Python refuses to read one of thousands.
_DIGITS = 19


class LiveScore(BaseModel):
    """The score of one session; of one that isn't known, only `state` "unknown" and how many events wait."""

    model_config = ConfigDict(extra="allow")

    state: str = Field(description="running, over, unknown, or robot: not scored, as the team's own visits.")
    waiting: int = Field(description="Events taken, of any session, that are not scored yet.")
    session_id: str | None = None
    visitor_id: str | None = None
    source: str | None = Field(None, description="Id of the write key its events came with.")
    step: str | None = Field(None, description="browsing, product, cart, checkout or bought.")
    purchased: bool | None = Field(None, description="None where the source has never sent a purchase.")
    events_seen: int | None = None
    probability: float | None = Field(None, description="That it still ends in a purchase; 0 to 1.")
    expected_revenue: float | None = None
    revenue_if_purchase: float | None = None
    revenue_range: list[float | None] | None = None
    currency: str | None = None
    cluster: str | None = Field(None, description="The kind of visit it looks like so far.")
    reasons: list[dict[str, Any]] | None = Field(None, description="What moves the probability most.")
    model: str | None = None
    accuracy: dict[str, Any] | None = Field(
        None,
        description="How good the model is after so many events, from its card; `warning` is a sentence "
        "where that isn't shown to be better than guessing, else null.",
    )


@router.get("/sessions/{session_id:path}", response_model=LiveScore)
async def session(session_id: str, request: Request, authorization: Authorisation = None) -> Response:
    """Return the score of a session, by the id its tracker gives it."""
    return await _score(session_score, session_id, request, authorization)


@router.get("/visitors/{visitor_id:path}", response_model=LiveScore)
async def visitor(visitor_id: str, request: Request, authorization: Authorisation = None) -> Response:
    """Return the score of a visitor's latest session, by anonymous id or account."""
    return await _score(visitor_score, visitor_id, request, authorization)


async def _score(
    of: Callable[[Settings, str], dict[str, Any]], asked: str, request: Request, authorization: str | None
) -> Response:
    settings = get_settings()

    def answer() -> dict[str, Any]:
        check_secret_key(request, authorization)
        return of(settings, asked)

    # From a file it is there sooner than another thread would begin; a database may keep one waiting.
    found = await run_in_threadpool(answer) if settings.live_database else answer()
    return JSONResponse(found)


def _checked(request: Request, authorization: Authorisation = None) -> str | None:
    check_secret_key(request, authorization)
    return authorization


def _checked_for_ids(request: Request, authorization: Authorisation = None) -> str | None:
    check_secret_key(request, authorization, "ids.read")
    return authorization


def _beginning(
    request: Request,
    after: Annotated[
        str | None, Query(description="As Last-Event-ID; 0 begins with all sessions there are.")
    ] = None,
    last_event_id: Annotated[
        str | None, Header(description="Id of the last event received: those after it come first.")
    ] = None,
) -> int:
    """Return the number of the last score a listener has: what was sent with it, or the latest of all.

    Raises
    ------
    LiveError
        If what was sent is no number of a score.
    """
    last, given = last_number(get_settings()), last_event_id or after
    if not given:
        return last
    if not (given.isascii() and given.isdecimal()):
        raise LiveError(f"“{given}” isn't the id of an event.", remedy="Send the last id the stream gave.")
    # A number that hasn't come yet is of a data folder that is no more: everything in this one is new.
    return int(given) if len(given) < _DIGITS and int(given) <= last else 0


@router.get("/stream", response_class=EventSourceResponse)
async def stream(
    request: Request,
    authorization: Annotated[str | None, Depends(_checked_for_ids)],
    begun: Annotated[int, Depends(_beginning)],
    min_probability: Annotated[
        float, Query(ge=0, le=1, description="Only sessions that are at least so likely to buy.")
    ] = 0.0,
    source: Annotated[str | None, Query(description="Only sessions of this write key, by its id.")] = None,
) -> AsyncIterator[LiveScore]:
    """Stream the score of each session as it is scored, as server-sent events, from now on.

    Each event is what `/api/live/sessions/{id}` answers then. A session that is scored again before its event
    could be sent comes once, with its latest score.
    """
    state = request.app.state
    feed: Feed = state.feeds.of(get_settings())
    n, spoken = begun, time.monotonic()
    yield ServerSentEvent(comment="listening", id=str(n), retry=RETRY)  # type: ignore[misc]
    while not state.stopping.is_set():
        found = await feed.after(n)
        for scored in found:
            n = scored.n
            if _is_wanted(scored.probability, min_probability) and source in (None, scored.source):
                spoken = time.monotonic()
                yield ServerSentEvent(raw_data=scored.body, id=str(n))  # type: ignore[misc]
        if time.monotonic() - spoken > HEARTBEAT:
            if not _is_allowed(request, authorization):
                return
            spoken = time.monotonic()
            yield ServerSentEvent(comment="heartbeat", id=str(n))  # type: ignore[misc]
        if len(found) < AT_ONCE:
            await asyncio.sleep(PAUSE)


@router.get("/ticks", response_class=EventSourceResponse, include_in_schema=False)
async def ticks(
    request: Request, authorization: Annotated[str | None, Depends(_checked)]
) -> AsyncIterator[ServerSentEvent]:
    """Tell an open page when to look again, and the time: each second in which something happens."""
    state, feed = request.app.state, request.app.state.feeds.of(get_settings())
    seen, changed, spoken = None, time.monotonic(), float("-inf")
    while not state.stopping.is_set():
        version, now = await feed.version(), time.monotonic()
        if version != seen:
            seen, changed = version, now
        if now - changed < SETTLING:
            spoken = now
            yield ServerSentEvent(data=time.time(), retry=RETRY)
        elif now - spoken > HEARTBEAT:
            if not _is_allowed(request, authorization):
                return
            spoken = now
            yield ServerSentEvent(comment="heartbeat")
        await asyncio.sleep(TICK)


def _is_wanted(probability: float | None, least: float) -> bool:
    return not least or (probability is not None and probability >= least)


@router.get("/quarantine", include_in_schema=False, dependencies=[needs("ids.read")])
def quarantine(request: Request) -> Response:
    """Return what could not be used, as lines of JSON: the latest first."""
    settings = get_settings()
    lines = as_lines(settings)
    record("ids_downloaded", "Quarantine", settings=settings, kind="quarantine", format="ndjson")
    name = "quarantine.ndjson"
    return Response(
        lines,
        media_type="application/x-ndjson",
        headers=attachment(name),
    )


def check_secret_key(
    request: Request, authorization: str | None, permission: Permission = "results.read"
) -> None:
    """Let in whoever shows a secret key, or is allowed this by their role or API key."""
    if _is_allowed(request, authorization, permission):
        return
    secret = _secret(authorization)
    if secret is not None and not secret.startswith(PREFIX):
        raise unknown_secret()
    if identity().via != "nobody":
        require(permission)
    raise KeyRefusedError("There is no secret key.", remedy="Send it as `Authorization: Bearer sk_…`.")


def _is_allowed(request: Request, authorization: str | None, permission: Permission = "results.read") -> bool:
    secret = _secret(authorization)
    if secret is not None and not secret.startswith(PREFIX):
        return find_key(get_settings(), secret, "secret") is not None
    return may(permission)


def _secret(authorization: str | None) -> str | None:
    """Return the key that was sent, None where there is none."""
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None
