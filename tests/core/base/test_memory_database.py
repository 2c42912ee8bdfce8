"""Databases in memory for a moment: each empty, each with settings of its own, whatever was in one before."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import duckdb
import pytest

from core.base import memory_database
from core.base.libraries.memory import RELEASING, release_memory
from core.base.memory_database import KINDS, PARSED, again, close_idle, scratch_database


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> object:
    return connection.execute("SELECT current_setting(?)", [name]).fetchall()[0][0]


def test_each_is_empty_and_as_new():
    with scratch_database(preserve_insertion_order=False) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n; CREATE TEMP TABLE passing AS SELECT 1 AS n")
        connection.execute("CREATE VIEW seen AS SELECT * FROM kept; CREATE MACRO doubled(x) AS 2 * x")
        connection.execute("SET TimeZone = 'Asia/Tokyo'; SET preserve_insertion_order = true")
    with scratch_database(preserve_insertion_order=False) as connection:
        for name in ("kept", "passing", "seen"):
            with pytest.raises(duckdb.CatalogException):
                connection.execute(f"FROM {name}")
        with pytest.raises(duckdb.CatalogException):
            connection.execute("SELECT doubled(1)")
        assert setting(connection, "TimeZone") != "Asia/Tokyo"
        assert setting(connection, "preserve_insertion_order") is False


def test_a_failure_inside_leaves_nothing_behind():
    with pytest.raises(duckdb.ConversionException), scratch_database() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n; BEGIN; INSERT INTO kept VALUES (2)")
        connection.execute("SELECT CAST('x' AS INTEGER)")
    with scratch_database() as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("FROM kept")


def test_a_connection_is_closed_at_the_end():
    with scratch_database() as connection:
        connection.execute("SELECT 1")
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_those_at_work_at_once_know_nothing_of_each_other():
    together = Barrier(3)

    def rows(n: int) -> int:
        with scratch_database() as connection:
            connection.execute("CREATE TABLE numbers AS SELECT range AS n FROM range(?)", [n])
            together.wait(60)
            return len(connection.execute("FROM numbers").fetchall())

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(rows, (1, 2, 3))) == [1, 2, 3]


def test_what_does_not_fit_is_written_where_it_was_told_each_time(tmp_path):
    for name in ("one", "two"):
        spill = tmp_path / name
        with scratch_database(spill, threads=1, memory_limit="50MB") as connection:
            connection.execute(
                "CREATE TABLE long AS SELECT range AS n, md5(range::VARCHAR) AS t FROM range(3000000)"
            )
            assert list(spill.iterdir()), "nothing was spilled"
        assert not spill.exists() or list(spill.iterdir()) == []
    with scratch_database(threads=1, memory_limit="50MB") as connection:
        assert str(tmp_path) not in str(setting(connection, "temp_directory"))


def test_one_that_is_lent_again_spills_as_a_new_one_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        place = setting(connection, "temp_directory")
    for _ in range(2):
        with scratch_database(threads=1, memory_limit="50MB") as connection:
            assert setting(connection, "temp_directory") == place
    with scratch_database(threads=1, memory_limit="50MB") as connection:
        connection.execute("CREATE TABLE long AS SELECT md5(range::VARCHAR) AS t FROM range(3000000)")
        assert list(tmp_path.iterdir()), "nothing was spilled"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "rows.parquet"
    for n in (1, 2):
        with scratch_database() as connection:
            connection.execute(f"COPY (SELECT {n} AS n) TO '{path}' (FORMAT parquet)")
            os.utime(path, (0, 0))
        with scratch_database() as connection:
            assert connection.execute("FROM read_parquet(?)", [str(path)]).fetchall() == [(n,)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_opens_its_own():
    with scratch_database() as connection:
        connection.execute("SELECT 1")
    child = os.fork()
    if child == 0:
        with scratch_database(threads=2) as connection:
            found = connection.execute("SELECT sum(range) FROM range(100000)").fetchall()
        os._exit(0 if found == [(4999950000,)] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_engine_is_lent_again_after_any_number_of_kinds(monkeypatch):
    close_idle()
    opened: list[object] = []
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda **of: (opened.append(of), connect(**of))[1])
    for n in range(KINDS + 3):
        with scratch_database(memory_limit=f"{100 + n}MiB"):
            pass
    close_idle()  # as the live worker does every minute
    opened.clear()
    for _ in range(3):
        with scratch_database(memory_limit="300MiB"):
            pass
    assert len(opened) == 1
    close_idle()
    assert not any(memory_database._idle.values())


def test_engines_nobody_has_asked_for_a_while_go_and_the_others_stay(monkeypatch):
    close_idle()
    now = 1_000.0
    monkeypatch.setattr(memory_database.time, "monotonic", lambda: now)
    with scratch_database(threads=1), scratch_database(threads=1):
        pass
    now += RELEASING - 1
    with scratch_database(threads=1) as connection:
        used = connection.execute("SELECT current_setting('threads')").fetchall()
    release_memory()
    assert (used, [len(engines) for engines in memory_database._idle.values() if engines]) == ([(1,)], [2])
    now += 1
    release_memory()  # one has been idle since the beginning
    assert [len(engines) for engines in memory_database._idle.values() if engines] == [1]
    now += RELEASING
    release_memory()
    assert not any(memory_database._idle.values())


def test_a_query_that_comes_again_is_asked_of_what_is_there_now(tmp_path):
    counts = []
    for n in (2, 5):
        out = tmp_path / f"{n}.parquet"
        with scratch_database() as connection:
            again(connection, "CREATE TEMP TABLE made AS SELECT unnest(range($1)) AS i", [n])
            again(connection, "COPY (SELECT i FROM made) TO $1 (FORMAT parquet)", [str(out)])
            counts += again(
                connection, "SELECT count(*), max(i) FROM read_parquet($1)", [str(out)]
            ).fetchall()
    assert counts == [(2, 1), (5, 4)]


def test_no_more_queries_are_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(memory_database, "_parsed", {})
    with scratch_database() as connection:
        for n in range(PARSED + 1):
            assert again(connection, f"SELECT {n}").fetchall() == [(n,)]
    assert f"SELECT {PARSED}" in memory_database._parsed
    assert len(memory_database._parsed) <= PARSED
