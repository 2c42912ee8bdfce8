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
from core.ingest.base.database import one, run
from core.ingest.base.duplicates import find_doubles
from core.ingest.base.model import UNSEEN, Mapping
from core.ingest.cells.sniff import currency_code
from core.ingest.cells.values import LARGEST_AMOUNT
from core.ingest.columns.amounts import AMOUNTS, unusable, usable
from core.ingest.columns.codes import Recode, add_codes, recoders
from core.ingest.columns.event_columns import EventColumns, event_columns
from core.ingest.columns.office import late_columns, office_status
from core.ingest.columns.times import AS_WRITTEN
from core.ingest.columns.zones import say_of_late_offsets
from core.ingest.files.source import ROW, Source
from core.ingest.formats import Format
from core.ingest.recognition.recognise import told_of
from core.schema.events import EVENT_SCHEMA, EventType, Told

DUPLICATE = "It is an exact duplicate of another row."
PARQUET = "FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 5000"
CODED = ("country", "colour", "currency", "order_status")
_LABELS = {
    "event_type": ("event types", "count as “other”"),
    "country": ("countries", "count as unknown"),
    "colour": ("colours", "count as unknown"),
    "currency": ("currencies", "count as unknown"),
    "order_status": ("order statuses", "count as paid"),
}
_TYPES = frozenset(EventType)
_NAMES = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
#: Rows that agree in this may be duplicates; those that do are compared in every cell of the file.
KEY = f"hash({_NAMES})"
#: What is looked at first: nearly always it differs in all rows, and three columns are quickly read.
_ROUGH = ("timestamp", "date", "order")


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


@dataclass(slots=True)
class _Findings:
    """What a look at the written columns showed."""

    rows: int
    refused: int
    unreadable: dict[str, int]
    recode: dict[str, dict[str, str | None]]
    unknown: dict[str, dict[str, int]]
    duplicates: bool
    types: set[str]
    #: Words for events that were read by their meaning, and those of the shop's office that were not.
    seen: frozenset[str] = frozenset()
    office: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not (self.refused or self.duplicates or any(self.unreadable.values()) or self.recode)


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
    first_pass = f"COPY ({_first_pass(source, columns)}) TO {literal(raw)} ({PARQUET})"
    run(connection, first_pass, part(progress, 0.0, 0.7), "Reading the events")
    progress(0.7, "Checking the events")
    findings = _look(connection, raw, columns, mapping, form)
    if not findings.clean:
        if findings.refused or findings.duplicates:
            progress(0.75, "Collecting refused rows")
            _collect_refused(connection, source, columns)
        progress(0.85, "Applying corrections")
        raw = _set_right(connection, raw, work / "right.parquet", findings, columns)
    return _outcome(connection, raw, findings, columns, mapping, form), raw


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


def _look(
    connection: duckdb.DuckDBPyConnection,
    raw: Path,
    columns: EventColumns,
    mapping: Mapping,
    form: Format | None,
) -> _Findings:
    written = f"read_parquet({literal(raw)})"
    amounts = [
        name for name in AMOUNTS if name in columns.given and _may_be_unusable(connection, written, name)
    ]
    marks = "".join(f", count(*) FILTER (event_type IS NOT NULL AND {unusable(name)})" for name in amounts)
    rows, kept, *unreadable = one(connection, f"SELECT count(*), count(event_type){marks} FROM {written}")
    findings = _Findings(
        rows=int(str(rows)), refused=int(str(rows)) - int(str(kept)),
        unreadable={name: int(str(n)) for name, n in zip(amounts, unreadable, strict=True)},
        recode={}, unknown={}, duplicates=False, types=set(), seen=columns.words,
    )  # fmt: skip
    recode = recoders(mapping, form)
    if "currency" in columns.open_columns:  # whatever else stands beside a number is no currency
        recode["currency"] = lambda sign: currency_code(sign) or ""
    for name in ("event_type", *CODED):
        if name in columns.given:
            _look_at_codes(connection, written, name, recode[name], findings)
    if columns.is_timed:
        findings.duplicates = _look_for_duplicates(connection, written, columns, int(str(kept)))
    return findings


def _may_be_unusable(connection: duckdb.DuckDBPyConnection, written: str, name: str) -> bool:
    """Whether an amount is anywhere below zero or absurd: mostly the file's own statistics deny it."""
    fine = f"min({name}) >= 0 AND max({name}) <= {LARGEST_AMOUNT:g}"  # not-a-number counts as the largest
    return one(connection, f"SELECT coalesce({fine}, true) FROM {written}") == (False,)


def _look_for_duplicates(
    connection: duckdb.DuckDBPyConnection, written: str, columns: EventColumns, kept: int
) -> bool:
    """Make the table ``suspects`` of keys that several rows have; say whether there are any."""
    whose = "session_id" if "session_id" in columns.given else "visitor_id"
    told = [name for name in _ROUGH if name in columns.given]
    rough = f"hash({', '.join(identifier(name) for name in (whose, *told))})"
    rows = f"FROM {written} WHERE event_type IS NOT NULL"
    if not find_doubles(connection, f"SELECT {rough} AS h {rows}", kept, table="alike"):
        return False
    among = f"{rows} AND {rough} IN (SELECT h FROM alike)"
    return find_doubles(connection, f"SELECT {KEY} AS h {among}", kept, table="suspects")


def _look_at_codes(
    connection: duckdb.DuckDBPyConnection, written: str, name: str, recode: Recode, findings: _Findings
) -> None:
    known = f"event_type IS NOT NULL AND {name} IS NOT NULL"
    query = f"SELECT {name}, count(*) FROM {written} WHERE {known} GROUP BY 1"
    for value, n in sorted(connection.execute(query).fetchall()):
        code: str | None = value
        if name != "event_type":
            code = recode(value)
        elif value not in _TYPES:
            code = recode(value.removeprefix(UNSEEN)) or EventType.OTHER.value
        if name == "event_type":
            findings.types.add(str(code))
            word = value.removeprefix(UNSEEN)
            if code != value and word not in findings.seen and (status := office_status(word)):
                findings.office[value] = status
        if code != value:
            findings.recode.setdefault(name, {})[value] = code or None
        if code is None or (
            name == "event_type" and code != value and not recode(value.removeprefix(UNSEEN))
        ):
            findings.unknown.setdefault(name, {})[value.removeprefix(UNSEEN)] = n


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


def _set_right(
    connection: duckdb.DuckDBPyConnection, raw: Path, out: Path, findings: _Findings, columns: EventColumns
) -> Path:
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
    connection.execute(f"COPY (SELECT {select} FROM ({rows}) e{joins}) TO {literal(out)} ({PARQUET})")
    return out


def _outcome(
    connection: duckdb.DuckDBPyConnection,
    raw: Path,
    findings: _Findings,
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


def _assumptions(findings: _Findings) -> list[Assumption]:
    found = [unusable_cells(n, name) for name, n in findings.unreadable.items() if n]
    for name, values in findings.unknown.items():
        what, fate = _LABELS[name]
        most = sorted(values.items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{value or '(empty)'} ({number(n)})" for value, n in most[:8])
        more = f" and {number(len(most) - 8)} more" if len(most) > 8 else ""
        found.append(Assumption("warning", f"Unknown {what} {fate}: {listed}{more}."))
    return found
