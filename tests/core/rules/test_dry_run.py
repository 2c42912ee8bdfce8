"""What a rule would have done is what it did, on the same visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.base.errors import NotFoundError, RuleError
from core.live import closing
from core.live.closing import grow
from core.rules import dry_run_events, dry_run_result
from core.rules.dry_run import try_dataset, try_live
from core.rules.rule import Action, Conditions, Rule
from core.scoring.pipeline import run_steps
from core.storage import get_store
from tests.core.rules.conftest import RuledShop

HOOK = Action(kind="webhook", url="https://shop.example/hook")
LATER = int((datetime.now(UTC) + timedelta(days=2)).timestamp() * 1e6)
VISITS = {
    "v1": ("page_view", "product_view", "cart_add", "checkout", "purchase"),
    "v2": ("page_view", "cart_add", "product_view"),
    "v3": ("page_view", "product_view"),
    "v4": ("cart_add", "cart_add", "purchase"),
    "v5": ("product_view", "cart_add", "cart_remove"),
    "v6": ("purchase",),
}


@pytest.fixture(autouse=True)
def unqueued(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep scoring jobs from a queue that no worker serves."""
    monkeypatch.setattr(closing, "submit", lambda *_, **__: None)


def test_the_same_visits_fire_the_same_rules(shop: RuledShop) -> None:
    rules = [
        shop.rule(name=str(number), action=HOOK, conditions=wanted, held_out=0.5)
        for number, wanted in enumerate(
            (Conditions(cart_from=60), Conditions(steps=("product",)), Conditions(events_from=3))
        )
    ]
    for place in range(5):  # each event by itself, as it happens
        kinds: dict[str, list[str]] = {}
        for visitor, events in VISITS.items():
            if place < len(events):
                kinds.setdefault(events[place], []).append(visitor)
        for kind, visitors in kinds.items():
            shop.everybody(visitors, kind)
    live = {
        rule.id: shop.rows(f"SELECT count(*), sum(held_out) FROM firings WHERE rule = '{rule.id}'")[0]
        for rule in rules
    }
    bought = {
        rule.id: shop.rows(
            "SELECT count(DISTINCT visitor) FROM rule_purchases JOIN firings ON firings.id = firing "
            f"WHERE rule = '{rule.id}'"
        )[0][0]
        for rule in rules
    }
    shop.worker.close_idle(LATER)

    waiting = [try_live(rule, shop.settings) for rule in rules]
    assert {rule.id: (run.fired, run.held_out) for rule, run in zip(rules, waiting, strict=True)} == live
    assert {rule.id: run.bought for rule, run in zip(rules, waiting, strict=True)} == bought
    assert [run.revenue for run in waiting] == [60.0 * run.bought for run in waiting]
    assert (waiting[0].visits, waiting[0].visitors, waiting[0].all_visitors) == (6, 6, 6)
    for run in waiting:
        # All of it was today: who hasn't bought may still.
        assert (run.n_open, run.n_unknown) == (run.fired - run.bought, 0)
        assert run.predicted is not None
        assert 0 < run.predicted < run.fired

    dataset = grow(shop.settings, shop.source)
    assert dataset is not None
    assert [try_live(rule, shop.settings) for rule in rules] == waiting
    store = get_store(shop.settings)
    run_steps(store, store.create_result(dataset.id, bundle="demo-shop"))
    assert [
        replace(try_dataset(rule, dataset.id, shop.settings), name="Live visits") for rule in rules
    ] == waiting


