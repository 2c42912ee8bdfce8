"""DuckDB for a few rows at a time: the same queries again and again, each planned once.

Of a few rows, a query of ten thousand characters takes ten times as long to plan as to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def small_database() -> duckdb.DuckDBPyConnection:
    """Return a connection to a database in memory that keeps the plans of what it prepares.

    Make all tables first: every statement that makes or drops one has all plans made anew.
    """
    # Here: whoever only names this module does without it.
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB 2.0 plans anew at every execution what its optimiser has changed.
    connection.execute("PRAGMA disable_optimizer")
    return connection


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Put rows into a table instead of those that are there."""
    connection.execute(f"TRUNCATE {table}")
    connection.from_arrow(rows).insert_into(table)
