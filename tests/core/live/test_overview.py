"""What the Live page is told: who is in the shop, one visit event by event, and the demo shop played."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.live import demo
from core.live.overview import AVERAGED, SHOWN, journey, now, shop_now
from core.live.quarantine import empty, play_back, reasons
from core.live.trackers import plain
from tests.core.live.conftest import Shop


def step(kind: str, seconds: float, visitor: str = "V", **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=5) + timedelta(seconds=seconds)
    sent = {"event_type": kind, "visitor_id": visitor, "timestamp": at.isoformat()}
    return {**sent, "event_id": f"{visitor}{seconds}", **more}


ITEM = {"product_id": "A", "price": 50.0, "currency": "EUR"}


def test_visits_are_counted_by_how_far_they_are_and_stand_in_order(shop: Shop) -> None:
    shop.events(step("page_view", 0, "a"), step("product_view", 0, "b", **ITEM))
    shop.events(step("product_view", 0, "c", **ITEM), step("cart_add", 30, "c", **ITEM, quantity=2))
    shop.events(step("cart_add", 0, "d", **ITEM), step("purchase", 60, "d", revenue=50.0, currency="EUR"))
    shop.worker.work_off()

    found = now(shop.settings)
    assert found.steps == {"browsing": 1, "product": 1, "cart": 1, "bought": 1}
    assert list(found.reached.items()) == [
        ("browsing", 4), ("product", 3), ("cart", 2), ("checkout", 1), ("bought", 1)
    ]  # fmt: skip
    assert (found.n_running, found.waiting, found.currency) == (4, 0, "EUR")
    assert found.delay is not None
    assert 0 <= found.delay < found.since_event  # type: ignore[operator] - the events say they are minutes old
    *others, last = found.visits
    chances = [visit.probability or 0 for visit in others]
    assert (chances, last.step) == (sorted(chances, reverse=True), "bought")
    expected = {v.session_id: v.expected_revenue for v in found.visits if v.step != "bought"}
    assert found.expected == pytest.approx(sum(expected.values()))
    assert now(shop.settings, "value").visits[0].value == 100
    assert [visit.step for visit in now(shop.settings, "step").visits] == [
        "bought",
        "cart",
        "product",
        "browsing",
    ]
    assert found.heard_at is not None
    assert abs(found.heard_at / 1e6 - time.time()) < 60


@pytest.mark.parametrize(
    ("amounts", "total"), [((2.5, None, 1.0), 3.5), ((), 0.0), ((None, None), None)], ids=str
)
def test_what_no_model_predicts_is_not_nothing(
    amounts: tuple[float | None, ...], total: float | None
) -> None:
    assert shop_now.total_expected(amounts) == total


def test_real_visitors_and_the_demo_shop_s_are_counted_apart(shop: Shop) -> None:
    demo.switch(shop.settings, on=True)
    demo.play(shop.settings)
    shop.worker.work_off()
    alone = now(shop.settings)
    assert (alone.is_synthetic, alone.n_others) == (True, 0)
    assert alone.n_running > 0
    assert not alone.is_connected, "nobody of the shop's own was heard of"

    shop.events(step("product_view", 0, "real", **ITEM))
    shop.worker.work_off()
    found, played = now(shop.settings), now(shop.settings, synthetic=True)
    assert (found.is_synthetic, found.n_running, found.n_others) == (False, 1, alone.n_running)
    assert [visit.synthetic for visit in found.visits] == [False]
    assert (played.n_running, played.n_others) == (alone.n_running, 1)
    assert {visit.synthetic for visit in played.visits} == {True}
    assert found.heard_at != played.heard_at
    assert found.is_connected
    assert played.is_connected
    # The model of the shop that tests have is the demo shop's: of its own visits it may speak.
    assert (found.is_made_up, played.is_made_up) == (True, False)


def test_visits_that_came_late_are_not_in_the_shop_now(shop: Shop) -> None:
    day = 86_400.0
    shop.events(step("product_view", -day, "old", **ITEM), step("cart_add", -day, "older", **ITEM))
    shop.worker.work_off()
    late = now(shop.settings)
    assert (late.n_running, late.n_late, late.visits, late.expected) == (0, 2, (), 0)

    shop.events(step("product_view", 0, "here", **ITEM), step("product_view", -day, "again", **ITEM))
    shop.events(step("product_view", 0, "again", **ITEM))
    shop.worker.work_off()
    found = now(shop.settings)
    assert (found.n_running, found.n_late, found.steps) == (2, 3, {"product": 2})
    assert len(found.visits) == 2
    # Who was here yesterday and is again has one visit of each day.
    assert all(time.time() - visit.last_at / 1e6 < 3600 for visit in found.visits)

    # The demo shop isn't shown instead of them.
    demo.switch(shop.settings, on=True)
    demo.play(shop.settings)
    shop.worker.work_off()
    assert not now(shop.settings).is_synthetic
    assert now(shop.settings, synthetic=True).n_late == 0


def test_events_a_second_are_of_those_that_are_shown(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.switch(shop.settings, on=True)
    demo.play(shop.settings)
    shop.events(*(step("product_view", i, f"v{i}", **ITEM) for i in range(3)))
    shop.worker.work_off()
    later = max(second for (second,) in shop.rows("SELECT second FROM pulses")) + 1
    counted = dict(
        shop.rows(
            "SELECT synthetic, sum(events) FROM pulses JOIN keys ON keys.id = source "
            f"WHERE second >= {later - AVERAGED} GROUP BY 1"
        )
    )
    assert counted[0] == 3
    monkeypatch.setattr(shop_now.time, "time_ns", lambda: later * 1_000_000_000)
    real, played = now(shop.settings), now(shop.settings, synthetic=True)
    assert real.per_second == pytest.approx(3 / AVERAGED)
    assert played.per_second == pytest.approx(counted[1] / AVERAGED)


def test_the_list_has_pages_and_ends_with_the_last(shop: Shop) -> None:
    n = 2 * SHOWN + 1
    shop.events(*(step("product_view", i, f"v{i}", **ITEM) for i in range(n)))
    shop.worker.work_off()
    pages = [now(shop.settings, "latest", page=page) for page in range(4)]
    assert [len(page.visits) for page in pages] == [SHOWN, SHOWN, 1, 1]
    assert [page.n_before for page in pages] == [0, SHOWN, 2 * SHOWN, 2 * SHOWN]
    assert len({visit.session_id for page in pages for visit in page.visits}) == n


def test_a_journey_says_what_each_event_changed(shop: Shop) -> None:
    shop.events(step("page_view", 0), step("product_view", 30, **ITEM), step("cart_add", 60, **ITEM))
    shop.worker.work_off()
    name = shop.visitor("V")["session_id"]
    score, moments = journey(shop.settings, name)

    assert [(m.event_type, m.what) for m in moments] == [
        ("page_view", None),
        ("product_view", "A"),
        ("cart_add", "A"),
    ]
    assert moments[-1].probability == pytest.approx(score["probability"], abs=1e-9)
    assert len({m.probability for m in moments}) == 3

    shop.events(step("purchase", 90, revenue=50.0, currency="EUR"))
    shop.worker.work_off()
    assert [m.probability is None for m in journey(shop.settings, name)[1]] == [False, False, False, True]
    assert journey(shop.settings, "nobody") == (
        {"session_id": "nobody", "state": "unknown", "waiting": 0},
        (),
    )


def test_the_quarantine_says_why_and_plays_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.events(step("hop", 0), step("hop", 10))
    shop.worker.work_off()
    (reason,) = reasons(shop.settings)
    assert (reason.events, "“hop” isn't an event type" in reason.reason) == (2, True)

    assert play_back(shop.settings) == 2  # and there they are again: nothing has been mended
    shop.worker.work_off()
    assert [(r.reason, r.events) for r in reasons(shop.settings)] == [(reason.reason, 2)]

    monkeypatch.setattr(plain, "EventType", {"hop"})  # as if another version knew the word
    assert play_back(shop.settings) == 2
    shop.worker.work_off()
    assert reasons(shop.settings) == ()
    assert shop.visitor("V")["events_seen"] == 2

    shop.events({"event_type": "skip"})
    shop.worker.work_off()
    assert len(reasons(shop.settings)) == 1
    empty(shop.settings)
    assert reasons(shop.settings) == ()


def test_the_demo_shop_plays_every_event_once_until_it_is_switched_off(shop: Shop) -> None:
    demo.switch(shop.settings, on=True)
    begun = time.time()
    first = demo.play(shop.settings, begun)
    second = demo.play(shop.settings, begun + 20)
    assert first > 100
    assert second > 0
    assert demo.play(shop.settings, begun + 20) == 0
    shop.worker.work_off()

    found = now(shop.settings)
    assert found.n_running > 50
    assert all(visit.synthetic for visit in found.visits)
    assert shop.rows("SELECT sum(n_events) FROM sessions") == [(first + second,)]

    demo.switch(shop.settings, on=False)
    assert demo.play(shop.settings, begun + 40) == 0
