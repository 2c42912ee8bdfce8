"""One file of scored sessions, asked in SQL: the place where pages' questions meet DuckDB.

Every question is put to a view ``sessions`` that has every known column, null where the file lacks it.
Values are always bound; what stands in SQL comes from the schemas and from the file's own columns.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import NotFoundError
from core.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA
from core.settings import get_settings

#: Every column a question may name, with its type.
KNOWN: dict[str, pa.DataType] = {field.name: field.type for field in (*SESSION_SCHEMA, *PREDICTION_SCHEMA)}

_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float64(): "DOUBLE",
    pa.float32(): "FLOAT",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us"): "TIMESTAMP",
}

#: What follows from a threshold, by the probability that was predicted.
_DECIDED = """
    purchase_probability >= CAST(? AS DOUBLE) AS predicted_purchase,
    CASE WHEN purchase_probability >= CAST(? AS DOUBLE) THEN revenue_if_purchase
         WHEN revenue_if_purchase IS NOT NULL THEN 0 END AS predicted_revenue
"""


def stamp_of(path: Path) -> int:
    """Return when a file was last written, in nanoseconds: part of every cache's key.

    Raises
    ------
    NotFoundError
        If the file is gone.
    """
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        raise NotFoundError(
            "These sessions are not there any more.", remedy="Score the export again, or choose another one."
        ) from None


def ask(
    path: str, stamp: int, sql: str, params: Sequence[object] = (), *, threshold: float | None = None
) -> list[dict[str, Any]]:
    """Return the rows a query gives on ``sessions``, each as a dict."""
    view, bound = source(path, stamp, threshold)
    with connect() as connection:
        answer = connection.execute(f"WITH sessions AS ({view}) {sql}", [*bound, *params])
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def ask_one(
    path: str, stamp: int, sql: str, params: Sequence[object] = (), *, threshold: float | None = None
) -> dict[str, Any]:
    """Return the only row a query gives."""
    return ask(path, stamp, sql, params, threshold=threshold)[0]


def source(path: str, stamp: int, threshold: float | None = None) -> tuple[str, list[object]]:
    """Return the query of the view and its parameters.

    With a threshold, whoever is as likely to buy as that is a predicted buyer, and no one else;
    without one, the predictions are as they were written.
    """
    missing = [
        f"CAST(NULL AS {_TYPES[kind]}) AS {name}"
        for name, kind in KNOWN.items()
        if name not in columns(path, stamp)
    ]
    view = f"SELECT {', '.join(['*', *missing])} FROM read_parquet(?)"
    if threshold is None:
        return view, [path]
    return f"SELECT * REPLACE ({_DECIDED}) FROM ({view})", [threshold, threshold, path]


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection of this process's database; to be closed after use."""
    return _database(os.getpid()).cursor()


@lru_cache(maxsize=1)
def _database(process: int) -> duckdb.DuckDBPyConnection:
    settings = get_settings()
    connection = duckdb.connect()
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL memory_limit = ?", [settings.duckdb_memory_limit])
    connection.execute("SET GLOBAL threads = ?", [settings.threads])
    return connection


@lru_cache(maxsize=64)
def columns(path: str, stamp: int) -> tuple[str, ...]:
    """Return the file's own columns, in order."""
    return tuple(pq.read_schema(path).names)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColumn:
    """A column only this export has: ``key`` stands for its name where that could mean something else."""

    key: str
    name: str
    kind: Literal["text", "number", "flag"]

    @property
    def sql(self) -> str:
        """The column, under its key."""
        name = self.name.replace('"', '""')
        return (
            f'CAST("{name}" AS VARCHAR) AS {self.key}' if self.kind == "text" else f'"{name}" AS {self.key}'
        )


@lru_cache(maxsize=64)
def own(path: str, stamp: int) -> tuple[OwnColumn, ...]:
    """Return the columns we have no name for, in order."""
    fields = [field for field in pq.read_schema(path) if field.name not in KNOWN]
    return tuple(
        OwnColumn(key=f"own_{place}", name=field.name, kind=_kind(field.type))
        for place, field in enumerate(fields)
    )


def _kind(dtype: pa.DataType) -> Literal["text", "number", "flag"]:
    if pa.types.is_boolean(dtype):
        return "flag"
    return "number" if pa.types.is_integer(dtype) or pa.types.is_floating(dtype) else "text"


@lru_cache(maxsize=64)
def told(path: str, stamp: int) -> frozenset[str]:
    """Return the columns that are known in at least one session."""
    own = [name for name in columns(path, stamp) if name in KNOWN]
    if not own:
        return frozenset()
    counts = ask_one(
        path, stamp, f"SELECT {', '.join(f'count({name}) AS {name}' for name in own)} FROM sessions"
    )
    return frozenset(name for name, count in counts.items() if count)
