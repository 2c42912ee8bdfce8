"""Areas and the top tenth against scikit-learn, weighted and not, ties included; how often intervals hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as reference

from core.stats.proportions import wilson
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import area_under_roc, average_precision, captured, pr_auc, roc_auc

RANDOM = np.random.default_rng(8)
N = 2_000
PROBABILITY = RANDOM.beta(1, 12, N).round(2)
OUTCOME = RANDOM.random(N) < PROBABILITY
WEIGHT = RANDOM.integers(0, 4, N).astype(float)
ONES = np.ones(N)


def counted(buyers: list[float], others: list[float]) -> RankedOutcomes:
    """Return sessions of as many scores as there are counts, highest first."""
    score = np.arange(len(buyers), 0, -1.0)
    each = np.repeat(np.tile(score, 2), np.array([*buyers, *others]).astype(int))
    return RankedOutcomes.of(each, np.arange(len(each)) < sum(buyers))


@pytest.mark.parametrize("weight", [ONES, WEIGHT, RANDOM.random(N)])
@pytest.mark.parametrize("rank", [RankedOutcomes.of, RankedOutcomes.of_probabilities])
def test_areas_are_scikit_learns(weight: np.ndarray, rank) -> None:
    ranked = rank(PROBABILITY, OUTCOME).weighed(weight)

    assert area_under_roc(ranked) == pytest.approx(
        reference.roc_auc_score(OUTCOME, PROBABILITY, sample_weight=weight), abs=1e-12
    )
    assert average_precision(ranked) == pytest.approx(
        reference.average_precision_score(OUTCOME, PROBABILITY, sample_weight=weight), abs=1e-12
    )


def test_figures_have_the_values_of_the_areas() -> None:
    ranked = RankedOutcomes.of(PROBABILITY, OUTCOME)

    assert roc_auc(ranked).value == pytest.approx(area_under_roc(ranked), abs=1e-15)
    assert pr_auc(ranked).value == average_precision(ranked)
    assert (roc_auc(ranked).n, roc_auc(ranked).unit) == (N, "score")


def test_the_top_tenth() -> None:
    score = np.arange(100.0)
    outcome = np.isin(np.arange(100), [99, 95, 90, 50])

    assert captured(RankedOutcomes.of(score, outcome)) == pytest.approx(0.75)
    assert captured(RankedOutcomes.of(score, outcome), 0.5) == pytest.approx(1.0)
    # Nobody can tell sessions of one score apart: the top tenth of them is any tenth.
    level = RankedOutcomes.of(np.zeros(100), outcome)
    assert (captured(level), area_under_roc(level)) == pytest.approx((0.1, 0.5))


def test_a_score_is_told_apart_to_the_sixth_decimal() -> None:
    probability = np.array([0.3000004, 0.3000006, 0.3, 0.1])
    ranked = RankedOutcomes.of_probabilities(probability, np.array([True, False, False, True]))

    assert ranked.score.tolist() == [0.300001, 0.3, 0.1]
    assert ranked.buyers.tolist() == [0, 1, 1]
    assert ranked.others.tolist() == [1, 1, 0]


def test_one_class_has_no_areas() -> None:
    for outcome in (np.zeros(N, dtype=bool), np.ones(N, dtype=bool)):
        ranked = RankedOutcomes.of(PROBABILITY, outcome)
        assert np.isnan([area_under_roc(ranked), average_precision(ranked), captured(ranked)]).all()
        assert (roc_auc(ranked).value, pr_auc(ranked).value) == (None, None)


def test_a_single_buyer_is_too_few_to_rank() -> None:
    ranked = RankedOutcomes.of(PROBABILITY, np.arange(N) == 5)
    assert (roc_auc(ranked).value, pr_auc(ranked).value) == (None, None)


def test_perfect_and_useless_rankings() -> None:
    perfect = roc_auc(counted([5, 0], [0, 9]))
    assert (perfect.value, perfect.low, perfect.high) == (1.0, 1.0, 1.0)
    assert roc_auc(counted([5], [9])).value == 0.5


def test_average_precision_of_a_small_case() -> None:
    """Ranks: buyer, other, buyer, other."""
    assert pr_auc(counted([1, 0, 1, 0], [0, 1, 0, 1])).value == pytest.approx((1 + 2 / 3) / 2)


def test_the_variance_of_lone_visits_is_delongs() -> None:
    """His structural components, over every pair of a buyer and another (DeLong 1988, eq. 5 and 6)."""
    score, outcome = PROBABILITY[:400], OUTCOME[:400]
    pairs = np.sign(score[outcome][:, None] - score[~outcome][None]) / 2 + 0.5
    variance = pairs.mean(axis=1).var(ddof=1) / len(pairs) + pairs.mean(axis=0).var(ddof=1) / pairs.shape[1]
    area = pairs.mean()
    half = 1.959963984540054 * math.sqrt(variance) / (area * (1 - area))
    low, high = (1 / (1 + math.exp(-math.log(area / (1 - area)) - side * half)) for side in (-1, 1))

    for visitor in (None, RANDOM.permutation(400)):
        figure = roc_auc(RankedOutcomes.of(score, outcome, visitor))
        assert (figure.value, figure.low, figure.high) == pytest.approx((area, low, high), rel=1e-9)


def test_the_variance_of_average_precision_is_the_jackknifes() -> None:
    score, outcome = PROBABILITY[:400], OUTCOME[:400]
    visitor = np.arange(400) // 2
    ranked = RankedOutcomes.of(score, outcome)
    without = np.array([average_precision(ranked.weighed((visitor != one) * 1.0)) for one in range(200)])
    jackknife = 199 / 200 * ((without - without.mean()) ** 2).sum()

    figure = pr_auc(RankedOutcomes.of(score, outcome, visitor))
    reach = math.log(figure.high / (1 - figure.high)) - math.log(figure.low / (1 - figure.low))
    error = reach / 2 / 1.959963984540054 * figure.value * (1 - figure.value)
    assert error == pytest.approx(math.sqrt(jackknife), rel=0.1)


def test_sessions_that_are_there_twice_tell_no_more() -> None:
    """Each visitor's two sessions are alike: the interval is that of one session each."""
    score, outcome = PROBABILITY[:500], OUTCOME[:500]
    once = RankedOutcomes.of(score, outcome, np.arange(500))
    twice = RankedOutcomes.of(np.tile(score, 2), np.tile(outcome, 2), np.tile(np.arange(500), 2))
    apart = RankedOutcomes.of(np.tile(score, 2), np.tile(outcome, 2))

    for measure in (roc_auc, pr_auc):
        one, two, more = measure(once), measure(twice), measure(apart)
        assert two.value == pytest.approx(one.value, abs=1e-12)
        assert (two.low, two.high) == pytest.approx((one.low, one.high), abs=2e-3)
        assert more.high - more.low == pytest.approx((one.high - one.low) / math.sqrt(2), rel=0.03)


