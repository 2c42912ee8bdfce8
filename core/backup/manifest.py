"""What a backup says of itself: which program made it, of what, and the hash of every file.

TARGET/manifest.json     written last: without it there is no backup
data/             the data folder; SQLite databases as they were at one moment
models/           the models folder
database/         tables of a PostgreSQL database, one file each
live/             tables of a PostgreSQL database of live sessions
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.base.atomic_write import atomic_write
from core.base.errors import CoreError

FILE = "manifest.json"
FORMAT_VERSION = 1
DATA, MODELS, DATABASE, LIVE = "data", "models", "database", "live"
BLOCK = 1024**2


class BackupError(CoreError):
    """A backup that can't be made, or used."""

    code = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Size and SHA-256 of a file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A backup; ``files`` and ``folders`` are paths within it.

    ``schema`` is where the metadata database stood in its migrations. ``databases`` are those that were in
    PostgreSQL (``DATABASE``, ``LIVE``) and the state of their sequences by name: the last value, and whether
    it was given.
    """

    version: str
    made_at: str
    schema: str
    files: Mapping[str, Stamp]
    folders: tuple[str, ...] = ()
    databases: Mapping[str, Mapping[str, tuple[int, bool]]] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(stamp.bytes for stamp in self.files.values())

    def write(self, folder: Path) -> None:
        """Put it beside the files it tells of, when those are there."""
        with atomic_write(folder / FILE) as partial:
            partial.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup says of itself.

    Raises
    ------
    BackupError
        If it isn't one, is not whole, or was made by a newer program.
    """
    try:
        told: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if told["format_version"] != FORMAT_VERSION:
            raise BackupError(
                f"this backup has format {told['format_version']}, this program reads {FORMAT_VERSION}.",
                where=str(folder),
                remedy="Use the program version that made it, or a newer one.",
            )
        told["files"] = {path: Stamp(**stamp) for path, stamp in told["files"].items()}
        told["folders"] = tuple(told["folders"])
        told["databases"] = {
            name: {sequence: (int(last), bool(given)) for sequence, (last, given) in sequences.items()}
            for name, sequences in told["databases"].items()
        }
        return Manifest(**told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(
            "this is no backup, or one that was broken off: it has no manifest that can be read.",
            where=str(folder),
            remedy="Name the folder that `python -m core backup` wrote.",
        ) from error


def check_files(manifest: Manifest, folder: Path) -> None:
    """Check that every file of a backup is there as it was written, and none lies outside.

    Raises
    ------
    BackupError
        Naming the first that isn't.
    """
    for path in (*manifest.folders, *manifest.files):
        if not (folder / path).resolve().is_relative_to(folder.resolve()):
            raise BackupError("it names a file outside of it.", where=path[:200])
    for path, stamp in manifest.files.items():
        try:
            found = stamp_of(folder / path)
        except OSError as error:
            raise _damaged(path, f"can't be read ({error.strerror})") from error
        if found != stamp:
            raise _damaged(path, "isn't as it was written")


def _damaged(path: str, what: str) -> BackupError:
    return BackupError(f"a file of this backup {what}.", where=path, remedy="Use another backup.")


def stamp_of(file: Path) -> Stamp:
    """Return size and hash of a file."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256")
        return Stamp(bytes=opened.tell(), sha256=digest.hexdigest())


def copy_stamped(source: Path, target: Path) -> Stamp:
    """Copy a file with its mode, and return size and hash of what was written."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(BLOCK):
            digest.update(block)
            size += len(block)
            writing.write(block)
    target.chmod(source.stat().st_mode & 0o777)
    return Stamp(bytes=size, sha256=digest.hexdigest())
