"""Scored sessions asked in SQL: the place where pages' questions meet DuckDB.

Every question is put to a view ``sessions`` that has every known column, null where the file lacks it.
Values are always bound; what stands in SQL comes from the schemas and from the file's own columns.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.base.memory_database import FEW_THREADS
from core.base.project import same_project
from core.base.settings import get_settings
from core.results.cache import whole_of
from core.results.footer import KNOWN, columns, facts
from core.results.reason_filter import COLUMN, reasons_file
from core.results.scored_sessions import ScoredSessions
from core.schema.contact_ids import contact_id

T = TypeVar("T")
Rows = npt.NDArray[np.int32]

#: What SQL calls ``core.schema.contact_ids.contact_id``.
CONTACT_ID = "contact_id"

#: The condition that a session is in one of the rows that are asked about.
AMONG_ROWS = "file_row_number IN (SELECT row FROM asked_rows)"

#: Downloads at once in one process that have memory of their own.
DOWNLOADS = 4

#: What is known of money in an export; without any of it a predicted revenue is in no currency at all.
AMOUNTS = frozenset({"price_mean", "price_max", "cart_value", "revenue"})
#: What is predicted of money.
REVENUE = frozenset(
    {"revenue_if_purchase", "revenue_low", "revenue_high", "predicted_revenue", "expected_revenue"}
)

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


def ask(
    sessions: ScoredSessions, sql: str, params: Sequence[object] = (), rows: Rows | None = None
) -> list[dict[str, Any]]:
    """Return the rows a query gives on ``sessions``, each as a dict.

    ``rows`` are the rows of the file that ``AMONG_ROWS`` means.
    """
    with _answered(sessions, sql, params, rows) as answer:
        return _rows(answer)


def arrays(
    sessions: ScoredSessions, sql: str, params: Sequence[object] = (), rows: Rows | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns a query gives on ``sessions``; masked where a value is not known.

    ``rows`` are as for ``ask``.
    """
    with _answered(sessions, sql, params, rows) as answer:
        return dict(answer.fetchnumpy())


def in_halves(
    sessions: ScoredSessions, value: str, where: str = "true", params: Sequence[object] = ()
) -> npt.NDArray[Any]:
    """Return a value of those sessions that meet a condition, in the order of the file, shape (n,).

    Both halves of the file are asked at once. It is masked where any of the values is not known.
    """
    middle = facts(sessions).n // 2
    parts = [
        f"SELECT {value} AS value FROM sessions WHERE ({where}) AND file_row_number {half} {middle}"
        for half in ("<", ">=")
    ]
    halves = at_once([partial(_values, sessions, part, params) for part in parts])
    joined = np.ma.concatenate if any(np.ma.isMaskedArray(half) for half in halves) else np.concatenate
    return np.asanyarray(joined(halves))


def _values(sessions: ScoredSessions, sql: str, params: Sequence[object]) -> npt.NDArray[Any]:
    return arrays(sessions, sql, params)["value"]


def ask_one(sessions: ScoredSessions, sql: str, params: Sequence[object] = ()) -> dict[str, Any]:
    """Return the only row a query gives."""
    return ask(sessions, sql, params)[0]


def read(sessions: ScoredSessions) -> pa.Table:
    """Return a whole file as it is, for ``ask_rows``."""
    sql = "SELECT *, file_row_number FROM read_parquet(?)"
    with _turns(os.getpid()), connect(alone=True) as connection:
        table: pa.Table = connection.sql(sql, params=[str(sessions.path)]).to_arrow_table()
    return table.combine_chunks()


def ask_rows(sessions: ScoredSessions, few: pa.Table, sql: str) -> list[dict[str, Any]]:
    """Return what a query gives on a few of the sessions, rows of what ``read`` gives."""
    view, bound = _decided(sessions, "few")
    with connect(alone=True) as connection:
        connection.register("few", few)
        return _rows(connection.execute(f"WITH sessions AS ({view}) {sql}", bound))


def view_sql(sessions: ScoredSessions, question: str = "") -> tuple[str, list[object]]:
    """Return the query of the view and its parameters.

    With a threshold, whoever is as likely to buy as that is a likely buyer, and no one else;
    without one, the predictions are as they were written. ``question`` is the SQL that will be put to it:
    the sessions' reasons are looked up only if that names them.

    Raises
    ------
    ExplainError
        If reasons are asked for and can't be had.
    """
    view, params = _decided(sessions)
    if COLUMN not in question:
        return view, params
    joined = f"SELECT s.*, r.{COLUMN} FROM ({view}) s LEFT JOIN read_parquet(?) r USING (session_id)"
    return joined, [*params, str(reasons_file(sessions.at(None)))]


def has_amounts(sessions: ScoredSessions) -> bool:
    """Tell whether an export knows any price or amount: where it doesn't, no revenue is shown of it.

    A model learned the prices of some shop; without one of this export's own, its revenue would be theirs.
    """
    footer = facts(whole_of(sessions))
    return not AMOUNTS.isdisjoint(footer.known) or not AMOUNTS.isdisjoint(footer.unsure)


def knows_payments(sessions: ScoredSessions) -> bool:
    """Tell whether what buyers paid is known of any of them.

    Whoever didn't buy paid nothing. Where that is all an export knows, revenue isn't 0, but unknown.
    """
    return _knows_payments(whole_of(sessions).at(None))


@lru_cache(maxsize=64)
def _knows_payments(sessions: ScoredSessions) -> bool:
    if not {"purchased", "revenue"} <= {*columns(sessions)}:
        return True
    sql = "SELECT count(*) FILTER (purchased), count(revenue) FILTER (purchased) FROM read_parquet(?)"
    with _turns(os.getpid()), connect(alone=True) as connection:
        buyers, paid = connection.execute(sql, [str(sessions.path)]).fetchone() or (0, 0)
    return not buyers or bool(paid)


