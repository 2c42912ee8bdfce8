"""One file as a table of text: its head for recognising it, and the whole of it as SQL for reading it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from core.base.errors import IngestError
from core.base.progress import Progress, silent
from core.base.settings import Settings, get_settings
from core.base.sql import identifier, literal
from core.ingest.containers import Container, find_container, table_kind, unpack
from core.ingest.text import Dialect, copy_as_utf8, decode, find_dialect, find_encoding, records
from core.ingest.values import literals
from core.ingest.xlsx import sheet_head, sheet_to_csv

HEAD_BYTES = 1 << 19
HEAD_ROWS = 2000
#: Cells that mean "nothing", besides an empty one. "NA" is not among them: it is Namibia.
NULL_WORDS = ("NULL", "null", "\\N", "NaN", "nan", "None", "N/A", "n/a", "#N/A", "(not set)", "undefined")
MAX_LINE_BYTES = 16 << 20
#: DuckDB would take sixteen of the longest lines: too much memory, and too few pieces for two threads.
BUFFER_BYTES = 32 << 20
MAX_COLUMNS = 2000
#: Name of the row number in ``numbered``.
ROW = "row_in_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first rows of a file as text, and how the file is written."""

    filename: str
    container: Container
    table: str
    dialect: Dialect | None
    names: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    notes: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    is_array: bool = False
    is_whole: bool = True

    @property
    def has_header(self) -> bool:
        """Whether the columns' names come from the file."""
        return self.dialect is None or self.dialect.has_header

    def values(self, name: str) -> list[str]:
        """Return the non-empty cells of a column."""
        index = self.names.index(name)
        return [cell for row in self.rows if (cell := row[index]) is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A whole file as SQL: ``relation`` has one column ``c0, c1 …`` of text for each of ``names``."""

    path: Path
    head: Head
    tolerant: bool = False
    is_clean: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the file's columns, in order."""
        return self.head.names

    def cell(self, name: str) -> str:
        """Return the SQL name of a column."""
        return f"c{self.names.index(name)}"

    @property
    def first_row(self) -> int:
        """Number the first data row has in the file, counting from 1."""
        if self.head.table in ("jsonl", "parquet") or self.head.dialect is None:
            return 2 if self.head.table == "xlsx" else 1
        return 1 + self.head.dialect.skip + self.head.dialect.has_header

    @property
    def fault(self) -> str | None:
        """SQL that gives the reason why a row can't be read at all, or null."""
        return "fault" if self.head.table == "jsonl" else None

    @property
    def data_cells(self) -> str:
        """SQL list of what makes two rows the same row."""
        return "line" if self.head.table == "jsonl" else ", ".join(f"c{i}" for i in range(len(self.names)))

    @property
    def shown_cells(self) -> str:
        """SQL list of what is shown of a refused row."""
        return self.data_cells

    @property
    def cells(self) -> str:
        """SQL list of every column ``relation`` has."""
        cells = ", ".join(f"c{i}" for i in range(len(self.names)))
        return f"{cells}, line, fault" if self.head.table == "jsonl" else cells

    @property
    def numbered(self) -> str:
        """SQL of the table with the row number first; the order holds only where DuckDB keeps it."""
        return f"(SELECT row_number() OVER () AS {ROW}, * FROM {self.relation})"

    @property
    def relation(self) -> str:
        """SQL of the table, to stand after FROM."""
        if self.head.table == "parquet":
            cells = (f"CAST({identifier(name)} AS VARCHAR) AS c{i}" for i, name in enumerate(self.names))
            return f"(SELECT {', '.join(cells)} FROM read_parquet({literal(self.path)}))"
        if self.head.table == "jsonl":
            return self._json()
        return self._csv()

    def _csv(self) -> str:
        dialect = self.head.dialect or Dialect(
            encoding="utf-8", separator=",", quote='"', skip=0, has_header=True
        )
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.names)))
        # Storing what can't be parsed costs DuckDB its second thread: only where there is such a row.
        lenient = ", store_rejects = true, rejects_limit = 0" if self.tolerant else ""
        seen = {cell for row in self.head.rows for cell in row}
        nulls = ["", "NULL", *(word for word in NULL_WORDS if word in seen and word != "NULL")]
        return (
            f"read_csv({literal(self.path)}, auto_detect = false, all_varchar = true, "
            f"columns = {{{columns}}}, "
            f"delim = {literal(dialect.separator)}, quote = {literal(dialect.quote)}, "
            f"escape = {literal(dialect.quote)}, header = {str(dialect.has_header).lower()}, "
            f"skip = {dialect.skip}, nullstr = {literals(nulls)}, "
            f"max_line_size = {MAX_LINE_BYTES}, buffer_size = {BUFFER_BYTES}{lenient})"
        )

    def _json(self) -> str:
        if self.head.is_array:
            lines = (
                f"SELECT json::VARCHAR AS line FROM read_json_objects({literal(self.path)}, "
                f"format = 'array', maximum_object_size = {MAX_LINE_BYTES})"
            )
        else:
            lines = (
                f"SELECT line FROM read_csv({literal(self.path)}, auto_detect = false, header = false, "
                f"columns = {{'line': 'VARCHAR'}}, delim = '\x1f', quote = '', escape = '', "
                f"max_line_size = {MAX_LINE_BYTES}, buffer_size = {BUFFER_BYTES})"
            )
        return self.json_cells(lines)

    def json_cells(self, lines: str) -> str:
        """Return SQL of the table that a query of JSON objects, in a column ``line``, makes."""
        paths = literals('$."' + name.replace('"', '\\"') + '"' for name in self.names)
        cells = ", ".join(f"nullif(v[{i + 1}], '') AS c{i}" for i in range(len(self.names)))
        good = "json_valid(line) AND json_type(line) = 'OBJECT'"
        return (
            f"(SELECT {cells}, line, CASE WHEN v IS NULL THEN 'The line is not a JSON object.' END AS fault "
            f"FROM (SELECT line, CASE WHEN {good} THEN json_extract_string(line, {paths}) END AS v "
            f"FROM ({lines})))"
        )


