"""The DuckDB connection files are read with: limited memory, a folder to spill to, times in UTC."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import duckdb

from core.base.cancellation import interruptible
from core.base.progress import Progress
from core.base.settings import Settings

POLL_SECONDS = 0.5


@contextmanager
def database(settings: Settings, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory database that spills into ``spill``, or below the folder that is set for that."""
    if settings.spill_dir is not None:
        settings.spill_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="spill-", dir=settings.spill_dir) as folder:
            yield from _opened(settings, Path(folder))
        return
    yield from _opened(settings, spill)


def _opened(settings: Settings, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(
        config={
            "threads": settings.threads,
            "memory_limit": settings.duckdb_memory_limit,
            "temp_directory": str(spill),
            # The order of rows has no meaning; keeping it costs a third more time and memory.
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        with interruptible(connection):
            yield connection
    finally:
        connection.close()


def run(connection: duckdb.DuckDBPyConnection, query: str, progress: Progress, message: str) -> None:
    """Run a long query, telling how far it is.

    The query runs in a thread and ``progress`` in the caller's: it may write to a database that is
    bound to that thread.
    """
    progress(0.0, message)
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(connection.execute, query)
        try:
            while not wait([running], timeout=POLL_SECONDS).done:
                # DuckDB tells percent, and less than none before it knows.
                progress(min(max(connection.query_progress() / 100, 0.0), 1.0), message)
        except BaseException:
            connection.interrupt()
            raise
        running.result()


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    """Return the only row of a query."""
    return tuple(connection.execute(query).fetchall()[0])
