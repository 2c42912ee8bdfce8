"""How right predictions were: against scikit-learn, textbook cases, and simulated coverage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from core.results.accuracy import pr_auc, roc_auc
from core.results.filters import Filters
from core.results.view import ResultView
from tests.core.results.scored import scored_frame, write_scored


def _counts(score: np.ndarray, bought: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    table = pd.crosstab(score, bought).sort_index(ascending=False)
    return table[True].to_numpy(float), table[False].to_numpy(float)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return scored_frame(2000)


@pytest.fixture(scope="module")
def view(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ResultView:
    return ResultView(write_scored(frame, tmp_path_factory.mktemp("quality") / "sessions.parquet"))


def test_figures_agree_with_scikit_learn(view: ResultView, frame: pd.DataFrame) -> None:
    quality = view.quality(Filters())
    assert quality is not None
    bought, score = frame["purchased"].astype(bool), frame["purchase_probability"].round(6)
    assert quality.roc_auc.value == pytest.approx(roc_auc_score(bought, score), abs=1e-9)
    assert quality.pr_auc.value == pytest.approx(average_precision_score(bought, score), abs=1e-9)
    assert quality.precision.value == pytest.approx(precision_score(bought, frame["predicted_purchase"]))
    assert quality.recall.value == pytest.approx(recall_score(bought, frame["predicted_purchase"]))
    assert (quality.n, quality.buyers) == (len(frame), int(bought.sum()))
    assert quality.revenue_ratio.value == pytest.approx(
        frame["expected_revenue"].sum() / frame["revenue"].sum()
    )
    for figure in (
        quality.roc_auc,
        quality.pr_auc,
        quality.precision,
        quality.conversion,
        quality.revenue_ratio,
    ):
        assert figure.low < figure.value < figure.high


def test_calibration_counts_every_session_once(view: ResultView, frame: pd.DataFrame) -> None:
    quality = view.quality(Filters())
    assert quality is not None
    assert sum(found.n for found in quality.calibration) == len(frame)
    assert sum(found.actual * found.n for found in quality.calibration) == pytest.approx(quality.buyers)
    assert quality.buyers_predicted.value == pytest.approx(frame["purchase_probability"].sum())


def test_nothing_is_said_where_nothing_is_known(tmp_path: Path) -> None:
    view = ResultView(write_scored(scored_frame(50, outcomes=False), tmp_path / "untold.parquet"))
    assert view.quality(Filters()) is None


def test_one_kind_of_outcome_cannot_be_ranked(view: ResultView) -> None:
    quality = view.quality(Filters(purchased=True))
    assert quality is not None
    assert quality.roc_auc.value is None
    assert quality.pr_auc.value is None
    assert quality.conversion.value == 1


def test_perfect_and_useless_rankings() -> None:
    perfect = roc_auc(np.array([5.0, 0.0]), np.array([0.0, 9.0]))
    assert (perfect.value, perfect.low, perfect.high) == (1.0, 1.0, 1.0)
    tied = roc_auc(np.array([5.0]), np.array([9.0]))
    assert tied.value == 0.5


def test_delongs_interval_covers_the_truth() -> None:
    """Scores of buyers are higher by one standard deviation: the true area is Phi(1 / sqrt 2)."""
    random = np.random.default_rng(3)
    truth, inside = 0.7602499389, 0
    for _ in range(200):
        bought = np.arange(300) < 60
        figure = roc_auc(*_counts((random.normal(0, 1, 300) + bought).round(9), bought))
        inside += figure.low <= truth <= figure.high
    assert 0.92 < inside / 200 < 0.98


def test_average_precision_of_a_small_case() -> None:
    """Ranks: buyer, other, buyer, other."""
    figure = pr_auc(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    assert figure.value == pytest.approx((1 + 2 / 3) / 2)
