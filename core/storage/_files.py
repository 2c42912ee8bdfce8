"""Files of the store: names that are safe, room on the disk, deletion that leaves nothing."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import shutil
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from core.base.errors import StorageError, TooLargeError
from core.base.written import decimals, number

log = logging.getLogger(__name__)

MAX_NAME = 150
MAX_SUFFIX = 24
GIGABYTE = 10**9
#: A folder nobody has a row for is swept once it is this old; a younger one may be on its way in.
ORPHAN_SECONDS = 3600.0
#: How folders of uploads on their way in are called; what else comes in has other names.
UPLOAD = "up-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Space on the disk of the data folder, in bytes."""

    free: int
    kept_free: int

    @property
    def usable(self) -> int:
        """What may still be written."""
        return max(self.free - self.kept_free, 0)


def room(folder: Path, *, kept_free: int) -> Room:
    """Measure the disk a folder is on."""
    return Room(free=shutil.disk_usage(folder).free, kept_free=kept_free)


def ensure_room(folder: Path, wanted: int, *, kept_free: int, promised: int = 0) -> None:
    """Check that a number of bytes can be written and the reserve still stays free.

    Parameters
    ----------
    promised
        Bytes that are not written yet, but have been granted to others.

    Raises
    ------
    StorageError
        If not, with the figures.
    """
    space = room(folder, kept_free=kept_free)
    usable = max(space.usable - promised, 0)
    if wanted > usable:
        others = f", {_gb(promised)} promised to other uploads" if promised else ""
        raise StorageError(
            f"{_gb(wanted)} are needed, {_gb(usable)} can be used "
            f"({_gb(space.free)} free, {_gb(kept_free)} of them kept in reserve{others}).",
            where="the disk of the data folder",
            remedy="Delete exports you no longer need, or free space on the disk.",
        )


def check_size(size: int, limit: int, filename: str) -> None:
    """Check that a file of so many bytes may be stored; TooLargeError if not."""
    if size > limit:
        raise TooLargeError(
            f"The file is larger than the {number(limit)} bytes this server takes.",
            where=filename,
            remedy="Split the export, or compress it: .csv.gz is read as it is.",
        )


def _gb(size: int) -> str:
    return f"{decimals(size / GIGABYTE, 2)} GB"


def safe_filename(name: str) -> str:
    """Return a file's own name: no folders, no control characters, at most 150 characters.

    It is shown and offered for download; files on disk are named by the store.
    """
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C").strip().lstrip(".")
    if len(text) > MAX_NAME:
        suffix = stored_suffix(text)
        text = text[: MAX_NAME - len(suffix)] + suffix
    return text or "upload"


def stored_suffix(filename: str) -> str:
    """Return the endings that say what a file is (".csv.gz"), plain enough for any disk."""
    endings = re.findall(r"\.[a-z0-9]{1,8}(?=\.|$)", filename.lower())[-2:]
    suffix = "".join(endings)
    return suffix if filename.lower().endswith(suffix) and len(suffix) <= MAX_SUFFIX else ""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def move_in(source: Path, target: Path) -> None:
    """Move a file so that the target is there whole or not at all, from another disk too."""
    try:
        source.replace(target)
    except OSError:
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(source, partial)
        with partial.open("rb") as copied:
            os.fsync(copied.fileno())
        partial.replace(target)
        source.unlink()


def old_entries(folder: Path, *, older_than: float) -> list[Path]:
    """Return what lies in a folder and hasn't been changed for so many seconds; nothing without a folder."""
    if not folder.is_dir():
        return []
    latest = time.time() - older_than
    return [path for path in folder.iterdir() if path.stat().st_mtime <= latest]


def remove(folder: Path, *, trash: Path) -> None:
    """Make a folder vanish at once, then free its space.

    It is renamed first: whoever still has the path open can write nothing new under its name.
    """
    trash.mkdir(parents=True, exist_ok=True)
    doomed = trash / f"{folder.name}.{secrets.token_hex(4)}"
    try:
        folder.rename(doomed)
    except FileNotFoundError:
        return
    shutil.rmtree(doomed, ignore_errors=True)
    if doomed.exists():
        log.warning("%s could not be deleted whole; the next start tries again", doomed)
