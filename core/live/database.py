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
from core.live.schema import INBOX, LATER_COLUMNS, LIVE, SCHEMAS

if TYPE_CHECKING:
    from core.live.postgres import PostgresConnection

#: Seconds a writer waits for another one.
PATIENCE = 10.0
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


def is_begun(settings: Settings) -> bool:
    """Whether there is anything live at all: a question makes no folder."""
    return bool(get_settings(settings).live_database) or live_folder(settings).exists()


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
        if f"{url}/{part}" not in _made:
            connection.refuse_transaction_pooling()
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
