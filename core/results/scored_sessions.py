"""Which sessions are asked about: a Parquet file of scored sessions as it was at one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from core.base.errors import NotFoundError


def stamp_of(path: Path) -> int:
    """Return when a file was last written, in nanoseconds.

    Raises
    ------
    NotFoundError
        If the file is gone.
    """
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        raise NotFoundError(
            "These sessions no longer exist.", remedy="Score the export again, or choose another one."
        ) from None


@dataclass(frozen=True, slots=True)
class ScoredSessions:
    """One version of a file of scored sessions: what questions are put to, and part of every cache's key.

    Parameters
    ----------
    path
        The Parquet file.
    stamp
        When it was last written, in nanoseconds: a file that was written anew is another version.
    threshold
        From which probability on (0 to 1) a session counts as a likely buyer; None leaves the
        predictions as they were written.
    """

    path: Path
    stamp: int
    threshold: float | None = None

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the sessions of a file as it is now.

        Raises
        ------
        NotFoundError
            If the file is gone.
        """
        return cls(path, stamp_of(path))

    def at(self, threshold: float | None) -> Self:
        """Return the same sessions with another threshold."""
        return self if threshold == self.threshold else replace(self, threshold=threshold)
