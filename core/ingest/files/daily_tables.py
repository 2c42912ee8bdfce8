"""Google Analytics 4 exports of one day that stand for each other: the final one replaces the others.

Layout: Google's "BigQuery Export schema": ``events_intraday_YYYYMMDD`` fills while the day lasts,
``events_fresh_YYYYMMDD`` follows, ``events_YYYYMMDD`` is final. Attribution and places are added on the way,
so their rows differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.ingest.files.containers import SourceFile

_NAME = re.compile(r"events[_-](?:(intraday|fresh)[_-])?(\d{8})(?!\d)", re.IGNORECASE)
#: The later in the list, the more complete.
_KINDS = ("intraday", "fresh", "")


def find_superseded(parts: Sequence[SourceFile]) -> list[SourceFile]:
    """Return the files of a day of which a more complete table is there, by their names."""
    found = {
        part: (match[2], _KINDS.index((match[1] or "").lower()))
        for part in parts
        if (match := _last(part.filename))
    }
    best: dict[str, int] = {}
    for day, kind in found.values():
        best[day] = max(kind, best.get(day, 0))
    return [part for part, (day, kind) in found.items() if kind < best[day]]


def _last(filename: str) -> re.Match[str] | None:
    """Return the last name of a table in a path: folders may be named by other days."""
    return max(_NAME.finditer(filename), key=lambda match: match.start(), default=None)
