"""The files all of this is kept in: SQLite with a write-ahead log, in the data folder.

What a collector has confirmed is on the disk: every transaction is synced before it counts. Any number of
processes may write; they wait for each other. The inbox is a file of its own, so that who sends doesn't wait
for scores to be written.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.base.settings import Settings
from core.schema.events import EVENT_SCHEMA

#: Seconds a writer waits for another one.
PATIENCE = 10.0
_TYPES = {
    "string": "TEXT", "timestamp[us]": "INTEGER", "int64": "INTEGER", "double": "REAL", "bool": "INTEGER",
    "date32[day]": "TEXT",
}  # fmt: skip
#: A canonical event as columns; its time in microseconds since 1970.
EVENT_COLUMNS = tuple(EVENT_SCHEMA.names)
_EVENT = ", ".join(f'"{field.name}" {_TYPES[str(field.type)]}' for field in EVENT_SCHEMA)
#: Times are microseconds since 1970 (UTC). A ``source`` is the id of a write key. ``people`` says which
#: visitor an id stands for, ``seen`` which messages have been counted, ``filled`` what a source has told.
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
    row TEXT NOT NULL, prediction TEXT NOT NULL, model TEXT NOT NULL, scored_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, source)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_visitor ON sessions (visitor_id, source);
CREATE INDEX IF NOT EXISTS sessions_by_state ON sessions (state, received_at);
CREATE TABLE IF NOT EXISTS people (source TEXT NOT NULL, known TEXT NOT NULL, person TEXT NOT NULL,
    PRIMARY KEY (known, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (source TEXT NOT NULL, message BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (source, message)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_by_time ON seen (at);
CREATE TABLE IF NOT EXISTS filled (source TEXT PRIMARY KEY, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pulse (second INTEGER PRIMARY KEY, events INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
#: Numbers never come again: those up to the fact ``DONE`` are scored, whether or not they are still there.
INBOX_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (n INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
    format TEXT NOT NULL, message BLOB NOT NULL, received_at INTEGER NOT NULL, line TEXT NOT NULL, links TEXT,
    reason TEXT);
"""
SCHEMAS = {"live.sqlite": SCHEMA, "inbox.sqlite": INBOX_SCHEMA}
#: Facts: since when the demo shop is played, and the last number of the inbox that is scored.
DEMO, DONE = "demo_since", "inbox_done"
_local = threading.local()
_made: set[Path] = set()


def live_folder(settings: Settings) -> Path:
    """Return the folder of everything live."""
    return settings.data_dir / "live"


def connect(settings: Settings, name: str = "live.sqlite") -> sqlite3.Connection:
    """Return a new connection to one of the files; transactions are begun and ended by whoever uses it."""
    folder = live_folder(settings)
    path = folder / name
    if path not in _made:
        folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # In this mode FULL syncs the log at every commit: without it an answer could outlive its events.
    connection.execute("PRAGMA synchronous = FULL")
    if path not in _made:
        with writing(connection):
            for statement in SCHEMAS[name].split(";\n"):
                connection.execute(statement)
        _made.add(path)
    return connection


def connect_inbox(settings: Settings) -> sqlite3.Connection:
    """Return a new connection to the inbox."""
    return connect(settings, "inbox.sqlite")


def reader(settings: Settings, name: str = "live.sqlite") -> sqlite3.Connection:
    """Return this thread's connection, for questions and for small changes."""
    path = live_folder(settings) / name
    kept: dict[Path, sqlite3.Connection] = _local.__dict__.setdefault("connections", {})
    if path not in kept or not path.exists():
        _made.discard(path)
        kept[path] = connect(settings, name)
    return kept[path]


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Do everything within or nothing; on the disk when the block has ended."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def inbox_reader(settings: Settings) -> sqlite3.Connection:
    """Return this thread's connection to the inbox."""
    return reader(settings, "inbox.sqlite")


def fact(settings: Settings, name: str) -> str | None:
    """Return what was remembered under a name."""
    row = reader(settings).execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
    return None if row is None else str(row[0])


def remember(settings: Settings, name: str, value: str) -> None:
    """Remember something under a name."""
    with writing(reader(settings)) as connection:
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])
