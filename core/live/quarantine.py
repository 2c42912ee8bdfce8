"""What could not be used, with the reason, and playing it back once the reason is gone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from core.base.settings import Settings
from core.live.clock import moment_at
from core.live.database import inbox_reader, reader, writing
from core.live.inbox import write
from core.live.trackers import BY_FORMAT, Batch, Request
from core.live.trackers.taken import Taken
from core.live.trackers.taking import take_event

SHOWN, DOWNLOADED = 20, 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why events could not be used, how many of them, when last, and one of them."""

    reason: str
    format: str
    events: int
    last_at: int
    example: str


def reasons(settings: Settings) -> tuple[Reason, ...]:
    """Return the reasons there are, the most frequent first."""
    query = (
        "SELECT q.reason, q.format, events, last_at, q.line FROM (SELECT count(*) AS events, "
        "max(received_at) AS last_at, max(n) AS latest FROM quarantine GROUP BY reason, format) AS counted "
        "JOIN quarantine AS q ON q.n = latest ORDER BY events DESC, q.reason LIMIT ?"
    )
    return tuple(
        Reason(reason=reason, format=form, events=n, last_at=at, example=line)
        for reason, form, n, at, line in reader(settings).execute(query, [SHOWN])
    )


def as_lines(settings: Settings) -> str:
    """Return what is in it as lines of JSON, the latest first."""
    query = "SELECT source, format, received_at, reason, line FROM quarantine ORDER BY n DESC LIMIT ?"
    rows = reader(settings).execute(query, [DOWNLOADED])
    return "".join(
        json.dumps(
            {"source": source, "format": form, "received_at": at, "reason": reason, "event": _event(line)}
        )
        + "\n"
        for source, form, at, reason, line in rows
    )


def play_back(settings: Settings) -> int:
    """Take everything in it again, as after a fix; return how much that was.

    What still can't be used comes back.
    """
    query = "SELECT n, source, format, received_at, line, sent FROM quarantine ORDER BY n"
    rows = reader(settings).execute(query).fetchall()
    # First into the inbox: interrupted in between, they are in both, and count once all the same.
    with writing(inbox_reader(settings)) as connection:
        write(connection, [_again(*row) for _, *row in rows])
    with writing(reader(settings)) as connection:
        connection.executemany("DELETE FROM quarantine WHERE n = ?", [row[:1] for row in rows])
    return len(rows)


def _again(source: str, form: str, received_at: int, line: str, sent: int) -> Taken:
    """Return an event as if it came in now, at the time it did: as its tracker sent it, or as a record."""
    if not sent:
        message = hashlib.blake2b(line.encode(), digest_size=12).digest()
        return Taken(source, form, message, received_at, line)
    received = moment_at(received_at)
    request = Request(path="", query={}, headers={}, received=received)
    return take_event(BY_FORMAT[form], _event(line), Batch(events=[]), request, source)


def empty(settings: Settings) -> None:
    """Throw away what is in it."""
    with writing(reader(settings)) as connection:
        connection.execute("DELETE FROM quarantine")


def _event(line: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(line)
    except ValueError:
        return line
