"""Records as canonical events: by the columns, words and cells of the format that reads them from a file.

A file shows how it is written, and what it can tell, in its first rows. A stream has none, so for each format
those are fixed: records come in the form our trackers give them, times in ISO 8601, decimals with a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from core.base.prepared import fill, small_database
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.ingest.base.model import UNSEEN, Mapping
from core.ingest.cells import values
from core.ingest.cells.sniff import time_style
from core.ingest.cells.synonyms import NOBODY, ZERO
from core.ingest.columns.amounts import AMOUNTS, usable
from core.ingest.columns.codes import Recode, recoders
from core.ingest.columns.event_columns import EventColumns, event_columns
from core.ingest.files.containers import Container
from core.ingest.files.head import Head
from core.ingest.files.nested import TEXT, Layout
from core.ingest.files.source import Source
from core.ingest.formats import Format, get_format
from core.ingest.formats.guess import known_words
from core.schema.events import EVENT_SCHEMA, EventType

#: What stands in a column of the kind, in the form our trackers write it.
_EXAMPLES = {
    "timestamp": "2026-11-29T10:15:00.000000Z",
    "price": "59.90",
    "revenue": "119.80",
    "quantity": "2",
}
#: Matomo's interface tells seconds since 1970.
_TIMES = {"matomo": "1764411300.000000"}
_NAMES = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
#: Ids that say there is none, need trimming or begin with an apostrophe; in any other, nothing is to be done.
_ODD_ID = (
    "id < '!' OR left(id, 1) = chr(39) OR id LIKE '% ' OR strlen(id) <> length(id) "
    "OR lower(id) IN (SELECT id FROM odd_ids)"
)
#: Words and codes that are remembered, of all columns together: some sources make new ones all the time.
MOST_WORDS = 1_000
CODED = ("event_type", "country", "colour", "currency", "order_status")

_PLAIN = Layout(
    shape=dict.fromkeys(EVENT_SCHEMA.names, TEXT),
    columns={name: f"r.{identifier(name)}" for name in EVENT_SCHEMA.names if name not in ("date", "order")},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What records became: canonical events, the ``n`` of the record of each, and why others are none.

    Events are tuples in the order of EVENT_SCHEMA, times in microseconds since 1970.
    """

    events: list[tuple[object, ...]]
    numbers: list[int]
    refused: dict[int, str]


class _Lines(Source):
    """The records of a table called ``incoming`` (``n``, ``line``), as lines of a file would be."""

    @property
    def flat(self) -> str:
        """SQL of the flat table of all records, with ``n``."""
        if self.head.layout is None:
            raise TypeError("records are always nested")
        return self.opened("incoming", self.head.layout, more=", n")


@dataclass(frozen=True, slots=True)
class _Reader:
    """How records of a format are read; ``quick`` is what columns are where cells are in the usual form."""

    source: _Lines
    mapping: Mapping
    form: Format
    columns: EventColumns
    quick: dict[str, str]
    is_usual: str


@lru_cache(maxsize=32)
def reader_of(key: str, time_zone: str | None) -> _Reader:
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
    source = _Lines(path=Path("live"), head=head, tolerant=True)
    connection = duckdb.connect()
    try:
        made = event_columns(source, mapping, form, connection)
    finally:
        connection.close()
    return _Reader(source, mapping, form, made, *_quick(source, mapping, made))


def _quick(source: _Lines, mapping: Mapping, columns: EventColumns) -> tuple[dict[str, str], str]:
    """Return columns read by the first way that is tried of a cell, and SQL of whether that is enough.

    The other ways, for ids, numbers and times written otherwise, take DuckDB ten times as long to prepare as
    the events of a second take to read; where they are not needed they give the same.
    """
    made, usual = dict(columns.sql), []
    cells = {name: source.cell(mapping.columns[name]) for name in (*AMOUNTS, "timestamp")
             if name in mapping.columns}  # fmt: skip
    for name, cell in cells.items():
        if name == "timestamp":
            style = time_style(source.head.values(mapping.columns[name]))
            whole = values.moment(cell, style.way, day_first=style.day_first is not False, unit=None)
            first = {
                "iso": f"make_timestamp(epoch_us(try_cast({cell} AS TIMESTAMPTZ)))",
                "epoch": values.epoch(cell, None),
            }.get(style.way, f"make_timestamp(epoch_us(try_strptime({cell}, {literal(style.way)})))")
        else:
            whole, first = values.amount(cell, "."), f"try_cast({cell} AS DOUBLE)"
        made = {target: sql.replace(whole, first) for target, sql in made.items()}
        usual.append(f"count(*) FILTER ({cell} IS NOT NULL AND {first} IS NULL) = 0")
    ids = set()
    for cell, zero in product(map(source.cell, mapping.columns.values()), (False, True)):
        whole = values.identity(cell, zero_is_one=zero)
        ids |= {cell for sql in made.values() if whole in sql}
        made = {target: sql.replace(whole, cell) for target, sql in made.items()}
    if ids:
        listed = f"SELECT unnest([{', '.join(sorted(ids))}]) AS id FROM flat"
        usual.append(f"NOT EXISTS (SELECT 1 FROM ({listed}) WHERE {_ODD_ID})")
    return made, " AND ".join(usual)


