"""What stands in the inbox: events, or whole requests with events in them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Taken:
    """An event as it was taken: one record of its source's export, as a line of JSON.

    ``message`` tells two deliveries of one event from two events. ``links`` is JSON of pairs: an id, and the
    visitor it stands for. With a ``reason`` it can't be used, and goes to the quarantine.

    Or a request with all its ``events``, as it was sent: ``line`` is its body then, and ``request`` JSON of
    what else is needed to read them (``core.live.trackers.taking.events_of``).
    """

    source: str
    format: str
    message: bytes
    received_at: int
    line: str
    links: str | None = None
    reason: str | None = None
    request: str | None = None
    events: int = 1


COLUMNS = tuple(each.name for each in fields(Taken))
#: Returns the values of one, in that order.
values_of = attrgetter(*COLUMNS)
