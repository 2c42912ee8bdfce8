"""What pages, the API and the command line ask of schedules; whoever changes one has to be allowed to."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.audit import record
from core.base.errors import CoreError, ScheduleError
from core.base.identity import Permission, identity, require
from core.base.settings import Settings
from core.rules.rule import PREFIX
from core.schedules.definition import Definition, clean_name, read_definition
from core.schedules.looking import note_files, query_days, zone_of
from core.schedules.queue import enqueue, keep_looking
from core.schedules.slots import next_due
from core.storage import Arrival, ArrivalState, Run, Schedule, Store, get_store

WRITE: Permission = "schedules.write"
SECRET_BYTES = 32
#: Runs and arrivals a page shows.
MOST_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A schedule with its latest runs, what each took in, and when it is due next (None: as it arrives)."""

    schedule: Schedule
    definition: Definition
    runs: tuple[Run, ...]
    arrivals: Mapping[str, tuple[Arrival, ...]]
    waiting: tuple[Arrival, ...]
    problems: tuple[Arrival, ...]
    next_due: datetime | None


def shown(schedule: Schedule, settings: Settings | None = None, *, most: int = MOST_SHOWN) -> Shown:
    """Return a schedule with what became of it."""
    store = get_store(settings)
    definition, found = read_definition(schedule.definition), store.runs(schedule.id, limit=most)
    due = None
    if schedule.is_on and definition.when == "daily":
        due = next_due(definition, datetime.now(UTC), zone_of(store))
    return Shown(
        schedule=schedule,
        definition=definition,
        runs=found,
        arrivals={run.id: store.arrivals_of(run.id) for run in found},
        waiting=store.arrivals(schedule.id, states=("seen",)),
        problems=store.arrivals(schedule.id, states=("needs_person", "failed")),
        next_due=due,
    )


def save(
    name: str, definition: Definition, *, schedule_id: str | None = None, existing: bool = False,
    settings: Settings | None = None,
) -> Schedule:  # fmt: skip
    """Keep a schedule, a new one or in place of one that is there; a new one is on at once.

    ``existing`` is whether the files that are there already are taken in, too.

    Raises
    ------
    CoreError
        If something of it can't be, or its source can't be looked into.
    """
    require(WRITE)
    store = get_store(settings)
    checked, name = definition.checked(store.settings), clean_name(name)
    if checked.audience:
        store.audience(checked.audience)
    if schedule_id is not None:
        before = read_definition(store.schedule(schedule_id).definition)
        moved = _source(before) != _source(checked)
        changes = {"columns": None, "problem": None} if moved else {}
        store.change_schedule(
            schedule_id, name=name, definition=checked.to_dict(), changed_at=datetime.now(UTC), **changes
        )
        return _recorded(store.schedule(schedule_id), "changed", store)
    secret = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    made = store.add_schedule(name, checked.to_dict(), secret=secret, who=identity().name)
    try:
        if checked.kind == "files":
            note_files(made, checked, store, datetime.now(UTC), left_out=not existing)
    except CoreError:
        store.delete_schedule(made.id)
        raise
    _recorded(made, "made", store)
    return switch(made.id, on=True, settings=settings)


def switch(schedule_id: str, *, on: bool, settings: Settings | None = None) -> Schedule:
    """Switch a schedule on or off; what was due while it was off isn't caught up."""
    require(WRITE)
    store = get_store(settings)
    before = store.schedule(schedule_id)
    if before.is_on != on:
        store.change_schedule(schedule_id, is_on=on, **({"ran_until": datetime.now(UTC)} if on else {}))
        _recorded(before, "switched on" if on else "switched off", store)
    keep_looking(store.settings)
    return store.schedule(schedule_id)


def delete(schedule_id: str, settings: Settings | None = None) -> None:
    """Forget a schedule and its runs; exports, results and lists stay."""
    require(WRITE)
    store = get_store(settings)
    schedule = store.schedule(schedule_id)
    store.delete_schedule(schedule_id)
    _recorded(schedule, "deleted", store)
    keep_looking(store.settings)


def run_now(schedule_id: str, settings: Settings | None = None) -> Run:
    """Take in what is there now, whole or not: whoever asks knows that it is.

    Raises
    ------
    ScheduleError
        If there is nothing new, or a run goes on.
    """
    require(WRITE)
    store = get_store(settings)
    schedule = store.schedule(schedule_id)
    definition = read_definition(schedule.definition)
    if definition.kind == "query":
        ids = query_days(schedule, store, datetime.now(UTC))
    else:
        note_files(schedule, definition, store, datetime.now(UTC))
        ids = [one.id for one in store.arrivals(schedule.id, states=("seen",)) if one.size_bytes]
    if not ids:
        raise ScheduleError("There is nothing new.", where=schedule.name, remedy="Wait for the next export.")
    return _run(schedule, ids, store)


def accept(arrival_id: str, settings: Settings | None = None) -> Run:
    """Go on with what waits for a person, or has failed; a question is answered with "as it is".

    Raises
    ------
    ScheduleError
        If it doesn't wait any more, or a run goes on.
    """
    require(WRITE)
    store = get_store(settings)
    arrival = store.arrival(arrival_id)
    schedule, code = store.schedule(arrival.schedule_id), (arrival.problem or {}).get("code")
    if arrival.state not in ("needs_person", "failed"):
        raise ScheduleError("This has been seen to already.", where=arrival.name, remedy="Reload the page.")
    changes: dict[str, Any] = {}
    if arrival.state == "needs_person" and code:
        changes = {"accepted": sorted({*arrival.accepted, str(code)})}
    elif not arrival.result_id and not arrival.sha256:
        # What was not even fetched is fetched anew, as a dataset of its own.
        changes = {"attempt": arrival.attempt + 1, "dataset_id": None}
    store.change_arrival(arrival.id, states=("needs_person", "failed"), **changes)
    run = _run(schedule, [arrival.id], store)
    _recorded(schedule, f"went on with {arrival.name}", store)
    return run


def leave_out(arrival_id: str, settings: Settings | None = None) -> None:
    """Leave an arrival out for good."""
    require(WRITE)
    store = get_store(settings)
    arrival = store.arrival(arrival_id)
    states: tuple[ArrivalState, ...] = ("needs_person", "failed")
    if store.change_arrival(arrival_id, states=states, state="left_out", finished_at=datetime.now(UTC)):
        _recorded(store.schedule(arrival.schedule_id), f"left {arrival.name} out", store)


def _run(schedule: Schedule, ids: list[str], store: Store) -> Run:
    run = store.add_run(schedule.id, slot=datetime.now(UTC), kind="manual", arrival_ids=ids)
    if run is None:
        raise ScheduleError(
            "A run of this schedule is going on.", where=schedule.name, remedy="Wait until it has ended."
        )
    enqueue(run, store.settings)
    return run


def _recorded(schedule: Schedule, what: str, store: Store) -> Schedule:
    """Tell the audit log what became of a schedule, and return it: by name, not what it says."""
    record("schedule_changed", schedule.name, settings=store.settings, what=what, id=schedule.id)
    return schedule


def _source(definition: Definition) -> tuple[str, ...]:
    return (definition.kind, definition.source, definition.folder, definition.database, definition.sql)
