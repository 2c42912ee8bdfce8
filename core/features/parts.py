"""Session rows of more events than fit into memory: split by session, one part after the other.

DuckDB can spill what it groups, but it then reads and writes all of it several times. Split once, so
that each part fits, the work an event takes stays what it is in a small file.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import duckdb

from core.events import Told
from core.features.running import copied_to, quoted
from core.progress import Progress, part
from core.settings import Settings
from core.shares import memory_bytes

#: What grouping an event takes, measured, with room for longer names than usual.
BYTES_PER_EVENT = 85
#: Share of the work that is done when the events are split.
SPLIT = 0.3


def parts_needed(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Return into how many parts the view ``events`` must be split for each to fit into memory."""
    events = int(connection.execute("select count(*) from events").fetchall()[0][0])
    return math.ceil(events * BYTES_PER_EVENT / memory_bytes(settings.duckdb_memory_limit)) or 1


def in_parts(
    connection: duckdb.DuckDBPyConnection, sql: str, told: Told, parts: int, folder: Path, progress: Progress
) -> str:
    """Make the session rows of the view ``events`` part by part; return a table of all of them.

    Parameters
    ----------
    sql
        The query for session rows; it reads ``events``.
    folder
        Where events and rows of the parts are kept.
    """
    split, rows = folder / "events", folder / "rows"
    rows.mkdir()
    key = "session_id" if told.has_session_key else "visitor_id"
    query = f"select *, hash({key}) % {parts} as part from events where {key} is not null"
    how = ", partition_by (part), write_partition_columns false"
    copied_to(connection, query, split, part(progress, 0.0, SPLIT), how)
    for number, given in enumerate(sorted(split.iterdir())):
        files = f"read_parquet({quoted(given / '*.parquet')}, hive_partitioning = false)"
        connection.execute(f"create or replace view events as from {files}")
        done, after = (SPLIT + (1 - SPLIT) * (number + more) / parts for more in (0, 1))
        copied_to(connection, sql, rows / f"{number}.parquet", part(progress, done, after))
        shutil.rmtree(given)
    # Where no event belongs to a session there is no part, either.
    return f"read_parquet({quoted(rows / '*.parquet')})" if any(rows.iterdir()) else f"({sql})"
