"""A program of its own that reads a spreadsheet within limits of time and memory; ``xlsx`` starts it.

A spreadsheet is text and numbers packed twice, and reading one can cost a thousand times what its size lets
expect. Whoever serves pages doesn't do it, and what takes too long ends with this process. It is started by
its path and imports nothing of the product: it is there in a third of a second.

Standard input has one JSON object: ``path``, the ``limits``, and either ``rows`` (how many that aren't blank
are wanted) or ``out`` and ``width`` (where to write all as CSV). Standard output has one: ``rows`` with their
numbers, or ``n``; ``sheets`` and ``others``, the names of those that were read and of those that weren't; or
``refused``, one word that says why.
"""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

BLOCK = 1 << 20
#: From so many columns on, rows are a table and not notes; so many rows of titles stand above one at most.
TABLE, TITLES = 3, 10
#: No spreadsheet program writes them; they can stand for any amount of text, or for a file of this machine.
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype")
#: Each entry of the table of texts, which is read whole before the first row.
TEXT, TEXTS = b"<si", "xl/sharedStrings.xml"
#: Beginnings of XML in other encodings, in which declarations would go unseen.
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00")

#: Currencies as formats of numbers show them: by a sign, or by letters.
SIGN = re.compile(r"[A-Z]{0,3}[$€£¥₹₽₺₩₴₪₫฿₦₱₡₵₸₾]")
LETTERS = frozenset(
    "EUR USD GBP CHF SEK NOK DKK ISK PLN CZK HUF RON BGN TRY JPY CNY INR BRL AUD CAD NZD HKD SGD TWD KRW MXN "
    "ARS CLP COP ZAR AED SAR ILS UAH RUB THB IDR MYR PHP VND EGP KWD BHD kr kr. zł Kč Ft lei лв. Fr. руб. р. "
    "TL".split()
)


class RefusedError(Exception):
    """A spreadsheet that isn't read, and the word that says why."""


def limit(limits: dict[str, int]) -> None:
    """Give this process so much time and memory, and let others go first."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def look(path: str, limits: dict[str, int]) -> None:
    """Refuse what no spreadsheet program writes, before anything is parsed."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > limits["members"]:
            raise RefusedError("members")
        unpacked = 0
        for member in members:
            if not member.filename.endswith((".xml", ".rels")):
                continue
            texts, tail = 0, b""
            with archive.open(member) as stream:
                while block := stream.read(BLOCK):
                    unpacked += len(block)
                    if unpacked > limits["unpacked"]:
                        raise RefusedError("size")
                    if not tail and block.startswith(WIDE):
                        raise RefusedError("declarations")
                    seen = tail + block
                    if any(mark in seen for mark in DECLARATIONS):
                        raise RefusedError("declarations")
                    texts += block.count(TEXT)
                    tail = seen[-16:]
            if member.filename == TEXTS and texts > limits["texts"]:
                raise RefusedError("texts")


def numbered(path: str, names: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that aren't blank of the first sheet with a table, each with its number.

    Where no sheet has one, it is the first with data. Sheets with the same header, as of one month each, are
    one table: theirs follow.
    """
    # Without it openpyxl starts in half the time; only cells that are written need it.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import openpyxl  # after the limits are set

    with open(path, "rb") as stream:  # noqa: PTH123 - by its name, openpyxl would refuse one not called .xlsx
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        found = [
            (min(max(map(filled, first)), TABLE), -position, sheet)
            for position, sheet in enumerate(book.worksheets)
            if (first := [row for _, row in islice(rows_of(sheet), TITLES + 1)])
        ]
        if not found:
            return
        *_, chosen = max(found, key=lambda each: each[:2])
        sheets = [sheet for *_, sheet in found if header_of(sheet) == header_of(chosen)]
        names["sheets"] = [sheet.title for sheet in sheets]
        names["others"] = [sheet.title for sheet in book.worksheets if sheet not in sheets]
        for sheet in sheets:
            yield from islice(without_titles(rows_of(sheet)), int(sheet is not sheets[0]), None)


def header_of(sheet: Any) -> list[str]:  # noqa: ANN401 - openpyxl isn't imported yet
    """Return the names of a sheet's columns."""
    return next(without_titles(rows_of(sheet)))[1]


def rows_of(sheet: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 - openpyxl isn't imported yet
    """Yield the rows of a sheet that aren't blank as texts, each with its number."""
    signs = signs_of(sheet.parent)
    for number, row in enumerate(sheet.iter_rows(values_only=not signs), start=1):
        texts = [with_sign(cell, signs) for cell in row] if signs else list(map(written, row))
        if any(texts):
            yield number, texts


def signs_of(book: Any) -> dict[str, str]:  # noqa: ANN401 - openpyxl isn't imported yet
    """Return the formats of numbers in a spreadsheet that show a currency, each with its sign."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    styles = {style.numFmtId for style in book._cell_styles}
    formats = [*book._number_formats, *(BUILTIN_FORMATS.get(style, "") for style in styles)]
    return {each: sign for each in formats if (sign := currency_of(each))}


def currency_of(number_format: str) -> str | None:
    """Return the currency that a format of numbers shows: ``€`` of ``#,##0.00 [$€-407]``.

    Of a format with its currency in letters, only those that are known: others count pieces or hours.
    """
    shown = number_format.partition(";")[0]
    told = re.findall(r"\[\$([^\]-]+)(?:-[^\]]*)?\]", shown) + re.findall(r'"([^"]+)"', shown)
    bare = re.sub(r'\[[^\]]*\]|"[^"]*"', "", shown).replace("\\", "")
    found = [text.strip() for text in told] + re.findall(r"[^\W\d_]+\.?|[^\s\w]", bare)
    return next((text for text in found if text in LETTERS or SIGN.fullmatch(text)), None)


def with_sign(cell: Any, signs: dict[str, str]) -> str:  # noqa: ANN401 - openpyxl isn't imported yet
    """Return a cell as text: a number that is shown with a currency, with its sign."""
    text = written(cell.value)
    is_number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    sign = signs.get(cell.number_format) if is_number else None
    return f"{text} {sign}" if sign else text


def filled(row: list[str]) -> int:
    """Return how many cells of a row hold something."""
    return sum(map(bool, row))


def without_titles(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Yield rows from the header on, without the name of a report and its period above a table."""
    first = list(islice(rows, TITLES + 1))
    least = min(max(filled(row) for _, row in first), TABLE)
    while filled(first[0][1]) < least:
        first.pop(0)
    header = first[0][1]
    while header and not header[-1]:
        header.pop()
    yield from first
    yield from rows


def written(cell: object) -> str:
    """Return a cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked and return what is to be told."""
    names: dict[str, Any] = {"sheets": [], "others": []}
    limit(asked["limits"])
    try:
        look(asked["path"], asked["limits"])
        rows = numbered(asked["path"], names)
        if "out" not in asked:
            return {"rows": list(islice(rows, asked["rows"])), **names}
        width, n = asked["width"], 0
        with open(asked["out"], "w", encoding="utf-8", newline="") as sink:  # noqa: PTH123
            writer = csv.writer(sink)
            for n, (_, row) in enumerate(rows):
                if n > asked["limits"]["rows"]:
                    raise RefusedError("rows")
                writer.writerow((row + [""] * width)[:width])
        return {"n": n, **names}
    except RefusedError as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"refused": "memory"}
    except (KeyError, ValueError, OSError, ParseError, zipfile.BadZipFile, zlib.error, EOFError):
        return {"refused": "damaged"}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
