"""What waits in the inbox, as events in the order they came in."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from core.live.connection import Connection
from core.live.database import writing
from core.live.inbox.events import SHOWN_BYTES, events_of
from core.live.inbox.taken import COLUMNS, Taken
from core.live.inbox.writer import write

log = logging.getLogger(__name__)

_NAMES = ", ".join(COLUMNS)


@dataclass(frozen=True, slots=True)
class Record:
    """An event that waits: ``n`` is its row, ``place`` tells it from others that are read with it."""

    n: int
    place: int
    taken: Taken


def read_next(inbox: Connection, after: int, most: int) -> list[Record]:
    """Return the events of the rows after one: as many whole rows as have ``most`` events, one at least."""
    rows = inbox.execute(
        "SELECT n, events FROM inbox WHERE n > ? ORDER BY n LIMIT ?", [after, most]
    ).fetchall()
    if not rows:
        return []
    fitting = list(takewhile(lambda total: total <= most, accumulate(events for _, events in rows)))
    last = rows[max(0, len(fitting) - 1)][0]
    found = inbox.execute(
        f"SELECT n, {_NAMES} FROM inbox WHERE n > ? AND n <= ? ORDER BY n", [after, last]
    ).fetchall()
    events = ((n, event) for n, *values in found for event in _events(Taken(*values)))
    return [Record(n, place, event) for place, (n, event) in enumerate(events)]


def take_apart(inbox: Connection) -> None:
    """Give every event that waits a row of its own, so that one can be deleted without the others."""
    with writing(inbox):
        rows = inbox.execute(f"SELECT n, {_NAMES} FROM inbox WHERE request IS NOT NULL ORDER BY n").fetchall()
        write(inbox, [event for _, *values in rows for event in _events(Taken(*values))])
        inbox.executemany("DELETE FROM inbox WHERE n = ?", [row[:1] for row in rows])


def _events(taken: Taken) -> Sequence[Taken]:
    if taken.request is None:
        return (taken,)
    try:
        return events_of(taken)
    except Exception as error:
        # What the collector could read; whatever it is, it must not hold up the others.
        log.exception("a request could not be looked into")
        reason = f"It could not be processed: {error}"
        return (
            Taken(
                taken.source, taken.format, b"", taken.received_at, taken.line[:SHOWN_BYTES], reason=reason
            ),
        )
