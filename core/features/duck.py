"""Session rows by DuckDB: from a file to a file, or of a small table in memory."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from core.base.memory_database import fill, small_database
from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.features.compiling import compiled_apart, compiled_here
from core.features.kept_queries import kept
from core.features.long_query import copied_to, watched
from core.schema.events import EVENT_SCHEMA, Told
from core.schema.sessions import SESSION_SCHEMA

ROWS_PER_GROUP = 122_880
#: Queries a thread keeps prepared: what exports can tell differs.
PREPARED = 8
_local = threading.local()
_apart = threading.Event()


@lru_cache(maxsize=64)
def compiled(told: Told, home_market: str, gap_minutes: int, first_events: int | None) -> str:
    """Return the SQL that makes session rows of a table called ``events``."""
    asked = (sorted(told.columns), sorted(map(str, told.event_types)), home_market, gap_minutes, first_events)
    compiling = compiled_apart if _apart.is_set() else compiled_here
    return kept(asked, lambda: compiling(told, home_market, gap_minutes, first_events))


def compile_apart() -> None:
    """Have this process, which lives long, leave it to others to compile queries."""
    _apart.set()


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

    Works within ``settings.duckdb_memory_limit``; what doesn't fit goes into a folder beside ``out``
    that is gone afterwards.
    """
    settings = shop_settings(settings)
    work = out.with_name(f".{out.name}.work")
    with _sorted_rows(events, work, told, settings, progress, first_events) as made:
        unfinished = made.folder / "sessions.parquet"
        n_sessions = copied_to(made.connection, made.query, unfinished, made.progress)
        unfinished.replace(out)
    progress(1.0, "Made session rows")
    return n_sessions


@contextmanager
def session_batches(
    events: Path,
    work: Path,
    *,
    told: Told,
    settings: Settings | None = None,
    progress: Progress = silent,
    batch_rows: int = ROWS_PER_GROUP,
) -> Iterator[Iterator[pa.RecordBatch]]:
    """Yield what ``build_sessions`` would write, batch by batch, without writing it.

    Parameters
    ----------
    work
        A folder for what doesn't fit into memory: made for it, emptied if it is there, gone afterwards.
    progress
        Told of the work before the first batch.
    """
    settings = shop_settings(settings)
    with _sorted_rows(events, work, told, settings, progress, None) as made:
        # They come once all are sorted, so nearly all work is done before there is a reader.
        reader = watched(
            made.connection,
            lambda: made.connection.sql(made.query).to_arrow_reader(batch_rows),
            made.progress,
        )
        yield (batch.cast(SESSION_SCHEMA) for batch in reader)


class _Sorted(NamedTuple):
    """A query for sorted session rows, the folder it works in, and whom to tell of the work left."""

    connection: duckdb.DuckDBPyConnection
    query: str
    folder: Path
    progress: Progress


@contextmanager
def _sorted_rows(
    events: Path, work: Path, told: Told, settings: Settings, progress: Progress, first_events: int | None
) -> Iterator[_Sorted]:
    """Yield the query for the session rows of a file; what it needs on the way is gone afterwards."""
    from core.features.parts import in_parts, parts_needed
    from core.ingest.base.database import database

    sql = compiled(told, settings.home_market, settings.session_gap_minutes, first_events)
    with _emptied(work) as folder, database(settings, folder) as connection:
        rows, left = f"({sql})", progress
        connection.read_parquet(str(events)).create_view("events")
        parts = parts_needed(connection, settings)
        if parts > 1:
            rows = in_parts(connection, sql, told, parts, folder, part(progress, 0.0, 0.9))
            left = part(progress, 0.9, 1.0)
        yield _Sorted(connection, f"select * from {rows} order by started_at, session_id", folder, left)


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """Make a folder for a while; a process that was killed may have left it full."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rows_of(
    events: pa.Table,
    *,
    told: Told | None = None,
    settings: Settings | None = None,
    first_events: int | None = None,
) -> pa.Table:
    """Return the session rows of a small event table, sorted by start."""
    settings = shop_settings(settings)
    sql = compiled(
        told or Told.everything(), settings.home_market, settings.session_gap_minutes, first_events
    )
    prepared = _prepared(f"{sql} order by started_at, session_id")
    fill(prepared, "events", events.select(EVENT_SCHEMA.names).cast(EVENT_SCHEMA))
    return prepared.sql("EXECUTE session_rows").to_arrow_table().cast(SESSION_SCHEMA)


def _prepared(sql: str) -> duckdb.DuckDBPyConnection:
    """Return this thread's connection with a query prepared, over a table called ``events``."""
    kept: dict[str, duckdb.DuckDBPyConnection] = _local.__dict__.setdefault("prepared", {})
    if sql not in kept:
        while len(kept) >= PREPARED:
            kept.pop(next(iter(kept))).close()
        connection = small_database()
        connection.from_arrow(EVENT_SCHEMA.empty_table()).create("events")
        connection.execute(f"PREPARE session_rows AS {sql}")
        kept[sql] = connection
    return kept[sql]
