"""One look: what has arrived, which schedules are due, and which runs follow. It may be done by many at once.

Whatever is written is told apart by the database: a version of a file is known once, and a schedule has one
run at a time and one for each moment it was due.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.base.errors import CoreError
from core.jobs.outages import is_outage
from core.schedules.definition import Definition, read_definition
from core.schedules.slots import latest_due, whole_days
from core.schedules.watching import Found, watch
from core.storage import Arrival, ArrivalState, Run, Schedule, Store

log = logging.getLogger(__name__)

#: Looks, one after the other, in which a file has to be the same.
SAME_LOOKS = 2
#: How long that takes at least, of the time between two looks.
APART = 0.5
#: How long a file that has come is waited for until it is whole, once its run is due.
JUST_COME = timedelta(minutes=30)
#: What a version of a query's day is called.
QUERY = "query"
#: Files one run takes in at most; the rest comes with the next one.
MOST_AT_ONCE = 100


def zone_of(store: Store) -> ZoneInfo:
    """Return the shop's time zone."""
    return ZoneInfo(store.settings.time_zone or "UTC")


def look(store: Store, now: datetime | None = None) -> list[Run]:
    """Look at every schedule that is on; return the runs that were made of it."""
    made = []
    for schedule in store.schedules(only_on=True):
        try:
            run = look_at(schedule, store, now or datetime.now(UTC))
        except Exception as error:
            if is_outage(error):
                raise
            # One that can't be looked at keeps no other one waiting.
            log.exception("schedule %s could not be looked at", schedule.id)
            continue
        if run is not None:
            made.append(run)
    return made


def look_at(schedule: Schedule, store: Store, now: datetime) -> Run | None:
    """Look at one schedule; return the run that was made of it, if any was."""
    definition = read_definition(schedule.definition)
    if definition.kind == "files":
        _note(schedule, definition, store, now)
    settled = answered(schedule, store)
    if settled:
        return store.add_run(schedule.id, slot=now, kind="continued", arrival_ids=settled)
    due = None
    if definition.when == "daily":
        due = latest_due(definition, schedule.ran_until, now, zone_of(store))
    if definition.kind == "query":
        days = query_days(schedule, store, due) if due else []
        return store.add_run(schedule.id, slot=due, kind="due", arrival_ids=days) if due else None
    whole = whole_arrivals(schedule, store, now)
    if due is None:
        early = whole if definition.when == "arrival" else _late(schedule, whole, store)
        ids = [one.id for one in early][:MOST_AT_ONCE]
        return store.add_run(schedule.id, slot=now, kind="arrival", arrival_ids=ids) if ids else None
    if not whole and (now < due + timedelta(hours=definition.wait_hours) or _comes(schedule, store, now)):
        # It waits for its file.
        return None
    ids = [one.id for one in whole][:MOST_AT_ONCE]
    return store.add_run(schedule.id, slot=due, kind="due", arrival_ids=ids)


def _note(schedule: Schedule, definition: Definition, store: Store, now: datetime) -> None:
    """Write down what is there now, or why that can't be told."""
    problem = None
    try:
        note_files(schedule, definition, store, now)
    except CoreError as error:
        log.warning("schedule %s: %s", schedule.id, error)
        problem = error.to_dict()
    if problem != schedule.problem:
        store.change_schedule(schedule.id, problem=problem)


def note_files(
    schedule: Schedule, definition: Definition, store: Store, now: datetime, *, left_out: bool = False
) -> None:
    """Write down what is in the watched folder now, and how often it looked the same.

    ``left_out`` says that what is there was there before the schedule, and isn't wanted.
    """
    found = watch(definition, store.settings)
    known = store.arrivals(schedule.id)
    versions = {(one.key, one.stamp): one for one in known}
    seen = {one.key: one for one in known if one.state == "seen"}
    for one in found:
        told: dict[str, Any] = {
            "stamp": one.stamp, "name": one.name, "turn": one.turn, "paths": list(one.paths),
            "size_bytes": one.size_bytes,
        }  # fmt: skip
        before = seen.pop(one.key, None)
        if before is not None:
            same = before.stamp == one.stamp
            if not (same and before.looks):
                told["seen_at"] = now
            looks = _looks(one, before.looks if same else 0, definition)
            store.change_arrival(before.id, states=("seen",), looks=looks, **told)
        elif (one.key, one.stamp) not in versions:
            state: ArrivalState = "left_out" if left_out else "seen"
            looks = _looks(one, 0, definition)
            store.add_arrival(schedule.id, state=state, key=one.key, looks=looks, seen_at=now, **told)
    for gone in seen.values():
        # It was taken away before it was whole; if it comes back, it is looked at anew.
        if gone.looks:
            store.change_arrival(gone.id, states=("seen",), looks=0)


def _looks(found: Found, before: int, definition: Definition) -> int:
    if definition.complete == "marker":
        return SAME_LOOKS if found.marked else 0
    return min(before + 1, SAME_LOOKS)


def whole_arrivals(schedule: Schedule, store: Store, now: datetime) -> list[Arrival]:
    """Return what has come and is whole, in its turn."""
    # Looks that have piled up follow each other at once, and see the same half of a file.
    apart = timedelta(seconds=store.settings.look_seconds * APART)
    seen = store.arrivals(schedule.id, states=("seen",))
    whole = [one for one in seen if one.looks >= SAME_LOOKS and one.size_bytes]
    is_marked = read_definition(schedule.definition).complete == "marker"
    return [one for one in whole if is_marked or now - one.seen_at >= apart]


def _late(schedule: Schedule, whole: Sequence[Arrival], store: Store) -> list[Arrival]:
    """Return what doesn't wait for the next day: what was missed when it was due, and corrected exports."""
    if not whole:
        return []
    due = next((run for run in store.runs(schedule.id) if run.kind == "due"), None)
    if due is not None and due.state == "missed":
        return list(whole)
    taken = {one.key for one in store.arrivals(schedule.id) if one.state not in ("seen", "left_out")}
    return [one for one in whole if one.key in taken]


def _comes(schedule: Schedule, store: Store, now: datetime) -> bool:
    """Tell whether something has just come that isn't whole yet."""
    return any(now - one.seen_at < JUST_COME for one in store.arrivals(schedule.id, states=("seen",)))


def answered(schedule: Schedule, store: Store) -> list[str]:
    """Return the arrivals that waited for a mapping and whose export has been scored since."""
    waiting = store.arrivals(schedule.id, states=("needs_person",))
    return [
        one.id for one in waiting if (one.problem or {}).get("code") == "mapping" and _is_scored(one, store)
    ]


def _is_scored(arrival: Arrival, store: Store) -> bool:
    if arrival.dataset_id is None:
        return False
    found = store.results(arrival.dataset_id, limit=1)
    return bool(found) and found[0].state == "done"


def query_days(schedule: Schedule, store: Store, due: datetime) -> list[str]:
    """Write down the days a query has to be asked for, and return them: those since the last one."""
    known = store.arrivals(schedule.id)
    zone = zone_of(store)
    # The first day is the one before the schedule was made.
    began = schedule.created_at.astimezone(zone).date() - timedelta(days=2)
    last = max((date.fromisoformat(one.key) for one in known), default=began)
    for day in whole_days(last, due, zone):
        name = f"{schedule.name} {day.isoformat()}"
        store.add_arrival(
            schedule.id,
            key=day.isoformat(),
            stamp=QUERY,
            name=name,
            turn=day.isoformat(),
            paths=[],
            size_bytes=1,
        )
    return [one.id for one in store.arrivals(schedule.id, states=("seen",))]
