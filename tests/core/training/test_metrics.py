"""Every figure of purchase predictions is scikit-learn's, and the same with and without its interval."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from core.training.evaluation import davies_bouldin
from core.training.metrics import ORDER, formula_figures, purchase_figures, purchase_quality

RANDOM = np.random.default_rng(8)
N = 2_000
PROBABILITY = RANDOM.beta(1, 12, N).round(2)
OUTCOME = RANDOM.random(N) < PROBABILITY
WEIGHT = RANDOM.integers(0, 4, N).astype(float)
VISITOR = RANDOM.integers(0, 800, N)
YES = PROBABILITY >= 0.15


@pytest.mark.parametrize("weight", [np.ones(N), WEIGHT])
def test_figures_of_weighed_sessions_are_scikit_learns(weight: np.ndarray) -> None:
    figures, told = purchase_figures(PROBABILITY, OUTCOME, 0.15)(weight), {"sample_weight": weight}

    assert tuple(sorted(figures)) == tuple(sorted(ORDER))
    assert figures["roc_auc"] == pytest.approx(reference.roc_auc_score(OUTCOME, PROBABILITY, **told))
    assert figures["pr_auc"] == pytest.approx(reference.average_precision_score(OUTCOME, PROBABILITY, **told))
    assert figures["brier"] == pytest.approx(reference.brier_score_loss(OUTCOME, PROBABILITY, **told))
    assert figures["precision"] == pytest.approx(reference.precision_score(OUTCOME, YES, **told))
    assert figures["recall"] == pytest.approx(reference.recall_score(OUTCOME, YES, **told))
    assert figures["f1"] == pytest.approx(reference.f1_score(OUTCOME, YES, **told))
    assert figures["base_rate"] == pytest.approx(np.average(OUTCOME, weights=weight))
    assert figures["lift_top10"] == pytest.approx(10 * figures["captured_top10"])


def test_a_figure_with_its_interval_is_the_figure_without() -> None:
    figures = purchase_quality(PROBABILITY, OUTCOME, VISITOR, 0.15, resamples=50)
    plain = purchase_figures(PROBABILITY, OUTCOME, 0.15)(np.ones(N))

    assert tuple(figures) == ORDER
    assert {name: figure.value for name, figure in figures.items()} == pytest.approx(plain, abs=1e-12)
    for figure in figures.values():
        assert figure.low < figure.value < figure.high
    alone = formula_figures(PROBABILITY, OUTCOME, VISITOR, 0.15)
    assert {name: figures[name] for name in alone} == alone
    assert (figures["lift_top10"].unit, figures["brier"].unit, figures["f1"].unit) == (
        "times",
        "score",
        "score",
    )


def test_intervals_go_by_visitor() -> None:
    """Everybody came four times and did the same: four times the sessions tell no more."""
    again = [np.tile(values, 4) for values in (PROBABILITY, OUTCOME, np.arange(N))]
    once = purchase_quality(PROBABILITY, OUTCOME, np.arange(N), 0.15, resamples=100)
    figures = purchase_quality(*again, 0.15, resamples=100)

    for name, figure in figures.items():
        assert figure.high - figure.low == pytest.approx(once[name].high - once[name].low, rel=0.25), name


def test_davies_bouldin_is_scikit_learns() -> None:
    points = RANDOM.normal(size=(400, 3))
    labels = (points[:, 0] > 0).astype(int) + (points[:, 1] > 0.5)

    assert davies_bouldin(points, labels, np.ones(400)) == pytest.approx(
        reference.davies_bouldin_score(points, labels)
    )
