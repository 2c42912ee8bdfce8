"""PostHog: ``/batch/`` of its server SDKs, ``/e/`` and ``/i/v0/e/`` of ``posthog-js``.

As captured: ``api_key`` (in the body, or ``token`` among an event's properties), ``timestamp`` and
``sent_at`` by the sender's clock (or in the query, as ``_`` too), ``uuid`` the same for every delivery. Older
ones have ``offset`` in place of a time: the milliseconds that an event waited to be sent. Sent again, however
late, it stays what it was at first: ``uuid`` (of version 7) says then when the event happened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.live.trackers.base import NOBODY, Batch, Record, Request, by_our_clock, iso, moment, text

#: Whom ``posthog-js`` names without cookies: everybody. PostHog itself tells them apart by addresses.
COOKIELESS = "$posthog_cookieless"
#: Of the ids that begin with their time: their version, and how many bits follow its milliseconds.
_TIMED, _AFTER_TIME = 7, 80


class PostHog:
    """PostHog's capture API."""

    format = "posthog"

    def batch(self, payload: Any, request: Request) -> Batch:  # noqa: ANN401
        """Return the events of a request."""
        whole = payload if isinstance(payload, dict) else {}
        events = payload
        for name in ("batch", "data"):
            events = whole.get(name, events)
        events = events if isinstance(events, list) else [events]
        first = events[0] if events and isinstance(events[0], dict) else {}
        properties = first.get("properties")
        inside = properties if isinstance(properties, dict) else {}
        found = (
            whole.get("api_key"), whole.get("token"), inside.get("token"), first.get("api_key"),
            request.query.get("token"),
        )  # fmt: skip
        told = (
            whole.get("sent_at"),
            first.get("sent_at"),
            request.query.get("sent_at"),
            request.query.get("_"),
        )
        sent = next((sent for each in told if (sent := moment(each))), None)
        return Batch(events=events, key=next((text(key) for key in found if key), None), sent=sent)

    def record(self, event: dict[str, Any], batch: Batch, request: Request) -> Record:
        """Return an event with its visitor at the top and its time by our clock."""
        properties = event.get("properties")
        properties = dict(properties) if isinstance(properties, dict) else {}
        visitor = text(event.get("distinct_id")) or text(properties.get("distinct_id"))
        if visitor == COOKIELESS or not (visitor or properties.get("$session_id")):
            raise ValueError(NOBODY)
        told = event.get("timestamp")
        happened = _waited(event, batch.sent, request) if told is None else moment(told)
        properties.pop("token", None)
        made = {
            "uuid": event.get("uuid"),
            "event": event.get("event"),
            "distinct_id": visitor,
            "timestamp": told
            if happened is None
            else iso(by_our_clock(happened, batch.sent if told else None, request.received)),
            "properties": properties,
        }
        return Record(
            content=made, message=text(event.get("uuid")), links=_links(made["event"], visitor, properties)
        )


def _waited(event: dict[str, Any], sent: datetime | None, request: Request) -> datetime:
    """Return when an event without a time happened: so long before it came as it waited."""
    offset = event.get("offset")
    if isinstance(offset, bool) or not isinstance(offset, int | float):
        return request.received
    try:
        waited = timedelta(milliseconds=abs(offset))
        if sent is not None and "retry_count" in request.query and (made := _made_at(event.get("uuid"))):
            waited = max(waited, sent - made)
        return request.received - waited
    except (OverflowError, ValueError):
        return request.received


def _made_at(uuid: object) -> datetime | None:
    """Return when an id was made, by its maker's clock; None of one that doesn't say."""
    try:
        made = UUID(str(uuid))
    except ValueError:
        return None
    return moment(made.int >> _AFTER_TIME) if made.version == _TIMED else None


def _links(name: object, visitor: str | None, properties: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return which id stands for which visitor: the anonymous one was there first."""
    before, after = None, None
    if name == "$identify":
        before, after = text(properties.get("$anon_distinct_id")), visitor
    elif name == "$create_alias":
        before, after = visitor, text(properties.get("alias"))
    return ((after, before),) if before and after and before != after else ()
