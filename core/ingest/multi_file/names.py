"""What several files are called together."""

from __future__ import annotations

from collections.abc import Sequence

#: Files named in one sentence at most.
MOST_NAMES = 3


def title_of(filenames: Sequence[str]) -> str:
    """Return one name for all files: "31 files, 2026-10-01.csv to 2026-10-31.csv"."""
    if len(filenames) == 1:
        return filenames[0]
    first, last = min(filenames), max(filenames)
    return f"{len(filenames)} files, {first}" + (f" to {last}" if last != first else "")


def listed(filenames: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(filenames) - MOST_NAMES
    return ", ".join(filenames[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def span_of(filenames: Sequence[str]) -> str:
    """Return the first name and the last by the alphabet."""
    return f"{min(filenames)} to {max(filenames)}"
