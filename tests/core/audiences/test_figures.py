"""Expected buyers with their interval, profit along the ranking, and the three bands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.audiences import Definition, band_filters, bands, figures, profit_curve, select
from core.audiences.figures import Figures, expected_buyers, gains
from core.results.filters import Filters
from core.results.sources import Source
from tests.core.audiences.test_selection import source_of
from tests.core.results.scored import scored_frame, write_scored

BASE = Definition(salt="spring", pick="top_share", amount=0.2)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return scored_frame(1500)


@pytest.fixture(scope="module")
def source(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Source:
    return source_of(write_scored(frame, tmp_path_factory.mktemp("figures") / "sessions.parquet"))


def test_figures_add_up(frame: pd.DataFrame, source: Source) -> None:
    chosen = select(source, BASE)
    found = figures(chosen)
    open_ones = frame[~frame["purchased"]].sort_values(
        ["purchase_probability", "session_id"], ascending=[False, True]
    )
    top = open_ones.head(found.n)
    assert found.n == -(-len(open_ones) // 5)
    assert (found.sessions, found.people) == (len(frame), len(open_ones))
    assert found.treated + found.held_out == found.n == found.known
    assert found.bought == 0
    assert found.buyers.value == pytest.approx(top["purchase_probability"].sum())
    assert found.expected_revenue == pytest.approx(top["expected_revenue"].sum())
    treated = chosen.chosen[~chosen.is_held_out]
    extra = 0.1 * treated["probability"]
    assert found.treated_extra == pytest.approx(extra.sum())
    assert found.profit == pytest.approx((extra * 60 * 0.4).sum() - 0.1 * found.treated)
    # At the effect where it breaks even, contacting all of them brings nothing.
    even = replace(BASE, effect=found.break_even, held_out=0.0)
    assert figures(select(source, even)).profit == pytest.approx(0.0, abs=1e-9)
    assert Figures.from_dict(found.to_dict()) == found


def test_points_are_added_and_nobody_buys_more_than_once(source: Source) -> None:
    by_points = select(source, replace(BASE, effect_as="points", effect=0.7))
    p = by_points.ranked["probability"]
    assert gains(by_points.ranked, by_points.definition) == pytest.approx(np.minimum(0.7, 1 - p) * 60 * 0.4)


def test_those_who_bought_can_be_kept_and_are_counted(frame: pd.DataFrame, source: Source) -> None:
    found = figures(select(source, replace(BASE, pick="all", leave_out_buyers=False)))
    assert (found.n, found.bought) == (len(frame), int(frame["purchased"].sum()))


@pytest.mark.parametrize("rank", ["probability", "expected_revenue"])
def test_the_curve_is_exact_at_its_marks_and_its_ends(source: Source, rank: str) -> None:
    definition = replace(BASE, rank_by=rank, cost=0.3, held_out=0.0)
    chosen = select(source, definition)
    curve = profit_curve(chosen)
    each = gains(chosen.ranked, definition) - 0.3
    total = np.concatenate([[0.0], np.cumsum(each)])
    assert len(curve.contacted) <= 200
    assert (curve.contacted[0], curve.contacted[-1]) == (0, len(each))
    assert curve.profit == pytest.approx([total[place] for place in curve.contacted])
    assert curve.profit[curve.best] == pytest.approx(total.max())
    assert curve.contacted[curve.chosen] == chosen.n
    assert curve.profit[curve.chosen] == pytest.approx(figures(chosen).profit)
    # It pays from a value on: that is where the best place is.
    pays = 0.3 / (0.1 * 0.4) / (60 if rank == "probability" else 1)
    assert curve.value[curve.best] >= pays > curve.value[curve.best + 1]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_the_curve_and_the_figure_are_one_number_whoever_is_held_out(source: Source, share: float) -> None:
    chosen = select(source, replace(BASE, cost=0.3, held_out=share))
    curve = profit_curve(chosen)
    assert curve.profit[curve.chosen] == pytest.approx(figures(chosen).profit)
    assert (chosen.held_out > 0) == (share > 0)


def test_a_contact_that_never_pays_is_best_left(source: Source) -> None:
    curve = profit_curve(select(source, replace(BASE, cost=50.0)))
    assert (curve.contacted[curve.best], curve.profit[curve.best]) == (0, 0.0)


def test_the_interval_covers_what_chance_does(source: Source) -> None:
    random = np.random.default_rng(3)
    p = random.beta(1, 12, 400)
    estimate, calibrated = expected_buyers(p, replace(source, bundle="gone"))
    assert not calibrated
    drawn = (random.random((4000, len(p))) < p).sum(axis=1)
    within = (drawn >= estimate.low) & (drawn <= estimate.high)
    # Buyers come in whole numbers: a little to either side of 95%.
    assert 0.93 < within.mean() < 0.98
    # A model whose test is known is trusted no more than that test allows.
    wider, calibrated = expected_buyers(p, source)
    assert calibrated
    assert wider.low < estimate.low < estimate.high < wider.high


def test_bands_part_everybody_and_can_be_chosen(source: Source) -> None:
    definition = replace(BASE, filters="threshold=0.3&min_p=0.2")
    found = bands(source, definition)
    assert [band.band for band in found] == ["likely", "fence", "unlikely"]
    everybody = select(source, replace(BASE, pick="all"))
    assert sum(band.n for band in found) == everybody.n
    assert sum(band.buyers for band in found) == pytest.approx(everybody.ranked["probability"].sum())
    assert found[0].low == 0.3
    for band in found:
        query = band_filters(definition.chosen, band).to_query()
        assert select(source, replace(BASE, pick="all", filters=query)).n == band.n


def test_a_threshold_below_the_average_leaves_a_fence(source: Source) -> None:
    likely, fence, unlikely = bands(source, replace(BASE, filters="threshold=0.01"))
    assert (likely.low, fence.low, unlikely.high) == (0.01, 0.005, 0.005)


def test_without_predictions_there_are_sizes_only(tmp_path: Path) -> None:
    bare = scored_frame(40).drop(
        columns=[
            "purchase_probability",
            "predicted_purchase",
            "revenue_if_purchase",
            "expected_revenue",
            "predicted_revenue",
        ]
    )
    source = source_of(write_scored(bare, tmp_path / "bare.parquet"))
    chosen = select(source, replace(BASE, pick="all"))
    found = figures(chosen)
    assert found.n == 40 - bare["purchased"].sum()
    assert found.buyers is found.profit is found.break_even is None
    assert profit_curve(chosen) is None
    assert bands(source, BASE) == ()
    assert Filters() == chosen.definition.chosen
