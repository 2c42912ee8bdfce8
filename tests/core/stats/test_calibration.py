"""Calibration error against its definition; Brier score and log loss against scikit-learn, weighted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn import metrics as reference

from core.stats.calibration import (
    BINS,
    brier,
    calibration_bins,
    calibration_error,
    expected_calibration_error,
    log_loss,
)
from core.stats.ranked import RankedOutcomes

RANDOM = np.random.default_rng(21)
N = 1_500
PROBABILITY = RANDOM.permutation(np.linspace(0.001, 0.6, N).round(6))
OUTCOME = RANDOM.random(N) < PROBABILITY**1.5
WEIGHT = RANDOM.integers(0, 4, N).astype(float)


def by_hand(probability: np.ndarray, outcome: np.ndarray, bins: int = 15) -> float:
    """Return the error over bins of as many sessions each; sessions come out even, and no two are tied."""
    order = np.argsort(probability)
    said, bought = probability[order].reshape(bins, -1), outcome[order].reshape(bins, -1)
    return float(np.abs(said.mean(axis=1) - bought.mean(axis=1)).mean())


def test_it_is_the_mean_distance_of_predicted_and_real_share_over_fifteen_bins() -> None:
    ranked = RankedOutcomes.of_probabilities(PROBABILITY, OUTCOME)
    wanted = by_hand(PROBABILITY, OUTCOME)

    assert BINS == 15
    assert calibration_error(ranked).value == pytest.approx(wanted, abs=1e-12)
    assert expected_calibration_error(ranked) == pytest.approx(wanted, abs=1e-12)
    assert wanted > 0.05
    bins = calibration_bins(ranked)
    assert np.mean([abs(one.predicted - one.actual) for one in bins]) == pytest.approx(wanted, abs=1e-12)


def test_a_weight_counts_as_that_many_sessions() -> None:
    times = np.repeat(np.arange(N), WEIGHT.astype(int))
    weighed = RankedOutcomes.of_probabilities(PROBABILITY, OUTCOME).weighed(WEIGHT)
    repeated = RankedOutcomes.of_probabilities(PROBABILITY[times], OUTCOME[times])

    assert expected_calibration_error(weighed) == pytest.approx(
        expected_calibration_error(repeated), abs=1e-12
    )
    # What all of them weigh doesn't matter.
    half = RankedOutcomes.of_probabilities(PROBABILITY, OUTCOME).weighed(WEIGHT / 7.3)
    assert expected_calibration_error(half) == pytest.approx(expected_calibration_error(weighed), abs=1e-12)
    plain = RankedOutcomes.of_probabilities(PROBABILITY, OUTCOME)
    assert abs(expected_calibration_error(plain) - expected_calibration_error(weighed)) > 1e-4


def test_tied_sessions_are_shared_out_whatever_order_they_stand_in() -> None:
    probability = PROBABILITY.round(1)
    found = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(N)
        ranked = RankedOutcomes.of_probabilities(probability[order], OUTCOME[order])
        found.append((calibration_error(ranked), calibration_bins(ranked, 10)))
    assert found[0] == found[1] == found[2]

    # Sessions of one score only: every bin is like the whole.
    level = RankedOutcomes.of_probabilities(np.full(N, 0.3), OUTCOME)
    assert calibration_error(level).value == pytest.approx(abs(0.3 - OUTCOME.mean()), abs=1e-9)
    assert len({round(one.actual, 9) for one in calibration_bins(level)}) == 1


def test_bins_of_uneven_numbers_hold_every_session_once() -> None:
    ranked = RankedOutcomes.of_probabilities(PROBABILITY[:1_003], OUTCOME[:1_003])
    bins = calibration_bins(ranked, 10)

    assert sum(one.n for one in bins) == 1_003
    assert {one.n for one in bins} == {100, 101}
    bought = sum(one.actual for one in bins) * 1_003 / 10
    assert bought == pytest.approx(OUTCOME[:1_003].sum())
    assert sum(one.predicted for one in bins) * 1_003 / 10 == pytest.approx(PROBABILITY[:1_003].sum())
    assert bins[0].lowest == PROBABILITY[:1_003].min()
    assert bins[-1].highest == PROBABILITY[:1_003].max()
    assert all(one.lowest <= one.predicted <= one.highest for one in bins)
    assert all(one.low <= one.actual <= one.high for one in bins)
    assert all(one.highest <= other.lowest + 0.001 for one, other in itertools.pairwise(bins))


def test_of_fewer_sessions_than_bins_each_is_a_bin_and_no_error_is_told() -> None:
    ranked = RankedOutcomes.of_probabilities(PROBABILITY[:7], OUTCOME[:7])
    assert [one.n for one in calibration_bins(ranked)] == [1] * 7
    assert calibration_error(ranked).value is None
    assert (
        calibration_error(RankedOutcomes.of_probabilities(PROBABILITY[:15], OUTCOME[:15])).value is not None
    )
    nothing = RankedOutcomes.of_probabilities(PROBABILITY[:0], OUTCOME[:0])
    assert calibration_bins(nothing) == ()


def test_it_is_small_for_honest_and_large_for_boastful_probabilities() -> None:
    random = np.random.default_rng(1)
    honest = random.beta(1, 12, 60_000)
    outcome = random.random(60_000) < honest

    ranked = RankedOutcomes.of_probabilities(honest, outcome)
    assert [one.n for one in calibration_bins(ranked)] == [4_000] * 15
    assert calibration_error(ranked).value < 0.006
    boastful = RankedOutcomes.of_probabilities(np.minimum(honest * 2, 1), outcome)
    assert calibration_error(boastful).value > 0.05


def test_visitors_who_come_again_widen_the_interval() -> None:
    visitor = np.tile(np.arange(N), 4)
    probability, outcome = np.tile(PROBABILITY, 4), np.tile(OUTCOME, 4)
    once = calibration_error(RankedOutcomes.of_probabilities(PROBABILITY, OUTCOME))
    again = calibration_error(RankedOutcomes.of_probabilities(probability, outcome, visitor))
    apart = calibration_error(RankedOutcomes.of_probabilities(probability, outcome))

    assert again.value == pytest.approx(once.value) == pytest.approx(apart.value)
    assert (again.low, again.high) == pytest.approx((once.low, once.high), abs=0.003)
    assert again.high - again.low > 1.5 * (apart.high - apart.low)
    bins = (
        calibration_bins(RankedOutcomes.of_probabilities(PROBABILITY, OUTCOME)),
        calibration_bins(RankedOutcomes.of_probabilities(probability, outcome, visitor)),
    )
    for one, other in zip(*bins, strict=True):
        assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=1e-3)


def test_the_interval_is_that_of_outcomes_drawn_anew() -> None:
    """With probabilities right on average by bin, the error of new outcomes is theirs."""
    probability = np.repeat(np.linspace(0.05, 0.75, 15), 200)
    outcome = np.arange(3_000) % 200 < 200 * probability
    figure = calibration_error(RankedOutcomes.of_probabilities(probability, outcome))
    random = np.random.default_rng(5)
    errors = [
        expected_calibration_error(
            RankedOutcomes.of_probabilities(probability, random.random(3_000) < probability)
        )
        for _ in range(400)
    ]

    assert figure.value == pytest.approx(0.0, abs=0.003)
    assert figure.low <= figure.value
    assert figure.high == pytest.approx(float(np.quantile(errors, 0.975)), rel=0.08)


@pytest.mark.parametrize("weight", [np.ones(N), WEIGHT])
def test_brier_score_and_log_loss_are_scikit_learns(weight: np.ndarray) -> None:
    assert brier(PROBABILITY, OUTCOME, weight) == pytest.approx(
        reference.brier_score_loss(OUTCOME, PROBABILITY, sample_weight=weight)
    )
    assert log_loss(PROBABILITY, OUTCOME, weight) == pytest.approx(
        reference.log_loss(OUTCOME, PROBABILITY, sample_weight=weight)
    )


def test_certainty_that_is_wrong_costs_much_but_not_everything() -> None:
    assert log_loss(np.array([0.0, 1.0]), np.array([True, False])) == pytest.approx(-np.log(1e-12), rel=1e-4)
