"""The whole of one file as SQL: a table of text, whatever the file is and however its records are nested."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from core.base.memory_database import scratch_database
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.base.sql import identifier, is_one_of, literal
from core.ingest.cells.json_text import as_json
from core.ingest.cells.plain import Cell
from core.ingest.cells.values import literals
from core.ingest.files.console import is_console_table, nested_lines
from core.ingest.files.containers import unpack
from core.ingest.files.head import Head
from core.ingest.files.mended import write_bare_lines, write_joined, write_unguarded
from core.ingest.files.nested import (
    BROKEN_CELL,
    NOT_JSON,
    NULL_WORDS,
    TEXT,
    Layout,
    from_cells,
    from_line,
    is_text,
    read_objects,
)
from core.ingest.files.text import Dialect, copy_as_utf8
from core.ingest.files.wrapped import write_lines
from core.ingest.files.xlsx import sheet_to_csv

MAX_LINE_BYTES = 16 << 20
#: DuckDB would take sixteen of the longest lines: too much memory, and too few pieces for two threads.
BUFFER_BYTES = 32 << 20
#: Longer records of JSON are read as lines: each thread takes twice this much memory, however small the file.
RECORD_BYTES = 2 << 20
#: Name of the row number in ``numbered``.
ROW = "row_in_file"
HEADER = "It is the header once more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A whole file as SQL: ``relation`` has one column ``c0, c1 …`` of text for each of ``names``.

    Where records are nested it also has ``line``, a record as it stands, ``place``, which tells the rows of
    one record apart, and ``fault``, the reason why a record can't be read. Where it ``trusts_head``, cells
    are read as plainly as the head shows them, and reading fails at one that is not. Where it ``is_long``,
    what a row costs counts for more than what it costs to plan.
    """

    path: Path
    head: Head
    tolerant: bool = False
    is_clean: bool = False
    trusts_head: bool = False
    is_long: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the table's columns, in order."""
        return self.head.names

    def cell(self, name: str) -> str:
        """Return the SQL name of a column."""
        cell = f"c{self.names.index(name)}"
        return Cell(cell, self.head.values(name), is_long=self.is_long) if self.trusts_head else cell

    @property
    def first_row(self) -> int:
        """Number the first data row has in the file, counting from 1."""
        if self.head.table in ("jsonl", "parquet") or self.head.dialect is None:
            return self.head.header_row + 1 if self.head.table == "xlsx" else 1
        return 1 + self.head.dialect.skip + self.head.dialect.has_header

    @property
    def faults(self) -> tuple[str, ...]:
        """SQL that gives the reason why a row can't be read at all, or null."""
        return (NOT_JSON, BROKEN_CELL, *self.head.layout.left_out) if self.head.layout else ()

    @property
    def is_header(self) -> str | None:
        """SQL of whether a row holds nothing but names of columns; None where there can be no such row."""
        if self.head.layout is not None or not self.head.has_header or self.head.table == "parquet":
            return None
        names = literals(self.names)
        cells = f"[{', '.join(f'trim({cell})' for cell in self._flat_cells.split(', '))}]"
        # The first cell decides of nearly every row.
        begins = is_one_of(f"trim(coalesce({self._flat_cells}))", names)
        named = f"list_has_all({names}, {cells}) AND len(list_distinct({cells})) > 1"
        return f"(CASE WHEN {begins} THEN {named} ELSE false END)"

    @property
    def data_cells(self) -> str:
        """SQL list of what makes two rows the same row."""
        return "line, place" if self.head.layout else self._flat_cells

    @property
    def shown_cells(self) -> str:
        """SQL list of what is shown of a refused row."""
        return "line" if self.head.layout else self._flat_cells

    @property
    def shown_names(self) -> tuple[str, ...]:
        """What the shown cells are called."""
        return ("line",) if self.head.layout else self.names

    @property
    def cells(self) -> str:
        """SQL list of every column ``relation`` has."""
        return f"{self._flat_cells}, line, place, fault" if self.head.layout else self._flat_cells

    @property
    def _flat_cells(self) -> str:
        return ", ".join(f"c{i}" for i in range(len(self.names)))

    @property
    def relation(self) -> str:
        """SQL of the table, to stand after FROM."""
        layout = self.head.layout
        if layout is None:
            return self.relation_of_rows
        if self.head.table == "jsonl" and not self.tolerant:
            records = read_objects(
                self.path,
                layout.shape,
                is_array=self.head.is_array,
                most_bytes=RECORD_BYTES,
                texts=self.head.texts,
                respelt=self.head.respelt,
            )
            return layout.table(
                f"SELECT r, NULL::VARCHAR AS line, {layout.fault()} AS fault FROM ({records})", "line, fault"
            )
        return self.opened(self.relation_of_rows, layout)

    @property
    def numbered(self) -> str:
        """SQL of the table with the row number first; the order holds only where DuckDB keeps it."""
        rows = f"(SELECT row_number() OVER () AS {ROW}, * FROM {self.relation_of_rows})"
        layout = self.head.layout
        return rows if layout is None else self.opened(rows, layout, more=f", {ROW}")

    def opened(self, raw: str, layout: Layout, *, more: str = "") -> str:
        """Return SQL of the flat table that the file's own rows make; ``more`` are columns to pass on."""
        if self.head.table == "jsonl":
            # Texts of JSON may begin further down than the head of the file.
            mixed = self.head.opened - self.head.texts
            record = from_line("line", layout.shape, self.head.texts, self.head.respelt, mixed)
            fault = layout.fault({NOT_JSON: "r IS NULL OR ltrim(line[:99])[1] <> '{'"})
            return layout.table(
                f"SELECT *, {fault} AS fault FROM (SELECT *, {record} AS r FROM {raw})", f"line, fault{more}"
            )
        cells = {name: f"c{i}" for i, name in enumerate(self.head.raw_names)}
        types = self.head.types if self.head.table == "parquet" else None
        record = from_cells(cells, layout.shape, types, self.head.respelt)
        line = (
            f"to_json(struct_pack({', '.join(f'{identifier(n)} := {c}' for n, c in cells.items())}))::VARCHAR"
        )
        nested = {name.lower() for name, inner in layout.shape.items() if inner != TEXT}
        nothing = literals(("", *NULL_WORDS))
        broken = " OR ".join(
            f"(NOT list_contains({nothing}, CAST({cell} AS VARCHAR)) AND r.{identifier(name)} IS NULL)"
            for name, cell in cells.items()
            if name.lower() in nested and is_text((types or {}).get(name, TEXT))
        )
        fault = layout.fault({BROKEN_CELL: broken} if broken else None)
        return layout.table(
            f"SELECT *, {fault} AS fault FROM (SELECT *, {record} AS r, {line} AS line FROM {raw})",
            f"line, fault{more}",
        )

    @property
    def relation_of_rows(self) -> str:
        """SQL of the file's own rows: JSON as ``line``, anything else as ``c0, c1 …``."""
        if self.head.table == "parquet":
            return self._parquet()
        return self._lines() if self.head.table == "jsonl" else self._csv()

    def _parquet(self) -> str:
        names = self.head.own_names
        cells = (
            f"{identifier(name)} AS c{i}"
            if self.head.layout
            else f"CAST({identifier(name)} AS VARCHAR) AS c{i}"
            for i, name in enumerate(names)
        )
        return f"(SELECT {', '.join(cells)} FROM read_parquet({literal(self.path)}))"

    def _csv(self) -> str:
        dialect = self.head.dialect or Dialect(
            encoding="utf-8", separator=",", quote='"', skip=0, has_header=True
        )
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.head.own_names)))
        # Storing what can't be parsed costs DuckDB its second thread: only where there is such a row.
        lenient = ", store_rejects = true, rejects_limit = 0" if self.tolerant else ""
        seen = {cell for row in self.head.rows for cell in row}
        always = ["", "NULL", "\\N"]
        nulls = [*always, *(word for word in NULL_WORDS if word in seen and word not in always)]
        return (
            f"read_csv({literal(self.path)}, auto_detect = false, all_varchar = true, "
            f"columns = {{{columns}}}, "
            f"delim = {literal(dialect.separator)}, quote = {literal(dialect.quote)}, "
            f"escape = {literal(dialect.quote)}, header = {str(dialect.has_header).lower()}, "
            f"skip = {dialect.skip}, nullstr = {literals(nulls)}, "
            f"max_line_size = {MAX_LINE_BYTES}, buffer_size = {BUFFER_BYTES}{lenient})"
        )

    def _lines(self) -> str:
        if self.head.is_array:
            return (
                f"(SELECT json::VARCHAR AS line FROM read_json_objects({literal(self.path)}, "
                f"format = 'array', maximum_object_size = {MAX_LINE_BYTES}))"
            )
        return (
            f"(SELECT line FROM read_csv({literal(self.path)}, auto_detect = false, header = false, "
            f"columns = {{'line': 'VARCHAR'}}, delim = '\x1f', quote = '', escape = '', "
            f"max_line_size = {MAX_LINE_BYTES}, buffer_size = {BUFFER_BYTES}))"
        )


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
    if head.list_at is not None and head.dialect is not None:
        lines = write_lines(path, work / "lines", head.dialect.encoding, head.list_at)
        return Source(path=lines, head=replace(head, is_array=False), is_clean=True)
    if head.record_column is not None:
        if head.dialect is not None:
            path = copy_as_utf8(path, work / "clean", head.dialect.encoding)
        return Source(path=_record_lines(path, work / "lines", head), head=head, is_clean=True)
    if head.dialect is not None and head.dialect.needs_mending:
        path = copy_as_utf8(path, work / "clean", head.dialect.encoding)
        if head.dialect.is_in_quotes:
            path = write_bare_lines(path, work / "bare")
        if head.dialect.is_guarded:
            path = write_unguarded(path, work / "unguarded")
        if head.dialect.commas:
            path = write_joined(path, work / "joined", head.dialect.commas, head.filename)
        return Source(path=path, head=head, is_clean=True)
    if head.dialect is not None and is_console_table(head.raw_names):
        if clean or head.dialect.encoding != "utf-8":
            path = copy_as_utf8(path, work / "clean", head.dialect.encoding)
        lines = nested_lines(path, work / "lines", head.raw_names, head.dialect)
        return Source(path=lines, head=head, is_clean=True)
    if head.dialect is not None and (clean or head.dialect.encoding != "utf-8"):
        progress(0.5, "Converting the text to UTF-8")
        path = copy_as_utf8(path, work / "clean", head.dialect.encoding)
        return Source(path=path, head=head, is_clean=True)
    return Source(path=path, head=head)


