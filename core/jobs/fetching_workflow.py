"""The worker's side of fetching: a dataset's files are copied from their source, as a DBOS workflow.

What is copied goes the way of uploads (``core.storage.uploads``): after a crash a file goes on where it was.
A file that changes while it is copied is refused, for half of it would be old and half new.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from dbos import DBOS

from core.base.errors import CoreError, IngestError, JobError, NotFoundError
from core.base.failures import explain
from core.base.settings import Settings
from core.jobs.fetching import QUEUE, WORKFLOW, enqueue
from core.sources.allowed import Entry, Place, SourceError, open_source
from core.storage import Dataset, NewFile, Store, get_store
from core.storage.uploads import Incoming, Piece, Upload, sha256_of_whole

log = logging.getLogger(__name__)

#: A job that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 20
#: Datasets fetched at once: a disk or a line gets no faster by more.
AT_ONCE = 2
BLOCK = 4 * 1024**2
#: Bytes after which what was written is brought to the disk.
SETTLE = 256 * 1024**2
PROGRESS_SECONDS = 0.5
#: A source that doesn't answer is asked again after these seconds, from the first on if bytes came meanwhile.
PAUSES = (1.0, 3.0, 10.0, 30.0, 60.0)

_settings: list[Settings] = []


def listen(settings: Settings, poll_seconds: float) -> None:
    """Take jobs from the queue."""
    _settings[:] = [settings]
    DBOS.register_queue(
        QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=poll_seconds, on_conflict="always_update"
    )


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def fetch_source(dataset_id: str) -> str:
    """Fetch the files of a dataset and hand it in for scoring; return how it ended."""
    settings = _settings[0]
    ended = DBOS.run_step({"name": "fetch"}, lambda: fetch(get_store(settings), dataset_id))
    if ended == "ready":
        DBOS.run_step({"name": "score"}, lambda: _score(settings, dataset_id))
    return str(ended)


def fetch(store: Store, dataset_id: str) -> str:
    """Copy a dataset's files from its source; return the state it is in then, or "deleted".

    An error is a way to end, too: the dataset says so. Only a database that can't be reached makes this
    function raise.
    """
    incoming = Incoming(store)
    state: str
    try:
        dataset = store.dataset(dataset_id)
        if dataset.state == "fetching":
            files = [_file(incoming, upload) for upload in _copy_all(incoming, dataset)]
            dataset = store.fill_dataset(dataset_id, files)
        state = dataset.state
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets to know
        state = _fail(store, dataset_id, error)
    for upload, _at, _stamp in _uploads_of(incoming, dataset_id):
        incoming.remove(upload)
    if state == "deleting":
        store.remove_files(dataset_id=dataset_id)
    return state


def look_after(store: Store, lost_after: timedelta) -> None:
    """Find datasets whose job is lost or was given up, and hand it in again or say so."""
    for dataset in store.fetching():
        status = DBOS.get_workflow_status(dataset.id)
        if status is None:
            if datetime.now(UTC) - dataset.created_at > lost_after:
                enqueue(dataset, store.settings)
        elif status.status not in ("ENQUEUED", "PENDING", "DELAYED"):
            failure = JobError(
                "the job was given up, because the worker stopped again and again while it ran.",
                remedy="Look at the worker's log, then take the files again.",
            )
            _fail(store, dataset.id, failure)


def _fail(store: Store, dataset_id: str, error: Exception) -> str:
    """Say that a dataset can't be fetched; return the state it is in then."""
    try:
        store.dataset(dataset_id)
        store.fail_fetch(dataset_id, explain(error))
    except NotFoundError:
        pass
    try:
        return store.dataset(dataset_id).state
    except NotFoundError:
        return "deleting"


def _score(settings: Settings, dataset_id: str) -> str | None:
    from core.jobs.scoring import submit

    store = get_store(settings)
    try:
        dataset = store.dataset(dataset_id)
        if store.results(dataset_id):
            return None
        return submit(dataset_id, who=dataset.fetch.who if dataset.fetch else None, settings=settings).id
    except CoreError as error:
        # The files are there; the dataset's page lets the scoring be tried again.
        log.warning("dataset %s could not be queued: %s", dataset_id, error)
        return None


