"""What is in a watched folder: exports, in the order of their days, and whether each is whole.

An export is a file, or a folder named after a day, with its parts. Half of one is never taken: names that
say so (``export.csv.part``) don't count; a file is whole once it looked the same twice, or has its marker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from core.base.errors import NotFoundError, ScheduleError
from core.base.settings import Settings
from core.schedules.definition import Definition
from core.sources.allowed import open_source
from core.sources.base import MOST_ENTRIES, Entry, SourceReader
from core.storage import Arrival

#: Entries of a folder from which on a listing may not have all of them.
MOST_FILES = 2 * MOST_ENTRIES
#: How names end of files that are still being written, and of those that say that another one is whole.
HALF = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", ".lock", "~")
MARKS = (".done", ".ok", ".success", ".complete")
MARKERS = frozenset({"_success", "_done", "_complete", "_finished", ".done"})
_DAY = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An export in a watched folder.

    ``key`` is what it is called, ``stamp`` which version of it this is, ``turn`` by what it comes before
    others; ``marked`` is whether a marker says that it is whole.
    """

    key: str
    name: str
    stamp: str
    turn: str
    paths: tuple[str, ...]
    size_bytes: int
    marked: bool


def watch(definition: Definition, settings: Settings) -> list[Found]:
    """Return the exports in a watched folder, in their turn.

    Raises
    ------
    NotFoundError
        If the source or the folder isn't there.
    SourceError
        If the source can't be reached.
    ScheduleError
        If there is too much in it.
    """
    reader = open_source(definition.source, settings)
    entries = reader.listing(definition.folder)
    if len(entries) >= MOST_FILES:
        raise ScheduleError(
            f"The folder has {len(entries):,} entries: what is new can't be told.",
            where=f"{definition.source}/{definition.folder}",
            remedy="Move the exports of past months elsewhere.",
        )
    names = {entry.name.lower() for entry in entries if not entry.is_folder}
    found = []
    for entry in entries:
        if entry.is_folder:
            parts = _parts(reader, entry, definition) if day_of(entry.name) else None
            if parts is not None:
                found.append(_found(entry, *parts))
        elif _is_export(entry.name, definition):
            found.append(_found(entry, [entry], marked=_is_marked(entry.name, names)))
    return sorted(found, key=lambda one: (one.turn, one.key))


def is_unchanged(arrival: Arrival, definition: Definition, settings: Settings) -> bool:
    """Tell whether an export's files are still those that were found whole."""
    reader = open_source(definition.source, settings)
    try:
        return _stamp([reader.entry(path) for path in arrival.paths]) == arrival.stamp
    except NotFoundError:
        return False


def day_of(name: str) -> date | None:
    """Return the day a name tells; None where it tells none."""
    told = _DAY.search(name)
    try:
        return date(*map(int, told.groups())) if told else None
    except ValueError:
        return None


def _is_export(name: str, definition: Definition) -> bool:
    lower = name.lower()
    if lower.endswith((*HALF, *MARKS)) or lower in MARKERS or lower.startswith((".", "~")):
        return False
    patterns = [each.strip().lower() for each in definition.pattern.split(",") if each.strip()]
    return any(fnmatchcase(lower, pattern) for pattern in patterns)


def _is_marked(name: str, names: set[str]) -> bool:
    """Tell whether a file's own marker is beside it; one of the whole folder may be yesterday's."""
    own, stem = name.lower(), name.lower().partition(".")[0]
    return any(own + mark in names or stem + mark in names for mark in MARKS)


def _parts(reader: SourceReader, folder: Entry, definition: Definition) -> tuple[list[Entry], bool] | None:
    """Return the files of a day's folder, and whether they are marked as whole; None while one is half."""
    entries = [entry for entry in reader.listing(folder.path) if not entry.is_folder]
    lower = {entry.name.lower() for entry in entries}
    if any(name.endswith(HALF) for name in lower):
        return None
    parts = [entry for entry in entries if entry.size and _is_export(entry.name, definition)]
    return (sorted(parts, key=lambda entry: entry.path), bool(MARKERS & lower)) if parts else None


def _found(entry: Entry, parts: Sequence[Entry], marked: bool) -> Found:
    day = day_of(entry.name)
    written = max((part.modified for part in parts if part.modified), default=None)
    turn = day.isoformat() if day else written.date().isoformat() if written else "0"
    return Found(
        key=entry.path,
        name=entry.name,
        stamp=_stamp(parts),
        turn=f"{turn} {written.isoformat() if written else ''}",
        paths=tuple(part.path for part in parts),
        size_bytes=sum(part.size or 0 for part in parts),
        marked=marked,
    )


def _stamp(parts: Sequence[Entry]) -> str:
    stamps = "\n".join(f"{part.path} {part.stamp}" for part in parts)
    return hashlib.sha256(stamps.encode()).hexdigest()