def test_the_order_sessions_stand_in_changes_nothing() -> None:
    order, visitor = RANDOM.permutation(N), RANDOM.integers(0, 900, N)
    one = RankedOutcomes.of_probabilities(PROBABILITY, OUTCOME, visitor)
    other = RankedOutcomes.of_probabilities(PROBABILITY[order], OUTCOME[order], visitor[order])

    for measure in (roc_auc, pr_auc):
        first, second = measure(one), measure(other)
        assert (first.value, first.low, first.high) == pytest.approx((second.value, second.low, second.high))
    assert captured(one) == captured(other)
    assert one.design_effect == pytest.approx(other.design_effect)


def visits(random: np.random.Generator, visitors: int, more: float) -> tuple[np.ndarray, ...]:
    """Return predictions, outcomes and visitors, who resemble themselves in what is seen and what isn't."""
    visitor = np.repeat(np.arange(visitors), 1 + random.poisson(more, visitors))
    seen = random.normal(0, 1, visitors)[visitor] * 0.8 + random.normal(0, 0.6, len(visitor))
    unseen = random.normal(0, 0.8, visitors)[visitor]
    odds = -2 + 1.2 * seen
    return odds, random.random(len(visitor)) < 1 / (1 + np.exp(-odds - unseen)), visitor


def test_of_intervals_by_visitor_about_95_in_100_hold_the_truth() -> None:
    """Who comes five times and more, and is alike: intervals of lone sessions would hold it less often."""
    odds, outcome, _ = visits(np.random.default_rng(1), 60_000, 5)
    truth = RankedOutcomes.of(odds, outcome)
    areas, rate = (area_under_roc(truth), average_precision(truth)), outcome.mean()
    random, inside, alone = np.random.default_rng(2), np.zeros(3), np.zeros(3)
    for _ in range(300):
        odds, outcome, visitor = visits(random, 250, 5)
        ranked, lone = RankedOutcomes.of(odds, outcome, visitor), RankedOutcomes.of(odds, outcome)
        for place, (measure, area) in enumerate(zip((roc_auc, pr_auc), areas, strict=True)):
            for found, held in ((measure(ranked), inside), (measure(lone), alone)):
                held[place] += found.low <= area <= found.high
        for found, held in ((ranked, inside), (lone, alone)):
            low, high = wilson(outcome.sum(), len(outcome), design_effect=found.design_effect)
            held[2] += low <= rate <= high
    assert ((inside / 300 > 0.92) & (inside / 300 < 0.98)).all()
    assert (alone[1:] / 300 < 0.91).all()


def test_delongs_interval_covers_the_truth() -> None:
    """Scores of buyers are higher by one standard deviation: the true area is Phi(1 / sqrt 2)."""
    random = np.random.default_rng(3)
    truth, inside = 0.7602499389, 0
    for _ in range(200):
        bought = np.arange(300) < 60
        figure = roc_auc(RankedOutcomes.of((random.normal(0, 1, 300) + bought).round(9), bought))
        inside += figure.low <= truth <= figure.high
    assert 0.92 < inside / 200 < 0.98
