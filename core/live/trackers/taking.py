"""Events as they are kept: taken from a request at once, or from one that was kept whole.

Who sends through a tracker hears of no single event, so that looking into them can wait for the worker: what
a request costs hardly hangs on how many there are.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

from pydantic_core import to_json

from core.live.trackers import BY_FORMAT, Batch, Request, Tracker
from core.live.trackers.bodies import TOO_DEEP, read, written
from core.live.trackers.taken import Taken

#: One event, in bytes of JSON; of one that is larger so much is shown in the quarantine.
EVENT_BYTES, SHOWN_BYTES = 256 << 10, 2_000
NO_EVENT = "It is not a JSON object."
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def take_whole(tracker: Tracker, text: str, events: int, request: Request, source: str) -> Taken:
    """Return a request as it is kept: ``text`` is the JSON of its body, with so many ``events`` in it."""
    seen = to_json(request.seen).decode()
    return Taken(source, tracker.format, b"", _micros(request.received), text, request=seen, events=events)


def events_of(whole: Taken) -> list[Taken]:
    """Return the events of a request that was kept whole: the same ones, however often it is asked."""
    received = _EPOCH + timedelta(microseconds=whole.received_at)
    request = Request(received=received, **json.loads(whole.request or "{}"))
    tracker = BY_FORMAT[whole.format]
    batch = tracker.batch(read(whole.line), request)
    return [take_event(tracker, event, batch, request, whole.source) for event in batch.events]


def take_event(
    tracker: Tracker, event: object, batch: Batch, request: Request, source: str, delivery: str | None = None
) -> Taken:
    """Return an event as it is kept, with the reason if it can't be used.

    ``delivery`` tells it from others where its source gives it no id.
    """
    at = _micros(request.received)

    def refused(reason: str) -> Taken:
        return Taken(source, tracker.format, b"", at, _shown(event), reason=reason)

    if not isinstance(event, dict):
        return refused(NO_EVENT)
    try:
        record = tracker.record(event, batch, request)
        line = written(record.content)
    except ValueError as error:
        return refused(str(error))
    if len(line) > EVENT_BYTES:
        return refused(f"It is larger than {EVENT_BYTES:,} bytes.")
    known_by = record.message or delivery
    message = hashlib.blake2b(
        known_by.encode(errors="surrogatepass") if known_by else line, digest_size=12
    ).digest()
    links = json.dumps(record.links) if record.links else None
    return Taken(source, tracker.format, message, at, line.decode(), links)


def _shown(event: object) -> str:
    try:
        line = json.dumps(event)
    except RecursionError:
        return json.dumps(TOO_DEEP)
    return line[:SHOWN_BYTES] if len(line) > EVENT_BYTES else line


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