def test_time_passes_between_events_and_after_the_last(shop: RuledShop) -> None:
    began = datetime.now(UTC) - timedelta(hours=3)

    def at(visitor: str, kind: str, minutes: float) -> dict[str, Any]:
        moment = (began + timedelta(minutes=minutes)).isoformat()
        return {
            "visitor_id": visitor,
            "event_type": kind,
            "timestamp": moment,
            "price": 20.0,
            "revenue": 20.0,
        }

    shop.events(
        at("waits", "cart_add", 0), at("waits", "product_view", 4), at("waits", "purchase", 6),
        at("buys", "cart_add", 0), at("buys", "purchase", 2),
        at("leaves", "cart_add", 1),
        at("comes back", "cart_add", 0), at("comes back", "cart_add", 61),
    )  # fmt: skip
    shop.worker.work_off()
    shop.worker.close_idle(LATER)

    def fires(**more: Any) -> tuple[int, int]:
        rule = Rule(**{"name": "R", "id": "r", "held_out": 0.0, "action": HOOK, **more})
        run = try_live(rule, shop.settings)
        return run.fired, run.bought

    assert fires(conditions=Conditions(since_cart=3)) == (3, 1)
    assert fires(conditions=Conditions(since_cart=3), days=0) == (4, 1)
    assert fires(conditions=Conditions(since_cart=5)) == (3, 1)
    assert fires(conditions=Conditions(since_cart=31)) == (0, 0)
    assert fires(conditions=Conditions(since_event=5)) == (2, 0)


def test_of_many_visitors_some_are_looked_at(shop: RuledShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run_events, "VISITORS", 4)
    shop.everybody([f"v{number}" for number in range(10)], "cart_add")
    shop.worker.close_idle(LATER)

    run = try_live(Rule(name="R", id="r", action=HOOK, conditions=Conditions(), held_out=0.0), shop.settings)
    assert (run.fired, run.visitors, run.all_visitors) == (4, 4, 10)
    assert run.a_week == pytest.approx(70)


def test_what_can_not_be_tried_says_so(shop: RuledShop) -> None:
    rule = Rule(name="R", id="r", action=HOOK)
    with pytest.raises(NotFoundError, match="No live visit"):
        try_live(rule, shop.settings)
    with pytest.raises(NotFoundError):
        try_dataset(rule, "nothing", shop.settings)
    shop.everybody(["v1"], "cart_add")
    shop.worker.close_idle(LATER)
    dataset = grow(shop.settings, shop.source)
    assert dataset is not None
    with pytest.raises(RuleError, match="hasn't been read yet"):
        try_dataset(rule, dataset.id, shop.settings)


def test_what_became_of_visits_without_purchases_is_not_known(shop: RuledShop) -> None:
    rule = shop.rule(name="Full", action=HOOK, conditions=Conditions(steps=("cart",)), held_out=0)
    shop.everybody(["a", "b"], "cart_add")
    shop.worker.close_idle(LATER)
    run = try_live(rule, shop.settings)
    assert (run.fired, run.bought, run.n_known, run.n_open, run.n_unknown) == (2, 0, 0, 0, 2)
    assert "isn't known" in run.sentences[-1]


def test_a_window_that_has_passed_is_an_outcome(shop: RuledShop) -> None:
    began = datetime.now(UTC) - timedelta(hours=3)
    told = (("a", "cart_add", 0), ("b", "cart_add", 1), ("a", "purchase", 10))
    shop.events(
        *(
            {"visitor_id": visitor, "event_type": kind, "price": 20.0, "revenue": 20.0,
             "timestamp": (began + timedelta(minutes=minutes)).isoformat()}
            for visitor, kind, minutes in told
        )
    )  # fmt: skip
    shop.worker.work_off()
    shop.worker.close_idle(LATER)

    def tried(days: float) -> dry_run_result.DryRun:
        told = {"name": "R", "id": "r", "held_out": 0.0, "action": HOOK, "window_days": days}
        return try_live(Rule(conditions=Conditions(steps=("cart",)), **told), shop.settings)

    hour, week = tried(1 / 24), tried(7)
    assert [(run.fired, run.bought, run.n_open) for run in (hour, week)] == [(2, 1, 0), (2, 1, 1)]
    assert len(hour.sentences) == 2
    assert "After 1 more, the visitor may still buy" in week.sentences[2]
