"""The first rows of a file as text, and how the file is written: what recognising it starts from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from core.ingest.files.containers import Container
from core.ingest.files.nested import TEXT, Layout
from core.ingest.files.text import Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first rows of a file as text, and how the file is written.

    Where records are nested, ``layout`` makes the flat ``names`` and ``rows`` of them, and ``raw_names`` are
    the columns the file itself has (of JSON, the keys of its objects). Where they stand inside something
    else, ``list_at`` are the keys that lead to them in an object of JSON, ``record_column`` is the column
    of a table (an ``outer_table``) that holds them as JSON. ``header_row`` is that of a
    spreadsheet's header, ``texts`` the keys of lines of JSON whose objects are JSON within a text, and
    ``respelt`` the columns, in small letters, whose JSON needs ``as_json`` before it can be read.
    """

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
    layout: Layout | None = None
    texts: frozenset[str] = frozenset()
    respelt: frozenset[str] = frozenset()
    raw_names: tuple[str, ...] = ()
    list_at: tuple[str, ...] | None = None
    record_column: str | None = None
    outer_table: str = ""
    header_row: int = 1

    @property
    def has_header(self) -> bool:
        """Whether the columns' names come from the file."""
        return self.dialect is None or self.dialect.has_header

    def is_header(self, row: Collection[str | None]) -> bool:
        """Whether a row holds nothing but names of columns, as where files were joined with theirs."""
        cells = {cell.strip() for cell in row if cell is not None}
        return self.has_header and len(cells) > 1 and cells <= set(self.own_names)

    @property
    def is_wrapped(self) -> bool:
        """Whether records stand inside something else and are taken out before they are read."""
        return self.list_at is not None or self.record_column is not None

    @property
    def own_names(self) -> tuple[str, ...]:
        """Names of the columns the file itself has, whatever is made of them."""
        return self.raw_names or self.names

    def narrowed(self, wanted: Collection[str] = ()) -> Head:
        """Return the head without nested values that no format reads, but for those that are wanted."""
        if self.layout is None or self.layout.known is None:
            return self
        layout = self.layout.narrowed(wanted)
        at = [self.names.index(name) for name in layout.names]
        rows = tuple(tuple(row[i] for i in at) for row in self.rows)
        return replace(self, layout=layout, names=layout.names, rows=rows)

    @property
    def opened(self) -> frozenset[str]:
        """Keys of records whose values are no plain text."""
        shape = self.layout.shape if self.layout else {}
        return frozenset(name for name, inner in shape.items() if inner != TEXT)

    def respelling_all(self) -> Head:
        """Return the head of a file in which any text of JSON may be written as ``as_json`` reads it."""
        return replace(self, respelt=frozenset(map(str.lower, self.opened)))

    @property
    def nested(self) -> frozenset[str]:
        """Columns of nested values that no format reads."""
        known = self.layout.known if self.layout else None
        return frozenset(self.names) - frozenset(known.names) if known else frozenset()

    def column(self, name: str) -> list[str | None]:
        """Return all cells of a column, None where one is empty."""
        index = self.names.index(name)
        return [row[index] for row in self.rows]

    def values(self, name: str) -> list[str]:
        """Return the non-empty cells of a column."""
        return [cell for cell in self.column(name) if cell is not None]
