"""Segment and RudderStack: ``/v1/batch`` with a batch, ``/v1/track`` or ``/v1/t`` with one event.

RudderStack's ``useBeacon`` sends to ``/beacon/v1/batch`` with the key in the query. Segment's pixels ask for
``/v1/pixel/track`` with the event in ``data``, RudderStack's for ``/pixel/v1/track`` with a parameter for
each of its fields, such as ``properties.products.0.price``.

As captured from ``segment-analytics-python``, ``@segment/analytics-next``, ``rudder-sdk-python`` and
``@rudderstack/analytics-js``: the key is the user name of Basic authorisation, or ``writeKey`` in the body;
``timestamp`` (RudderStack's browser SDK: ``originalTimestamp``) and ``sentAt`` are by the sender's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.live.trackers.base import NOBODY, Batch, Record, Request, by_our_clock, iso, moment, text
from core.live.trackers.texts import DEEPEST, opened_texts

#: Where RudderStack's pixels begin.
PIXEL = "/pixel/v1/"
#: What the last part of an address says of the event sent to it.
CALLS = {
    "t": "track", "p": "page", "i": "identify", "s": "screen", "g": "group", "a": "alias",
    **{name: name for name in ("track", "page", "identify", "screen", "group", "alias")},
}  # fmt: skip


class Segment:
    """The calls of Segment's specification."""

    format = "segment"

    def batch(self, payload: Any, request: Request) -> Batch:  # noqa: ANN401
        """Return the events of a request."""
        if payload is None and request.path.startswith(PIXEL):
            payload = _of_query(request.query)
        whole = payload if isinstance(payload, dict) else {}
        events = whole.get("batch") if "batch" in whole else [payload]
        shared = {"context": whole["context"]} if "batch" in whole and whole.get("context") else {}
        return Batch(
            events=events if isinstance(events, list) else [],
            key=text(whole.get("writeKey")) or text(request.query.get("writeKey")),
            sent=moment(whole.get("sentAt") or request.headers.get("sentat")),
            shared=shared,
        )

    def record(self, event: dict[str, Any], batch: Batch, request: Request) -> Record:
        """Return a call with its time by our clock."""
        made = {name: value for name, value in event.items() if name != "writeKey"}
        made.setdefault("type", CALLS.get(request.path.rsplit("/", 1)[-1]))
        own = event.get("context")
        made["context"] = {**batch.shared.get("context", {}), **(own if isinstance(own, dict) else {})}
        if not (
            text(event.get("anonymousId")) or text(event.get("userId")) or made["context"].get("sessionId")
        ):
            raise ValueError(NOBODY)
        made["receivedAt"] = request.received_text
        told = event.get("timestamp") or event.get("originalTimestamp")
        happened = moment(told)
        if happened is not None:
            sent = moment(event.get("sentAt")) or batch.sent
            made["timestamp"] = iso(by_our_clock(happened, sent, request.received))
        elif told is not None:
            made["timestamp"] = told  # what can't be read is refused with its reason
        return Record(content=made, message=text(event.get("messageId")), links=_links(event))


def _of_query(query: Mapping[str, str]) -> dict[str, Any]:
    """Return an event of which each field is a parameter, by its keys with points between them."""
    event: dict[str, Any] = {}
    for path, value in query.items():
        *outer, last = path.split(".", DEEPEST)
        place = event
        for key in outer:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[last] = value.strip('"') if path == "anonymousId" else value
    made: dict[str, Any] = opened_texts(_with_lists(event))
    return made


def _with_lists(value: Any) -> Any:  # noqa: ANN401
    """Return objects whose keys count their values as lists of them, in the order of their numbers."""
    if not isinstance(value, dict):
        return value
    made = {key: _with_lists(inner) for key, inner in value.items()}
    return [made[key] for key in sorted(made, key=int)] if made and all(map(str.isdecimal, made)) else made


def _links(event: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    previous, user = text(event.get("previousId")), text(event.get("userId"))
    return ((user, previous),) if previous and user and previous != user else ()
