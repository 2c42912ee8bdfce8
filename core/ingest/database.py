"""The DuckDB connection files are read with: limited memory, spilling beside the result, times in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from core.settings import Settings


@contextmanager
def database(settings: Settings, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory database that spills into ``spill``."""
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
        yield connection
    finally:
        connection.close()


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    """Return the only row of a query."""
    return tuple(connection.execute(query).fetchall()[0])
