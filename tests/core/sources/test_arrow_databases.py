"""Exports by query from what answers in Arrow: PostgreSQL and SQLite by ADBC, and DuckDB's files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import CoreError, ScheduleError, SettingsError
from core.sources import databases
from core.sources.arrow_databases import with_values
from core.sources.base import SourceError
from core.sources.databases import query_to_parquet
from tests.core.sources.test_databases import DAY, OF_THE_DAY, settings, shop
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url", "shop"]


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[str]:
    """Return a DuckDB file with three events around the beginning of a day in Berlin."""
    file = tmp_path / "shop file.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            'CREATE TABLE events (id UTINYINT, session_id UUID, "at" TIMESTAMP, zoned TIMESTAMPTZ, '
            "price DECIMAL(10, 2), n HUGEINT, paid BOOLEAN, told STRUCT(a INTEGER[]), raw BLOB, nothing TEXT)"
        )
        for place, at in enumerate(("2026-11-28 22:59:59", "2026-11-28 23:00:00", "2026-11-29 22:59:59")):
            connection.execute(
                f"INSERT INTO events VALUES ({place}, uuid(), '{at}', '{at}+00', 12.50, 9007199254740993, "
                "true, {a: [1]}, '\\xFF'::BLOB, null)"
            )
    yield f"duckdb:///{file}".replace(" ", "%20")


def test_adbc_and_sqlalchemy_give_the_same_of_postgresql(shop: str, tmp_path: Path) -> None:
    known = settings(one=shop, other=f"adbc+{shop}")
    tables = []
    for name in known.databases:
        assert query_to_parquet(name, f"{OF_THE_DAY};", tmp_path / name, **DAY, settings=known) == 2
        tables.append(pq.read_table(tmp_path / name))
    one, other = tables
    assert other.column_names == one.column_names
    # ADBC hands decimals over as they are written: none is rounded.
    assert other["price"].to_pylist() == ["12.50", "12.50"]
    assert other.drop_columns("price").to_pylist() == one.drop_columns("price").to_pylist()


def test_a_day_of_duckdb_comes_typed_and_by_the_shops_clock(duck: str, tmp_path: Path) -> None:
    sql = OF_THE_DAY.replace("at >=", '"at" >=').replace("at <", "zoned <")
    out = tmp_path / "day.parquet"
    assert query_to_parquet("shop", sql, out, **DAY, settings=settings(shop=duck)) == 2
    table = pq.read_table(out)
    assert table.schema.field("zoned").type == pa.timestamp("us", tz="UTC")
    first = table.to_pylist()[0]
    assert len(first.pop("session_id")) == 36
    assert {name: first[name] for name in ("id", "price", "n", "paid", "told", "raw", "nothing")} == {
        "id": 1, "price": 12.5, "n": 9007199254740993, "paid": True, "told": '{"a": [1]}', "raw": "ff",
        "nothing": None,
    }  # fmt: skip
    assert str(first["at"]) == "2026-11-28 23:00:00"
    days = "SELECT count(*) AS n FROM events WHERE zoned::DATE = :day"
    query_to_parquet("shop", days, out, **DAY, settings=settings(shop=duck))
    assert pq.read_table(out)["n"].to_pylist() == [1]


def test_sqlite_by_adbc(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE events (id INTEGER, at TEXT)")
        rows = [(1, "2026-11-28 22:59:59"), (2, "2026-11-28 23:00:00"), (3, "2026-11-29 10:00:00")]
        connection.executemany("INSERT INTO events VALUES (?, ?)", rows)
    connection.close()
    known = settings(shop=f"adbc+sqlite:{file}")
    assert query_to_parquet("shop", OF_THE_DAY, tmp_path / "x", **DAY, settings=known) == 2
    with pytest.raises(ScheduleError, match="can't be run"):
        sql = "WITH a AS (SELECT 1) INSERT INTO events SELECT 1, 'x'"
        query_to_parquet("shop", sql, tmp_path / "x", **DAY, settings=known)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (3,)
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "WITH gone AS (DELETE FROM events RETURNING id) SELECT * FROM gone",
        "SELECT nextval('numbers')",
        "SELECT setval('numbers', 7)",
    ],
)
def test_nothing_can_be_written_by_adbc(shop: str, tmp_path: Path, sql: str) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE numbers")
    with pytest.raises(ScheduleError, match="read-only"):
        query_to_parquet("shop", sql, tmp_path / "x", **DAY, settings=settings(shop=f"adbc+{shop}"))
    with psycopg.connect(shop) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (3,)


def test_duckdb_reads_its_own_file_alone(duck: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM read_text('{secret}')",
        f"SELECT * FROM glob('{tmp_path}/*')",
        "SELECT * FROM duckdb_secrets()",
        "WITH a AS (SELECT 1) INSERT INTO events SELECT * FROM events",
    ):
        with pytest.raises(ScheduleError):
            query_to_parquet("shop", sql, tmp_path / "x", **DAY, settings=settings(shop=duck))


def test_what_is_wrong_is_said_without_a_password(
    shop: str, duck: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "PAUSES", (0.0,))
    secret = f"adbc+{shop.replace('postgres@', 'postgres:opensesame@')}"
    away = secret.replace(f":{secret.rsplit(':', 1)[1].split('/')[0]}/", ":1/")
    known = settings(
        shop=secret, away=away, gone="duckdb:////nowhere/x.duckdb", duck=duck,
        odd="adbc+nosuch://x:opensesame@y", bare="adbc+:opensesame",
    )  # fmt: skip
    for name, sql, kind, said in (
        ("shop", "SELECT nosuch FROM events", ScheduleError, 'column "nosuch" does not exist'),
        ("shop", "SELECT id FROM events WHERE id > 9", ScheduleError, "gave no rows"),
        ("duck", "SELECT nosuch FROM events", ScheduleError, "nosuch"),
        ("away", "SELECT 1", SourceError, "can't be reached"),
        ("gone", "SELECT 1", SourceError, "can't be reached"),
        ("odd", "SELECT 1", SettingsError, "can't be used"),
        ("bare", "SELECT 1", SettingsError, "can't be used"),
    ):
        with pytest.raises(kind, match=said) as caught:
            query_to_parquet(name, sql, tmp_path / "x", **DAY, settings=known)
        assert isinstance(caught.value, CoreError)
        assert "opensesame" not in f"{caught.value!r} {caught.value.to_dict()} {caught.value.__context__!r}"


def test_a_file_that_is_written_to_is_read_later(
    duck: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB lets one process write, and none read meanwhile."""
    import subprocess
    import sys

    file = duck.removeprefix("duckdb:///").replace("%20", " ")
    program = f"import duckdb; c = duckdb.connect({file!r}); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        assert writer.stdout.readline() == "ready\n"
        waited = []

        def wait(seconds: float) -> None:
            waited.append(seconds)
            writer.communicate("\n")

        monkeypatch.setattr(databases.time, "sleep", wait)
        rows = query_to_parquet(
            "shop", "SELECT * FROM events", tmp_path / "x", **DAY, settings=settings(shop=duck)
        )
    assert rows == 3
    assert len(waited) == 1


