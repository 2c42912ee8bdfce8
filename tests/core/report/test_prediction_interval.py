"""What is to be expected of sessions, against plain arithmetic on the same rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.base.errors import NotFoundError
from core.report import Scene, open_scene, prediction_intervals, prepare, top_shares
from core.report.profile import profile
from core.report.scene import MAX_SHOP
from core.results.filters import Filters
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]


@pytest.fixture(scope="module")
def scene(shop: Shop) -> Scene:
    return open_scene(shop.result.id, Filters(), shop.settings)


@pytest.mark.parametrize("query", [{}, {"cluster": "1"}, {"min_p": "0.1"}])
def test_expected_buyers_and_revenue_are_sums_with_the_spread_of_chance(
    shop: Shop, scene: Scene, query: dict[str, str]
) -> None:
    filters = Filters.from_query(query)
    rows = [
        row
        for row in shop.rows
        if row["cluster_id"] == int(query.get("cluster", row["cluster_id"]))
        and row["purchase_probability"] >= float(query.get("min_p", 0))
    ]
    found = prediction_intervals(scene.sessions, filters)
    p = np.array([row["purchase_probability"] for row in rows])
    amount = np.array([row["revenue_if_purchase"] for row in rows])
    ends = np.array([[row["revenue_low"], row["revenue_high"]] for row in rows])
    spread = np.log(ends[:, 1] / ends[:, 0]) / (2 * 1.2815515655446004)
    variance = p * amount**2 * np.exp(spread**2) - (p * amount) ** 2
    assert found.n == len(rows)
    assert found.buyers is not None
    assert found.revenue is not None
    assert found.buyers.value == pytest.approx(p.sum())
    assert found.buyers.high - found.buyers.value == pytest.approx(1.959964 * math.sqrt((p * (1 - p)).sum()))
    assert found.revenue.value == pytest.approx((p * amount).sum())
    assert found.revenue.high - found.revenue.value == pytest.approx(1.959964 * math.sqrt(variance.sum()))


def test_the_range_of_buyers_holds_what_chance_does_to_them(shop: Shop, scene: Scene) -> None:
    p = np.array([row["purchase_probability"] for row in shop.rows])
    drawn = (np.random.default_rng(1).random((2_000, len(p))) < p).sum(axis=1)
    buyers = prediction_intervals(scene.sessions, Filters()).buyers
    assert buyers is not None
    assert 0.93 < ((drawn >= buyers.low) & (drawn <= buyers.high)).mean() < 0.98


def test_the_most_likely_sessions_hold_what_a_sorted_list_says(shop: Shop, scene: Scene) -> None:
    ranked = sorted(shop.rows, key=lambda row: -row["purchase_probability"])
    buyers = sum(row["purchased"] for row in ranked)
    for top in top_shares(scene.sessions, Filters()):
        n = math.ceil(top.share * len(ranked) - 1e-9)
        least = ranked[n - 1]["purchase_probability"]
        held = [row for row in ranked if row["purchase_probability"] >= least]
        assert top.n == len(held) >= n
        assert top.least == pytest.approx(least, abs=1e-15)
        assert top.expected == pytest.approx(sum(row["purchase_probability"] for row in held))
        assert top.of_buyers == pytest.approx(sum(row["purchased"] for row in held) / buyers)


def test_profiles_compare_with_the_filtered_sessions(shop: Shop, scene: Scene) -> None:
    kept = [row for row in shop.rows if row["country_group"] == "Germany"]
    cells = profile(scene.sessions, Filters.from_query({"country_group": "Germany"}))
    for cell in (cell for cell in cells if cell.feature == "n_events"):
        everyone = np.array([row["n_events"] for row in kept], dtype=float)
        own = np.array([row["n_events"] for row in kept if row["cluster_id"] == cell.cluster_id], dtype=float)
        assert cell.mean == pytest.approx(own.mean())
        assert cell.overall_mean == pytest.approx(everyone.mean())
        assert cell.difference == pytest.approx((own.mean() - everyone.mean()) / everyone.std())
    assert {cell.cluster_id for cell in cells} == {row["cluster_id"] for row in kept}


def test_a_report_goes_under_the_shops_name(shop: Shop, scene: Scene) -> None:
    assert scene.shop == "March visits"
    named = shop.settings.model_copy(update={"shop_name": "Nordlicht"})
    assert open_scene(shop.result.id, Filters(), named).shop == "Nordlicht"
    told = open_scene(shop.result.id, Filters(), named, " A\nname " + "x" * 200).shop
    assert told.startswith("A name x")
    assert len(told) == MAX_SHOP


def test_all_is_asked_at_once_and_no_result_is_an_error(shop: Shop, scene: Scene) -> None:
    prepare(scene)
    with pytest.raises(NotFoundError):
        open_scene("nothing", Filters(), shop.settings)
    assert open_scene("latest", Filters(), shop.settings).result.id == shop.result.id
