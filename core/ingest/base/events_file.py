"""Canonical events as Parquet."""

from __future__ import annotations

from pathlib import Path

import duckdb

from core.base.progress import Progress
from core.base.sql import literal
from core.ingest.base.database import run

#: Rows of a group of which more texts differ than this stand in the file as they are.
_MOST_WORDS = 5_000
#: Where rows of a session stand together, its id is written once in a group of rows: a tenth dearer to write,
#: it is grouped by in half the time. Elsewhere to try takes as long, for nothing.
_MOST_IDS = 25_000


def write_events(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    out: Path,
    progress: Progress,
    message: str,
    *,
    stand_together: bool = False,
) -> None:
    """Write the canonical events a query gives, telling how far it is.

    Parameters
    ----------
    stand_together
        Whether rows of a session do.

    Raises
    ------
    duckdb.Error
        If the query fails.
    """
    words = _MOST_IDS if stand_together else _MOST_WORDS
    form = f"FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT {words}"
    run(connection, f"COPY ({query}) TO {literal(out)} ({form})", progress, message)