def test_memory_does_not_grow_with_the_rows(shop: str, duck: str, tmp_path: Path) -> None:
    """Arrow's own memory, which is where batches are."""
    sql = "SELECT i AS id, 'session-' || i AS session_id, i * 0.5 AS price FROM generate_series(1, {n}) g(i)"
    for url in (f"adbc+{shop}", duck):
        peaks = []
        for n in (200_000, 800_000):
            pool = pa.system_memory_pool()
            before = pa.default_memory_pool()
            counted = pa.proxy_memory_pool(pool)
            pa.set_memory_pool(counted)
            try:
                assert (
                    query_to_parquet("x", sql.format(n=n), tmp_path / "x", **DAY, settings=settings(x=url))
                    == n
                )
            finally:
                pa.set_memory_pool(before)
            peaks.append(counted.max_memory())
        assert peaks[1] < 1.5 * peaks[0] + 1_000_000, url


def test_values_are_written_where_they_are_meant() -> None:
    sql = "SELECT ':since', \":day\", x::text -- :until\nFROM e WHERE a >= :since AND d = :day /* :day */"
    assert with_values(sql, DAY, "postgresql") == (
        "SELECT ':since', \":day\", x::text -- :until\nFROM e "
        "WHERE a >= TIMESTAMPTZ '2026-11-28 23:00:00+00' AND d = DATE '2026-11-29' /* :day */"
    )
    assert with_values("a >= :since", DAY, "sqlite") == "a >= '2026-11-28 23:00:00'"
