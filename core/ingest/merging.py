"""Files that were read one by one, put together into one Parquet; what stands in two of them counts once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from core.base.errors import StorageError
from core.base.formulas import harmless, harmless_sql
from core.base.progress import Progress
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.base.written import number
from core.ingest.base.assumptions import IN_OTHER_TABLE, Assumption
from core.ingest.base.database import database, one, run
from core.ingest.base.events_file import write_events
from core.ingest.merging_sessions import merged_sessions
from core.ingest.multi_file.parts import (
    IN_ANOTHER,
    IN_ANOTHER_DETAILED,
    Merged,
    Part,
    rows_of,
)
from core.schema.events import EVENT_SCHEMA
from core.schema.sessions import SESSION_SCHEMA

#: Where rows themselves are the order of events, those of a later file come later.
ROWS_OF_A_FILE = 1 << 40
_EVENTS = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
#: Formats whose times tell one event of a visitor from the next.
_TO_THE_MICROSECOND = frozenset({"ga4"})
#: Overlaps in time beyond which all rows are looked at at once.
MOST_SPANS = 50


def merge(parts: Sequence[Part], out_dir: Path, work: Path, settings: Settings, progress: Progress) -> Merged:
    """Write the rows of all parts as one file into ``out_dir``, and those refused as another.

    Returns
    -------
    Merged
        What was refused because another file has it, and what was assumed.

    Raises
    ------
    StorageError
        If there isn't room or memory for it.
    """
    kind = parts[0].report.kind
    made = work / f"{kind}.parquet"
    try:
        with database(settings, work / "spill") as connection:
            connection.execute("CREATE TEMP TABLE parts (number INT, path VARCHAR, file VARCHAR)")
            connection.executemany(
                "INSERT INTO parts VALUES (?, ?, ?)",
                [(number, str(part.path), part.filename) for number, part in enumerate(parts)],
            )
            merged = Merged()
            if kind == "events":
                query = _events(connection, parts, merged)
                write_events(connection, query, made, progress, "Combining")
            else:
                query = merged_sessions(connection, parts, merged)
                run(connection, f"COPY ({query}) TO {literal(made)} (FORMAT parquet)", progress, "Combining")
            merged.refused = _refused(connection, parts, work / "rejected.csv")
    except duckdb.OutOfMemoryException as error:
        raise StorageError(
            "There isn't enough memory to combine the files.",
            remedy="Raise PREDICTOR_DUCKDB_MEMORY_LIMIT, or export a shorter period.",
        ) from error
    except duckdb.IOException as error:
        raise StorageError("The disk is full or can't be written to.") from error
    rejected = out_dir / "rejected.csv"
    rejected.unlink(missing_ok=True)
    if (work / "rejected.csv").exists():
        (work / "rejected.csv").replace(rejected)
    made.replace(out_dir / f"{kind}.parquet")
    return merged


def _events(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], merged: Merged) -> str:
    """Return SQL of all events; makes the table ``doubled`` of those left out."""
    connection.execute("CREATE TEMP TABLE doubled (number INT, place BIGINT, reason VARCHAR)")
    order = f'"order" + number * {ROWS_OF_A_FILE}' if any(part.counts_rows for part in parts) else '"order"'
    names = ", ".join(
        f"{order} AS {identifier(name)}" if name == "order" else identifier(name)
        for name in EVENT_SCHEMA.names
    )
    window = _overlap(parts)
    if window is None:
        return f"SELECT {names} FROM {rows_of(parts)}"
    if len({part.mapping.format for part in parts}) > 1:
        _leave_out_told_fuller(connection, parts)
    rows = f"{rows_of(parts)} r ANTI JOIN doubled USING (number, place) WHERE {window}"
    connection.execute(
        f"CREATE TEMP TABLE suspects AS SELECT h FROM (SELECT hash({_EVENTS}) AS h, number FROM {rows}) "
        "GROUP BY h HAVING min(number) < max(number)"
    )
    # Rows that agree in their hash are compared in every cell: the first file that has one keeps it.
    connection.execute(
        f"INSERT INTO doubled SELECT number, place, {literal(IN_ANOTHER)} FROM (SELECT number, place, "
        f"min(number) OVER (PARTITION BY {_EVENTS}) AS first FROM {rows} "
        f"AND hash({_EVENTS}) IN (SELECT h FROM suspects)) WHERE first < number"
    )
    if {part.mapping.format for part in parts} <= _TO_THE_MICROSECOND:
        _leave_out_less_whole(connection, parts, rows, merged)
    return f"SELECT {names} FROM {rows_of(parts)} r ANTI JOIN doubled USING (number, place)"


def _leave_out_told_fuller(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    """Add events to ``doubled`` of which another table of their source has products or amounts.

    Of several tables that have neither, the first one's counts.
    """
    kinds = sorted({str(part.mapping.format) for part in parts})
    connection.execute("CREATE TEMP TABLE tables (number INT, kind INT)")
    connection.executemany(
        "INSERT INTO tables VALUES (?, ?)",
        [(number, kinds.index(str(part.mapping.format))) for number, part in enumerate(parts)],
    )
    same = 'PARTITION BY session_id, "timestamp", event_type'
    connection.execute(
        f"INSERT INTO doubled SELECT number, place, {literal(IN_OTHER_TABLE)} FROM (SELECT number, place, "
        f"kind, is_bare, bool_or(NOT is_bare) OVER ({same}) AS is_told, min(kind) OVER ({same}) AS first "
        'FROM (SELECT number, place, kind, session_id, "timestamp", event_type, product_id IS NULL AND '
        f"revenue IS NULL AS is_bare FROM {rows_of(parts)} JOIN tables USING (number))) "
        "WHERE is_bare AND (is_told OR first < kind)"
    )


def _leave_out_less_whole(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], rows: str, merged: Merged
) -> None:
    """Add events to ``doubled`` that another file has too, with other details: the file of more rows counts.

    A day's table may be exported before it is whole; attribution and places are filled in afterwards.
    """
    ranked = sorted(range(len(parts)), key=lambda n: (-parts[n].report.rows_kept, parts[n].filename))
    connection.execute("CREATE TEMP TABLE ranks (number INT, rank INT)")
    connection.executemany("INSERT INTO ranks VALUES (?, ?)", [(n, rank) for rank, n in enumerate(ranked)])
    what = "event_type, product_id, price, quantity, revenue, order_id, page"
    same = f'visitor_id, session_id, "timestamp", {what}'
    rows = f'{rows} AND epoch_us("timestamp") % 1000000 <> 0'
    connection.execute(
        f"CREATE TEMP TABLE unlike AS SELECT h FROM (SELECT hash({same}) AS h, number FROM {rows}) "
        "GROUP BY h HAVING min(number) < max(number)"
    )
    connection.execute(
        f"INSERT INTO doubled SELECT number, place, {literal(IN_ANOTHER_DETAILED)} FROM (SELECT number, "
        f"place, rank, min(rank) OVER (PARTITION BY {same}) AS first FROM (SELECT * FROM {rows} "
        f"AND hash({same}) IN (SELECT h FROM unlike)) JOIN ranks USING (number)) WHERE first < rank"
    )
    query = f"SELECT count(*) FROM doubled WHERE reason = {literal(IN_ANOTHER_DETAILED)}"
    n = int(str(one(connection, query)[0]))
    if n:
        events = "1 event is in two files" if n == 1 else f"{number(n)} events are in two files"
        text = f"{events} with other details: the file with more rows counts."
        merged.assumptions.append(Assumption("warning", text))


def _overlap(parts: Sequence[Part]) -> str | None:
    """Return SQL of when more than one file has events; None if that is never: nothing is compared."""
    timed = [part for part in parts if part.is_timed]
    if len(timed) < 2:
        return None
    if any("timestamp" not in part.report.told.columns for part in timed):
        return "true"
    spans = sorted((str(part.report.first), str(part.report.last)) for part in timed)
    overlaps: list[tuple[str, str]] = []
    latest = spans[0][1]
    for first, last in spans[1:]:
        if first <= latest:
            overlaps.append((first, min(last, latest)))
        latest = max(latest, last)
    if not overlaps:
        return None
    if len(overlaps) > MOST_SPANS:
        return "true"
    return "(" + " OR ".join(
        f'"timestamp" BETWEEN {literal(first)}::TIMESTAMP AND {literal(last)}::TIMESTAMP'
        for first, last in overlaps
    ) + ")"  # fmt: skip


def _refused(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], out: Path
) -> dict[str, dict[str, int]]:
    """Write the refused rows of all parts, each with its file; return those refused here, by file."""
    pieces = [
        f"SELECT {literal(harmless(part.filename))} AS file, * "
        f"FROM read_csv({literal(part.folder / 'rejected.csv')}, all_varchar = true, header = true, "
        "max_line_size = 33554432)"
        for part in parts
        if (part.folder / "rejected.csv").exists()
    ]
    counts = connection.execute(
        "SELECT file, reason, count(*) FROM doubled JOIN parts USING (number) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if counts:
        told = {name for part in parts for name in (*part.report.told.columns, *part.report.extras)}
        names = [
            *EVENT_SCHEMA.names,
            *(name for name in SESSION_SCHEMA.names if name not in EVENT_SCHEMA.names),
        ]
        shown = [name for name in names if name in told] + sorted(told.difference(names))
        cells = ", ".join(
            f"{harmless_sql(text, numbers=True)} AS {identifier(harmless(name))}"
            for name in shown
            for text in (f"CAST({identifier(name)} AS VARCHAR)",)
        )
        pieces.append(
            f"SELECT * FROM (SELECT {harmless_sql('file')} AS file, "
            f'NULL::VARCHAR AS "row in file", reason AS "reason refused", {cells} '
            f"FROM {rows_of(parts)} JOIN doubled USING (number, place) JOIN parts USING (number)) "
            "ORDER BY ALL"
        )
    if pieces:
        every = " UNION ALL BY NAME ".join(f"({piece})" for piece in pieces)
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"COPY ({every}) TO {literal(out)} (HEADER)")
        connection.execute("SET preserve_insertion_order = false")
    refused: dict[str, dict[str, int]] = {}
    for file, reason, n in counts:
        refused.setdefault(str(file), {})[str(reason)] = int(n)
    return refused
