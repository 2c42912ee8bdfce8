"""Cells into canonical events on executors, by the very SQL that reads a file on one machine.

Each batch of cells passes through DuckDB inside the Python worker. What needs a look at all rows (copies
of a row, which types there are) is Spark's part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from core.base.errors import EngineError, MappingError
from core.base.memory_database import scratch_database
from core.base.sql import identifier, literal
from core.engines.cells import BROKEN, Cells
from core.ingest.base.assumptions import Assumption, worst_first
from core.ingest.base.model import UNSEEN, IngestReport, Mapping, Recognition
from core.ingest.cells.values import literals
from core.ingest.columns.amounts import MONEY, usable
from core.ingest.columns.codes import recoders
from core.ingest.columns.event_columns import EventColumns, event_columns
from core.ingest.columns.times import AS_WRITTEN
from core.ingest.columns.zones import say_of_late_offsets
from core.ingest.event_findings import CODED
from core.ingest.events import DUPLICATE
from core.ingest.files.nested import NULL_WORDS
from core.ingest.files.source import Source
from core.ingest.formats import get_format
from core.ingest.recognition.recognise import recognise, told_of
from core.schema.events import EVENT_SCHEMA, EventType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: What of an export is settled by looking at rows together, which Spark doesn't do yet.
UNSETTLED = (
    "Scored on Spark: repeated orders and events, totals repeated on every line, discounts, session ids "
    "that visitors share, events without a session id, refunds and changes by the shop's office, and robots "
    "aren't checked for. Score without --engine spark to handle them."
)
NOT_SPLIT = "The row can't be split into cells."
#: Beside the events: rows that are the same in every cell have the same ``row_hash``; refused ones have a
#: ``reason`` and nothing else; ``copies`` is how many rows one stands for.
EXTRA = (("row_hash", pa.int64()), ("reason", pa.string()), ("copies", pa.int64()))
_TYPES = frozenset(EventType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a batch of cells is read: what an executor needs to know, and can be pickled."""

    query: str
    columns: tuple[str, ...]
    given: frozenset[str]
    mapping: Mapping
    tidied: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        """What comes out: the columns that are given, and ``EXTRA``."""
        return pa.schema([*(EVENT_SCHEMA.field(name) for name in self.columns), *EXTRA])


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Canonical events as a Spark table kept on the executors, and what reading them has told."""

    table: DataFrame
    recognition: Recognition
    report: IngestReport

    def forget(self) -> None:
        """Give the room on the executors back."""
        self.table.unpersist()


def read_events(cells: Cells, mapping: Mapping | None) -> Events:
    """Read all cells once and keep the events, those of a session (or visitor) together.

    Raises
    ------
    MappingError
        If the columns have to be mapped and no mapping is given, or it doesn't fit.
    EngineError
        If only the embedded engine can read such an export.
    """
    from pyspark import StorageLevel
    from pyspark.sql import functions as f

    recognition = recognise(cells.head)
    mapping = mapping or _recognised(recognition)
    mapping.validate(cells.head.names)
    cells = replace(cells, head=cells.head.narrowed(mapping.columns.values()))
    if mapping.kind != "events":
        raise EngineError(
            "It already has one row per session.",
            where=cells.head.filename,
            remedy="Score it without --engine spark: only building sessions from events needs a cluster.",
        )
    reading, made, notes = _reading(cells, mapping)
    key = "session_id" if "session_id" in reading.columns else "visitor_id"
    read = cells.rows.mapInArrow(partial(read_batches, reading=reading), spark_schema(reading.schema))
    # All of a session is on one executor from here on: nothing that follows moves rows about again.
    whole = [name for name in reading.schema.names if name != "copies"]
    kept = read.repartition(key).groupBy(*whole).agg(f.sum("copies").alias("copies"))
    kept = kept.persist(StorageLevel.MEMORY_AND_DISK)
    report = _report(kept, mapping, reading, made, notes)
    return Events(table=_in_one_currency(kept, report.currency), recognition=recognition, report=report)


def _recognised(found: Recognition) -> Mapping:
    if found.needs_mapping:
        raise MappingError(
            found.question or "the columns of this export were not recognised.",
            where=found.filename,
            remedy="Run `python -m core inspect --json` on a part of it, put its “mapping” into a file of "
            "its own, correct it, and pass that file with --mapping.",
        )
    return found.mapping


def _in_one_currency(events: DataFrame, currency: str | None) -> DataFrame:
    """Leave amounts in any other currency unknown: they are never one sum."""
    from pyspark.sql import functions as f

    if currency is None or "currency" not in events.columns:
        return events
    ours = f.coalesce(f.col("currency"), f.lit(currency)) == currency
    amounts = {name: f.when(ours, f.col(name)) for name in MONEY if name in events.columns}
    return events.withColumns(amounts) if amounts else events


def _reading(cells: Cells, mapping: Mapping) -> tuple[Reading, EventColumns, tuple[str, ...]]:
    """Return how cells are read, what that was worked out from, and what is to be noted."""
    # Executors import this file, and Ibis takes them a second.
    from core.features.events import READ

    form = get_format(mapping.format)
    times = tuple(mapping.columns[name] for name in ("timestamp", "date") if name in mapping.columns)
    source = _Export(path=cells.path, head=cells.head, rows=cells.rows, times=times)
    with scratch_database() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        made = event_columns(source, mapping, form, connection)
    if made.needs_rows:
        raise EngineError(
            "Times of day and an order of events are missing from the file, and Spark doesn't keep the "
            "order of rows.",
            where=cells.head.filename,
            remedy="Score it without --engine spark, or export a time or a running number.",
        )
    wanted = ("session_id", *READ, *(("currency",) if made.currency is None else ()))
    columns = tuple(name for name in EVENT_SCHEMA.names if name in wanted and name in made.given)
    reading = Reading(
        query=_query(cells, source, made.sql, made.reason, columns),
        columns=columns,
        given=made.given,
        mapping=mapping,
        tidied=tuple(name for name in ("event_type", *CODED) if name in columns),
    )
    return reading, made, (*cells.head.notes, *(form.notes if form else ()), *made.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Export(Source):
    """An export on Spark, which the embedded engine asks about as if it had it here.

    It asks only where the head doesn't tell 1/2 January from 2/1, and looks at nothing but dates then.
    """

    rows: DataFrame
    times: tuple[str, ...]

    @property
    def relation(self) -> str:
        """SQL of the different dates in the columns of time."""
        from pyspark.sql import functions as f

        found = []
        for name in self.times:
            is_json = self.head.table == "jsonl"
            cell = f.get_json_object("line", f"$['{name}']") if is_json else f.col(self.cell(name))
            day = f.regexp_extract(cell.cast("string"), r"^\s*\d{1,2}[/-]\d{1,2}[/-]\d{2,4}", 0)
            days = self.rows.select(day.alias("day")).distinct().collect()
            found.append(f"unnest({literals(row['day'] or '' for row in days)}) AS {self.cell(name)}")
        return f"(SELECT {', '.join(found)})"


def _query(cells: Cells, source: Source, sql: dict[str, str], reason: str, columns: tuple[str, ...]) -> str:
    made = ", ".join(f"{sql[name]} AS {identifier(name)}" for name in EVENT_SCHEMA.names)
    amounts = usable(frozenset(columns))
    given = {name: amounts.get(name, identifier(name)) for name in columns}
    kept = ", ".join(f"{value} AS {identifier(name)}" for name, value in given.items())
    broken = f"{BROKEN}, " if cells.has_broken else ""
    if cells.has_broken:
        reason = f"CASE WHEN {BROKEN} IS NOT NULL THEN {literal(NOT_SPLIT)} ELSE {reason} END"
    return (
        f"SELECT {kept}, (row_hash >> 1)::BIGINT AS row_hash, {reason} AS reason, 1::BIGINT AS copies FROM "
        f"(SELECT {made}, {broken}{source.cells}, hash({source.data_cells}) AS row_hash "
        f"FROM ({_cells(cells, source)}))"
    )


def _cells(cells: Cells, source: Source) -> str:
    """Return SQL of the cells as text, as the embedded engine reads them from a file."""
    layout, names = cells.head.layout, [f"c{i}" for i in range(len(cells.head.own_names))]
    if cells.head.table == "jsonl" and layout is not None:
        return f"SELECT * FROM {source.opened('batch', layout)}"
    made, broken = [f"CAST({name} AS VARCHAR) AS {name}" for name in names], ""
    if cells.has_broken:
        seen = {cell for row in cells.head.rows for cell in row}
        nulls = ", ".join(literal(word) for word in ("", "NULL", *(w for w in NULL_WORDS if w in seen)))
        made = [f"CASE WHEN {name} NOT IN ({nulls}) THEN {name} END AS {name}" for name in names]
        broken = f", {BROKEN}"
    if layout is None:
        return f"SELECT {', '.join(made)}{broken} FROM batch"
    rows = f"(SELECT {', '.join(made)}{broken} FROM batch)" if cells.has_broken else "batch"
    return f"SELECT * FROM {source.opened(rows, layout, more=broken)}"


def spark_schema(schema: pa.Schema) -> Any:  # noqa: ANN401 (a StructType)
    """Return an Arrow schema as Spark's; times have no zone in either."""
    from pyspark.sql import types as t

    kinds: dict[pa.DataType, Any] = {
        pa.string(): t.StringType(),
        pa.int64(): t.LongType(),
        pa.int32(): t.IntegerType(),
        pa.float64(): t.DoubleType(),
        pa.float32(): t.FloatType(),
        pa.bool_(): t.BooleanType(),
        pa.date32(): t.DateType(),
        pa.timestamp("us"): t.TimestampNTZType(),
    }
    return t.StructType([t.StructField(field.name, kinds[field.type]) for field in schema])


