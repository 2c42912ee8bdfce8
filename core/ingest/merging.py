"""Files that were read one by one, put together into one Parquet; what stands in two of them counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.base.errors import StorageError
from core.base.formulas import harmless, harmless_sql
from core.base.progress import Progress
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.ingest.base.database import database, run
from core.ingest.base.model import IngestReport, Mapping
from core.ingest.events import PARQUET
from core.ingest.recognition.recognise import form_of, told_by
from core.ingest.session_rules import MONEY, OUTCOMES, PUT_TOGETHER
from core.schema.events import EVENT_SCHEMA
from core.schema.sessions import SESSION_SCHEMA

IN_ANOTHER = "It is an exact duplicate of a row in another file."
SAME_ID_ELSEWHERE = "Another file has a row with the same session id."
#: Where rows themselves are the order of events, those of a later file come later.
ROWS_OF_A_FILE = 1 << 40
_EVENTS = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
#: Overlaps in time beyond which all rows are looked at at once.
MOST_SPANS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file that was read: its name, how it was mapped, the folder with what came of it, the report."""

    filename: str
    mapping: Mapping
    folder: Path
    report: IngestReport

    @property
    def path(self) -> Path:
        """Its rows."""
        return self.folder / f"{self.report.kind}.parquet"

    @property
    def counts_rows(self) -> bool:
        """Whether the order of its events is that of its rows."""
        mapped = told_by(self.mapping, form_of(self.mapping)).columns
        return "order" in self.report.told.columns - mapped

    @property
    def is_timed(self) -> bool:
        """Whether its events have a time or order of their own, so that two equal ones are one twice."""
        return bool({"timestamp", "order"} & self.report.told.columns) and not self.counts_rows


