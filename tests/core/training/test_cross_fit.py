"""Every session is predicted by models that had not seen its visitor: nothing of its outcome is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.base.settings import Settings
from core.schema.events import Told
from core.schema.sessions import PREDICTION_SCHEMA
from core.training.cross_fit import cross_fit
from core.training.data.splits import DROPPED, TEST, number_visitors
from core.training.metrics import formula_figures
from core.training.purchase.options import TrainingOptions
from core.training.purchase.training import Competition
from core.training.train import Trained, train
from tests.core.training.sessions import session_frame, write_sessions
from tests.core.training.shops import Shop

OWN = TrainingOptions(seconds=0.0, trials=0, kinds=("xgboost",))


def fitted(frame: pd.DataFrame, folder: Path) -> tuple[Trained, pd.DataFrame]:
    """Train on sessions and return what came of it, and each session's cross-fitted predictions."""
    sessions = write_sessions(frame, folder / "sessions.parquet")
    settings = Settings(models_dir=folder / "models", data_dir=folder)
    trained = train(sessions, name="own", settings=settings, source="made up", synthetic=False, options=OWN)
    return trained, predicted(trained, sessions)


def predicted(trained: Trained, sessions: Path, competition: Competition | None = None) -> pd.DataFrame:
    table = pq.read_table(sessions)
    competition = competition or trained.competition
    answer = cross_fit(trained.data, trained.bundle.models, competition, table, seed=0)
    assert answer.schema == PREDICTION_SCHEMA
    return answer.to_pandas()


def auc(answer: pd.DataFrame, frame: pd.DataFrame) -> tuple[float, float, float]:
    """Return ROC-AUC with its interval, sessions of a visitor going together."""
    outcome = frame["purchased"].to_numpy(dtype=bool)
    visitor = pd.factorize(frame["visitor_id"])[0]
    found = formula_figures(answer["purchase_probability"].to_numpy(), outcome, visitor, 0.5)["roc_auc"]
    return found.value, found.low, found.high


def test_of_pure_noise_nothing_is_known(tmp_path: Path) -> None:
    frame = session_frame(3_000, visitors=0.7)
    frame["purchased"] = np.random.default_rng(11).random(len(frame)) < 0.15
    frame["revenue"] = np.where(frame["purchased"], 50.0, 0.0)
    _, answer = fitted(frame, tmp_path)
    _, low, high = auc(answer, frame)
    assert low <= 0.5 <= high


def test_what_is_known_of_a_visitor_gives_no_session_of_theirs_away(tmp_path: Path) -> None:
    """Outcomes are drawn for visitors, and a column tells those apart: one session gives all others away."""
    random = np.random.default_rng(12)
    frame = session_frame(3_000, visitors=0.5)
    number = pd.factorize(frame["visitor_id"])[0]
    buys = random.random(number.max() + 1) < 0.2
    frame["purchased"] = buys[number]
    frame["revenue"] = np.where(frame["purchased"], 50.0, 0.0)
    # Half-way between whole numbers, or it would be taken for an id.
    frame["loyalty_points"] = random.permutation(number.max() + 1)[number] + 0.5
    trained, answer = fitted(frame, tmp_path)

    _, low, high = auc(answer, frame)
    assert low <= 0.5 <= high
    # Many come back, and their earlier sessions belong to no slice: they were scored all the same.
    assert (trained.data.split.slice_of == DROPPED).sum() > 300
    # The trained model itself knows the visitors it has learned from: asking it would have been a leak.
    rows = np.flatnonzero(trained.data.split.slice_of != TEST)
    itself = trained.bundle.models.purchase.probability(trained.data.matrix[rows], 1)
    outcome = frame["purchased"].to_numpy()[rows]
    assert formula_figures(itself, outcome, number[rows], 0.5)["roc_auc"].low > 0.6


