"""The events a dry run looks at: those of the last days, of some visitors whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.base.memory_database import scratch_database
from core.base.sql import identifier, literal
from core.live.connection import Connection
from core.live.schema import EVENT_COLUMNS
from core.live.scoring import as_table
from core.live.told import AT, Event, Filled
from core.rules.dry_run_result import DAYS
from core.schema.events import EVENT_SCHEMA

#: Visitors looked at, drawn by a hash of their ids.
VISITORS = 1_000
#: Events of live visits that are in no file yet.
MOST_OVER = 300_000
_NAMES = ", ".join(identifier(name) for name in EVENT_COLUMNS)


@dataclass(frozen=True, slots=True)
class RecentEvents:
    """Events of the last days: of how many visitors, with what their sources have told."""

    rows: list[tuple[str, int, Event]]
    filled: dict[str, Filled]
    all_visitors: int


def waiting_events(connection: Connection, source: str, since: int) -> list[Event]:
    """Return events of visits that are over and in no file yet, from a time in microseconds on."""
    return connection.execute(
        f'SELECT {_NAMES} FROM over WHERE source = ? AND "timestamp" >= ? LIMIT ?', [source, since, MOST_OVER]
    ).fetchall()


def read_recent(
    source: str, paths: Sequence[Path], waiting: Sequence[Event], since: datetime | None
) -> RecentEvents:
    """Return the events of the last days in files and in memory, of some visitors whole."""
    with scratch_database(threads=2) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        parts = []
        if paths:
            listed = ", ".join(literal(str(path)) for path in paths)
            files = f"read_parquet([{listed}], union_by_name = true)"
            there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()}
            columns = ", ".join(
                identifier(name) if name in there else f"NULL AS {identifier(name)}" for name in EVENT_COLUMNS
            )
            parts.append(f"SELECT {columns} FROM {files}")
        if waiting:
            connection.register("waiting", as_table(waiting))
            parts.append(f"SELECT {_NAMES} FROM waiting")
        connection.execute(f"CREATE TEMP VIEW every AS {' UNION ALL '.join(parts)}")
        newest = f"(SELECT max(timestamp) FROM every) - INTERVAL {DAYS} DAY"
        begins = newest if since is None else f"TIMESTAMP {literal(f'{since:%Y-%m-%d %H:%M:%S}')}"
        connection.execute(
            "CREATE TEMP TABLE recent AS SELECT *, coalesce(visitor_id, session_id) AS who FROM every "
            f"WHERE timestamp >= {begins}"
        )
        ((n,),) = connection.execute("SELECT count(DISTINCT who) FROM recent").fetchall()
        shown = ", ".join(
            f"epoch_us({identifier(field.name)})" if field.name == "timestamp" else identifier(field.name)
            for field in EVENT_SCHEMA
        )
        rows = connection.execute(
            f"SELECT {shown} FROM recent WHERE who IN "
            "(SELECT who FROM recent GROUP BY who ORDER BY md5(who), who LIMIT ?) ORDER BY timestamp",
            [VISITORS],
        ).fetchall()
    return RecentEvents([(source, int(row[AT["timestamp"]]), row) for row in rows], {}, n)
