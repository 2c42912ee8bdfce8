"""The SHA-256 of uploads, worked out while they come in.

How far it is stays in memory, so it is lost with the process, and pieces may come to another one. Then it
catches up from the disk, a part with each piece, so that no request waits for all of it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

#: Bytes read from the disk for it with one piece of an upload, and in one go.
CATCH_UP = 256 * 1024**2
BLOCK = 1024**2
#: Uploads it is remembered for; the oldest are forgotten first, and then catch up again.
REMEMBERED = 500


@dataclass(slots=True)
class Digest:
    """The SHA-256 of the first ``position`` bytes of a file."""

    position: int = 0
    hasher: hashlib._Hash = field(default_factory=hashlib.sha256)

    def copy(self) -> Digest:
        """Return another one that goes on from here by itself."""
        return Digest(self.position, self.hasher.copy())

    def update(self, content: bytes | memoryview, at: int) -> None:
        """Take in bytes of the file, if they are the next ones."""
        if at == self.position:
            self.hasher.update(content)
            self.position += len(content)

    def catch_up(self, path: Path, to: int, *, at_most: int | None = None) -> bool:
        """Take in bytes from the disk; return whether it has come to ``to``."""
        until = to if at_most is None else min(to, self.position + at_most)
        with path.open("rb", buffering=0) as file:
            file.seek(self.position)
            while self.position < until and (block := file.read(min(BLOCK, until - self.position))):
                self.hasher.update(block)
                self.position += len(block)
        return self.position == to


class Digests:
    """What this process remembers of the uploads it has seen pieces of."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Digest] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, upload_id: str) -> Digest:
        """Return how far it is, for the caller alone: nobody else gets it until it is put back."""
        with self._lock:
            return self._kept.pop(upload_id, None) or Digest()

    def put(self, upload_id: str, digest: Digest) -> None:
        """Remember how far it is."""
        with self._lock:
            self._kept[upload_id] = digest
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        """Forget an upload."""
        with self._lock:
            self._kept.pop(upload_id, None)