def merge(
    parts: Sequence[Part], out_dir: Path, work: Path, settings: Settings, progress: Progress
) -> dict[str, dict[str, int]]:
    """Write the rows of all parts as one file into ``out_dir``, and those refused as another.

    Returns
    -------
    dict
        By file name and reason, how many rows were refused because another file has them.

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
            query = _events(connection, parts) if kind == "events" else _sessions(connection, parts)
            run(connection, f"COPY ({query}) TO {literal(made)} ({PARQUET})", progress, "Combining")
            refused = _refused(connection, parts, work / "rejected.csv")
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
    return refused


def _rows(parts: Sequence[Part]) -> str:
    """Return SQL of the rows of all parts, each with the number of its part and of itself in it."""
    paths = ", ".join(literal(part.path) for part in parts)
    return (
        "(SELECT r.* EXCLUDE (filename, file_row_number), number, file_row_number AS place FROM read_parquet("
        f"[{paths}], union_by_name = true, filename = true, file_row_number = true) r "
        "JOIN parts ON parts.path = r.filename)"
    )


def _events(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> str:
    """Return SQL of all events; makes the table ``doubled`` of those left out."""
    connection.execute("CREATE TEMP TABLE doubled (number INT, place BIGINT, reason VARCHAR)")
    order = f'"order" + number * {ROWS_OF_A_FILE}' if any(part.counts_rows for part in parts) else '"order"'
    names = ", ".join(
        f"{order} AS {identifier(name)}" if name == "order" else identifier(name)
        for name in EVENT_SCHEMA.names
    )
    window = _overlap(parts)
    if window is None:
        return f"SELECT {names} FROM {_rows(parts)}"
    rows = f"{_rows(parts)} WHERE {window}"
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
    return f"SELECT {names} FROM {_rows(parts)} r ANTI JOIN doubled USING (number, place)"


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


def main_currency(parts: Sequence[Part]) -> str | None:
    """Return the currency most rows are in; of equals the alphabetically first. None if none is known."""
    rows: Counter[str] = Counter()
    for part in parts:
        if part.report.currency:
            rows[part.report.currency] += part.report.rows_kept
    return min(rows, key=lambda code: (-rows[code], code), default=None)


def _in_one_currency(parts: Sequence[Part], names: Sequence[str]) -> str:
    """Return SQL of all session rows, with the amounts of files in any other currency unknown."""
    main = main_currency(parts)
    others = [str(n) for n, part in enumerate(parts) if part.report.currency not in (main, None)]
    if not others:
        return _rows(parts)
    present = [name for name in MONEY if name in names]
    made = ", ".join(
        f"CASE WHEN number NOT IN ({', '.join(others)}) THEN {name} END AS {name}" for name in present
    )
    return f"(SELECT * REPLACE ({made}) FROM {_rows(parts)})"


def _sessions(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> str:
    """Return SQL of all session rows in their order; makes the table ``doubled`` of those left out."""
    extras = dict.fromkeys(name for part in parts for name in part.report.extras)
    names = [*SESSION_SCHEMA.names, *extras]
    columns = ", ".join(identifier(name) for name in names)
    rows = _in_one_currency(parts, names)
    if all("session_id" in part.report.told.columns for part in parts):
        same = f"first_value(hash({columns})) OVER first = hash({columns})"
        known = ", ".join(identifier(name) for name in SESSION_SCHEMA.names if name not in OUTCOMES)
        alike = f"first_value(hash({known})) OVER first = hash({known})"
        connection.execute(
            "CREATE TEMP TABLE again AS SELECT * FROM (SELECT number, place, session_id, purchased, "
            f"revenue, row_number() OVER first AS copy, {same} AS same, {alike} AS alike FROM {rows} "
            "WINDOW first AS (PARTITION BY session_id ORDER BY number, place)) "
            "WHERE session_id IN (SELECT session_id FROM "
            f"{rows} GROUP BY 1 HAVING count(*) > 1)"
        )
        connection.execute(
            "CREATE TEMP TABLE doubled AS SELECT number, place, CASE WHEN same "
            f"THEN {literal(IN_ANOTHER)} WHEN alike THEN {literal(PUT_TOGETHER)} "
            f"ELSE {literal(SAME_ID_ELSEWHERE)} END AS reason FROM again WHERE copy > 1"
        )
        # Rows that differ in nothing but the outcome are several orders of one session.
        connection.execute(
            "CREATE TEMP TABLE outcomes AS SELECT session_id, bool_or(purchased) AS purchased, "
            "sum(revenue) AS revenue FROM again WHERE alike AND (copy = 1 OR NOT same) GROUP BY 1 "
            "HAVING count(*) > 1"
        )
        added = {
            name: f"CASE WHEN o.session_id IS NULL THEN r.{name} ELSE o.{name} END AS {name}"
            for name in OUTCOMES
        }
        shown = ", ".join(added.get(name, f"r.{identifier(name)}") for name in names)
        rows = f"{rows} r LEFT JOIN outcomes o USING (session_id)"
    else:
        # Ids that were made of row numbers are each file's own.
        connection.execute("CREATE TEMP TABLE doubled (number INT, place BIGINT, reason VARCHAR)")
        own = {"session_id": "concat(number + 1, '-', session_id) AS session_id"}
        shown = ", ".join(own.get(name, identifier(name)) for name in names)
        rows = f"{rows} r"
    connection.execute("SET preserve_insertion_order = true")
    return f"SELECT {shown} FROM {rows} ANTI JOIN doubled USING (number, place) ORDER BY number, place"


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
            f"SELECT {harmless_sql('file')} AS file, "
            f'NULL::VARCHAR AS "row in file", reason AS "reason refused", {cells} '
            f"FROM {_rows(parts)} JOIN doubled USING (number, place) JOIN parts USING (number)"
        )
    if pieces:
        connection.execute(f"COPY ({' UNION ALL BY NAME '.join(pieces)}) TO {literal(out)} (HEADER)")
    refused: dict[str, dict[str, int]] = {}
    for file, reason, n in counts:
        refused.setdefault(str(file), {})[str(reason)] = int(n)
    return refused
