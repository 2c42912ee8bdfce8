"""A small table of outcomes as people have it: CSV in any usual way of writing it, or an Excel sheet.

Every cell is read as text; what can't be understood is told with its column and with the line an editor
shows, or the row of a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from core.base.errors import IngestError, UpliftError
from core.base.written import decimals, number
from core.ingest.cells.sniff import decimal_sign
from core.ingest.cells.synonyms import NO, YES
from core.ingest.files.text import Dialect, decode, find_dialect, find_encoding

#: Such a file travels through the page, so it has to be small.
MOST_BYTES = 5 * 2**20
MOST_ROWS = 200_000
MOST_COLUMNS = 60
_ZIP = b"PK\x03\x04"
_YES = frozenset({"x", *YES})
_NO = frozenset(
    {"no", "n", "false", "f", "0", "0.0", "", "-", "–", "nein", "falsch", "non", "null", "none", *NO}
)
_CODE = re.compile(r"\b[A-Za-z]{3}\b|[€$£¥]")


#: A row, and where it begins.
Numbered = tuple[int, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of text.

    ``lines`` says where each row begins, as people see it: the line of the text, or the spreadsheet's row
    (``counted`` says which), blank ones and those above the header included; ``header_line`` is the header's.
    """

    filename: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    header_line: int = 1
    counted: Literal["line", "row"] = "line"
    separator: str | None = None

    def with_header_as_row(self) -> Self:
        """Return it without a header: what stands there is a row like the others."""
        columns = tuple(f"column {place}" for place in range(1, len(self.columns) + 1))
        rows, lines = (self.columns, *self.rows), (self.header_line, *self.lines)
        return replace(self, columns=columns, rows=rows, lines=lines)

    def column(self, name: str) -> list[str]:
        """Return a column's cells."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def flags(self, name: str) -> list[bool]:
        """Return a column of yes and no; numbers above 0 are yes.

        Raises
        ------
        UpliftError
            If a cell is neither.
        """
        found = []
        for line, cell in zip(self.lines, self.column(name), strict=True):
            plain = cell.strip().lower()
            if plain in _YES or plain in _NO:
                found.append(plain in _YES)
            elif (value := _number(plain, ".")) is not None:
                found.append(value > 0)
            else:
                raise self._unreadable(
                    cell, line, name, "is neither yes nor no", "Write yes or no, or 1 or 0."
                )
        return found

    def numbers(self, name: str) -> list[float]:
        """Return a column of numbers; an empty cell is 0.

        Raises
        ------
        UpliftError
            If a cell is no number.
        """
        cells = self.column(name)
        sign = decimal_sign(cells, separator=self.separator) or "."
        found = []
        for line, cell in zip(self.lines, cells, strict=True):
            value = _number(cell, sign)
            if value is None:
                raise self._unreadable(
                    cell, line, name, "isn't a number", "Write it as 12.50, or leave it empty."
                )
            found.append(value)
        return found

    def _unreadable(self, cell: str, row: int, column: str, what: str, remedy: str) -> UpliftError:
        where = f"{self.filename}, {self.counted} {number(row)}, column “{column}”"
        return UpliftError(f"The cell “{cell.strip()[:40]}” {what}.", where=where, remedy=remedy)


def read_sheet(content: bytes, filename: str) -> Sheet:
    """Read a table with its header.

    Raises
    ------
    UpliftError
        If it is too large, empty, no table, or has a column's name twice.
    """
    if len(content) > MOST_BYTES:
        raise UpliftError(
            f"The file is {decimals(len(content) / 2**20, 1)} MB; the limit here is "
            f"{MOST_BYTES // 2**20} MB.",
            where=filename,
            remedy="Leave out columns that aren't needed, or upload it as an export and choose its result.",
        )
    if not content.strip():
        raise UpliftError("The file is empty.", where=filename, remedy="Export the outcomes again.")
    if content.startswith(_ZIP):
        return _checked(_excel(content, filename), filename, "row", None)
    if b"\x00" in content[:4000] and find_encoding(content[:4000], complete=False) in ("utf-8", "cp1252"):
        raise UpliftError(
            "This is neither text nor an Excel sheet.", where=filename, remedy="Save it as CSV or .xlsx."
        )
    text = decode(content, find_encoding(content, complete=True))
    dialect = find_dialect(text, "utf-8")
    return _checked(_records(text, dialect, filename), filename, "line", dialect.separator)


def _records(text: str, dialect: Dialect, filename: str) -> list[Numbered]:
    """Return the records of a text, each with the line it begins in."""
    lines = text.splitlines(keepends=True)
    above, body = "".join(lines[: dialect.skip]), "".join(lines[dialect.skip :])
    # Only these end a line; other signs that Python splits at are part of a cell.
    skipped = len(re.findall(r"\r\n|\r|\n", above))
    reader = csv.reader(
        io.StringIO(body.replace("\r\n", "\n").replace("\r", "\n"), newline="\n"),
        delimiter=dialect.separator,
        quotechar=dialect.quote,
    )
    found: list[Numbered] = []
    before = 0
    try:
        for row in reader:
            if row:
                found.append((skipped + before + 1, row))
            before = reader.line_num
            if len(found) > MOST_ROWS + 1:
                break
    except csv.Error as error:
        raise _unclosed(skipped + before + 1, filename) from error
    # A quotation mark that is never closed makes one cell of all that follows.
    if found and "\n" in found[-1][1][-1] and not body.rstrip().endswith(dialect.quote):
        raise _unclosed(found[-1][0], filename)
    return found


def _unclosed(line: int, filename: str) -> UpliftError:
    return UpliftError(
        "A cell never ends.",
        where=f"{filename}, line {number(line)}",
        remedy="Look for a quotation mark that is opened and never closed there.",
    )


def _excel(content: bytes, filename: str) -> list[Numbered]:
    from core.ingest.files.xlsx import numbered_rows

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outcomes.xlsx"
        path.write_bytes(content)
        try:
            return numbered_rows(path, filename, limit=MOST_ROWS + 1)
        except IngestError as error:
            raise UpliftError(error.message, where=filename, remedy=error.remedy) from error


def _checked(
    rows: Sequence[Numbered], filename: str, counted: Literal["line", "row"], separator: str | None
) -> Sheet:
    if len(rows) < 2:
        raise UpliftError(
            "The file has only a header or a single row.",
            where=filename,
            remedy="It needs a header row and one row per person.",
        )
    if len(rows) > MOST_ROWS + 1:
        raise UpliftError(
            f"The file has more than {number(MOST_ROWS)} rows.",
            where=filename,
            remedy="Keep only buyers: anyone missing is counted as not buying.",
        )
    header_line, header = rows[0]
    names = [name.strip() or f"column {place}" for place, name in enumerate(header, start=1)][:MOST_COLUMNS]
    twice = _first_twice(names)
    if twice:
        raise UpliftError(f"Two columns are called “{twice}”.", where=filename, remedy="Rename one of them.")
    width = len(names)
    return Sheet(
        filename=filename,
        columns=tuple(names),
        rows=tuple((tuple(row) + ("",) * width)[:width] for _, row in rows[1:]),
        lines=tuple(line for line, _ in rows[1:]),
        header_line=header_line,
        counted=counted,
        separator=separator,
    )


def _first_twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            return name
        seen.add(name.lower())
    return None


def _number(cell: str, sign: str) -> float | None:
    plain = _CODE.sub("", cell.strip()).replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    plain = plain.replace("’", "").replace("'", "").replace("−", "-")
    if plain in ("", "-", "–"):
        return 0.0
    plain = plain.replace("." if sign == "," else ",", "").replace(sign, ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None