def read_batches(batches: Iterable[pa.RecordBatch], *, reading: Reading) -> Iterator[pa.RecordBatch]:
    """Read cells into events, batch by batch (on an executor)."""
    recode = recoders(reading.mapping, get_format(reading.mapping.format))
    with scratch_database(threads=1) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for batch in batches:
            connection.register("batch", pa.Table.from_batches([batch]))
            read = connection.sql(reading.query).to_arrow_table()
            connection.unregister("batch")
            events = read.filter(pc.is_null(read["reason"]))
            for name in reading.tidied:
                events = _recoded(events, name, recode[name])
            yield from events.cast(reading.schema).to_batches()
            if events.num_rows < read.num_rows:
                yield _refused(read["reason"], reading.schema)


def _recoded(events: pa.Table, name: str, recode: Callable[[str], str | None]) -> pa.Table:
    """Turn a column's values into ours, each different one once."""
    column = events[name].combine_chunks().dictionary_encode()
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    ours = _event_type if name == "event_type" else _code
    codes = pa.array([ours(value, recode) for value in column.dictionary.to_pylist()], pa.string())
    return events.set_column(events.schema.get_field_index(name), name, codes.take(column.indices))


def _event_type(value: str, recode: Callable[[str], str | None]) -> str:
    return value if value in _TYPES else recode(value.removeprefix(UNSEEN)) or EventType.OTHER.value


