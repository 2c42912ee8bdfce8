"""The page of rules over HTTP: made, tried on an export, switched on, measured, deleted."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.live.rule_results import what_it_did
from core.base.settings import get_settings
from core.live.keys import make_key
from core.live.processing import Processor
from core.rules.acting import Acting
from core.rules.delivery import dead_letters
from core.rules.effect import effect_of
from core.rules.repository import all_rules, get_rule
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control

PATH = "/live/rules"
NEW = f"{PATH}?rule=new"


@pytest.fixture(scope="module")
def worker(shop: Shop) -> Iterator[Processor]:
    acting = Acting(get_settings(), sends=False)
    made = Processor(get_settings(), follower=acting)
    yield made
    acting.close()
    made.close()


def form(page: Page, **values: Any) -> list[tuple[Any, Any]]:
    """Return what stands in the form, with some values typed into it."""
    fields = {props["id"]["name"]: props for props in page.matching("rule-field")}
    assert values.keys() <= fields.keys()
    return [(props["id"], values.get(name, props.get("value"))) for name, props in fields.items()]


def save(page: Page, **values: Any) -> str:
    told = {"rule-save.n_clicks": 1, "rule-field": form(page, **values),
            "rule-shown.data": page.find("rule-shown").get("data")}  # fmt: skip
    return json.dumps(page.press("rule-save", told), ensure_ascii=False)


def made(page: Page, **values: Any) -> str:
    """Save the form and return the rule's address."""
    return f"{PATH}?{re.search(r'rule=[0-9a-f]{12}', save(page, **values))[0]}"  # type: ignore[index]


def switch(page: Page, rule: str, shown: str | None) -> str:
    chosen = {"type": "rule-switch", "rule": rule}
    told = {"rule-switch": [(chosen, 1)], "rule-shown.data": shown}
    answer = page.call("rule-state.children", control(**chosen) + ".n_clicks", told)
    return json.dumps(answer, ensure_ascii=False)


def test_from_no_rule_to_what_one_did(client: Client, worker: Processor) -> None:
    assert "No rules yet" in Page(client, PATH).text()
    address = made(
        Page(client, NEW), name="Hesitating", probability_from=0, probability_to=90, cart_from=50, held_out=0,
        steps=["cart"], kind="webhook", url="https://shop.example/hook", content="Stay",
    )  # fmt: skip
    [rule] = all_rules(get_settings())
    page = Page(client, address)
    assert "It doesn't fire" in page.text()
    assert rule.secret in page.text()
    assert (rule.conditions.probability_to, rule.conditions.steps, rule.held_out) == (0.9, ("cart",), 0.0)
    assert "Switch off" in switch(page, rule.id, rule.id)
    listed = Page(client, PATH).text()
    assert "Probability 0% to 90% · cart from €50 · cart filled" in listed
    assert "Once per visitor in 7 days, no hold-out" in listed

    _, key = make_key(get_settings(), kind="write", name="Shop")
    event = {
        "event_type": "cart_add",
        "visitor_id": "me",
        "product_id": "A1",
        "price": 60.0,
        "currency": "EUR",
    }
    headers = {"authorization": f"Bearer {key}"}
    client.request("POST", "/api/live/events", json={"events": [event]}, headers=headers)
    worker.work_off()
    text = Page(client, address).text()
    assert "Fired for 1 visitor, 0 held out" in text
    assert "There was no hold-out" in text
    # With one, nobody may be drawn into it for a while.
    begun = what_it_did(rule=replace(rule, held_out=0.1), found=effect_of(get_settings(), rule))
    assert "none held out yet" in str(begun)

    assert "Switch on" in switch(page, rule.id, None)  # what waited is given up
    page = Page(client, address)
    assert "The rule was switched off before this could be sent." in page.text()
    [letter] = dead_letters(get_settings(), rule.id)
    again = {"type": "rule-again", "rule": rule.id, "firing": letter.id}
    every = {"type": "rule-again-all", "rule": rule.id}
    told = {"rule-again": [(again, 1)], "rule-again-all": [(every, None)]}
    page.call("rule-letters.children", control(**again) + ".n_clicks", told)
    assert dead_letters(get_settings(), rule.id) == ()

    delete = {"type": "rule-delete", "rule": rule.id}
    answer = page.call("rules-open.data@", control(**delete) + ".n_clicks", {"rule-delete": [(delete, 1)]})
    assert PATH in json.dumps(answer)
    assert all_rules(get_settings()) == ()
    assert "Rule not found" in Page(client, address).text()


def test_what_is_wrong_is_said_beside_the_form(client: Client) -> None:
    page = Page(client, NEW)
    assert "The rule needs a name" in save(page)
    assert "60% to 20%" in save(page, name="R", probability_from=60, probability_to=20)
    assert "isn't encrypted" in save(page, name="R", kind="webhook", url="http://shop.example")
    assert "inside your own network" in save(page, name="R", kind="webhook", url="https://192.168.0.1/")
    assert "R" not in {rule.name for rule in all_rules(get_settings())}


def test_a_message_s_address_is_not_shown_again_and_stays(client: Client) -> None:
    url = "mailtos://user:hush@smtp.example.com"
    address = made(Page(client, NEW), name="To the team", kind="message", url=url)
    page = Page(client, address)
    assert "hush" not in json.dumps(page.content)
    assert made(page, name="To us", visitors="returning") == address
    rule = get_rule(get_settings(), address.partition("=")[2])
    assert (rule.name, rule.action.url, rule.conditions.visitors) == ("To us", url, "returning")


def test_a_rule_is_tried_before_it_is_kept(client: Client, worker: Processor) -> None:
    page = Page(client, NEW)
    (choice,) = [option["value"] for option in page.find("rule-try-on")["options"]]

    def tried(on: str, **values: Any) -> str:
        told = {"rule-try.n_clicks": 1, "rule-try-on.value": on, "rule-shown.data": "",
                "rule-field": form(page, **values)}  # fmt: skip
        return json.dumps(page.press("rule-try", told), ensure_ascii=False)

    assert "No live visit of the last 7 days is over yet" in tried(choice)
    _, key = make_key(get_settings(), kind="write", name="Shop")
    now, item = datetime.now(UTC), {"price": 900.0, "revenue": 900.0}
    cart = {"event_type": "cart_add", "timestamp": (now - timedelta(minutes=1)).isoformat(), **item}
    bought = {"event_type": "purchase", "visitor_id": "a", "timestamp": now.isoformat(), **item}
    events = [{**cart, "visitor_id": "a"}, {**cart, "visitor_id": "b"}, bought]
    headers = {"authorization": f"Bearer {key}"}
    client.request("POST", "/api/live/events", json={"events": events}, headers=headers)
    worker.work_off()
    worker.close_idle((time.time_ns() // 1000) + 3 * 3_600_000_000)
    said = tried(choice, steps=["cart", "checkout"], cart_from=900, held_out=0)
    assert "It would have fired 2 times. After 1 of these, the visitor bought anyway within 7 days." in said
    assert "wouldn't have fired" in tried(choice, probability_from=100)