def _copy_all(incoming: Incoming, dataset: Dataset) -> list[Upload]:
    if dataset.fetch is None:
        raise JobError("It isn't known where its files come from.", remedy="Take them again.")
    place = open_source(dataset.fetch.source, incoming.settings)
    entries = [place.entry(path) for path in dataset.fetch.paths]
    uploads = _announced(incoming, dataset, entries)
    report = _Report(incoming.store, dataset, uploads)
    for entry, upload in zip(entries, uploads, strict=True):
        report.begin(upload)
        _copy(incoming, place, entry, upload, report)
        _must_be_same(place, entry)
        report.end(upload)
    return uploads


def _announced(incoming: Incoming, dataset: Dataset, entries: list[Entry]) -> list[Upload]:
    """Return the uploads that take the files in; those of an attempt before, if their files are the same."""
    found = {(at, stamp): upload for upload, at, stamp in _uploads_of(incoming, dataset.id)}
    wanted = []
    for at, entry in enumerate(entries):
        upload = found.pop((at, entry.stamp), None)
        wanted.append(
            upload
            or incoming.create(
                entry.name, entry.size or 0, metadata=f"{_mark(dataset.id)} {at} {entry.stamp}"
            )
        )
    for upload in found.values():
        incoming.remove(upload)
    return wanted


def _uploads_of(incoming: Incoming, dataset_id: str) -> list[tuple[Upload, int, str]]:
    found = []
    for upload in incoming.all():
        if upload.metadata.startswith(f"{_mark(dataset_id)} "):
            _, _, at, stamp = upload.metadata.split(" ", 3)
            found.append((upload, int(at), stamp))
    return found


def _mark(dataset_id: str) -> str:
    return f"fetch {dataset_id}"


def _copy_on(incoming: Incoming, file: BinaryIO, upload: Upload, report: _Report) -> None:
    """Copy a file, from where its upload ends to its own end."""
    with Piece(incoming, upload, upload.offset, None) as piece:
        settled = piece.position
        while piece.position < upload.length:
            block = _read(file, min(BLOCK, upload.length - piece.position))
            if not block:
                break
            piece.write(block)
            report.move(piece.position)
            if piece.position - settled >= SETTLE:
                piece.keep()
                settled = piece.position
        piece.finish()


def _copy(incoming: Incoming, place: Place, entry: Entry, upload: Upload, report: _Report) -> None:
    """Copy one file, going on where it was however often the source fails."""
    pauses = iter(PAUSES)
    while (before := upload.offset) < upload.length:
        try:
            with place.open(entry.path, before) as file:
                _copy_on(incoming, file, upload, report)
            if upload.offset < upload.length:
                _must_be_same(place, entry)
                raise SourceError("The source ended before the file did.", where=entry.path)
        except SourceError as error:
            if upload.offset > before:
                pauses = iter(PAUSES)
            pause = next(pauses, None)
            if pause is None:
                raise
            log.warning("%s: %s", entry.path, error)
            report.wait(pause)


def _must_be_same(place: Place, entry: Entry) -> None:
    if place.entry(entry.path).stamp != entry.stamp:
        raise IngestError(
            "The file has changed while it was being fetched.",
            where=entry.path,
            remedy="Wait until it is written completely, then take it again.",
        )


def _read(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except Exception as error:  # every file system has errors of its own
        from core.sources.remote import unreachable

        raise unreachable(error) from error


def _file(incoming: Incoming, upload: Upload) -> NewFile:
    return NewFile(path=upload.data, filename=upload.filename, sha256=sha256_of_whole(incoming, upload))


class _Report:
    """Says now and then how far the fetching of a dataset is; fails once that was deleted."""

    def __init__(self, store: Store, dataset: Dataset, uploads: list[Upload]) -> None:
        self._store = store
        self._dataset = dataset
        self._total = max(sum(upload.length for upload in uploads), 1)
        self._count = len(uploads)
        self._number = 0
        self._done = 0
        self._share = 0.0
        self._message = ""
        self._last = float("-inf")

    def begin(self, upload: Upload) -> None:
        self._number += 1
        of = f" ({self._number} of {self._count})" if self._count > 1 else ""
        self._message = f"Fetching {upload.filename}{of}"
        self.move(upload.offset)

    def end(self, upload: Upload) -> None:
        self._done += upload.length

    def move(self, position: int) -> None:
        self._share = (self._done + position) / self._total
        if time.monotonic() - self._last >= PROGRESS_SECONDS:
            self._say(self._message)

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._say("Waiting for the source; it goes on by itself")
            time.sleep(min(left, 1.0))

    def _say(self, message: str) -> None:
        self._last = time.monotonic()
        self._store.update_fetch(self._dataset.id, share=self._share, message=message)
