"""The DuckDB connection files are read with: limited memory, a folder to spill to, times in UTC."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from core.base.cancellation import interruptible
from core.base.memory_database import again, scratch_database
from core.base.progress import Progress
from core.base.settings import Settings

POLL_SECONDS = 0.5
T = TypeVar("T")


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
    with scratch_database(
        spill,
        threads=settings.threads,
        memory_limit=settings.duckdb_memory_limit,
        # The order of rows has no meaning; keeping it costs a third more time and memory.
        preserve_insertion_order=False,
        autoinstall_known_extensions=False,
    ) as connection:
        again(connection, "SET TimeZone = 'UTC'")
        again(connection, "SET enable_progress_bar = true")
        again(connection, "SET enable_progress_bar_print = false")
        with interruptible(connection):
            yield connection


def run(connection: duckdb.DuckDBPyConnection, query: str, progress: Progress, message: str) -> None:
    """Run a long query, telling how far it is."""
    watched(connection, lambda: connection.execute(query), progress, message)


def watched(
    connection: duckdb.DuckDBPyConnection, work: Callable[[], T], progress: Progress, message: str
) -> T:
    """Do a connection's work, telling how far it is; an error in ``progress`` stops it.

    The work is done in a thread and ``progress`` told in the caller's: it may write to a database that is
    bound to that thread.
    """
    progress(0.0, message)
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(work)
        try:
            while not wait([running], timeout=POLL_SECONDS).done:
                # DuckDB tells percent, and less than none before it knows.
                progress(min(max(connection.query_progress() / 100, 0.0), 1.0), message)
        except BaseException:
            connection.interrupt()
            raise
        return running.result()


def one(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] | None = None
) -> tuple[object, ...]:
    """Return the only row of a query."""
    return tuple(again(connection, query, values).fetchall()[0])
