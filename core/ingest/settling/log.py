"""The event log of one export while rules settle it: what it holds, which rows don't count, what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingABC
from pathlib import Path

import duckdb

from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.base.written import number
from core.ingest.base.assumptions import Assumption, Money, Severity
from core.ingest.base.database import one
from core.ingest.base.model import IngestReport, Mapping
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
#: The events as they were read.
READ = "events_0"
#: What the purchases and refunds among them are kept as, without columns that no rule on money reads.
_TRADED = "traded_0"
_UNREAD = frozenset(
    {"category", "colour", "brand", "country", "page", "device", "channel", "is_returning", "event_id",
     "user_agent", "utc_offset"}
)  # fmt: skip


def fact(aggregate: str, condition: str | None = None) -> str:
    """Return SQL of a number of the events as they were read, to stand after SELECT.

    One aggregate of whole columns at a time is answered from what Parquet says of itself, and a condition
    on a column of few values from its dictionary: nothing is read for the first, little for the second.
    """
    return f"{aggregate} FROM {READ}" + (f" WHERE {condition}" if condition else "")


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
        self.events = READ
        self._layers: list[tuple[MappingABC[str, str], str]] = []
        self._traded: str | None = None
        self._dropped = 0
        columns = ", ".join(identifier(name) for name in EVENT_SCHEMA.names)
        # Each of many questions would open the file anew, which takes longer than to read a small one whole.
        kind = "TEMP TABLE" if path.stat().st_size <= SMALL_BYTES else "VIEW"
        connection.execute(
            f"CREATE {kind} {READ} AS SELECT {columns}, file_row_number AS place "
            f"FROM read_parquet({literal(path)}, file_row_number = true)"
        )
        connection.execute("CREATE TEMP TABLE dropped (place BIGINT, reason VARCHAR)")
        #: What the events hold, looked at when it is asked for; nothing of columns that the export lacks.
        self.facts = _Facts(connection, facts, report.told.columns)

    @property
    def changed(self) -> bool:
        """Whether the events have to be written again."""
        return bool(self._layers or self._dropped)

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
        self.connection.execute(f"CREATE VIEW {name} AS SELECT e.* REPLACE ({made}) FROM {below} e {join}")
        return name

    def drop(self, places: str, reason: str) -> int:
        """Leave out the rows whose ``place`` a query gives; return how many there are."""
        table = f"SELECT DISTINCT place, {literal(reason)} FROM ({places}) ANTI JOIN dropped USING (place)"
        n = int(self.connection.execute(f"INSERT INTO dropped {table}").fetchall()[0][0])
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
            self.connection.execute(f"CREATE TEMP TABLE {_TRADED} AS {found}")
            self._traded = _TRADED
            for number in range(1, len(self._layers) + 1):
                self._traded = self._layered(self._traded, number, *self._of_traded(number))
        return self._without_dropped(self._traded)

    def _without_dropped(self, rows: str) -> str:
        return f"(SELECT * FROM {rows} ANTI JOIN dropped USING (place))" if self._dropped else rows

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


class _Facts(dict[str, int]):
    """Numbers by name, each worked out when it is first asked for."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, facts: MappingABC[str, str], told: Iterable[str]
    ) -> None:
        super().__init__()
        self._connection, self._facts, self._told = connection, facts, frozenset(told)

    def __missing__(self, name: str) -> int:
        sql = self._facts[name]
        needed = _columns_of(sql)
        asked = not needed or needed & self._told
        self[name] = int(str(one(self._connection, f"SELECT {sql}")[0])) if asked else 0
        return self[name]


def _columns_of(sql: str) -> set[str]:
    """Return the columns some SQL asks about, but for the type of event, which every export has."""
    return set(re.findall(r"\w+", sql)) & set(EVENT_SCHEMA.names) - {"event_type"}


def listed(names: Iterable[object], most: int = 3) -> str:
    """Write the first few of some names, and how many more there are."""
    every = [str(name) for name in names]
    more = f" and {number(len(every) - most)} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
