"""Write sessions as CSV, XLSX or Parquet: streamed, and safe to open in a spreadsheet.

Text that a spreadsheet would run as a formula gets an apostrophe in front, in column names too. The
cells are made by DuckDB, so that a million rows take seconds and no more memory than a thousand.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from core.base.atomic_write import atomic_write
from core.base.errors import ExportError
from core.base.formulas import harmless, harmless_sql
from core.base.memory_database import scratch_database
from core.base.sql import identifier, literal
from core.base.written import number
from core.results.xlsx import columns_of, write_xlsx

FORMATS = ("csv", "parquet", "xlsx")
#: Rows a sheet holds at most, the one of column names included.
XLSX_ROWS = 1_048_576
#: Rows for which more columns are worked out at a time.
ADDED_ROWS = 8_192
#: SQL and its parameters.
Query = tuple[str, Sequence[object]]
#: Bytes handed on at a time.
CHUNK_BYTES = 256 * 1024


def write_table(parquet: Path, out: Path, fmt: str) -> None:
    """Write a whole Parquet file in another format.

    Raises
    ------
    ExportError
        If the format is unknown, or the rows don't fit into it.
    """
    with scratch_database() as connection:
        export_query(connection, "select * from read_parquet(?)", [str(parquet)], out, fmt)


def export_query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    params: Sequence[object],
    out: Path,
    fmt: str,
    *,
    for_spreadsheet: bool = True,
) -> None:
    """Write what a query gives, in its order, into a file that is there whole or not at all.

    ``for_spreadsheet`` is as for ``stream_query``.

    Raises
    ------
    ExportError
        If the format is unknown, or the rows don't fit into it.
    """
    _check_format(fmt, out.name)
    if fmt == "xlsx":
        _check_rows(connection, sql, params, out.name.strip(".").removesuffix(".partial"))
    with atomic_write(out) as partial:
        if fmt == "xlsx":
            with partial.open("wb") as file:
                write_xlsx(connection, sql, params, file)
        else:
            _copy(connection, sql, params, partial, fmt, for_spreadsheet=for_spreadsheet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Columns that are worked out while rows are sent: what ``make`` returns for some rows in their order."""

    schema: pa.Schema
    make: Callable[[pa.RecordBatch], pa.Table]


def stream_query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    params: Sequence[object],
    fmt: str,
    *,
    name: str,
    first: Query | None = None,
    added: Added | None = None,
    for_spreadsheet: bool = True,
) -> Generator[bytes]:
    """Yield what a query gives as a file's bytes, while it is being written: nothing is kept anywhere.

    Who stops reading stops the query. The connection is closed in the end.

    Parameters
    ----------
    name
        What the file is called in messages.
    first
        Gives the first rows of a CSV, which the query leaves out: they don't wait for its order.
    added
        Columns that come after the query's, worked out some thousand rows at a time.
    for_spreadsheet
        Whether a spreadsheet may open a CSV; False for a list that a machine reads, whose cells stay as they
        are: a phone number is no formula.

    Raises
    ------
    ExportError
        Before the first byte, if the format is unknown, or the rows don't fit into it.
    """
    try:
        _check_format(fmt, name)
        if fmt == "xlsx":
            _check_rows(connection, sql, params, name)
        if added is None:
            queries = [first, (sql, params)] if first else [(sql, params)]
            yield from _piped(connection, queries, fmt, for_spreadsheet=for_spreadsheet)
            return
        with duckdb.connect(config={"threads": 1}) as widened:
            widened.execute("set TimeZone = 'UTC'")
            widened.register("widened", _widened(connection, sql, params, added))
            every: Query = ("select * from widened", [])
            yield from _piped(widened, [every], fmt, for_spreadsheet=for_spreadsheet)
    finally:
        connection.close()


def added_fields(taken: Sequence[str], added: pa.Schema) -> list[pa.Field]:
    """Return the fields of added columns; one whose name is taken already gets another."""
    return [field.with_name(f"{field.name}_predicted") if field.name in taken else field for field in added]


