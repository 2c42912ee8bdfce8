"""The ten likeliest: the right ten, in order, each with what speaks for a purchase."""

from __future__ import annotations

from core.explain import explain_one, likeliest
from core.explain.likely import LIKELIEST
from core.results.filters import Filters
from core.results.sources import find_source
from tests.core.whatif.shop import Shop


def test_the_ten_likeliest_are_those_of_the_highest_probability(shop: Shop) -> None:
    found = likeliest(find_source(shop.result.id), Filters())
    rows = sorted(shop.rows, key=lambda row: (-row["purchase_probability"], row["session_id"]))[:LIKELIEST]
    assert [one.session_id for one in found] == [row["session_id"] for row in rows]
    assert [one.probability for one in found] == [row["purchase_probability"] for row in rows]
    assert [one.purchased for one in found] == [row["purchased"] for row in rows]


def test_each_has_the_strongest_reason_for_a_purchase(shop: Shop) -> None:
    rows = {row["session_id"]: row for row in shop.rows}
    for one in likeliest(find_source(shop.result.id), Filters()):
        parts = explain_one(shop.predictor, rows[one.session_id]).contributions
        best = next(part for part in parts if part.points > 0)
        assert one.reason is not None
        assert f"+{100 * best.points:.1f}" in one.reason or f"+{100 * best.points:.0f}" in one.reason


def test_filters_count_and_few_are_fewer(shop: Shop) -> None:
    source = find_source(shop.result.id)
    one = shop.rows[0]["session_id"]
    assert [found.session_id for found in likeliest(source, Filters(q=one))] == [one]
    assert likeliest(source, Filters(q="nobody like it")) == ()


def test_without_its_model_they_are_named_all_the_same(shop: Shop, monkeypatch) -> None:
    source = find_source(shop.result.id)
    monkeypatch.setattr("core.explain.likely.source_manifest", lambda source: None)
    found = likeliest(source, Filters())
    assert len(found) == LIKELIEST
    assert all(one.reason is None for one in found)
