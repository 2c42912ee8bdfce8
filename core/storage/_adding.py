"""How files become a dataset: looked at together, placed in its folder, and described in its row."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import IngestError, StorageError
from core.base.settings import Settings
from core.storage import _files
from core.storage._recipes import Recipe

# Reading brings DuckDB and Arrow: imported where a file is looked into, so that whoever only looks at what is
# stored starts without them.
if TYPE_CHECKING:
    from core.ingest import Recognition, SourceFile

#: Where the files of a dataset stand that has several.
FOLDER = "uploads"
MAX_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that is to become a dataset, or a part of one; ``sha256`` is worked out if it is not known."""

    path: Path
    filename: str
    sha256: str | None = None


def describe(
    files: Sequence[NewFile], settings: Settings, find_recipe: Callable[[str], Recipe | None]
) -> dict[str, Any]:
    """Return what a dataset's row says of its files, having looked into them.

    Where ``find_recipe`` has one for their columns, they are read by it.

    Raises
    ------
    IngestError
        If there is no file, one that can't be read at all, or one with nothing but headings.
    TooLargeError
        If one is over the upload limit.
    """
    if not files:
        raise IngestError("No file was given.", remedy="Choose at least one.")
    named = [_checked(file, settings) for file in files]
    recognition = recognise(named)
    if len(named) == 1 and not recognition.preview["rows"]:
        raise IngestError(
            "This file has headings but no rows.",
            where=named[0].filename,
            remedy="Export a period in which something happened.",
        )
    stored = [
        {
            "filename": file.filename,
            "stored_as": name,
            "size_bytes": file.path.stat().st_size,
            "sha256": file.sha256 or _files.sha256_of(file.path),
        }
        for file, name in zip(named, stored_names([file.filename for file in named]), strict=True)
    ]
    return {
        "filename": title_of([file.filename for file in named]),
        "stored_as": stored[0]["stored_as"],
        "size_bytes": sum(file["size_bytes"] for file in stored),
        "sha256": stored[0]["sha256"] if len(stored) == 1 else _digest_of_all(stored),
        "files": stored,
        "recognition": recognition.to_dict(),
        **_reading(named, recognition, find_recipe),
    }


def recognise(files: Sequence[NewFile]) -> Recognition:
    """Return what files are, as one export."""
    from core.ingest import inspect_files

    return inspect_files(_sources(files))


def _reading(
    files: Sequence[NewFile], found: Recognition, find_recipe: Callable[[str], Recipe | None]
) -> dict[str, Any]:
    """Return how files are read: as others with their columns were before, else as they are recognised."""
    from core.ingest.recipes import fingerprint, is_sure, read_as_before

    columns = fingerprint(found)
    recipe = find_recipe(columns) if columns else None
    if recipe is None:
        return {
            "mapping": None,
            "recipe": None,
            "state": "needs_mapping" if found.needs_mapping else "ready",
        }
    mapping = read_as_before(recipe.mapping, found)
    return {
        "mapping": mapping.to_dict(),
        "recipe": recipe.name,
        "state": "ready" if is_sure(mapping, _sources(files)) else "needs_mapping",
    }


def _sources(files: Sequence[NewFile]) -> list[SourceFile]:
    from core.ingest import SourceFile

    return [SourceFile(file.path, file.filename) for file in files]


def unknown(filename: str) -> Recognition:
    """Return what is known of files that are not there yet: nothing."""
    from core.ingest import Mapping, Recognition
    from core.schema.events import Told

    return Recognition(
        filename=filename,
        container="",
        table="",
        encoding=None,
        separator=None,
        decimal=None,
        format=None,
        title="Not read yet",
        kind="events",
        reasons=(),
        columns=(),
        mapping=Mapping(kind="events"),
        needs_mapping=False,
        preview={"columns": [], "rows": []},
        unused=(),
        notes=(),
        told=Told.everything(),
    )


def clean_name(name: str) -> str:
    """Return a dataset's name on one line, of a length that can be shown."""
    return " ".join(name.split())[:MAX_NAME] or "Unnamed"


def _checked(file: NewFile, settings: Settings) -> NewFile:
    filename = _files.safe_filename(file.filename)
    _files.check_size(file.path.stat().st_size, settings.upload_limit_bytes, filename)
    return NewFile(path=file.path, filename=filename, sha256=file.sha256)


def stored_names(filenames: Sequence[str]) -> list[str]:
    """Return what files are called within their dataset's folder: nothing of a user's own choice."""
    if len(filenames) == 1:
        return [f"upload{_files.stored_suffix(filenames[0])}"]
    return [f"{FOLDER}/{at:05d}{_files.stored_suffix(name)}" for at, name in enumerate(filenames, 1)]


def title_of(filenames: Sequence[str]) -> str:
    """Return one name for all files."""
    from core.ingest.multi_file.names import title_of

    return title_of(filenames)


def _digest_of_all(stored: Sequence[dict[str, Any]]) -> str:
    """Return one SHA-256 of several files: that of the list ``sha256sum`` prints of them."""
    listing = "".join(f"{file['sha256']}  {file['filename']}\n" for file in stored)
    return hashlib.sha256(listing.encode()).hexdigest()


def place(files: Sequence[NewFile], row: dict[str, Any], folder: Path) -> None:
    """Put files into a dataset's folder; where they came from they stay, until the dataset is sure.

    Raises
    ------
    StorageError
        If that can't be; every file is then where it came from, and the dataset has no folder.
    """
    try:
        folder.mkdir(exist_ok=True)
        for file, target in _places(files, row, folder):
            _place(file.path, target)
    except OSError as error:
        for file, target in _places(files, row, folder):
            if target.exists() and not file.path.exists():
                _files.move_in(target, file.path)
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageError(
            f"the file could not be stored: {error.strerror}.",
            where=row["filename"],
            remedy="Free space on the disk, or check that the data folder can be written.",
        ) from error


def add(file: NewFile, row: dict[str, Any], folder: Path) -> None:
    """Put one more file, the only one of ``row``, into the folder of a dataset that is there.

    Raises
    ------
    StorageError
        If that can't be.
    """
    ((_, target),) = _places([file], row, folder)
    try:
        _place(file.path, target)
    except OSError as error:
        raise StorageError(
            f"the file could not be stored: {error.strerror}.",
            where=row["filename"],
            remedy="Free space on the disk, or check that the data folder can be written.",
        ) from error


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        # A disk that knows no links, or another one.
        _files.move_in(source, target)


def _places(files: Sequence[NewFile], row: dict[str, Any], folder: Path) -> Iterator[tuple[NewFile, Path]]:
    for file, stored in zip(files, row["files"], strict=True):
        yield file, folder / stored["stored_as"]


def clear(files: Sequence[NewFile]) -> None:
    """Remove files from where they came from, now that they have a place of their own."""
    for file in files:
        file.path.unlink(missing_ok=True)
