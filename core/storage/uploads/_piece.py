"""A piece of an upload: the bytes of one request, written to the end of what is there."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from core.base.errors import IngestError, StorageError
from core.base.written import number
from core.storage import _files
from core.storage.uploads._digest import CATCH_UP
from core.storage.uploads._errors import ChecksumError, OffsetError, no_upload
from core.storage.uploads._uploads import Incoming, Upload

ALGORITHMS = ("sha256", "sha1")
#: Bytes after which free space is looked at again.
RECHECK = 64 * 1024**2
BLOCK = 2 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What a client says the bytes of a piece come to."""

    algorithm: str
    digest: bytes

    @classmethod
    def from_header(cls, header: str) -> Self:
        """Read "sha256 <base64>".

        Raises
        ------
        IngestError
            If it can't be read, or the algorithm isn't known.
        """
        algorithm, _, text = header.strip().partition(" ")
        if algorithm not in ALGORITHMS:
            raise IngestError(
                f"“{algorithm}” isn't a checksum this server supports.",
                remedy=f"Use {' or '.join(ALGORITHMS)}.",
            )
        try:
            return cls(algorithm=algorithm, digest=base64.b64decode(text, validate=True))
        except binascii.Error as error:
            raise IngestError("The checksum is not in base64.", remedy="Send it in base64.") from error


class Piece:
    """Writes one request's bytes; every method may block, so call them from a thread.

    Between two calls another request may write to the same upload, one whose client has given up on it, or
    that of another tab. So each looks whether the upload still ends where it has left it: of two that
    write at once one goes on, and the other is told to ask again.
    """

    def __init__(self, incoming: Incoming, upload: Upload, offset: int, checksum: Checksum | None) -> None:
        self.incoming = incoming
        self.upload = upload
        self.start = self.position = offset
        self._checksum = checksum
        self._sum = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._next_check = offset
        try:
            self._file = os.open(upload.data, os.O_WRONLY)
        except FileNotFoundError as error:
            raise no_upload() from error
        self._before = incoming.digests.take(upload.id)
        self._digest = self._before.copy()

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Look whether the upload ends where the piece begins; OffsetError if not."""
        with self.upload.locked():
            self._must_end_here()
        if self._digest.position < self.start:
            self._digest.catch_up(self.upload.data, self.start, at_most=CATCH_UP)
            self._before = self._digest.copy()

    def close(self) -> None:
        """Let go of the file; nothing may be written any more."""
        os.close(self._file)
        self.incoming.digests.put(self.upload.id, self._digest)

    def write(self, content: bytes) -> None:
        """Write bytes to the end.

        Raises
        ------
        OffsetError
            If somebody else has written to it.
        IngestError
            If it is more than was announced.
        TooLargeError
            If nothing was announced, and it is over the upload limit.
        StorageError
            If the disk is full. What was written stays; it can go on when there is room again.
        """
        if self.upload.open:
            limit = self.incoming.settings.upload_limit_bytes
            _files.check_size(self.position + len(content), limit, self.upload.filename)
        elif self.position + len(content) > self.upload.length:
            raise IngestError(
                f"More than the announced {number(self.upload.length)} bytes arrived.",
                where=self.upload.filename,
                remedy="Upload the file again; it may have changed in the meantime.",
            )
        if self.position >= self._next_check:
            self.incoming.store.ensure_room(len(content))
            self._next_check = self.position + RECHECK
        with self.upload.locked():
            self._must_end_here()
            try:
                _write_all(self._file, content, self.position)
            except OSError as error:
                os.truncate(self._file, self.position)
                raise StorageError(
                    f"The file could not be stored: {error.strerror}.",
                    where=self.upload.filename,
                    remedy="Free space on the server's disk, then try again.",
                ) from error
        self._digest.update(content, self.position)
        if self._sum:
            self._sum.update(content)
        self.position += len(content)

    def keep(self) -> None:
        """Keep what has come of a piece that was broken off."""
        self.upload.settle()

    def finish(self) -> None:
        """Check the piece and bring it to the disk.

        Raises
        ------
        ChecksumError
            If its bytes are not what was sent; they are dropped.
        """
        if self._sum and self._checksum and self._sum.digest() != self._checksum.digest:
            self._take_back()
            raise ChecksumError(
                "A part of the file arrived damaged.",
                where=self.upload.filename,
                remedy="Send that part again.",
            )
        self.upload.settle()
        if self.upload.is_whole and self.position == self._digest.position:
            self.upload.set_sha256(self._digest.hasher.hexdigest())

    def _take_back(self) -> None:
        with self.upload.locked():
            self._must_end_here()
            os.truncate(self._file, self.start)
        self._digest = self._before

    def _must_end_here(self) -> None:
        size = os.fstat(self._file).st_size
        if size != self.position:
            raise OffsetError(
                f"The upload has {number(size)} bytes, and not {number(self.position)}.",
                where=self.upload.filename,
                remedy="Ask how far it is and go on from there.",
            )


def _write_all(file: int, content: bytes, at: int) -> None:
    left = memoryview(content)
    while left:
        written = os.pwrite(file, left, at)
        left, at = left[written:], at + written
