"""Fetching exports from a source (``core.sources``) as durable jobs: handed in by whoever serves pages.

What the worker does with them is in ``core.jobs.fetching_workflow``. A job is the dataset it fills, in state
"fetching", and a DBOS workflow of the same id. To stop one, delete its dataset.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.base.errors import JobError
from core.base.requester import asking
from core.base.settings import Settings
from core.jobs.queues import client
from core.storage import Dataset, get_store
from core.storage.uploads import Incoming

if TYPE_CHECKING:
    from core.sources.allowed import Entry

log = logging.getLogger(__name__)

QUEUE = "fetching"
WORKFLOW = "fetch_source"


def submit(
    source: str, entries: Sequence[Entry], *, name: str | None, who: str | None, settings: Settings
) -> Dataset:
    """Queue the fetching of files and return the dataset they will make.

    Raises
    ------
    StorageError
        If the disk has no room for them.
    JobError
        If it can't be queued.
    """
    store = get_store(settings)
    size = sum(entry.size or 0 for entry in entries)
    Incoming(store).ensure_room(size)
    paths = [entry.path for entry in entries]
    dataset = store.add_fetching(source, paths, size_bytes=size, name=name, who=who or asking())
    try:
        enqueue(dataset, settings)
    except Exception as error:
        log.exception("the fetching of dataset %s could not be queued", dataset.id)
        failure = JobError(
            "the job could not be queued.", remedy="Try again; if it goes on, look at the server's log."
        )
        store.fail_fetch(dataset.id, failure)
        raise failure from error
    return dataset


def enqueue(dataset: Dataset, settings: Settings) -> None:
    """Put the job of a dataset into the queue; one that is there already stays as it is."""
    client(settings).enqueue(
        {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": dataset.id}, dataset.id
    )
