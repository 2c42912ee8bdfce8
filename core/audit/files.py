"""The audit log as a file: CSV that no spreadsheet runs, and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from core.audit.log import Entry
from core.base.formulas import harmless

COLUMNS = ("id", "at", "who", "who_id", "via", "address", "action", "subject", "detail", "hash")


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the lines of a CSV."""
    yield _line(COLUMNS)
    for entry in entries:
        told = entry.to_dict() | {"detail": json.dumps(entry.detail, ensure_ascii=False)}
        yield _line([harmless(str(told[name])) for name in COLUMNS])


def as_json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the lines of a JSON Lines file."""
    for entry in entries:
        yield json.dumps(entry.to_dict(), ensure_ascii=False) + "\n"


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
