"""What a rule did, counted by hand; and that nothing is said where nothing can be."""

from __future__ import annotations

import time

import pytest
from scipy import stats

from core.audiences import draw
from core.rules.effect import effect_of
from core.rules.firing import DAY
from core.rules.rule import Action, Conditions
from core.stats.two_groups import split_chance
from tests.core.rules.conftest import RuledShop

BANNER = Action(kind="webhook", url="https://shop.example/hook")
CART = Conditions(steps=("cart",))


def test_both_groups_and_what_they_bought_are_read_from_the_stream(shop: RuledShop) -> None:
    rule = shop.rule(action=BANNER, conditions=CART, held_out=0.4, days=0, window_days=7)
    visitors = [f"v{number}" for number in range(16)]
    held = {visitor for visitor in visitors if draw(visitor, rule.id) < 0.4}
    contacted = [visitor for visitor in visitors if visitor not in held]
    shop.everybody(visitors, "cart_add")
    buyers = {*contacted[:3], *sorted(held)[:1]}
    shop.everybody(sorted(buyers), "purchase")
    shop.everybody(contacted[:1], "purchase", session_id="another visit", revenue=40.0)
    shop.everybody(["somebody else"], "purchase")

    found = effect_of(shop.settings, rule)
    treated, out = found.outcomes.treated, found.outcomes.held_out
    assert (treated.n, out.n) == (len(contacted), len(held))
    assert (treated.buyers, out.buyers) == (3, 1)
    assert (treated.revenue, out.revenue) == (3 * 60.0 + 40.0, 60.0)
    assert treated.squares == 100.0**2 + 2 * 60.0**2
    assert (treated.contacted, treated.largest) == (0, 100.0)  # nothing was sent
    assert found.uplift.difference is not None
    assert found.uplift.difference.value == pytest.approx(3 / len(contacted) - 1 / len(held))
    assert (found.is_open, found.currency) == (16, "EUR")
    assert f"{len(held)} held out" in found.listing.sentence
    assert found.listing.p_value is not None
    assert not found.listing.is_unequal

    # Long after, and where the window was over before they bought.
    late = effect_of(shop.settings, rule, now=time.time_ns() // 1000 + 8 * DAY)
    assert (late.is_open, late.outcomes) == (0, found.outcomes)
    shop.worker._connection.execute("UPDATE rule_purchases SET bought_at = bought_at + ?", [8 * DAY])
    assert effect_of(shop.settings, rule).outcomes.treated.buyers == 0


def test_a_purchase_that_is_given_back_is_none(shop: RuledShop) -> None:
    rule = shop.rule(action=BANNER, conditions=CART)
    shop.shop("v1", "cart_add")
    shop.shop("v1", "purchase", order_id="1")
    assert effect_of(shop.settings, rule).outcomes.treated.revenue == 60.0
    shop.shop("v1", "purchase", order_id="1", order_status="cancelled")
    assert effect_of(shop.settings, rule).outcomes.treated.revenue == 0.0


def test_without_two_groups_nothing_can_be_said(shop: RuledShop) -> None:
    rule = shop.rule(action=BANNER, conditions=CART)
    nothing = effect_of(shop.settings, rule)
    assert (nothing.uplift.verdict, nothing.listing.sentence) == ("unknown", "It hasn't fired yet.")

    shop.shop("v1", "cart_add")
    assert effect_of(shop.settings, rule).uplift.verdict == "unknown"
    assert "There was no hold-out" in effect_of(shop.settings, rule).uplift.sentence


@pytest.mark.parametrize(("held", "n", "share"), [(0, 50, 0.1), (5, 50, 0.1), (20, 50, 0.1), (50, 50, 0.9)])
def test_an_unlikely_split_is_known_by_the_binomial(held: int, n: int, share: float) -> None:
    smaller, larger = stats.binom.cdf(held, n, share), stats.binom.sf(held - 1, n, share)

    assert split_chance(held, n, share) == pytest.approx(min(1.0, 2 * min(smaller, larger)))