def read_head(
    path: Path, filename: str, settings: Settings | None = None, *, container: Container | None = None
) -> Head:
    """Read the first rows of a file, whatever it is wrapped in.

    ``container`` says which file of a zip is meant.

    Raises
    ------
    IngestError
        If it is empty, damaged, or no table at all, saying what it is.
    """
    container = container or find_container(path, filename)
    data = container.head(path, HEAD_BYTES, filename)
    if not data.strip():
        raise IngestError("The file is empty.", where=filename, remedy="Export it again.")
    table = table_kind(data, filename)
    if table in ("parquet", "xlsx"):
        with _unwrapped(container, path, filename, settings or get_settings()) as inner:
            return (
                _parquet_head(inner, container, filename)
                if table == "parquet"
                else _xlsx_head(inner, container, filename)
            )
    complete = len(data) < HEAD_BYTES
    encoding = find_encoding(data, complete=complete)
    text = decode(data, encoding)
    if table == "jsonl" or text.lstrip().startswith(("{", "[{")):
        return _json_head(text, container, filename, encoding)
    return _text_head(text, container, filename, encoding, complete=complete)


@contextmanager
def _unwrapped(container: Container, path: Path, filename: str, settings: Settings) -> Iterator[Path]:
    if container.kind == "plain":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield unpack(container, path, Path(folder) / "data", filename=filename, settings=settings)


def _text_head(text: str, container: Container, filename: str, encoding: str, *, complete: bool) -> Head:
    if "\x00" in text[:4000]:
        raise IngestError(
            "This is no text and no other kind of table that is known.",
            where=filename,
            remedy="Save it as CSV, TSV, JSON Lines, Parquet or XLSX and try again.",
        )
    dialect = find_dialect(text, encoding)
    body = "".join(text.splitlines(keepends=True)[dialect.skip :])
    rows = records(body, dialect.separator, dialect.quote, limit=HEAD_ROWS + 2)
    if not complete and len(rows) > 1 and len(rows) < HEAD_ROWS + 2:
        rows.pop()  # it may be cut off
    if not rows:
        raise IngestError("The file is empty.", where=filename, remedy="Export it again.")
    header, body_rows = (rows[0], rows[1:]) if dialect.has_header else ([""] * len(rows[0]), rows)
    if len(header) > MAX_COLUMNS:
        raise IngestError(
            f"It has {len(header):,} columns; {MAX_COLUMNS:,} are read at most.", where=filename
        )
    width = _usual_width(header, body_rows)
    names, notes = unique_names(header + [""] * (width - len(header)), has_header=dialect.has_header)
    table = "tsv" if dialect.separator == "\t" else "csv"
    return Head(
        filename=filename, container=container, table=table, dialect=dialect, names=names,
        rows=tuple(_row(row, len(names)) for row in body_rows if len(row) == len(names)), notes=notes,
        is_whole=complete,
    )  # fmt: skip