class RecordReader:
    """Reads records, a batch after another, by queries that are planned once."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[str, str | None], _Prepared] = {}

    def close(self) -> None:
        """Give back what it needs."""
        while self._prepared:
            self._prepared.popitem()[1].close()

    def read(self, key: str, records: Sequence[tuple[int, str]], settings: Settings) -> Read:
        """Return records of one format, ``(n, line)``, as canonical events in the order of the records."""
        of = (key, settings.time_zone)
        if of not in self._prepared:
            self._prepared[of] = _Prepared(reader_of(*of))
        return self._prepared[of].read(records)


class _Prepared:
    """The queries of one format, on a database of their own.

    Records pass through its tables: ``flat`` has a column a field, ``cells`` canonical columns beside those,
    ``typed`` what can be used, and of the rest the reason why not.
    """

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        #: Words and codes that have come so far, and what they are in ours.
        self._codes: dict[str, dict[str, str | None]] = {}
        self._duck = small_database()
        self._duck.execute("CREATE TABLE incoming (n BIGINT, line VARCHAR)")
        odd = ", ".join(map(literal, (*NOBODY, *ZERO)))
        self._duck.execute(f"CREATE TABLE odd_ids AS SELECT unnest([{odd}]) AS id")
        tables = {
            "flat": f"SELECT * FROM {reader.source.flat}",
            "cells": _cells(reader, reader.columns.sql),
            "typed": f"SELECT {_NAMES}, n, place, {reader.columns.reason} AS reason FROM cells",
        }
        for table, query in tables.items():
            self._duck.execute(f"CREATE TABLE {table} AS {query}")
        for table, query in tables.items():
            self._prepare(table, f"INSERT INTO {table} {query}")
        self._prepare("quick_cells", f"INSERT INTO cells {_cells(reader, reader.quick)}")
        self._prepare("is_usual", f"SELECT {reader.is_usual} FROM flat")
        self._prepare("refused", "SELECT n, reason FROM typed WHERE reason IS NOT NULL")
        self._coded = [name for name in CODED if name in reader.columns.given]
        told = ", ".join(f"list(DISTINCT {name}) FILTER ({name} IS NOT NULL)" for name in self._coded)
        self._prepare("words", f"SELECT {told or 1} FROM typed")
        self._prepare_events()

    def close(self) -> None:
        """Give its database back."""
        self._duck.close()

    def read(self, records: Sequence[tuple[int, str]]) -> Read:
        """Return records as canonical events."""
        incoming = pa.table(
            {
                "n": pa.array([n for n, _ in records], pa.int64()),
                "line": pa.array([line for _, line in records], pa.string()),
            }
        )
        fill(self._duck, "incoming", incoming)
        self._make("flat")
        is_usual = self._ask("is_usual")[0][0]
        self._make("cells", "quick_cells" if is_usual else "cells")
        self._make("typed")
        self._learn()
        events = self._duck.sql("EXECUTE events").to_arrow_table()
        *columns, numbers = (_plain(column).to_pylist() for column in events.columns)
        return Read(
            events=list(zip(*columns, strict=True)),
            numbers=numbers,
            refused={int(n): str(reason) for n, reason in self._ask("refused")},
        )

    def _prepare(self, name: str, query: str) -> None:
        self._duck.execute(f"PREPARE {name} AS {query}")

    def _make(self, table: str, query: str | None = None) -> None:
        self._duck.execute(f"TRUNCATE {table}")
        self._duck.execute(f"EXECUTE {query or table}")

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._duck.execute(f"EXECUTE {query}").fetchall()
        return rows

    def _learn(self) -> None:
        """Learn words and codes that the fixed first rows didn't show, and haven't come before."""
        came = {
            name: set(words or ()) for name, words in zip(self._coded, self._ask("words")[0], strict=False)
        }
        if all(words <= self._codes.get(name, {}).keys() for name, words in came.items()):
            return
        if sum(map(len, self._codes.values())) > MOST_WORDS:
            self._codes.clear()
        recode = recoders(self._reader.mapping, self._reader.form)
        for name, words in came.items():
            codes = self._codes.setdefault(name, {})
            codes |= {word: _code(name, word, recode[name]) for word in words - codes.keys()}
        self._duck.execute("DEALLOCATE events")
        self._prepare_events()

    def _prepare_events(self) -> None:
        """Prepare what gives the events that can be used, in our words and codes."""
        made = []
        for name, codes in self._codes.items():
            cases = " ".join(
                f"WHEN {literal(word)} THEN {literal(code) if code else 'NULL'}"
                for word, code in codes.items()
                if code != word
            )
            made += [f"CASE {name} {cases} ELSE {name} END AS {name}"] if cases else []
        replaced = f" REPLACE ({', '.join(made)})" if made else ""
        fixed = usable(frozenset(self._reader.columns.given))
        shown = ", ".join(
            f"{fixed.get(name, identifier(name))} AS {identifier(name)}" for name in EVENT_SCHEMA.names
        )
        good = "n NOT IN (SELECT n FROM typed WHERE reason IS NOT NULL)"
        coded = f"(SELECT *{replaced} FROM typed)"
        self._prepare("events", f"SELECT {shown}, n FROM {coded} WHERE {good} ORDER BY n, place")


def _cells(reader: _Reader, columns: dict[str, str]) -> str:
    made = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.items())
    return f"SELECT {made}, n, place, {reader.source.cells} FROM flat"


def _code(name: str, word: str, recode: Recode) -> str | None:
    """Return what a word or code is in ours."""
    if name != "event_type":
        return recode(word) or None
    if not word.startswith(UNSEEN):
        return word
    word = word.removeprefix(UNSEEN)
    return recode(word) or known_words([word]).get(word) or EventType.OTHER.value


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def told_types(key: str) -> frozenset[str]:
    """Return the event types a format's vocabulary can express."""
    mapping, form = reader_of(key, None).mapping, reader_of(key, None).form
    return frozenset(map(str, {*form.told_types, *mapping.event_types.values()}))
