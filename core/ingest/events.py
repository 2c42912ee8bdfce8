"""Read a whole event log into canonical Parquet, in one pass where the file is clean.

Every row is written at once, refused ones with a null event type and cells that can't be used marked;
a look at the columns written then says whether anything has to be set right, which only then is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from core.base.progress import Progress, part
from core.base.sql import identifier, literal
from core.base.written import number
from core.ingest.base.assumptions import Assumption, Money, unusable_cells
from core.ingest.base.database import one
from core.ingest.base.events_file import write_events
from core.ingest.base.model import Mapping
from core.ingest.columns.amounts import usable
from core.ingest.columns.codes import add_codes
from core.ingest.columns.event_columns import EventColumns, event_columns
from core.ingest.columns.office import late_columns
from core.ingest.columns.times import AS_WRITTEN
from core.ingest.columns.zones import say_of_late_offsets
from core.ingest.event_findings import KEY, Findings, check_words, look
from core.ingest.files.source import ROW, Source
from core.ingest.formats import Format
from core.ingest.recognition.recognise import told_of
from core.schema.events import EVENT_SCHEMA, Told

DUPLICATE = "It is an exact duplicate of another row."
_SHARE_OF_SESSIONS = 0.2
_LABELS = {
    "event_type": ("event types", "count as “other”"),
    "country": ("countries", "count as unknown"),
    "colour": ("colours", "count as unknown"),
    "currency": ("currencies", "count as unknown"),
    "order_status": ("order statuses", "count as paid"),
}
_NAMES = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)


@dataclass(slots=True)
class Outcome:
    """What came of reading the rows of a source."""

    rows_read: int
    rows_kept: int
    told: Told
    currency: str | None = None
    first: str | None = None
    last: str | None = None
    extras: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    time_zone: str | None = None
    money: tuple[Money, ...] = ()
    robots: int = 0


def read_events(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    form: Format | None,
    work: Path,
    *,
    progress: Progress,
) -> tuple[Outcome, Path]:
    """Write the source's events as Parquet into ``work``; refused rows go to the table ``refused``."""
    columns = event_columns(source, mapping, form, connection)
    raw = work / "raw.parquet"
    first_pass = _first_pass(source, columns)
    write_events(
        connection,
        first_pass,
        raw,
        part(progress, 0.0, 0.7),
        "Reading the events",
        stand_together=_stand_together(source, mapping),
    )
    progress(0.7, "Checking the events")
    check_words(connection, raw, columns)
    findings = look(connection, raw, columns, mapping, form)
    if not findings.clean:
        if findings.refused or findings.duplicates:
            progress(0.75, "Collecting refused rows")
            _collect_refused(connection, source, columns)
        corrected = work / "right.parquet"
        query, steps = _corrected(connection, raw, findings, columns), part(progress, 0.85, 1.0)
        write_events(connection, query, corrected, steps, "Applying corrections")
        raw = corrected
    return _outcome(connection, raw, findings, columns, mapping, form), raw


def _stand_together(source: Source, mapping: Mapping) -> bool:
    """Whether a dictionary of a group of rows holds all ids of sessions, as far as the head shows."""
    whose = mapping.columns.get("session_id") or mapping.columns.get("visitor_id")
    ids = source.head.values(whose) if whose else []
    return source.is_long and len(set(ids)) <= _SHARE_OF_SESSIONS * len(ids)


def _first_pass(source: Source, columns: EventColumns) -> str:
    relation = source.numbered if columns.needs_rows else source.relation
    names = ", ".join(
        f"CASE WHEN {columns.refused} THEN NULL ELSE event_type END AS event_type"
        if name == "event_type"
        else identifier(name)
        for name in EVENT_SCHEMA.names
    )
    return f"SELECT {names} FROM ({_typed(source, columns, relation)})"


def _typed(source: Source, columns: EventColumns, relation: str) -> str:
    made = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.sql.items())
    row = f"{ROW}, " if relation == source.numbered else ""
    return f"SELECT {made}, {row}{source.cells} FROM {relation}"


