"""How right predictions of an export were: against scikit-learn, and where little is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from core.results.filters import Filters
from core.results.view import ResultView
from core.stats.calibration import expected_calibration_error
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import area_under_roc
from core.stats.totals import ratio_of_totals
from tests.core.results.scored import scored_frame, write_scored


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


def test_visitors_who_come_again_widen_the_intervals(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Everybody came three times and did the same: three times the sessions tell no more."""
    again = pd.concat([frame.assign(session_id=frame["session_id"] + f"-{visit}") for visit in range(3)])
    nobody = again.assign(visitor_id=None)
    once, thrice, alone = (
        ResultView(write_scored(rows, tmp_path / f"{name}.parquet")).quality(Filters())
        for name, rows in (("once", frame), ("thrice", again), ("alone", nobody))
    )
    assert (once.by_visitor, thrice.by_visitor, alone.by_visitor) == (True, True, False)
    for name in ("conversion", "roc_auc", "pr_auc", "precision", "recall", "revenue_ratio"):
        lone, by_visitor, by_session = (getattr(found, name) for found in (once, thrice, alone))
        assert lone.value == pytest.approx(by_visitor.value) == pytest.approx(by_session.value)
        width = lone.high - lone.low
        assert by_visitor.high - by_visitor.low == pytest.approx(width, rel=0.06), name
        assert by_session.high - by_session.low == pytest.approx(width / 3**0.5, rel=0.06), name


def test_revenue_counts_as_models_learn_it(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Null is nothing where nothing was bought, and unknown where something was, as is a purchase for 0."""
    bought = frame["purchased"].astype(bool)
    buyers = frame.index[bought]
    odd = frame.copy()
    odd.loc[~bought, "revenue"] = None
    odd.loc[buyers[:5], "revenue"] = None
    odd.loc[buyers[5:8], "revenue"] = 0.0
    odd.loc[frame.index[~bought][:4], "expected_revenue"] = None
    quality = ResultView(write_scored(odd, tmp_path / "odd.parquet")).quality(Filters())

    counted = frame.drop(index=[*buyers[:8], *frame.index[~bought][:4]])
    assert quality.n_revenue == len(counted)
    assert quality.revenue_actual == pytest.approx(counted["revenue"].sum())
    assert quality.revenue_expected == pytest.approx(counted["expected_revenue"].sum())
    wanted = ratio_of_totals(counted["expected_revenue"], counted["revenue"], np.arange(len(counted)))
    for part in ("value", "low", "high"):
        assert getattr(quality.revenue_ratio, part) == pytest.approx(getattr(wanted, part), rel=0.005)

    path = write_scored(frame.assign(revenue=None), tmp_path / "untold.parquet")
    untold = ResultView(path).quality(Filters())
    assert (untold.n_revenue, untold.revenue_actual, untold.revenue_ratio.value) == (0, 0.0, None)


def test_half_a_millionth_is_rounded_as_a_card_rounds_it(tmp_path: Path) -> None:
    probability = np.array([0.5, 1.5, 2.5, 3.5, 4.5, 6.5] * 20) / 1e6 + 0.25
    frame = scored_frame(120).assign(purchase_probability=probability, purchased=np.arange(120) % 6 > 2)
    quality = ResultView(write_scored(frame, tmp_path / "halves.parquet")).quality(Filters())

    ranked = RankedOutcomes.of_probabilities(probability, frame["purchased"].to_numpy())
    assert quality.roc_auc.value == area_under_roc(ranked)
    assert quality.calibration_error.value == expected_calibration_error(ranked)
