"""Calibrated probabilities mean what they say, and the threshold is tuned."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from core.bundle.models import expit, logit
from core.stats.calibration import expected_calibration_error, log_loss
from core.stats.ranked import RankedOutcomes
from core.training.purchase.calibration import (
    FLATTEST,
    LEAST_BUYERS_FOR_STEPS,
    STEEPEST,
    best_threshold,
    fit_calibrator,
    fit_isotonic,
    fit_sigmoid,
)


def sample(n: int, seed: int, bend: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of a class-weighted model, and outcomes: boastful, and bent if asked."""
    random = np.random.default_rng(seed)
    truth = random.normal(-3, 1.2, n)
    score = expit(np.sign(truth + 3) * np.abs(truth + 3) ** bend)
    return score, random.random(n) < expit(truth)


@pytest.mark.parametrize("fit", [fit_sigmoid, fit_isotonic])
def test_boastful_scores_become_honest(fit) -> None:
    score, outcome = sample(20_000, 1)
    fresh, fresh_outcome = sample(20_000, 2)

    calibrated = fit(score, outcome, np.ones(len(score)))(fresh)

    assert expected_calibration_error(RankedOutcomes.of(fresh, fresh_outcome)) > 0.3
    assert expected_calibration_error(RankedOutcomes.of(calibrated, fresh_outcome)) < 0.008
    assert calibrated.mean() == pytest.approx(fresh_outcome.mean(), rel=0.06)


@pytest.mark.parametrize("fit", [fit_sigmoid, fit_isotonic])
def test_a_higher_score_never_gets_a_lower_or_the_same_probability(fit) -> None:
    score, outcome = sample(3_000, 3)
    levels = np.unique(np.append(score, np.linspace(0.001, 0.999, 300)))

    assert (np.diff(fit(score, outcome, np.ones(len(score)))(levels)) > 0).all()


def test_steps_are_taken_where_a_line_doesnt_fit_and_there_is_enough_to_see_it() -> None:
    bent, straight, little = sample(30_000, 4, bend=3.0), sample(30_000, 4), sample(600, 4, bend=3.0)

    assert fit_calibrator(*bent, np.ones(30_000), seed=0).method == "isotonic"
    assert fit_calibrator(*straight, np.ones(30_000), seed=0).method == "sigmoid"
    assert fit_calibrator(*little, np.ones(600), seed=0).method == "sigmoid"


def test_the_line_is_the_one_of_greatest_likelihood() -> None:
    score, outcome = sample(20_000, 5)
    curve = fit_sigmoid(score, outcome, np.ones(len(score)))
    best = log_loss(curve(score), outcome)

    for shift in (-0.1, 0.1):
        assert log_loss(expit(logit(curve(score)) + shift), outcome) > best
    assert curve.slope == pytest.approx(1.0, abs=0.1)


