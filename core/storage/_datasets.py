"""The part of the store for datasets: adding uploads, reading and changing what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFoundError, StorageError
from core.base.settings import Settings
from core.database import Before, newest_first
from core.storage import _adding
from core.storage._adding import NewFile
from core.storage._ids import new_id
from core.storage._recipes import Recipes
from core.storage._records import Dataset
from core.storage._tables import datasets

if TYPE_CHECKING:
    from core.ingest import IngestReport, Mapping

#: States of a dataset that is not being deleted.
ALIVE = ("fetching", "not_fetched", "needs_mapping", "ready")


class Datasets(Recipes):
    """Datasets are added, read and changed here; ``Store`` is one of these."""

    settings: Settings
    data_dir: Path

    @property
    def _datasets_dir(self) -> Path:
        return self.data_dir / "datasets"

    def add_dataset(
        self,
        upload: Path,
        *,
        filename: str,
        name: str | None = None,
        synthetic: bool = False,
        sha256: str | None = None,
    ) -> Dataset:
        """Look at an uploaded file, move it into the store and return it as a dataset.

        If anything is wrong with it, the file stays where it was.

        Raises
        ------
        IngestError
            If the file can't be read at all.
        TooLargeError
            If it is over the upload limit.
        """
        file = NewFile(path=upload, filename=filename, sha256=sha256)
        return self.add_dataset_of([file], name=name, synthetic=synthetic)

    def add_dataset_of(
        self,
        files: Sequence[NewFile],
        *,
        name: str | None = None,
        synthetic: bool = False,
        made_of: str | None = None,
    ) -> Dataset:
        """Look at uploaded files, move them into the store and return them as one dataset.

        If anything is wrong with them, they stay where they were. That holds for a crash, too: they are
        only taken away from there once the dataset is sure.

        Parameters
        ----------
        made_of
            What it is made of, in one word. If there is a dataset made of the same, that one is returned.

        Raises
        ------
        IngestError
            If a file can't be read at all.
        TooLargeError
            If one is over the upload limit.
        """
        if made_of and (made := self.dataset_made_of(made_of)):
            return made
        described = _adding.describe(files, self.settings, self.recipe)
        row = {
            "id": new_id(),
            "name": _adding.clean_name(name or described["filename"]),
            "created_at": datetime.now(UTC),
            "synthetic": synthetic,
            "report": None,
            "made_of": made_of,
            **described,
        }
        folder = self._datasets_dir / str(row["id"])
        try:
            # The row becomes visible after the files are in place, and not at all if that fails.
            with self._engine.begin() as connection:
                connection.execute(insert(datasets).values(row))
                _adding.place(files, row, folder)
        except IntegrityError as error:
            # Somebody was faster: the same was asked twice at once.
            if made_of and (made := self.dataset_made_of(made_of)):
                return made
            raise StorageError("The export could not be saved.", remedy="Try again.") from error
        _adding.clear(files)
        return self.dataset(str(row["id"]))

    def dataset_made_of(self, made_of: str) -> Dataset | None:
        """Return the dataset that was made of the same before, if there is one."""
        query = select(datasets).where(datasets.c.made_of == made_of, datasets.c.state != "deleting")
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else self._dataset(dict(row))

    def datasets(self, limit: int = 50, *, before: Before | None = None) -> tuple[Dataset, ...]:
        """Return the latest datasets, newest first; ``before`` is where the page before ended."""
        alive = select(datasets).where(datasets.c.state != "deleting")
        query = newest_first(alive, datasets, before=before, limit=limit)
        with self._engine.connect() as connection:
            return tuple(self._dataset(dict(row)) for row in connection.execute(query).mappings())

    def uploaded_before(self, dataset: Dataset) -> Dataset | None:
        """Return the latest earlier dataset of the very same bytes, None if there is none."""
        query = (
            select(datasets)
            .where(
                datasets.c.sha256 == dataset.sha256,
                datasets.c.size_bytes == dataset.size_bytes,
                datasets.c.id != dataset.id,
                datasets.c.created_at <= dataset.created_at,
                datasets.c.state.not_in(("deleting", "fetching", "not_fetched")),
            )
            .order_by(datasets.c.created_at.desc(), datasets.c.id)
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else self._dataset(dict(row))

    def dataset(self, dataset_id: str) -> Dataset:
        """Return one dataset; NotFoundError if there is none (any more)."""
        query = select(datasets).where(datasets.c.id == dataset_id, datasets.c.state != "deleting")
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise no_dataset()
        return self._dataset(dict(row))

    def set_mapping(self, dataset_id: str, mapping: Mapping) -> Dataset:
        """Say which column is what; what was read with another mapping is forgotten.

        Raises
        ------
        MappingError
            If the mapping is not complete.
        """
        mapping.validate()
        changes = {"mapping": mapping.to_dict(), "recipe": None, "report": None, "state": "ready"}
        self._change_dataset(dataset_id, changes, states=("needs_mapping", "ready"))
        dataset = self.dataset(dataset_id)
        for path in (dataset.events_path, dataset.sessions_path, dataset.rejected_path):
            path.unlink(missing_ok=True)
        return dataset

    def set_report(self, dataset_id: str, report: IngestReport) -> None:
        """Keep what reading the file to its end has told."""
        self._change_dataset(dataset_id, {"report": report.to_dict()})

    def rename(self, dataset_id: str, name: str) -> None:
        """Give a dataset another name."""
        self._change_dataset(dataset_id, {"name": _adding.clean_name(name)})

    def _change_dataset(
        self, dataset_id: str, changes: dict[str, Any], *, states: Sequence[str] = ALIVE
    ) -> None:
        query = (
            update(datasets)
            .where(datasets.c.id == dataset_id, datasets.c.state.in_(states))
            .values(**changes)
        )
        with self._engine.begin() as connection:
            if not connection.execute(query).rowcount:
                raise no_dataset()

    def _dataset(self, row: dict[str, Any]) -> Dataset:
        return Dataset.from_row(row, folder=self._datasets_dir / str(row["id"]))


def no_dataset() -> NotFoundError:
    """Return the error for a dataset that isn't there."""
    return NotFoundError(
        "This export doesn't exist or was deleted.", remedy="Choose one from the list, or upload it again."
    )
