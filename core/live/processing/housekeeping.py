"""Between batches: sessions end that nothing comes of any more, and what nobody can ask for is forgotten."""

from __future__ import annotations

import time

from core.base.settings import Settings
from core.live import early
from core.live.connection import Connection
from core.live.database import writing
from core.live.processing.events import DAY
from core.live.schema import MICROS
from core.live.scoring import OVER, score_visits
from core.live.session_table import insert_sessions
from core.live.stored import move_on, silent_sessions, stored_visit
from core.live.told import read_filled
from core.live.visits import silent_since

#: A message that comes again after a week is a new one; what is over can be asked for so long.
REMEMBERED, ANSWERED = 7 * DAY, DAY
#: Sessions closed at a time, which scores wait for.
CLOSED_AT_ONCE = 200
PULSE_SECONDS = 900
#: Of what can't be used, so much is kept.
MOST_REFUSED = 100_000


def close_idle(connection: Connection, settings: Settings, now: int | None = None) -> int:
    """End the sessions that have been silent for long enough; return how many.

    Their last score is that of a finished visit, and their events move on to the next dataset.
    """
    now = time.time_ns() // 1000 if now is None else now
    before = silent_since(settings.session_gap_minutes, now)
    found = silent_sessions(connection, before, CLOSED_AT_ONCE)
    visits = [visit for session in found if (visit := stored_visit(connection, session)).events]
    if found:
        filled = read_filled(connection, {session.source for session in found})
        scores = score_visits(visits, filled, settings, going_on=False)
        with writing(connection):
            move_on(connection, found)
            insert_sessions(connection, scores, state=OVER)
    return len(found)


def forget(connection: Connection, now: int | None = None) -> None:
    """Forget what nobody can ask for any more."""
    now = time.time_ns() // 1000 if now is None else now
    with writing(connection):
        early.forget(connection, now)
        connection.execute("DELETE FROM seen WHERE at < ?", [now - REMEMBERED])
        connection.execute("DELETE FROM orders WHERE received_at < ?", [now - REMEMBERED])
        connection.execute("DELETE FROM pulses WHERE second < ?", [now // MICROS - PULSE_SECONDS])
        connection.execute("DELETE FROM sessions WHERE state = ? AND received_at < ?", [OVER, now - ANSWERED])
        connection.execute(
            "DELETE FROM quarantine WHERE n <= (SELECT max(n) FROM quarantine) - ?", [MOST_REFUSED]
        )
