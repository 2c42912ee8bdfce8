"""Write what a query gives as XLSX: a zip of XML.

Rows are put together by the query itself, which is some thirty times faster than a cell object each.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from typing import IO
from xml.sax.saxutils import escape

import duckdb

from core.base.formulas import harmless, harmless_sql
from core.base.sql import identifier

#: Characters a cell holds at most.
CELL_CHARACTERS = 32_767
#: Rows turned into text at a time.
CHUNK_ROWS = 20_000

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


def write_xlsx(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object], out: IO[bytes]
) -> None:
    """Write what a query gives, in its order, as a workbook of one sheet with a row of column names."""
    columns = columns_of(connection, sql, params)
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


def columns_of(
    connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object]
) -> list[tuple[str, str]]:
    """Return the names of a query's columns, each with DuckDB's name of its type."""
    rows = connection.execute(f"describe {sql}", list(params)).fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]


def _name_cell(name: str) -> str:
    text = escape("".join(c for c in harmless(name) if c.isprintable()))
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
        text = _xml_text_sql(harmless_sql(column if kind == "VARCHAR" else f"{column}::varchar"))
        cell = f"'<c t=\"inlineStr\"><is><t xml:space=\"preserve\">' || {text} || '</t></is></c>'"
    return f"coalesce({cell}, '<c/>')"


def _xml_text_sql(text: str) -> str:
    cut = f"left({text}, {CELL_CHARACTERS})"
    allowed = f"regexp_replace({cut}, '[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x{{FFFE}}\\x{{FFFF}}]', '', 'g')"
    # A carriage return would be read back as a line feed unless it is spelt out.
    for character, spelt in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        allowed = f"replace({allowed}, chr({ord(character)}), '{spelt}')"
    return allowed
