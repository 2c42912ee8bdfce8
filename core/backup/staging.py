"""Hold files as they are while others go on: by links beside them, so that a deletion takes nothing away.

What the product writes it writes whole and then moves into place, so that a linked file never changes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.base.settings import PROJECTS

PREFIX = ".backup-"
#: At the top of a folder: uploads on their way in, what is being deleted, and what other backups hold.
LEFT_OUT = frozenset({"incoming", "trash"})
_UNFINISHED = (".partial", ".lock", "-wal", "-shm", "-journal")


@contextmanager
def staging(folder: Path) -> Iterator[Staging]:
    """Make a place beside a folder's files for links to them, and clear it away."""
    for left in folder.glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    place = folder / f"{PREFIX}{secrets.token_hex(4)}"
    place.mkdir(mode=0o700)
    try:
        yield Staging(folder, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


class Staging:
    """Links to the files of ``folder``, in ``place``."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.folder = folder
        self.place = place

    def hold(self) -> None:
        """Hold every file as it is now; again, those that have come or were replaced since.

        Folders too: the empty one of a result that waits is where its job writes.
        """
        for path in _files(self.folder):
            held = self.place / path.relative_to(self.folder)
            if path.is_dir():
                held.mkdir(mode=0o700, parents=True, exist_ok=True)
                continue
            try:
                if held.exists() and held.samefile(path):
                    continue
                held.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                held.unlink(missing_ok=True)
                _link(path, held)
            except FileNotFoundError:
                # Deleted or moved in this moment: what is recorded of it is looked at afterwards.
                continue


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        here = Path(root)
        # A project's folder is laid out as the data folder itself.
        is_top = here == folder or here.parent == folder / PROJECTS
        folders[:] = [name for name in folders if not (name.startswith(".") or (is_top and name in LEFT_OUT))]
        yield from (here / name for name in folders)
        for name in names:
            # Databases are copied as they were at one moment, not as a file that is being written.
            if not (name.endswith((*_UNFINISHED, ".sqlite")) or (here / name).is_symlink()):
                yield here / name


def _link(path: Path, held: Path) -> None:
    try:
        held.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:
        # A disk that knows no links.
        shutil.copy2(path, held)