def _rows(answer: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _decided(sessions: ScoredSessions, table: str | None = None) -> tuple[str, list[object]]:
    """Return the view of a file, or of a table with the same columns and ``file_row_number``."""
    there = columns(sessions)
    missing = [_null(name) for name in KNOWN if name not in there]
    unknown = set() if has_amounts(sessions) else set(REVENUE)
    unknown |= set() if knows_payments(sessions) else {"revenue"}
    untold = [_null(name) for name in sorted(unknown.intersection(there))]
    every = f"* REPLACE ({', '.join(untold)})" if untold else "*"
    if table is None:
        source, bound = "read_parquet(?)", [str(sessions.path)]
        missing.append("file_row_number")
    else:
        source, bound = table, []
    view, threshold = f"SELECT {', '.join([every, *missing])} FROM {source}", sessions.threshold
    if threshold is None:
        return view, [*bound]
    return f"SELECT * REPLACE ({_DECIDED}) FROM ({view})", [threshold, threshold, *bound]


def _null(name: str) -> str:
    return f"CAST(NULL AS {_TYPES[KNOWN[name]]}) AS {name}"


def known_columns(sessions: ScoredSessions) -> frozenset[str]:
    """Return the columns that are known in at least one session."""
    return _known_columns(sessions.at(None))


@lru_cache(maxsize=64)
def _known_columns(sessions: ScoredSessions) -> frozenset[str]:
    footer = facts(sessions)
    sure = frozenset(name for name in footer.known if name in KNOWN)
    if not has_amounts(sessions):
        sure -= REVENUE
    if not knows_payments(sessions):
        sure -= {"revenue"}
    unsure = [name for name in footer.unsure if name in KNOWN]
    if not unsure:
        return sure
    counts = ask_one(
        sessions, f"SELECT {', '.join(f'count({name}) AS {name}' for name in unsure)} FROM sessions"
    )
    return sure | {name for name, count in counts.items() if count}


def connect(*, alone: bool = False) -> duckdb.DuckDBPyConnection:
    """Return a connection, to be closed after use, with the whole machine for a job.

    ``alone`` it has one core, and the memory of pages: for a download among many people.
    """
    settings = get_settings()
    threads, memory = settings.threads, settings.duckdb_memory_limit
    asked = (os.getpid(), 1, settings.page_memory_limit) if alone else (os.getpid(), threads, memory)
    database, place = _database(*asked)
    if not place.exists():
        # The project that asked first was deleted, and with it the folder all of them spill to.
        _database.cache_clear()
        database, place = _database(*asked)
    return database.cursor()


@contextmanager
def download() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection for one download: with one core, and little memory, which is its own.

    Millions of rows are put in order on disk then, as fast as in memory, and pages keep theirs. Beyond
    ``DOWNLOADS`` at once they share what pages have: nobody waits for those whose line is slow.
    """
    places = _downloads(os.getpid())
    if not places.acquire(blocking=False):
        with connect(alone=True) as connection:
            yield connection
        return
    try:
        with duckdb.connect(config=FEW_THREADS) as connection:
            spill = f".spill-{os.getpid()}-download-{secrets.token_hex(4)}"
            _set_up(connection, 1, get_settings().download_memory_limit, spill)
            yield connection
    finally:
        places.release()


def at_once(questions: Sequence[Callable[[], T]]) -> list[T]:
    """Put questions side by side, a few at a time; return the answers.

    Everybody's questions take turns: who asks much doesn't keep the others waiting.
    """
    threads = min(get_settings().threads, len(questions))
    if threads <= 1:
        return [question() for question in questions]
    with ThreadPoolExecutor(threads, thread_name_prefix="asker", **same_project()) as askers:
        return list(askers.map(lambda question: question(), questions))


@contextmanager
def _answered(
    sessions: ScoredSessions, sql: str, params: Sequence[object], rows: Rows | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the answer to a query on ``sessions``.

    A page's question has one thread, and there are never more of them at work than cores: many people
    get their share, and sums are added up in the same order every time, to the same last digit.
    """
    view, bound = view_sql(sessions, sql)
    with _turns(os.getpid()), connect(alone=True) as connection:
        if rows is not None:
            connection.register("asked_rows", pa.table({"row": rows}))
        yield connection.execute(f"WITH sessions AS ({view}) {sql}", [*bound, *params])


@lru_cache(maxsize=1)
def _turns(process: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(get_settings().threads)


@lru_cache(maxsize=1)
def _downloads(process: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(DOWNLOADS)


@lru_cache(maxsize=2)
def _database(process: int, threads: int, memory: str) -> tuple[duckdb.DuckDBPyConnection, Path]:
    connection = duckdb.connect(config=FEW_THREADS)
    return connection, _set_up(connection, threads, memory, f".spill-{process}-{threads}")


def _set_up(connection: duckdb.DuckDBPyConnection, threads: int, memory: str, spill: str) -> Path:
    """Set up a database; return what its folder to spill to is in.

    That folder is its own: two would write over each other's files.
    """
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL memory_limit = ?", [memory])
    connection.execute("SET GLOBAL threads = ?", [threads])
    folder = get_settings().data_dir / "incoming" / spill
    # DuckDB makes the last folder of a path, not those above; without them it fails when it has to spill.
    with suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
    connection.execute("SET GLOBAL temp_directory = ?", [str(folder)])
    # Files stay the same and are asked often; their bytes are kept by the system, once for all processes.
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET GLOBAL enable_external_file_cache = false")
    connection.create_function(CONTACT_ID, contact_id, ["VARCHAR"] * 3, "VARCHAR")
    return folder.parent
