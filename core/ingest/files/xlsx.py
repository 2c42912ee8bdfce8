"""Spreadsheets: the first sheet with data, row by row, up to a size that is still small."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from core.base.errors import IngestError
from core.base.written import number
from core.ingest.files.containers import damage_explained

MAX_ROWS = 200_000
MAX_BYTES = 60 << 20
MAX_UNPACKED_BYTES = 600 << 20
TOO_BIG = "Save it as CSV, which may be of any size."


def sheet_head(path: Path, filename: str, *, limit: int) -> tuple[list[list[str]], tuple[str, ...]]:
    """Return the first rows, header first, as text, and notes on what was left aside."""
    rows: list[list[str]] = []
    notes: list[str] = []
    for row in _rows(path, filename, notes):
        rows.append(row)
        if len(rows) > limit:
            break
    if not rows:
        raise IngestError("The spreadsheet is empty.", where=filename, remedy="Export it again.")
    return rows, tuple(notes)


def numbered_rows(path: Path, filename: str, *, limit: int) -> list[tuple[int, list[str]]]:
    """Return the first rows that aren't blank, header first, each with its number in the spreadsheet."""
    rows = list(islice(_numbered(path, filename, []), limit + 1))
    if not rows:
        raise IngestError("The spreadsheet is empty.", where=filename, remedy="Export it again.")
    return rows


def sheet_to_csv(path: Path, out: Path, filename: str, width: int) -> Path:
    """Write the sheet as CSV with ``width`` columns.

    Raises
    ------
    IngestError
        If it has more rows than ``MAX_ROWS``.
    """
    with out.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        for place, row in enumerate(_rows(path, filename, [])):
            if place > MAX_ROWS:
                raise IngestError(
                    f"The spreadsheet has more than {number(MAX_ROWS)} rows.", where=filename, remedy=TOO_BIG
                )
            writer.writerow((row + [""] * width)[:width])
    return out


def _rows(path: Path, filename: str, notes: list[str]) -> Iterator[list[str]]:
    for _, row in _numbered(path, filename, notes):
        yield row


def _numbered(path: Path, filename: str, notes: list[str]) -> Iterator[tuple[int, list[str]]]:
    import openpyxl  # lazily: only spreadsheets need it

    _check_size(path, filename)
    stream = path.open("rb")  # by its name, openpyxl would refuse a file that isn't called .xlsx
    try:
        with damage_explained(filename):
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (KeyError, ValueError, OSError) as error:
        stream.close()
        raise IngestError("The spreadsheet is damaged.", where=filename, remedy="Save it again.") from error
    try:
        for position, sheet in enumerate(book.worksheets):
            texts = map(_texts, sheet.iter_rows(values_only=True))
            filled = ((number, row) for number, row in enumerate(texts, start=1) if any(row))
            first = next(filled, None)
            if first is None:
                continue
            others = [other.title for i, other in enumerate(book.worksheets) if i != position]
            if others:
                notes.append(f"Only the sheet “{sheet.title}” is read; not {', '.join(others)}.")
            while first[1] and not first[1][-1]:
                first[1].pop()
            yield first
            yield from filled
            return
    finally:
        book.close()
        stream.close()


def _check_size(path: Path, filename: str) -> None:
    with damage_explained(filename), zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
        is_office = "[Content_Types].xml" in archive.namelist()
    if not is_office:
        raise IngestError(
            "This is a zip inside a gzip or zip.",
            where=filename,
            remedy="Unpack it once and upload what is inside.",
        )
    if path.stat().st_size > MAX_BYTES or unpacked > MAX_UNPACKED_BYTES:
        raise IngestError("The spreadsheet is too large to read.", where=filename, remedy=TOO_BIG)


def _texts(row: tuple[Any, ...]) -> list[str]:
    return [_text(cell) for cell in row]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
