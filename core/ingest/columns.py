"""The SQL that makes each canonical event column from the cells of a source."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from core.base.sql import literal
from core.ingest import values
from core.ingest.codes import coded, coded_event_type, recoders
from core.ingest.formats import Format
from core.ingest.model import EVERY_ROW, Mapping
from core.ingest.recognise import fill
from core.ingest.sniff import TimeStyle, currency_sign, decimal_sign, time_style
from core.ingest.source import ROW, Source
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA

SQL_TYPES = {
    "string": "VARCHAR", "timestamp[us]": "TIMESTAMP", "date32[day]": "DATE", "int64": "BIGINT",
    "double": "DOUBLE", "bool": "BOOLEAN",
}  # fmt: skip
AMOUNTS = ("price", "quantity", "revenue")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventColumns:
    """SQL by canonical column, and what was found out about the source on the way."""

    sql: dict[str, str]
    given: frozenset[str]
    refusals: tuple[tuple[str, str], ...]
    currency: str | None
    needs_rows: bool
    notes: tuple[str, ...]

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
        self.notes: list[str] = []
        self.recode = recoders(mapping, form)
        self.cells = {plain(name): source.cell(name) for name in reversed(source.names)}

    def values(self, target: str) -> list[str]:
        return self.source.head.values(self.mapping.columns[target])

    def cell(self, target: str) -> str:
        return self.source.cell(self.mapping.columns[target])

    def columns(self) -> EventColumns:
        sql = {name: self.column(name) for name in self.mapping.columns}
        if self.form:
            sql.update({name: fill(template, self.cells) for name, template in self.form.derived.items()})
        if "event_type" not in self.mapping.columns:
            sql["event_type"] = literal(self.mapping.event_types.get(EVERY_ROW, "other"))
        self._times(sql)
        needs_rows = not {"timestamp", "order"} & set(sql)
        if needs_rows:
            sql["order"] = ROW
            self.notes.append(
                "It tells no time of day and no order, so events are taken in the order of its rows."
            )
        currency = self._currency(sql)
        return EventColumns(
            sql={f.name: sql.get(f.name, f"NULL::{SQL_TYPES[str(f.type)]}") for f in EVENT_SCHEMA},
            given=frozenset(sql),
            refusals=tuple(self._refusals(sql)),
            currency=currency,
            needs_rows=needs_rows,
            notes=tuple(self.notes),
        )

    def column(self, target: str) -> str:
        cell = self.cell(target)
        if target == "event_type":
            return coded_event_type(cell, self.values(target), self.mapping)
        if target in self.recode:
            return coded(values.text(cell), [v.strip() for v in self.values(target)], self.recode[target])
        if target in AMOUNTS:
            return self._amount(target, cell)
        if target in ("timestamp", "date"):
            return cell  # replaced by _times, which looks at both
        if target == "order":
            return f"coalesce(try_cast({cell} AS BIGINT), try_cast(try_cast({cell} AS DOUBLE) AS BIGINT))"
        if target == "is_returning":
            return values.flag(cell)
        return values.text(cell)

    def _amount(self, target: str, cell: str) -> str:
        dialect = self.source.head.dialect
        separator = dialect.separator if dialect else None
        sign = self.mapping.decimal or decimal_sign(self.values(target), separator=separator) or "."
        return values.amount(cell, sign)

    def _times(self, sql: dict[str, str]) -> None:
        for target in ("timestamp", "date"):
            if target not in self.mapping.columns:
                continue
            style = self._style(target)
            read = values.moment(
                self.cell(target),
                style.way,
                day_first=style.day_first is not False,
                unit=self.mapping.time_unit,
            )
            if target == "timestamp" and style.date_only:
                del sql["timestamp"]
                sql.setdefault("date", f"CAST({read} AS DATE)")
                self.notes.append(f"“{self.mapping.columns[target]}” tells the day but no time of day.")
            else:
                sql[target] = read if target == "timestamp" else f"CAST({read} AS DATE)"

    def _style(self, target: str) -> TimeStyle:
        style = time_style(self.values(target), day_first=self.mapping.day_first)
        if style.day_first is not None:
            return style
        return time_style(self.values(target), day_first=self._day_first(target))

    def _day_first(self, target: str) -> bool:
        # The head of the file doesn't tell 1/2 from 2/1: look at the whole column.
        cell, pattern = self.cell(target), r"'^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}'"
        query = ", ".join(f"max(try_cast(regexp_extract({cell}, {pattern}, {n}) AS INT))" for n in (1, 2))
        first, second = self.connection.execute(f"SELECT {query} FROM {self.source.relation}").fetchall()[0]
        name = self.mapping.columns[target]
        if (second or 0) > 12 >= (first or 0):
            return False
        if (first or 0) <= 12:
            self.notes.append(
                f"The dates in “{name}” could be day/month or month/day; they are read as day/month."
            )
        return True

    def _currency(self, sql: dict[str, str]) -> str | None:
        if "currency" in self.mapping.columns:
            return None
        signs = (currency_sign(self.values(t)) for t in ("price", "revenue") if t in self.mapping.columns)
        code = self.mapping.currency or next((sign for sign in signs if sign), None)
        if code and {"price", "revenue"} & set(sql):
            sql["currency"] = literal(code)
        return code

    def _refusals(self, sql: dict[str, str]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        if self.source.fault:
            found.append((f"{self.source.fault} IS NOT NULL", "The line is not a JSON object."))
        if "session_id" in sql:
            found.append(("session_id IS NULL", "The session id is empty."))
        else:
            found.append(("visitor_id IS NULL", "The visitor id is empty."))
        if "timestamp" in sql:
            cell = self.cell("timestamp")
            span = f"BETWEEN '{values.EARLIEST}'::TIMESTAMP AND '{values.LATEST}'::TIMESTAMP"
            found.append((f"{cell} IS NULL", "The time is empty."))
            found.append(('"timestamp" IS NULL', "The time can't be read."))
            found.append((f'"timestamp" NOT {span}', "The time is before 1990 or after 2100."))
        elif sql.get("order") != ROW:
            found.append(('"order" IS NULL', "The order is empty or not a whole number."))
        return found
