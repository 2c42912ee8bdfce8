"""Figures of revenue agree with scikit-learn's and scipy's; ranges and baselines with what they mean."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn import metrics as reference

from core.training.revenue_figures import Range, all_revenue_figures, buyer_revenue_figures

RANDOM = np.random.default_rng(8)


def test_revenue_figures_are_scikit_learns() -> None:
    actual = RANDOM.lognormal(4, 0.5, 300)
    predicted = actual * RANDOM.lognormal(0, 0.3, 300)
    figures = buyer_revenue_figures(predicted, actual)(np.ones(300))

    assert figures["mae"] == pytest.approx(reference.mean_absolute_error(actual, predicted))
    assert figures["rmse"] == pytest.approx(reference.root_mean_squared_error(actual, predicted))
    assert figures["r2"] == pytest.approx(reference.r2_score(actual, predicted))
    assert figures["spearman"] == pytest.approx(spearmanr(actual, predicted).statistic)


def test_gini_is_1_for_the_right_order_and_0_for_none() -> None:
    actual = np.where(RANDOM.random(5_000) < 0.1, RANDOM.lognormal(4, 0.5, 5_000), 0.0)

    best = all_revenue_figures(actual * 0.5, actual)(np.ones(5_000))
    blind = all_revenue_figures(RANDOM.random(5_000), actual)(np.ones(5_000))

    assert best["gini"] == pytest.approx(1.0)
    assert best["predicted_to_actual"] == pytest.approx(0.5)
    assert abs(blind["gini"]) < 0.1


def test_coverage_counts_the_buyers_inside_their_range() -> None:
    actual = np.array([10.0, 20.0, 30.0, 40.0])
    within = Range(low=np.array([10.0, 21.0, 0.0, 0.0]), high=np.array([12.0, 40.0, 29.0, 40.0]))
    figures = buyer_revenue_figures(actual, actual, within)

    told = figures(np.ones(4))
    assert (told["range_coverage"], told["range_below"], told["range_above"]) == (0.5, 0.25, 0.25)
    assert told["range_width"] == pytest.approx((2 + 19 + 29 + 40) / 4)
    # The first one drawn twice, the last one not at all.
    assert figures(np.array([2.0, 1.0, 1.0, 0.0]))["range_coverage"] == 0.5
    assert "range_coverage" not in buyer_revenue_figures(actual, actual)(np.ones(4))


def test_the_baseline_is_what_the_mean_basket_times_probability_reaches() -> None:
    n = 20_000
    probability, basket = RANDOM.beta(1, 9, n), RANDOM.lognormal(4, 0.7, n)
    actual = np.where(RANDOM.random(n) < probability, basket, 0.0)
    told = all_revenue_figures(probability * basket, actual, probability)(np.ones(n))
    mean = all_revenue_figures(probability * basket.mean(), actual)(np.ones(n))

    assert told["gini_baseline"] == pytest.approx(mean["gini"])
    assert told["gini_gain"] == pytest.approx(told["gini"] - told["gini_baseline"])
    assert told["gini_gain"] > 0.05
    assert told["expected_total"] == pytest.approx((probability * basket).sum())
    assert told["actual_total"] == pytest.approx(actual.sum())


def test_sessions_expected_to_bring_the_same_rank_alike_in_any_order() -> None:
    actual = np.where(RANDOM.random(800) < 0.2, RANDOM.lognormal(4, 0.7, 800), 0.0)
    expected, order = (actual + RANDOM.normal(0, 20, 800)).round(-1), RANDOM.permutation(800)
    told = all_revenue_figures(expected, actual)(np.ones(800))
    other = all_revenue_figures(expected[order], actual[order])(np.ones(800))

    assert told["gini"] == pytest.approx(other["gini"], abs=1e-12)
    assert all_revenue_figures(np.ones(800), actual)(np.ones(800))["gini"] == pytest.approx(0.0, abs=1e-12)
