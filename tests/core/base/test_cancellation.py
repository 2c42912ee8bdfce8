from __future__ import annotations

import threading

import duckdb
import pytest

from core.base.cancellation import Stop, interruptible
from core.base.errors import CancelledError
from core.base.progress import silent

SECONDS = 240
#: Would run for hours: a test that ends has broken it off.
ENDLESS = "select sum(hash(i)) from range(1000000000000) t(i)"


def test_a_query_that_runs_is_broken_off() -> None:
    wanted = threading.Event()
    wanted.set()
    threading.Timer(0.5, wanted.clear).start()
    with duckdb.connect() as connection, Stop(wanted.is_set) as stop:
        with pytest.raises(duckdb.InterruptException), interruptible(connection):
            connection.execute(ENDLESS)
        with pytest.raises(CancelledError):
            stop.check()
        # Nor does another one begin.
        with pytest.raises(CancelledError), interruptible(connection):
            connection.execute(ENDLESS)


def test_what_is_wanted_goes_on() -> None:
    told: list[float] = []
    with duckdb.connect() as connection, Stop(lambda: True) as stop, interruptible(connection):
        report = stop.checked(lambda share, message: told.append(share))
        assert connection.execute("select 6 * 7").fetchall() == [(42,)]
        report(0.5, "half")
    assert told == [0.5]
    with duckdb.connect() as connection, interruptible(connection):  # outside of any
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_a_database_that_is_away_for_a_moment_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    asked = threading.Event()

    def broken() -> bool:
        asked.set()
        raise ConnectionError("no database")

    with Stop(broken) as stop:
        assert asked.wait(SECONDS)
        stop.checked(silent)(0.5, "half")
    assert "no database" in caplog.text
