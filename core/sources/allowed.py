"""Places on the server's side that exports can be taken from: folders and buckets an operator has allowed.

Nothing outside of ``PREDICTOR_SOURCES`` is ever listed or read: paths are relative to one of these, may not
climb, and a link that leads out is as if it weren't there. ``take`` makes a dataset that a worker fills.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit, urlunsplit

from core.base.errors import CoreError, IngestError, NotFoundError
from core.base.settings import Settings, get_settings
from core.storage import Dataset

__all__ = ["Entry", "Place", "Source", "browse", "open_source", "sources", "take"]

#: Entries of one folder that are listed, and files that are taken at once.
MOST_ENTRIES = 2_000
MOST_FILES = 2_000
#: Files of one folder that are asked for one by one.
FEW_FILES = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A folder or bucket exports can be taken from; ``name`` is what it is asked for by, and shown as."""

    name: str
    url: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of the server itself."""
        return "://" not in self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or folder; ``path`` leads to it from the source's top, ``stamp`` tells its versions apart."""

    name: str
    path: str
    is_folder: bool
    size: int | None = None
    modified: datetime | None = None
    stamp: str = ""


class Place(Protocol):
    """What a source can do; paths were checked by ``checked_path`` before."""

    def listing(self, path: str) -> list[Entry]:
        """Return what is in a folder, in no order."""

    def entry(self, path: str) -> Entry:
        """Return what is told of one file."""

    def open(self, path: str, at: int) -> BinaryIO:
        """Open a file to read it from a byte on."""


def sources(settings: Settings | None = None) -> tuple[Source, ...]:
    """Return the sources there are."""
    made = (settings or get_settings()).sources
    return tuple(Source(name=_shown(url), url=url) for url in made)


def browse(source: str, path: str = "", *, settings: Settings | None = None) -> tuple[Entry, ...]:
    """Return what is in a folder of a source: folders first, then files, by name.

    Raises
    ------
    NotFoundError
        If there is no such source or folder, or it is none of those allowed.
    SourceError
        If the source can't be reached.
    """
    place = open_source(source, settings)
    found = place.listing(checked_path(path, may_be_empty=True))
    found.sort(key=lambda entry: (not entry.is_folder, entry.name.lower(), entry.name))
    return tuple(found[:MOST_ENTRIES])


def take(
    source: str,
    paths: Sequence[str],
    *,
    name: str | None = None,
    who: str | None = None,
    settings: Settings | None = None,
) -> Dataset:
    """Make one dataset of files of a source; it is in state "fetching" until a worker has copied them.

    Raises
    ------
    NotFoundError
        If there is no such source or file.
    StorageError
        If the disk has no room for them.
    JobError
        If the job can't be queued.
    """
    from core.jobs.fetching import submit

    settings = settings or get_settings()
    place = open_source(source, settings)
    checked = list(dict.fromkeys(checked_path(path) for path in paths))
    if not checked or len(checked) > MOST_FILES:
        raise IngestError(
            f"{len(checked):,} files were chosen.", remedy=f"Choose between 1 and {MOST_FILES:,} files."
        )
    entries = [_file(entry) for entry in _entries(place, checked)]
    return submit(source, entries, name=name, who=who, settings=settings)


def _entries(place: Place, paths: Sequence[str]) -> list[Entry]:
    """Return what is told of files; where many of one folder are asked for, with one look at the folder."""
    many = {folder for folder, count in Counter(map(_folder, paths)).items() if count > FEW_FILES}
    listed = {entry.path: entry for folder in many for entry in place.listing(folder)}
    return [listed.get(path) or place.entry(path) for path in paths]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def open_source(source: str, settings: Settings | None = None) -> Place:
    """Return what lists and reads a source.

    Raises
    ------
    NotFoundError
        If there is no such source.
    """
    settings = settings or get_settings()
    known = {one.name: one for one in sources(settings)}
    if source not in known:
        raise NotFoundError("There is no such source.", where=source, remedy="Choose one from the list.")
    return _opened(known[source].url, settings.s3_endpoint_url)


@lru_cache(maxsize=64)
def _opened(url: str, s3_endpoint_url: str | None) -> Place:
    if "://" not in url:
        from core.sources.folder import Folder

        return Folder(Path(url))
    from core.sources.remote import Remote

    return Remote(url, s3_endpoint_url=s3_endpoint_url)


def checked_path(path: str, *, may_be_empty: bool = False) -> str:
    """Return a path within a source, refusing what could lead anywhere else.

    Raises
    ------
    NotFoundError
        If it could.
    """
    parts = path.split("/") if path else []
    if any(part in ("", ".", "..") for part in parts) or _CONTROL.search(path) or "\\" in path:
        raise not_there(path)
    if not parts and not may_be_empty:
        raise not_there(path)
    return path


def not_there(path: str) -> NotFoundError:
    """Return the error for what isn't there, or may not be read: which of the two isn't told."""
    return NotFoundError("There is no such file or folder.", where=path, remedy="Choose one from the list.")


class SourceError(CoreError):
    """A source that can't be reached or read."""

    code = "source"
    status = 502


def _file(entry: Entry) -> Entry:
    if entry.is_folder:
        raise IngestError("This is a folder.", where=entry.path, remedy="Choose the files in it.")
    if not entry.size:
        raise IngestError("The file is empty.", where=entry.path, remedy="Export it again.")
    return entry


def _shown(url: str) -> str:
    """Return a source's address without what is secret in it."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))