def _usual_width(header: list[str], rows: list[list[str]]) -> int:
    """Return how many cells a row has: some exports end every row, but not the header, with a separator."""
    widths = [len(row) for row in rows]
    if widths and min(widths) == max(widths) == len(header) + 1 and not any(row[-1].strip() for row in rows):
        return len(header) + 1
    return len(header)


def _row(cells: list[str], width: int) -> tuple[str | None, ...]:
    return tuple(cell if cell.strip() else None for cell in cells[:width])


def unique_names(header: list[str], *, has_header: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Make every column's name its own, and say where that was needed."""
    names: list[str] = []
    notes: list[str] = []
    for position, raw in enumerate(header, start=1):
        name = raw.strip() or f"column {position}"
        if name in names:
            copy = next(f"{name} ({n})" for n in range(2, len(header) + 2) if f"{name} ({n})" not in names)
            notes.append(f"Several columns are called “{name}”; the later one is shown as “{copy}”.")
            name = copy
        names.append(name)
    if not has_header:
        notes.append("The file has no header, so its columns are called by their position.")
    return tuple(names), tuple(notes)


def _json_head(text: str, container: Container, filename: str, encoding: str) -> Head:
    is_array = text.lstrip().startswith("[")
    objects = list(_objects(text, is_array=is_array))
    if not objects:
        raise IngestError(
            "It looks like JSON, but no object could be read from it.",
            where=filename,
            remedy="Use JSON Lines: one object a line.",
        )
    names: dict[str, None] = {}
    for item in objects:
        names.update(dict.fromkeys(item))
    dialect = Dialect(encoding=encoding, separator="", quote="", skip=0, has_header=True)
    return Head(
        filename=filename, container=container, table="jsonl", dialect=dialect,
        names=tuple(names)[:MAX_COLUMNS], is_array=is_array,
        rows=tuple(tuple(_json_text(item.get(name)) for name in names) for item in objects),
    )  # fmt: skip


def _objects(text: str, *, is_array: bool) -> Iterator[dict[str, Any]]:
    decoder, position, found = json.JSONDecoder(), (text.index("[") + 1 if is_array else 0), 0
    while found < HEAD_ROWS and position < len(text):
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        try:
            item, position = decoder.raw_decode(text, position)
        except ValueError:
            end = text.find("\n", position)
            if is_array or end < 0:
                return
            position = end
            continue
        if isinstance(item, dict):
            found += 1
            yield item


def _json_text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parquet_head(path: Path, container: Container, filename: str) -> Head:
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(path)})").fetchall()
            cells = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name, *_ in described)
            rows = connection.execute(f"SELECT {cells} FROM read_parquet({literal(path)}) LIMIT {HEAD_ROWS}")
            return Head(
                filename=filename, container=container, table="parquet", dialect=None,
                names=tuple(name for name, *_ in described), rows=tuple(tuple(r) for r in rows.fetchall()),
                types={name: kind for name, kind, *_ in described},
            )  # fmt: skip
    except duckdb.Error as error:
        raise IngestError(
            "The Parquet file is damaged or cut off.", where=filename, remedy="Export or upload it again."
        ) from error


def _xlsx_head(path: Path, container: Container, filename: str) -> Head:
    rows, notes = sheet_head(path, filename, limit=HEAD_ROWS)
    names, more = unique_names(rows[0])
    return Head(
        filename=filename, container=container, table="xlsx", dialect=None, names=names,
        notes=(*notes, *more),
        rows=tuple(_row(row + [""] * (len(names) - len(row)), len(names)) for row in rows[1:]),
    )  # fmt: skip


def open_source(
    path: Path,
    head: Head,
    work: Path,
    *,
    settings: Settings,
    progress: Progress = silent,
    clean: bool = False,
) -> Source:
    """Bring a file into a form DuckDB reads, copying into ``work`` only what it can't read as it is.

    ``clean`` asks for a copy in plain UTF-8 whatever the head looked like.
    """
    if head.container.kind != "plain":
        path = unpack(head.container, path, work / "unpacked", filename=head.filename, settings=settings,
                      progress=progress)  # fmt: skip
    if head.table == "xlsx":
        return Source(path=sheet_to_csv(path, work / "sheet.csv", head.filename, len(head.names)), head=head)
    if head.dialect is not None and (clean or head.dialect.encoding != "utf-8"):
        progress(0.5, "Converting the text to UTF-8")
        path = copy_as_utf8(path, work / "clean", head.dialect.encoding)
        return Source(path=path, head=head, is_clean=True)
    return Source(path=path, head=head)
