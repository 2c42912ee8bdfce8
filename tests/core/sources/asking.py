"""What every kind of database is asked in tests of exports by query, and how what comes of it is checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import CoreError, ScheduleError
from core.base.settings import Settings
from core.sources.databases import query_to_parquet

DAY = {
    "since": datetime(2026, 11, 28, 23, tzinfo=UTC),
    "until": datetime(2026, 11, 29, 23, tzinfo=UTC),
    "day": date(2026, 11, 29),
}
OF_THE_DAY = "SELECT * FROM events WHERE at >= :since AND at < :until ORDER BY id"
#: Three moments around the beginning of that day in Berlin; the last two are in it.
MOMENTS = ("2026-11-28 22:59:59", "2026-11-28 23:00:00", "2026-11-29 22:59:59")
#: One question that is refused: the database it is put to, it, the error, and what that says.
Refused = tuple[str, str, type[Exception], str]


def settings(**named: str) -> Settings:
    """Return settings with these databases."""
    return Settings(databases=named, DATABASE_URL=None)


def asked(url: str, sql: str, folder: Path) -> pa.Table:
    """Return what a database answers, as the file that comes of it; nothing else is left in the folder."""
    before, out = set(folder.iterdir()), folder / "asked.parquet"
    rows = query_to_parquet("shop", sql, out, **DAY, settings=settings(shop=url))
    assert set(folder.iterdir()) == before | {out}
    table = pq.read_table(out)
    out.unlink()
    assert table.num_rows == rows
    return table


@pytest.fixture
def shop(postgres_url: str) -> Iterator[str]:
    """Return a shop's PostgreSQL, with an event at each of the moments."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE events (id int, session_id uuid, at timestamp, zoned timestamptz, "
            "price numeric(10, 2), n bigint, paid boolean, told jsonb, nothing text)"
        )
        for place, at in enumerate(MOMENTS):
            connection.execute(
                "INSERT INTO events VALUES (%s, gen_random_uuid(), %s, %s, 12.50, 9007199254740993, true, "
                "'{\"a\": [1]}', null)",
                [place, at, f"{at}+00"],
            )
    yield postgres_url


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """Return a shop's SQLite, with an event at each of the moments; the prices contradict each other."""
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE events (id INTEGER, at TEXT, price)")
        rows = zip(range(3), MOMENTS, (1, 2, "3.5"), strict=True)
        connection.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
    return file


def check_postgres_is_only_read(url: str, shop: str, sql: str, folder: Path) -> None:
    """Check that a statement that would write is refused, and has written nothing."""
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE numbers")
    with pytest.raises(ScheduleError, match=r"read-only|data-modifying"):
        asked(url, sql, folder)
    with psycopg.connect(shop) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (3,)


def check_sqlite_is_only_read(url: str, file: Path, folder: Path) -> None:
    """The same of SQLite."""
    with pytest.raises(ScheduleError, match="can't be run"):
        asked(url, "WITH a AS (SELECT 1) INSERT INTO events SELECT 1, 'x', 2", folder)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (3,)


def with_password(url: str) -> tuple[str, str]:
    """Return an address with a password, and one with it where nobody listens."""
    secret = url.replace("postgres@", "postgres:opensesame@")
    port = secret.rsplit(":", 1)[1].split("/")[0]
    return secret, secret.replace(f":{port}/", ":1/")


def check_refusals(known: Settings, refused: Iterable[Refused], folder: Path) -> None:
    """Check that each question is refused with its reason, without the password, and leaves nothing."""
    before = set(folder.iterdir())
    for name, sql, kind, said in refused:
        with pytest.raises(kind, match=said) as caught:
            query_to_parquet(name, sql, folder / "x", **DAY, settings=known)
        assert isinstance(caught.value, CoreError)
        assert "opensesame" not in f"{caught.value!r} {caught.value.to_dict()} {caught.value.__context__!r}"
    assert set(folder.iterdir()) == before
