"""Expected over real totals: against a jackknife over visitors, and how often intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from core.stats.totals import ratio_of_totals


def amounts(random: np.random.Generator, visitors: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return expected and paid amounts and visitors; who comes again resembles himself."""
    visitor = np.repeat(np.arange(visitors), 1 + random.poisson(3, visitors))
    basket = random.lognormal(3, 0.8, visitors)[visitor]
    chance = random.beta(1, 5, visitors)[visitor]
    return 0.9 * 0.2 * basket, (random.random(len(visitor)) < chance) * basket, visitor


def test_it_is_the_ratio_with_the_interval_of_a_jackknife() -> None:
    expected, actual, visitor = amounts(np.random.default_rng(1), 4_000)
    found = ratio_of_totals(expected, actual, visitor)
    whole = expected.sum() / actual.sum()
    without = (expected.sum() - np.bincount(visitor, expected)) / (
        actual.sum() - np.bincount(visitor, actual)
    )
    error = np.sqrt(3_999 / 4_000 * ((without - without.mean()) ** 2).sum())

    assert found.value == pytest.approx(whole)
    assert found.n == len(expected)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.03)
    assert (found.high + found.low) / 2 == pytest.approx(whole)


def test_of_intervals_by_visitor_about_95_in_100_hold_the_truth() -> None:
    truth = 0.9 * 0.2 / (1 / 6)
    random, inside, alone = np.random.default_rng(2), 0, 0
    for _ in range(300):
        expected, actual, visitor = amounts(random, 500)
        found = ratio_of_totals(expected, actual, visitor)
        lone = ratio_of_totals(expected, actual, np.arange(len(visitor)))
        inside += found.low <= truth <= found.high
        alone += lone.low <= truth <= lone.high
    assert 0.92 <= inside / 300 <= 0.98
    assert alone / 300 < 0.93


def test_nothing_is_told_without_revenue_or_of_one_visitor() -> None:
    assert ratio_of_totals(np.ones(3), np.zeros(3), np.arange(3)).value is None
    assert ratio_of_totals(np.ones(3), np.ones(3), np.zeros(3, dtype=int)).value is None
    assert ratio_of_totals(np.ones(3), np.zeros(3), np.arange(3)).n == 3
