"""Exports by query from what answers in Arrow: PostgreSQL and SQLite by ADBC, and DuckDB's files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from core.base.errors import ScheduleError, SettingsError
from core.sources import databases
from core.sources.arrow_databases import with_values
from core.sources.base import SourceError
from core.sources.databases import query_to_parquet
from tests.core.sources.asking import (
    DAY,
    MOMENTS,
    OF_THE_DAY,
    Refused,
    asked,
    check_postgres_is_only_read,
    check_refusals,
    check_sqlite_is_only_read,
    settings,
    shop,
    sqlite_file,
    with_password,
)
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url", "shop", "sqlite_file"]


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
        for place, at in enumerate(MOMENTS):
            connection.execute(
                f"INSERT INTO events VALUES ({place}, uuid(), '{at}', '{at}+00', 12.50, 9007199254740993, "
                "true, {a: [1]}, '\\xFF'::BLOB, null)"
            )
    yield f"duckdb:///{file}".replace(" ", "%20")


def test_adbc_and_sqlalchemy_give_the_same_of_postgresql(shop: str, tmp_path: Path) -> None:
    one, other = (asked(url, f"{OF_THE_DAY};", tmp_path) for url in (shop, f"adbc+{shop}"))
    assert one.num_rows == 2
    assert other.column_names == one.column_names
    # ADBC hands decimals over as they are written: none is rounded.
    assert other["price"].to_pylist() == ["12.50", "12.50"]
    assert other.drop_columns("price").to_pylist() == one.drop_columns("price").to_pylist()


def test_a_day_of_duckdb_comes_typed_and_by_the_shops_clock(duck: str, tmp_path: Path) -> None:
    sql = OF_THE_DAY.replace("at >=", '"at" >=').replace("at <", "zoned <")
    table = asked(duck, sql, tmp_path)
    assert table.num_rows == 2
    assert table.schema.field("zoned").type == pa.timestamp("us", tz="UTC")
    first = table.to_pylist()[0]
    assert len(first.pop("session_id")) == 36
    assert {name: first[name] for name in ("id", "price", "n", "paid", "told", "raw", "nothing")} == {
        "id": 1, "price": 12.5, "n": 9007199254740993, "paid": True, "told": '{"a": [1]}', "raw": "ff",
        "nothing": None,
    }  # fmt: skip
    assert str(first["at"]) == "2026-11-28 23:00:00"
    days = "SELECT count(*) AS n FROM events WHERE zoned::DATE = :day"
    assert asked(duck, days, tmp_path)["n"].to_pylist() == [1]


def test_sqlite_by_adbc(sqlite_file: Path, tmp_path: Path) -> None:
    url = f"adbc+sqlite:{sqlite_file}"
    assert asked(url, "SELECT id FROM events WHERE at >= :since", tmp_path)["id"].to_pylist() == [1, 2]
    check_sqlite_is_only_read(url, sqlite_file, tmp_path)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH gone AS (DELETE FROM events RETURNING id) SELECT * FROM gone",
        "SELECT nextval('numbers')",
        "SELECT setval('numbers', 7)",
    ],
)
def test_nothing_can_be_written_by_adbc(shop: str, tmp_path: Path, sql: str) -> None:
    check_postgres_is_only_read(f"adbc+{shop}", shop, sql, tmp_path)


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
            asked(duck, sql, tmp_path)


def test_what_is_wrong_is_said_without_a_password(
    shop: str, duck: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "PAUSES", (0.0,))
    secret, away = with_password(f"adbc+{shop}")
    known = settings(
        shop=secret, away=away, gone="duckdb:////nowhere/x.duckdb", duck=duck,
        odd="adbc+nosuch://x:opensesame@y", bare="adbc+:opensesame",
    )  # fmt: skip
    refused: list[Refused] = [
        ("shop", "SELECT nosuch FROM events", ScheduleError, 'column "nosuch" does not exist'),
        ("shop", "SELECT id FROM events WHERE id > 9", ScheduleError, "gave no rows"),
        ("duck", "SELECT nosuch FROM events", ScheduleError, "nosuch"),
        ("away", "SELECT 1", SourceError, "can't be reached"),
        ("gone", "SELECT 1", SourceError, "can't be reached"),
        ("odd", "SELECT 1", SettingsError, "can't be used"),
        ("bare", "SELECT 1", SettingsError, "can't be used"),
    ]
    check_refusals(known, refused, tmp_path)


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

        monkeypatch.setattr("time.sleep", wait)
        rows = query_to_parquet(
            "shop", "SELECT * FROM events", tmp_path / "x", **DAY, settings=settings(shop=duck)
        )
    assert rows == 3
    assert len(waited) == 1


@pytest.mark.slow
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
