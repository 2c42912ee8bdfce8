"""What a file really is, told from its first bytes, and its data unpacked to where it can be read."""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from core.base.errors import IngestError, StorageError
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.base.written import decimals
from core.ingest.files.text import SEPARATORS, records

#: Names users may pick in a file dialog. What counts when reading is the content, not the name.
READABLE_SUFFIXES: tuple[str, ...] = (
    ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx", ".gz", ".zip",
)  # fmt: skip

CHUNK = 1 << 20
#: A real export packs 5 to 50 times. Beyond this, and larger than ``BOMB_BYTES``, it is no export.
BOMB_RATIO = 200
BOMB_BYTES = 1 << 30
GZIP = b"\x1f\x8b"
RESAVE = "Save it as CSV, TSV, JSON Lines, Parquet or XLSX and try again."

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM\x00", "a bitmap image"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.xls or .doc)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an XZ archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"{\\rtf", "an RTF document"),
    (b"\x80\x04\x95", "a Python pickle"),
)
_MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<?xml", "an XML document"),
    (b"<svg", "an SVG image"),
)


class Readable(Protocol):
    """Something bytes are read from."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most ``size`` bytes."""


#: How much of a text shows whether it is a table.
_PROSE_BYTES = 4096
#: Of lines of a table, this share has as many cells as the first.
_EVEN = 0.8
#: What texts are called that come along with data.
_ABOUT = re.compile(
    r"_?(read.?me|liesmich|lies.?mich|lisez.?moi|leame|leeme|leggimi|lees.?mij|czytaj|licen[cs]e|copying|terms|"
    r"about|notes?|info|hinweise?|changelog|description|beschreibung)([-_ .\d].*)?$"
)
#: Files in a zip: every hour of a month, and some.
MOST_MEMBERS = 1000


@dataclass(frozen=True, slots=True)
class Container:
    """How a file is wrapped (``plain``, ``gzip`` or ``zip``) and, in a zip, which member is the data.

    A member may be gzipped itself, as daily exports are that are zipped for sending.

    ``header`` are the names of its columns, where another file has them.
    ``skipped`` are the files of its zip that aren't read; the first of several says so for all.
    """

    kind: str
    member: str | None = None
    header: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    @contextmanager
    def open(self, path: Path) -> Iterator[Readable]:
        """Open the bytes inside."""
        if self.kind == "gzip":
            with gzip.open(path, "rb") as stream:
                yield stream
        elif self.kind == "zip" and self.member is not None:
            with zipfile.ZipFile(path) as archive, archive.open(self.member) as stream:
                is_packed = stream.read(len(GZIP)) == GZIP
                stream.seek(0)
                if not is_packed:
                    yield stream
                    return
                with gzip.open(stream) as unpacked:
                    yield unpacked
        else:
            with path.open("rb") as stream:
                yield stream

    def head(self, path: Path, size: int, filename: str) -> bytes:
        """Return the first ``size`` bytes inside."""
        with damage_explained(filename), self.open(path) as stream:
            return stream.read(size)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it lies on the disk, what its user calls it and, in a zip of several, which one is meant."""

    path: Path
    filename: str
    container: Container | None = None


def find_container(path: Path, filename: str) -> Container:
    """Tell how a file is wrapped; of a zip of several files, take the first.

    Raises
    ------
    IngestError
        If it is empty, missing, damaged, or a zip without a data file.
    """
    return find_containers(path, filename)[0]


def find_containers(path: Path, filename: str) -> tuple[Container, ...]:
    """Tell how a file is wrapped: one container, or one for each data file of a zip, in order of names.

    Raises
    ------
    IngestError
        If it is empty, missing, damaged, or a zip without a data file.
    """
    if not path.is_file():
        raise IngestError("File not found.", where=filename)
    with path.open("rb") as stream:
        magic = stream.read(8)
    if not magic:
        raise IngestError("The file is empty.", where=filename, remedy="Export it again.")
    if magic.startswith(GZIP):
        return (Container("gzip"),)
    if magic.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip(path, filename)
    return (Container("plain"),)


def _zip(path: Path, filename: str) -> tuple[Container, ...]:
    with damage_explained(filename), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names:
        if any(name.startswith("xl/") for name in names):
            return (Container("plain"),)
        raise _foreign("an Office document that isn't a spreadsheet", filename)
    if "mimetype" in names:
        raise _foreign("an OpenDocument file", filename)
    data = [member for member in members if not member.is_dir() and not _is_clutter(member.filename)]
    filled = data
    if len(data) > 1:
        # What came along with several files: descriptions, pictures, empty days.
        filled = [member for member in data if member.file_size]
        data = [member for member in filled if _is_readable(member.filename)] or filled or data
        data = [member for member in data if not _is_prose(path, member)] or data
    if not data:
        raise IngestError("The zip is empty.", where=filename, remedy="Zip at least one data file.")
    if len(data) > MOST_MEMBERS:
        raise IngestError(
            f"The zip holds {len(data):,} data files; {MOST_MEMBERS:,} are read at most.",
            where=filename,
            remedy="Put days together in one file, or zip fewer of them.",
        )
    if any(member.flag_bits & 0x1 for member in data):
        raise IngestError("The zip is locked with a password.", where=filename, remedy="Unlock it first.")
    first, *more = sorted(member.filename for member in data)
    skipped = tuple(name for member in filled if (name := member.filename) not in {first, *more})
    return (Container("zip", first, skipped=skipped), *(Container("zip", name) for name in more))


def _is_readable(name: str) -> bool:
    return name.lower().endswith(READABLE_SUFFIXES)


def _is_prose(path: Path, member: zipfile.ZipInfo) -> bool:
    """Whether a text among data is none itself: what it is called, or lines that no sign parts alike."""
    stem, _, suffix = member.filename.rsplit("/", 1)[-1].lower().rpartition(".")
    if suffix != "txt" or member.flag_bits & 0x1:
        return False
    if _ABOUT.match(stem):
        return True
    with damage_explained(member.filename), zipfile.ZipFile(path) as archive, archive.open(member) as stream:
        text = stream.read(_PROSE_BYTES).decode("latin-1").lstrip()
    return not text.startswith(("{", "[", "\x1f\x8b")) and not any(map(partial(_is_parted, text), SEPARATORS))


def _is_parted(text: str, separator: str) -> bool:
    """Whether nearly all lines of a text have as many cells as its first, and more than one."""
    widths = [len(row) for row in records(text, separator, '"', limit=50)]
    return bool(widths) and widths[0] > 1 and widths.count(widths[0]) >= _EVEN * len(widths)


def _is_clutter(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return (
        name.startswith("__MACOSX/") or base.startswith(".") or base.lower() in {"thumbs.db", "desktop.ini"}
    )


def table_kind(head: bytes, filename: str) -> str:
    """Tell ``parquet``, ``xlsx``, ``jsonl`` or ``text`` from the first bytes.

    Raises
    ------
    IngestError
        If it is something else, saying what.
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(GZIP):
        raise _foreign("a gzip inside a gzip or zip", filename)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise _foreign(what, filename)
    if head[257:262] == b"ustar":
        raise _foreign("a tar archive", filename)
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp":
        raise _foreign("a picture, sound or film", filename)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    for opening, what in _MARKUP:
        if start.startswith(opening):
            raise _foreign(what, filename)
    return (
        "jsonl"
        if start.startswith((b'{"', b"{ ", b"{\n", b"{\r", b"{}", b"[{", b"[\n", b"[\r", b"[ "))
        else "text"
    )


