"""The queue of durable jobs: handing a job in, taking it back, telling where it stands.

What all kinds of jobs have in common on the side of whoever serves pages; what they have in common in the
worker is in ``core.jobs.runner``. A job is a row of the store and a DBOS workflow of the same id, so nothing
can run twice. Those who wait take turns (``core.storage.Jobs``): the workflow's priority is its
turn.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from core.base.errors import JobError, MappingError
from core.base.failures import explain
from core.base.project import FIRST
from core.base.settings import Settings
from core.storage import Dataset, Job, JobRecords, Jobs, Place, Store, get_store

# DBOS takes a second: whoever only looks at jobs does without.
if TYPE_CHECKING:
    from dbos import DBOSClient

log = logging.getLogger(__name__)

APPLICATION = "session-predictor"
#: Bytes of text a stored byte stands for, about, where a file is packed.
UNPACKED = {"gzip": 6.0, "zip": 6.0, "parquet": 6.0, "xlsx": 5.0}

_clients: dict[tuple[int, str], DBOSClient] = {}
_connecting = threading.Lock()


#: How the store knows jobs of a kind; where those that wait take turns, by ``Jobs``.
Records = TypeVar("Records", bound=JobRecords, covariant=True)


@dataclass(frozen=True, kw_only=True)
class JobQueue(Generic[Records]):
    """Jobs of one kind, and where they wait.

    ``name`` is DBOS's queue of those without a lane; each other one of ``lanes`` has a queue of its own.
    ``workflow`` is what DBOS runs for a job, ``noun`` what messages call one. ``jobs`` are their records,
    ``find`` returns one, ``clear`` removes what one that came to nothing has left. ``at_once`` tells how many
    of a lane a worker does at a time; if ``one_worker``, all workers together.
    """

    name: str
    workflow: str
    noun: str
    jobs: Callable[[Store], Records]
    find: Callable[[Store, str], Job]
    clear: Callable[[Store, str], None]
    at_once: Callable[[Settings, str], int]
    lanes: tuple[str, ...] = ("",)
    one_worker: bool = False

    def queue_of(self, lane: str) -> str:
        """Return the name of the queue of a lane."""
        return f"{self.name}-{lane}" if lane else self.name


def enqueue(queue: JobQueue[JobRecords], job: Job, settings: Settings) -> None:
    """Put a job into its queue; one that is there already stays as it is."""
    client(settings).enqueue(
        {
            "workflow_name": queue.workflow,
            "queue_name": queue.queue_of(job.lane),
            "workflow_id": job.id,
            "priority": job.turn,
        },
        job.id,
        job.dataset_id,
        *project_argument(settings),
    )


def project_argument(settings: Settings) -> tuple[str, ...]:
    """Return what a workflow is told last: its project, but for the first, as before there were more."""
    return () if settings.project in ("", FIRST) else (settings.project,)


def hand_in(queue: JobQueue[JobRecords], job: Job, store: Store) -> None:
    """Put a new job into its queue; where that fails, the job says so and is over.

    Raises
    ------
    JobError
        If it can't be queued.
    """
    try:
        enqueue(queue, job, store.settings)
    except Exception as error:
        log.exception("%s %s could not be queued", queue.noun, job.id)
        failure = JobError(
            f"the {queue.noun} could not be queued.",
            remedy="Try again; if it keeps happening, check the server's log.",
        )
        fail(queue, job.id, failure, store)
        raise failure from error


def fail(queue: JobQueue[JobRecords], job_id: str, error: Exception, store: Store) -> None:
    """Say that a job has failed and why; NotFoundError if it was over before."""
    failure = explain(error)
    queue.jobs(store).update(
        job_id,
        state="failed",
        error=failure.to_dict(),
        message=failure.message,
        finished_at=datetime.now(UTC),
    )


def cancel(queue: JobQueue[Jobs], job_id: str, settings: Settings | None = None) -> Job:
    """Stop a job and return it: at once if it waits, within moments if it runs; nothing is left of it.

    One that is over stays as it is.

    Raises
    ------
    NotFoundError
        If there is no such job.
    """
    store = get_store(settings)
    waited = queue.find(store, job_id).state == "queued"
    queue.jobs(store).cancel(job_id)
    if waited and queue.find(store, job_id).state == "cancelled":
        queue.clear(store, job_id)
        # Or it would take its turn only to find out that it is over.
        client(store.settings).cancel_workflow(job_id)
    return queue.find(store, job_id)


def place(queue: JobQueue[Jobs], job: Job, settings: Settings | None = None) -> Place | None:
    """Return where a job stands in its queue and how long it will wait; None if it doesn't wait."""
    if job.state != "queued":
        return None
    store = get_store(settings)
    return queue.jobs(store).place(job.id, at_once=queue.at_once(store.settings, job.lane))


def ready(dataset_id: str, store: Store, *, doing: str) -> Dataset:
    """Return a dataset whose columns are known; ``doing`` says what they have to be known for.

    Raises
    ------
    NotFoundError
        If there is no such dataset.
    MappingError
        If its columns have to be mapped first.
    """
    dataset = store.dataset(dataset_id)
    if dataset.state in ("fetching", "not_fetched"):
        raise JobError(
            f"its files have to be fetched before {doing}.",
            where=dataset.name,
            remedy="Wait until they are here, or fetch them again.",
        )
    if dataset.state == "needs_mapping":
        raise MappingError(
            f"this file's columns have to be mapped before {doing}.",
            where=dataset.filename,
            remedy="Open the export and map its columns.",
        )
    return dataset


def text_bytes(dataset: Dataset) -> int:
    """Return about how many bytes a dataset has once it is unpacked: what work on it is measured by."""
    recognition = dataset.recognition
    packed = max(UNPACKED.get(name, 1.0) for name in (recognition.container.lower(), recognition.table))
    return int(dataset.size_bytes * packed)


def client(settings: Settings) -> DBOSClient:
    """Return this process's connection to the job queue, making the queue's tables on first use."""
    key = (os.getpid(), settings.jobs_url)
    with _connecting:
        if key not in _clients:
            # Here, not above: it takes a second.
            from dbos import DBOS, DBOSClient

            prepare_queue(settings)
            DBOS.migrate(settings.jobs_url)
            _clients[key] = DBOSClient(system_database_url=settings.jobs_url, application_name=APPLICATION)
        return _clients[key]


def prepare_queue(settings: Settings) -> None:
    """Quieten the queue's library and let its SQLite file be read while it is written."""
    logging.getLogger("dbos").setLevel(logging.ERROR)
    if settings.jobs_url.startswith("sqlite"):
        settings.installation.data_dir.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(settings.jobs_url.removeprefix("sqlite:///"), timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
