"""Text files: encoding, separator, header, and a clean copy where DuckDB can't read them as they are."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.ingest.files.encodings import LEGACY, legacy_encoding
from core.ingest.files.mended import Commas

SEPARATORS = (",", ";", "\t", "|")
CHUNK = 1 << 20
#: Lines of text above a table at most.
MOST_TITLES = 10
#: Lines of text below a short one at most.
MOST_FOOTERS = 2

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins like that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a text table is written; what has to be mended before it is one (``core.ingest.files.mended``)."""

    encoding: str
    separator: str
    quote: str
    skip: int
    has_header: bool
    is_in_quotes: bool = False
    is_guarded: bool = False
    commas: Commas | None = None

    @property
    def needs_mending(self) -> bool:
        """Whether it is no table before something is mended."""
        return self.is_in_quotes or self.is_guarded or self.commas is not None


def find_encoding(head: bytes, *, complete: bool) -> str:
    """Tell utf-8, utf-16, utf-16-le/be, utf-32, cp1252 or another of Windows from a text's first bytes."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    even, odd = head[0:4000:2].count(0), head[1:4000:2].count(0)
    if max(even, odd) > len(head[:4000]) // 5:
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=complete)
    except UnicodeDecodeError:
        return legacy_encoding(head)
    return "utf-8"


def decode(head: bytes, encoding: str) -> str:
    """Decode the first bytes of a text, dropping a character that is cut at the end."""
    if encoding in LEGACY:
        return "".join(_by_line(head, encoding))
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    return text.removeprefix("\ufeff")


def transcode(stream: IO[bytes], sink: IO[bytes], encoding: str) -> None:
    """Copy a text as UTF-8 with plain line ends, a piece at a time.

    A text that isn't UTF-8 throughout is read line by line: as UTF-8 where that is possible, as
    Windows-1252 (which holds Latin-1) or what its head is in where not. Files glued from several sources
    are like that.
    """
    if encoding in ("utf-8", *LEGACY):
        rest = b""
        while chunk := stream.read(CHUNK):
            piece = rest + chunk
            # A last carriage return may be half of a line end, so it waits for the next piece.
            cut = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, -1)) + 1
            lines, rest = piece[:cut], piece[cut:]
            sink.write(_plain_ends("".join(_by_line(lines, encoding))).encode("utf-8"))
        sink.write(_plain_ends("".join(_by_line(rest, encoding))).encode("utf-8"))
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    held = ""
    while chunk := stream.read(CHUNK):
        text = held + decoder.decode(chunk)
        held = text[-1:] if text.endswith("\r") else ""  # its line feed may be in the next piece
        sink.write(_plain_ends(text[: len(text) - len(held)]).removeprefix("\ufeff").encode("utf-8"))
    sink.write(_plain_ends(held + decoder.decode(b"", final=True)).encode("utf-8"))


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _by_line(data: bytes, encoding: str) -> Iterator[str]:
    try:
        yield data.decode("utf-8").removeprefix("\ufeff")
        return
    except UnicodeDecodeError:
        pass  # not all UTF-8: look at each line
    tried = dict.fromkeys(("utf-8", encoding, "cp1252"))
    for line in data.splitlines(keepends=True):
        yield _decoded(line, tried)


def _decoded(line: bytes, tried: Iterable[str]) -> str:
    for encoding in tried:
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def find_dialect(text: str, encoding: str) -> Dialect:
    """Tell the separator, the quote, lines before the header, and whether there is a header."""
    skip, declared = _preamble(text)
    body = _without_lines(text, skip)
    if declared is None and not any(_evenness(body, separator) for separator in SEPARATORS):
        skip += _titles(body)
        body = _without_lines(text, skip)
    separator = declared or max(SEPARATORS, key=lambda candidate: _evenness(body, candidate))
    quote = "'" if _is_quoted_singly(body, separator) else '"'
    rows = records(body, separator, quote, limit=20)
    return Dialect(
        encoding=encoding,
        separator=separator,
        quote=quote,
        skip=skip,
        has_header=bool(rows) and looks_like_header(rows[0], rows[1:]),
    )


def _is_quoted_singly(text: str, separator: str) -> bool:
    """Whether apostrophes enclose cells, rather than standing in them: in every row, or where it needs them.

    One that opens a cell without closing it, as in 's-Hertogenbosch, is a letter like any other.
    """
    if '"' in text:
        return False
    mark = re.escape(separator)
    opened = len(re.findall(rf"(?:^|{mark})'", text, re.M))
    enclosed = len(re.findall(rf"(?:^|{mark})'(?:[^'\n]|'')*'(?={mark}|\r?$)", text, re.M))
    if not enclosed or opened > enclosed:
        return False
    plain, singly = ([len(row) for row in records(text, separator, quote, limit=50)] for quote in ('"', "'"))
    return len(set(singly)) == 1 and (len(set(plain)) > 1 or enclosed >= len(text.splitlines()) - 1)


def _preamble(text: str) -> tuple[int, str | None]:
    """Count lines before the table: ``sep=;`` as spreadsheets write it, comments, blank lines."""
    skip, separator = 0, None
    for line in text.splitlines()[:50]:
        bare = line.strip()
        told = re.fullmatch(r"\"?sep=(.)\"?", bare, re.I)
        if told and separator is None:
            separator = told[1]
        elif bare and not bare.startswith("#"):
            break
        skip += 1
    return skip, separator


def _titles(text: str) -> int:
    """Count lines of a single cell that stand above a table: the name of a report and its period.

    Some lines may stand below it, too: a total, or when the report was made.
    """
    lines = text.splitlines()[:50]
    for separator in SEPARATORS:
        widths = [len(row[0]) if (row := records(line, separator, '"', limit=1)) else 0 for line in lines]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        if usual < 3 or 1 not in widths[:MOST_TITLES]:
            continue
        first = widths.index(usual)
        below = [width for width in widths[first:] if width]
        if 0 < first <= MOST_TITLES and below.count(usual) >= len(below) - max(
            0.1 * len(below), MOST_FOOTERS
        ):
            return first
    return 0


def _without_lines(text: str, skip: int) -> str:
    return "".join(text.splitlines(keepends=True)[skip:]) if skip else text


def _evenness(text: str, separator: str) -> float:
    """Score a separator: how many cells it makes, and how many rows agree on that."""
    widths = [len(row) for row in records(text, separator, '"', limit=50)]
    if not widths or widths[0] < 2:
        return 0.0
    agreeing = sum(width == widths[0] for width in widths) / len(widths)
    return agreeing * 100 + min(widths[0], 99)


def records(text: str, separator: str, quote: str, *, limit: int) -> list[list[str]]:
    """Return the first records, leaving out one that may be cut off at the end."""
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=quote)
    try:
        for row in reader:
            if row:
                found.append(row)
            if len(found) >= limit:
                break
    except csv.Error:
        return found
    return found


_NUMBER_OR_DATE = re.compile(
    r"\s*([-+]?[\d.,\s]*\d%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|[0-9a-f]{8}-[0-9a-f-]{27}|true|false|)\s*",
    re.I,
)


def looks_like_header(first: list[str], rest: list[list[str]]) -> bool:
    """Whether a first record holds names: words throughout, or at least unlike the rows below."""
    if all(not _NUMBER_OR_DATE.fullmatch(cell) for cell in first):
        return True
    if any(re.fullmatch(r"\s*[-+]?\d[\d.,:\-/ T]*Z?\s*", cell) for cell in first):
        return False
    return not rest or any(
        bool(_NUMBER_OR_DATE.fullmatch(name)) != bool(_NUMBER_OR_DATE.fullmatch(cell))
        for name, cell in zip(first, rest[0], strict=False)
    )


def copy_as_utf8(source: Path, out: Path, encoding: str) -> Path:
    """Write a clean UTF-8 copy of a text file beside where the result goes."""
    with source.open("rb") as stream, out.open("wb") as sink:
        transcode(stream, sink, encoding)
    return out
