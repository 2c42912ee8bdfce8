"""Which events make a visit, and whose it is: as ``core.ingest.settling`` has it for a whole export."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from core.ingest.cells.synonyms import NOBODY
from core.ingest.settling.robots import is_robot
from core.ingest.settling.survey import FEWEST_FAST, PER_SECOND
from core.live.clock import moment_at
from core.live.connection import Connection
from core.live.schema import MICROS
from core.live.told import AT, Event, moment_of

#: An id's length; databases keep ids in indexes, whose entries are short.
MOST_ID = 500
_NOBODY = frozenset(NOBODY)
robot = lru_cache(maxsize=10_000)(is_robot)


@dataclass(slots=True)
class Visit:
    """The events of one session.

    ``own`` says that its source named it, ``received_at`` is when the latest came.
    """

    source: str
    session_id: str
    own: bool
    events: list[Event] = field(default_factory=list)
    received_at: int = 0

    @property
    def moments(self) -> tuple[int, int]:
        """When it began and when its last event was, in microseconds since 1970."""
        times = [moment_of(event) for event in self.events]
        return min(times), max(times)

    @property
    def visitor_id(self) -> str | None:
        """The visitor of its first event."""
        first = min(self.events, key=moment_of)
        visitor = first[AT["visitor_id"]]
        return None if visitor is None else str(visitor)

    def people(self) -> list[Event]:
        """Return its events without those of robots: by name, or of a pace no person keeps."""
        kept = [e for e in self.events if e[AT["user_agent"]] is None or not robot(str(e[AT["user_agent"]]))]
        first, last = self.moments
        seconds = (last - first) / MICROS
        fast = len(kept) >= FEWEST_FAST and len(kept) >= PER_SECOND * (seconds + 1)
        return [] if fast else kept


def silent_since(gap_minutes: float, now: int) -> int:
    """Return since when something must have happened in a visit that goes on, in microseconds since 1970."""
    return now - round(gap_minutes * 60 * MICROS)


def visits_of(events: Iterable[tuple[str, int, Event]], gap_minutes: int) -> list[Visit]:
    """Return the visits of events ``(source, received_at, event)``.

    A source's own ids hold. Other events are a visitor's, cut where more than ``gap_minutes`` pass in silence
    and named by visitor and start, as in files.
    """
    made: dict[tuple[str, str], Visit] = {}
    unnamed: dict[tuple[str, str], list[tuple[int, Event]]] = {}
    for source, received_at, event in events:
        named = event[AT["session_id"]]
        if named is None:
            unnamed.setdefault((source, str(event[AT["visitor_id"]])), []).append((received_at, event))
            continue
        visit = made.setdefault((source, str(named)), Visit(source, str(named), own=True))
        _add(visit, received_at, event)
    for (source, visitor), theirs in unnamed.items():
        for visit in _cut(source, visitor, theirs, gap_minutes):
            made[source, visit.session_id] = visit
    return list(made.values())


def _cut(source: str, visitor: str, events: Sequence[tuple[int, Event]], gap_minutes: int) -> Iterable[Visit]:
    gap = gap_minutes * 60 * MICROS
    visit, last = None, 0
    for received_at, event in sorted(events, key=lambda pair: moment_of(pair[1])):
        at = moment_of(event)
        if visit is None or at > last + gap:
            if visit is not None:
                yield visit
            begun = moment_at(at)
            visit = Visit(source, f"{visitor}@{begun:%Y-%m-%dT%H:%M:%SZ}", own=False)
        _add(visit, received_at, event)
        last = at
    if visit is not None:
        yield visit


def _add(visit: Visit, received_at: int, event: Event) -> None:
    visit.events.append(event)
    visit.received_at = max(visit.received_at, received_at)


class People:
    """Which visitor an id stands for, by source: known ids, and those learned now."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], str] = {}
        self.new: dict[tuple[str, str], str] = {}

    def person(self, source: str, known: str) -> str:
        """Return the visitor an id stands for: itself, where nothing else is known."""
        key = (source, known)
        if key not in self._known:
            row = self._connection.execute(
                "SELECT person FROM people WHERE source = ? AND known = ?", key
            ).fetchone()
            self._known[key] = known if row is None else str(row[0])
        return self._known[key]

    def learn(self, source: str, known: str, person: str) -> None:
        """Learn that an id stands for a visitor. What was learned first holds; nobody is nobody's id."""
        if {known.lower(), person.lower()} & _NOBODY or max(len(known), len(person)) > MOST_ID:
            return
        person = self.person(source, person)
        if self.person(source, known) == known and person != known:
            self._known[source, known] = person
            self.new[source, known] = person

    def learn_links(self, source: str, links: str | None) -> None:
        """Learn the links that came with a record."""
        for known, person in json.loads(links) if links else ():
            self.learn(source, known, person)

    def learn_accounts(self, source: str, events: Iterable[Event]) -> None:
        """Learn whose accounts are whose, where the id of an account stands beside that of a browser."""
        for event in events:
            user, visitor = event[AT["user_id"]], event[AT["visitor_id"]]
            if user is not None and visitor is not None and user != visitor:
                self.learn(source, str(user), str(visitor))

    def renamed(self, source: str, event: Event) -> Event:
        """Return an event with the visitor its id stands for."""
        visitor = event[AT["visitor_id"]]
        person = visitor if visitor is None else self.person(source, str(visitor))
        return (
            event
            if person == visitor
            else (*event[: AT["visitor_id"]], person, *event[AT["visitor_id"] + 1 :])
        )
