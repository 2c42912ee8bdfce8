"""Where events wait until they are scored: on the disk before anybody hears that they were taken.

Requests that come together are written together: one sync of the disk for all of them.
"""

from __future__ import annotations

import logging
import queue
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import accumulate, takewhile

from core.base.errors import UnavailableError
from core.base.settings import Settings
from core.live.connection import Connection, SQLiteConnection
from core.live.database import PATIENCE, address, connect_inbox, live_folder, writing
from core.live.trackers.taken import COLUMNS, Taken, values_of
from core.live.trackers.taking import SHOWN_BYTES, events_of

log = logging.getLogger(__name__)

#: Requests written in one transaction at most.
TOGETHER = 500
#: Seconds between looks at how much room the disk has.
LOOK = 1.0
_NAMES = ", ".join(COLUMNS)
_INSERT = f"INSERT INTO inbox ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"


class Inbox:
    """Writes what was taken, from a thread of its own; one a process (``inbox_of``)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: queue.SimpleQueue[tuple[Sequence[Taken], Future[None]]] = queue.SimpleQueue()
        self._looked, self._is_full = 0.0, False
        threading.Thread(target=self._run, name="live-inbox", daemon=True).start()

    def add(self, taken: Sequence[Taken]) -> Future[None]:
        """Return a future that is done once the events are on the disk.

        It fails with UnavailableError where they are not: none of them, then.
        """
        future: Future[None] = Future()
        # Whoever waits may give up; that can't be undone what is written, and must stop no other.
        future.set_running_or_notify_cancel()
        self._waiting.put((taken, future))
        return future

    def _run(self) -> None:
        connection: Connection | None = None
        while True:
            together = [self._waiting.get()]
            while len(together) < TOGETHER and not self._waiting.empty():
                together.append(self._waiting.get())
            try:
                self._check_room()
                connection = connection or self._connected()
                with writing(connection):
                    write(connection, [taken for part, _ in together for taken in part])
            except Exception as error:  # noqa: BLE001 - whoever waits hears of it
                if connection is not None:
                    connection.close()
                connection = None
                log.warning("events could not be kept: %s", error)
                for _, future in together:
                    future.set_exception(_no_room(error))
            else:
                for _, future in together:
                    future.set_result(None)

    def _connected(self) -> Connection:
        connection = connect_inbox(self._settings)
        if isinstance(connection, SQLiteConnection):
            connection.only_begins(PATIENCE)
        return connection

    def _check_room(self) -> None:
        if self._settings.live_database:
            return  # its server says so itself
        if time.monotonic() - self._looked > LOOK:
            folder = live_folder(self._settings)
            folder.mkdir(parents=True, exist_ok=True)
            self._is_full = shutil.disk_usage(folder).free < self._settings.min_free_bytes
            self._looked = time.monotonic()
        if self._is_full:
            raise UnavailableError("The disk is full.")


def write(connection: Connection, taken: Sequence[Taken]) -> None:
    """Write what was taken into the inbox, within a transaction."""
    connection.executemany(_INSERT, map(values_of, taken))


def _no_room(error: Exception) -> UnavailableError:
    return UnavailableError(
        "The events could not be kept, and were not taken.",
        where="live events",
        remedy=f"Free space where they are kept, or start their database; senders try again. ({error})",
    )


_inboxes: dict[str, Inbox] = {}
_opening = threading.Lock()


def inbox_of(settings: Settings) -> Inbox:
    """Return this process's inbox of a data folder."""
    key = address(settings)
    with _opening:
        if key not in _inboxes:
            _inboxes[key] = Inbox(settings)
        return _inboxes[key]


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
