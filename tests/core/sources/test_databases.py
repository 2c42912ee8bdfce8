"""Exports by query: what comes of rows, what is refused, and that nothing is written and no password said."""

from __future__ import annotations

import logging
import tracemalloc
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from core.base.errors import ScheduleError, SettingsError
from core.sources import databases
from core.sources.base import SourceError
from core.sources.databases import check_sql, query_to_parquet
from core.sources.tables import table_of, together
from tests.core.sources.asking import (
    DAY,
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


def test_a_day_of_postgresql_comes_typed_and_by_the_shops_clock(shop: str, tmp_path: Path) -> None:
    table = asked(shop, f"{OF_THE_DAY};", tmp_path)
    assert table["id"].to_pylist() == [1, 2]
    assert table["n"].to_pylist() == [9007199254740993] * 2
    kinds = {field.name: field.type for field in table.schema}
    assert (kinds["at"], kinds["zoned"]) == (pa.timestamp("us"), pa.timestamp("us", tz="UTC"))
    assert (kinds["price"], kinds["paid"], kinds["told"]) == (pa.float64(), pa.bool_(), pa.string())
    assert table["told"][0].as_py() == '{"a": [1]}'


@pytest.mark.parametrize(
    "sql",
    [
        "WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone",
        "SELECT nextval('numbers')",
        "SELECT * FROM events FOR UPDATE",
    ],
)
def test_nothing_can_be_written(shop: str, tmp_path: Path, sql: str) -> None:
    check_postgres_is_only_read(shop, shop, sql, tmp_path)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("", "empty"),
        ("DROP TABLE events", "isn't a single SELECT"),
        ("SELECT 1; DELETE FROM events", "isn't a single SELECT"),
        ("SELECT 1 -- ;\n; DELETE FROM events", "isn't a single SELECT"),
        ("/* SELECT */ UPDATE events SET id = 1", "isn't a single SELECT"),
        ("SELECT :yesterday", "“:yesterday” isn't known"),
    ],
)
def test_only_one_question_is_asked(sql: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        check_sql(sql)


@pytest.mark.parametrize(
    "sql",
    ["select ';', id::text, '12:30' from x where at >= :since", "WITH a AS (SELECT 1) SELECT 1;"],
)
def test_what_looks_like_more_is_taken(sql: str) -> None:
    check_sql(sql)


def test_errors_say_what_is_wrong_and_no_password(
    shop: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "PAUSES", (0.0,))
    caplog.set_level(logging.DEBUG)
    secret, away = with_password(shop)
    refused: list[Refused] = [
        ("shop", "SELECT nosuch FROM events", ScheduleError, 'column "nosuch" does not exist'),
        ("shop", "SELECT * FROM events LIMIT 0", ScheduleError, "gave no rows"),
        ("away", "SELECT 1", SourceError, "can't be reached"),
        ("odd", "SELECT 1", SettingsError, "can't be used"),
        ("none", "SELECT 1", SettingsError, "isn't a database"),
    ]
    check_refusals(settings(shop=secret, away=away, odd="nothing://x:opensesame@y/z"), refused, tmp_path)
    assert "opensesame" not in caplog.text


def test_a_connection_that_drops_is_made_again(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(databases, "BATCH_ROWS", 1)
    dropped = []

    def drop(names: list[str], rows: list[object]) -> pa.Table:
        if not dropped:
            with psycopg.connect(shop, autocommit=True) as other:
                others = (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                )
                dropped.append(other.execute(f"{others} AND datname = current_database()").fetchall())
        return table_of(names, rows)

    monkeypatch.setattr(databases, "table_of", drop)
    assert query_to_parquet("shop", OF_THE_DAY, tmp_path / "x", **DAY, settings=settings(shop=shop)) == 2
    assert dropped


def test_sqlite_is_asked_in_its_own_words_and_only_read(sqlite_file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    # What contradicts itself becomes text, and isn't guessed.
    assert asked(url, OF_THE_DAY, tmp_path)["price"].to_pylist() == ["2", "3.5"]
    check_sqlite_is_only_read(url, sqlite_file, tmp_path)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(shop: str, tmp_path: Path) -> None:
    sql = "SELECT i AS id, 'session-' || i AS session_id, i * 0.5 AS price FROM generate_series(1, {n}) i"
    peaks = []
    for n in (100_000, 400_000):
        tracemalloc.start()
        rows = query_to_parquet("shop", sql.format(n=n), tmp_path / "x", **DAY, settings=settings(shop=shop))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert rows == n
    assert peaks[1] < 1.3 * peaks[0]


def test_batches_of_one_query_become_one_table() -> None:
    names = ["n", "x", "none", "mixed"]
    batches = [table_of(names, [(1, 1, None, 1)]), table_of(names, [(None, 1.5, None, "a")])]
    schema = together([batch.schema for batch in batches])
    assert [field.type for field in schema] == [pa.int64(), pa.float64(), pa.string(), pa.string()]
    assert table_of(["a", "a"], [(2**70, b"\x01")]).to_pydict() == {"a": [str(2**70)], "a 2": ["01"]}


def test_decimals_are_not_rounded() -> None:
    one, other = Decimal(9007199254740993), Decimal(9007199254740992)
    columns = {
        "id": [one, other],
        "price": [Decimal("12.50"), None],
        "long": [Decimal("0.1234567890123456789"), Decimal(1)],
        "mixed": [Decimal("12.50"), 3],
    }
    table = table_of(list(columns), list(zip(*columns.values(), strict=True)))
    assert table.to_pydict() == {
        "id": [9007199254740993, 9007199254740992],
        "price": [12.5, None],
        "long": ["0.1234567890123456789", "1"],
        "mixed": [12.5, 3.0],
    }
