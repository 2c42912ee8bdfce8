"""Write sessions as CSV, XLSX or Parquet: streamed, and safe to open in a spreadsheet.

Text that a spreadsheet would run as a formula gets an apostrophe in front, in column names too. The
cells are made by DuckDB, so that a million rows take seconds and no more memory than a thousand.
"""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

import duckdb
import pyarrow as pa

from core.base.atomic_write import whole
from core.base.errors import ExportError
from core.base.sql import identifier, literal

FORMATS = ("csv", "parquet", "xlsx")
#: What makes a spreadsheet take a text for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
XLSX_ROWS = 1_048_576
XLSX_CELL_CHARACTERS = 32_767
#: Rows turned into text at a time.
CHUNK_ROWS = 20_000
#: Rows for which more columns are worked out at a time.
ADDED_ROWS = 8_192
#: Bytes handed on at a time.
CHUNK_BYTES = 256 * 1024


def write_table(parquet: Path, out: Path, fmt: str) -> None:
    """Write a whole Parquet file in another format.

    Raises
    ------
    ExportError
        If the format is unknown, or the rows don't fit into it.
    """
    with duckdb.connect() as connection:
        export_query(connection, "select * from read_parquet(?)", [str(parquet)], out, fmt)


def export_query(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], out: Path, fmt: str
) -> None:
    """Write what a query gives, in its order, into a file that is there whole or not at all.

    Raises
    ------
    ExportError
        If the format is unknown, or the rows don't fit into it.
    """
    _check_format(fmt, out.name)
    if fmt == "xlsx":
        _check_rows(connection, sql, params, out.name.strip(".").removesuffix(".partial"))
    with whole(out) as partial:
        if fmt == "xlsx":
            with partial.open("wb") as file:
                _write_xlsx(connection, sql, params, file)
        else:
            _copy(connection, sql, params, partial, fmt)


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
    added: Added | None = None,
) -> Generator[bytes]:
    """Yield what a query gives as a file's bytes, while it is being written: nothing is kept anywhere.

    Who stops reading stops the query. The connection is closed in the end.

    Parameters
    ----------
    name
        What the file is called in messages.
    added
        Columns that come after the query's, worked out some thousand rows at a time.

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
            yield from _piped(connection, sql, params, fmt)
            return
        with duckdb.connect(config={"threads": 1}) as widened:
            widened.execute("set TimeZone = 'UTC'")
            widened.register("widened", _widened(connection, sql, params, added))
            yield from _piped(widened, "select * from widened", [], fmt)
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
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], fmt: str
) -> Generator[bytes]:
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def write() -> None:
        try:
            with open(writing, "wb") as pipe:  # noqa: PTH123 - a descriptor, not a path
                if fmt == "xlsx":
                    _write_xlsx(connection, sql, params, pipe)
                else:
                    _copy(connection, sql, params, Path(f"/dev/fd/{writing}"), fmt)
        except (duckdb.Error, OSError) as error:
            failed.append(error)

    writer = threading.Thread(target=write, name="download", daemon=True)
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


def _check_format(fmt: str, name: str) -> None:
    if fmt not in FORMATS:
        raise ExportError(
            f"“{fmt}” is no format to write.", remedy=f"Use one of {', '.join(FORMATS)}.", where=name
        )


def _check_rows(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], name: str) -> None:
    rows = connection.execute(f"select count(*) from ({sql})", list(params)).fetchall()[0][0]
    if rows >= XLSX_ROWS:
        raise ExportError(
            f"an XLSX sheet holds {XLSX_ROWS - 1:,} rows at most, these are {rows:,}.",
            where=name,
            remedy="Use CSV or Parquet, or filter first.",
        )


def _copy(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], out: Path, fmt: str
) -> None:
    text, options = sql, "parquet, row_group_size 32768"
    if fmt == "csv":
        text, options = _safe_text(connection, sql, params), "csv, header"
    # A pipe can't be renamed, and whoever writes a file has seen to a name of its own.
    connection.execute(
        f"copy ({text}) to {literal(out)} (format {options}, use_tmp_file false)", list(params)
    )


def _columns(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object]
) -> list[tuple[str, str]]:
    rows = connection.execute(f"describe {sql}", list(params)).fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]


def _safe_name(name: str) -> str:
    return f"'{name}" if name.startswith(FORMULA_STARTS) else name


def _safe_sql(column: str) -> str:
    """Return SQL for a text column with an apostrophe before what would run as a formula."""
    starts = ", ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
    return f"case when left({column}, 1) in ({starts}) then chr(39) || {column} else {column} end"


def _safe_text(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object]) -> str:
    cells = [
        f"{_safe_sql(own) if kind == 'VARCHAR' else own} as {identifier(_safe_name(name))}"
        for name, kind in _columns(connection, sql, params)
        for own in (identifier(name),)
    ]
    return f"select {', '.join(cells)} from ({sql})"


# XLSX: a zip of XML. Rows are put together by the query itself, which is some thirty times faster
# than a cell object each.

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
    '<sheets><sheet name="Sessions" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    # Styles: 0 plain, 1 date and time, 2 bold (column names), 3 date.
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/></border></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf xfId="0"/>'
    '<xf xfId="0" numFmtId="164" applyNumberFormat="1"/><xf xfId="0" fontId="1" applyFont="1"/>'
    '<xf xfId="0" numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET_START = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    "<sheetData>"
)
_SHEET_END = "</sheetData></worksheet>"
_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
)
#: Days from the spreadsheet's first day to 1970-01-01.
_EPOCH_DAY = 25_569


def _write_xlsx(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], out: IO[bytes]
) -> None:
    columns = _columns(connection, sql, params)
    cells = " || ".join(_cell_sql(identifier(name), kind) for name, kind in columns)
    connection.execute(f"select '<row>' || {cells} || '</row>' from ({sql})", list(params))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for name, text in _PARTS.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_START.encode())
            sheet.write(f"<row>{''.join(_name_cell(name) for name, _ in columns)}</row>".encode())
            while chunk := connection.fetchmany(CHUNK_ROWS):
                sheet.write("".join(row[0] for row in chunk).encode())
            sheet.write(_SHEET_END.encode())


def _name_cell(name: str) -> str:
    text = escape("".join(c for c in _safe_name(name) if c.isprintable()))
    return f'<c t="inlineStr" s="2"><is><t xml:space="preserve">{text}</t></is></c>'


def _cell_sql(column: str, kind: str) -> str:
    """Return SQL that makes the XML of one cell; an empty one where the value is null or not finite."""
    if kind in _NUMBERS or kind.startswith("DECIMAL"):
        cell = f"'<c><v>' || {column} || '</v></c>'"
    elif kind in ("DOUBLE", "FLOAT"):
        cell = f"case when isfinite({column}) then '<c><v>' || {column} || '</v></c>' end"
    elif kind == "BOOLEAN":
        cell = f"'<c t=\"b\"><v>' || {column}::int || '</v></c>'"
    elif kind.startswith("TIMESTAMP"):
        days = f"(epoch_us({column}) / 86400000000.0 + {_EPOCH_DAY})"
        cell = f"'<c s=\"1\"><v>' || {days} || '</v></c>'"
    elif kind == "DATE":
        cell = f"'<c s=\"3\"><v>' || (epoch_us({column}) // 86400000000 + {_EPOCH_DAY}) || '</v></c>'"
    else:
        text = _xml_text_sql(_safe_sql(column if kind == "VARCHAR" else f"{column}::varchar"))
        cell = f"'<c t=\"inlineStr\"><is><t xml:space=\"preserve\">' || {text} || '</t></is></c>'"
    return f"coalesce({cell}, '<c/>')"


def _xml_text_sql(text: str) -> str:
    cut = f"left({text}, {XLSX_CELL_CHARACTERS})"
    allowed = f"regexp_replace({cut}, '[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x{{FFFE}}\\x{{FFFF}}]', '', 'g')"
    # A carriage return would be read back as a line feed unless it is spelt out.
    for character, spelt in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        allowed = f"replace({allowed}, chr({ord(character)}), '{spelt}')"
    return allowed
