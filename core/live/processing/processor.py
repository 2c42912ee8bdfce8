"""From the inbox to scores, a batch at a time: canonical events, the visits they belong to, predictions.

One process does it (``runner``). What a batch changes is written in one transaction, together with its
number in the inbox: killed at any moment, a batch was done or is done again.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

import duckdb

from core.base.errors import CoreError
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.live.connection import Connection
from core.live.database import DONE, connect, connect_inbox, keep_fact, last_given, writing
from core.live.follower import Follower
from core.live.hiding import LEFT_OUT, hidden, hidden_links
from core.live.inbox import Record, read_next
from core.live.phases import FIND, READ, SCORE, WRITE, Phases
from core.live.processing.events import filled_by, first_deliveries, read_events, whole_visits
from core.live.processing.housekeeping import close_idle, forget
from core.live.processing.orders import Orders
from core.live.records.reader import RecordReader
from core.live.schema import MICROS
from core.live.scoring import RUNNING, score_visits
from core.live.session_table import rename, replace_sessions
from core.live.stored import Arrived, keep_events
from core.live.told import Filled, write_filled
from core.live.trackers.taken import Taken
from core.live.visits import People

log = logging.getLogger(__name__)

#: Records taken from the inbox at a time: twice as many would cost a tenth less each, and 30 MB.
BATCH = 2_000
#: What fails for a reason that isn't in the events: it is tried again as it is.
_ELSEWHERE = (CoreError, OSError, MemoryError, sqlite3.OperationalError, duckdb.IOException,
              duckdb.OutOfMemoryException)  # fmt: skip
#: Where the line stands in a row of the quarantine.
_LINE = 4


class Processor:
    """Works off the inbox of a data folder; only one may be at work at a time."""

    def __init__(
        self, settings: Settings, connection: Connection | None = None, follower: Follower | None = None
    ) -> None:
        self._settings = settings
        self._follower = follower
        self._connection = connection or connect(settings)
        self._inbox = connect_inbox(settings)
        if not settings.live_database:
            # What is deleted there is known to be done: it may come back with the power, and is skipped then.
            self._inbox.execute("PRAGMA synchronous = NORMAL")
        self._reader = RecordReader()
        self.phases = Phases()

    @property
    def settings(self) -> Settings:
        """The settings as they hold now, with what the page of settings says."""
        return shop_settings(self._settings)

    def close(self) -> None:
        """Give the databases back."""
        self._connection.close()
        self._inbox.close()
        self._reader.close()

    def work_off(self) -> int:
        """Score what came in until nothing is left; return how many records that were."""
        done = 0
        while n := self.run_once():
            done += n
        return done

    def run_once(self) -> int:
        """Score the next batch; return how many records it had.

        An event nobody foresaw must not hold up the others: a batch that fails is done again in halves, and
        what fails alone goes to the quarantine.
        """
        with self.phases.of(READ):
            records = read_next(self._inbox, self._last_done(), BATCH)
        if records:
            self._score_apart(records, done=records[-1].n)
        return len(records)

    def _score_apart(self, records: Sequence[Record], *, done: int) -> None:
        """Score records, in halves if need be; up to ``done`` nothing of the inbox is left then."""
        try:
            self._score(records, done)
        except _ELSEWHERE:
            raise
        except Exception as error:
            if len(records) == 1:
                log.exception("a live event could not be processed")
                self._score(records, done, {records[0].place: f"It could not be processed: {error}"})
                return
            half = len(records) // 2
            # A row with events in both is done with the second half; those of the first are known by then.
            self._score_apart(records[:half], done=records[half].n - 1)
            self._score_apart(records[half:], done=done)

    def _score(self, records: Sequence[Record], done: int, failed: Mapping[int, str] | None = None) -> None:
        with self.phases.of(READ):
            usable = [record for record in records if record.taken.reason is None]
            fresh = first_deliveries(self._connection, usable)
            readable = [record for record in fresh if record.place not in (failed or ())]
            arrived, refused = read_events(self._reader, readable, self.settings)
        refused |= failed or {}
        unusable = [_quarantined(r.taken, r.taken.reason, sent=True) for r in records if r.taken.reason]
        unusable += [_quarantined(r.taken, refused[r.place], sent=False) for r in fresh if r.place in refused]
        links = [(r.taken.source, r.taken.links) for r in fresh]
        if self.settings.pseudonymise:
            arrived = [(source, at, hidden(event, self._settings)) for source, at, event in arrived]
            links = [(source, hidden_links(each, self._settings)) for source, each in links]
            unusable = [(*row[:_LINE], LEFT_OUT, *row[_LINE + 1 :]) for row in unusable]
        with self.phases.of(FIND):
            people = People(self._connection)
            for source, each in links:
                people.learn_links(source, each)
            for source, _, event in arrived:
                people.learn_accounts(source, [event])
            arrived = [(source, at, people.renamed(source, event)) for source, at, event in arrived]
            gap = self.settings.session_gap_minutes
            orders = Orders(self._connection, gap)
            arrived = orders.first(arrived)
            filled = self._filled(fresh, arrived)
            visits = whole_visits(self._connection, arrived, people, gap)
        with self.phases.of(SCORE):
            scores = score_visits(visits, filled, self.settings, going_on=True)
        with self.phases.of(WRITE), writing(self._connection) as connection:
            rename(connection, people)
            keep_events(connection, arrived)
            orders.keep(connection)
            replace_sessions(connection, scores, state=RUNNING)
            if self._follower is not None:
                self._follower.scored(connection, scores, people)
            write_filled(connection, filled)
            connection.executemany(
                "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(r.taken.source, r.taken.message, r.taken.received_at) for r in fresh],
            )
            connection.executemany(
                "INSERT INTO quarantine (source, format, received_at, reason, line, sent) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                unusable,
            )
            keep_fact(connection, DONE, str(done))
            _beat(connection, records)
        with self.phases.of(WRITE), writing(self._inbox) as inbox:
            inbox.execute("DELETE FROM inbox WHERE n <= ?", [done])

    def _filled(self, records: Sequence[Record], arrived: Sequence[Arrived]) -> dict[str, Filled]:
        """Return what the sources of records have told."""
        return filled_by(self._connection, records, arrived)

    def close_idle(self, now: int | None = None) -> int:
        """End the sessions that have been silent for long enough; return how many."""
        return close_idle(self._connection, self.settings, now)

    def forget(self, now: int | None = None) -> None:
        """Forget what nobody can ask for any more."""
        forget(self._connection, now)

    def _last_done(self) -> int:
        """Return the last number that is scored; none of an inbox that was made anew since."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", [DONE]).fetchone()
        done, given = int(row[0]) if row else 0, last_given(self._inbox, self._settings)
        return done if given is not None and given >= done else 0


def _quarantined(taken: Taken, reason: str, *, sent: bool) -> tuple[object, ...]:
    """Return a row of the quarantine; ``sent`` says that the line is what was sent, and no record of it."""
    return taken.source, taken.format, taken.received_at, reason, taken.line, int(sent)


def _beat(connection: Connection, records: Sequence[Record]) -> None:
    """Count what came in, by second of its arrival and by source."""
    counts = Counter((record.taken.received_at // MICROS, record.taken.source) for record in records)
    connection.executemany(
        "INSERT INTO pulses VALUES (?, ?, ?) ON CONFLICT (second, source) "
        "DO UPDATE SET events = pulses.events + excluded.events",
        [(*where, n) for where, n in counts.items()],
    )
