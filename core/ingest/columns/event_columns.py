"""The SQL that makes each canonical event column from the cells of a source."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field

import duckdb

from core.base.sql import literal
from core.ingest.base.assumptions import Assumption
from core.ingest.base.model import EVERY_ROW, Mapping
from core.ingest.cells import moments, sniff, values
from core.ingest.cells.plain import is_plain_repeated_id, is_plain_word
from core.ingest.columns import zones
from core.ingest.columns.amounts import AMOUNTS, amount_columns
from core.ingest.columns.codes import coded, coded_event_type, recoders
from core.ingest.columns.marks import marks_of
from core.ingest.columns.order_columns import OrderColumns
from core.ingest.columns.times import time_columns
from core.ingest.files.nested import NULL_WORDS
from core.ingest.files.source import HEADER, ROW, Source
from core.ingest.formats import Format
from core.ingest.recognition.recognise import fill
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA

SQL_TYPES = {
    "string": "VARCHAR", "timestamp[us]": "TIMESTAMP", "date32[day]": "DATE", "int64": "BIGINT",
    "double": "DOUBLE", "bool": "BOOLEAN",
}  # fmt: skip
IDS = ("session_id", "visitor_id", "user_id", "event_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventColumns:
    """SQL by canonical column, and what was found out about the source on the way."""

    sql: dict[str, str]
    given: frozenset[str]
    refusals: tuple[tuple[str, str], ...]
    currency: str | None
    needs_rows: bool
    time_zone: str | None
    assumptions: tuple[Assumption, ...]
    #: Words for events that are known before the file is read.
    words: frozenset[str]
    #: Columns that are looked for in every row, though the head of the file doesn't show that there are any.
    open_columns: frozenset[str] = frozenset()
    #: SQL of how a ``word`` is read, by column that is taken as it stands: whether that is the same is to be
    #: looked at.
    as_they_stand: MappingABC[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the assumptions may be wrong, or is missing from the file."""
        return tuple(made.text for made in self.assumptions if made.severity != "info")

    @property
    def is_timed(self) -> bool:
        """Whether rows have a time or order of their own, so that two equal rows are one row twice."""
        return bool({"timestamp", "order"} & self.given) and not self.needs_rows

    @property
    def reason(self) -> str:
        """SQL of the reason a row is refused for, or null; reads canonical columns and source cells."""
        cases = " ".join(f"WHEN {condition} THEN {literal(reason)}" for condition, reason in self.refusals)
        return f"CASE {cases} END"

    @property
    def refused(self) -> str:
        """SQL of whether a row is refused; reads canonical columns and source cells."""
        return " OR ".join(f"({condition})" for condition, _ in self.refusals)


def event_columns(
    source: Source, mapping: Mapping, form: Format | None, connection: duckdb.DuckDBPyConnection
) -> EventColumns:
    """Work out how each canonical column is made."""
    writer = _Writer(source, mapping, form, connection)
    return writer.columns()


