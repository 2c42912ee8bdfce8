"""Databases that answer in Arrow, batch by batch: by an ADBC driver, and DuckDB's files.

``adbc+NAME:ADDRESS`` is opened by the driver ``adbc_driver_NAME`` (``pip install adbc-driver-NAME``), with
``NAME:ADDRESS`` where the address begins with ``//``, else with the address alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from core.sources.query_errors import lost, no_address, not_run
from core.sources.tables import plain

ADBC, DUCKDB = "adbc+", "duckdb:"
#: Rows of a batch, where that can be told.
BATCH_ROWS = 20_000
#: What is said to a connection before the query; others rest on the account's rights.
BEFORE = {
    # Times without a zone are compared as UTC.
    "postgresql": ("SET TRANSACTION READ ONLY", "SET LOCAL TIME ZONE 'UTC'"),
    "sqlite": ("PRAGMA query_only = ON",),
}
#: A query reads what is in the file, and no other file of the server; nor can it allow that to itself.
DUCKDB_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "memory_limit": "512MB",
    "threads": "2",
    "TimeZone": "UTC",
    "lock_configuration": "true",
}
_DRIVER = re.compile(r"adbc\+([a-z][a-z0-9_]*):(.+)", re.DOTALL)
_TOKENS = re.compile(
    r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|(?<![:\w]):([A-Za-z_]\w*)(?!:)", re.DOTALL
)


def answers_in_arrow(url: str) -> bool:
    """Whether a database's address is one for this module."""
    return url.startswith((ADBC, DUCKDB))


def arrow_batches(url: str, sql: str, used: Mapping[str, Any], database: str) -> Iterator[pa.Table]:
    """Yield what a query gives, in batches of plain columns.

    Raises
    ------
    ScheduleError
        If the query can't be run.
    SettingsError
        If the address is none, or its driver isn't installed.
    SourceError
        If the database can't be reached, or the connection dropped.
    """
    asked = _duckdb(url, sql, used, database) if url.startswith(DUCKDB) else _adbc(url, sql, used, database)
    for batch in asked:
        yield plain(pa.Table.from_batches([batch]))


def _duckdb(url: str, sql: str, used: Mapping[str, Any], database: str) -> Iterator[pa.RecordBatch]:
    import duckdb  # heavy

    try:
        connection = duckdb.connect(unquote(urlsplit(url).path), read_only=True, config=DUCKDB_SETTINGS)
    except duckdb.Error as error:
        # It isn't there, or somebody writes to it just now.
        raise lost(database, type(error).__name__) from None
    with closing(connection):
        try:
            yield from connection.sql(with_values(sql, used, "duckdb")).to_arrow_reader(BATCH_ROWS)
        except duckdb.Error as error:
            raise not_run(str(error), database) from None


def _adbc(url: str, sql: str, used: Mapping[str, Any], database: str) -> Iterator[pa.RecordBatch]:
    named = _DRIVER.fullmatch(url)
    if named is None:
        raise no_address(database, "no driver is named")
    name, rest = named.groups()
    try:
        driver = import_module(f"adbc_driver_{name}.dbapi")
    except ImportError as error:
        raise no_address(database, type(error).__name__) from None
    try:
        connection = driver.connect(f"{name}:{rest}" if rest.startswith("//") else rest)
    except driver.Error as error:
        raise lost(database, type(error).__name__) from None
    with closing(connection), closing(connection.cursor()) as cursor:
        try:
            for statement in BEFORE.get(name, ()):
                cursor.execute(statement)
            cursor.execute(with_values(sql, used, name))
            yield from cursor.fetch_record_batch()
        except (driver.Error, pa.ArrowException) as error:
            if _is_gone(error):
                raise lost(database, type(error).__name__) from None
            raise not_run(str(error), database) from None


def with_values(sql: str, used: Mapping[str, Any], kind: str) -> str:
    """Write the day's values into a query: drivers that take them apart read the whole answer at once.

    They are moments and dates made here, never what somebody has typed; texts and comments are left alone.
    """

    def written(found: re.Match[str]) -> str:
        name = found.group(1)
        return _literal(used[name], kind) if name in used else found.group()

    return _TOKENS.sub(written, sql)


def _literal(value: datetime | date, kind: str) -> str:
    """Write a moment in UTC, or a date, as a database of a kind has it."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        if kind == "sqlite":
            return f"'{at}'"
        return f"TIMESTAMPTZ '{at}+00'" if kind in ("postgresql", "duckdb") else f"TIMESTAMP '{at}'"
    return f"'{value.isoformat()}'" if kind == "sqlite" else f"DATE '{value.isoformat()}'"


def _is_gone(error: Exception) -> bool:
    """Tell whether there is no connection any more: by the class of the server's code, else by the words."""
    code = getattr(error, "sqlstate", None)
    if code:
        return str(code)[:2] in ("08", "57", "53")
    said = str(error).lower()
    return any(words in said for words in ("server closed", "connection", "terminat", "eof"))
