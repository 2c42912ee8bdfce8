"""What sign-in remembers between requests: one small SQLite file that all workers share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.base.settings import Settings

FILE_NAME = "sign-in.sqlite"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS failures (client TEXT NOT NULL, at REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS ended (session TEXT PRIMARY KEY, at REAL NOT NULL)",
)


class Records:
    """Opens the file, for one transaction at a time."""

    def __init__(self, settings: Settings) -> None:
        self._path: Path = settings.data_dir / FILE_NAME
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self.open() as database:
            # Whoever looks up a session waits for nobody who writes.
            database.execute("PRAGMA journal_mode=WAL")
            for table in _TABLES:
                database.execute(table)

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection; what was done is kept where no error came."""
        database = sqlite3.connect(self._path, timeout=10)
        try:
            with database:
                yield database
        finally:
            database.close()
