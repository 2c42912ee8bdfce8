"""A program of its own that reads a spreadsheet within limits of time and memory; ``xlsx`` starts it.

A spreadsheet is text and numbers packed twice, and reading one can cost a thousand times what its size lets
expect. Whoever serves pages doesn't do it, and what takes too long ends with this process. It is started by
its path and imports nothing of the product: it is there in a third of a second.

Standard input has one JSON object: ``path``, the ``limits``, and either ``rows`` (how many that aren't blank
are wanted) or ``out`` and ``width`` (where to write all as CSV). Standard output has one: ``rows`` with their
numbers, or ``n``; ``sheet`` and ``others``, the names of the one that was read and of those that weren't; or
``refused``, one word that says why.
"""

from __future__ import annotations

import csv
import json
import os
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
#: No spreadsheet program writes them; they can stand for any amount of text, or for a file of this machine.
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype")
#: Each entry of the table of texts, which is read whole before the first row.
TEXT, TEXTS = b"<si", "xl/sharedStrings.xml"
#: Beginnings of XML in other encodings, in which declarations would go unseen.
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00")


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
    """Yield the rows of the first sheet with data that aren't blank, each with its number."""
    # Without it openpyxl starts in half the time; only cells that are written need it.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import openpyxl  # after the limits are set

    with open(path, "rb") as stream:  # noqa: PTH123 - by its name, openpyxl would refuse one not called .xlsx
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        for position, sheet in enumerate(book.worksheets):
            rows = (list(map(written, row)) for row in sheet.iter_rows(values_only=True))
            filled = ((number, row) for number, row in enumerate(rows, start=1) if any(row))
            first = next(filled, None)
            if first is None:
                continue
            names["sheet"] = sheet.title
            names["others"] = [other.title for i, other in enumerate(book.worksheets) if i != position]
            while first[1] and not first[1][-1]:
                first[1].pop()
            yield first
            yield from filled
            return


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
    names: dict[str, Any] = {"sheet": None, "others": []}
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
