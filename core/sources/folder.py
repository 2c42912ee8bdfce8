"""A folder of the server as a source of exports."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from core.base.errors import NotFoundError
from core.sources.base import MOST_ENTRIES, Entry, not_there


class Folder:
    """A folder; nothing outside of it can be listed or read, whatever links say."""

    def __init__(self, top: Path) -> None:
        self._top = top

    def listing(self, path: str) -> list[Entry]:
        """Return what is in a folder."""
        folder = self._inside(path)
        try:
            with os.scandir(folder) as scanned:
                names = [one.name for one in scanned if not one.name.startswith(".")][: 2 * MOST_ENTRIES]
        except OSError as error:
            raise not_there(path) from error
        entries = (self._entry(f"{path}/{name}" if path else name) for name in names)
        return [entry for entry in entries if entry]

    def entry(self, path: str) -> Entry:
        """Return what is told of one file."""
        entry = self._entry(path)
        if entry is None:
            raise not_there(path)
        return entry

    def open(self, path: str, at: int) -> BinaryIO:
        """Open a file to read it from a byte on."""
        try:
            # Opening a pipe would wait for somebody to write to it.
            file = os.open(self._inside(path), os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise not_there(path) from error
        # A folder on the way may have become a link since the path was looked at: ask what was opened.
        if not stat.S_ISREG(os.fstat(file).st_mode) or not self._contains(_path_of(file, self._top / path)):
            os.close(file)
            raise not_there(path)
        opened = os.fdopen(file, "rb", buffering=0)
        opened.seek(at)
        return opened

    def _entry(self, path: str) -> Entry | None:
        try:
            status = self._inside(path).stat()
        except (OSError, NotFoundError):  # a link that leads nowhere, or out
            return None
        is_folder = stat.S_ISDIR(status.st_mode)
        if not is_folder and not stat.S_ISREG(status.st_mode):
            return None
        return Entry(
            name=path.rsplit("/", 1)[-1],
            path=path,
            is_folder=is_folder,
            size=None if is_folder else status.st_size,
            modified=datetime.fromtimestamp(status.st_mtime, UTC),
            stamp=f"{status.st_size} {status.st_mtime_ns} {status.st_ino}",
        )

    def _inside(self, path: str) -> Path:
        target = Path(os.path.realpath(self._top / path))
        if any(part.startswith(".") for part in path.split("/")) or not self._contains(target):
            raise not_there(path)
        return target

    def _contains(self, path: Path) -> bool:
        return path.is_relative_to(os.path.realpath(self._top))


def _path_of(file: int, otherwise: Path) -> Path:
    """Return where an open file really is."""
    try:
        return Path(f"/proc/self/fd/{file}").readlink()
    except OSError:
        return Path(os.path.realpath(otherwise))
