"""DuckDB databases in memory: for a moment, and for a few rows at a time.

To open one takes DuckDB as long as a dozen queries on a small file: it makes two thousand functions first.
So an engine is opened once, and lent again and again. Of a few rows, a query of ten thousand characters takes
ten times as long to plan as to run: those that come again are planned once, or at least parsed once.
"""

from __future__ import annotations

import atexit
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from core.base.libraries.memory import RELEASING, when_releasing

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Setting = str | int | bool
Kind = tuple[tuple[str, Setting], ...]


class _Engine(NamedTuple):
    """An engine, and what its settings read as when it was new."""

    connection: duckdb.DuckDBPyConnection
    settings: tuple[object, ...]


#: DuckDB 2.0 gives every engine eight more threads to read files with: 4 MB, and 20 MB after a question. Of
#: files the system has in memory, whoever asks reads them with a tenth less processor time itself.
FEW_THREADS: dict[str, Setting] = {"async_threads": 0}
#: Engines nobody uses just now, by their settings, each with when it was given back (monotonic seconds). What
#: many use at once isn't kept.
_idle: dict[Kind, list[tuple[_Engine, float]]] = defaultdict(list)
KEPT = 2
#: How many kinds of settings are kept: each engine has threads of its own.
KINDS = 4
#: Queries that came before, as DuckDB has parsed them; of more than so many, none is kept.
_parsed: dict[str, duckdb.Statement] = {}
PARSED = 512
#: Where DuckDB spills to unless told otherwise; RESET leaves it without any place, and fails what is large.
TEMPORARY = ".tmp"


@contextmanager
def scratch_database(
    spill: str | os.PathLike[str] | None = None, **settings: Setting
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to an empty database in memory, which is gone when the block ends.

    Nobody else uses its engine meanwhile: memory and threads are all its own. What is set inside the block
    holds until it ends, if it is of the connection or one of ``settings``.

    Parameters
    ----------
    spill
        The folder what doesn't fit into memory is written to.
    settings
        DuckDB's own, as for ``duckdb.connect``.
    """
    kind = tuple(sorted(settings.items()))
    engine, connection = _lent(kind, spill)
    try:
        with connection:
            yield connection
    finally:
        _given_back(engine, kind)


def _lent(kind: Kind, spill: str | os.PathLike[str] | None) -> tuple[_Engine, duckdb.DuckDBPyConnection]:
    """Return an engine, and a connection to an empty database in it."""
    # Here: whoever only names this module does without it.
    import duckdb

    while True:
        try:
            engine, is_new = _idle[kind].pop()[0], False
        except IndexError:
            opened = duckdb.connect(config=dict(kind) or FEW_THREADS)
            engine, is_new = _Engine(opened, _settings(opened, kind)), True
        try:
            connection = engine.connection.cursor()
            # To set a limit of memory, even the same, gives back all memory that is free to the system.
            if not is_new and _settings(connection, kind) != engine.settings:
                for name, value in kind:
                    connection.execute(f"SET GLOBAL {name} = ?", [value])
            connection.execute("SET GLOBAL temp_directory = ?", [str(spill or TEMPORARY)])
            # It was switched off to forget the files of whoever had the engine before.
            again(connection, "RESET GLOBAL enable_external_file_cache")
            again(connection, "ATTACH ':memory:' AS scratch")
            again(connection, "USE scratch")
        except duckdb.Error:
            # One that has spilled stays with its folder; one that has failed for good does nothing any more.
            engine.connection.close()
            if is_new:
                raise
        else:
            return engine, connection


def _settings(connection: duckdb.DuckDBPyConnection, kind: Kind) -> tuple[object, ...]:
    if not kind:
        return ()
    names = ", ".join(f"current_setting('{name}')" for name, _ in kind)
    return tuple(again(connection, f"SELECT {names}").fetchall()[0])


def _given_back(engine: _Engine, kind: Kind) -> None:
    """Keep an engine for the next, emptied; close one that has spilled, whose folder goes with it."""
    import duckdb

    try:
        engine.connection.execute(
            "DETACH scratch; SET GLOBAL temp_directory = ''; SET GLOBAL enable_external_file_cache = false"
        )
    except duckdb.Error:
        engine.connection.close()
        return
    # Kinds of which none is left count no more: else those asked for first would hold every place for good.
    kinds = sum(map(bool, list(_idle.values())))
    if len(_idle[kind]) < KEPT and (_idle[kind] or kinds < KINDS):
        _idle[kind].append((engine, time.monotonic()))
    else:
        engine.connection.close()


def close_idle(seconds: float = 0.0) -> None:
    """Close the engines nobody has used for so long: each holds 20 MB."""
    before = time.monotonic() - seconds
    for engines in list(_idle.values()):
        for idle in list(engines):
            engine, since = idle
            if since <= before:
                # Somebody may just have taken it.
                with suppress(ValueError):
                    engines.remove(idle)
                    engine.connection.close()


atexit.register(close_idle)
when_releasing.append(lambda: close_idle(RELEASING))
when_releasing.append(_parsed.clear)
if hasattr(os, "register_at_fork"):
    # No thread survives a fork, nor do those of an engine.
    os.register_at_fork(before=close_idle)


def again(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] | None = None
) -> duckdb.DuckDBPyConnection:
    """Run a query that comes again and again, in any database: to parse one takes DuckDB 2.0 long.

    What differs from one time to the next, such as the path of a file, is to be among its ``values``.
    """
    statement = _parsed.get(query)
    if statement is None:
        (statement,) = connection.extract_statements(query)
        if len(_parsed) >= PARSED:
            _parsed.clear()
        _parsed[query] = statement
    return connection.execute(statement, values)


def small_database() -> duckdb.DuckDBPyConnection:
    """Return a connection to a database in memory that keeps the plans of what it prepares.

    Make all tables first: every statement that makes or drops one has all plans made anew.
    """
    # Here: whoever only names this module does without it.
    import duckdb

    connection = duckdb.connect(config={"threads": 1, **FEW_THREADS})
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB 2.0 plans anew at every execution what its optimiser has changed.
    connection.execute("PRAGMA disable_optimizer")
    return connection


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Put rows into a table instead of those that are there."""
    connection.execute(f"TRUNCATE {table}")
    connection.from_arrow(rows).insert_into(table)
