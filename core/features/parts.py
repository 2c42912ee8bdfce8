"""Session rows of more events than fit into memory: those of some sessions first, then of the next.

DuckDB can spill what it groups, but it then writes and reads all of it several times. Reading the
events once more for every part takes less, and far less disk.
"""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

from core.base.progress import Progress, part
from core.base.resources import memory_bytes
from core.base.settings import Settings
from core.base.sql import literal
from core.features.long_query import copied_to
from core.schema.events import Told

#: What grouping an event takes, measured on 20 million; longer names than usual take more.
BYTES_PER_EVENT = 92
#: How much smaller than the memory a part is: spilling a little is cheaper than reading everything
#: twice, but once there are parts, one more costs little.
ROOM = 1.5


def parts_needed(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Return into how many parts the view ``events`` must be split for each to fit into memory."""
    events = int(connection.execute("select count(*) from events").fetchall()[0][0])
    filled = events * BYTES_PER_EVENT / memory_bytes(settings.duckdb_memory_limit)
    return 1 if filled <= 1 else math.ceil(filled * ROOM)


def in_parts(
    connection: duckdb.DuckDBPyConnection, sql: str, told: Told, parts: int, folder: Path, progress: Progress
) -> str:
    """Make the session rows of the view ``events`` part by part; return a table of all of them.

    Parameters
    ----------
    sql
        The query for session rows; it reads ``events``.
    folder
        Where the rows of each part are kept.
    """
    rows = folder / "rows"
    rows.mkdir()
    key = "session_id" if told.has_session_key else "visitor_id"
    connection.execute("alter view events rename to every_event")
    for number in range(parts):
        wanted = f"select * from every_event where hash({key}) % {parts} = {number}"
        connection.execute(f"create or replace view events as {wanted}")
        done = part(progress, number / parts, (number + 1) / parts)
        copied_to(connection, sql, rows / f"{number}.parquet", done)
    return f"read_parquet({literal(rows / '*.parquet')})"
