"""Spreadsheets: the first sheet with data and those of the same columns, up to a size that is still small.

They are read by a process of its own, within limits (``sheet_program``).
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.base.errors import IngestError
from core.base.written import number
from core.ingest.files.containers import damage_explained

MAX_ROWS = 200_000
MAX_BYTES = 60 << 20
MAX_UNPACKED_BYTES = 600 << 20
#: Different texts of all cells: some columns of ids in as many rows as are read.
MAX_TEXTS = 2_000_000
MAX_MEMBERS = 2_000
#: Seconds of a processor for the first rows, and for all; and what its process may take in memory.
HEAD_SECONDS, ALL_SECONDS = 40, 300
MAX_MEMORY = 3 << 30
TOO_BIG = "Save it as CSV, which may be of any size."
PROGRAM = Path(__file__).with_name("sheet_program.py")
#: What is said of what the program refuses, and what to do.
_REFUSED = {
    "size": ("The spreadsheet is too large to read.", TOO_BIG),
    "members": ("The spreadsheet has too many parts to be one.", TOO_BIG),
    "texts": ("The spreadsheet has more different texts than can be read.", TOO_BIG),
    "memory": ("The spreadsheet takes too much memory to read.", TOO_BIG),
    "time": ("The spreadsheet takes too long to read.", TOO_BIG),
    "declarations": ("The spreadsheet has declarations that no spreadsheet program writes.", TOO_BIG),
    "damaged": ("The spreadsheet is damaged.", "Save it again."),
}


def sheet_head(
    path: Path, filename: str, *, limit: int
) -> tuple[list[tuple[int, list[str]]], tuple[str, ...]]:
    """Return the first rows, header first, each with its number, and notes on what was left aside."""
    told = _first_rows(path, filename, limit)
    return [(place, row) for place, row in told["rows"]], tuple(_notes(told["sheets"], told["others"]))


def _notes(sheets: list[str], others: list[str]) -> Iterator[str]:
    if len(sheets) > 1:
        yield f"The sheets {', '.join(sheets)} have the same columns and are read as one table."
    if others:
        read = f"sheet “{sheets[0]}” is" if len(sheets) == 1 else f"sheets {', '.join(sheets)} are"
        yield f"Only the {read} read; not {', '.join(others)}."


def numbered_rows(path: Path, filename: str, *, limit: int) -> list[tuple[int, list[str]]]:
    """Return the first rows that aren't blank, header first, each with its number in the spreadsheet."""
    return sheet_head(path, filename, limit=limit)[0]


def _first_rows(path: Path, filename: str, limit: int) -> dict[str, Any]:
    told = _ask(path, filename, HEAD_SECONDS, rows=limit + 1)
    if not told["rows"]:
        raise IngestError("The spreadsheet is empty.", where=filename, remedy="Export it again.")
    return told


def sheet_to_csv(path: Path, out: Path, filename: str, width: int) -> Path:
    """Write the sheet as CSV with ``width`` columns.

    Raises
    ------
    IngestError
        If it has more rows than ``MAX_ROWS``.
    """
    _ask(path, filename, ALL_SECONDS, out=str(out), width=width)
    return out


def _ask(path: Path, filename: str, seconds: int, **wanted: Any) -> dict[str, Any]:  # noqa: ANN401
    """Have the program read, and return what it tells."""
    _check_size(path, filename)
    limits = {
        "seconds": seconds,
        "memory": MAX_MEMORY,
        "members": MAX_MEMBERS,
        "unpacked": MAX_UNPACKED_BYTES,
        "texts": MAX_TEXTS,
        "rows": MAX_ROWS,
    }
    question = json.dumps({"path": str(path.resolve()), "limits": limits, **wanted})
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the file's name is data to it
            [sys.executable, "-I", str(PROGRAM)],
            input=question.encode(),
            capture_output=True,
            # Waiting for its turn is no fault of the file.
            timeout=10 * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused("time", filename) from error
    if done.returncode < 0:
        # Ended by the system: it had its time, or there was no memory left.
        raise _refused("time", filename)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise _refused("damaged", filename) from error
    if "refused" in told:
        raise _refused(told["refused"], filename)
    return told


def _refused(why: str, filename: str) -> IngestError:
    if why == "rows":
        return IngestError(
            f"The spreadsheet has more than {number(MAX_ROWS)} rows.", where=filename, remedy=TOO_BIG
        )
    message, remedy = _REFUSED[why]
    return IngestError(message, where=filename, remedy=remedy)


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
        raise _refused("size", filename)
