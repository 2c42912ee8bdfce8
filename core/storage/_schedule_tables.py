"""The tables of schedules, and their rows: what is watched, what has arrived, the runs that took it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from core.database import UtcDateTime, metadata
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
