"""Data feeds whose names of columns come in a file of their own, beside others that only say what codes mean.

Adobe delivers hits without a header and, in its bundle of lookup files, ``column_headers.tsv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from core.ingest.files.containers import Container, SourceFile
from core.ingest.files.text import decode, find_encoding

HEADERS = "column_headers.tsv"
MANIFEST = b"Datafeed-Manifest-Version"
MOST_BYTES = 1 << 20
_LOOKUPS = frozenset(
    f"{name}.tsv"
    for name in (
        "browser browser_type color_depth connection_type country event javascript_version languages "
        "operating_systems plugins referrer_type resolution search_engines"
    ).split()
)


def with_headers(parts: Sequence[SourceFile]) -> list[SourceFile]:
    """Return the files of rows, each with the names of its columns where one of the files has only those."""
    headers = [part for part in parts if _name(part) == HEADERS]
    rows = [part for part in parts if _name(part) != HEADERS and _name(part) not in _LOOKUPS]
    rows = [part for part in rows if not _is_manifest(part)] if headers else rows
    if not headers or not rows:
        return list(parts)
    container = headers[0].container or Container("plain")
    data = container.head(headers[0].path, MOST_BYTES, headers[0].filename)
    text = decode(data, find_encoding(data, complete=True))
    names = tuple(text.strip("\r\n").split("\t"))
    return [
        replace(part, container=replace(part.container or Container("plain"), header=names)) for part in rows
    ]


def _is_manifest(part: SourceFile) -> bool:
    """Whether a file only lists those that were delivered with it."""
    container = part.container or Container("plain")
    return (
        _name(part).endswith(".txt") and container.head(part.path, len(MANIFEST), part.filename) == MANIFEST
    )


def _name(part: SourceFile) -> str:
    """Return the name of a file in no folder and not packed, in lower case."""
    return PurePosixPath(part.filename.lower()).name.removesuffix(".gz")
