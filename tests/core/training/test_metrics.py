"""The figures agree with scikit-learn's, weighted and not, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from core.training.evaluation import davies_bouldin
from core.training.metrics import (
    Ranking,
    calibration_error,
    decisions,
    equal_mass_bins,
    log_loss,
    purchase_figures,
    with_intervals,
)

RANDOM = np.random.default_rng(8)
N = 2_000
PROBABILITY = RANDOM.beta(1, 12, N).round(2)
OUTCOME = RANDOM.random(N) < PROBABILITY
WEIGHT = RANDOM.integers(0, 4, N).astype(float)
ONES = np.ones(N)


@pytest.mark.parametrize("weight", [ONES, WEIGHT])
def test_areas_are_scikit_learns(weight: np.ndarray) -> None:
    figures = Ranking(PROBABILITY, OUTCOME).figures(weight)

    assert figures["roc_auc"] == pytest.approx(
        reference.roc_auc_score(OUTCOME, PROBABILITY, sample_weight=weight)
    )
    assert figures["pr_auc"] == pytest.approx(
        reference.average_precision_score(OUTCOME, PROBABILITY, sample_weight=weight)
    )


def test_the_top_tenth() -> None:
    score = np.arange(100.0)
    outcome = np.isin(np.arange(100), [99, 95, 90, 50])
    figures = Ranking(score, outcome).figures(np.ones(100))

    assert figures["captured_top10"] == pytest.approx(0.75)
    assert figures["lift_top10"] == pytest.approx(7.5)
    # Nobody can tell sessions of one score apart: the top tenth of them is any tenth.
    level = Ranking(np.zeros(100), outcome).figures(np.ones(100))
    assert (level["lift_top10"], level["roc_auc"]) == pytest.approx((1.0, 0.5))


def test_one_class_has_no_areas() -> None:
    figures = Ranking(PROBABILITY, np.zeros(N, dtype=bool)).figures(ONES)

    assert np.isnan(list(figures.values())).all()


def test_errors_and_decisions_are_scikit_learns() -> None:
    figures = purchase_figures(PROBABILITY, OUTCOME, 0.15)(WEIGHT)
    yes = PROBABILITY >= 0.15
    told = {"sample_weight": WEIGHT}

    assert figures["brier"] == pytest.approx(reference.brier_score_loss(OUTCOME, PROBABILITY, **told))
    assert figures["precision"] == pytest.approx(reference.precision_score(OUTCOME, yes, **told))
    assert figures["recall"] == pytest.approx(reference.recall_score(OUTCOME, yes, **told))
    assert figures["f1"] == pytest.approx(reference.f1_score(OUTCOME, yes, **told))
    assert log_loss(np.clip(PROBABILITY, 0.01, 0.99), OUTCOME, WEIGHT) == pytest.approx(
        reference.log_loss(OUTCOME, np.clip(PROBABILITY, 0.01, 0.99), **told)
    )
    assert np.isnan(decisions(np.zeros(N, dtype=bool), OUTCOME, ONES)["precision"])


def test_calibration_error_is_small_for_honest_and_large_for_boastful_probabilities() -> None:
    random = np.random.default_rng(1)
    honest = random.beta(1, 12, 60_000)
    outcome = random.random(60_000) < honest
    ones = np.ones(60_000)

    bins = equal_mass_bins(honest)
    assert np.bincount(bins).tolist() == [4_000] * 15
    assert calibration_error(honest, outcome, ones, bins) < 0.006
    assert calibration_error(np.minimum(honest * 2, 1), outcome, ones, bins) > 0.05


def test_davies_bouldin_is_scikit_learns() -> None:
    points = RANDOM.normal(size=(400, 3))
    labels = (points[:, 0] > 0).astype(int) + (points[:, 1] > 0.5)

    assert davies_bouldin(points, labels, np.ones(400)) == pytest.approx(
        reference.davies_bouldin_score(points, labels)
    )


def test_an_interval_holds_the_figure_and_narrows_with_more_sessions() -> None:
    def mean(values: np.ndarray):
        return lambda weight: {"mean": float(np.average(values, weights=weight))}

    few, many = RANDOM.normal(1, 1, 100), RANDOM.normal(1, 1, 2_500)
    small = with_intervals(mean(few), np.arange(100), {"mean": "EUR"})["mean"]
    large = with_intervals(mean(many), np.arange(2_500), {})["mean"]

    assert small.low <= small.value <= small.high
    assert (small.n, small.unit, large.unit) == (100, "EUR", "share")
    assert (large.high - large.low) < (small.high - small.low) / 3
    assert large.high - large.low == pytest.approx(2 * 1.96 / 50, rel=0.2)


def test_a_visitors_sessions_are_drawn_together() -> None:
    values = np.repeat(RANDOM.normal(size=50), 20)

    def mean(weight: np.ndarray):
        return {"mean": float(np.average(values, weights=weight))}

    apart = with_intervals(mean, np.arange(1_000), {})["mean"]
    together = with_intervals(mean, np.repeat(np.arange(50), 20), {})["mean"]

    assert together.high - together.low > 3 * (apart.high - apart.low)
