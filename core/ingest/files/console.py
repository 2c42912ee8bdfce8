"""Nested rows that BigQuery's console wrote as CSV, one line a parameter or item: back into records.

A line below an event's own holds its next parameter and its next item, and is empty otherwise; extracts made
with UNNEST repeat the event's cells on each line. Such files are of a few megabytes, as the console writes no
more: they are turned into lines of JSON, as spreadsheets are turned into CSV.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from core.ingest.files.text import Dialect

#: What an event of the export has several of.
REPEATED = ("event_params", "user_properties", "items")
_KEY = "event_params.key"


def is_console_table(names: Sequence[str]) -> bool:
    """Whether the columns are those of nested rows with one line a parameter."""
    return _KEY in names and any(name.startswith("event_params.value.") for name in names)


def nested(names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[dict[str, Any]]:
    """Yield one record an event, its parameters and items in lists."""
    own = [i for i, name in enumerate(names) if name.split(".")[0] not in REPEATED]
    key = names.index(_KEY)
    record: dict[str, Any] | None = None
    cells: list[str | None] = []
    seen: set[str | None] = set()
    for line in rows:
        row = [None if cell in ("", "null") else cell for cell in line]
        mine = [row[i] for i in own]
        if record is None or (any(mine) and (mine != cells or row[key] in seen)):
            if record is not None:
                yield record
            record, cells, seen = {}, mine, set()
            for i in own:
                _put(record, names[i].split("."), row[i])
        seen.add(row[key])
        for prefix in REPEATED:
            _append(record, prefix, names, row)
    if record is not None:
        yield record


def _append(record: dict[str, Any], prefix: str, names: Sequence[str], row: Sequence[str | None]) -> None:
    element: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=True):
        if name.startswith(f"{prefix}."):
            _put(element, name.split(".")[1:], cell)
    elements = record.setdefault(prefix, [])
    if element and element not in elements:
        elements.append(element)


def _put(record: dict[str, Any], path: list[str], cell: str | None) -> None:
    if cell is None:
        return
    for key in path[:-1]:
        record = record.setdefault(key, {})
    record[path[-1]] = cell


def nested_lines(path: Path, out: Path, names: Sequence[str], dialect: Dialect) -> Path:
    """Write a table of nested rows, in UTF-8, as lines of JSON."""
    with path.open(encoding="utf-8-sig", newline="") as source, out.open("w", encoding="utf-8") as sink:
        reader = csv.reader(source, delimiter=dialect.separator, quotechar=dialect.quote)
        for _ in range(dialect.skip + dialect.has_header):
            next(reader)
        width = len(names)
        rows = ((row + [""] * width)[:width] for row in reader if row)
        for record in nested(names, rows):
            sink.write(json.dumps(record, ensure_ascii=False) + "\n")
    return out