class _Writer:
    def __init__(
        self, source: Source, mapping: Mapping, form: Format | None, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.source, self.mapping, self.form, self.connection = source, mapping, form, connection
        self.assumptions: list[Assumption] = []
        self.as_they_stand: dict[str, str] = {}
        self.recode = recoders(mapping, form)
        self.cells = {plain(name): source.cell(name) for name in reversed(source.names)}

    def values(self, target: str) -> list[str]:
        return self.source.head.values(self.mapping.columns[target])

    def cell(self, target: str) -> str:
        return self.source.cell(self.mapping.columns[target])

    def columns(self) -> EventColumns:
        times = time_columns(self.source, self.mapping, self.connection)
        amounts = amount_columns(self.source, self.mapping)
        self.assumptions += [*times.assumptions, *amounts.assumptions]
        elsewhere = {"timestamp", "date", *AMOUNTS}
        sql = {name: self.column(name) for name in self.mapping.columns if name not in elsewhere}
        sql |= {**times.sql, **amounts.sql}
        if self.form:
            sql.update({name: fill(template, self.cells) for name, template in self.form.derived.items()})
        if "user_id" in sql:
            # Whoever has no id of a browser is known by that of their account.
            ids = [sql[name] for name in ("visitor_id", "user_id") if name in sql]
            sql["visitor_id"] = f"coalesce({', '.join(ids)})"
        if self.form and self.form.visitor_keys and {"session_id", "visitor_id"} <= set(self.mapping.columns):
            sql["session_id"] = f"({sql['visitor_id']} || '.' || {sql['session_id']})"
        if "event_type" not in sql:
            sql["event_type"] = literal(self.mapping.event_types.get(EVERY_ROW, "other"))
        orders = OrderColumns(self.source, self.mapping, sql)
        orders.add()
        marks, said = marks_of(self.source, self.mapping)
        self.assumptions += [*orders.assumptions, *said]
        needs_rows = not {"timestamp", "order"} & set(sql)
        if needs_rows:
            sql["order"] = ROW
            text = (
                "Times of day and an order are missing from the file, so events keep the order of its rows."
            )
            self.assumptions.append(Assumption("warning", text))
        return EventColumns(
            sql={f.name: sql.get(f.name, f"NULL::{SQL_TYPES[str(f.type)]}") for f in EVENT_SCHEMA},
            given=frozenset(sql),
            refusals=(
                *self._refusals(sql, times.cell),
                *((mark.sql, mark.reason) for mark in marks),
            ),
            currency=amounts.currency,
            needs_rows=needs_rows,
            time_zone=times.time_zone,
            assumptions=tuple(self.assumptions),
            words=frozenset({*orders.words, *self.mapping.event_types}),
            open_columns=frozenset(
                name
                for name, is_open in {
                    "currency": amounts.is_by_sign,
                    "utc_offset": times.has_open_offset,
                }.items()
                if is_open
            ),
            as_they_stand=self.as_they_stand,
        )

    def column(self, target: str) -> str:
        cell = self.cell(target)
        if target == "event_type":
            return coded_event_type(cell, self.values(target), self.mapping)
        if target in self.recode:
            words = [v.strip() for v in self.values(target)]
            return coded(self.text(target), words, self.recode[target])
        if target == "order_id":
            return values.order_number(cell)
        if target in IDS:
            self._tell_rounded(target)
            return self.identity(target, cell)
        if target == "product_id":
            read = self._named(target, values.unspoilt(cell))
            return values.whole_id(read) if sniff.are_whole_floats(self.values(target)) else read
        if target in ("category", "brand"):
            return self._named(target, self.text(target))
        if target == "utc_offset":
            self._tell_unread_offsets()
            return zones.offset_minutes(cell)
        if target == "order":
            return f"coalesce(try_cast({cell} AS BIGINT), try_cast(try_cast({cell} AS DOUBLE) AS BIGINT))"
        if target == "is_returning":
            return values.flag(cell)
        return self.text(target)

    def text(self, target: str) -> str:
        """Return SQL of a text; one of a few words is looked at once a word, after all are read."""
        cell = self.cell(target)
        if self.source.head.layout is not None or not is_plain_word(cell):
            return values.text(cell)
        self.as_they_stand[target] = values.text("word")
        return cell

    def identity(self, target: str, cell: str) -> str:
        """Return SQL of an id; one that rows have in common is looked at once, after all are read."""
        zero_is_one = sniff.counts_from_zero(self.values(target))
        is_joined = self.form is not None and (self.form.visitor_keys or self.form.derived)
        if sniff.are_whole_floats(self.values(target)):
            return values.whole_id(values.identity(cell, zero_is_one=zero_is_one))
        if target not in ("session_id", "visitor_id") or is_joined or not is_plain_repeated_id(cell):
            return values.identity(cell, zero_is_one=zero_is_one)
        self.as_they_stand[target] = values.identity("word", zero_is_one=zero_is_one)
        return cell

    def _named(self, target: str, read: str) -> str:
        """Return SQL of what something is called; null where a nested record has a word for nothing there.

        In flat files such words are taken for empty cells as the file is read, but for −1.
        """
        if any(cell.strip() == "-1" for cell in self.values(target)):
            read = f"nullif({read}, '-1')"
        if self.source.head.layout is None:
            return read
        return f"CASE WHEN NOT list_contains({values.literals(NULL_WORDS)}, {read}) THEN {read} END"

    def _tell_rounded(self, target: str) -> None:
        """Say where a spreadsheet has made zeros of the last digits of long ids."""
        if sniff.are_rounded(self.values(target)):
            name = self.mapping.columns[target]
            example = next(cell for cell in self.values(target) if sniff.are_rounded([cell, f"{cell}0"]))
            self.assumptions.append(
                Assumption(
                    "error",
                    f"Long numbers in “{name}” end in zeros ({example}), as a spreadsheet leaves them, so "
                    "different people may look the same. Export again without opening the file in a "
                    "spreadsheet.",
                )
            )

    def _tell_unread_offsets(self) -> None:
        """Say which cells are no offset from UTC."""
        if unread := zones.unread_offsets(self.connection, self.values("utc_offset")):
            self.assumptions.append(
                Assumption(
                    "warning",
                    f"“{self.mapping.columns['utc_offset']}” has offsets from UTC that can't be read "
                    f"({', '.join(unread[:3])}): hours and days of these events are in UTC. Write offsets as "
                    "+01:00, or in minutes.",
                )
            )

    def _refusals(self, sql: dict[str, str], time_cell: str | None) -> list[tuple[str, str]]:
        span = f"BETWEEN '{moments.EARLIEST}'::TIMESTAMP AND '{moments.LATEST}'::TIMESTAMP"
        found: list[tuple[str, str]] = []
        found += [(f"fault = {literal(reason)}", reason) for reason in self.source.faults]
        if {"session_id", "visitor_id"} <= sql.keys() and {"timestamp", "date"} & sql.keys():
            # Without a session, a visitor's events are cut where silence is.
            nobody = (self.form.nobody if self.form else None) or "The session id is empty."
            found.append(("session_id IS NULL AND visitor_id IS NULL", nobody))
        elif "session_id" in sql:
            found.append(("session_id IS NULL", "The session id is empty."))
        else:
            found.append(("visitor_id IS NULL", "The visitor id is empty."))
        if "timestamp" in sql:
            cell = time_cell or self.cell("timestamp")
            found.append((f"{cell} IS NULL", "The time is empty."))
            found.append(('"timestamp" IS NULL', "The time can't be read."))
            found.append((f'"timestamp" NOT {span}', "The time is before 1990 or after 2100."))
        elif time_cell is not None:
            found.append((f"{time_cell} IS NULL", "The time is empty."))
            found.append(('"date" IS NULL', "The time can't be read."))
            found.append((f'"date" NOT {span}', "The time is before 1990 or after 2100."))
        elif sql.get("order") == ROW:
            found += [(self.source.is_header, HEADER)] if self.source.is_header else []
        else:
            found.append(('"order" IS NULL', "The order is empty or not a whole number."))
        return found
