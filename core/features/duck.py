"""Session rows by DuckDB: from a file to a file, or of a small table in memory."""

from __future__ import annotations

import tempfile
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from core.events import EVENT_SCHEMA, Told
from core.progress import Progress, silent
from core.sessions import SESSION_SCHEMA
from core.settings import Settings, get_settings

ROWS_PER_GROUP = 122_880
_local = threading.local()


@lru_cache(maxsize=64)
def compiled(told: Told, home_market: str, gap_minutes: int, first_events: int | None) -> str:
    """Return the SQL that makes session rows of a table called ``events``."""
    import ibis

    from core.features.expression import session_rows

    events = ibis.table(ibis.Schema.from_pyarrow(EVENT_SCHEMA), name="events")
    rows = session_rows(
        events, told=told, home_market=home_market, gap_minutes=gap_minutes, first_events=first_events
    )
    return str(ibis.to_sql(rows, dialect="duckdb"))


def build_sessions(
    events: Path,
    out: Path,
    *,
    told: Told,
    settings: Settings | None = None,
    progress: Progress = silent,
    first_events: int | None = None,
) -> int:
    """Write the session rows of an event Parquet, sorted by start; return how many there are.

    Works within ``settings.duckdb_memory_limit``; what doesn't fit spills into a folder beside
    ``out`` that is gone afterwards.
    """
    settings = settings or get_settings()
    sql = compiled(told, settings.home_market, settings.session_gap_minutes, first_events)
    progress(0.0, "Making session rows")
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".features-") as folder:
        config = {
            "memory_limit": settings.duckdb_memory_limit,
            "threads": settings.threads,
            "temp_directory": folder,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(config=config) as connection:
            connection.read_parquet(str(events)).create_view("events")
            unfinished = Path(folder) / "sessions.parquet"
            n_sessions = connection.execute(
                f"copy (select * from ({sql}) order by started_at, session_id) "
                f"to {_quoted(unfinished)} (format parquet, compression zstd)"
            ).fetchall()[0][0]
        unfinished.replace(out)
    progress(1.0, "Made session rows")
    return int(n_sessions)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def rows_of(
    events: pa.Table,
    *,
    told: Told | None = None,
    settings: Settings | None = None,
    first_events: int | None = None,
) -> pa.Table:
    """Return the session rows of a small event table, sorted by start."""
    settings = settings or get_settings()
    sql = compiled(
        told or Told.everything(), settings.home_market, settings.session_gap_minutes, first_events
    )
    connection = _connection()
    connection.register("events", events.select(EVENT_SCHEMA.names).cast(EVENT_SCHEMA))
    try:
        found = connection.sql(f"{sql} order by started_at, session_id").to_arrow_table()
    finally:
        connection.unregister("events")
    return found.cast(SESSION_SCHEMA)


def _connection() -> Any:  # noqa: ANN401
    """Return this thread's connection: making one takes longer than a query."""
    if not hasattr(_local, "connection"):
        _local.connection = duckdb.connect(config={"threads": 1})
    return _local.connection
