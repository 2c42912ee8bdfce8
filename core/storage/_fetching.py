"""The part of the store for datasets whose files are still being fetched from a source."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update

from core.base.errors import CoreError, NotFoundError
from core.storage import _adding
from core.storage._adding import NewFile
from core.storage._datasets import Datasets
from core.storage._ids import new_id
from core.storage._records import Dataset, Fetch
from core.storage._tables import datasets

log = logging.getLogger(__name__)


class Fetching(Datasets):
    """Datasets that are being fetched are added, followed and filled here; ``Store`` is one of these."""

    def add_fetching(
        self, source: str, paths: Sequence[str], *, size_bytes: int, name: str | None = None, who: str = ""
    ) -> Dataset:
        """Make a dataset in state "fetching": its files are on their way, and nothing is known of them."""
        filename = _adding.title_of([path.rsplit("/", 1)[-1] for path in paths])
        fetch = Fetch(source=source, paths=tuple(paths), message="Waiting for its turn", who=who)
        row = {
            "id": new_id(),
            "name": _adding.clean_name(name or filename),
            "filename": filename,
            "stored_as": _adding.stored_names(paths)[0],
            "size_bytes": size_bytes,
            "sha256": "",
            "created_at": datetime.now(UTC),
            "synthetic": False,
            "recognition": _adding.unknown(filename).to_dict(),
            "mapping": None,
            "report": None,
            "state": "fetching",
            "source": fetch.to_dict(),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(datasets).values(row))
        return self.dataset(str(row["id"]))

    def fetching(self) -> tuple[Dataset, ...]:
        """Return the datasets that are being fetched, oldest first."""
        query = select(datasets.c.id).where(datasets.c.state == "fetching").order_by(datasets.c.created_at)
        with self._engine.connect() as connection:
            ids = connection.execute(query).scalars().all()
        found = []
        for dataset_id in ids:
            try:
                found.append(self.dataset(dataset_id))
            except NotFoundError:
                continue
        return tuple(found)

    def update_fetch(self, dataset_id: str, *, share: float, message: str) -> None:
        """Say how far the fetching is; NotFoundError if it is over, or the dataset was deleted."""
        self._change_fetch(dataset_id, share=share, message=message)

    def fail_fetch(self, dataset_id: str, error: CoreError) -> None:
        """Say that fetching has failed; NotFoundError if it is over, or the dataset was deleted."""
        told = {"message": error.message, "error": error.to_dict()}
        self._change_fetch(dataset_id, state="not_fetched", **told)

    def fill_dataset(self, dataset_id: str, files: Sequence[NewFile]) -> Dataset:
        """Give a dataset the files that were fetched for it; one that has them stays as it is.

        Raises
        ------
        NotFoundError
            If it was deleted.
        IngestError
            If a file can't be read at all.
        """
        dataset = self.dataset(dataset_id)
        if dataset.state != "fetching":
            return dataset
        row = _adding.describe(files, self.settings)
        _adding.place(files, row, dataset.folder)
        query = update(datasets).where(datasets.c.id == dataset_id, datasets.c.state == "fetching")
        with self._engine.begin() as connection:
            connection.execute(query.values(**row))
        return self.dataset(dataset_id)

    def _change_fetch(self, dataset_id: str, *, state: str = "fetching", **told: Any) -> None:  # noqa: ANN401
        mine = (datasets.c.id == dataset_id, datasets.c.state == "fetching")
        with self._engine.begin() as connection:
            fetch = connection.scalar(select(datasets.c.source).where(*mine))
            if fetch is None:
                raise NotFoundError("This dataset is not being fetched, or was deleted.")
            connection.execute(update(datasets).where(*mine).values(state=state, source={**fetch, **told}))
