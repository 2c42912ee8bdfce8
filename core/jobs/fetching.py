"""Fetching exports from a source (``core.sources``) as durable jobs: handed in by whoever serves pages.

``take`` makes a dataset in state "fetching", which is its own job, and queues it. What the worker does with
it is in ``core.jobs.fetching_workflow``. To stop one, delete its dataset.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.base.requester import requester
from core.base.settings import Settings, get_settings
from core.jobs.queues import JobQueue, hand_in
from core.sources.allowed import chosen_files
from core.storage import Dataset, Store, get_store
from core.storage.uploads import Incoming, Upload

#: Datasets fetched at once: a disk or a line gets no faster by more.
AT_ONCE = 2


def take(
    source: str,
    paths: Sequence[str],
    *,
    name: str | None = None,
    who: str | None = None,
    scored: bool = True,
    made_of: str | None = None,
    settings: Settings | None = None,
) -> Dataset:
    """Make one dataset of files of a source; it is in state "fetching" until a worker has copied them.

    ``scored`` is whether it is scored as soon as it is here. Asked again for what is ``made_of`` the same, it
    returns the same dataset.

    Raises
    ------
    NotFoundError
        If there is no such source or file.
    IngestError
        If they are none or too many, or one of them is empty or a folder.
    StorageError
        If the disk has no room for them.
    JobError
        If the job can't be queued.
    """
    settings = get_settings(settings)
    store = get_store(settings)
    if made_of and (made := store.dataset_made_of(made_of)):
        return made
    entries = chosen_files(source, paths, settings)
    size = sum(entry.size or 0 for entry in entries)
    Incoming(store).ensure_room(size)
    dataset = store.add_fetching(
        source,
        [entry.path for entry in entries],
        size_bytes=size,
        name=name,
        who=who or requester(),
        scored=scored,
        made_of=made_of,
    )
    hand_in(FETCHING, store.fetch_job(dataset.id), store)
    return dataset


def uploads_of(incoming: Incoming, dataset_id: str) -> list[tuple[Upload, int, str]]:
    """Return the uploads that take a dataset's files in, with the number and the version of each file."""
    uploads = []
    for upload in incoming.all():
        if upload.metadata.startswith(f"{mark(dataset_id)} "):
            _, _, at, stamp = upload.metadata.split(" ", 3)
            uploads.append((upload, int(at), stamp))
    return uploads


def mark(dataset_id: str) -> str:
    """Return what the uploads of a dataset that is being fetched are told by."""
    return f"fetch {dataset_id}"


def clear(store: Store, dataset_id: str) -> None:
    """Remove what was copied for a dataset."""
    incoming = Incoming(store)
    for upload, _at, _stamp in uploads_of(incoming, dataset_id):
        incoming.remove(upload)


FETCHING = JobQueue(
    name="fetching",
    workflow="fetch_source",
    noun="job",
    jobs=lambda store: store.fetch_jobs,
    find=lambda store, dataset_id: store.fetch_job(dataset_id),
    clear=clear,
    at_once=lambda settings, lane: AT_ONCE,
)
