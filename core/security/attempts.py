"""Slows down guessing: a few wrong passwords from one address, and it has to wait.

Kept in a small SQLite file, so that all workers count together and a restart forgets nothing.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.base.settings import Settings

FILE_NAME = "sign-in.sqlite"
ALLOWED = 8
WINDOW_SECONDS = 10 * 60


class Attempts:
    """Counts wrong passwords by address over a sliding window."""

    def __init__(self, settings: Settings) -> None:
        self._path: Path = settings.data_dir / FILE_NAME
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as database:
            database.execute("CREATE TABLE IF NOT EXISTS failures (client TEXT NOT NULL, at REAL NOT NULL)")

    def begin(self, client: str) -> int:
        """Count a try, and return 0; or count nothing and return the seconds to wait until the next.

        It counts before the password is looked at, so that many tries at once gain nothing.
        """
        now = time.time()
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM failures WHERE at < ?", (now - WINDOW_SECONDS,))
            # The try that has to leave the window before there is room for another.
            row = database.execute(
                "SELECT at FROM failures WHERE client = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
                (client, ALLOWED - 1),
            ).fetchone()
            if row:
                return max(1, int(row[0] + WINDOW_SECONDS - now) + 1)
            database.execute("INSERT INTO failures VALUES (?, ?)", (client, now))
        return 0

    def succeeded(self, client: str) -> None:
        """Forget the tries of an address that got it right."""
        with self._open() as database:
            database.execute("DELETE FROM failures WHERE client = ?", (client,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=10)
        try:
            with database:
                yield database
        finally:
            database.close()
