"""The store: one object through which datasets, results and trainings are added, read and changed."""

from __future__ import annotations

import copy
import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from core.audit import record
from core.base import shop
from core.base.data_folder import make_data_folder
from core.base.errors import CoreError, NotFoundError
from core.base.project import FIRST, settings_of
from core.base.settings import Settings, get_settings
from core.database import Before, close_engine, meta, newest_first, open_database
from core.projects.records import when_gone
from core.storage import _files
from core.storage._audiences import Audiences
from core.storage._basis import Basis
from core.storage._datasets import no_dataset
from core.storage._fetching import Fetching
from core.storage._ids import new_id
from core.storage._jobs import Jobs
from core.storage._outcomes import OutcomesKept
from core.storage._reasons import Reasons, reasons
from core.storage._records import EXAMPLE_SUFFIX, Result
from core.storage._replacing import Replacing
from core.storage._scenarios import Scenarios
from core.storage._schedules import Schedules
from core.storage._shop import ShopKept, database_is_there
from core.storage._tables import UNFINISHED, audiences, datasets, results, trainings
from core.storage._trainings import Trainings

_opened: dict[tuple[int, str, Path], Store] = {}
_opening = threading.Lock()
_log = logging.getLogger(__name__)


def get_store(settings: Settings | None = None) -> Store:
    """Return the store of these settings, one a process (a forked process opens its own)."""
    settings = get_settings(settings)
    # Of the first by its name: it is the same one once there are more.
    settings = settings if settings.project else settings_of(FIRST, settings)
    key = (os.getpid(), settings.metadata_url, settings.data_dir)
    with _opening:
        if key not in _opened:
            _opened[key] = Store(settings)
        return _opened[key]


def shop_of(settings: Settings) -> dict[str, Any]:
    """Return what the page of settings says, for whoever has no store at hand (a command, a number format).

    Without a database that can be read, what the environment says holds.
    """
    if not database_is_there(settings):
        return {}
    try:
        return get_store(settings).shop()
    except (CoreError, SQLAlchemyError) as error:
        _log.warning("What the page of settings says can't be read: %s", error)
        return {}


def _close_store(settings: Settings) -> None:
    key = (os.getpid(), settings.metadata_url, settings.data_dir)
    with _opening:
        store = _opened.pop(key, None)
    if store is not None:
        store.close()


shop.read_with(shop_of)
when_gone.append(_close_store)


