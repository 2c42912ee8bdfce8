"""Events as they are stored: kept, read again with their visit, and moved on once that is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.live.connection import Connection
from core.live.schema import EVENT_COLUMNS
from core.live.scoring import ROBOT, RUNNING
from core.live.told import Event
from core.live.visits import Visit

#: The id of a write key, when an event came, and the event.
Arrived = tuple[str, int, Event]
_NAMES = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
_MARKS = ", ".join("?" * len(EVENT_COLUMNS))


class Silent(NamedTuple):
    """A session in which nothing happens any more, as it stands among the scores."""

    source: str
    session_id: str
    own: int
    visitor_id: str | None
    first_at: int
    last_at: int

    def where(self) -> tuple[str, list[object]]:
        """Return SQL of which events are its own."""
        if self.own:
            return "source = ? AND session_id = ?", [self.source, self.session_id]
        between = 'AND session_id IS NULL AND "timestamp" BETWEEN ? AND ?'
        values: list[object] = [self.source, self.visitor_id, self.first_at, self.last_at]
        return f"source = ? AND visitor_id = ? {between}", values


def keep_events(connection: Connection, arrived: Iterable[Arrived]) -> None:
    """Write events, within a transaction."""
    connection.executemany(
        f"INSERT INTO events (source, received_at, {_NAMES}) VALUES (?, ?, {_MARKS})",
        [(source, at, *event) for source, at, event in arrived],
    )


def stored_events(connection: Connection, where: str, values: Sequence[object]) -> list[tuple[int, Arrived]]:
    """Return events in the order they came, each with its number; ``where`` is SQL of which."""
    rows = connection.execute(
        f"SELECT n, source, received_at, {_NAMES} FROM events WHERE {where} ORDER BY n", values
    )
    return [(int(row[0]), (str(row[1]), int(row[2]), row[3:])) for row in rows]


def stored_visit(connection: Connection, session: Silent) -> Visit:
    """Return a session with all its events."""
    visit = Visit(session.source, session.session_id, own=bool(session.own))
    for _, (_, received_at, event) in stored_events(connection, *session.where()):
        visit.events.append(event)
        visit.received_at = max(visit.received_at, received_at)
    return visit


def silent_sessions(connection: Connection, before: int, most: int) -> list[Silent]:
    """Return sessions of which nothing has come since, the longest silent first, so many at most."""
    rows = connection.execute(
        # The states they may have, by name: asked for what they haven't, SQLite looks at every session.
        "SELECT source, session_id, own, visitor_id, first_at, last_at FROM sessions WHERE state IN (?, ?) "
        "AND received_at < ? AND last_at < ? ORDER BY state, received_at LIMIT ?",
        [ROBOT, RUNNING, before, before, most],
    )
    return [Silent(*row) for row in rows]


def move_on(connection: Connection, sessions: Sequence[Silent]) -> None:
    """Move the events of sessions to those that are over, within a transaction; their scores go."""
    for session in sessions:
        where, values = session.where()
        connection.execute(
            f"INSERT INTO over (source, {_NAMES}) SELECT source, {_NAMES} FROM events "
            f"WHERE {where} ORDER BY n",
            values,
        )
        connection.execute(f"DELETE FROM events WHERE {where}", values)
    connection.executemany(
        "DELETE FROM sessions WHERE source = ? AND session_id = ?",
        [(session.source, session.session_id) for session in sessions],
    )
