"""Read the first rows of a file, whatever it is wrapped in and however its records are nested."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from core.base.errors import IngestError
from core.base.memory_database import scratch_database
from core.base.settings import Settings, get_settings
from core.base.sql import identifier, literal
from core.base.written import number
from core.ingest.cells.synonyms import EVENT_COLUMNS
from core.ingest.files import mended
from core.ingest.files.console import is_console_table, nested
from core.ingest.files.containers import Container, find_container, table_kind, unpack
from core.ingest.files.encodings import note_of
from core.ingest.files.head import Head
from core.ingest.files.nested import TEXT, Layout, discover, from_cells, from_line
from core.ingest.files.text import Dialect, decode, find_dialect, find_encoding, records
from core.ingest.files.variants import parts_of
from core.ingest.files.wrapped import find_list, first_records
from core.ingest.files.xlsx import sheet_head
from core.ingest.formats import header_for, layout_for
from core.ingest.formats.guess import guess_target
from core.ingest.recognition.bare_commas import find_commas
from core.ingest.recognition.json_columns import open_texts, respelt_of, values_of

HEAD_BYTES = 1 << 19
HEAD_ROWS = 2000
#: Heads up to this size are kept for whoever reads the same file next: it is recognised, then read.
KEPT_BYTES, KEPT = 1 << 18, 2
#: The columns in which loaders keep each record whole, as JSON: Airbyte's raw tables.
RECORD_COLUMNS = ("_airbyte_data",)
MAX_COLUMNS = 2000
#: A header whose names are the placeholders that somebody chose: ``{adid},{event_name}``.
_PLACEHOLDERS = re.compile(r"\s*\{\w+\}[,;\t|]\s*\{\w+\}")
#: Rows that show whether a file without a header is of a known kind.
PROBED_ROWS = 50


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
    try:
        return _read_head(path, filename, settings, container or find_container(path, filename))
    except RecursionError as error:
        raise IngestError(
            "Its JSON is nested too deeply to read.",
            where=filename,
            remedy="Export one object per line, without objects inside objects beyond what the format needs.",
        ) from error


def _read_head(path: Path, filename: str, settings: Settings | None, container: Container) -> Head:
    data = container.head(path, HEAD_BYTES, filename)
    if not data.strip():
        raise IngestError("The file is empty.", where=filename, remedy="Export it again.")
    table = table_kind(data, filename)
    if table in ("parquet", "xlsx"):
        with _unwrapped(container, path, filename, get_settings(settings)) as inner:
            return (
                _parquet_head(inner, container, filename)
                if table == "parquet"
                else _opened(_xlsx_head(inner, container, filename))
            )
    return (_kept_head if len(data) <= KEPT_BYTES else _head_of)(data, table, container, filename)


def _head_of(data: bytes, table: str, container: Container, filename: str) -> Head:
    """Return the head of a text, given its first bytes, which alone decide it."""
    complete = len(data) < HEAD_BYTES
    encoding = find_encoding(data, complete=complete)
    text = decode(data, encoding)
    if table == "jsonl" or (text.lstrip().startswith(("{", "[{")) and not _PLACEHOLDERS.match(text)):
        return _json_head(text, container, filename, encoding)
    head = _text_head(text, container, filename, encoding, complete=complete)
    if is_console_table(head.names):
        return _laid_out(
            replace(head, table="jsonl", raw_names=head.names), list(nested(head.names, head.rows))
        )
    return _opened(head)


_kept_head = lru_cache(maxsize=KEPT)(_head_of)


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
            "This is neither text nor another known kind of table.",
            where=filename,
            remedy="Save it as CSV, TSV, JSON Lines, Parquet or XLSX and try again.",
        )
    is_in_quotes = mended.is_in_quotes(text, complete=complete)
    if is_in_quotes:
        text = mended.without_quotes(text)
    is_guarded = mended.is_guarded(text)
    if is_guarded:
        text = mended.unguarded(text)
    dialect = replace(find_dialect(text, encoding), is_in_quotes=is_in_quotes, is_guarded=is_guarded)
    if container.header:
        dialect = replace(dialect, separator="\t", has_header=False)
    body = "".join(text.splitlines(keepends=True)[dialect.skip :])
    rows = records(body, dialect.separator, dialect.quote, limit=HEAD_ROWS + 2)
    if not complete and len(rows) > 1 and len(rows) < HEAD_ROWS + 2:
        rows.pop()  # it may be cut off
    if not rows:
        raise IngestError("The file is empty.", where=filename, remedy="Export it again.")
    header, body_rows = (rows[0], rows[1:]) if dialect.has_header else ([""] * len(rows[0]), rows)
    if len(header) > MAX_COLUMNS:
        raise IngestError(
            f"It has {number(len(header))} columns; {number(MAX_COLUMNS)} are read at most.", where=filename
        )
    width = _usual_width(header, body_rows)
    if commas := find_commas(header, body_rows, dialect, filename):
        dialect = replace(dialect, commas=commas)
        body_rows = [commas.mended(row) or row for row in body_rows]
    _check_widths(width, body_rows, filename)
    names, notes = unique_names(header + [""] * (width - len(header)), has_header=dialect.has_header)
    notes = (
        *notes,
        *note_of(encoding),
        *mended.notes(is_in_quotes=is_in_quotes, commas=dialect.commas, names=names),
    )
    known = None if dialect.has_header else header_for(body_rows[:PROBED_ROWS])
    if len(container.header) == len(names):
        names, notes = unique_names(list(container.header))
    elif known:
        names, notes = known, ("The file has no header; its columns are those of its format.",)
    table = "tsv" if dialect.separator == "\t" else "csv"
    head = Head(
        filename=filename, container=container, table=table, dialect=dialect, names=names,
        rows=tuple(_row(row, len(names)) for row in body_rows if len(row) == len(names)), notes=notes,
        is_whole=complete,
    )  # fmt: skip
    return replace(head, rows=tuple(row for row in head.rows if not head.is_header(row)))


def _check_widths(width: int, rows: list[list[str]], filename: str) -> None:
    """Refuse a table none of whose rows has a cell for each column."""
    widths = {len(row) for row in rows}
    if width < 2 or not widths or width in widths:
        return
    raise mended.uncertain("its rows", width, len(rows[0]), filename)


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
    list_at = None if is_array else find_list(text, _is_record)
    if list_at is None:
        objects = list(_objects(text, is_array=is_array))
    else:
        objects = first_records(text, list_at, HEAD_ROWS)
    if not objects:
        raise IngestError(
            "It looks like JSON, but no object could be read from it.",
            where=filename,
            remedy="Use JSON Lines: one object per line.",
        )
    dialect = Dialect(encoding=encoding, separator="", quote="", skip=0, has_header=True)
    head = Head(
        filename=filename, container=container, table="jsonl", dialect=dialect, names=(), rows=(),
        is_array=is_array, list_at=list_at,
    )  # fmt: skip
    return _laid_out(head, objects)


def _is_record(keys: Sequence[str]) -> bool:
    """Whether an object with such keys is a record of a known layout, or says whose the lists in it are."""
    return layout_for(keys, []) is not None or any(
        guess_target(key, EVENT_COLUMNS) in ("session_id", "visitor_id", "user_id") for key in keys
    )


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


def _parquet_head(path: Path, container: Container, filename: str) -> Head:
    rows = f"(SELECT * FROM read_parquet({literal(path)}) LIMIT {HEAD_ROWS})"
    try:
        with scratch_database() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            types = {name: str(kind) for name, kind, *_ in connection.execute(f"DESCRIBE {rows}").fetchall()}
            names = tuple(types)
            layout, respelt = None, frozenset[str]()
            if column := _record_column(names):
                rows_of = connection.execute(f"SELECT {identifier(column)}::JSON::VARCHAR FROM {rows}")
                head = Head(
                    filename=filename, container=container, table="parquet", dialect=None, names=names,
                    rows=(), raw_names=names,
                )  # fmt: skip
                return _taken_out(head, column, [text for (text,) in rows_of.fetchall()])
            texts = [name for name, kind in types.items() if kind == TEXT]
            if (
                parts_of(names)
                or _has_nested(types, connection, rows, texts)
                or layout_for(_as_known(names)[0], [])
            ):
                written = connection.execute(f"SELECT to_json(r)::VARCHAR FROM {rows} r").fetchall()
                objects: list[dict[str, Any]] = [json.loads(text) for (text,) in written]
                respelt = respelt_of(open_texts(objects, texts))
                layout = _layout(*_as_known(names, objects))
            cells = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in names)
            query = f"SELECT {cells} FROM {rows}"
            if layout is not None:
                columns = {name: identifier(name) for name in names}
                record = from_cells(columns, layout.shape, types, respelt)
                query = _cells(layout, f"SELECT {record} AS r FROM {rows}")
            return Head(
                filename=filename, container=container, table="parquet", dialect=None,
                names=layout.names if layout else names,
                rows=tuple(tuple(row) for row in connection.execute(query).fetchall()), types=types,
                layout=layout, respelt=respelt, raw_names=names if layout else (),
            )  # fmt: skip
    except duckdb.Error as error:
        raise IngestError(
            "The Parquet file is damaged or cut off.", where=filename, remedy="Export or upload it again."
        ) from error


def _has_nested(
    types: Mapping[str, str], connection: duckdb.DuckDBPyConnection, rows: str, texts: Sequence[str]
) -> bool:
    """Whether some columns of a Parquet file have nested types, or hold JSON in text throughout."""
    if any(kind.endswith((")", "]", "JSON")) and "DECIMAL" not in kind[:7] for kind in types.values()):
        return True
    if not texts:
        return False
    columns = ", ".join(identifier(name) for name in texts)
    cells = connection.execute(f"SELECT {columns} FROM {rows}").fetchall()
    return bool(open_texts([dict(zip(texts, row, strict=True)) for row in cells], texts))


def _layout(names: Sequence[str], objects: Sequence[Mapping[str, Any]]) -> Layout:
    """Return how nested records are opened: as their format does, or each value by its name."""
    known = layout_for(names, objects)
    return known.opened_further(objects) if known else discover(objects)


def _as_known(
    names: Sequence[str], objects: Sequence[dict[str, Any]] = ()
) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """Return the columns of a table and its records, in small letters where a format knows them so.

    Snowflake and others write every name in capitals.
    """
    small = [name.lower() for name in names]
    if layout_for(names, objects) or layout_for(small, []) is None or len(set(small)) < len(small):
        return names, list(objects)
    return small, [{name.lower(): value for name, value in each.items()} for each in objects]


def _opened(head: Head) -> Head:
    """Return the head with the cells opened that hold JSON, and unfolded as its format says."""
    if column := _record_column(head.names):
        return _taken_out(head, column, head.values(column))
    objects: list[dict[str, Any]] = [dict(zip(head.names, row, strict=True)) for row in head.rows]
    columns = open_texts(objects, head.names)
    names, objects = _as_known(head.names, objects)
    is_nested = columns or parts_of(names, objects) or layout_for(names, objects)
    layout = _layout(names, objects) if is_nested else None
    if layout is None:
        return head
    cells = {name: f"c{i}" for i, name in enumerate(head.names)}
    arrays = {
        cell: pa.array([row[i] for row in head.rows], pa.string()) for i, cell in enumerate(cells.values())
    }
    respelt = respelt_of(columns)
    rows = _rows(layout, pa.table(arrays), from_cells(cells, layout.shape, respelt=respelt))
    return replace(head, names=layout.names, rows=rows, layout=layout, respelt=respelt, raw_names=head.names)


def _laid_out(head: Head, objects: Sequence[Mapping[str, Any]]) -> Head:
    """Return the head of lines of JSON, given its first objects."""
    names = tuple(dict.fromkeys(name for each in objects for name in each))
    if not head.is_wrapped and (column := _record_column(names)):
        cells = [each.get(column) for each in objects]
        return _taken_out(
            replace(head, raw_names=names),
            column,
            [cell if isinstance(cell, str) else json.dumps(cell) for cell in cells],
        )
    lines = pa.table({"line": pa.array([json.dumps(each) for each in objects], pa.string())})
    opened = [dict(each) for each in objects]
    texts = open_texts(opened, names)
    layout = _layout(names, opened)
    if not layout.names:
        raise IngestError(
            "It is JSON, but its objects are empty.",
            where=head.filename,
            remedy="Export the events again: one object per line, each with its values.",
        )
    nested = frozenset(name for name in texts if layout.shape.get(name, TEXT) != TEXT)
    respelt = respelt_of(texts)
    rows = _rows(layout, lines, from_line("line", layout.shape, nested, respelt))
    return replace(
        head, names=layout.names, rows=rows, layout=layout, texts=nested, respelt=respelt,
        raw_names=head.raw_names or names,
    )  # fmt: skip


def _record_column(names: Sequence[str]) -> str | None:
    return next((name for name in RECORD_COLUMNS if name in names), None)


def _taken_out(head: Head, column: str, cells: Sequence[str]) -> Head:
    """Return the head of the records that a column of a table holds."""
    found = values_of(cells)
    objects = [record for cell in cells if isinstance(record := found.get(cell), dict)]
    if not objects:
        raise IngestError(
            f"“{column}” should hold records as JSON, but none could be read.",
            where=head.filename,
            remedy="Export the table again.",
        )
    outer = replace(head, table="jsonl", outer_table=head.table, record_column=column)
    return _laid_out(replace(outer, raw_names=head.raw_names or head.names), objects)


def _rows(layout: Layout, table: pa.Table, record: str) -> tuple[tuple[str | None, ...], ...]:
    with scratch_database() as connection:
        connection.register("head", table)
        query = _cells(layout, f"SELECT {record} AS r FROM head")
        return tuple(tuple(row) for row in connection.execute(query).fetchall())


def _cells(layout: Layout, records: str) -> str:
    cells = ", ".join(f"c{i}" for i in range(len(layout.names)))
    return f"SELECT {cells} FROM {layout.table(records, 'r')}"


def _xlsx_head(path: Path, container: Container, filename: str) -> Head:
    rows, notes = sheet_head(path, filename, limit=HEAD_ROWS)
    header_row, header = rows[0]
    names, more = unique_names(header)
    head = Head(
        filename=filename, container=container, table="xlsx", dialect=None, names=names,
        notes=(*notes, *more), header_row=header_row,
        rows=tuple(_row(row + [""] * (len(names) - len(row)), len(names)) for _, row in rows[1:]),
    )  # fmt: skip
    return replace(head, rows=tuple(row for row in head.rows if not head.is_header(row)))
