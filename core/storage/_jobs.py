"""Jobs of one kind, as the database knows them: in which order they wait, how far each is, how it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Table, Update, func, insert, select, update

from core.base.errors import NotFoundError
from core.base.request_id import request_id
from core.storage._tables import UNFINISHED

#: How many finished jobs tell the pace of this machine.
RECENT = 10
#: A pace outside of these says more about a hiccup than about the machine.
SLOWEST, FASTEST = 20.0, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A job that waits or runs."""

    id: str
    dataset_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job that waits stands in its queue: 1 is next; ``seconds`` until then, about."""

    number: int
    seconds: float


class JobRecords(Protocol):
    """Jobs of one kind, as a worker knows them; every method that changes one may raise NotFoundError."""

    def start(self, job_id: str, step: str) -> None:
        """Say which step a job is in now."""

    def update(self, job_id: str, *, unless_cancelled: bool = False, **fields: Any) -> None:  # noqa: ANN401
        """Change what is known of a job that is not over."""

    def finish_cancelled(self, job_id: str) -> None:
        """Say that a job has stopped as asked."""

    def unfinished(self) -> Sequence[Unfinished]:
        """Return what is not over, the oldest first."""

    def is_wanted(self, job_id: str) -> bool:
        """Tell whether a job shall go on."""


class Jobs:
    """The jobs of one table, whatever they do.

    Parameters
    ----------
    alive
        What else must hold of a row that may still be changed.
    missing
        The error where it doesn't, or where there is no such row.
    """

    def __init__(
        self, engine: Engine, table: Table, *, alive: ColumnElement[bool] | None, missing: NotFoundError
    ) -> None:
        self._engine = engine
        self._table = table
        self._alive = alive
        self._missing = missing

    def add(self, row: Mapping[str, Any]) -> None:
        """Write a job down in state "queued", at the end of those of whoever wants it.

        Jobs take turns: of those who wait, everybody has one job done before anybody has a second one.
        A newcomer therefore comes after the first job of each of the others, not after all of them.
        """
        with self._engine.begin() as connection:
            queued = {
                "state": "queued",
                "step": "queued",
                "share": 0.0,
                "message": "Waiting for its turn",
                "created_at": datetime.now(UTC),
                "cancel": False,
                "turn": self._turn(connection, str(row["who"]), str(row["lane"])),
                "request": request_id(),
            }
            connection.execute(insert(self._table).values(**queued, **row))

    def _turn(self, connection: Connection, who: str, lane: str) -> int:
        columns = self._table.c
        in_lane = columns.lane == lane

        def turn(which: Any, *where: ColumnElement[bool]) -> int | None:  # noqa: ANN401 - min or max
            return connection.scalar(select(which(columns.turn)).where(in_lane, *where))

        now = turn(func.max, columns.state == "running") or turn(func.min, columns.state == "queued") or 1
        last = turn(func.max, columns.who == who, columns.state.in_(UNFINISHED)) if who else None
        return max(now, (last or 0) + 1)

    def update(
        self,
        job_id: str,
        *,
        unless_cancelled: bool = False,
        unfinished: bool = True,
        **fields: Any,  # noqa: ANN401 - a column's value
    ) -> None:
        """Change columns of a job.

        Parameters
        ----------
        unless_cancelled
            Leave it as it is if somebody has asked it to stop.
        unfinished
            Leave it as it is if it is over.

        Raises
        ------
        NotFoundError
            If nothing was changed.
        """
        query = self._mine(job_id)
        if unfinished:
            query = query.where(self._table.c.state.in_(UNFINISHED))
        if unless_cancelled:
            query = query.where(~self._table.c.cancel)
        with self._engine.begin() as connection:
            if not connection.execute(query.values(**fields)).rowcount:
                raise self._missing

    def start(self, job_id: str, step: str) -> None:
        """Say which step a job is in now; NotFoundError if it shall not go on.

        What it did before, or that it waited, is not said any more: the step's own words come as it works.
        """
        began = func.coalesce(self._table.c.started_at, datetime.now(UTC))
        self.update(job_id, unless_cancelled=True, state="running", step=step, message="", started_at=began)

    def cancel(self, job_id: str) -> None:
        """Stop a job: one that waits is cancelled at once, one that runs is asked to stop."""
        with self._engine.begin() as connection:
            mine = self._mine(job_id)
            connection.execute(mine.where(self._table.c.state == "queued").values(**cancelled()))
            connection.execute(mine.where(self._table.c.state == "running").values(cancel=True))

    def finish_cancelled(self, job_id: str) -> None:
        """Say that a job has stopped as asked; NotFoundError if it was over before."""
        self.update(job_id, **cancelled())

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Return what is queued or running, the oldest first."""
        columns = self._table.c
        query = select(columns.id, columns.dataset_id, columns.created_at).where(
            columns.state.in_(UNFINISHED), *([] if self._alive is None else [self._alive])
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(columns.created_at)).mappings()
            return tuple(Unfinished(**row) for row in rows)

    def counts(self) -> dict[str, tuple[int, datetime | None]]:
        """Return how many there are of each state, and since when the oldest of them."""
        columns = self._table.c
        query = select(columns.state, func.count(), func.min(columns.created_at)).group_by(columns.state)
        with self._engine.connect() as connection:
            return {state: (count, oldest) for state, count, oldest in connection.execute(query)}

    def is_wanted(self, job_id: str) -> bool:
        """Tell whether a job shall go on: it is not over, nobody cancelled it, what it is about is there."""
        columns = self._table.c
        where = [columns.id == job_id, columns.state.in_(UNFINISHED), ~columns.cancel]
        if self._alive is not None:
            where.append(self._alive)
        with self._engine.connect() as connection:
            return connection.execute(select(columns.id).where(*where)).first() is not None

    def place(self, job_id: str, *, at_once: int) -> Place | None:
        """Return where a job stands in its queue; None if it doesn't wait.

        Parameters
        ----------
        at_once
            How many of its lane are done at a time.
        """
        columns = self._table.c
        mine = select(columns.lane).where(columns.id == job_id, columns.state == "queued")
        order = (columns.turn, columns.created_at, columns.id)
        with self._engine.connect() as connection:
            lane = connection.scalar(mine)
            if lane is None:
                return None
            query = select(columns.id, columns.state, columns.share, columns.cost).where(
                columns.lane == lane, columns.state.in_(UNFINISHED)
            )
            rows = connection.execute(query.order_by(*order)).all()
            pace = self._pace(connection)
        running = [row for row in rows if row.state == "running"]
        waiting = [row for row in rows if row.state == "queued"]
        number = next((at for at, row in enumerate(waiting) if row.id == job_id), len(waiting))
        left = [row.cost * (1 - row.share) for row in running] + [row.cost for row in waiting[:number]]
        free = max(at_once - len(running), 0)
        wait = 0.0 if number < free else sum(left) / max(at_once, 1)
        return Place(number=number + 1, seconds=wait * pace)

    def _pace(self, connection: Connection) -> float:
        """Return how much longer than expected jobs have taken lately."""
        columns = self._table.c
        recent = (
            select(columns.started_at, columns.finished_at, columns.cost)
            .where(columns.state == "done", columns.started_at.is_not(None))
            .order_by(columns.finished_at.desc())
            .limit(RECENT)
        )
        took = [
            (row.finished_at - row.started_at).total_seconds() / max(row.cost, 1.0)
            for row in connection.execute(recent)
            if row.finished_at is not None
        ]
        return min(max(median(took), FASTEST), SLOWEST) if took else 1.0

    def _mine(self, job_id: str) -> Update:
        query = update(self._table).where(self._table.c.id == job_id)
        return query if self._alive is None else query.where(self._alive)


def cancelled() -> dict[str, Any]:
    """Return the columns of a job that was stopped."""
    return {
        "state": "cancelled",
        "cancel": True,
        "message": "Cancelled; nothing was kept",
        "finished_at": datetime.now(UTC),
    }
