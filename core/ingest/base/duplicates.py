"""Which values occur more than once among very many: hashes sorted in memory, a share of them at a time.

A database groups such values in a table of hashes of its own, which costs five times the work and memory.
"""

from __future__ import annotations

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.ingest.base.database import one

#: Values sorted at once: 256 MB of them. Where there are more, each share takes a scan of its own.
MOST_AT_ONCE = 32_000_000
BATCH = 1 << 18


def find_doubles(
    connection: duckdb.DuckDBPyConnection, query: str, n_rows: int, *, table: str, most: int | None = None
) -> bool:
    """Make a temporary table of what a query's column ``h`` (UBIGINT) holds more than once.

    Parameters
    ----------
    n_rows
        How many rows the query has at most.
    table
        Name of the table, whose only column is ``h``.
    most
        How many values are sorted at once.

    Returns
    -------
    bool
        Whether there is any.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} (h UBIGINT)")
    n_shares = -(-n_rows // (most or MOST_AT_ONCE)) or 1
    for share in range(n_shares):
        where = f" WHERE h % {n_shares} = {share}" if n_shares > 1 else ""
        doubles = _doubles(connection, f"SELECT h FROM ({query}){where}", n_rows)
        if len(doubles):
            connection.register("doubles", {"h": doubles})
            connection.execute(f"INSERT INTO {table} SELECT h FROM doubles")
            connection.unregister("doubles")
    return one(connection, f"SELECT count(*) FROM {table}") != (0,)


def _doubles(connection: duckdb.DuckDBPyConnection, query: str, most: int) -> NDArray[np.uint64]:
    """Return each value of a query's only column that occurs more than once; ``most`` is its most rows."""
    values = np.empty(most, np.uint64)  # pages that are not written to take no memory
    n = 0
    for batch in connection.sql(query).to_arrow_reader(BATCH):
        values[n : n + batch.num_rows] = batch.column(0).to_numpy()
        n += batch.num_rows
    values = values[:n]
    values.sort()
    return np.unique(values[1:][values[1:] == values[:-1]])
