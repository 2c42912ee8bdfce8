"""Sessions that are over become a dataset, which grows; every event gets there once."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.base.settings import Settings
from core.live import closing
from core.live.closing import dataset_of, grow, grow_daily
from core.live.processing import runner
from core.live.scoring import OVER, REASONS
from core.scoring.pipeline import run_steps
from core.storage import get_store
from tests.core.live.conftest import Shop
from tests.serving import wait_until

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
LATER = int((NOW + timedelta(days=2)).timestamp() * 1e6)


def visit(visitor: str, *, hours: float = 0, **more: Any) -> list[dict[str, Any]]:
    at = [(NOW + timedelta(hours=hours, seconds=s)).isoformat() for s in (0, 30.5, 95, 300)]
    who = {"visitor_id": visitor, **more}
    item = {"product_id": "A", "category": "Shoes", "price": 20.0, "currency": "EUR"}
    return [
        {**who, "timestamp": at[0], "event_type": "page_view"},
        {**who, "timestamp": at[1], "event_type": "product_view", **item},
        {**who, "timestamp": at[2], "event_type": "cart_add", **item, "quantity": 2},
        {**who, "timestamp": at[3], "event_type": "purchase", "revenue": 40.0, "currency": "EUR"},
    ]


@pytest.fixture(autouse=True)
def unqueued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep scoring jobs from a queue that no worker serves; return the datasets they were for."""
    asked: list[str] = []
    monkeypatch.setattr(closing, "submit", lambda dataset_id, **_: asked.append(dataset_id))
    return asked


def test_what_is_over_becomes_a_dataset_with_the_same_numbers(shop: Shop, unqueued: list[str]) -> None:
    shop.events(*visit("a"), *visit("b", hours=1, session_id="own"), *visit("c")[:3])
    shop.worker.work_off()
    assert grow(shop.settings, shop.source) is None

    assert shop.worker.close_idle(LATER) == 3
    dataset = grow(shop.settings, shop.source)
    assert dataset is not None
    assert (dataset.name, unqueued) == ("Live: Shop", [dataset.id])
    assert shop.rows("SELECT count(*) FROM over") == shop.rows("SELECT count(*) FROM events") == [(0,)]

    store = get_store(shop.settings)
    result = store.create_result(dataset.id, bundle="demo-shop")
    run_steps(store, result)
    scored = {row["session_id"]: row for row in pq.read_table(store.result(result.id).path).to_pylist()}
    live = shop.rows(f"SELECT session_id, row, prediction FROM sessions WHERE state = '{OVER}'")
    assert len(scored) == len(live) == 3
    for name, row, prediction in live:
        wanted = scored[name]
        predicted = json.loads(prediction)
        assert len(predicted.pop(REASONS)) == 3
        for column, value in {**json.loads(row), **predicted}.items():
            there = wanted[column].isoformat() if isinstance(wanted[column], datetime) else wanted[column]
            assert value == (pytest.approx(there, abs=1e-6) if isinstance(there, float) else there), column


def test_a_dataset_grows_by_what_came_since(shop: Shop, unqueued: list[str]) -> None:
    for day, visitor in enumerate("ab"):
        shop.events(*visit(visitor))
        shop.worker.work_off()
        shop.worker.close_idle(LATER)
        dataset = grow(shop.settings, shop.source, NOW + timedelta(days=day))
    assert dataset is not None

    assert len(dataset.files) == 2
    assert [pq.read_metadata(file.path).num_rows for file in dataset.files] == [4, 4]
    store = get_store(shop.settings)
    result = store.create_result(dataset.id, bundle="demo-shop")
    run_steps(store, result)
    assert store.result(result.id).n_sessions == 2


