"""Rows that are refused: counted by reason, and written out with their row number and original cells."""

from __future__ import annotations

from pathlib import Path

import duckdb

from core.base.formulas import harmless, harmless_sql
from core.base.sql import identifier, literal
from core.ingest.base.database import one
from core.ingest.cells import values
from core.ingest.files.nested import BROKEN_CELL, NOT_JSON
from core.ingest.files.source import HEADER, ROW, Source

#: What DuckDB says of a row it can't split into cells -> what we say.
_MALFORMED = {
    "MISSING COLUMNS": "The row has fewer cells than the header.",
    "TOO MANY COLUMNS": "The row has more cells than the header.",
    "UNQUOTED VALUE": "A quoted cell is not closed properly.",
    "INVALID ENCODING": "The row has unreadable characters.",
    "LINE SIZE OVER MAXIMUM": "The row is far too long.",
}
OTHER_HEADER = "It is another header, with its columns in another order."
_OTHERWISE = "The row can't be split into cells."


def collect_malformed(connection: duckdb.DuckDBPyConnection, source: Source) -> bool:
    """Gather the rows that couldn't be split into cells; say whether some are badly encoded.

    Makes the table ``malformed`` (row in the file, reason, the row as it stands).
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE malformed (row_in_file BIGINT, reason VARCHAR, line VARCHAR)"
    )
    if not source.tolerant or source.head.table == "jsonl":
        return False
    cases = " ".join(f"WHEN {literal(kind)} THEN {literal(reason)}" for kind, reason in _MALFORMED.items())
    reason = f"CASE arg_min(error_type::VARCHAR, column_idx) {cases} ELSE {literal(_OTHERWISE)} END"
    # A row may be at fault in several ways and be met in several passes: the first fault counts.
    connection.execute(
        f"INSERT INTO malformed SELECT line, {reason}, ltrim(any_value(csv_line), chr(10)) "
        "FROM reject_errors GROUP BY line"
    )
    encoding = one(connection, "SELECT count(*) FROM reject_errors WHERE error_type = 'INVALID ENCODING'")
    return encoding != (0,)


def count_refused(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[dict[str, int], int]:
    """Return rows refused by reason, most frequent first, and how many of them were malformed."""
    cells = ", ".join(f"{cell} VARCHAR" for cell in source.shown_cells.split(", "))
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS refused ({ROW} BIGINT, reason VARCHAR, {cells})")
    both = "SELECT reason FROM refused UNION ALL SELECT reason FROM malformed"
    query = f"SELECT reason, count(*) AS n FROM ({both}) GROUP BY 1 ORDER BY n DESC, reason"
    malformed = one(connection, "SELECT count(*) FROM malformed")[0]
    return {str(reason): int(n) for reason, n in connection.execute(query).fetchall()}, int(str(malformed))


def tell_headers(connection: duckdb.DuckDBPyConnection, source: Source) -> int | None:
    """Say of refused rows that are headers once more that they are.

    Return the row of the first whose columns stand in another order than in the header above; None if there
    is none.
    """
    if source.is_header is None:
        return None
    connection.execute(f"UPDATE refused SET reason = {literal(HEADER)} WHERE {source.is_header}")
    names = zip(source.shown_cells.split(", "), source.names, strict=True)
    same = " AND ".join(f"coalesce(trim({cell}) = {literal(name)}, true)" for cell, name in names)
    connection.execute(
        f"UPDATE refused SET reason = {literal(OTHER_HEADER)} "
        f"WHERE reason = {literal(HEADER)} AND NOT ({same})"
    )
    row = one(connection, f"SELECT min({ROW}) FROM refused WHERE reason = {literal(OTHER_HEADER)}")[0]
    return int(str(row)) + source.first_row - 1 if row is not None else None


def has_unread_json(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether refused records hold JSON that may be written otherwise than the head of their file shows."""
    reasons = values.literals((BROKEN_CELL, NOT_JSON))
    return one(
        connection,
        f"SELECT count(*) FROM refused WHERE list_contains({reasons}, reason) AND json_valid(line)",
    ) != (0,)


def write_refused(connection: duckdb.DuckDBPyConnection, source: Source, out: Path) -> None:
    """Write the refused rows as CSV: row in the file, reason, original cells."""
    before = source.first_row - 1
    # Malformed rows were skipped when the others were numbered: the j-th of them stands before a
    # row if fewer rows than that row's number stand before it.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE gaps AS SELECT after, max(j) AS skipped FROM (SELECT j, "
        f"{ROW} - {before} - j AS after FROM (SELECT {ROW}, row_number() OVER (ORDER BY {ROW}) AS j "
        "FROM malformed)) GROUP BY after"
    )
    shown = source.shown_cells.split(", ")
    titles = source.shown_names
    cells = ", ".join(
        f"{harmless_sql(c, numbers=True)} AS {identifier(harmless(t))}"
        for c, t in zip(shown, titles, strict=True)
    )
    broken = ", ".join([harmless_sql("line", numbers=True), *("NULL" for _ in shown[1:])])
    connection.execute(
        f'COPY (SELECT r.{ROW} + {before} + coalesce(g.skipped, 0) AS "row in file", '
        f'r.reason AS "reason refused", {cells} FROM refused r ASOF LEFT JOIN gaps g ON r.{ROW} > g.after '
        f"UNION ALL SELECT {ROW}, reason, {broken} FROM malformed ORDER BY 1) TO {literal(out)} (HEADER)"
    )