def _widened(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], added: Added
) -> pa.RecordBatchReader:
    """Return a query's rows with more columns, made as they are read; a name that is taken is told apart."""
    rows = connection.sql(sql, params=list(params)).to_arrow_reader(ADDED_ROWS)
    schema = pa.schema([*rows.schema, *added_fields(rows.schema.names, added.schema)])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            made = added.make(batch).combine_chunks()
            columns = [column.chunk(0) for column in made.columns] if batch.num_rows else []
            if columns:
                yield pa.RecordBatch.from_arrays([*batch.columns, *columns], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _piped(
    connection: duckdb.DuckDBPyConnection, queries: Sequence[Query], fmt: str, *, for_spreadsheet: bool
) -> Generator[bytes]:
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def write() -> None:
        try:
            with open(writing, "wb") as pipe:  # noqa: PTH123 - a descriptor, not a path
                if fmt == "xlsx":
                    write_xlsx(connection, *queries[0], pipe)
                else:
                    out = Path(f"/dev/fd/{writing}")
                    for sql, params, header in _parts(queries, fmt):
                        _copy(
                            connection,
                            sql,
                            params,
                            out,
                            fmt,
                            for_spreadsheet=for_spreadsheet,
                            header=header,
                        )
        except (duckdb.Error, OSError) as error:
            failed.append(error)

    writer = threading.Thread(target=copy_context().run, args=(write,), name="download", daemon=True)
    writer.start()
    with open(reading, "rb", buffering=0) as pipe:  # noqa: PTH123
        try:
            while chunk := pipe.read(CHUNK_BYTES):
                yield chunk
        except GeneratorExit:
            connection.interrupt()
            raise
        finally:
            pipe.close()
            writer.join()
    if failed:
        # The answer breaks off, so that nobody takes part of a file for the whole.
        raise failed[0]


def _parts(queries: Sequence[Query], fmt: str) -> list[tuple[str, Sequence[object], bool]]:
    """Return what is written one after the other, each with or without names of columns.

    Those of a CSV don't wait for its rows, which may have to be put in order first.
    """
    if fmt != "csv":
        return [(*query, True) for query in queries]
    sql, params = queries[0]
    return [(f"select * from ({sql}) limit 0", params, True), *((*query, False) for query in queries)]


def _check_format(fmt: str, name: str) -> None:
    if fmt not in FORMATS:
        raise ExportError(
            f"“{fmt}” isn't a download format.", remedy=f"Use one of {', '.join(FORMATS)}.", where=name
        )


def _check_rows(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], name: str) -> None:
    rows = connection.execute(f"select count(*) from ({sql})", list(params)).fetchall()[0][0]
    if rows >= XLSX_ROWS:
        raise ExportError(
            f"an XLSX sheet holds at most {number(XLSX_ROWS - 1)} rows, but there are {number(rows)}.",
            where=name,
            remedy="Use CSV or Parquet, or filter first.",
        )


def _copy(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    params: Sequence[object],
    out: Path,
    fmt: str,
    *,
    for_spreadsheet: bool,
    header: bool = True,
) -> None:
    text, options = sql, "parquet, row_group_size 32768"
    if fmt == "csv":
        text = _safe_text(connection, sql, params) if for_spreadsheet else sql
        options = f"csv, header {'true' if header else 'false'}"
    # A pipe can't be renamed, and whoever writes a file has seen to a name of its own.
    connection.execute(
        f"copy ({text}) to {literal(out)} (format {options}, use_tmp_file false)", list(params)
    )


def _safe_text(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object]) -> str:
    cells = [
        f"{harmless_sql(own) if kind == 'VARCHAR' else own} as {identifier(harmless(name))}"
        for name, kind in columns_of(connection, sql, params)
        for own in (identifier(name),)
    ]
    return f"select {', '.join(cells)} from ({sql})"
