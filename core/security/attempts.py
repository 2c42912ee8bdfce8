"""Slows down guessing: a few wrong passwords from one address, or for one account, and it has to wait.

Kept in a file, so that all workers count together and a restart forgets nothing.
"""

from __future__ import annotations

import sqlite3
import time
from hashlib import sha256

from core.base.settings import Settings
from core.security.records import Records

ALLOWED = 8
WINDOW_SECONDS = 10 * 60


class Attempts:
    """Counts wrong passwords by address, and by account, over a sliding window.

    ``client`` is an address, or what stands for an account (``account_of``), whether there is such a one or
    not: how long to wait says nothing of who there is.
    """

    def __init__(self, settings: Settings) -> None:
        self._records = Records(settings)

    def begin(self, client: str) -> int:
        """Count a try, and return 0; or count nothing and return the seconds to wait until the next.

        It counts before the password is looked at, so that many tries at once gain nothing.
        """
        now = time.time()
        with self._records.open() as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM failures WHERE at < ?", (now - WINDOW_SECONDS,))
            seconds = _seconds_left(database, client, now)
            if not seconds:
                database.execute("INSERT INTO failures VALUES (?, ?)", (client, now))
        return seconds

    def wait(self, client: str) -> int:
        """Return the seconds to wait until the next try, and count none."""
        with self._records.open() as database:
            return _seconds_left(database, client, time.time())

    def succeeded(self, client: str) -> None:
        """Forget the tries of an address that got it right."""
        with self._records.open() as database:
            database.execute("DELETE FROM failures WHERE client = ?", (client,))


def _seconds_left(database: sqlite3.Connection, client: str, now: float) -> int:
    # The try that has to leave the window before there is room for another.
    row = database.execute(
        "SELECT at FROM failures WHERE client = ? AND at >= ? ORDER BY at DESC LIMIT 1 OFFSET ?",
        (client, now - WINDOW_SECONDS, ALLOWED - 1),
    ).fetchone()
    return max(1, int(row[0] + WINDOW_SECONDS - now) + 1) if row else 0


def account_of(email: str) -> str:
    """Return what guesses for an account are counted by; no list of addresses for whoever reads the file."""
    return f"account {sha256(email.strip().casefold().encode()).hexdigest()}"
