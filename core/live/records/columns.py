"""Which SQL makes canonical events of the records of a format: what a file of it would be read by.

A file shows how it is written, and what it can tell, in its first rows. A stream has none, so for each format
those are fixed: records come in the form our trackers give them, times in ISO 8601, decimals with a point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import duckdb

from core.base.memory_database import scratch_database
from core.base.sql import identifier
from core.ingest.base.model import Mapping
from core.ingest.cells import moments, values
from core.ingest.cells.plain import OTHERWISE
from core.ingest.cells.sniff import time_style
from core.ingest.columns.amounts import AMOUNTS
from core.ingest.columns.event_columns import EventColumns, event_columns
from core.ingest.files.containers import Container
from core.ingest.files.head import Head
from core.ingest.files.nested import TEXT, Layout
from core.ingest.files.source import Source
from core.ingest.formats import Format, get_format
from core.schema.events import EVENT_SCHEMA

#: What stands in a column of the kind, in the form our trackers write it.
_EXAMPLES = {
    "timestamp": "2026-11-29T10:15:00.000000Z",
    "price": "59.90",
    "revenue": "119.80",
    "quantity": "2",
}
#: Matomo's interface tells seconds since 1970.
_TIMES = {"matomo": "1764411300.000000"}
#: Ids that say there is none, need trimming or begin with an apostrophe; in any other, nothing is to be done.
_ODD_ID = (
    "id < '!' OR left(id, 1) = chr(39) OR id LIKE '% ' OR strlen(id) <> length(id) "
    "OR lower(id) IN (SELECT id FROM odd_ids)"
)
#: What columns read of a record: how long its lists are and what is first in them, and its objects.
_PATH = r"\br(?:\.(?:\w+|\"[^\"]+\"))+"
_SHARED = (
    re.compile(rf"len\({_PATH}\)|{_PATH}\[1\]"),
    re.compile(r"\br\.(?:\w+|\"[^\"]+\")(?=\.)"),
)

_PLAIN = Layout(
    shape=dict.fromkeys(EVENT_SCHEMA.names, TEXT),
    columns={name: f"r.{identifier(name)}" for name in EVENT_SCHEMA.names if name not in ("date", "order")},
)


class Lines(Source):
    """The records of a table called ``incoming`` (``n``, ``line``), as lines of a file would be."""

    @property
    def flat(self) -> str:
        """SQL of the flat table of all records, with ``n``."""
        if self.head.layout is None:
            raise TypeError("records are always nested")
        return self.opened("incoming", _worked_out_once(self.head.layout), more=", n")


def _worked_out_once(layout: Layout) -> Layout:
    """Return a layout of which columns share what they read: DuckDB shares nothing without its optimiser.

    What each of them takes out of an object costs a room for thousands of records, however few there are.
    """
    columns, once = dict(layout.columns), dict(layout.once)
    for pattern in _SHARED:
        parts = dict.fromkeys(part for sql in columns.values() for part in pattern.findall(sql))
        names = {part: f"shared{place}" for place, part in enumerate(parts, start=len(once))}
        once |= {name: part for part, name in names.items()}
        columns = {
            column: pattern.sub(lambda found, names=names: names[found[0]], sql)  # type: ignore[misc]
            for column, sql in columns.items()
        }
    return replace(layout, columns=columns, once=once)


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """How records of a format are read; ``quick`` is what columns are where cells are in the usual form."""

    source: Lines
    mapping: Mapping
    form: Format
    columns: EventColumns
    quick: dict[str, str]
    is_usual: str


@lru_cache(maxsize=32)
def record_columns(key: str, time_zone: str | None) -> RecordColumns:
    """Return how records of a format are read."""
    form = get_format("canonical" if key == "live" else key)
    if form is None:
        raise KeyError(key)
    layout = _PLAIN if key == "live" else form.layouts[0]
    shown = Head(
        filename="live events", container=Container("plain"), table="jsonl", dialect=None,
        names=layout.names, rows=(), layout=layout,
    )  # fmt: skip
    columns = form.match_columns(shown)
    examples = _EXAMPLES | {"timestamp": _TIMES.get(key, _EXAMPLES["timestamp"])}
    by_name = {name: examples.get(target) for target, name in columns.items()}
    head = Head(
        filename="live events", container=Container("plain"), table="jsonl", dialect=None,
        names=layout.names, rows=(tuple(by_name.get(name) for name in layout.names),), layout=layout,
    )  # fmt: skip
    mapping = Mapping(
        kind="events", format=form.key, columns=columns, event_types=dict(form.event_types), decimal=".",
        time_zone=time_zone,
    )  # fmt: skip
    source = Lines(path=Path("live"), head=head, tolerant=True)
    with scratch_database() as connection:
        made = event_columns(source, mapping, form, connection)
        quick, is_usual = _quick(source, mapping, form, connection)
    return RecordColumns(source, mapping, form, made, quick, is_usual)


def _quick(
    source: Lines, mapping: Mapping, form: Format, connection: duckdb.DuckDBPyConnection
) -> tuple[dict[str, str], str]:
    """Return columns that are read as plainly as the fixed first rows, and SQL of whether that is enough.

    The other ways, for ids, numbers and times written otherwise, take DuckDB ten times as long to prepare as
    the events of a second take to read; where they are not needed they give the same.
    """
    plain = replace(source, trusts_head=True)
    made, ids, usual = event_columns(plain, mapping, form, connection).sql, set(), []
    for name, heading in mapping.columns.items():
        cell = plain.cell(heading)
        if name == "timestamp":
            style = time_style(source.head.values(heading))
            whole = moments.moment(cell, style.way, day_first=style.day_first is not False, unit=None)
        elif name in AMOUNTS:
            whole = values.amount(cell, ".")
        else:
            whole = values.identity(cell)
            ids |= {cell for sql in made.values() if whole in sql}
            # Of an id, less than what the head shows is enough: it may have no digit.
            made = {target: sql.replace(whole, cell) for target, sql in made.items()}
            continue
        first = whole.replace(OTHERWISE, "NULL")
        made = {target: sql.replace(whole, first) for target, sql in made.items()}
        usual.append(f"count(*) FILTER ({cell} IS NOT NULL AND {first} IS NULL) = 0")
    if ids:
        listed = f"SELECT unnest([{', '.join(sorted(ids))}]) AS id FROM flat"
        usual.append(f"NOT EXISTS (SELECT 1 FROM ({listed}) WHERE {_ODD_ID})")
    return made, " AND ".join(usual)


def told_types(key: str) -> frozenset[str]:
    """Return the event types a format's vocabulary can express."""
    mapping, form = record_columns(key, None).mapping, record_columns(key, None).form
    return frozenset(map(str, {*form.told_types, *mapping.event_types.values()}))
