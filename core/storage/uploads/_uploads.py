"""Unfinished uploads in the data folder: a folder each, with the bytes so far and what was told of them."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from core.base.atomic_write import atomic_write
from core.base.errors import IngestError, NotFoundError
from core.base.settings import Settings
from core.storage import Store, _files, get_store, new_id, safe_filename
from core.storage.uploads._digest import Digests
from core.storage.uploads._errors import no_upload

log = logging.getLogger(__name__)

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: Changes when the machine starts, so that a crash of the machine is told from one of the server.
_BOOT = Path("/proc/sys/kernel/random/boot_id")

_digests: dict[Path, Digests] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload: what it was announced as, and where its bytes are.

    While it is ``open`` its length in bytes isn't known, and stands at 0.
    """

    id: str
    filename: str
    length: int
    metadata: str
    folder: Path
    open: bool = False

    @property
    def data(self) -> Path:
        """The bytes so far."""
        return self.folder / "data"

    @property
    def offset(self) -> int:
        """How many bytes are on the disk."""
        return self._stat().st_size

    @property
    def is_whole(self) -> bool:
        """Whether all bytes are there."""
        return not self.open and self.offset == self.length

    @property
    def touched(self) -> datetime:
        """When the last bytes came."""
        return datetime.fromtimestamp(self._stat().st_mtime, UTC)

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of all bytes, once it is known."""
        path = self.folder / "sha256"
        return path.read_text() if path.exists() else None

    def set_sha256(self, digest: str) -> None:
        """Say what the SHA-256 of all bytes is."""
        with _there(), atomic_write(self.folder / "sha256") as partial:
            partial.write_text(digest)

    def write_down(self) -> None:
        """Write down what it was announced as."""
        announced = {
            "id": self.id,
            "filename": self.filename,
            "length": self.length,
            "metadata": self.metadata,
            "open": self.open,
        }
        with atomic_write(self.folder / "upload.json") as partial:
            partial.write_text(json.dumps(announced))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep everybody else, other processes too, from changing it; NotFoundError if it is gone."""
        with _there():
            lock = (self.folder / "lock").open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def settle(self) -> None:
        """Bring what was written to the disk, and write down how much that is."""
        with _there(), self.data.open("rb") as written, atomic_write(self.folder / "settled") as partial:
            os.fsync(written.fileno())
            partial.write_text(f"{os.fstat(written.fileno()).st_size} {_boot()}")

    def drop_unsettled(self) -> None:
        """Drop what was written before the machine went down, and may not have got to the disk."""
        with _there():
            size, boot = (self.folder / "settled").read_text().split(" ")
        if boot == _boot() or self.offset <= int(size):
            return
        with self.locked():
            os.truncate(self.data, int(size))
            self.settle()

    def _stat(self) -> os.stat_result:
        with _there():
            return self.data.stat()


class Incoming:
    """The unfinished uploads of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.folder = store.incoming_dir
        self.digests = _digests.setdefault(self.folder, Digests())

    def create(self, filename: str, length: int | None, *, metadata: str = "") -> Upload:
        """Make an upload of which no bytes are there yet; without a length it is open until ``end``.

        Raises
        ------
        IngestError
            If it is empty.
        TooLargeError
            If it is over the upload limit.
        StorageError
            If the disk has no room for all of it beside what was promised to others.
        """
        filename = safe_filename(filename)
        if length is not None:
            self._check_length(length, filename)
        made = new_id()
        upload = Upload(
            id=made,
            filename=filename,
            length=length or 0,
            metadata=metadata,
            folder=self.folder / f"{_files.UPLOAD}{made}",
            open=length is None,
        )
        self.expire()
        # Or two would be promised the same room.
        with self.alone():
            self.ensure_room(upload.length)
            upload.folder.mkdir()
            upload.data.touch()
            upload.settle()
            upload.write_down()
        return upload

    def end(self, upload: Upload, length: int) -> Upload:
        """Say how long an open upload is, now that its end has come; any other one stays as it is.

        Raises
        ------
        IngestError
            If it is empty.
        """
        if not upload.open:
            return upload
        self._check_length(length, upload.filename)
        ended = replace(upload, length=length, open=False)
        ended.write_down()
        return ended

    def _check_length(self, length: int, filename: str) -> None:
        if not length:
            raise IngestError(
                "The file is empty.", where=filename, remedy="Export it again and check its content."
            )
        _files.check_size(length, self.settings.upload_limit_bytes, filename)

    def get(self, upload_id: str) -> Upload:
        """Return an upload; NotFoundError if there is none (any more)."""
        if not _ID.fullmatch(upload_id):
            raise no_upload()
        upload = _read(self.folder / f"{_files.UPLOAD}{upload_id}")
        upload.drop_unsettled()
        return upload

    def all(self) -> tuple[Upload, ...]:
        """Return every upload there is, in no order."""
        uploads = []
        for folder in self.folder.glob(f"{_files.UPLOAD}*"):
            try:
                uploads.append(_read(folder))
            except NotFoundError:
                continue
        return tuple(uploads)

    def remove(self, upload: Upload) -> None:
        """Forget an upload and free its space."""
        self.digests.forget(upload.id)
        self.store.remove_incoming(upload.folder)

    def promised(self) -> int:
        """Return how many bytes are still to come of the uploads there are."""
        missing = 0
        for upload in self.all():
            try:
                missing += max(upload.length - upload.offset, 0)
            except NotFoundError:  # finished or given up at this very moment
                continue
        return missing

    def ensure_room(self, wanted: int) -> None:
        """Check that so many bytes fit on the disk beside what was promised; StorageError if not."""
        self.store.ensure_room(wanted, promised=self.promised())

    def expires(self, upload: Upload) -> datetime:
        """Return when an upload is given up, unless more of it comes before."""
        return upload.touched + timedelta(hours=self.settings.unfinished_upload_hours)

    def expire(self) -> int:
        """Give up uploads that were left for too long; return how many."""
        now, count = datetime.now(UTC), 0
        for upload in self.all():
            try:
                if self.expires(upload) > now:
                    continue
            except NotFoundError:
                continue
            log.info("upload %s of %s was left unfinished and is given up", upload.id, upload.filename)
            self.remove(upload)
            count += 1
        return count

    def sweep(self, *, older_than: float = _files.ORPHAN_SECONDS) -> int:
        """Give up uploads that were left for too long, and remove folders that never became one.

        Returns
        -------
        int
            How many were removed.
        """
        count, kept = self.expire(), {upload.folder for upload in self.all()}
        for path in _files.old_entries(self.folder, older_than=older_than):
            if path.name.startswith(_files.UPLOAD) and path not in kept:
                self.store.remove_incoming(path)
                count += 1
        return count

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one at a time in here, of all processes."""
        with (self.store.data_dir / "incoming.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def get_incoming(settings: Settings | None = None) -> Incoming:
    """Return the unfinished uploads of these settings' store."""
    return Incoming(get_store(settings))


@contextmanager
def _there() -> Iterator[None]:
    """Say of an upload whose files have gone that it isn't there: somebody has finished or removed it."""
    try:
        yield
    except FileNotFoundError as error:
        raise no_upload() from error


def _read(folder: Path) -> Upload:
    try:
        return Upload(**json.loads((folder / "upload.json").read_text()), folder=folder)
    except (OSError, ValueError, TypeError) as error:
        raise no_upload() from error


@cache
def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return "unknown"
