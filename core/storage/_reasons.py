"""The part of the store for jobs that find the reasons of a result's sessions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import BigInteger, Column, ColumnElement, Engine, Index, String, Table, delete, select, text
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFoundError
from core.database import metadata
from core.storage._ids import new_id
from core.storage._jobs import Jobs
from core.storage._records import Job, Result
from core.storage._tables import datasets, job_columns, results

reasons = Table(
    "reasons",
    metadata,
    Column("id", String, primary_key=True),
    Column("dataset_id", String, nullable=False),
    Column("result_id", String, nullable=False),
    # When the result's file was written, in nanoseconds: reasons of an earlier file are others.
    Column("stamp", BigInteger, nullable=False),
    *job_columns(),
    # However many pages ask for them, they are found once.
    Index(
        "reasons_by_result",
        "result_id",
        unique=True,
        sqlite_where=text("state in ('queued', 'running')"),
        postgresql_where=text("state in ('queued', 'running')"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonJob(Job):
    """Finding the reasons of a result's sessions, as its file was written at ``stamp`` (nanoseconds)."""

    result_id: str
    stamp: int


class Reasons:
    """Jobs that find reasons are added, read and forgotten here; ``Store`` is one of these."""

    _engine: Engine
    data_dir: Path

    @property
    def reason_jobs(self) -> Jobs:
        """Finding reasons, as jobs; one whose dataset is being deleted is gone."""
        alive = select(datasets.c.id).where(datasets.c.state != "deleting")
        return Jobs(self._engine, reasons, alive=reasons.c.dataset_id.in_(alive), missing=_no_job())

    def create_reason_job(
        self, result: Result, *, stamp: int, who: str = "", cost: float = 60.0
    ) -> ReasonJob:
        """Make a job in state "queued"; the unfinished one of this result where there is one already."""
        row = {
            "id": new_id(),
            "dataset_id": result.dataset_id,
            "result_id": result.id,
            "stamp": stamp,
            "who": who,
            "lane": "",
            "cost": cost,
        }
        try:
            self.reason_jobs.add(row)
        except IntegrityError:
            unfinished = self.latest_reason_job(result.id)
            if unfinished is None:
                raise
            return unfinished
        return self.reason_job(str(row["id"]))

    def reason_job(self, job_id: str) -> ReasonJob:
        """Return one job; NotFoundError if there is none (any more)."""
        job = self._reason_job(reasons.c.id == job_id)
        if job is None:
            raise _no_job()
        return job

    def latest_reason_job(self, result_id: str) -> ReasonJob | None:
        """Return the newest job of a result, whatever has become of it."""
        return self._reason_job(reasons.c.result_id == result_id)

    def forget_reason_job(self, job_id: str) -> None:
        """Forget a job; nothing happens if somebody else has already."""
        with self._engine.begin() as connection:
            connection.execute(delete(reasons).where(reasons.c.id == job_id))

    def _reason_job(self, *where: ColumnElement[bool]) -> ReasonJob | None:
        query = (
            select(reasons, datasets.c.name.label("dataset_name"), results.c.bundle)
            .join(datasets, reasons.c.dataset_id == datasets.c.id)
            .join(results, reasons.c.result_id == results.c.id)
            .where(datasets.c.state != "deleting", *where)
            .order_by(reasons.c.created_at.desc(), reasons.c.id)
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return ReasonJob.from_row(dict(row), folder=self.data_dir / "results" / str(row["result_id"]))


def _no_job() -> NotFoundError:
    return NotFoundError("The search for these sessions' reasons has ended.", remedy="Reload the page.")
