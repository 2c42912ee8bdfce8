"""Records of the inbox as canonical events, and the visits those belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from core.base.settings import Settings
from core.ingest.settling.moments import FUTURE
from core.live.connection import Connection
from core.live.inbox import Record
from core.live.records.reader import RecordReader
from core.live.schema import MICROS
from core.live.stored import Arrived, stored_events
from core.live.told import AT, Filled, moment_of, read_filled
from core.live.visits import MOST_ID, People, Visit, visits_of

DAY = 86_400 * MICROS
#: Clocks and time zones differ by a day at most.
MOST_AHEAD = 2 * DAY
TOO_LONG = f"An id has more than {MOST_ID} characters."
_IDS = tuple(AT[name] for name in ("session_id", "visitor_id", "user_id"))


def first_deliveries(connection: Connection, records: Sequence[Record]) -> list[Record]:
    """Return records that have not been counted before."""
    fresh: dict[tuple[str, bytes], Record] = {}
    for record in records:
        key = (record.taken.source, record.taken.message)
        seen = "SELECT 1 FROM seen WHERE source = ? AND message = ?"
        if key not in fresh and connection.execute(seen, key).fetchone() is None:
            fresh[key] = record
    return list(fresh.values())


def read_events(
    reader: RecordReader, records: Sequence[Record], settings: Settings
) -> tuple[list[Arrived], dict[int, str]]:
    """Return records as canonical events in the order they came, and why others are none, by their place."""
    by_format: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_format[record.taken.format].append(record)
    arrived: list[tuple[int, Arrived]] = []
    refused: dict[int, str] = {}
    for key, theirs in by_format.items():
        of = {record.place: record.taken for record in theirs}
        read = reader.read(key, [(r.place, r.taken.line) for r in theirs], settings)
        refused |= read.refused
        for place, event in zip(read.numbers, read.events, strict=True):
            taken = of[place]
            if moment_of(event) > taken.received_at + MOST_AHEAD:
                refused[place] = FUTURE
            elif max([len(str(event[at])) for at in _IDS]) > MOST_ID:
                refused[place] = TOO_LONG
            else:
                arrived.append((place, (taken.source, taken.received_at, event)))
    # One format was read after another.
    arrived.sort(key=lambda each: each[0])
    return [each for _, each in arrived], refused


def filled_by(
    connection: Connection, records: Sequence[Record], arrived: Sequence[Arrived]
) -> dict[str, Filled]:
    """Return what the sources of records have told, with what they tell now."""
    formats = {(record.taken.source, record.taken.format) for record in records}
    filled = read_filled(connection, {source for source, _ in formats})
    for source, key in formats:
        if events := [event for theirs, _, event in arrived if theirs == source]:
            filled[source].add(key, events)
    return filled


def whole_visits(
    connection: Connection, arrived: Sequence[Arrived], people: People, gap_minutes: int
) -> list[Visit]:
    """Return the visits that events belong to, whole: with what was there before, in the order they came."""
    stored: list[tuple[int, Arrived]] = []
    sessions = {(s, str(e[AT["session_id"]])) for s, _, e in arrived if e[AT["session_id"]] is not None}
    visitors = {(s, str(e[AT["visitor_id"]])) for s, _, e in arrived if e[AT["session_id"]] is None}
    visitors |= set(people.new) | {(source, person) for (source, _), person in people.new.items()}
    for key in sorted(sessions):
        stored += stored_events(connection, "source = ? AND session_id = ?", key)
    for key in sorted(visitors):
        unnamed = "source = ? AND visitor_id = ? AND session_id IS NULL"
        stored += [
            (n, (source, at, people.renamed(source, event)))
            for n, (source, at, event) in stored_events(connection, unnamed, key)
        ]
    # Two ids of one person come together here.
    stored.sort(key=lambda each: each[0])
    return visits_of([*(each for _, each in stored), *arrived], gap_minutes)
