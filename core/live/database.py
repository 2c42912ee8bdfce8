"""Where all of this is kept: SQLite with a write-ahead log, in the data folder, or PostgreSQL by URL.

What a collector has confirmed is on the disk: every transaction is synced before it counts. Any number of
processes may write; they wait for each other. The inbox is a part of its own, so that who sends doesn't wait
for scores to be written. SQL is written once, for both (``core.live.connection``).
"""

from __future__ import annotations

import fcntl
import itertools
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.settings import Settings, get_settings
from core.live.connection import Connection, SQLiteConnection
from core.schema.events import EVENT_SCHEMA

if TYPE_CHECKING:
    from core.live.postgres import PostgresConnection

#: Seconds a writer waits for another one.
PATIENCE = 10.0
_TYPES = {
    "string": "TEXT", "timestamp[us]": "INTEGER", "int64": "INTEGER", "double": "REAL", "bool": "BOOLEAN",
    "date32[day]": "TEXT",
}  # fmt: skip
#: A canonical event as columns; its time in microseconds since 1970.
EVENT_COLUMNS = tuple(EVENT_SCHEMA.names)
_EVENT = ", ".join(f'"{field.name}" {_TYPES[str(field.type)]}' for field in EVENT_SCHEMA)
#: Rules (``core.rules``). ``turns`` has when a rule last fired for a visitor, and so that it does once;
#: ``checks`` when it may fire without another event, ``rule_purchases`` what visitors bought after a firing.
RULES_SCHEMA = """
CREATE TABLE IF NOT EXISTS rules (id TEXT PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL,
    secret TEXT NOT NULL, is_on INTEGER NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS turns (rule TEXT NOT NULL, source TEXT NOT NULL, visitor TEXT NOT NULL,
    fired_at INTEGER NOT NULL, held_out INTEGER NOT NULL, firing TEXT NOT NULL,
    PRIMARY KEY (rule, source, visitor));
CREATE INDEX IF NOT EXISTS turns_of_visitor ON turns (source, visitor);
CREATE TABLE IF NOT EXISTS firings (id TEXT PRIMARY KEY, rule TEXT NOT NULL, source TEXT NOT NULL,
    visitor TEXT NOT NULL, session_id TEXT NOT NULL, fired_at INTEGER NOT NULL, held_out INTEGER NOT NULL,
    share REAL NOT NULL, probability REAL, told TEXT NOT NULL, status TEXT NOT NULL,
    attempts INTEGER NOT NULL, since INTEGER NOT NULL, next_at INTEGER NOT NULL, ended_at INTEGER,
    problem TEXT);
CREATE INDEX IF NOT EXISTS firings_to_send ON firings (status, next_at);
CREATE INDEX IF NOT EXISTS firings_of_rule ON firings (rule, fired_at);
CREATE INDEX IF NOT EXISTS firings_of_visitor ON firings (source, visitor);
CREATE TABLE IF NOT EXISTS checks (rule TEXT NOT NULL, source TEXT NOT NULL, session_id TEXT NOT NULL,
    due_at INTEGER NOT NULL, told TEXT NOT NULL, PRIMARY KEY (source, session_id, rule));
CREATE INDEX IF NOT EXISTS checks_by_time ON checks (due_at);
CREATE TABLE IF NOT EXISTS rule_purchases (firing TEXT NOT NULL, session_id TEXT NOT NULL,
    bought_at INTEGER NOT NULL, revenue REAL, PRIMARY KEY (firing, session_id));
"""
#: Times are microseconds since 1970 (UTC). A ``source`` is the id of a write key. ``people`` says which
#: visitor an id stands for, ``seen`` which messages have been counted, ``filled`` what a source has told.
#: ``scored_n`` counts scores: no two have the same, and a later one has a higher one.
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE, hint TEXT NOT NULL, origins TEXT NOT NULL, rate INTEGER NOT NULL,
    synthetic INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, revoked_at INTEGER);
