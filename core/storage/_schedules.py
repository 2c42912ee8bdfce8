"""The part of the store for schedules: what is watched, what has arrived, and the runs that took it in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFoundError
from core.storage._ids import new_id
from core.storage._schedule_tables import (
    GIVES_WAY,
    TAKEABLE,
    Arrival,
    ArrivalState,
    Run,
    RunKind,
    Schedule,
    arrivals,
    runs,
    schedules,
)
from core.storage._tables import UNFINISHED


class Schedules:
    """Schedules, their runs and arrivals are kept here; ``Store`` is one of these."""

    _engine: Engine

    def add_schedule(self, name: str, definition: dict[str, Any], *, secret: str, who: str = "") -> Schedule:
        """Keep a new schedule, which is off."""
        now = datetime.now(UTC)
        row = {
            "id": new_id(), "name": name, "is_on": False, "definition": definition, "secret": secret,
            "columns": None, "problem": None, "ran_until": now, "who": who, "created_at": now,
            "changed_at": now,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(insert(schedules).values(row))
        return self.schedule(str(row["id"]))

    def change_schedule(self, schedule_id: str, **fields: Any) -> None:  # noqa: ANN401 - a column's value
        """Change columns of a schedule; NotFoundError if there is none."""
        query = update(schedules).where(schedules.c.id == schedule_id).values(**fields)
        with self._engine.begin() as connection:
            if not connection.execute(query).rowcount:
                raise no_schedule()

    def schedule(self, schedule_id: str) -> Schedule:
        """Return one schedule; NotFoundError if there is none (any more)."""
        with self._engine.connect() as connection:
            row = (
                connection.execute(select(schedules).where(schedules.c.id == schedule_id)).mappings().first()
            )
        if row is None:
            raise no_schedule()
        return Schedule(**row)

    def schedules(self, *, only_on: bool = False) -> tuple[Schedule, ...]:
        """Return the schedules there are, by name."""
        where = [schedules.c.is_on] if only_on else []
        query = select(schedules).where(*where).order_by(schedules.c.name, schedules.c.id)
        with self._engine.connect() as connection:
            return tuple(Schedule(**row) for row in connection.execute(query).mappings())

    def delete_schedule(self, schedule_id: str) -> None:
        """Forget a schedule with its runs; exports, results and audiences stay. NotFoundError without it."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(schedules).where(schedules.c.id == schedule_id)).rowcount
            connection.execute(delete(runs).where(runs.c.schedule_id == schedule_id))
            # What was replaced stays replaced: its sessions must not count twice.
            connection.execute(
                delete(arrivals).where(arrivals.c.schedule_id == schedule_id, arrivals.c.state != "replaced")
            )
        if not gone:
            raise no_schedule()

    # Runs

    def add_run(
        self, schedule_id: str, *, slot: datetime, kind: RunKind, arrival_ids: Sequence[str]
    ) -> Run | None:
        """Make a run that takes arrivals in, in this order; None where another one has been faster."""
        row = {
            "id": new_id(), "schedule_id": schedule_id, "slot": slot, "kind": kind, "state": "queued",
            "message": "Waiting for its turn", "created_at": datetime.now(UTC),
        }  # fmt: skip
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(runs).values(row))
                mine = (arrivals.c.id.in_(list(arrival_ids)), arrivals.c.state.in_(TAKEABLE))
                taken = update(arrivals).where(arrivals.c.schedule_id == schedule_id, *mine)
                taken = taken.values(run_id=row["id"], state="taken", problem=None)
                if connection.execute(taken).rowcount != len(arrival_ids):
                    connection.rollback()
                    return None
                if kind == "due":
                    ran = update(schedules).where(schedules.c.id == schedule_id)
                    connection.execute(ran.values(ran_until=slot))
        except IntegrityError:
            return None
        return self.run(str(row["id"]))

    def run(self, run_id: str) -> Run:
        """Return one run; NotFoundError if there is none (any more)."""
        found = self._runs(runs.c.id == run_id, limit=1)
        if not found:
            raise no_schedule()
        return found[0]

    def runs(self, schedule_id: str | None = None, limit: int = 50) -> tuple[Run, ...]:
        """Return the latest runs, newest first; of one schedule if it is named."""
        return self._runs(*([] if schedule_id is None else [runs.c.schedule_id == schedule_id]), limit=limit)

    def unfinished_runs(self) -> tuple[Run, ...]:
        """Return the runs that wait or go on."""
        return self._runs(runs.c.state.in_(UNFINISHED), limit=1_000)

    def change_run(self, run_id: str, **fields: Any) -> bool:  # noqa: ANN401 - a column's value
        """Change columns of a run that isn't over; return whether it was so."""
        query = update(runs).where(runs.c.id == run_id, runs.c.state.in_(UNFINISHED)).values(**fields)
        with self._engine.begin() as connection:
            return bool(connection.execute(query).rowcount)

    def _runs(self, *where: ColumnElement[bool], limit: int) -> tuple[Run, ...]:
        query = select(runs).where(*where).order_by(runs.c.created_at.desc(), runs.c.id).limit(limit)
        with self._engine.connect() as connection:
            return tuple(Run(**row) for row in connection.execute(query).mappings())

    # Arrivals

    def add_arrival(self, schedule_id: str, *, state: ArrivalState = "seen", **fields: Any) -> Arrival | None:  # noqa: ANN401
        """Write down a file that was seen; None where this version of it is known."""
        row = {
            "id": new_id(), "schedule_id": schedule_id, "state": state, "looks": 1, "accepted": [],
            "attempt": 1, "seen_at": datetime.now(UTC), **fields,
        }  # fmt: skip
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(arrivals).values(row))
        except IntegrityError:
            return None
        return self.arrival(str(row["id"]))

    def change_arrival(
        self,
        arrival_id: str,
        *,
        states: tuple[ArrivalState, ...] = (),
        **fields: Any,  # noqa: ANN401
    ) -> bool:
        """Change columns of an arrival that is in one of some states; return whether it was so."""
        where = [arrivals.c.state.in_(states)] if states else []
        query = update(arrivals).where(arrivals.c.id == arrival_id, *where).values(**fields)
        try:
            with self._engine.begin() as connection:
                return bool(connection.execute(query).rowcount)
        except IntegrityError:
            return False

    def arrival(self, arrival_id: str) -> Arrival:
        """Return one arrival; NotFoundError if there is none (any more)."""
        found = self._arrivals(arrivals.c.id == arrival_id)
        if not found:
            raise no_schedule()
        return found[0]

    def arrivals(
        self, schedule_id: str, *, states: tuple[ArrivalState, ...] = (), limit: int | None = None
    ) -> tuple[Arrival, ...]:
        """Return what has arrived for a schedule, in its turn; the last ``limit`` of it, if that is named."""
        where = [arrivals.c.schedule_id == schedule_id]
        found = self._arrivals(*where, *([arrivals.c.state.in_(states)] if states else []))
        return found if limit is None else found[-limit:]

    def arrivals_of(self, run_id: str) -> tuple[Arrival, ...]:
        """Return what a run takes in, in its turn."""
        return self._arrivals(arrivals.c.run_id == run_id)

    def replace_earlier(self, arrival: Arrival) -> int:
        """Let an arrival take the place of earlier versions of the same file; return how many there were."""
        earlier = (
            arrivals.c.schedule_id == arrival.schedule_id,
            arrivals.c.key == arrival.key,
            arrivals.c.id != arrival.id,
            arrivals.c.state.in_(GIVES_WAY),
        )
        with self._engine.begin() as connection:
            return int(connection.execute(update(arrivals).where(*earlier).values(state="replaced")).rowcount)

    def replaced_datasets(self) -> frozenset[str]:
        """Return the ids of datasets a corrected file has taken the place of."""
        query = select(arrivals.c.dataset_id).where(
            arrivals.c.state == "replaced", arrivals.c.dataset_id.is_not(None)
        )
        with self._engine.connect() as connection:
            return frozenset(map(str, connection.execute(query).scalars()))

    def _arrivals(self, *where: ColumnElement[bool]) -> tuple[Arrival, ...]:
        order = (arrivals.c.turn, arrivals.c.seen_at, arrivals.c.key, arrivals.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(select(arrivals).where(*where).order_by(*order)).mappings()
            return tuple(Arrival(**row) for row in rows)


def no_schedule() -> NotFoundError:
    """Return the error for a schedule, or a part of one, that isn't there."""
    return NotFoundError("This schedule doesn't exist or was deleted.", remedy="Choose one from the list.")
