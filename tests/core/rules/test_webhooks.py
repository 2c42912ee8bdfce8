"""What a receiver gets: signed as the reference library checks it, once, however long it was down."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.live.database import reader
from core.rules import delivery
from core.rules.delivery import dead_letters, pause, send_again
from core.rules.records import Firing
from core.rules.repository import get_rule, save, switch
from core.rules.rule import Action, Conditions, Rule
from tests.core.rules.conftest import Receiver, RuledShop, ruled, webhook
from tests.serving import free_port, wait_until

CART = Conditions(steps=("cart",))


def test_a_receiver_can_check_who_sent_it_and_what(sending: RuledShop, receiver: Receiver) -> None:
    rule = sending.rule(action=webhook(receiver, name="coupon", content='{"percent": 10}'), conditions=CART)
    sending.shop("v1", "page_view", "product_view", "cart_add")
    wait_until(lambda: sending.firings() == [("v1", "sent")], what="the delivery")

    [(headers, body)] = receiver.requests
    told = Webhook(rule.secret).verify(body, headers)
    assert told == json.loads(body)
    assert told["type"] == "rule.fired"
    assert told["data"]["action"] == {"name": "coupon", "content": {"percent": 10}}
    assert (told["data"]["visitor_id"], told["data"]["cart_value"]) == ("v1", 60.0)
    assert told["data"]["probability"] == sending.visitor("v1")["probability"]
    assert headers["webhook-id"] == told["data"]["firing"]
    with pytest.raises(WebhookVerificationError):
        Webhook(rule.secret).verify(body + b" ", headers)


def test_a_receiver_that_was_down_gets_each_firing_once_when_it_is_back(
    sending: RuledShop, receiver: Receiver
) -> None:
    receiver.status = 503
    rule = sending.rule(action=webhook(receiver), conditions=CART)
    for visitor in ("v1", "v2", "v3"):
        sending.shop(visitor, "page_view", "cart_add")
    wait_until(lambda: len(receiver.requests) >= 9 and len(set(receiver.ids)) == 3, what="some attempts")
    before = len(receiver.requests)

    receiver.status = 200
    wait_until(lambda: {s for _, s in sending.firings()} == {"sent"}, what="the deliveries")
    assert len(set(receiver.ids[before:])) == 3
    # Those under way when it came back may have been refused before.
    assert sending.rows("SELECT problem FROM firings") == [(None,)] * 3
    assert dead_letters(sending.settings, rule.id) == ()


def test_nobody_listens_for_an_hour_and_then_each_firing_comes_once(
    tmp_path: Path, live_database: str | None, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.time_ns()
    later = SimpleNamespace(time_ns=lambda: clock)
    nobody = f"http://127.0.0.1:{free_port()}/hook"
    for shop in ruled(tmp_path, live_database=live_database, webhook_retry_seconds=5.0):
        rule = shop.rule(action=Action(kind="webhook", url=nobody), conditions=CART)
        shop.everybody(["v1", "v2", "v3"], "cart_add")
        monkeypatch.setattr(delivery, "time", later)

        def deliver(minutes: int, shop: RuledShop = shop, rule: Rule = rule) -> None:
            """Let so many minutes pass, with a look for what is due every half of one."""
            nonlocal clock
            connection = reader(shop.settings)
            for _ in range(2 * minutes):
                clock += 30 * 10**9
                for due in delivery.take(connection, shop.settings, rule.id, 10, clock // 1000):
                    delivery.attempt(shop.settings, get_rule(shop.settings, rule.id), due)

        deliver(60)
        assert {status for _, status in shop.firings()} == {"waiting"}
        assert all(attempts >= 4 for (attempts,) in shop.firings("attempts"))

        save(shop.settings, replace(get_rule(shop.settings, rule.id), action=webhook(receiver)))
        deliver(300)
        assert sorted(receiver.ids) == sorted(made for (made,) in shop.firings("id"))
        assert {status for _, status in shop.firings()} == {"sent"}


def test_pauses_grow_to_hours_and_never_are_the_same() -> None:
    pauses = [pause(attempt, 5.0) for attempt in range(1, 12)]

    assert 4 <= pauses[0] <= 6
    assert all(later > 2 * earlier for earlier, later in pairwise(pauses[:6]))
    assert max(pauses) <= 4 * 3600 * 1.2
    assert sum(pauses) > 12 * 3600
    assert pause(3, 5.0) != pause(3, 5.0)


def test_what_is_not_delivered_is_kept_and_can_be_sent_again(sending: RuledShop, receiver: Receiver) -> None:
    receiver.status = 410  # it wants no more
    rule = sending.rule(action=webhook(receiver), conditions=CART)
    sending.shop("v1", "page_view", "cart_add")
    wait_until(lambda: dead_letters(sending.settings, rule.id), what="the dead letter")

    [letter] = dead_letters(sending.settings, rule.id)
    assert (letter.facts.visitor, letter.problem) == ("v1", "It answered 410")
    receiver.status = 200
    assert send_again(sending.settings, rule.id, letter.id) == 1
    wait_until(lambda: sending.firings() == [("v1", "sent")], what="the delivery")
    assert receiver.ids == [letter.id] * 2
    assert send_again(sending.settings, rule.id) == 0


def test_a_rule_that_is_switched_off_sends_no_more(sending: RuledShop, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"location": receiver.url}
    rule = sending.rule(action=webhook(receiver), conditions=CART)
    sending.shop("v1", "page_view", "cart_add")
    problem = "SELECT problem FROM firings WHERE problem IS NOT NULL"
    wait_until(lambda: sending.rows(problem), what="an attempt")
    assert "redirect (302), which is not followed" in sending.rows(problem)[0][0]

    switch(sending.settings, rule.id, on=False)
    [letter] = dead_letters(sending.settings, rule.id)
    assert letter.problem == "The rule was switched off before this could be sent."
    sending.shop("v2", "page_view", "cart_add")
    assert [visitor for visitor, _ in sending.firings()] == ["v1"]


def test_after_its_hours_a_firing_is_given_up(tmp_path: Path, receiver: Receiver) -> None:
    receiver.status = 500
    for shop in ruled(tmp_path, sends=True, webhook_hours=0.1 / 3600):
        letter = given_up(shop, shop.rule(action=webhook(receiver), conditions=CART).id)
        assert letter.problem == "It answered 500"


def given_up(shop: RuledShop, rule: str) -> Firing:
    shop.shop("v1", "page_view", "cart_add")
    wait_until(lambda: dead_letters(shop.settings, rule), what="the dead letter")
    return dead_letters(shop.settings, rule)[0]


def test_one_receiver_that_hangs_keeps_no_other_waiting(tmp_path: Path, receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:  # takes connections, and never answers
        slow = Action(kind="webhook", url=f"http://127.0.0.1:{hanging.getsockname()[1]}/")
        for shop in ruled(tmp_path, sends=True, webhook_timeout_seconds=1.0):
            stuck = shop.rule(name="Slow", action=slow, conditions=CART)
            shop.rule(name="Quick", action=webhook(receiver), conditions=CART)
            views = [{"visitor_id": f"v{n}", "event_type": "cart_add", "price": 9.0} for n in range(20)]
            shop.events(*views)
            shop.worker.work_off()
            all_quick_ones(receiver)
            by_rule = "SELECT rule, count(*) FROM firings WHERE status = 'waiting' GROUP BY 1"
            assert (stuck.id, 20) in shop.rows(by_rule)


def all_quick_ones(receiver: Receiver) -> None:
    wait_until(lambda: len(set(receiver.ids)) == 20, what="the quick ones")
