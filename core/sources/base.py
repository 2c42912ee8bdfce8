"""What sources of exports have in common: their entries, their errors, and what a path may be.

Nothing outside of a source is ever listed or read: paths are relative to its top, and may not climb.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

from core.base.errors import CoreError, NotFoundError

T = TypeVar("T")
log = logging.getLogger(__name__)

#: Entries of one folder that are listed.
MOST_ENTRIES = 2_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SourceError(CoreError):
    """A source that can't be reached or read."""

    code = "source"
    status = 502


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or folder; ``path`` leads to it from the source's top, ``stamp`` tells its versions apart."""

    name: str
    path: str
    is_folder: bool
    size: int | None = None
    modified: datetime | None = None
    stamp: str = ""


class SourceReader(Protocol):
    """What a source can do; paths were checked by ``checked_path`` before."""

    def listing(self, path: str) -> list[Entry]:
        """Return what is in a folder, in no order."""

    def entry(self, path: str) -> Entry:
        """Return what is told of one file."""

    def open(self, path: str, at: int) -> BinaryIO:
        """Open a file to read it from a byte on."""


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


def shown_address(url: str) -> str:
    """Return the address of a source or destination without what is secret in it."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def not_there(path: str) -> NotFoundError:
    """Return the error for what isn't there, or may not be read: which of the two isn't told."""
    return NotFoundError("File or folder not found.", where=path, remedy="Choose one from the list.")


def patiently(
    ask: Callable[[], T], pauses: Iterable[float], wait: Callable[[float], None] | None = None
) -> T:
    """Ask a source; again after each of these pauses, in seconds, while it can't be reached."""
    for pause in pauses:
        try:
            return ask()
        except SourceError as error:
            log.warning("asked again in %.0f s: %s", pause, error)
            (wait or time.sleep)(pause)
    return ask()


def unreachable(error: Exception) -> SourceError:
    """Return the error for a source that doesn't answer as it should, whatever library has told so."""
    if isinstance(error, PermissionError) or type(error).__name__ == "NoCredentialsError":
        return SourceError(
            "The source denied access.",
            remedy="Check the access keys in the server's environment (AWS_ACCESS_KEY_ID and so on).",
        )
    return SourceError(
        f"The source can't be reached ({type(error).__name__}).",
        remedy="Try again; if it keeps happening, check the server's log.",
    )
