"""One way to ask SQLite and PostgreSQL: SQL that both read, with ``?`` for values.

What differs is here alone. Write for both: ``ON CONFLICT`` and never ``INSERT OR``, ``NULLS LAST`` where
values may be missing, no column that is neither grouped nor counted, ``CAST(... AS DOUBLE PRECISION)``.
In either, one writes at a time (``core.live.database.writing``).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

#: Seconds between two tries to write while another does. SQLite itself soon waits for a tenth of one.
AGAIN = 0.0005
Row = tuple[Any, ...]


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Row | None:
        """Return the next row; None where there is none."""
        ...

    def fetchall(self) -> list[Row]:
        """Return all further rows."""
        ...

    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """A connection; each statement counts at once, but for those between ``begin`` and ``commit``."""

    @property
    def is_lost(self) -> bool:
        """Whether what was held by it is gone, and another is needed."""
        ...

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run a statement; UnavailableError where the database can't be reached."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run a statement for each row."""
        ...

    def stream(self, sql: str, values: Sequence[Any], size: int) -> Iterator[list[Row]]:
        """Yield the rows of a question, so many at a time."""
        ...

    def begin(self) -> None:
        """Begin a transaction, as the only one who writes."""
        ...

    def commit(self) -> None:
        """End it: what was done in it is on the disk."""
        ...

    def rollback(self) -> None:
        """End it as if nothing had been done."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class SQLiteConnection(sqlite3.Connection):
    """A connection to a file."""

    is_lost = False
    _patience: float | None = None

    def only_begins(self, patience: float) -> None:
        """Wait so many seconds to begin a transaction, and never else: for who does all within transactions.

        To say how long SQLite may wait itself, before and after each, would cost as much as a row.
        """
        self.execute("PRAGMA busy_timeout = 0")
        self._patience = patience

    def begin(self) -> None:
        """Begin a transaction, as the only one who writes."""
        if self._patience is not None:
            until = time.monotonic() + self._patience
            while not self._began(until):
                time.sleep(AGAIN)
            return
        (patience,) = self.execute("PRAGMA busy_timeout").fetchone()
        until = time.monotonic() + patience / 1000
        self.execute("PRAGMA busy_timeout = 0")
        try:
            while not self._began(until):
                time.sleep(AGAIN)
        finally:
            self.execute(f"PRAGMA busy_timeout = {patience}")

    def _began(self, until: float) -> bool:
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            return False
        return True

    def stream(self, sql: str, values: Sequence[Any], size: int) -> Iterator[list[Row]]:
        """Yield the rows of a question, so many at a time."""
        cursor = self.execute(sql, values)
        while rows := cursor.fetchmany(size):
            yield rows
