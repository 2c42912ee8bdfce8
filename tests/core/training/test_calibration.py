"""Calibrated probabilities mean what they say, and the threshold is tuned."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from core.bundle.models import expit, logit
from core.stats.calibration import expected_calibration_error, log_loss
from core.stats.ranked import RankedOutcomes
from core.training.calibration import best_threshold, fit_calibrator, fit_isotonic, fit_sigmoid


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
