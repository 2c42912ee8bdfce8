"""The worker's side of fetching: a dataset's files are copied from their source, as a DBOS workflow.

What is copied goes the way of uploads (``core.storage.uploads``): after a crash a file goes on where it was.
A file that changes while it is copied is refused, for half of it would be old and half new.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import BinaryIO

from dbos import DBOS

from core.base.errors import IngestError, JobError, NotFoundError
from core.base.progress import Progress
from core.base.project import FIRST
from core.jobs import runner
from core.jobs.fetching import FETCHING, clear, mark, uploads_of
from core.jobs.runner import Outcome, Work
from core.jobs.scoring import submit_new
from core.sources.allowed import open_source
from core.sources.base import Entry, SourceError, SourceReader, patiently, unreachable
from core.storage import Dataset, Job, NewFile, Store
from core.storage.uploads import Incoming, Piece, Upload, sha256_of_whole

log = logging.getLogger(__name__)

#: A job that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 20
BLOCK = 4 * 1024**2
#: Bytes after which what was written is brought to the disk.
SETTLE = 256 * 1024**2
#: A source that doesn't answer is asked again after these seconds, from the first on if bytes came meanwhile.
PAUSES = (1.0, 3.0, 10.0, 30.0, 60.0)
#: How fetching that came to its end is written down; an earlier version wrote the dataset's state.
FETCHED = frozenset({"done", "ready"})


@DBOS.workflow(name=FETCHING.workflow, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def fetch_source(job_id: str, dataset_id: str = "", project: str = FIRST) -> str:
    """Fetch the files of a dataset and hand it in for scoring; return how it ended.

    Its id is said twice, as any job's is that is about a dataset; once by earlier versions.
    """
    ended = runner.run_job(WORK, job_id, job_id, project)
    if ended in FETCHED:
        DBOS.run_step({"name": "score"}, partial(_score_of, project, job_id))
    return ended


def _score_of(project: str, dataset_id: str) -> str | None:
    with runner.of_project(project):
        return score(runner.job_store(), dataset_id)


def score(store: Store, dataset_id: str) -> str | None:
    """Have a dataset that was fetched scored, where that needs no questions; return the result's id."""
    clear(store, dataset_id)
    try:
        dataset = store.dataset(dataset_id)
    except NotFoundError:
        return None
    if dataset.fetch and not dataset.fetch.scored:
        # Whoever has fetched it looks at it first.
        return None
    result = submit_new(dataset, who=dataset.fetch.who if dataset.fetch else None, settings=store.settings)
    store.settle_fetch(dataset_id)
    return result.id if result else None


def _run(step: str, store: Store, job: Job, progress: Progress, before: Outcome) -> None:
    incoming = Incoming(store)
    files = [_file(incoming, upload) for upload in _copy_all(incoming, store.dataset(job.id), progress)]
    store.fill_dataset(job.id, files)
    clear(store, job.id)


WORK = Work(queue=FETCHING, steps={"fetch": (0.0, 1.0)}, run=_run, clear=clear, light=frozenset({"fetch"}))


def _copy_all(incoming: Incoming, dataset: Dataset, progress: Progress) -> list[Upload]:
    if dataset.fetch is None:
        raise JobError("Where its files come from isn't known.", remedy="Fetch them again.")
    reader = open_source(dataset.fetch.source, incoming.settings)
    waiting = _Report(progress, []).wait
    entries = [patiently(partial(reader.entry, path), PAUSES, waiting) for path in dataset.fetch.paths]
    uploads = _announced(incoming, dataset, entries)
    report = _Report(progress, uploads)
    for entry, upload in zip(entries, uploads, strict=True):
        report.begin(upload)
        _copy(incoming, reader, entry, upload, report)
        patiently(partial(_must_be_same, reader, entry), PAUSES, report.wait)
        report.end(upload)
    return uploads


def _announced(incoming: Incoming, dataset: Dataset, entries: list[Entry]) -> list[Upload]:
    """Return the uploads that take the files in; those of an attempt before, if their files are the same."""
    earlier = {(at, stamp): upload for upload, at, stamp in uploads_of(incoming, dataset.id)}
    announced = []
    for at, entry in enumerate(entries):
        upload = earlier.pop((at, entry.stamp), None)
        announced.append(
            upload
            or incoming.create(entry.name, entry.size or 0, metadata=f"{mark(dataset.id)} {at} {entry.stamp}")
        )
    for upload in earlier.values():
        incoming.remove(upload)
    return announced


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


def _copy(incoming: Incoming, reader: SourceReader, entry: Entry, upload: Upload, report: _Report) -> None:
    """Copy one file, going on where it was however often the source fails."""
    pauses = iter(PAUSES)
    while (before := upload.offset) < upload.length:
        try:
            with reader.open(entry.path, before) as file:
                _copy_on(incoming, file, upload, report)
            if upload.offset < upload.length:
                _must_be_same(reader, entry)
                raise SourceError("The source ended before the file did.", where=entry.path)
        except SourceError as error:
            if upload.offset > before:
                pauses = iter(PAUSES)
            pause = next(pauses, None)
            if pause is None:
                raise
            log.warning("%s: %s", entry.path, error)
            report.wait(pause)


def _must_be_same(reader: SourceReader, entry: Entry) -> None:
    if reader.entry(entry.path).stamp != entry.stamp:
        raise IngestError(
            "The file changed while it was being fetched.",
            where=entry.path,
            remedy="Wait until it is complete, then fetch it again.",
        )


def _read(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except Exception as error:  # every file system has errors of its own
        raise unreachable(error) from error


def _file(incoming: Incoming, upload: Upload) -> NewFile:
    return NewFile(path=upload.data, filename=upload.filename, sha256=sha256_of_whole(incoming, upload))


class _Report:
    """Says how far the fetching of a dataset is."""

    def __init__(self, progress: Progress, uploads: list[Upload]) -> None:
        self._progress = progress
        self._total = max(sum(upload.length for upload in uploads), 1)
        self._count = len(uploads)
        self._number = 0
        self._done = 0
        self._share = 0.0
        self._message = ""

    def begin(self, upload: Upload) -> None:
        self._number += 1
        of = f" ({self._number} of {self._count})" if self._count > 1 else ""
        self._message = f"Fetching {upload.filename}{of}"
        self.move(upload.offset)

    def end(self, upload: Upload) -> None:
        self._done += upload.length

    def move(self, position: int) -> None:
        self._share = (self._done + position) / self._total
        self._progress(self._share, self._message)

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._progress(self._share, "Waiting for the source; this resumes automatically")
            time.sleep(min(left, 1.0))
