"""An export as a Spark table of cells, and what it was recognised as.

Recognition reads a head of the export through Spark, so that it works wherever Spark reads from:
files, folders and patterns, on disks and in buckets, and tables by name (``table:shop.events``).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

import pyarrow.parquet as pq

from core.base.errors import EngineError, IngestError
from core.ingest.files.console import is_console_table
from core.ingest.files.head import Head
from core.ingest.recognition.head_reader import HEAD_ROWS, read_head

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLE = "table:"
#: Column of a row that Spark couldn't split into cells; otherwise null.
BROKEN = "broken_row"
#: Endings of compressed text that Spark unpacks by itself.
PACKED = frozenset({".gz", ".bz2", ".zst", ".lz4", ".snappy", ".deflate"})
TEXT = frozenset({".csv", ".tsv", ".txt", ""})
JSON = frozenset({".jsonl", ".ndjson", ".json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """``rows`` has one column ``c0, c1 …`` for each of the file's own, and ``BROKEN`` where it is text.

    Of JSON Lines it has the column ``line`` alone. ``path`` is where the head is on this machine, for the
    time being.
    """

    head: Head
    path: Path
    rows: DataFrame

    @property
    def has_broken(self) -> bool:
        """Whether a row may have no cells at all."""
        return BROKEN in self.rows.columns


def read_cells(spark: SparkSession, source: str, work: Path) -> Cells:
    """Look at the head of an export and return it as a table.

    Parameters
    ----------
    source
        A file, folder or pattern, with any scheme Spark knows, or ``table:`` and a table's name.
    work
        Folder on this machine for the head.

    Raises
    ------
    IngestError
        If there is nothing, or it is no table.
    EngineError
        If it is something only the embedded engine reads.
    """
    if source.startswith(TABLE):
        return _typed(spark.read.table(source.removeprefix(TABLE)), source.removeprefix(TABLE), work)
    first = _first_file(spark, source)
    name = PurePosixPath(unquote(urlparse(first).path)).name
    ending = _ending(name)
    if ending == ".parquet":
        return _typed(spark.read.parquet(source), name, work)
    if ending not in TEXT | JSON:
        raise EngineError(
            f"Spark reads CSV, TSV, JSON Lines and Parquet here, not {ending}.",
            where=name,
            remedy="Score it without --engine spark, or export it as CSV or Parquet.",
        )
    head, path, text = _head(spark, first, name, work)
    _refuse_wrapped(head)
    if ending in JSON:
        return _lines(spark, source, head, path)
    return _text(spark, source, head, path, text)


def _ending(name: str) -> str:
    path = PurePosixPath(name)
    return (PurePosixPath(path.stem) if path.suffix.lower() in PACKED else path).suffix.lower()


def _first_file(spark: SparkSession, source: str) -> str:
    from pyspark.errors import PySparkException

    try:
        files = spark.read.format("binaryFile").load(source).select("path", "length").where("length > 0")
        found = files.orderBy("path").limit(1).collect()
    except PySparkException as error:
        raise IngestError(
            "The file or folder wasn't found or can't be opened.",
            where=source,
            remedy="Check the path, and that every executor can read it.",
        ) from error
    if not found:
        raise IngestError("All files are empty.", where=source)
    return str(found[0]["path"])


def _typed(frame: DataFrame, name: str, work: Path) -> Cells:
    """Return a table that has types of its own, which are written as text only where they are read."""
    path = work / "head.parquet"
    pq.write_table(frame.limit(HEAD_ROWS).toArrow(), path)
    head = read_head(path, name)
    _refuse_wrapped(head)
    return Cells(head=head, path=path, rows=frame.toDF(*(f"c{i}" for i in range(len(head.own_names)))))


def _refuse_wrapped(head: Head) -> None:
    """Refuse records that stand whole within something else: Spark would take its rows for them."""
    if head.record_column is not None:
        raise EngineError(
            f"Spark doesn't read records that a column, “{head.record_column}”, holds whole as JSON.",
            where=head.filename,
            remedy="Score it without --engine spark, or export the typed table.",
        )
    if head.dialect is not None and is_console_table(head.raw_names):
        raise EngineError(
            "Spark doesn't read events that are spread over several rows, one for each parameter.",
            where=head.filename,
            remedy="Score it without --engine spark, or export the table as JSON or Parquet.",
        )


def _head(spark: SparkSession, first: str, name: str, work: Path) -> tuple[Head, Path, str]:
    """Return the head of a text, where it is on this machine, and its first lines as they are."""
    lines = [row[0] for row in spark.read.text(first).limit(HEAD_ROWS + 50).collect()]
    text = "\n".join(lines) + "\n"
    if "\ufffd" in text:
        raise EngineError(
            "The text isn't UTF-8.",
            where=name,
            remedy="Convert it to UTF-8, or score it without --engine spark.",
        )
    path = work / "head"
    path.write_text(text, encoding="utf-8")
    plain = name.removesuffix(PurePosixPath(name).suffix) if _packed(name) else name
    return read_head(path, plain), path, text


def _lines(spark: SparkSession, source: str, head: Head, path: Path) -> Cells:
    if head.table != "jsonl" or head.is_array or head.is_wrapped:
        raise EngineError(
            "Spark needs JSON Lines: one object per line.",
            where=head.filename,
            remedy="Convert it, or score it without --engine spark.",
        )
    rows = spark.read.text(source).toDF("line").where("trim(line) <> ''")
    return Cells(head=head, path=path, rows=rows)


def _text(spark: SparkSession, source: str, head: Head, path: Path, text: str) -> Cells:
    dialect = head.dialect
    if head.table not in ("csv", "tsv") or dialect is None or dialect.skip:
        raise EngineError(
            "Spark needs CSV or TSV whose first line has the columns' names or is a row.",
            where=head.filename,
            remedy="Remove the lines before the table, or score it without --engine spark.",
        )
    rows = spark.read.csv(source, **_options(head, text))
    return Cells(head=head, path=path, rows=rows.toDF(*(f"c{i}" for i in range(len(head.own_names))), BROKEN))


def _packed(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in PACKED


def _options(head: Head, text: str) -> dict[str, Any]:
    """Return how Spark reads the text the way the embedded engine does."""
    from pyspark.sql.types import StringType, StructField, StructType

    dialect = head.dialect
    if dialect is None:
        raise ValueError("a text has a dialect")
    first = next(csv.reader(io.StringIO(text), delimiter=dialect.separator, quotechar=dialect.quote), [])
    return {
        "schema": StructType([StructField(name, StringType()) for name in (*head.own_names, BROKEN)]),
        "sep": dialect.separator,
        "quote": dialect.quote,
        # A quote inside a quoted cell is written twice. Spark's own default is a backslash.
        "escape": dialect.quote,
        "header": dialect.has_header,
        # Several files must have the same columns in the same order; a name we have mended matches none.
        "enforceSchema": not dialect.has_header or tuple(first) != head.own_names,
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": BROKEN,
        # Only where the head shows a cell of several lines: such files can't be split between tasks.
        "multiLine": any(cell is not None and "\n" in cell for row in head.rows for cell in row),
        "nullValue": "",
        "emptyValue": "",
        "ignoreLeadingWhiteSpace": False,
        "ignoreTrailingWhiteSpace": False,
        "maxColumns": len(head.own_names) + 1000,
    }
