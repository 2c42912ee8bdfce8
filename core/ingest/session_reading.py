"""A file of session rows while it is read: where it comes from, how it is mapped, what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from core.base.settings import Settings
from core.ingest.base.assumptions import Assumption, Money, Severity
from core.ingest.base.database import one
from core.ingest.base.model import Mapping
from core.ingest.columns.times import TimeColumns
from core.ingest.files.source import Source
from core.ingest.formats import Format


@dataclass(slots=True)
class SessionReading:
    """The source, how it is mapped, and what is noted on the way.

    The table ``staged`` holds its rows: their number, each known column as read, and the cells.
    """

    connection: duckdb.DuckDBPyConnection
    source: Source
    mapping: Mapping
    form: Format | None
    settings: Settings
    notes: list[str] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    #: SQL of its columns of money, by name.
    amounts: dict[str, str] = field(default_factory=dict)
    currency: str | None = None
    money: tuple[Money, ...] = ()
    #: When sessions began, where a column says so.
    start: TimeColumns | None = None
    robots: int = 0
    #: How many rows are staged.
    n_rows: int = 0
    #: SQL of whether a staged row adds up others, by what stands in the place of its id.
    is_total: str = "false"

    def cell(self, target: str) -> str:
        """Return SQL of the cell a known column is read from."""
        return self.source.cell(self.mapping.columns[target])

    def values(self, target: str) -> list[str]:
        """Return the cells of a known column in the head of the file."""
        return self.source.head.values(self.mapping.columns[target])

    def label(self, target: str) -> str:
        """Return what the file calls a known column."""
        return self.mapping.columns.get(target, target)

    def count(self, query: str) -> int:
        """Return the number that a query gives."""
        return int(str(one(self.connection, query)[0] or 0))

    def say(self, severity: Severity, text: str) -> None:
        """Remember what the numbers rest on; what may be wrong is noted too."""
        self.assumptions.append(Assumption(severity, text))
        if severity != "info":
            self.notes.append(text)
