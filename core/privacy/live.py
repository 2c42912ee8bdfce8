"""A person in the live state: events and scores, what waits, what rules did; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.base.normal_ids import normal_id
from core.base.settings import Settings
from core.base.sql import identifier
from core.live.connection import Connection
from core.live.database import inbox_reader, reader, writing
from core.live.inbox import take_apart
from core.live.schema import EVENT_COLUMNS, INBOX, LIVE
from core.privacy.person import Person
from core.privacy.rows import Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table that may name people: in columns of ids, or within texts; ``key`` tells its rows apart.

    ``told`` are the columns that are handed out besides. ``age`` is the column of its time in microseconds.
    """

    name: str
    key: tuple[str, ...]
    ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    age: str = ""


_EVENT = tuple(name for name in EVENT_COLUMNS if name not in ("session_id", "visitor_id", "user_id", "page"))
_WHO = ("session_id", "visitor_id", "user_id")
_TABLES: dict[str, tuple[_Table, ...]] = {
    LIVE: (
        _Table(name="events", key=("n",), ids=_WHO, texts=("page",), told=_EVENT, age="received_at"),
        _Table(name="over", key=("n",), ids=_WHO, texts=("page",), told=_EVENT, age="timestamp"),
        _Table(
            name="sessions",
            key=("session_id", "source"),
            ids=("session_id", "visitor_id"),
            told=("first_at", "last_at", "n_events", "step", "state", "row", "prediction"),
            age="last_at",
        ),
        _Table(
            name="early",
            key=("session_id", "source", "k"),
            ids=("session_id", "visitor_id"),
            told=("probability", "purchased"),
            age="scored_at",
        ),
        _Table(name="people", key=("known", "source"), ids=("known", "person")),
        _Table(name="turns", key=("rule", "source", "visitor"), ids=("visitor",), age="fired_at"),
        _Table(name="rule_purchases", key=("firing", "session_id"), ids=("session_id",), age="bought_at"),
        _Table(
            name="firings",
            key=("id",),
            ids=("visitor", "session_id"),
            texts=("told", "problem"),
            told=("rule", "fired_at", "status", "held_out"),
            age="fired_at",
        ),
        _Table(name="checks", key=("source", "session_id", "rule"), ids=("session_id",), texts=("told",)),
        _Table(name="quarantine", key=("n",), texts=("line", "reason"), age="received_at"),
    ),
    INBOX: (_Table(name="inbox", key=("n",), texts=("line", "links"), age="received_at"),),
}


def known_live(settings: Settings, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Return a person's rows of the live state, by table."""
    ids = _with_sessions(settings, person)
    found: dict[str, list[dict[str, Any]]] = {}
    for connection, table in _tables(settings):
        if rows := list(_matching(connection, table, ids)):
            found[table.name] = rows
    return found


def remove_live(settings: Settings, person: Person) -> dict[str, int]:
    """Delete a person from the live state; return how many rows of each table."""
    ids, removed = _with_sessions(settings, person), {}
    for connection, table in _tables(settings):
        where = " AND ".join(f"{name} = ?" for name in table.key)
        with writing(connection):
            keys = [[row[name] for name in table.key] for row in _matching(connection, table, ids)]
            connection.executemany(f"DELETE FROM {table.name} WHERE {where}", keys)
        removed[f"live {table.name}"] = len(keys)
    return removed


def remove_live_before(settings: Settings, moment: datetime) -> int:
    """Delete what is over of the live state from before a moment; return how many rows."""
    micros, n = int(moment.timestamp() * 1_000_000), 0
    for connection, table in _tables(settings):
        # What waits to be added to an export goes there first, and what waits to be scored is scored.
        if table.age and table.name not in ("over", "inbox"):
            with writing(connection):
                n += connection.execute(
                    f"DELETE FROM {table.name} WHERE {identifier(table.age)} < ?", [micros]
                ).rowcount
    return n


def _tables(settings: Settings) -> Iterator[tuple[Connection, _Table]]:
    take_apart(inbox_reader(settings))  # what waits of others stays as it is
    for part, connection in ((LIVE, reader(settings)), (INBOX, inbox_reader(settings))):
        for table in _TABLES[part]:
            yield connection, table


def _with_sessions(settings: Settings, person: Person) -> Ids:
    """Return a person's ids, and those of their live sessions, in lower case."""
    ids, connection = Ids(people=set(person.people)), reader(settings)
    for table in ("events", "over", "sessions"):
        account = "visitor_id" if table == "sessions" else "user_id"
        for session_id, *others in connection.execute(
            f"SELECT DISTINCT session_id, visitor_id, {account} FROM {table}"
        ):
            if session_id is not None and not ids.people.isdisjoint(_plain(one) for one in others):
                ids.sessions.add(_plain(session_id))
    return ids


def _plain(value: object) -> str:
    return "" if value is None else normal_id(str(value))


def _matching(connection: Connection, table: _Table, ids: Ids) -> Iterator[dict[str, Any]]:
    """Yield the rows that name a person."""
    columns = tuple(dict.fromkeys((*table.key, *table.ids, *table.texts, *table.told)))
    names = ", ".join(map(identifier, columns))
    wanted = ids.people | ids.sessions
    found = connection.execute(f"SELECT {names} FROM {table.name}").fetchall()
    for values in found:
        row = dict(zip(columns, values, strict=True))
        if any(_plain(row[name]) in wanted for name in table.ids) or any(
            _names(row[name], wanted, ids.pattern) for name in table.texts
        ):
            yield row


def _names(text: object, wanted: set[str], pattern: str) -> bool:
    """Tell whether one of the ids stands in a text: as a value of its JSON, or between other signs."""
    if text is None:
        return False
    try:
        values = list(_values(json.loads(str(text))))
    except ValueError:
        values = [str(text)]
    return any(
        _plain(value) in wanted or (pattern != "" and re.search(pattern, _plain(value)) is not None)
        for value in values
    )


def _values(value: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _values(part)
    else:
        yield value
