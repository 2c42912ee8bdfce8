"""Tables that a program wrote wrongly, where what was meant is certain: whole lines in quotes, bare commas.

A spreadsheet that took every line for one cell saves it in quotes as a whole, with those of its cells
doubled. Programs that write ``12,50`` without quotes between commas make two cells of one amount.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import IO, cast

from core.base.errors import IngestError
from core.base.written import counted, number
from core.ingest.cells.sniff import comes_out

#: A line that is one cell in quotes, and perhaps empty ones behind it.
_IN_QUOTES = re.compile(r'"((?:[^"]|"")*)"[;,\t]*\s*')
#: A cell that a spreadsheet is to take for a text: ="0042", in quotes once more or not.
_GUARDED = re.compile(r'(?m)(^|[,;\t|])(?:="([^"\n]*)"|"=""([^"\n]*)""")(?=[,;\t|]|\r?$)')
#: How often a spreadsheet may have saved a file so.
_MOST_TIMES = 3
_SEPARATORS = ",;\t|"
_FEWEST_COLUMNS = 3
_SAMPLE = 200
#: A record of more characters has a quote that is never closed.
_LONGEST = 1 << 20
#: What stands before and behind a comma within an amount.
_BEFORE = re.compile(r"\s*[(+-]?\s*[^\d\s.]{0,3}\s?\d{1,7}")
_BEHIND = re.compile(r"(\d{1,2}|\d{3}(\.\d{1,2})?)(\s?[^\d\s.]{1,3})?\)?\s*")
_NUMBER = re.compile(r"\s*(-?\d+(\.\d+)?)?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commas:
    """A table of ``width`` columns in which cells at ``amounts`` may hold a comma without quotes.

    At ``numbers`` there are whole numbers or nothing; ``product`` are the places of a price, a quantity and
    what they come to, if it has all three.
    """

    width: int
    amounts: tuple[int, ...]
    numbers: tuple[int, ...] = ()
    product: tuple[int, int, int] | None = None

    def mended(self, row: Sequence[str]) -> list[str] | None:
        """Return a row with one cell for each column; None where it isn't certain which belong together."""
        surplus = len(row) - self.width
        if surplus <= 0:
            return list(row)
        ways = self.ways(row)
        if len(ways) > 1 and self.product:
            ways = [way for way in ways if comes_out(*(_read(way[place]) for place in self.product))]
        return ways[0] if len(ways) == 1 else None

    def ways(self, row: Sequence[str]) -> list[list[str]]:
        """Return in which ways a row with too many cells may have been meant."""
        found = (_joined(row, places) for places in combinations(self.amounts, len(row) - self.width))
        return [way for way in found if way and all(_NUMBER.fullmatch(way[place]) for place in self.numbers)]


def _joined(row: Sequence[str], places: Sequence[int]) -> list[str] | None:
    """Return a row in which the cells of these columns are two each, made one; None if one is no amount."""
    made: list[str] = []
    cells = iter(row)
    for cell in cells:
        if len(made) in places:
            rest = next(cells, None)
            if rest is None or not (_BEFORE.fullmatch(cell) and _BEHIND.fullmatch(rest)):
                return None
            made.append(f"{cell},{rest}")
        else:
            made.append(cell)
    return made


def _read(cell: str) -> float | None:
    """Return an amount whose last sign is the decimal one."""
    digits = re.sub(r"[^\d.,-]", "", cell)
    whole, _, part = digits.replace(".", ",").rpartition(",")
    try:
        return float(f"{whole.replace(',', '')}.{part}") if whole else float(part)
    except ValueError:
        return None


def lines_of(text: Iterable[str]) -> Iterator[str]:
    """Yield records of a table as they stand: lines, or several where a quoted cell goes over them."""
    held = ""
    for line in text:
        held += line
        if held.count('"') % 2 == 0 or len(held) > _LONGEST:
            yield held
            held = ""
    if held:
        yield held


def bare_line(line: str) -> str:
    """Return what stands within the quotes around a whole line; the line where there are none."""
    for _ in range(_MOST_TIMES):
        found = _IN_QUOTES.fullmatch(line)
        if found is None or not any(mark in found[1] for mark in _SEPARATORS):
            break
        line = found[1].replace('""', '"') + "\n"
    return line


def is_in_quotes(text: str, *, complete: bool) -> bool:
    """Whether lines of a table stand in quotes as a whole, though not all that hold no quote need to."""
    if '"' not in text:
        return False
    lines = []
    for line in lines_of(text.splitlines(keepends=True)):
        if line.strip() and not line.startswith("#"):
            lines.append(line)
        if len(lines) > _SAMPLE:
            break
    if not complete or len(lines) > _SAMPLE:
        lines = lines[:-1]
    bare = [bare_line(line) for line in lines]
    if bare == lines:
        return False
    separator = max(_SEPARATORS, key=lambda mark: len(_cells(bare[0], mark)))
    width = len(_cells(bare[0], separator))
    inner = [made for made, line in zip(bare, lines, strict=True) if made != line]
    return width >= _FEWEST_COLUMNS and all(len(_cells(line, separator)) == width for line in inner)


def without_quotes(text: str) -> str:
    """Return a text with what stands within the quotes around whole lines."""
    return "".join(map(bare_line, lines_of(text.splitlines(keepends=True))))


def is_guarded(text: str) -> bool:
    """Whether some cells stand behind a sign of equality, so that a spreadsheet takes them for texts."""
    return '="' in text and _GUARDED.search(text) is not None


def unguarded(text: str) -> str:
    """Return a text with what such cells hold, in quotes."""
    # A cell begins with the sign that ends the one before: each round takes every cell there is.
    return _GUARDED.sub(lambda found: f'{found[1]}"{found[2] or found[3] or ""}"', text)


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])


