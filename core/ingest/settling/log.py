"""The event log of one export while rules settle it: what it holds, which rows don't count, what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingABC
from pathlib import Path

import duckdb

from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.ingest.base.assumptions import Assumption, Money, Severity
from core.ingest.base.database import one
from core.ingest.base.model import IngestReport, Mapping
from core.schema.events import EVENT_SCHEMA

#: When something happened, as far as it is known.
MOMENT = 'coalesce("timestamp", CAST(date AS TIMESTAMP))'
#: Whose an event is, where sessions have no ids of their own.
OWNER = "coalesce(session_id, visitor_id)"


class Log:
    """A Parquet file of events under layers of changes, none of which is carried out before the end.

    ``place`` numbers its rows; rules remember rows by it and never decide by it.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        report: IngestReport,
        mapping: Mapping,
        settings: Settings,
        facts: MappingABC[str, str],
    ) -> None:
        self.connection, self.report, self.mapping, self.settings = connection, report, mapping, settings
        self.assumptions: list[Assumption] = []
        self.money: tuple[Money, ...] = ()
        self.currency = report.currency
        self.robots = 0
        #: Columns the export has now, though its file had none.
        self.new_columns: frozenset[str] = frozenset()
        self.events = "events_0"
        self._layers = 0
        self._dropped = 0
        columns = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
        connection.execute(
            f"CREATE VIEW events_0 AS SELECT {columns}, file_row_number AS place "
            f"FROM read_parquet({literal(path)}, file_row_number = true)"
        )
        connection.execute("CREATE TEMP TABLE dropped (place BIGINT, reason VARCHAR)")
        asked = {"n_rows": "count(*)"} | {
            name: sql
            for name, sql in facts.items()
            if not (needed := _columns_of(sql)) or needed & report.told.columns
        }
        query = ", ".join(f"{sql} AS {name}" for name, sql in asked.items())
        found = one(connection, f"SELECT {query} FROM events_0")
        #: What one look at all rows has shown; nothing of columns that the export lacks.
        self.facts = dict.fromkeys(facts, 0) | {
            name: int(str(n)) for name, n in zip(asked, found, strict=True)
        }

    @property
    def changed(self) -> bool:
        """Whether the events have to be written again."""
        return bool(self._layers or self._dropped)

    def replace(self, columns: MappingABC[str, str], join: str = "") -> None:
        """Put a layer of changed columns on top; their SQL and ``join`` call the events ``e``."""
        self._layers += 1
        made = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.items())
        self.connection.execute(
            f"CREATE VIEW events_{self._layers} AS SELECT e.* REPLACE ({made}) FROM {self.events} e {join}"
        )
        self.events = f"events_{self._layers}"

    def drop(self, places: str, reason: str) -> int:
        """Leave out the rows whose ``place`` a query gives; return how many there are."""
        table = f"SELECT DISTINCT place, {literal(reason)} FROM ({places}) ANTI JOIN dropped USING (place)"
        n = int(self.connection.execute(f"INSERT INTO dropped {table}").fetchall()[0][0])
        self._dropped += n
        return n

    @property
    def live(self) -> str:
        """SQL of the rows that count, as they are by now, to stand after FROM."""
        if not self._dropped:
            return self.events
        return f"(SELECT * FROM {self.events} ANTI JOIN dropped USING (place))"

    def refused(self) -> dict[str, int]:
        """Return how many rows are left out, by reason."""
        query = "SELECT reason, count(*) FROM dropped GROUP BY 1 ORDER BY 2 DESC, 1"
        return {str(reason): int(n) for reason, n in self.connection.execute(query).fetchall()}

    def count(self, query: str) -> int:
        """Return the number that a query gives."""
        return int(str(one(self.connection, query)[0] or 0))

    def say(self, severity: Severity, text: str) -> None:
        """Remember what the numbers rest on."""
        self.assumptions.append(Assumption(severity, text))


def _columns_of(sql: str) -> set[str]:
    """Return the columns some SQL asks about, but for the type of event, which every export has."""
    return set(re.findall(r"\w+", sql)) & set(EVENT_SCHEMA.names) - {"event_type"}


def counted(n: int, what: str, plural: str | None = None) -> str:
    """Write a number with what it counts: "1 order", "1,204 orders"."""
    return f"{n:,} {what if n == 1 else plural or what + 's'}"


def listed(names: Iterable[object], most: int = 3) -> str:
    """Write the first few of some names, and how many more there are."""
    every = [str(name) for name in names]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