def _collect_refused(connection: duckdb.DuckDBPyConnection, source: Source, columns: EventColumns) -> None:
    """Make the tables ``refused`` (row, reason, cells) and ``twins`` (rows of which copies were refused)."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS suspects (h UBIGINT)")
    # Rows can only be numbered in order, so this pass takes one thread: it runs where rows are refused.
    connection.execute("SET preserve_insertion_order = true")
    marked = (
        f"SELECT *, {columns.reason} AS reason, {KEY} AS h FROM ({_typed(source, columns, source.numbered)})"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE suspected AS SELECT * FROM ({marked}) "
        "WHERE reason IS NOT NULL OR h IN (SELECT h FROM suspects)"
    )
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE copies AS SELECT {ROW}, h FROM (SELECT {ROW}, h, row_number() OVER "
        f"(PARTITION BY {source.data_cells} ORDER BY {ROW}) AS copy FROM suspected WHERE reason IS NULL) "
        "WHERE copy > 1"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE refused AS SELECT {ROW}, "
        f"coalesce(reason, {literal(DUPLICATE)}) AS reason, {source.shown_cells} FROM suspected "
        f"WHERE reason IS NOT NULL OR {ROW} IN (SELECT {ROW} FROM copies)"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE twins AS SELECT {_NAMES}, h FROM suspected WHERE reason IS NULL "
        f"AND h IN (SELECT h FROM copies) AND {ROW} NOT IN (SELECT {ROW} FROM copies)"
    )
    connection.execute("DROP TABLE suspected")


def _corrected(
    connection: duckdb.DuckDBPyConnection, raw: Path, findings: Findings, columns: EventColumns
) -> str:
    """Return SQL of the events with what was found set right."""
    rows = f"SELECT {_NAMES} FROM read_parquet({literal(raw)}) WHERE event_type IS NOT NULL"
    if findings.duplicates:
        rows = f"{rows} AND {KEY} NOT IN (SELECT h FROM twins) UNION ALL SELECT {_NAMES} FROM twins"
    made = {name: identifier(name) for name in EVENT_SCHEMA.names}
    joins = ""
    for name, codes in findings.recode.items():
        table = f"codes_{name}"
        add_codes(connection, table, [(value, code, None) for value, code in codes.items()])
        joins += f" LEFT JOIN {table} ON {table}.raw = e.{name}"
        made[name] = f"CASE WHEN {table}.raw IS NULL THEN e.{name} ELSE {table}.code END"
    if findings.office:
        has_money = bool({"price", "revenue"} & columns.given)
        made |= late_columns(findings.office, f"({made['order_status']})", has_money=has_money)
    if any(findings.unreadable.values()):  # a price counts only with what it is multiplied by
        made |= usable(frozenset({*findings.unreadable, "price"}), f"({made['event_type']})")
    select = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in made.items())
    return f"SELECT {select} FROM ({rows}) e{joins}"


def _outcome(
    connection: duckdb.DuckDBPyConnection,
    raw: Path,
    findings: Findings,
    columns: EventColumns,
    mapping: Mapping,
    form: Format | None,
) -> Outcome:
    moment = '"timestamp"' if "timestamp" in columns.given else "date"
    kept, first, last = one(
        connection, f"SELECT count(*), min({moment}), max({moment}) FROM read_parquet({literal(raw)})"
    )
    given = columns.given | ({"order_status"} if findings.office else set())
    if findings.office and {"price", "revenue"} & given:
        given |= {"revenue"}
    if columns.open_columns:
        given -= columns.open_columns & _empty(connection, raw)
    assumed, time_zone = list(columns.assumptions), columns.time_zone
    if "utc_offset" in columns.open_columns & given:
        assumed = say_of_late_offsets(assumed, mapping.columns["timestamp"])
        time_zone = AS_WRITTEN
    if form and form.layouts:
        given -= _empty(connection, raw)  # a layout has a column for whatever its records may hold
    found = _assumptions(findings)
    return Outcome(
        rows_read=findings.rows,
        rows_kept=int(str(kept)),
        told=told_of(mapping, form, given, findings.types),
        currency=columns.currency,
        first=first.isoformat() if isinstance(first, date) else None,
        last=last.isoformat() if isinstance(last, date) else None,
        notes=[made.text for made in (*assumed, *found) if made.severity != "info"],
        assumptions=[*assumed, *found],
        time_zone=time_zone,
    )


def _empty(connection: duckdb.DuckDBPyConnection, raw: Path) -> frozenset[str]:
    """Return the columns of which every cell is null, as the file's own statistics tell."""
    nulls = "sum(stats_null_count) = sum(num_values)"
    query = f"SELECT path_in_schema FROM parquet_metadata({literal(raw)}) GROUP BY 1 HAVING {nulls}"
    return frozenset(str(name) for (name,) in connection.execute(query).fetchall())


def _assumptions(findings: Findings) -> list[Assumption]:
    found = [unusable_cells(n, name) for name, n in findings.unreadable.items() if n]
    for name, values in findings.unknown.items():
        what, fate = _LABELS[name]
        most = sorted(values.items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{value or '(empty)'} ({number(n)})" for value, n in most[:8])
        more = f" and {number(len(most) - 8)} more" if len(most) > 8 else ""
        found.append(Assumption("warning", f"Unknown {what} {fate}: {listed}{more}."))
    return found