def _code(value: str, recode: Callable[[str], str | None]) -> str | None:
    return recode(value) or None


def _refused(reasons: pa.ChunkedArray, schema: pa.Schema) -> pa.RecordBatch:
    """Return one row a reason: refused rows are counted, and needn't travel."""
    counts = pc.value_counts(reasons.drop_null().combine_chunks())
    told = {"reason": counts.field("values"), "copies": counts.field("counts")}
    columns = [
        told[field.name].cast(field.type) if field.name in told else pa.nulls(len(counts), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _report(
    kept: DataFrame, mapping: Mapping, reading: Reading, made: EventColumns, notes: tuple[str, ...]
) -> IngestReport:
    """Count what was read; this is when it is read."""
    from pyspark.sql import functions as f

    by = ("reason", "event_type", *(("currency",) if "currency" in reading.columns else ()))
    moment = next((name for name in ("timestamp", "date") if name in reading.columns), None)
    ends = (f.min(moment), f.max(moment)) if moment else ()
    looked_for = made.open_columns & reading.given
    told = {name: f.count(name).alias(f"told_{name}") for name in looked_for}
    counts = (f.sum("copies").alias("rows"), f.count("*").alias("kept"), *told.values())
    groups = kept.groupBy(*by).agg(*counts, *ends).collect()
    accepted = [group for group in groups if group["reason"] is None]
    rejected = Counter({DUPLICATE: sum(group["rows"] - group["kept"] for group in accepted)})
    for group in groups:
        rejected[group["reason"]] += 0 if group["reason"] is None else group["rows"]
    untold = {name for name in told if not any(group[f"told_{name}"] for group in accepted)}
    assumed, time_zone = list(made.assumptions), made.time_zone
    if "utc_offset" in told.keys() - untold:
        assumed, time_zone = say_of_late_offsets(assumed, mapping.columns["timestamp"]), AS_WRITTEN
    form = get_format(mapping.format)
    report = IngestReport(
        format=mapping.format,
        title=form.title if form else "Mapped by hand",
        kind="events",
        rows_read=sum(group["rows"] for group in groups),
        rows_kept=sum(group["kept"] for group in accepted),
        rejected={reason: n for reason, n in rejected.most_common() if n},
        told=told_of(mapping, form, reading.given - untold, {group["event_type"] for group in accepted}),
        currency=made.currency,
        notes=notes,
        assumptions=worst_first([*assumed, Assumption("warning", UNSETTLED)]),
        time_zone=time_zone,
    )
    if moment and accepted:
        known = [group for group in accepted if group[-1] is not None]
        first, last = min(group[-2] for group in known), max(group[-1] for group in known)
        report = replace(report, first=first.isoformat(), last=last.isoformat())
    return _with_currency(report, accepted) if len(by) > 2 else report


def _with_currency(report: IngestReport, groups: list[Any]) -> IngestReport:
    found: Counter[str] = Counter()
    for group in groups:
        if group["currency"] is not None:
            found[group["currency"]] += group["kept"]
    codes = sorted(found, key=lambda code: (-found[code], code))
    if len(codes) > 1:
        text = (
            f"Amounts are in several currencies ({', '.join(codes)}), which are never added up: those that "
            f"aren't in {codes[0]} count as unknown."
        )
        said = worst_first([*report.assumptions, Assumption("warning", text)])
        report = replace(report, notes=(*report.notes, text), assumptions=said)
    return replace(report, currency=codes[0] if codes else None)
