"""The part of the store for schedules: what is watched, what has arrived, and the runs that took it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Engine,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFoundError
from core.database import UtcDateTime, metadata
from core.storage._ids import new_id
from core.storage._tables import UNFINISHED

ArrivalState = Literal["seen", "taken", "done", "needs_person", "failed", "replaced", "same", "left_out"]
RunState = Literal["queued", "running", "done", "missed", "needs_person", "failed"]
RunKind = Literal["due", "arrival", "manual", "continued"]
#: States in which an earlier version of a file gives way to a corrected one.
GIVES_WAY = ("done", "needs_person", "failed")
#: States in which an arrival may be taken in.
TAKEABLE = ("seen", "needs_person", "failed")

schedules = Table(
    "schedules",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("is_on", Boolean, nullable=False),
    # What core.schedules.definition reads.
    Column("definition", JSON, nullable=False),
    # Signs webhooks.
    Column("secret", String, nullable=False),
    # The columns its exports have, as a person or the first export settled them; null before.
    Column("columns", JSON(none_as_null=True)),
    # Why its source could not be looked into, as long as that is so.
    Column("problem", JSON(none_as_null=True)),
    # Runs due after this moment are still to be made.
    Column("ran_until", UtcDateTime, nullable=False),
    Column("who", String, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

runs = Table(
    "schedule_runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("schedule_id", String, nullable=False),
    Column("slot", UtcDateTime, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("message", String, nullable=False, server_default=""),
    Column("digest", JSON(none_as_null=True)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    UniqueConstraint("schedule_id", "slot"),
    Index("schedule_runs_by_time", "schedule_id", "created_at"),
    # Days are taken in order: a schedule has one run at a time, however many workers there are.
    Index(
        "schedule_runs_at_once",
        "schedule_id",
        unique=True,
        sqlite_where=text("state in ('queued', 'running')"),
        postgresql_where=text("state in ('queued', 'running')"),
    ),
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", String, primary_key=True),
    Column("schedule_id", String, nullable=False),
    Column("run_id", String),
    # What it is called in its source, and which version of it this is: path, or day, and size and time.
    Column("key", String, nullable=False),
    Column("stamp", String, nullable=False),
    Column("name", String, nullable=False),
    # By what it comes in turn: its day, or when it was written.
    Column("turn", String, nullable=False),
    Column("paths", JSON, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    # How often, one after the other, it looked the same.
    Column("looks", Integer, nullable=False),
    # Which questions a person has answered with "go on as it is", by the codes of their errors.
    Column("accepted", JSON, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("problem", JSON(none_as_null=True)),
    Column("dataset_id", String),
    Column("result_id", String),
    Column("sha256", String),
    # The list that was drawn, and what became of it at each place it was sent to.
    Column("list", JSON(none_as_null=True)),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    UniqueConstraint("schedule_id", "key", "stamp"),
    Index("arrivals_by_run", "run_id"),
    Index("arrivals_by_dataset", "dataset_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is watched and when; ``definition`` is what ``core.schedules.definition`` reads."""

    id: str
    name: str
    is_on: bool
    definition: dict[str, Any]
    secret: str
    columns: list[str] | None
    problem: dict[str, str | None] | None
    ran_until: datetime
    who: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a schedule; ``slot`` is when it was due, ``digest`` what became of its message."""

    id: str
    schedule_id: str
    slot: datetime
    kind: RunKind
    state: RunState
    message: str
    digest: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in UNFINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One version of a watched file, or one day of a query: ``key`` is which, ``stamp`` which version."""

    id: str
    schedule_id: str
    run_id: str | None
    key: str
    stamp: str
    name: str
    turn: str
    paths: list[str]
    size_bytes: int
    state: ArrivalState
    looks: int
    accepted: list[str]
    attempt: int
    problem: dict[str, str | None] | None
    dataset_id: str | None
    result_id: str | None
    sha256: str | None
    list: dict[str, Any] | None
    seen_at: datetime
    finished_at: datetime | None

    @property
    def made_of(self) -> str:
        """By what its dataset is told: made once, whatever happens in between."""
        return f"arrival {self.id} {self.attempt}"


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