class Store(ShopKept, Fetching, Replacing, Trainings, Reasons, Audiences, OutcomesKept, Scenarios, Schedules):
    """Datasets, results and trainings of one data folder and its metadata database.

    Parameters
    ----------
    settings
        Where the data folder and the database are, and how much may be stored.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.data_dir = settings.data_dir
        make_data_folder(self.data_dir)
        for folder in (self._datasets_dir, self._results_dir, self.incoming_dir):
            folder.mkdir(parents=True, exist_ok=True)
        self._engine = open_database(settings.metadata_url)

    @property
    def incoming_dir(self) -> Path:
        """Where uploads are written before they become datasets (same disk, so that moving is instant)."""
        return self.data_dir / "incoming"

    @property
    def _results_dir(self) -> Path:
        return self.data_dir / "results"

    @property
    def _trash_dir(self) -> Path:
        return self.data_dir / "trash"

    def sharing(self, settings: Settings) -> Store:
        """Return this store for a job that may use what these settings say of memory and threads."""
        shared = copy.copy(self)
        shared._settings = settings
        return shared

    def close(self) -> None:
        """Give the database connections back."""
        self._engine.dispose()
        close_engine(self._settings)

    # Room

    def room(self) -> _files.Room:
        """Return the space on the data folder's disk."""
        return _files.room(self.data_dir, kept_free=self.settings.min_free_bytes)

    def ensure_room(self, wanted: int, *, promised: int = 0) -> None:
        """Check that a number of bytes can be stored; StorageError with the figures if not.

        ``promised`` are bytes that are not there yet, but have been granted to others.
        """
        kept_free = self.settings.min_free_bytes
        _files.ensure_room(self.data_dir, wanted, kept_free=kept_free, promised=promised)

    # Deleting

    def stop_everything(self) -> None:
        """Stop every job, and begin no more: of a project that is being deleted.

        Nobody sees its exports from now on, and a job that runs notices within moments.
        """
        with self._engine.begin() as connection:
            ids = connection.execute(select(datasets.c.id)).scalars().all()
            connection.execute(update(datasets).values(state="deleting", made_of=None))
        for dataset_id in ids:
            self._stop_trainings(dataset_id)

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with its results and every file of it, even while it is being scored.

        It is marked first: from then on nobody sees it, and a job that scores it stops.
        """
        name = self.dataset(dataset_id).name
        self._change_dataset(dataset_id, {"state": "deleting", "made_of": None})
        self._finish_deleting(dataset_id)
        record("deleted", name, settings=self._settings, kind="export", id=dataset_id)

    def _finish_deleting(self, dataset_id: str) -> None:
        self._stop_trainings(dataset_id)
        with self._engine.connect() as connection:
            query = select(results.c.id).where(results.c.dataset_id == dataset_id)
            result_ids = connection.execute(query).scalars().all()
        for result_id in result_ids:
            self.remove_files(result_id=result_id)
        self.remove_files(dataset_id=dataset_id)
        with self._engine.begin() as connection:
            connection.execute(delete(reasons).where(reasons.c.dataset_id == dataset_id))
            connection.execute(delete(results).where(results.c.dataset_id == dataset_id))
            connection.execute(delete(datasets).where(datasets.c.id == dataset_id))

    def remove_files(self, *, dataset_id: str | None = None, result_id: str | None = None) -> None:
        """Remove the folder of a dataset or result that is no longer wanted."""
        if dataset_id:
            _files.remove(self._datasets_dir / dataset_id, trash=self._trash_dir)
        if result_id:
            _files.remove(self._results_dir / result_id, trash=self._trash_dir)

    def remove_incoming(self, folder: Path) -> None:
        """Remove an upload's folder."""
        _files.remove(folder, trash=self._trash_dir)

    # Results

    @property
    def scoring_jobs(self) -> Jobs:
        """Results as jobs; one whose dataset is being deleted is gone."""
        alive = select(datasets.c.id).where(datasets.c.state != "deleting")
        return Jobs(self._engine, results, alive=results.c.dataset_id.in_(alive), missing=_no_result())

    def job_counts(self) -> dict[str, dict[str, tuple[int, datetime | None]]]:
        """Return, for each kind of job, how many there are of each state and since when the oldest."""
        fetching = self.fetching()
        return {
            "scoring": self.scoring_jobs.counts(),
            "training": self.training_jobs.counts(),
            "reasons": self.reason_jobs.counts(),
            "fetching": {"running": (len(fetching), fetching[0].created_at)} if fetching else {},
        }

    def create_result(
        self,
        dataset_id: str,
        *,
        bundle: str,
        basis: Basis | None = None,
        who: str = "",
        lane: str = "",
        cost: float = 60.0,
    ) -> Result:
        """Make a result in state "queued" and its folder.

        ``who`` is whom it belongs to in its queue, ``lane`` which queue that is, ``cost`` the seconds it is
        expected to take. ``basis`` is there where somebody has named the bundle.
        """
        self.dataset(dataset_id)
        result_id = new_id()
        row = {
            "id": result_id,
            "dataset_id": dataset_id,
            "bundle": bundle,
            "who": who,
            "lane": lane,
            "cost": cost,
            "has_outcomes": False,
            "has_revenue": False,
            "notes": [],
            "basis": basis.to_dict() if basis else None,
        }
        # Before the row: a backup that has the row has the folder its job writes into.
        folder = self._results_dir / result_id
        folder.mkdir(exist_ok=True)
        try:
            self.scoring_jobs.add(row)
        except IntegrityError as error:
            folder.rmdir()
            raise no_dataset() from error
        return self.result(result_id)

    def results(
        self, dataset_id: str | None = None, limit: int = 50, *, before: Before | None = None
    ) -> tuple[Result, ...]:
        """Return the latest results, newest first; of one dataset if it is named.

        ``before`` is where the page before ended.
        """
        where = [] if dataset_id is None else [results.c.dataset_id == dataset_id]
        return self._results(*where, limit=limit, before=before)

    def latest_result(self) -> Result | None:
        """Return the newest result that is done, if there is one."""
        return next(iter(self._results(results.c.state == "done", limit=1)), None)

    def result(self, result_id: str) -> Result:
        """Return one result; NotFoundError if there is none (any more).

        An id that ends in ``-example`` is the demo model's predictions of a result that has none of its own.
        """
        if result_id.endswith(EXAMPLE_SUFFIX):
            example = self.result(result_id.removesuffix(EXAMPLE_SUFFIX)).as_example()
            if not example.path.exists():
                raise _no_result()
            return example
        matches = self._results(results.c.id == result_id, limit=1)
        if not matches:
            raise _no_result()
        return matches[0]

    def update_result(
        self,
        result_id: str,
        *,
        unless_cancelled: bool = False,
        **fields: Any,  # noqa: ANN401 - a column's value
    ) -> None:
        """Change columns of a result; NotFoundError once it or its dataset is deleted.

        Parameters
        ----------
        unless_cancelled
            Leave it as it is, and raise the same, if somebody has asked it to stop.
        """
        self.scoring_jobs.update(result_id, unless_cancelled=unless_cancelled, unfinished=False, **fields)

    def _results(
        self, *where: ColumnElement[bool], limit: int, before: Before | None = None
    ) -> tuple[Result, ...]:
        alive = _joined().where(datasets.c.state != "deleting", *where)
        query = newest_first(alive, results, before=before, limit=limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Result.from_row(dict(row), folder=self._results_dir / row["id"]) for row in rows)

    # Housekeeping

    def sweep(self, *, older_than: float = _files.ORPHAN_SECONDS) -> int:
        """Finish interrupted deletions and remove folders nobody has a row for.

        Uploads on their way in are left to ``core.storage.uploads``, which knows which of them go on.

        Returns
        -------
        int
            How many were removed.
        """
        with self._engine.connect() as connection:
            doomed = connection.execute(select(datasets.c.id).where(datasets.c.state == "deleting"))
            doomed_ids = doomed.scalars().all()
        for dataset_id in doomed_ids:
            self._finish_deleting(dataset_id)
        with self._engine.connect() as connection:
            ids_by_folder = {
                self._datasets_dir: set(connection.execute(select(datasets.c.id)).scalars()),
                self._results_dir: set(connection.execute(select(results.c.id)).scalars()),
                self._audiences_dir: set(connection.execute(select(audiences.c.id)).scalars()),
                self._trainings_dir: set(
                    connection.execute(
                        select(trainings.c.id).where(trainings.c.state.in_(UNFINISHED))
                    ).scalars()
                ),
                self.incoming_dir: set[str](),
                self._trash_dir: set[str](),
            }
        orphans = [
            path
            for folder, ids in ids_by_folder.items()
            for path in _files.old_entries(folder, older_than=older_than)
            if path.name not in ids and not path.name.startswith(_files.UPLOAD)
        ]
        for path in orphans:
            _files.remove(path, trash=self._trash_dir)
        return len(doomed_ids) + len(orphans)

    # Small facts about the installation

    def fact(self, key: str) -> str | None:
        """Return something remembered about this installation, None if it is not known."""
        with self._engine.connect() as connection:
            return connection.scalar(select(meta.c.value).where(meta.c.key == key))

    def remember(self, key: str, value: str) -> None:
        """Remember something about this installation."""
        with self._engine.begin() as connection:
            connection.execute(delete(meta).where(meta.c.key == key))
            connection.execute(insert(meta).values(key=key, value=value))


def _joined() -> Select[Any]:
    names = (datasets.c.name.label("dataset_name"), datasets.c.synthetic)
    return select(results, *names).join(datasets, results.c.dataset_id == datasets.c.id)


def _no_result() -> NotFoundError:
    return NotFoundError(
        "This result doesn't exist or was deleted.", remedy="Choose one from the list, or score it again."
    )
