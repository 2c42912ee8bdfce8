"""What the loop of a queue waits on."""

from __future__ import annotations

import threading

import pytest
from dbos._schemas import SCHEMA_PLACEHOLDER
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool

from core.jobs import bells
from core.jobs.bells import Bell

FOREVER = 60.0


def test_a_bell_wakes_who_waits_and_is_never_the_end() -> None:
    bell, woken = Bell(), threading.Event()

    def loop() -> None:
        # DBOS's own loop ends as soon as a wait says so.
        while not bell.is_set() and not bell.wait(FOREVER):
            woken.set()

    threading.Thread(target=loop, daemon=True).start()
    for _ in range(3):
        bell.set()
        assert woken.wait(FOREVER)
        woken.clear()


def test_a_bell_that_rings_while_nobody_waits_is_heard_later_and_once() -> None:
    bell = Bell()
    bell.set()
    bell.set()
    assert not bell.wait(FOREVER)
    assert threading.Event.is_set(bell) is False


class LastBell(Bell):
    """Ends the loop that rings it."""

    def set(self) -> None:
        raise SystemExit


def test_bells_ring_after_all_connections_were_in_use(tmp_path, monkeypatch) -> None:
    engine = create_engine(
        f"sqlite:///{tmp_path / 'jobs.db'}", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0
    ).execution_options(schema_translate_map={SCHEMA_PLACEHOLDER: None})
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE workflow_status (queue_name TEXT, status TEXT)"))
        connection.execute(text("INSERT INTO workflow_status VALUES ('scoring', 'ENQUEUED')"))
    only = engine.connect()
    monkeypatch.setattr(bells.log, "debug", lambda *_: only.close())
    monkeypatch.setattr(bells, "PAUSE_SECONDS", 0.0)
    with pytest.raises(SystemExit):
        bells._ring({"scoring": LastBell()}, engine)
    assert only.closed
    engine.dispose()
