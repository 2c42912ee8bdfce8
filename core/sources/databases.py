"""Databases as sources by query: what it gives is streamed to Parquet, in a transaction that can only read.

Names and URLs are settings (``PREDICTOR_DATABASES``). A URL holds a password: it is never shown nor logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError, StatementError

from core.base.errors import ScheduleError, SettingsError
from core.base.settings import Settings
from core.sources.arrow_databases import answers_in_arrow, arrow_batches
from core.sources.base import patiently
from core.sources.query_errors import lost, no_address, not_run, refused
from core.sources.tables import table_of, together

#: Rows that are in memory at a time.
BATCH_ROWS = 20_000
#: A connection that drops is tried again after these seconds.
PAUSES = (1.0, 5.0, 15.0)
CONNECT_SECONDS = 10
PARAMETERS = ("since", "until", "day")
#: How each kind of database is told that nothing will be written; others rest on the account's rights.
READ_ONLY = {
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_STRINGS = re.compile(r"'(?:[^']|'')*'")
_USED = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)(?!:)")


def check_sql(sql: str) -> None:
    """Refuse what is no single question.

    Raises
    ------
    ScheduleError
        If it isn't one statement that begins with SELECT or WITH, or has an unknown parameter.
    """
    bare = _STRINGS.sub("''", _COMMENTS.sub(" ", sql)).strip().rstrip(";").strip()
    if not bare:
        raise refused("The query is empty.", "Write a SELECT with the columns of an export.")
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE) or ";" in bare:
        raise refused(
            "The query isn't a single SELECT.", "Write one statement that begins with SELECT or WITH."
        )
    unknown = sorted(set(_USED.findall(bare)) - set(PARAMETERS))
    if unknown:
        raise refused(f"“:{unknown[0]}” isn't known.", "Use :since, :until and :day.")


def query_to_parquet(
    database: str, sql: str, out: Path, *, since: datetime, until: datetime, day: date, settings: Settings
) -> int:
    """Write what a query gives for a day into a Parquet file; return how many rows it has.

    Raises
    ------
    ScheduleError
        If the query can't be run, or gives no row.
    SettingsError
        If the database isn't named in the settings, or its driver isn't installed.
    SourceError
        If the database can't be reached, or the connection dropped again and again.
    """
    check_sql(sql)
    url = settings.databases.get(database)
    if url is None:
        raise SettingsError(
            f"“{database}” isn't a database.", where="PREDICTOR_DATABASES", remedy="Name it there."
        )
    asked = {"since": since, "until": until, "day": day}
    used = {name: asked[name] for name in PARAMETERS if name in _USED.findall(_STRINGS.sub("''", sql))}
    ask = arrow_batches if answers_in_arrow(url) else _batches
    rows = patiently(lambda: _written(ask(url, sql.strip().rstrip(";"), used, database), out), PAUSES)
    if not rows:
        raise ScheduleError(
            "The query gave no rows.",
            where=f"{database}, {day}",
            remedy="Check the query, or run it again later.",
        )
    return rows


def _written(batches: Iterator[pa.Table], out: Path) -> int:
    """Write batches to one file; each is typed by itself first, for a last row may widen a column."""
    parts: list[Path] = []
    rows = 0
    try:
        for batch in batches:
            part = out.with_name(f"{out.name}.{len(parts):05d}")
            parts.append(part)
            pq.write_table(batch, part)
            rows += batch.num_rows
        if rows:
            schema = together([pq.read_schema(part) for part in parts])
            with pq.ParquetWriter(out, schema) as writer:
                for part in parts:
                    for batch in pq.ParquetFile(part).iter_batches(BATCH_ROWS):
                        writer.write_table(pa.Table.from_batches([batch]).cast(schema))
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return rows


def _batches(url: str, sql: str, used: Mapping[str, Any], database: str) -> Iterator[pa.Table]:
    engine = _engine(url, database)
    try:
        with engine.connect() as connection:
            yield from _answers(connection, sql, used)
    except DBAPIError as error:
        raise _failed(error, database) from None
    except StatementError as error:
        raise not_run(str(error.orig), database) from None
    finally:
        engine.dispose()


def _answers(connection: Connection, sql: str, used: Mapping[str, Any]) -> Iterator[pa.Table]:
    kind = connection.dialect.name
    if kind == "postgresql":
        # Times without a zone are compared as UTC.
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    elif kind in READ_ONLY:
        connection.exec_driver_sql(READ_ONLY[kind])
    values = {name: _as_text(value) for name, value in used.items()} if kind == "sqlite" else dict(used)
    streamed = connection.execution_options(stream_results=True, yield_per=BATCH_ROWS)
    with closing(streamed.execute(text(sql), values)) as answer:
        names = list(answer.keys())
        for rows in answer.partitions(BATCH_ROWS):
            yield table_of(names, rows)


def _engine(url: str, database: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        options = {"connect_timeout": CONNECT_SECONDS} if parsed.get_backend_name() == "postgresql" else {}
        engine = create_engine(parsed, connect_args=options, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise no_address(database, type(error).__name__) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _only_read)
    return engine


def _only_read(connection: Any, _record: Any) -> None:  # noqa: ANN401 - whatever the driver connects by
    connection.execute("PRAGMA query_only = ON")


def _as_text(value: Any) -> Any:  # noqa: ANN401
    """Write a moment as SQLite's own functions do: in UTC, without a zone."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat()


def _failed(error: DBAPIError, database: str) -> Exception:
    kind = type(error.orig).__name__
    if error.connection_invalidated or (isinstance(error, SQLAlchemyError) and _is_gone(error)):
        return lost(database, kind)
    return not_run(str(error.orig).strip() or kind, database)


def _is_gone(error: DBAPIError) -> bool:
    """Tell whether a driver says that there is no connection: of PostgreSQL, by the class of its code."""
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return str(code)[:2] in ("08", "57", "53")
    # A driver's own error without a code of the server: it never got there, or was cut off.
    kind = type(error.orig)
    return kind.__name__ in ("OperationalError", "InterfaceError") and kind.__module__ != "sqlite3"
