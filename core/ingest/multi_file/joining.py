"""Tables of one source joined to its table of events: who came from where, and what an event was sent with.

A tracker's database keeps sessions, amounts and further values apart from the events they belong to. Uploaded
together they are one export: what a format's ``lookups`` say of an event stands in columns beside its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from core.base.errors import IngestError
from core.base.memory_database import scratch_database
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.ingest.base.database import database
from core.ingest.files.containers import Container, SourceFile
from core.ingest.files.head import Head
from core.ingest.files.source import open_source
from core.ingest.formats import known_formats
from core.ingest.formats.base import Lookup
from core.schema.countries import plain

#: Values by name that a table with one row a value is spread over, at most.
MOST_KEYS = 200


@dataclass(frozen=True, slots=True)
class Table:
    """A file and its head."""

    file: SourceFile
    head: Head

    def cell(self, names: Collection[str]) -> str | None:
        """Return the SQL name of the first of some columns that the file has; None if it has none."""
        own = [plain(name) for name in self.head.names]
        return next((f"c{own.index(plain(name))}" for name in names if plain(name) in own), None)


#: SQL of the rows of a table, given the table and a name for it.
_Rows = Callable[[Table, str], str]


@dataclass(frozen=True, slots=True)
class Join:
    """A table of events with those that say more of them."""

    events: Table
    lookups: tuple[tuple[Lookup, Table], ...]

    @property
    def note(self) -> str:
        """What is joined to the events, and from which files."""
        listed = ", ".join(f"{lookup.title} from {table.file.filename}" for lookup, table in self.lookups)
        return f"Joined to the events: {listed}."

    def head(self) -> Head:
        """Return the first events with what the first rows of the other tables say of them."""
        with scratch_database() as connection:

            def first_rows(table: Table, name: str) -> str:
                columns = (
                    zip(*table.head.rows, strict=True) if table.head.rows else [()] * len(table.head.names)
                )
                cells = {f"c{i}": pa.array(column, pa.string()) for i, column in enumerate(columns)}
                connection.register(name, pa.table(cells))
                return name

            names, query = self._joined(connection, first_rows)
            rows = tuple(tuple(row) for row in connection.execute(query).fetchall())
        head = self.events.head
        return replace(
            head, names=names, rows=rows, layout=None, raw_names=(), notes=(*head.notes, self.note)
        )

    def write(self, folder: Path, settings: Settings) -> SourceFile:
        """Write the events with what the other tables say of them into ``folder``.

        Raises
        ------
        IngestError
            If one of the files can't be read.
        StorageError
            If there isn't room to unpack one.
        """
        folder.mkdir(parents=True)
        # Rows keep their numbers where the file they stand in has a header as well.
        has_header = self.events.head.table in ("csv", "tsv")
        out = folder / f"joined.{'csv' if has_header else 'parquet'}"

        def whole(table: Table, name: str) -> str:
            (folder / name).mkdir()
            return open_source(table.file.path, table.head, folder / name, settings=settings).relation

        with database(settings, folder / "spill") as connection:
            connection.execute("SET preserve_insertion_order = true")
            try:
                _, query = self._joined(connection, whole)
                options = "FORMAT csv, HEADER" if has_header else "FORMAT parquet"
                connection.execute(f"COPY ({query}) TO {literal(out)} ({options})")
            except duckdb.InvalidInputException as error:
                raise IngestError(
                    "Some of its rows, or of a table joined to it, can't be read.",
                    where=self.events.file.filename,
                    remedy="Export the tables again.",
                ) from error
        return SourceFile(out, self.events.file.filename, Container("plain"))

    def _joined(self, connection: duckdb.DuckDBPyConnection, rows_of: _Rows) -> tuple[tuple[str, ...], str]:
        """Return the columns of the joined table, and its SQL."""
        columns = {name: [f"e.c{i}"] for i, name in enumerate(self.events.head.names)}
        own = {plain(name): name for name in columns}
        joins = ""
        for number, (lookup, table) in enumerate(self.lookups):
            rows, key = rows_of(table, f"lookup{number}"), table.cell(lookup.keys[0])
            added = _added(connection, lookup, table, rows)
            values = "".join(f", {sql} AS v{i}" for i, sql in enumerate(added.values()))
            joins += (
                f" LEFT JOIN (SELECT {key} AS k{values} FROM {rows} WHERE {key} IS NOT NULL GROUP BY 1) "
                f"l{number} ON l{number}.k = e.{self.events.cell([lookup.keys[1]])}"
            )
            for i, name in enumerate(added):
                # What an event was sent with is no column of its own, even if it is called like one.
                shown = own.get(plain(name), name) if lookup.pivot is None else name
                shown = f"data.{name}" if lookup.pivot and plain(name) in own else shown
                columns.setdefault(shown, []).append(f"l{number}.v{i}")
        cells = ", ".join(
            f"coalesce({', '.join(sql)}) AS {identifier(name)}" for name, sql in columns.items()
        )
        return tuple(columns), f"SELECT {cells} FROM {rows_of(self.events, 'events')} e{joins}"


def _added(connection: duckdb.DuckDBPyConnection, lookup: Lookup, table: Table, rows: str) -> dict[str, str]:
    """Return the columns a table adds to events, each with SQL of its value among the rows of one key."""
    if lookup.pivot is None:
        return {name: f"max({cell})" for name in lookup.columns if (cell := table.cell([name]))}
    name = table.cell(lookup.pivot[0])
    held = [cell for each in lookup.pivot[1] if (cell := table.cell([each]))]
    keys = connection.execute(
        f"SELECT {name} FROM {rows} WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 "
        f"LIMIT {MOST_KEYS}"
    ).fetchall()
    value = f"coalesce({', '.join(held)})"
    return {str(key): f"max({value}) FILTER ({name} = {literal(key)})" for (key,) in keys}


def find_joins(tables: Sequence[Table]) -> list[Table | Join]:
    """Return tables in order, those of events with what says more of them, and others as they are."""
    found: list[Table | Join] = list(tables)
    for form in known_formats().values():
        if not form.lookups:
            continue
        events = [table for table in tables if form.find_by_names(table.head)]
        lookups = tuple(
            (lookup, table)
            for table in tables
            for lookup in form.lookups
            if table not in events and lookup.fits(table.head.names)
        )
        if events and lookups:
            used = [table for _, table in lookups]
            found = [
                Join(each, lookups) if each in events else each for each in found if each not in used
            ]  # fmt: skip
    return found
