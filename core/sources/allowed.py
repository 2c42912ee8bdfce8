"""Places on the server's side that exports can be taken from: folders and buckets an operator has allowed.

Nothing outside of ``PREDICTOR_SOURCES`` is ever listed or read: paths are relative to one of these, may not
climb, and a link that leads out is as if it weren't there. Taking files is a job: ``core.jobs.fetching``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.base.errors import IngestError, NotFoundError
from core.base.settings import Settings, get_settings
from core.base.written import number
from core.sources.base import MOST_ENTRIES, Entry, SourceReader, checked_path, shown_address
from core.sources.folder import Folder
from core.sources.remote import Remote

__all__ = ["Source", "browse", "chosen_files", "open_source", "sources"]

#: Files that are taken at once.
MOST_FILES = 2_000
#: Files of one folder that are asked for one by one.
FEW_FILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A folder or bucket exports can be taken from; ``name`` is what it is asked for by, and shown as."""

    name: str
    url: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of the server itself."""
        return "://" not in self.url


def sources(settings: Settings | None = None) -> tuple[Source, ...]:
    """Return the sources there are."""
    made = get_settings(settings).sources
    return tuple(Source(name=shown_address(url), url=url) for url in made)


def browse(source: str, path: str = "", *, settings: Settings | None = None) -> tuple[Entry, ...]:
    """Return what is in a folder of a source: folders first, then files, by name.

    Raises
    ------
    NotFoundError
        If there is no such source or folder, or it is none of those allowed.
    SourceError
        If the source can't be reached.
    """
    reader = open_source(source, settings)
    entries = reader.listing(checked_path(path, may_be_empty=True))
    entries.sort(key=lambda entry: (not entry.is_folder, entry.name.lower(), entry.name))
    return tuple(entries[:MOST_ENTRIES])


def chosen_files(source: str, paths: Sequence[str], settings: Settings | None = None) -> tuple[Entry, ...]:
    """Return what is told of files of a source that are to be taken, each once.

    Raises
    ------
    NotFoundError
        If there is no such source or file.
    IngestError
        If they are none or too many, or one of them is empty or a folder.
    """
    reader = open_source(source, settings)
    checked = list(dict.fromkeys(checked_path(path) for path in paths))
    if not checked or len(checked) > MOST_FILES:
        raise IngestError(
            f"{number(len(checked))} files were chosen.",
            remedy=f"Choose between 1 and {number(MOST_FILES)} files.",
        )
    return tuple(_file(entry) for entry in _entries(reader, checked))


def _entries(reader: SourceReader, paths: Sequence[str]) -> list[Entry]:
    """Return what is told of files; where many of one folder are asked for, with one look at the folder."""
    many = {folder for folder, count in Counter(map(_folder, paths)).items() if count > FEW_FILES}
    listed = {entry.path: entry for folder in many for entry in reader.listing(folder)}
    return [listed.get(path) or reader.entry(path) for path in paths]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def open_source(source: str, settings: Settings | None = None) -> SourceReader:
    """Return what lists and reads a source.

    Raises
    ------
    NotFoundError
        If there is no such source.
    """
    settings = get_settings(settings)
    by_name = {one.name: one for one in sources(settings)}
    if source not in by_name:
        raise NotFoundError("Source not found.", where=source, remedy="Choose one from the list.")
    return _opened(by_name[source].url, settings.s3_endpoint_url)


@lru_cache(maxsize=64)
def _opened(url: str, s3_endpoint_url: str | None) -> SourceReader:
    if "://" not in url:
        return Folder(Path(url))
    return Remote(url, s3_endpoint_url=s3_endpoint_url)


def _file(entry: Entry) -> Entry:
    if entry.is_folder:
        raise IngestError("This is a folder.", where=entry.path, remedy="Choose the files in it.")
    if not entry.size:
        raise IngestError("The file is empty.", where=entry.path, remedy="Export it again.")
    return entry