def _opened(path: Path, mode: str) -> IO[str]:
    return cast("IO[str]", path.open(mode, encoding="utf-8", newline=""))


def write_bare_lines(source: Path, out: Path) -> Path:
    """Write a text (UTF-8) without the quotes around whole lines."""
    with _opened(source, "r") as stream, _opened(out, "w") as sink:
        sink.writelines(map(bare_line, lines_of(stream)))
    return out


def write_unguarded(source: Path, out: Path) -> Path:
    """Write a text (UTF-8) with what cells hold that are guarded from a spreadsheet."""
    with _opened(source, "r") as stream, _opened(out, "w") as sink:
        sink.writelines(map(unguarded, lines_of(stream)))
    return out


def write_joined(source: Path, out: Path, commas: Commas, filename: str) -> Path:
    """Write a table (UTF-8, separated by commas) with amounts that have a comma in quotes.

    Raises
    ------
    IngestError
        At the first row in which it isn't certain which cells make an amount.
    """
    with _opened(source, "r") as stream, _opened(out, "w") as sink:
        for place, line in enumerate(lines_of(stream), start=1):
            row = _cells(line, ",")
            made = commas.mended(row)
            if made is None:
                raise uncertain(f"row {number(place)}", commas.width, len(row), filename)
            if len(made) < len(row):
                text = io.StringIO()
                csv.writer(text, lineterminator="\n").writerow(made)
                line = text.getvalue()
            sink.write(line)
    return out


def notes(*, is_in_quotes: bool, commas: Commas | None, names: Sequence[str]) -> Iterator[str]:
    """Yield what is said of a table that was mended."""
    if is_in_quotes:
        yield "Lines stand in quotes as a whole, as a spreadsheet saves them; what is within is read."
    if commas:
        listed = " and ".join(f"“{names[place]}”" for place in commas.amounts)
        yield f"In {listed}, amounts with a comma lack quotes (12,50); each is read as one cell."


def uncertain(what: str, width: int, n_cells: int, filename: str) -> IngestError:
    """Return what is said where some row's cells, or all rows', can't be told apart for certain."""
    has = "have" if what.endswith("rows") else "has"
    return IngestError(
        f"Its header has {number(width)} columns, but {what} {has} {counted(n_cells, 'cell')}, so no cell "
        "belongs to a column for certain.",
        where=filename,
        remedy="Cells with a comma in them, such as 80,50, must stand in quotes: export with semicolons or "
        "tabs, or with decimal points.",
    )
