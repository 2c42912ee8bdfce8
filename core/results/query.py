"""One file of scored sessions, asked in SQL: the place where pages' questions meet DuckDB.

Every question is put to a view ``sessions`` that has every known column, null where the file lacks it.
Values are always bound; what stands in SQL comes from the schemas and from the file's own columns.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import duckdb
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import NotFoundError
from core.base.settings import get_settings
from core.results.reason_filter import COLUMN
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA

T = TypeVar("T")

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
    with _asked(path, stamp, sql, params, threshold) as answer:
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def arrays(
    path: str, stamp: int, sql: str, params: Sequence[object] = (), *, threshold: float | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns a query gives on ``sessions``; masked where a value is not known."""
    with _asked(path, stamp, sql, params, threshold) as answer:
        return dict(answer.fetchnumpy())


def ask_one(
    path: str, stamp: int, sql: str, params: Sequence[object] = (), *, threshold: float | None = None
) -> dict[str, Any]:
    """Return the only row a query gives."""
    return ask(path, stamp, sql, params, threshold=threshold)[0]


def source(
    path: str, stamp: int, threshold: float | None = None, asked: str = ""
) -> tuple[str, list[object]]:
    """Return the query of the view and its parameters.

    With a threshold, whoever is as likely to buy as that is a predicted buyer, and no one else;
    without one, the predictions are as they were written. ``asked`` is the SQL that will be put to it:
    the sessions' reasons are found only if that names them.

    Raises
    ------
    ExplainError
        If reasons are asked for and can't be had.
    """
    view, params = _decided(path, stamp, threshold)
    if COLUMN not in asked:
        return view, params
    # Here, not above: models are needed for this alone.
    from core.explain.reason_index import reasons_file

    told = reasons_file(path, stamp)
    joined = f"SELECT s.*, r.{COLUMN} FROM ({view}) s LEFT JOIN read_parquet(?) r USING (session_id)"
    return joined, [*params, str(told)]


def _decided(path: str, stamp: int, threshold: float | None) -> tuple[str, list[object]]:
    missing = [
        f"CAST(NULL AS {_TYPES[kind]}) AS {name}"
        for name, kind in KNOWN.items()
        if name not in columns(path, stamp)
    ]
    view = f"SELECT {', '.join(['*', *missing, 'file_row_number'])} FROM read_parquet(?)"
    if threshold is None:
        return view, [path]
    return f"SELECT * REPLACE ({_DECIDED}) FROM ({view})", [threshold, threshold, path]


def connect(*, alone: bool = False) -> duckdb.DuckDBPyConnection:
    """Return a connection, to be closed after use, with the whole machine for a job.

    ``alone`` it has one core, and the memory of pages: for a download among many people.
    """
    settings = get_settings()
    if alone:
        return _database(os.getpid(), 1, settings.page_memory_limit).cursor()
    return _database(os.getpid(), settings.threads, settings.duckdb_memory_limit).cursor()


def at_once(questions: Sequence[Callable[[], T]]) -> list[T]:
    """Put questions side by side, a few at a time; return the answers.

    Everybody's questions take turns: who asks much doesn't keep the others waiting.
    """
    threads = min(get_settings().threads, len(questions))
    if threads <= 1:
        return [question() for question in questions]
    with ThreadPoolExecutor(threads, thread_name_prefix="asker") as askers:
        return list(askers.map(lambda question: question(), questions))


@contextmanager
def _asked(
    path: str, stamp: int, sql: str, params: Sequence[object], threshold: float | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the answer to a query on ``sessions``.

    A page's question has one thread, and there are never more of them at work than cores: many people
    get their share, and sums are added up in the same order every time, to the same last digit.
    """
    view, bound = source(path, stamp, threshold, sql)
    with _turns(os.getpid()), connect(alone=True) as connection:
        yield connection.execute(f"WITH sessions AS ({view}) {sql}", [*bound, *params])


@lru_cache(maxsize=1)
def _turns(process: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(get_settings().threads)


@lru_cache(maxsize=2)
def _database(process: int, threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL memory_limit = ?", [memory])
    connection.execute("SET GLOBAL threads = ?", [threads])
    # One folder a database: two of them would write over each other's files.
    spill = get_settings().data_dir / "incoming" / f".spill-{process}-{threads}"
    connection.execute("SET GLOBAL temp_directory = ?", [str(spill)])
    # Files stay the same and are asked often; their bytes are kept by the system, once for all processes.
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET GLOBAL enable_external_file_cache = false")
    return connection


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file's own footer says: its columns in order, how many sessions, which columns are known.

    ``unsure`` are columns of which the footer doesn't say whether they are known.
    """

    columns: tuple[str, ...]
    n: int
    told: frozenset[str]
    unsure: tuple[str, ...]


@lru_cache(maxsize=64)
def facts(path: str, stamp: int) -> Facts:
    """Return what a file's footer says."""
    with pq.ParquetFile(path) as file:
        metadata, names = file.metadata, tuple(file.schema_arrow.names)
    n, told, unsure = metadata.num_rows, set(), []
    places = {metadata.schema.column(place).path: place for place in range(metadata.num_columns)}
    for name in names:
        nulls = _nulls(metadata, places.get(name))
        if nulls is None:
            unsure.append(name)
        elif nulls < n:
            told.add(name)
    return Facts(names, n, frozenset(told), tuple(unsure))


def _nulls(metadata: pq.FileMetaData, place: int | None) -> int | None:
    """Return in how many rows a column is null, where the file says so."""
    if place is None:
        return None
    found = 0
    for number in range(metadata.num_row_groups):
        statistics = metadata.row_group(number).column(place).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        found += statistics.null_count
    return found


def columns(path: str, stamp: int) -> tuple[str, ...]:
    """Return the file's own columns, in order."""
    return facts(path, stamp).columns


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
    found = facts(path, stamp)
    sure = frozenset(name for name in found.told if name in KNOWN)
    unsure = [name for name in found.unsure if name in KNOWN]
    if not unsure:
        return sure
    counts = ask_one(
        path, stamp, f"SELECT {', '.join(f'count({name}) AS {name}' for name in unsure)} FROM sessions"
    )
    return sure | {name for name, count in counts.items() if count}


@lru_cache(maxsize=64)
def arrow_schema(path: str, stamp: int) -> pa.Schema:
    """Return the file's own columns with their types."""
    return pq.read_schema(path)