CREATE TABLE IF NOT EXISTS quarantine (n INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
    format TEXT NOT NULL, received_at INTEGER NOT NULL, reason TEXT NOT NULL, line TEXT NOT NULL,
    sent INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (n INTEGER PRIMARY KEY, source TEXT NOT NULL, received_at INTEGER NOT NULL,
    {_EVENT});
CREATE INDEX IF NOT EXISTS events_of_visitor ON events (source, visitor_id);
CREATE INDEX IF NOT EXISTS events_of_session ON events (source, session_id) WHERE session_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS over (n INTEGER PRIMARY KEY, source TEXT NOT NULL, batch TEXT, {_EVENT});
CREATE INDEX IF NOT EXISTS over_by_batch ON over (source, batch);
CREATE TABLE IF NOT EXISTS sessions (source TEXT NOT NULL, session_id TEXT NOT NULL, visitor_id TEXT,
    own INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    n_events INTEGER NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL, probability REAL, value REAL,
    row TEXT NOT NULL, prediction JSON NOT NULL, model TEXT NOT NULL, scored_at INTEGER NOT NULL,
    scored_n INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (session_id, source)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_visitor ON sessions (visitor_id, source);
CREATE INDEX IF NOT EXISTS sessions_by_state ON sessions (state, received_at);
CREATE INDEX IF NOT EXISTS sessions_by_score ON sessions (scored_n);
CREATE TABLE IF NOT EXISTS early (source TEXT NOT NULL, session_id TEXT NOT NULL, k INTEGER NOT NULL,
    model TEXT NOT NULL, probability REAL NOT NULL, has_cart INTEGER NOT NULL, visitor_id TEXT,
    scored_at INTEGER NOT NULL, n_events INTEGER, purchased INTEGER,
    PRIMARY KEY (session_id, source, k)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS early_by_time ON early (scored_at);
CREATE TABLE IF NOT EXISTS people (source TEXT NOT NULL, known TEXT NOT NULL, person TEXT NOT NULL,
    PRIMARY KEY (known, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (source TEXT NOT NULL, message BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (source, message)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_by_time ON seen (at);
CREATE TABLE IF NOT EXISTS filled (source TEXT PRIMARY KEY, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pulses (second INTEGER NOT NULL, source TEXT NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (second, source)) WITHOUT ROWID;
DROP TABLE IF EXISTS pulse;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
{RULES_SCHEMA}"""
#: Numbers never come again: those up to the fact ``DONE`` are scored, whether or not they are still there.
#: A row is an event, or with a ``request`` all ``events`` of one; how many wait is counted in the index.
INBOX_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (n INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
    format TEXT NOT NULL, message BLOB NOT NULL, received_at INTEGER NOT NULL, line TEXT NOT NULL, links TEXT,
    reason TEXT, request TEXT, events INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS inbox_counted ON inbox (n, events);
"""
SCHEMAS = {"live.sqlite": SCHEMA, "inbox.sqlite": INBOX_SCHEMA}
LIVE, INBOX = SCHEMAS
#: What earlier versions didn't have, by part: table, column and its type.
LATER_COLUMNS = {
    LIVE: (("sessions", "scored_n", "INTEGER NOT NULL DEFAULT 0"),),
    INBOX: (("inbox", "request", "TEXT"), ("inbox", "events", "INTEGER NOT NULL DEFAULT 1")),
}
#: Facts: since when the demo shop is played, the last number of the inbox that is scored, and of a score.
DEMO, DONE, SCORED = "demo_since", "inbox_done", "scored_n"
#: Connections to PostgreSQL that the threads of a process share, for each part.
SHARED = 4
_local = threading.local()
_made: set[str] = set()
_shared: dict[tuple[str, int], PostgresConnection] = {}
_threads, _sharing = itertools.count(), threading.Lock()


def live_folder(settings: Settings) -> Path:
    """Return the folder of everything live."""
    return get_settings(settings).data_dir / "live"


def address(settings: Settings, part: str = LIVE) -> str:
    """Return what tells one live state from another."""
    settings = get_settings(settings)
    # Of each request, more than once: joining paths would cost as much as reading its events.
    return f"{settings.live_database or f'{settings.data_dir}/live'}/{part}"


def connect(settings: Settings, part: str = LIVE) -> Connection:
    """Return a new connection to one of the two parts."""
    settings = get_settings(settings)
    if settings.live_database:
        return _connect_postgres(settings.live_database, part)
    folder = live_folder(settings)
    if address(settings, part) not in _made:
        folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        folder / part,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        factory=SQLiteConnection,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    # In this mode FULL syncs the log at every commit: without it an answer could outlive its events.
    connection.execute("PRAGMA synchronous = FULL")
    _make(connection, address(settings, part), [*_later(connection, part), *SCHEMAS[part].split(";\n")])
    return connection


def _later(connection: Connection, part: str) -> list[str]:
    """Return the statements that give a file of an earlier version the columns it doesn't have."""
    columns = {
        table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        for table, _, _ in LATER_COLUMNS[part]
    }
    return [
        f"ALTER TABLE {table} ADD COLUMN {name} {kind}"
        for table, name, kind in LATER_COLUMNS[part]
        if columns[table] and name not in columns[table]
    ]


def _connect_postgres(url: str, part: str, *, fixed: bool = False) -> PostgresConnection:
    # Here: it takes a tenth of a second, which a server on SQLite does without.
    from core.live.postgres import PostgresConnection, tables_of

    connection = PostgresConnection(url, part, fixed=fixed)
    later = [
        f"ALTER TABLE IF EXISTS {table} ADD COLUMN IF NOT EXISTS {name} {kind}"
        for table, name, kind in LATER_COLUMNS[part]
    ]
    try:
        _make(connection, f"{url}/{part}", tables_of(";\n".join([*later, SCHEMAS[part].lstrip()]), url))
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: Connection, where: str, statements: list[str]) -> None:
    """Make the tables that aren't there, once a process."""
    if where not in _made:
        with writing(connection):
            for statement in filter(str.strip, statements):
                connection.execute(statement)
        _made.add(where)


def connect_inbox(settings: Settings) -> Connection:
    """Return a new connection to the inbox."""
    return connect(settings, INBOX)


def reader(settings: Settings, part: str = LIVE) -> Connection:
    """Return this thread's connection, for questions and for small changes."""
    where = address(settings, part)
    if settings.live_database:
        # A server has few connections to give, a web process many threads: they share.
        place = _local.__dict__.setdefault("place", next(_threads) % SHARED)
        with _sharing:
            if (where, place) not in _shared:
                _shared[where, place] = _connect_postgres(settings.live_database, part)
            return _shared[where, place]
    kept: dict[str, Connection] = _local.__dict__.setdefault("connections", {})
    if where not in kept or not os.path.exists(where):  # noqa: PTH110 - asked all the time
        _made.discard(where)
        kept[where] = connect(settings, part)
    return kept[where]


@contextmanager
def writing(connection: Connection) -> Iterator[Connection]:
    """Do everything within or nothing, as the only one who writes; on the disk when the block has ended."""
    connection.begin()
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def inbox_reader(settings: Settings) -> Connection:
    """Return this thread's connection to the inbox."""
    return reader(settings, INBOX)


@contextmanager
def only_worker(settings: Settings) -> Iterator[Connection | None]:
    """Give a connection that one process has of all, on any machine; None while another has it."""
    if settings.live_database:
        from core.live.postgres import WORKER, lock_id

        # The lock ends with the connection, so that whoever lost it can't commit either.
        fixed = _connect_postgres(settings.live_database, LIVE, fixed=True)
        try:
            number = lock_id(settings.live_database, WORKER)
            (is_ours,) = fixed.execute(f"SELECT pg_try_advisory_lock({number})").fetchone() or (False,)
            yield fixed if is_ours else None
        finally:
            fixed.close()
        return
    folder = live_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "worker.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        connection = connect(settings)
        try:
            yield connection
        finally:
            connection.close()


def last_given(connection: Connection, settings: Settings) -> int | None:
    """Return the last number an inbox gave; None of one that has given none, or counts anew."""
    if settings.live_database:
        # Its numbers and what is done are in one database: neither is ever there without the other.
        row = connection.execute("SELECT last_value FROM inbox_n_seq WHERE is_called").fetchone()
    else:
        row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'").fetchone()
    return None if row is None else int(row[0])


def fact(settings: Settings, name: str) -> str | None:
    """Return what was remembered under a name."""
    row = reader(settings).execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
    return None if row is None else str(row[0])


def remember(settings: Settings, name: str, value: str) -> None:
    """Remember something under a name."""
    with writing(reader(settings)) as connection:
        keep_fact(connection, name, value)


def keep_fact(connection: Connection, name: str, value: str) -> None:
    """Remember something within a transaction."""
    connection.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name, value],
    )
