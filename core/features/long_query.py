"""Long queries, with somebody watching: how far they are is told, and they can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from core.base.memory_database import again
from core.base.progress import Progress

MESSAGE = "Making session rows"


def watched(connection: duckdb.DuckDBPyConnection, work: Callable[[], Any], progress: Progress) -> Any:  # noqa: ANN401
    """Do a connection's work, telling how far it is; an error in ``progress`` stops it."""
    from core.ingest.base import database

    return database.watched(connection, work, progress, MESSAGE)


def copied_to(connection: duckdb.DuckDBPyConnection, query: str, out: Path, progress: Progress) -> int:
    """Write what a query gives as Parquet; return the number of rows."""
    copy = f"copy ({query}) to $1 (format parquet, compression snappy)"
    made = watched(connection, lambda: again(connection, copy, [str(out)]).fetchall(), progress)
    return int(made[0][0])
