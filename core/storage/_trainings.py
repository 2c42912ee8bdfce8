"""The part of the store that remembers trainings: which model was made of which data, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.exc import IntegrityError

from core.base.errors import JobError, NotFoundError, TrainingError
from core.database import Before, newest_first
from core.storage import _files
from core.storage._ids import new_id
from core.storage._jobs import Jobs
from core.storage._records import Dataset, Training
from core.storage._tables import UNFINISHED, trainings


class Trainings:
    """Trainings are added, read, changed and stopped here; ``Store`` is one of these."""

    data_dir: Path
    _engine: Engine

    @property
    def training_jobs(self) -> Jobs:
        """Trainings as jobs."""
        return Jobs(self._engine, trainings, alive=None, missing=_no_training())

    @property
    def _trainings_dir(self) -> Path:
        return self.data_dir / "trainings"

    def create_training(
        self, dataset: Dataset, *, bundle: str, options: Mapping[str, Any], who: str, cost: float = 60.0
    ) -> Training:
        """Make a training in state "queued"; ``cost`` is the seconds it is expected to take.

        Raises
        ------
        TrainingError
            If a model of this name is being trained already.
        """
        row = {
            "id": new_id(),
            "dataset_id": dataset.id,
            "dataset_name": dataset.name,
            "bundle": bundle,
            "options": dict(options),
            "who": who,
            "lane": "",
            "cost": cost,
        }
        try:
            self.training_jobs.add(row)
        except IntegrityError as error:
            raise TrainingError(
                "A model with this name is being trained.",
                where=f"model {bundle}",
                remedy="Choose another name, or wait until that one is done.",
            ) from error
        return self.training(str(row["id"]))

    def training(self, training_id: str) -> Training:
        """Return one training; NotFoundError if there is none."""
        matches = self._trainings(trainings.c.id == training_id, limit=1)
        if not matches:
            raise _no_training()
        return matches[0]

    def trainings(
        self, limit: int = 50, *, dataset_id: str | None = None, before: Before | None = None
    ) -> tuple[Training, ...]:
        """Return the latest trainings, newest first; of one dataset if it is named, from a place on."""
        where = [] if dataset_id is None else [trainings.c.dataset_id == dataset_id]
        return self._trainings(*where, limit=limit, before=before)

    def unfinished_trainings(self) -> tuple[Training, ...]:
        """Return what is queued or running, newest first."""
        return self._trainings(trainings.c.state.in_(UNFINISHED), limit=10_000)

    def trainings_of(self, bundle: str) -> tuple[Training, ...]:
        """Return the trainings that were to make a model of this name, newest first."""
        return self._trainings(trainings.c.bundle == bundle, limit=100)

    def update_training(
        self,
        training_id: str,
        *,
        unless_cancelled: bool = False,
        **fields: Any,  # noqa: ANN401 - a column's value
    ) -> None:
        """Change columns of a training that is not over.

        Parameters
        ----------
        unless_cancelled
            Leave it as it is if somebody has asked it to stop.

        Raises
        ------
        NotFoundError
            If it is over, or is to be stopped and that counts.
        """
        self.training_jobs.update(training_id, unless_cancelled=unless_cancelled, **fields)

    def remove_training_files(self, training_id: str) -> None:
        """Remove what a training only needed on its way."""
        _files.remove(self._trainings_dir / training_id, trash=self.data_dir / "trash")

    def _stop_trainings(self, dataset_id: str) -> None:
        """End what is trained on a dataset that is being deleted; a running job notices and stops."""
        failure = JobError(
            "the export was deleted while a model was being trained on it.",
            remedy="Upload it again to train on it.",
        )
        query = (
            update(trainings)
            .where(trainings.c.dataset_id == dataset_id, trainings.c.state.in_(UNFINISHED))
            .values(
                state="failed",
                message=failure.message,
                error=failure.to_dict(),
                finished_at=datetime.now(UTC),
            )
        )
        with self._engine.begin() as connection:
            connection.execute(query)

    def _trainings(
        self, *where: ColumnElement[bool], limit: int, before: Before | None = None
    ) -> tuple[Training, ...]:
        query = newest_first(select(trainings).where(*where), trainings, before=before, limit=limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Training.from_row(dict(row), folder=self._trainings_dir / row["id"]) for row in rows)


def _no_training() -> NotFoundError:
    return NotFoundError(
        "This training doesn't exist or is over.", remedy="Check the list of models, or train again."
    )
