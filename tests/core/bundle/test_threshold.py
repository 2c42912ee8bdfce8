"""Thresholds by money: against brute force, session by session."""

from __future__ import annotations

import numpy as np
import pytest

from core.bundle.threshold import (
    ThresholdRule,
    best_place,
    best_threshold_by_money,
    profit_interval,
    profits,
    read_counts,
)
from core.stats.decisions import DecisionCounts
from core.training.curves import confusion


def sample(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities, many of them shared, and outcomes that follow them."""
    random = np.random.default_rng(seed)
    probability = random.beta(0.5, 6, n).round(2).clip(0.001, 0.999)
    return probability, random.random(n) < probability


def money(value: float, cost: float) -> ThresholdRule:
    return ThresholdRule(kind="money", value_of_buyer=value, cost_of_contact=cost)


def brute(
    probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray, threshold: float, rule: ThresholdRule
) -> float:
    """Add up what each contacted session brings."""
    value, cost = rule.amounts()
    total = 0.0
    for said, bought, weighs in zip(probability, outcome, weight, strict=True):
        if said >= threshold:
            total += weighs * ((value if bought else 0.0) - cost)
    return total


@pytest.mark.parametrize(("value", "cost"), [(90, 2), (10, 4), (5, 4.9), (50, 0)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_threshold_brings_more_than_the_best_one(value: float, cost: float, seed: int) -> None:
    probability, outcome = sample(300, seed)
    weight = np.random.default_rng(seed).random(300)
    rule = money(value, cost)

    best = best_threshold_by_money(probability, outcome, weight, rule)

    tried = [*np.unique(probability), *(np.unique(probability) + 1e-6), 1.0]
    most = max(brute(probability, outcome, weight, threshold, rule) for threshold in tried)
    assert brute(probability, outcome, weight, best, rule) == pytest.approx(most)
    assert 0 < best < 1
    assert best not in probability, "no session sits right on it"


def test_where_no_contact_pays_nobody_is_contacted() -> None:
    probability, outcome = np.array([0.1, 0.5, 0.9]), np.array([False, False, False])

    best = best_threshold_by_money(probability, outcome, np.ones(3), money(10, 1))

    assert best > 0.9


def test_profits_of_counts_are_those_of_the_sessions() -> None:
    probability, outcome = sample(500, 5)
    counts = read_counts({"confusion": confusion(probability, outcome, 0.2)})
    rule = money(40, 3)

    found = profits(counts, rule)

    for count, profit in zip(counts, found, strict=True):
        assert profit == pytest.approx(brute(probability, outcome, np.ones(500), count.threshold, rule))
    assert found[best_place(counts, rule)] == max(found)


def test_the_best_f1_is_the_best_of_the_counts() -> None:
    probability, outcome = sample(500, 6)
    counts = read_counts({"confusion": confusion(probability, outcome, 0.2)})

    best = best_place(counts, ThresholdRule())

    assert counts[best].f1 == max(count.f1 for count in counts if count.f1 is not None)


def test_profit_lies_in_its_interval() -> None:
    counts, rule = DecisionCounts(threshold=0.3, tp=300, fp=100, fn=200, tn=1400), money(90, 2)
    low, high = profit_interval(counts, rule)
    profit = counts.profit(90, 2)
    assert low < profit < high
    # A sum over n sessions that bring 88, -2 or nothing.
    p, q, n = 300 / 2000, 100 / 2000, 2000
    mean = 88 * p - 2 * q
    spread = (n * (88**2 * p + 4 * q - mean**2)) ** 0.5
    assert high - low == pytest.approx(2 * 1.96 * spread, rel=0.1)
