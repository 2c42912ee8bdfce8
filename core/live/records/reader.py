"""Records as canonical events: by the columns, words and cells of the format that reads them from a file.

Batches are small and many: every query is planned once (``core.base.memory_database``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.base.memory_database import fill, small_database
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.ingest.base.model import UNSEEN
from core.ingest.cells.synonyms import NOBODY, ZERO
from core.ingest.columns.amounts import usable
from core.ingest.columns.codes import Recode, recoders
from core.ingest.formats.guess import known_words
from core.live.records.columns import RecordColumns, record_columns
from core.schema.events import EVENT_SCHEMA, EventType

_NAMES = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
#: Words and codes that are remembered, of all columns together: some sources make new ones all the time.
MOST_WORDS = 1_000
#: Records that were read and whose room isn't free yet: all of a large batch, or of some small ones.
MOST_LEFT = 2_000
#: What records pass through.
TABLES = ("incoming", "flat", "cells", "typed")
CODED = ("event_type", "country", "colour", "currency", "order_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What records became: canonical events, the ``n`` of the record of each, and why others are none.

    Events are tuples in the order of EVENT_SCHEMA, times in microseconds since 1970.
    """

    events: list[tuple[object, ...]]
    numbers: list[int]
    refused: dict[int, str]


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
            self._prepared[of] = _Prepared(record_columns(*of))
        return self._prepared[of].read(records)


class _Prepared:
    """The queries of one format, on a database of their own.

    Records pass through its tables: ``flat`` has a column a field, ``cells`` canonical columns beside those,
    ``typed`` what can be used, and of the rest the reason why not.
    """

    def __init__(self, reader: RecordColumns) -> None:
        self._reader = reader
        #: Words and codes that have come so far, and what they are in ours.
        self._codes: dict[str, dict[str, str | None]] = {}
        self._duck = small_database()
        self._duck.execute("CREATE TABLE incoming (n BIGINT, line VARCHAR)")
        odd = ", ".join(map(literal, (*NOBODY, *ZERO)))
        self._duck.execute(f"CREATE TABLE odd_ids AS SELECT unnest([{odd}]) AS id")
        tables = {
            "flat": f"SELECT * FROM {reader.source.flat}",
            "cells": _cells(reader, reader.quick),
            "typed": f"SELECT {_NAMES}, n, place, {reader.columns.reason} AS reason FROM cells",
        }
        for table, query in tables.items():
            self._duck.execute(f"CREATE TABLE {table} AS {query}")
        for table, query in tables.items():
            self._prepare(table, f"INSERT INTO {table} {query}")
        self._is_thorough, self._left = False, 0
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
        self._make("cells", "cells" if self._ask("is_usual")[0][0] else self._thorough())
        self._make("typed")
        self._learn()
        events = self._duck.sql("EXECUTE events").to_arrow_table()
        *columns, numbers = (_plain(column).to_pylist() for column in events.columns)
        read = Read(
            events=list(zip(*columns, strict=True)),
            numbers=numbers,
            refused={int(n): str(reason) for n, reason in self._ask("refused")},
        )
        self._left += len(records)
        if self._left >= MOST_LEFT:
            self._give_back()
        return read

    def _give_back(self) -> None:
        """Free the room of records that have been read: without a checkpoint, tables keep it for more."""
        for table in TABLES:
            self._duck.execute(f"TRUNCATE {table}")
        self._duck.execute("CHECKPOINT")
        self._left = 0

    def _thorough(self) -> str:
        """Return the name of the query that reads cells in whatever form: most sources never need it."""
        if not self._is_thorough:
            self._prepare("thorough", f"INSERT INTO cells {_cells(self._reader, self._reader.columns.sql)}")
            self._is_thorough = True
        return "thorough"

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


def _cells(reader: RecordColumns, columns: dict[str, str]) -> str:
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
