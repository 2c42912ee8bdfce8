"""From the inbox to scores, a batch at a time: canonical events, the visits they belong to, predictions.

One process does it (``runner``). What a batch changes is written in one transaction, together with its
number in the inbox: killed at any moment, a batch was done or is done again.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import duckdb

from core.base.errors import CoreError
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.ingest.settling.moments import FUTURE
from core.live import early
from core.live.canonical import RecordReader
from core.live.connection import Connection
from core.live.database import DONE, EVENT_COLUMNS, connect, connect_inbox, keep_fact, last_given, writing
from core.live.follower import Follower
from core.live.hiding import LEFT_OUT, hidden, hidden_links
from core.live.inbox import Record, read_next
from core.live.scoring import OVER, RUNNING, score_visits
from core.live.session_table import insert_sessions, rename, replace_sessions
from core.live.told import AT, Event, Filled, read_filled, write_filled
from core.live.trackers.taken import Taken
from core.live.visits import MOST_ID, People, Visit, visits_of

log = logging.getLogger(__name__)

#: Records taken from the inbox at a time.
BATCH = 4_000
MICROS = 1_000_000
DAY = 86_400 * MICROS
#: Clocks and time zones differ by a day at most; a message that comes again after a week is a new one.
MOST_AHEAD, REMEMBERED = 2 * DAY, 7 * DAY
#: Sessions closed at a time, and how long what is over can be asked for.
CLOSED_AT_ONCE, ANSWERED = 1_000, DAY
PULSE_SECONDS = 900
#: Of what can't be used, so much is kept.
MOST_REFUSED = 100_000
TOO_LONG = f"An id has more than {MOST_ID} characters."
#: What fails for a reason that isn't in the events: it is tried again as it is.
_ELSEWHERE = (CoreError, OSError, MemoryError, sqlite3.OperationalError, duckdb.IOException,
              duckdb.OutOfMemoryException)  # fmt: skip
Arrived = tuple[str, int, Event]
_IDS = ("session_id", "visitor_id", "user_id")
_NAMES = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
_MARKS = ", ".join("?" * len(EVENT_COLUMNS))
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
        fresh = self._first_deliveries([record for record in records if record.taken.reason is None])
        arrived, refused = self._read([record for record in fresh if record.place not in (failed or ())])
        refused |= failed or {}
        unusable = [_quarantined(r.taken, r.taken.reason, sent=True) for r in records if r.taken.reason]
        unusable += [_quarantined(r.taken, refused[r.place], sent=False) for r in fresh if r.place in refused]
        links = [(r.taken.source, r.taken.links) for r in fresh]
        if self.settings.pseudonymise:
            arrived = [(source, at, hidden(event, self._settings)) for source, at, event in arrived]
            links = [(source, hidden_links(each, self._settings)) for source, each in links]
            unusable = [(*row[:_LINE], LEFT_OUT, *row[_LINE + 1 :]) for row in unusable]
        people = People(self._connection)
        for source, each in links:
            people.learn_links(source, each)
        for source, _, event in arrived:
            people.learn_accounts(source, [event])
        arrived = [(source, at, people.renamed(source, event)) for source, at, event in arrived]
        filled = self._filled(fresh, arrived)
        visits = self._visits(arrived, people)
        scores = score_visits(visits, filled, self.settings, going_on=True)
        with writing(self._connection) as connection:
            rename(connection, people)
            connection.executemany(
                f"INSERT INTO events (source, received_at, {_NAMES}) VALUES (?, ?, {_MARKS})",
                [(source, at, *event) for source, at, event in arrived],
            )
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
        with writing(self._inbox) as inbox:
            inbox.execute("DELETE FROM inbox WHERE n <= ?", [done])

    def close_idle(self, now: int | None = None) -> int:
        """End the sessions that have been silent for long enough; return how many.

        Their last score is that of a finished visit, and their events move on to the next dataset.
        """
        now = time.time_ns() // 1000 if now is None else now
        silent = now - self.settings.session_gap_minutes * 60 * MICROS
        found = self._connection.execute(
            "SELECT source, session_id, own, visitor_id, first_at, last_at FROM sessions WHERE state <> ? "
            "AND received_at < ? AND last_at < ? ORDER BY state, received_at LIMIT ?",
            [OVER, silent, silent, CLOSED_AT_ONCE],
        ).fetchall()
        visits = [visit for row in found if (visit := self._stored_visit(*row)).events]
        if found:
            filled = read_filled(self._connection, {row[0] for row in found})
            scores = score_visits(visits, filled, self.settings, going_on=False)
            with writing(self._connection) as connection:
                for source, session_id, own, visitor, first, last in found:
                    where, values = _whose(source, session_id, own, visitor, first, last)
                    connection.execute(
                        f"INSERT INTO over (source, {_NAMES}) SELECT source, {_NAMES} FROM events "
                        f"WHERE {where} ORDER BY n",
                        values,
                    )
                    connection.execute(f"DELETE FROM events WHERE {where}", values)
                connection.executemany(
                    "DELETE FROM sessions WHERE source = ? AND session_id = ?", [row[:2] for row in found]
                )
                insert_sessions(connection, scores, state=OVER)
        return len(found)

    def forget(self, now: int | None = None) -> None:
        """Forget what nobody can ask for any more."""
        now = time.time_ns() // 1000 if now is None else now
        with writing(self._connection) as connection:
            early.forget(connection, now)
            connection.execute("DELETE FROM seen WHERE at < ?", [now - REMEMBERED])
            connection.execute("DELETE FROM pulses WHERE second < ?", [now // MICROS - PULSE_SECONDS])
            connection.execute(
                "DELETE FROM sessions WHERE state = ? AND received_at < ?", [OVER, now - ANSWERED]
            )
            connection.execute(
                "DELETE FROM quarantine WHERE n <= (SELECT max(n) FROM quarantine) - ?", [MOST_REFUSED]
            )

    def _last_done(self) -> int:
        """Return the last number that is scored; none of an inbox that was made anew since."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", [DONE]).fetchone()
        done, given = int(row[0]) if row else 0, last_given(self._inbox, self._settings)
        return done if given is not None and given >= done else 0

    def _first_deliveries(self, records: Sequence[Record]) -> list[Record]:
        """Return records that have not been counted before."""
        fresh: dict[tuple[str, bytes], Record] = {}
        for record in records:
            key = (record.taken.source, record.taken.message)
            seen = "SELECT 1 FROM seen WHERE source = ? AND message = ?"
            if key not in fresh and self._connection.execute(seen, key).fetchone() is None:
                fresh[key] = record
        return list(fresh.values())

    def _read(self, records: Sequence[Record]) -> tuple[list[Arrived], dict[int, str]]:
        """Return records as canonical events, and why others are none, by their place."""
        by_format: defaultdict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_format[record.taken.format].append(record)
        arrived: list[Arrived] = []
        refused: dict[int, str] = {}
        for key, theirs in by_format.items():
            of = {record.place: record.taken for record in theirs}
            read = self._reader.read(key, [(r.place, r.taken.line) for r in theirs], self.settings)
            refused |= read.refused
            for place, event in zip(read.numbers, read.events, strict=True):
                taken = of[place]
                if int(str(event[AT["timestamp"]])) > taken.received_at + MOST_AHEAD:
                    refused[place] = FUTURE
                elif any(len(str(event[AT[name]])) > MOST_ID for name in _IDS):
                    refused[place] = TOO_LONG
                else:
                    arrived.append((taken.source, taken.received_at, event))
        return arrived, refused

    def _filled(self, records: Sequence[Record], arrived: Sequence[Arrived]) -> dict[str, Filled]:
        formats = {(record.taken.source, record.taken.format) for record in records}
        filled = read_filled(self._connection, {source for source, _ in formats})
        for source, key in formats:
            if events := [event for theirs, _, event in arrived if theirs == source]:
                filled[source].add(key, events)
        return filled

    def _visits(self, arrived: Sequence[Arrived], people: People) -> list[Visit]:
        """Return the visits that events belong to, whole: with what was there before."""
        every = list(arrived)
        sessions = {(s, str(e[AT["session_id"]])) for s, _, e in arrived if e[AT["session_id"]] is not None}
        visitors = {(s, str(e[AT["visitor_id"]])) for s, _, e in arrived if e[AT["session_id"]] is None}
        visitors |= set(people.new) | {(source, person) for (source, _), person in people.new.items()}
        for key in sessions:
            every += self._stored("source = ? AND session_id = ?", key)
        for key in visitors:
            stored = self._stored("source = ? AND visitor_id = ? AND session_id IS NULL", key)
            every += [(source, at, people.renamed(source, event)) for source, at, event in stored]
        return visits_of(every, self.settings.session_gap_minutes)

    def _stored(self, where: str, values: Sequence[object]) -> list[Arrived]:
        rows = self._connection.execute(
            f"SELECT source, received_at, {_NAMES} FROM events WHERE {where} ORDER BY n", values
        )
        return [(str(row[0]), int(row[1]), row[2:]) for row in rows]

    def _stored_visit(
        self, source: str, session_id: str, own: int, visitor: str | None, first: int, last: int
    ) -> Visit:
        where, values = _whose(source, session_id, own, visitor, first, last)
        visit = Visit(source, session_id, own=bool(own))
        for _, received_at, event in self._stored(where, values):
            visit.events.append(event)
            visit.received_at = max(visit.received_at, received_at)
        return visit


def _whose(
    source: str, session_id: str, own: int, visitor: str | None, first: int, last: int
) -> tuple[str, list[object]]:
    """Return SQL of which events are those of a session."""
    if own:
        return "source = ? AND session_id = ?", [source, session_id]
    between = 'AND session_id IS NULL AND "timestamp" BETWEEN ? AND ?'
    return f"source = ? AND visitor_id = ? {between}", [source, visitor, first, last]


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