def test_later_sessions_and_strangers_are_scored_by_the_model_itself(tmp_path: Path) -> None:
    frame = session_frame(3_000, visitors=0.7)
    frame["purchased"] = frame["purchased"].astype(object)
    frame.loc[:40, "purchased"] = None
    frame.loc[41:80, "started_at"] = pd.NaT
    trained, answer = fitted(frame, tmp_path)
    assert len(answer) == len(frame)
    assert answer.notna().all(axis=None)

    data, models = trained.data, trained.bundle.models
    itself = models.purchase.probability(
        models.encoder.transform(pq.read_table(tmp_path / "sessions.parquet")), 1
    )
    known = np.flatnonzero(frame["purchased"].notna())
    learned = set(frame["visitor_id"].iloc[known[np.isin(data.split.slice_of, (0, 1, 2))]])
    stranger = ~frame["visitor_id"].isin(learned).to_numpy()
    same = np.isclose(answer["purchase_probability"], itself, rtol=0, atol=1e-12)
    assert same[stranger].all()
    assert stranger[known[data.split.slice_of == TEST]].all()
    assert same[~stranger].mean() < 0.05


def test_predictions_are_calibrated_and_as_good_as_training_by_hand(shop: Shop, tmp_path: Path) -> None:
    """On simulated sessions: cut-short ones are learned from too, as in training by hand."""
    by_hand, own = (
        train(
            shop.sessions,
            name=name,
            settings=Settings(models_dir=tmp_path / "models", data_dir=tmp_path),
            source="made up",
            synthetic=False,
            events=shop.events,
            told=Told.everything(),
            options=options,
        )
        for name, options in (
            ("by-hand", replace(OWN, kinds=("logistic", "xgboost"))),
            ("own", OWN),
        )
    )
    table = pq.read_table(shop.sessions)
    answer = predicted(own, shop.sessions)
    outcome = table["purchased"].to_numpy(zero_copy_only=False).astype(bool)
    visitor, _ = number_visitors(table)
    figures = formula_figures(answer["purchase_probability"].to_numpy(), outcome, visitor, 0.5)
    assert figures["calibration_error"].value <= 0.02
    assert figures["roc_auc"].low > 0.8

    rows = own.data.rows(TEST, whole=True)
    there = formula_figures(
        answer["purchase_probability"].to_numpy()[rows], outcome[rows], visitor[rows], 0.5
    )
    told = by_hand.bundle.manifest.metrics["purchase"]["roc_auc"]
    assert there["roc_auc"].n == told["n"]
    assert there["roc_auc"].value == pytest.approx(told["value"], abs=0.01)
    revenue = np.nansum(table["revenue"].to_numpy())
    assert answer["expected_revenue"].sum() == pytest.approx(revenue, rel=0.15)


@pytest.mark.parametrize("kinds", [("xgboost",), ("logistic",), ("forest", "xgboost")])
def test_what_was_fitted_to_choose_a_kind_is_what_a_fold_would_be_fitted_to(
    kinds: tuple[str, ...], tmp_path: Path
) -> None:
    frame = session_frame(1_500, visitors=0.7)
    sessions = write_sessions(frame, tmp_path / "sessions.parquet")
    settings = Settings(models_dir=tmp_path / "models", data_dir=tmp_path)
    options = replace(OWN, kinds=kinds, contest_folds=2)
    trained = train(
        sessions, name="own", settings=settings, source="made up", synthetic=False, options=options
    )
    fresh = predicted(trained, sessions, replace(trained.competition, crossed=None))
    pd.testing.assert_frame_equal(predicted(trained, sessions), fresh, check_exact=True)


def test_what_a_visitor_paid_is_in_no_amount_of_theirs(tmp_path: Path) -> None:
    frame = session_frame(3_000, visitors=0.7)
    trained, before = fitted(frame, tmp_path)
    known = np.isin(trained.data.split.slice_of, (0, 1, 2))
    payer = frame["visitor_id"][frame["purchased"] & known].iloc[0]
    theirs = (frame["visitor_id"] == payer).to_numpy()
    more = frame["revenue"].where(~theirs, frame["revenue"] * 500)
    _, after = fitted(frame.assign(revenue=more), tmp_path)
    amounts = [answer["revenue_if_purchase"].to_numpy() for answer in (before, after)]
    assert amounts[0][theirs] == pytest.approx(amounts[1][theirs], rel=1e-12)
    assert np.abs(amounts[1] / amounts[0] - 1).max() > 0.01
