"""The part of the store for datasets whose files are still being fetched from a source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update

from core.base.errors import NotFoundError
from core.storage import _adding
from core.storage._adding import NewFile
from core.storage._datasets import Datasets
from core.storage._ids import new_id
from core.storage._jobs import Unfinished
from core.storage._records import Dataset, Fetch, Job, JobState
from core.storage._tables import datasets

#: What the state of a dataset says of its fetching; in any other it is done.
STATES: dict[str, JobState] = {"fetching": "running", "not_fetched": "failed"}


class Fetching(Datasets):
    """Datasets that are being fetched are added, followed and filled here; ``Store`` is one of these."""

    def add_fetching(
        self,
        source: str,
        paths: Sequence[str],
        *,
        size_bytes: int,
        name: str | None = None,
        who: str = "",
        scored: bool = True,
        made_of: str | None = None,
    ) -> Dataset:
        """Make a dataset in state "fetching": its files are on their way, and nothing is known of them.

        ``scored`` is whether it is scored as soon as it is here. What is ``made_of`` the same is one dataset.
        """
        if made_of and (made := self.dataset_made_of(made_of)):
            return made
        filename = _adding.title_of([path.rsplit("/", 1)[-1] for path in paths])
        message = "Waiting for its turn"
        fetch = Fetch(
            source=source, paths=tuple(paths), message=message, who=who, scored=scored, settled=not scored
        )
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
            "made_of": made_of,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(datasets).values(row))
        return self.dataset(str(row["id"]))

    @property
    def fetch_jobs(self) -> FetchJobs:
        """Datasets that are being fetched, as jobs."""
        return FetchJobs(self)

    def fetch_job(self, dataset_id: str) -> Job:
        """Return the fetching of a dataset as a job; NotFoundError if the dataset was deleted."""
        dataset = self.dataset(dataset_id)
        fetch = dataset.fetch or Fetch(source="", paths=())
        state: JobState = STATES.get(dataset.state, "done")
        return Job(
            id=dataset_id,
            dataset_id=dataset_id,
            dataset_name=dataset.name,
            bundle="",
            state=state,
            step="fetch",
            share=fetch.share,
            message=fetch.message,
            error=fetch.error,
            created_at=dataset.created_at,
            finished_at=None,
            folder=dataset.folder,
            who=fetch.who,
        )

    def fetching(self) -> tuple[Dataset, ...]:
        """Return the datasets that are being fetched, oldest first."""
        query = select(datasets.c.id).where(datasets.c.state == "fetching").order_by(datasets.c.created_at)
        with self._engine.connect() as connection:
            ids = connection.execute(query).scalars().all()
        fetched = []
        for dataset_id in ids:
            try:
                fetched.append(self.dataset(dataset_id))
            except NotFoundError:
                continue
        return tuple(fetched)

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
        row = _adding.describe(files, self.settings, self.recipe)
        _adding.place(files, row, dataset.folder)
        query = update(datasets).where(datasets.c.id == dataset_id, datasets.c.state == "fetching")
        with self._engine.begin() as connection:
            connection.execute(query.values(**row))
        return self.dataset(dataset_id)

    def settle_fetch(self, dataset_id: str) -> None:
        """Say that a dataset that has been fetched is queued for scoring, or can't be without questions."""
        mine = datasets.c.id == dataset_id
        with self._engine.begin() as connection:
            fetch = connection.scalar(select(datasets.c.source).where(mine))
            if fetch is not None:
                connection.execute(update(datasets).where(mine).values(source={**fetch, "settled": True}))

    def change_fetch(self, dataset_id: str, *, state: str = "fetching", **changes: Any) -> None:  # noqa: ANN401
        """Say how far the fetching is, or how it ended; NotFoundError if it is over, or was deleted."""
        mine = (datasets.c.id == dataset_id, datasets.c.state == "fetching")
        with self._engine.begin() as connection:
            fetch = connection.scalar(select(datasets.c.source).where(*mine))
            if fetch is None:
                raise NotFoundError("This export isn't being fetched, or was deleted.")
            connection.execute(update(datasets).where(*mine).values(state=state, source={**fetch, **changes}))


class FetchJobs:
    """Datasets that are being fetched, as a worker knows jobs: each dataset is the job of its own id.

    To stop one, delete its dataset.
    """

    def __init__(self, store: Fetching) -> None:
        self._store = store

    def start(self, job_id: str, step: str) -> None:
        """Check that a dataset is to be fetched; NotFoundError if it is not."""
        self._store.change_fetch(job_id)

    def update(self, job_id: str, *, unless_cancelled: bool = False, **fields: Any) -> None:  # noqa: ANN401
        """Say how far a dataset is, or that it has failed; NotFoundError if it is over, or was deleted."""
        changes = {name: fields[name] for name in ("share", "message", "error") if name in fields}
        state = "not_fetched" if fields.get("state") in ("failed", "cancelled") else "fetching"
        self._store.change_fetch(job_id, state=state, **changes)

    def finish_cancelled(self, job_id: str) -> None:
        """Say that fetching has stopped; NotFoundError if it was over, or the dataset was deleted."""
        self.update(job_id, state="cancelled", message="It was stopped.")

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Return what is being fetched, the oldest first."""
        return tuple(
            Unfinished(id=dataset.id, dataset_id=dataset.id, created_at=dataset.created_at)
            for dataset in self._store.fetching()
        )

    def is_wanted(self, job_id: str) -> bool:
        """Tell whether a dataset is still to be fetched."""
        try:
            return self._store.dataset(job_id).state == "fetching"
        except NotFoundError:
            return False
