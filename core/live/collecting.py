"""A request of a tracker: whose it is, which of its events can be used, and that they are kept."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from core.base.errors import KeyRefusedError, LiveError, TooLargeError, TooManyEventsError
from core.base.settings import Settings
from core.live.inbox import inbox_of
from core.live.keys import Key, find_key, settings_of_key
from core.live.trackers import MATOMO, PLAIN, POSTHOG, SEGMENT, Batch, Request, Tracker
from core.live.trackers.bodies import as_text, outline, parameters, read, unwrapped
from core.live.trackers.taking import take_event, take_whole

MOST_EVENTS = 20_000
#: A request of so many events is kept as it was sent, and looked into as it is scored.
MOST_WHOLE = 500
#: Whose batches say beside their events whose they are, and by what names.
OUTLINED, KEYS = (SEGMENT, POSTHOG), ("writeKey", "api_key", "token")
#: How posthog-js compressed until 2021, as its ``compression`` says: unpacked, it may grow without bounds.
LZ_STRING = "lz64"
#: Seconds of its rate a key may send at once.
BURST = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What became of a request's events: how many were taken, why others were not, and when it is sure.

    Of a tracker's, all count as taken: it hears of no single event, and they are looked into later.
    """

    accepted: int
    refused: tuple[tuple[int, str], ...]
    written: Future[None]


def collect(settings: Settings, tracker: Tracker, body: bytes, request: Request) -> Collected:
    """Take the events of a request; they are kept once ``written`` is done.

    Raises
    ------
    LiveError
        If the body can't be read at all.
    KeyRefusedError
        If there is no key in it that may send from where it comes.
    TooManyEventsError
        If the key has sent more than it may.
    """
    payload, text = _payload(tracker, body or _in_query(tracker, request), request)
    batch = tracker.batch(payload, request)
    settings, key = _key(settings, batch, request)
    if len(batch.events) > MOST_EVENTS:
        raise TooLargeError(
            f"The request has {len(batch.events):,} events.", remedy=f"Send {MOST_EVENTS:,} at most."
        )
    limit(key, len(batch.events))
    if text is not None and tracker is not PLAIN and 0 < len(batch.events) <= MOST_WHOLE:
        taken = [take_whole(tracker, text, len(batch.events), request, key.id)]
    else:
        taken = [take_event(tracker, event, batch, request, key.id) for event in batch.events]
    refused = tuple((place, each.reason) for place, each in enumerate(taken) if each.reason)
    return Collected(
        accepted=len(batch.events) - len(refused), refused=refused, written=inbox_of(settings).add(taken)
    )


def _in_query(tracker: Tracker, request: Request) -> bytes:
    """Return what images ask for that carry an event, as bodies do."""
    return request.query.get("data", "").encode() if tracker in (SEGMENT, POSTHOG) else b""


def _payload(tracker: Tracker, body: bytes, request: Request) -> tuple[object, str | None]:
    """Return what a body holds, and its JSON if that can be kept as it is."""
    if not body:
        return None, None
    if request.query.get("compression") == LZ_STRING or body.endswith(f"compression={LZ_STRING}".encode()):
        raise LiveError(
            "The body is compressed by lz-string.",
            remedy="Update posthog-js, or set disable_compression: true there.",
        )
    if tracker is MATOMO and not body.lstrip().startswith((b"{", b"[", b"\x1f\x8b")):
        return parameters(body.decode("utf-8", "replace")), None
    found = unwrapped(body)
    text = as_text(found)
    outlined = _outlined(tracker, found, request) if text is not None else None
    return outlined or read(found), text


def _outlined(tracker: Tracker, found: bytes, request: Request) -> dict[str, Any] | None:
    """Return a batch without what is in its events, where that will be read as it is scored; else None."""
    whole = outline(found) if tracker in OUTLINED else None
    if whole is None or "data" in whole or not 0 < len(whole["batch"]) <= MOST_WHOLE:
        return None
    # Some have their key in an event.
    return whole if _authorised(request) or any(whole.get(name) for name in KEYS) else None


def _key(settings: Settings, batch: Batch, request: Request) -> tuple[Settings, Key]:
    """Return the key a request shows, and the settings of the project it is of."""
    secret = _authorised(request) or batch.key or request.query.get("write_key")
    project = settings_of_key(settings, secret, "write")
    key = find_key(project, secret, "write") if project is not None else None
    if project is None or key is None:
        raise KeyRefusedError(
            "There is no write key of this name." if secret else "The request has no write key.",
            remedy="Make one on the Live page, or with `python -m core live-key`.",
        )
    origin = request.headers.get("origin")
    if not key.allows(origin):
        raise KeyRefusedError(
            f"Pages of {origin} may not send with this key.", remedy="Add the origin to the key's own."
        )
    return project, key


def _authorised(request: Request) -> str | None:
    """Return the key in the request's authorisation: Bearer, or the user's name of Basic."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest).decode().partition(":")[0]
        except (binascii.Error, ValueError):
            return None
    return None


# How much each key may still send: one bucket a key and process.
_buckets: dict[str, tuple[float, float]] = {}
_filling = threading.Lock()


def limit(key: Key, n: int) -> None:
    """Count what a key sends or asks; TooManyEventsError where that is more a second than it may."""
    with _filling:
        now = time.monotonic()
        most = BURST * key.rate
        left, at = _buckets.get(key.id, (most, now))
        left = min(left + (now - at) * key.rate, most)
        # A batch that is larger than what may ever be left goes out once that is full.
        if left < min(n, most):
            _buckets[key.id] = (left, now)
            raise TooManyEventsError(
                f"This key may send {key.rate:,} events a second.", remedy="Send again in a second."
            )
        _buckets[key.id] = (left - n, now)
