"""Our own interface: canonical events as JSON, for whoever has no tracker, and for our own one."""

from __future__ import annotations

from typing import Any

from core.live.trackers.base import Batch, Record, Request, by_our_clock, iso, moment, text
from core.schema.events import EVENT_SCHEMA, EventType

FIELDS = frozenset(EVENT_SCHEMA.names) - {"date", "order", "utc_offset"}
#: The id a visitor had before.
PREVIOUS = "previous_id"
_TYPES = ", ".join(EventType)


class Plain:
    """Events by the names of ``core.schema.events``."""

    format = "live"

    def batch(self, payload: Any, request: Request) -> Batch:  # noqa: ANN401
        """Return the events of a request: ``{"events": [...]}``, a list, or one event."""
        whole = payload if isinstance(payload, dict) else {}
        events = whole.get("events", payload)
        events = events if isinstance(events, list) else [events]
        return Batch(
            events=events, key=text(whole.get("write_key")), sent=moment(whole.get("sent_at")), shared=whole
        )

    def record(self, event: dict[str, Any], batch: Batch, request: Request) -> Record:
        """Return an event; one of a name that isn't known, or of no visitor, can't be used."""
        if event.get("event_type") not in set(EventType):
            raise ValueError(f"“{event.get('event_type')}” isn't an event type. Use one of {_TYPES}.")
        if not any(text(event.get(name)) for name in ("visitor_id", "user_id", "session_id")):
            raise ValueError("It has no visitor_id, user_id or session_id.")
        told = event.get("timestamp")
        happened = request.received if told is None else moment(told)
        if happened is None:
            raise ValueError("The time can't be read. Write it as 2026-11-29T10:15:00Z.")
        made = {name: value for name, value in event.items() if name in FIELDS}
        made["timestamp"] = iso(by_our_clock(happened, batch.sent, request.received))
        made["user_agent"] = made.get("user_agent") or request.user_agent
        visitor, previous = (
            text(event.get("visitor_id")) or text(event.get("user_id")),
            text(event.get(PREVIOUS)),
        )
        links = ((visitor, previous),) if visitor and previous and visitor != previous else ()
        return Record(content=made, message=text(event.get("event_id")), links=links)
