"""A rule fires once for a visitor: whatever is sent twice, however many processes there are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.audiences import draw
from core.live.database import connect, writing
from core.live.processing import Processor
from core.rules.acting import Acting
from core.rules.facts import Facts
from core.rules.firing import DAY, fire
from core.rules.repository import get_rule, save, switch
from core.rules.rule import Action, Conditions
from tests.core.rules.conftest import Receiver, RuledShop, webhook
from tests.serving import ROOT, wait_until

HOOK = Action(kind="webhook", url="https://shop.example/hook")
CART = Conditions(steps=("cart",))


def test_a_visit_fires_once_and_the_next_one_after_the_days(shop: RuledShop) -> None:
    rule = shop.rule(action=HOOK, conditions=CART, days=7)
    shop.shop("v1", "page_view", "cart_add")
    shop.shop("v1", "product_view")
    shop.shop("v2", "page_view")
    assert shop.firings() == [("v1", "waiting")]

    shop.shop("v1", "cart_add", session_id="another visit")
    assert len(shop.firings()) == 1
    shop.worker._connection.execute("UPDATE turns SET fired_at = fired_at - ?", [8 * DAY])
    shop.shop("v1", "cart_add", session_id="a week later")
    assert len(shop.firings()) == 2
    assert get_rule(shop.settings, rule.id).is_on


#: Conditions of a visit with a cart of EUR 60, its third event a cart add: those it fulfils, and others.
FULFILLED = (
    Conditions(),
    Conditions(probability_from=0.0, probability_to=1.0),
    Conditions(cart_from=60),
    Conditions(expected_from=0.01),
    Conditions(steps=("cart", "checkout")),
    Conditions(events_from=3),
    Conditions(countries=("Germany",)),
    Conditions(visitors="returning"),
    Conditions(since_cart=0, since_event=0),
)
NOT_FULFILLED = (
    Conditions(probability_from=1.0),
    Conditions(probability_to=0.0),
    Conditions(cart_from=60.01),
    Conditions(expected_from=60_000),
    Conditions(steps=("browsing",)),
    Conditions(clusters=("no such",)),
    Conditions(events_from=4),
    Conditions(countries=("EU", "Non-EU")),
    Conditions(visitors="new"),
    Conditions(since_event=1),
    Conditions(cart_from=60, visitors="new"),
)


def test_every_condition_is_asked_of_the_visit(shop: RuledShop) -> None:
    made = {
        shop.rule(name=str(wanted), action=HOOK, conditions=wanted).id: wanted
        for wanted in (*FULFILLED, *NOT_FULFILLED)
    }
    # Whole in one batch: what the visit was before is not asked.
    shop.shop("v1", "page_view", "product_view", "cart_add", country="DE", is_returning=True)

    assert {made[rule] for (rule,) in shop.firings("rule")} == set(FULFILLED)


def test_what_is_not_known_fulfils_no_condition(shop: RuledShop) -> None:
    for number, more in enumerate(({"visitors": "new"}, {"countries": ("EU",)}, {"since_cart": 0.0})):
        shop.rule(name=str(number), action=HOOK, conditions=Conditions(**more))
    shop.shop("v1", "page_view")

    assert shop.firings() == []


def test_somebody_who_hesitates_is_seen_without_another_event(shop: RuledShop) -> None:
    shop.rule(action=HOOK, conditions=Conditions(since_cart=3))
    shop.shop("hesitates", "product_view", "cart_add")
    shop.shop("buys", "product_view", "cart_add")
    shop.shop("looks", "product_view")
    shop.later(2)
    assert shop.firings() == []

    shop.shop("buys", "purchase")
    shop.later(3.1)
    shop.later(3.2)
    assert shop.firings() == [("hesitates", "waiting")]


def test_an_event_begins_the_silence_anew_and_a_visit_that_is_over_is_left_alone(shop: RuledShop) -> None:
    shop.rule(action=HOOK, conditions=Conditions(since_event=10))
    shop.rule(name="Never", action=HOOK, conditions=Conditions(since_event=31))
    shop.shop("v1", "page_view", timestamp=(datetime.now(UTC) - timedelta(minutes=9)).isoformat())
    shop.shop("v1", "page_view")
    shop.later(2)
    assert shop.firings() == []
    shop.later(10.1)
    assert len(shop.firings()) == 1
    shop.later(40)
    assert len(shop.firings()) == 1

    shop.shop("late", "page_view", timestamp=(datetime.now(UTC) - timedelta(hours=3)).isoformat())
    assert [visitor for visitor, _ in shop.firings()] == ["v1"]


def test_a_rule_counts_as_it_is_now_not_as_it_was_when_the_visit_was_scored(shop: RuledShop) -> None:
    rule = shop.rule(action=HOOK, conditions=Conditions(since_event=1))
    shop.shop("v1", "page_view")
    save(shop.settings, replace(rule, conditions=Conditions(since_event=5)))
    shop.later(2)
    assert shop.firings() == []
    shop.later(5.1)
    assert len(shop.firings()) == 1
    shop.shop("v2", "page_view")
    switch(shop.settings, rule.id, on=False)
    shop.later(6)
    assert len(shop.firings()) == 1


def test_the_hold_out_is_the_one_of_audiences_and_nothing_is_sent_to_it(
    sending: RuledShop, receiver: Receiver
) -> None:
    rule = sending.rule(action=webhook(receiver), conditions=CART, held_out=0.5, days=0)
    visitors = [f"v{number}" for number in range(12)]
    for visitor in visitors:
        sending.shop(visitor, "cart_add")
    held = {visitor for visitor in visitors if draw(visitor, rule.id) < 0.5}
    assert 0 < len(held) < len(visitors)
    wait_until(lambda: len(receiver.requests) >= len(visitors) - len(held), what="deliveries")
    wait_until(lambda: "waiting" not in dict(sending.firings("status, id")), what="their end")

    assert {visitor for visitor, status in sending.firings() if status == "held out"} == held
    assert len(set(receiver.ids)) == len(receiver.requests) == len(visitors) - len(held)

    # Another share moves nobody for whom the rule has fired.
    save(sending.settings, replace(rule, held_out=0.0))
    some = min(held)
    sending.shop(some, "cart_add", session_id="another")
    sending.worker._connection.execute("UPDATE turns SET fired_at = 0")
    sending.shop(some, "cart_add", session_id="yet another")
    assert {status for visitor, status in sending.firings() if visitor == some} == {"held out"}


def test_signing_in_takes_the_turn_along(shop: RuledShop) -> None:
    shop.rule(action=HOOK, conditions=CART)
    shop.shop("browser", "page_view", "cart_add")
    shop.shop("account", "page_view", "cart_add")
    assert len(shop.firings()) == 2

    shop.shop("account", "page_view", previous_id="browser")
    assert len({visitor for visitor, _ in shop.firings()}) == 1
    assert shop.rows("SELECT count(*) FROM turns") == [(1,)]
    shop.shop("account", "cart_add")
    assert len(shop.firings()) == 2


def test_made_up_visits_fire_only_the_rules_that_are_for_them(shop: RuledShop) -> None:
    shop.worker._connection.execute("UPDATE keys SET synthetic = 1 WHERE id = ?", [shop.source])
    shop.rule(action=HOOK, conditions=CART)
    shop.shop("v1", "cart_add")
    assert shop.firings() == []

    shop.rule(name="Theirs", action=HOOK, conditions=CART, source=shop.source)
    shop.shop("v1", "cart_add")
    assert len(shop.firings()) == 1


def test_of_many_who_fire_at_once_one_does(shop: RuledShop) -> None:
    rule = shop.rule(action=HOOK)
    now = time.time_ns() // 1000
    made: list[str] = []

    def firing() -> None:
        connection = connect(shop.settings)
        for number in range(40):
            facts = Facts(
                source=shop.source, session_id=f"s{number}", visitor=f"v{number}", first_at=now - 10,
                last_at=now, cart_at=None, step="cart", n_events=1, probability=0.5, expected_revenue=1.0,
                cart_value=1.0, cluster=None, country_group=None, is_returning=None, model="m",
            )  # fmt: skip
            with writing(connection):
                fired = fire(connection, rule, facts, now)
            made.extend([fired.id] if fired else [])
        connection.close()

    threads = [threading.Thread(target=firing) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(shop.firings()) == 40


def test_a_batch_that_is_scored_again_fires_once(shop: RuledShop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.rule(action=HOOK, conditions=CART)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(
            "core.live.processing.processor.write_filled", cut
        )  # after firing, before the transaction's end
        with pytest.raises(KeyboardInterrupt):
            shop.shop("v1", "cart_add")
    assert shop.firings() == []

    acting = Acting(shop.settings, sends=False)
    again = Processor(shop.settings, follower=acting)
    again.work_off()
    again.close()
    acting.close()
    assert shop.firings() == [("v1", "waiting")]


@contextmanager
def working(shop: RuledShop) -> Iterator[subprocess.Popen[bytes]]:
    """Run a live worker on the shop's folder until the block ends."""
    settings = {
        "PREDICTOR_DATA_DIR": str(shop.settings.data_dir), "PREDICTOR_MIN_FREE_BYTES": "0",
        "PREDICTOR_WEBHOOK_PRIVATE": "true", "PREDICTOR_WEBHOOK_RETRY_SECONDS": "0.05",
        "PREDICTOR_WEBHOOK_TIMEOUT_SECONDS": "2",
        "PREDICTOR_LIVE_DATABASE": shop.settings.live_database or "",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "live-work"], cwd=ROOT, env={**os.environ, **settings}
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.server
def test_killed_between_scoring_and_delivery_each_firing_is_sent_with_its_id(
    shop: RuledShop, receiver: Receiver
) -> None:
    """The worker is killed while a receiver is down and another one stands by, which goes on."""
    receiver.status = 503
    shop.rule(action=webhook(receiver), conditions=CART)
    send(shop, range(20))
    with working(shop) as at_work:
        wait_until(lambda: len(receiver.requests) > 20, what="the first attempts")
        ids = {firing for (firing,) in shop.firings("id")}
        with working(shop):
            os.kill(at_work.pid, signal.SIGKILL)
            send(shop, range(10, 30))
            receiver.status = 200
            wait_until(lambda: statuses(shop) == {"sent": 30}, what="the deliveries")
    assert ids <= set(receiver.ids)
    assert set(receiver.ids) == {firing for (firing,) in shop.firings("id")}
    assert {visitor for visitor, _ in shop.firings()} == {f"v{number}" for number in range(30)}


def send(shop: RuledShop, numbers: range) -> None:
    now = datetime.now(UTC).isoformat()
    item = {"product_id": "A", "price": 20.0, "quantity": 3, "currency": "EUR"}
    shop.events(
        *({"visitor_id": f"v{n}", "event_type": "cart_add", "timestamp": now, **item} for n in numbers)
    )


def statuses(shop: RuledShop) -> dict[str, int]:
    return dict(shop.rows("SELECT status, count(*) FROM firings GROUP BY 1"))
