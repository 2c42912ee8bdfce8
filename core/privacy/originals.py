"""Whether a file names somebody, as it was uploaded: text, compressed or not, workbooks and Parquet."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.privacy.rows import Ids, condition, places

#: Bytes read at a time, and how many of them are looked at again with the next.
PIECE, OVERLAP = 1 << 20, 600
#: Shorter ids stand in many files for something else.
SHORTEST = 6


def names(path: Path, ids: Ids) -> bool:
    """Tell whether a file has one of the ids of a person, as a cell or within one."""
    if not path.exists():
        return False
    if _head(path).startswith(b"PAR1"):
        try:
            return bool(places(path, condition(pq.read_schema(path), ids), ids))
        except (OSError, pa.ArrowException):
            return False
    words = [re.escape(one.encode()) for one in sorted(ids.people) if "@" in one or len(one) >= SHORTEST]
    if not words:
        return False
    # A cell ends where its separator or its quotes stand; within one, an address or a long id is enough.
    cell = rb"(?:^|[\s,;|\"'>:\[])(?:%s)(?:$|[\s,;|\"'<\]}])" % b"|".join(words)
    wanted = [cell, ids.pattern.encode()] if ids.pattern else [cell]
    found = re.compile(b"|".join(b"(?:%s)" % one for one in wanted))
    rest = b""
    for piece in _pieces(path):
        text = rest + piece.replace(b"\0", b"").lower()
        if found.search(text):
            return True
        rest = text[-OVERLAP:]
    return False


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, unpacked."""
    head = _head(path)
    if head[:2] == b"\x1f\x8b":
        with gzip.open(path) as file:
            while piece := file.read(PIECE):
                yield piece
    elif head == b"PK\x03\x04":
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as part:
                    while piece := part.read(PIECE):
                        yield piece
                yield b"\n"
    else:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
