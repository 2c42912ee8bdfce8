"""What the shop's page is told: the rules that apply, counted once, and nothing of anybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.audiences import draw
from core.base.errors import CoreError
from core.base.settings import Settings
from core.live.keys import make_key
from core.rules.repository import save
from core.rules.rule import Action, Conditions, read_rule
from tests.core.rules.conftest import RuledShop

BANNER = Action(kind="page", name="free-shipping", content='{"text": "Free shipping today"}')
CART = Conditions(steps=("cart",))


def ask(shop: RuledShop, visitor: str, key: str | None = None, **headers: str) -> Any:
    query = {"visitor": visitor, "write_key": key or shop.write_key}
    return shop.client.get("/api/live/decision", params=query, headers=headers)


def test_a_page_is_told_once_that_it_is_the_first_time(shop: RuledShop) -> None:
    rule = shop.rule(name="Secret plans", action=BANNER, conditions=CART)
    shop.shop("v1", "page_view", "product_view")
    assert ask(shop, "v1").json() == {"decisions": []}

    shop.shop("v1", "cart_add")
    assert shop.firings() == []  # until the page asks
    [told] = ask(shop, "v1").json()["decisions"]
    assert told == {
        "firing": shop.firings("id")[0][0], "rule": rule.id, "name": "free-shipping",
        "content": {"text": "Free shipping today"}, "first": True,
    }  # fmt: skip
    assert ask(shop, "v1").json()["decisions"] == [told | {"first": False}]
    assert shop.firings() == [("v1", "shown")]
    assert ask(shop, "nobody").json() == {"decisions": []}

    shop.shop("v1", "purchase")
    assert ask(shop, "v1").json() == {"decisions": []}


def test_it_finds_a_visitor_by_any_id_and_tells_those_held_out_nothing(shop: RuledShop) -> None:
    rule = shop.rule(action=BANNER, conditions=CART, held_out=0.5)
    held = next(f"h{n}" for n in range(99) if draw(f"h{n}", rule.id) < 0.5)
    other = next(f"o{n}" for n in range(99) if draw(f"o{n}", rule.id) >= 0.5)
    shop.shop(held, "cart_add")
    shop.shop(other, "page_view", user_id="account")
    shop.shop("account", "cart_add")
    assert ask(shop, held).json() == ask(shop, held).json() == {"decisions": []}
    assert len(ask(shop, "account").json()["decisions"]) == len(ask(shop, other).json()["decisions"]) == 1
    assert sorted(shop.firings()) == sorted([(held, "held out"), (other, "shown")])


def test_only_pages_of_the_key_s_origins_may_ask(shop: RuledShop) -> None:
    _, key = make_key(shop.settings, kind="write", name="Pages", origins=("https://shop.example",))

    def status(origin: str | None, of: str = key) -> int:
        headers = {"sec-fetch-site": "cross-site"} | ({} if origin is None else {"origin": origin})
        return int(ask(shop, "v1", of, **headers).status_code)

    assert status("https://shop.example") == 200
    assert status("https://other.example") == status(None, "wk_wrong") == 401
    allowed = ask(shop, "v1", key, origin="https://shop.example").headers
    assert allowed["access-control-allow-origin"] == "https://shop.example"
    assert allowed["cache-control"] == "no-store"
    asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
    assert shop.client.options("/api/live/decision", headers=asked).status_code == 200


def test_a_server_with_a_secret_key_is_told_the_score_as_well(shop: RuledShop) -> None:
    shop.rule(action=BANNER, conditions=CART)
    shop.shop("v1", "cart_add")

    told = ask(shop, "v1", shop.secret_key).json()
    assert [one["name"] for one in told["decisions"]] == ["free-shipping"]
    assert told["score"]["probability"] == shop.visitor("v1")["probability"]
    assert set(ask(shop, "v1").json()) == {"decisions"}


def test_rules_are_made_changed_and_deleted_by_a_server(shop: RuledShop) -> None:
    headers = {"authorization": f"Bearer {shop.secret_key}"}

    def call(method: str, path: str = "", **more: Any) -> Any:
        return shop.client.request(method, f"/api/live/rules{path}", headers=headers, **more)

    told = {
        "name": "Hesitating", "conditions": {"since_cart": 3, "probability_from": 0.2, "steps": ["cart"]},
        "action": {"kind": "webhook", "url": "https://shop.example/hook"}, "held_out": 0.1, "is_on": True,
    }  # fmt: skip
    made = call("POST", json=told).json()
    assert made["secret"].startswith("whsec_")
    [listed] = call("GET").json()
    assert "secret" not in listed
    assert (listed["is_on"], listed["conditions"]["since_cart"], listed["counts"]["firings"]) == (True, 3, 0)

    changed = call("PUT", f"/{made['id']}", json={**told, "is_on": False, "days": 0})
    assert (changed.json()["is_on"], changed.json()["secret"]) == (False, made["secret"])
    assert call("DELETE", f"/{made['id']}").status_code == 204
    assert call("PUT", f"/{made['id']}", json=told).status_code == 404
    assert call("GET").json() == []


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"name": " "}, "name"),
        ({"conditions": {"probability_from": 0.6, "probability_to": 0.2}}, "60% to 20%"),
        ({"conditions": {"probability_from": 20}}, "0 to 1"),
        ({"conditions": {"probability_from": "20%"}}, "isn't a number"),
        ({"conditions": {"steps": ["bought"]}}, "isn't a step"),
        ({"conditions": {"steps": "cart"}}, "list"),
        ({"conditions": {"propability_from": 0.2}}, "isn't part of a rule"),
        ({"action": {"kind": "webhook", "url": "http://shop.example"}}, "encrypted"),
        ({"action": {"kind": "webhook", "url": "https://10.0.0.1/"}}, "inside your own network"),
        ({"action": {"kind": "webhook", "url": "https://me:pw@shop.example/"}}, "password"),
        ({"action": {"kind": "message", "url": "json://localhost/"}}, "can't be used"),
        ({"action": {"kind": "sms"}}, "isn't something a rule can do"),
        ({"held_out": 1.0}, "hold-out"),
        ({"days": -1}, "at most once in"),
        ({"source": "nobody"}, "source"),
        ({"more": 1}, "isn't part of a rule"),
    ],
)
def test_a_rule_that_can_not_be_is_refused_with_what_to_do(
    tmp_path: Path, told: dict[str, Any], what: str
) -> None:
    with pytest.raises(CoreError, match=what):
        save(Settings(data_dir=tmp_path), read_rule({"name": "A rule", **told}))