def _foreign(what: str, filename: str) -> IngestError:
    return IngestError(f"This is {what}, not a table of sessions or events.", where=filename, remedy=RESAVE)


@contextmanager
def damage_explained(filename: str) -> Iterator[None]:
    """Turn what the unpackers say about damaged files into one clear message."""
    remedy = "Export or upload it again; it may have been cut off in transfer."
    try:
        yield
    except EOFError as error:
        raise IngestError("The gzip is cut off before its end.", where=filename, remedy=remedy) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise IngestError("The compressed data is damaged.", where=filename, remedy=remedy) from error
    except zipfile.BadZipFile as error:
        raise IngestError("The zip is damaged or cut off.", where=filename, remedy=remedy) from error
    except NotImplementedError as error:
        raise IngestError("The zip is packed in a way that can't be read.", where=filename) from error


def unpack(
    container: Container,
    path: Path,
    out: Path,
    *,
    filename: str,
    settings: Settings,
    progress: Progress = silent,
) -> Path:
    """Write the bytes inside a container to ``out``, a piece at a time, never filling the disk.

    Raises
    ------
    IngestError
        If the data is damaged or unpacks to an absurd size.
    StorageError
        If there isn't room for it.
    """
    packed = max(path.stat().st_size, 1)
    if container.kind == "zip" and container.member is not None:
        with zipfile.ZipFile(path) as archive:
            check_room(out.parent, archive.getinfo(container.member).file_size, filename, settings)
    written = 0
    with damage_explained(filename), container.open(path) as stream, out.open("wb") as sink:
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > BOMB_BYTES and written > BOMB_RATIO * packed:
                raise IngestError(
                    f"It unpacks to more than {BOMB_RATIO} times its size, which real exports don't.",
                    where=filename,
                    remedy="If the export is genuine, upload it unpacked.",
                )
            if written % (64 * CHUNK) < CHUNK:
                check_room(out.parent, 0, filename, settings)
                progress(min(written / (packed * 8), 0.99), "Unpacking")
            sink.write(chunk)
    return out


def check_room(folder: Path, needed: int, filename: str, settings: Settings) -> None:
    """Refuse to go on where the disk would have less free space than is always left.

    Raises
    ------
    StorageError
        If ``needed`` bytes more don't fit.
    """
    free = shutil.disk_usage(folder).free - settings.min_free_bytes
    if needed > free or free <= 0:
        raise StorageError(
            f"There isn't enough disk space: it needs {decimals(needed / 1e9, 1)} GB, "
            f"{decimals(max(free, 0) / 1e9, 1)} GB can be used.",
            where=filename,
            remedy="Delete old exports, or export a shorter period.",
        )
