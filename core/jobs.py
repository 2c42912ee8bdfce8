"""Scoring as durable jobs: handed in by whoever serves pages, done by a worker process.

``submit`` makes a result and queues the job that fills it; ``run_worker`` runs queued jobs until the
process is told to stop. A job is a DBOS workflow whose id is the result's id, so nothing can run
twice; after a crash it goes on with the step it was in (see ``core.worker``).
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

from core.errors import JobError, MappingError
from core.registry import in_use
from core.settings import Settings, get_settings
from core.storage import Result, get_store

if TYPE_CHECKING:
    from dbos import DBOSClient

log = logging.getLogger(__name__)

QUEUE = "scoring"
WORKFLOW = "score_result"
APPLICATION = "session-predictor"

_clients: dict[tuple[int, str], DBOSClient] = {}
_connecting = threading.Lock()


def submit(dataset_id: str, *, bundle: str | None = None, settings: Settings | None = None) -> Result:
    """Queue the scoring of a dataset and return its result, which fills in as the job goes.

    Blocks for a few milliseconds on the database; call it from a thread in asynchronous code.

    Raises
    ------
    NotFoundError
        If there is no such dataset.
    MappingError
        If its columns have to be mapped first.
    JobError
        If the job can't be queued.
    """
    settings = settings or get_settings()
    store = get_store(settings)
    dataset = store.dataset(dataset_id)
    if dataset.state == "needs_mapping":
        raise MappingError(
            "this file's columns have to be mapped before it can be scored.",
            where=dataset.filename,
            remedy="Open the dataset and say which column is what.",
        )
    result = store.create_result(dataset_id, bundle=bundle or in_use(settings))
    try:
        enqueue(result, settings)
    except Exception as error:
        log.exception("result %s could not be queued", result.id)
        failure = JobError(
            "the job could not be queued.", remedy="Try again; if it goes on, look at the server's log."
        )
        store.update_result(result.id, state="failed", error=failure.to_dict(), message=failure.message)
        raise failure from error
    return result


def enqueue(result: Result, settings: Settings) -> None:
    """Put the job of a result into the queue; one that is there already stays as it is."""
    client(settings).enqueue(
        {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": result.id},
        result.id,
        result.dataset_id,
    )


def client(settings: Settings) -> DBOSClient:
    """Return this process's connection to the job queue, making the queue's tables on first use."""
    key = (os.getpid(), settings.jobs_url)
    with _connecting:
        if key not in _clients:
            from dbos import DBOS, DBOSClient

            prepare_queue(settings)
            DBOS.migrate(settings.jobs_url)
            _clients[key] = DBOSClient(system_database_url=settings.jobs_url, application_name=APPLICATION)
        return _clients[key]


def prepare_queue(settings: Settings) -> None:
    """Quieten the queue's library and let its SQLite file be read while it is written."""
    logging.getLogger("dbos").setLevel(logging.ERROR)
    if settings.jobs_url.startswith("sqlite"):
        import sqlite3

        settings.data_dir.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(settings.jobs_url.removeprefix("sqlite:///"), timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()


def run_worker(settings: Settings | None = None) -> None:
    """Run queued jobs until the process gets SIGTERM or SIGINT."""
    from core.worker import work

    work(settings or get_settings())