@pytest.mark.parametrize("step", ["_write", "get_store"])
def test_interrupted_anywhere_each_event_gets_there_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    shop.events(*visit("a"))
    shop.worker.work_off()
    shop.worker.close_idle(LATER)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(closing, step, cut)
        with pytest.raises(KeyboardInterrupt):
            grow(shop.settings, shop.source, NOW)
    grow(shop.settings, shop.source, NOW + timedelta(days=1))
    # As if it had been killed just before the events were deleted: the same batch comes again.
    dataset = dataset_of(shop.settings, shop.source)
    assert dataset is not None
    assert [file.filename for file in dataset.files] == [f"live-{NOW:%Y-%m-%dT%H-%M-%S}.parquet"]
    assert pq.read_metadata(dataset.files[0].path).num_rows == 4


def test_a_file_that_was_added_before_is_not_added_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.events(*visit("a"))
    shop.worker.work_off()
    shop.worker.close_idle(LATER)
    before = shop.rows("SELECT * FROM over")
    grow(shop.settings, shop.source, NOW)
    columns = ", ".join("?" * len(before[0]))
    shop.worker._connection.executemany(f"INSERT INTO over VALUES ({columns})", before)
    shop.worker._connection.execute("UPDATE over SET batch = ?", [f"live-{NOW:%Y-%m-%dT%H-%M-%S}.parquet"])

    dataset = grow(shop.settings, shop.source, NOW + timedelta(days=1))
    assert dataset is not None
    assert len(dataset.files) == 1


def test_many_events_are_moved_in_pieces_and_stopped_between_them_none_is_lost_or_doubled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, unqueued: list[str]
) -> None:
    monkeypatch.setattr(closing, "PIECE", 3)
    shop.events(*(event for n in range(4) for event in visit(f"v{n}")))
    shop.worker.work_off()
    shop.worker.close_idle(LATER)
    pieces = closing._in_pieces

    def cut(connection: Any, sql: str, *more: Any) -> int:
        if sql.startswith("DELETE"):
            connection.execute("DELETE FROM over WHERE n IN (SELECT n FROM over ORDER BY n LIMIT 3)")
            raise KeyboardInterrupt
        return pieces(connection, sql, *more)

    with monkeypatch.context() as patched:
        patched.setattr(closing, "_in_pieces", cut)
        with pytest.raises(KeyboardInterrupt):
            grow(shop.settings, shop.source, NOW)
    assert (shop.rows("SELECT count(*) FROM over"), unqueued) == ([(13,)], [])
    dataset = grow(shop.settings, shop.source, NOW + timedelta(days=1))
    assert dataset is not None
    assert (shop.rows("SELECT count(*) FROM over"), unqueued) == ([(0,)], [dataset.id])
    assert [pq.read_metadata(file.path).num_rows for file in dataset.files] == [16]


def test_visits_are_added_beside_scoring_which_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "TIDYING", 0.0)
    stopping, began, scored = threading.Event(), threading.Event(), threading.Event()
    others: list[int] = []

    def more(settings: Settings) -> None:
        others.append(threading.get_ident())
        assert settings is shop.settings
        began.set()
        scored.wait(60)
        raise ValueError("what is this?")

    worker = threading.Thread(target=runner._follow, args=(shop.settings, stopping, more, None))
    shop.events(*visit("a"))
    worker.start()
    try:
        assert began.wait(60)
        shop.events(*visit("b"))
        both = "SELECT count(DISTINCT visitor_id) FROM sessions"
        wait_until(lambda: shop.rows(both) == [(2,)], what="the second visitor's score")
        scored.set()
        wait_until(lambda: len(others) > 1, what="another try")
    finally:
        scored.set()
        stopping.set()
        worker.join()
    assert worker.ident not in others


def test_it_grows_once_a_day(shop: Shop, unqueued: list[str]) -> None:
    shop.events(*visit("a"))
    shop.worker.work_off()
    shop.worker.close_idle(LATER)
    grow_daily(shop.settings, NOW)
    assert unqueued == []
    grow_daily(shop.settings, NOW + timedelta(days=1))
    grow_daily(shop.settings, NOW + timedelta(days=1))
    assert len(unqueued) == 1