def platt(score: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Return intercept and slope of Platt's line by Newton's method, with his targets.

    Platt (1999), "Probabilistic outputs for support vector machines", eq. 2 to 4: a buyer's target is
    (N+ + 1) / (N+ + 2), another's 1 / (N- + 2).
    """
    x = np.column_stack([np.ones(len(score)), logit(score)])
    buyers, others = weight[outcome].sum(), weight[~outcome].sum()
    target = np.where(outcome, (buyers + 1) / (buyers + 2), 1 / (others + 2))
    line = np.array([np.log((buyers + 1) / (others + 1)), 0.0])
    for _ in range(100):
        p = expit(x @ line)
        line -= np.linalg.solve((x.T * (weight * p * (1 - p))) @ x, x.T @ (weight * (p - target)))
    return float(line[0]), float(line[1])


#: Few sessions and many, as many buyers as others, hardly any, and weights of all sizes.
PLATT_SAMPLES = {
    "few": (np.array([0.1, 0.2, 0.4, 0.6, 0.7, 0.9]), np.array([0, 1, 0, 0, 1, 1], bool), np.ones(6)),
    "rare": (*sample(400, 7), np.ones(400)),
    "weighted": (*sample(400, 8), np.random.default_rng(8).choice([0.1, 1.0, 5.0], 400)),
}


@pytest.mark.parametrize("name", PLATT_SAMPLES)
def test_the_line_is_platts_with_his_targets_and_the_weights(name: str) -> None:
    score, outcome, weight = PLATT_SAMPLES[name]
    curve = fit_sigmoid(score, outcome, weight)
    intercept, slope = platt(score, outcome, weight)

    np.testing.assert_allclose(logit(curve(score)), intercept + slope * logit(score), rtol=1e-3, atol=1e-3)
    assert curve.slope == pytest.approx(slope, rel=1e-3)


def test_sessions_told_apart_perfectly_still_get_no_certainty() -> None:
    """Without Platt's targets the line would rise without end."""
    score, outcome = np.array([0.3, 0.3, 0.7, 0.7]), np.array([False, False, True, True])
    calibrated = fit_sigmoid(score, outcome, np.ones(4))(score)

    # Two of each kind: a buyer's target is 3/4, another's 1/4.
    assert calibrated == pytest.approx([0.25, 0.25, 0.75, 0.75], abs=1e-3)


@pytest.mark.parametrize("fit", [fit_sigmoid, fit_isotonic])
def test_a_weight_counts_as_that_many_sessions(fit) -> None:
    score, outcome = sample(500, 9)
    weight = np.random.default_rng(9).integers(1, 4, 500)
    times = np.repeat(np.arange(500), weight)

    weighted = fit(score, outcome, weight.astype(float))
    repeated = fit(score[times], outcome[times], np.ones(len(times)))

    np.testing.assert_allclose(weighted(score), repeated(score), rtol=1e-3, atol=1e-5)
    assert np.abs(fit(score, outcome, np.ones(500))(score) - weighted(score)).max() > 1e-3


@pytest.mark.parametrize("order", ["buyers first", "buyers last", "mixed"])
def test_sessions_of_one_score_share_a_step_in_whatever_order_they_come(order: str) -> None:
    score = np.repeat([0.2, 0.4, 0.6], 1_000)
    outcome = np.tile(np.arange(1_000), 3) < np.repeat([100, 250, 400], 1_000)
    row = {
        "buyers first": np.argsort(~outcome, kind="stable"),
        "buyers last": np.argsort(outcome, kind="stable"),
        "mixed": np.random.default_rng(11).permutation(3_000),
    }[order]

    curve = fit_isotonic(score[row], outcome[row], np.ones(3_000))

    assert curve(np.array([0.2, 0.4, 0.6])) == pytest.approx([0.1, 0.25, 0.4], abs=1e-3)


def test_steps_are_joined_by_weight() -> None:
    """Shares of 1 and 0 that weigh 1 to 9 make a step of 0.1, below the next of 0.3; unweighed, 0.5 isn't."""
    score, outcome = np.array([0.2, 0.4, 0.6, 0.6]), np.array([True, False, True, False])
    curve = fit_isotonic(score, outcome, np.array([100.0, 900.0, 300.0, 700.0]))

    centre = expit(0.1 * logit(score[:1]) + 0.9 * logit(score[1:2]))
    assert curve(np.append(centre, 0.6)) == pytest.approx([0.1, 0.3], abs=1e-3)


def test_from_a_hundred_buyers_on_steps_may_be_taken() -> None:
    """A step that no line comes near: of the lower scores nobody buys, of the others all alike."""
    score = np.concatenate([np.linspace(0.01, 0.5, 400), np.linspace(0.51, 0.99, 400)])
    outcome = np.arange(800) >= 400
    outcome[400::4] = outcome[401::4] = outcome[402::4] = False
    assert outcome.sum() == LEAST_BUYERS_FOR_STEPS
    fewer = outcome.copy()
    fewer[403] = False

    assert fit_calibrator(score, outcome, np.ones(800), seed=0).method == "isotonic"
    assert fit_calibrator(score, fewer, np.ones(800), seed=0).method == "sigmoid"


def test_curves_are_compared_by_weight() -> None:
    """Steps fit the heavy sessions, a line the many light ones: what weighs more decides."""
    score = np.concatenate([np.linspace(0.1, 0.5, 800), np.linspace(0.9, 0.99, 2_000)])
    heavy = (np.arange(800) >= 400) & (np.arange(800) % 2 == 0)
    outcome = np.concatenate([heavy, np.ones(2_000, bool)])
    weight = np.repeat([1.0, 0.001], [800, 2_000])

    assert fit_calibrator(score, outcome, weight, seed=0).method == "isotonic"


def test_beyond_the_last_step_no_slope_is_steeper_or_flatter_than_is_sensible() -> None:
    score = np.linspace(0.45, 0.55, 1_000)
    rising = np.random.default_rng(13).random(1_000) < np.linspace(0.1, 0.9, 1_000)
    level = np.arange(1_000) % 2 == 0

    assert fit_isotonic(score, rising, np.ones(1_000)).slope == STEEPEST
    assert fit_isotonic(score, level, np.ones(1_000)).slope == FLATTEST
    assert fit_sigmoid(score, level, np.ones(1_000)).slope == FLATTEST


def test_what_weighs_nothing_teaches_nothing() -> None:
    score, outcome = sample(500, 10)
    weight = np.ones(500)
    weight[:100] = 1e-9

    few = fit_sigmoid(score[100:], outcome[100:], np.ones(400))
    np.testing.assert_allclose(fit_sigmoid(score, outcome, weight)(score), few(score), rtol=1e-3)


@pytest.mark.slow
def test_no_other_threshold_has_a_better_f1() -> None:
    random = np.random.default_rng(6)
    probability = random.beta(1, 12, 3_000).round(3)
    outcome = random.random(3_000) < probability
    threshold = best_threshold(probability, outcome, np.ones(3_000))

    reached = f1_score(outcome, probability >= threshold)
    others = [f1_score(outcome, probability >= level) for level in np.unique(probability)]
    assert reached == pytest.approx(max(others))
    assert threshold < 0.4
    assert threshold not in probability


def test_a_threshold_weighs_sessions() -> None:
    random = np.random.default_rng(14)
    probability = random.beta(1, 4, 400).round(2)
    outcome = random.random(400) < probability
    weight = np.where(probability > 0.5, 1, 5)
    times = np.repeat(np.arange(400), weight)

    found = best_threshold(probability, outcome, weight.astype(float))

    assert found == best_threshold(probability[times], outcome[times], np.ones(len(times)))
    assert found != best_threshold(probability, outcome, np.ones(400))
