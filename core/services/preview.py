"""What a file's first rows become under a mapping: what the mapping step shows while columns are chosen.

The rows go through the ordinary ingest, as a small file of their own, so that what is shown is what the
whole file will be read as.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from core.base.memory_database import scratch_database
from core.base.settings import Settings
from core.ingest import ingest
from core.ingest.base.model import Kind, Mapping
from core.ingest.cells.synonyms import EVENT_WORDS
from core.ingest.files.head import Head
from core.ingest.formats.guess import guess_columns
from core.ingest.recognition.head_reader import read_head
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType
from core.schema.sessions import SESSION_SCHEMA
from core.storage import Dataset

#: Rows of the file that are read for a preview, and how many of them are shown.
READ_ROWS = 200
SHOWN_ROWS = 10
#: Of more different words than this only those that are known, and the most frequent others, are offered.
MOST_WORDS = 40
#: Files of a dataset that are looked into for their columns.
MOST_HEADS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows as they are read.

    ``columns`` are the canonical columns that hold anything, ``rows`` their cells as text; of the
    ``rows_read`` first rows ``rows_kept`` were kept, and ``rejected`` counts the others by reason.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rows_read: int
    rows_kept: int
    rejected: dict[str, int]


def head_of(dataset: Dataset) -> Head:
    """Return the first rows of a dataset's file as text; of several, of the one with most columns.

    Raises
    ------
    IngestError
        If the file can't be read.
    """
    heads = [_head(file.path, file.filename) for file in dataset.files[:MOST_HEADS]]
    return max(heads, key=lambda head: len(head.names))


@lru_cache(maxsize=4 * MOST_HEADS)
def _head(path: Path, filename: str) -> Head:
    return read_head(path, filename)


def words(head: Head, column: str | None) -> tuple[str, ...]:
    """Return the different words of a column, most frequent first; of very many, all that are known first.

    A column of which no word is known doesn't say what happened if it has very many.
    """
    if column is None or column not in head.names:
        return ()
    found = [word for word, _ in Counter(head.values(column)).most_common()]
    if len(found) <= MOST_WORDS:
        return tuple(found)
    known = [word for word in found if plain(word) in EVENT_WORDS]
    others = [word for word in found if plain(word) not in EVENT_WORDS]
    return (*known, *others[: max(MOST_WORDS - len(known), 0)]) if known else ()


def guess(head: Head, kind: Kind) -> Mapping:
    """Return the mapping that names and values of the columns suggest."""
    mapping = Mapping(kind=kind, columns=guess_columns(head, kind))
    return replace(mapping, event_types=meanings(head, mapping)) if kind == "events" else mapping


def meanings(head: Head, mapping: Mapping) -> dict[str, str]:
    """Return what each word of the mapped event column means: as chosen, else as guessed."""
    chosen = mapping.event_types
    return {
        word: chosen.get(word) or chosen.get(word.lower()) or EVENT_WORDS.get(plain(word), EventType.OTHER)
        for word in words(head, mapping.columns.get("event_type"))
    }


def preview(head: Head, mapping: Mapping, settings: Settings) -> Preview:
    """Read the first rows with a mapping.

    Raises
    ------
    MappingError
        If the mapping is not complete.
    IngestError
        If no row can be kept.
    """
    mapping.validate(head.names)
    with tempfile.TemporaryDirectory(prefix="preview-") as made:
        folder = Path(made)
        small = folder / "head.csv"
        _write(small, head)
        report = ingest(small, folder, filename=head.filename, mapping=mapping, settings=settings)
        name, schema = ("events", EVENT_SCHEMA) if mapping.kind == "events" else ("sessions", SESSION_SCHEMA)
        columns, rows = _read(folder / f"{name}.parquet", tuple(schema.names))
    return Preview(
        columns=columns,
        rows=rows,
        rows_read=report.rows_read,
        rows_kept=report.rows_kept,
        rejected=dict(report.rejected),
    )


def _write(path: Path, head: Head) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.names)
        writer.writerows([cell or "" for cell in row] for row in head.rows[:READ_ROWS])


def _read(path: Path, known: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    with scratch_database() as connection:
        found = connection.read_parquet(str(path)).limit(SHOWN_ROWS)
        names = [name for name in found.columns if name in known]
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    shown = tuple(name for name in names if any(row[name] is not None for row in rows))
    return shown, tuple(tuple(_text(row, name) for name in shown) for row in rows)


def _text(row: MappingABC[str, object], name: str) -> str:
    value = row[name]
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