def _record_lines(path: Path, out: Path, head: Head) -> Path:
    """Write the records that a column of a table holds as lines of JSON; a row without one is no JSON."""
    column, table = str(head.record_column), head.outer_table
    rows = Source(
        path=path,
        head=replace(head, table=table, layout=None, names=head.raw_names),
        tolerant=table not in ("jsonl", "parquet"),
    )
    record, relation = rows.cell(column), rows.relation_of_rows
    if table == "jsonl":
        record = f"line ->> {literal(column)}"
    elif table == "parquet":  # may hold text or nested values
        record, relation = identifier(column), f"read_parquet({literal(path)})"
    respelt = as_json(f"CAST({record} AS VARCHAR)")
    with scratch_database() as connection:
        connection.execute(
            # TRY_CAST, not TRY: DuckDB takes out of two of those what both have, and it fails there.
            f"COPY (SELECT coalesce(json(TRY_CAST({record} AS JSON))::VARCHAR, "
            f"json(TRY_CAST({respelt} AS JSON))::VARCHAR, '-') FROM {relation}) "
            f"TO {literal(out)} (FORMAT csv, HEADER false, DELIMITER '\x1f', QUOTE '', ESCAPE '')"
        )
        if rows.tolerant:
            n = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchall()[0][0]
            with out.open("a", encoding="utf-8") as sink:
                sink.write("-\n" * int(n))
    return out
