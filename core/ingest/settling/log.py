"""The event log of one export while rules settle it: what it holds, which rows don't count, what is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingABC
from pathlib import Path

import duckdb

from core.base.memory_database import again
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.base.written import number
from core.ingest.base.assumptions import Assumption, Money, Severity
from core.ingest.base.database import one
from core.ingest.base.model import IngestReport, Mapping
from core.ingest.settling.facts import READ, Fact, Facts
from core.schema.events import EVENT_SCHEMA, EventType

#: When something happened, as far as it is known.
MOMENT = 'coalesce("timestamp", CAST(date AS TIMESTAMP))'
#: Whose an event is, where sessions have no ids of their own.
OWNER = "coalesce(session_id, visitor_id)"
#: For how much goods stand in a row at their price, and what a row says it was paid for.
GOODS = "price * coalesce(quantity, 1)"
AMOUNT = f"coalesce(revenue, {GOODS})"
#: A refund that names its order and no amount.
GIVES_ALL_BACK = (
    f"(event_type = '{EventType.OTHER}' AND coalesce(revenue, 0) = 0 AND order_id IS NOT NULL AND "
    "(order_status IN ('called_off', 'given_back') OR (order_status = 'refunded' AND revenue = 0)))"
)
#: Files up to here are kept in memory.
SMALL_BYTES = 1 << 20
#: What the purchases and refunds among them are kept as, without columns that no rule on money reads.
_TRADED = "traded_0"
_UNREAD = frozenset(
    {"category", "colour", "brand", "country", "page", "device", "channel", "is_returning", "event_id",
     "user_agent", "utc_offset"}
)  # fmt: skip


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
        facts: MappingABC[str, Fact],
    ) -> None:
        self.connection, self.report, self.mapping, self.settings = connection, report, mapping, settings
        self.assumptions: list[Assumption] = []
        self.money: tuple[Money, ...] = ()
        self.currency = report.currency
        self.robots = 0
        #: Columns the export has now, though its file had none.
        self.new_columns: frozenset[str] = frozenset()
        self.events = READ
        self._layers: list[tuple[MappingABC[str, str], str]] = []
        self._traded: str | None = None
        self._dropped = 0
        columns = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
        self.is_small = path.stat().st_size <= SMALL_BYTES
        # Each of many questions would open the file anew, which takes longer than to read a small one whole.
        kind = "TEMP TABLE" if self.is_small else "VIEW"
        connection.execute(
            f"CREATE {kind} {READ} AS SELECT {columns}, file_row_number AS place "
            f"FROM read_parquet({literal(path)}, file_row_number = true)"
        )
        #: What the events hold as they were read.
        self.facts = Facts(connection, facts, report.told.columns, at_once=self.is_small)
        #: Tables of some events that rules have made; one that isn't among them would be empty.
        self.tables: set[str] = set()

    @property
    def changed(self) -> bool:
        """Whether the events have to be written again."""
        return bool(self._layers or self._dropped)

    @property
    def is_as_read(self) -> bool:
        """Whether the events that count still hold what was read, so that ``facts`` hold of them."""
        return not self._layers

    def execute(self, query: str, values: Sequence[object] | None = None) -> duckdb.DuckDBPyConnection:
        """Run a query, which is much the same for every export."""
        return again(self.connection, query, values)

    def make(self, table: str, query: str, values: Sequence[object] | None = None) -> None:
        """Make a temporary table of what a query gives, which ``tables`` tells of."""
        self.execute(f"CREATE TEMP TABLE {table} AS {query}", values)
        self.tables.add(table)

    def add(self, table: str, query: str, values: Sequence[object] | None = None) -> None:
        """Add to such a table what a query gives; make it where there is none yet."""
        if table in self.tables:
            self.execute(f"INSERT INTO {table} {query}", values)
        else:
            self.make(table, query, values)

    def replace(self, columns: MappingABC[str, str], join: str = "") -> None:
        """Put a layer of changed columns on top; their SQL and ``join`` call the events ``e``."""
        self._layers.append((columns, join))
        number = len(self._layers)
        self.events = self._layered(self.events, number, columns, join)
        if self._traded:
            self._traded = self._layered(self._traded, number, *self._of_traded(number))

    def _of_traded(self, number: int) -> tuple[dict[str, str], str]:
        columns, join = self._layers[number - 1]
        return {name: sql for name, sql in columns.items() if name not in _UNREAD}, join

    def _layered(self, below: str, number: int, columns: MappingABC[str, str], join: str) -> str:
        if not columns:
            return below
        made = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.items())
        name = f"{below.partition('_')[0]}_{number}"
        self.execute(f"CREATE VIEW {name} AS SELECT e.* REPLACE ({made}) FROM {below} e {join}")
        return name

    def drop(self, places: str, reason: str) -> int:
        """Leave out the rows whose ``place`` a query gives; return how many there are."""
        if "dropped" not in self.tables:
            self.make("dropped", "SELECT 0::BIGINT AS place, '' AS reason WHERE false")
        table = f"SELECT DISTINCT place, {literal(reason)} FROM ({places}) ANTI JOIN dropped USING (place)"
        n = int(self.execute(f"INSERT INTO dropped {table}").fetchall()[0][0])
        self._dropped += n
        return n

    @property
    def live(self) -> str:
        """SQL of the rows that count, as they are by now, to stand after FROM."""
        return self._without_dropped(self.events)

    @property
    def traded(self) -> str:
        """SQL of the rows of ``live`` in which money may have changed hands.

        Purchases and revenue below zero are few and looked at often, so they are kept in memory. No rule
        makes a purchase of another event.
        """
        if self._traded is None:
            bought = f"event_type = '{EventType.PURCHASE}'"
            rows = f"SELECT * EXCLUDE ({', '.join(sorted(_UNREAD))}) FROM {READ}"
            found = f"{rows} WHERE {bought}"
            if self.facts["is_given_back"] or self.facts["n_all_given_back"]:
                found += f" UNION ALL {rows} WHERE (revenue < 0 OR {GIVES_ALL_BACK}) AND NOT ({bought})"
            self.execute(f"CREATE TEMP TABLE {_TRADED} AS {found}")
            self._traded = _TRADED
            for number in range(1, len(self._layers) + 1):
                self._traded = self._layered(self._traded, number, *self._of_traded(number))
        return self._without_dropped(self._traded)

    def _without_dropped(self, rows: str) -> str:
        return f"(SELECT * FROM {rows} ANTI JOIN dropped USING (place))" if self._dropped else rows

    def refused(self) -> dict[str, int]:
        """Return how many rows are left out, by reason."""
        if not self._dropped:
            return {}
        query = "SELECT reason, count(*) FROM dropped GROUP BY 1 ORDER BY 2 DESC, 1"
        return {str(reason): int(n) for reason, n in self.execute(query).fetchall()}

    def count(self, query: str) -> int:
        """Return the number that a query gives."""
        return int(str(one(self.connection, query)[0] or 0))

    def say(self, severity: Severity, text: str) -> None:
        """Remember what the numbers rest on."""
        self.assumptions.append(Assumption(severity, text))


def listed(names: Iterable[object], most: int = 3) -> str:
    """Write the first few of some names, and how many more there are."""
    every = [str(name) for name in names]
    more = f" and {number(len(every) - most)} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
