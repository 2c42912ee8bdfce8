"""Data nothing can be learned from, and data with holes: a clear message or a working model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.errors import TrainingError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.bundle.repository import Bundle
from core.results.drift.drift import measure_drift
from core.scoring.steps import predict_sessions
from core.training.purchase.options import QUICK
from core.training.train import train
from tests.core.training.sessions import session_frame, write_sessions


def _train(frame: pd.DataFrame, folder: Path) -> Bundle:
    sessions = write_sessions(frame, folder / "sessions.parquet")
    settings = Settings(models_dir=folder / "models", data_dir=folder / "data", bundle="robust")
    return train(
        sessions, name="robust", settings=settings, source="made up", synthetic=False, options=QUICK
    ).bundle


def _predictor(folder: Path) -> Predictor:
    return Predictor.load("robust", Settings(models_dir=folder / "models", bundle="robust"))


def _says(frame: pd.DataFrame, folder: Path, *words: str) -> None:
    """Assert that training says what is wrong and what to do, and leaves nothing behind."""
    with pytest.raises(TrainingError) as caught:
        _train(frame, folder)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.remedy
    assert not list((folder / "models").glob("*"))


def test_too_few_sessions(tmp_path: Path) -> None:
    _says(session_frame(40), tmp_path, "of 40 sessions end in a purchase", "Export a longer period")


def test_no_sessions(tmp_path: Path) -> None:
    _says(session_frame(40).iloc[:0], tmp_path, "0 sessions")


@pytest.mark.parametrize("bought", [True, False])
def test_one_class_only(bought: bool, tmp_path: Path) -> None:
    found = "Every session" if bought else "No session"
    _says(session_frame(800).assign(purchased=bought), tmp_path, f"{found} of 800", "with and without")


def test_too_few_buyers(tmp_path: Path) -> None:
    frame = session_frame(2_000)
    frame["purchased"] = np.arange(len(frame)) % 150 == 0
    _says(frame, tmp_path, "Only 14 of 2,000", "at least 30")


def test_buyers_only_at_the_beginning(tmp_path: Path) -> None:
    frame = session_frame(2_000)
    frame["purchased"] = np.arange(len(frame)) < 300
    _says(frame, tmp_path, "slice has", "without a purchase", "purchases throughout")


def test_all_sessions_at_one_moment(tmp_path: Path) -> None:
    frame = session_frame(1_500).assign(started_at=pd.Timestamp("2026-01-05 10:00"))
    notes = _train(frame, tmp_path).manifest.notes
    assert any("cover 0 minutes" in note and "split by visitor" in note for note in notes)


def test_nothing_but_constant_columns(tmp_path: Path) -> None:
    frame = session_frame(1_500)[["session_id", "visitor_id", "started_at", "purchased"]]
    _says(frame.assign(clicks=3, own="same"), tmp_path, "No column differs between sessions")


def test_no_outcomes_make_a_model_of_clusters_alone(tmp_path: Path) -> None:
    bundle = _train(session_frame(800).drop(columns=["purchased", "revenue"]), tmp_path)
    assert not bundle.manifest.predicts_purchase
    assert bundle.manifest.threshold is None
    answer = _predictor(tmp_path).predict_one({"clicks": 3, "n_events": 4})
    assert answer["purchase_probability"] is None
    assert answer["cluster_name"]

    other = write_sessions(session_frame(300, seed=8), tmp_path / "other.parquet")
    predict_sessions(other, tmp_path / "scored.parquet", predictor=_predictor(tmp_path))
    drift = measure_drift(tmp_path / "scored.parquet", _predictor(tmp_path))
    assert drift.features
    assert drift.score is None
    assert drift.live == ()


def test_data_full_of_holes_makes_a_working_model(tmp_path: Path) -> None:
    """A constant column, 5,000 categories, no prices, infinite and missing numbers, all at once."""
    frame, random = session_frame(2_500), np.random.default_rng(4)
    for name in ("price_mean", "price_max", "cart_value"):
        frame[name] = np.nan
    frame["duration_seconds"] = frame["duration_seconds"].where(random.random(len(frame)) < 0.7)
    holes = random.random(len(frame))
    odd = random.normal(0, 1, len(frame))
    odd[holes < 0.2], odd[holes > 0.8], odd[:40], odd[40:60] = np.inf, np.nan, -np.inf, 1e300
    frame = frame.assign(
        searches=7,
        dominant_category=[f"category {number}" for number in random.integers(0, 5_000, len(frame))],
        odd=odd,
        empty=pd.Series([None] * len(frame), dtype=object),
        nothing=np.nan,
        same="always",
        paid_in=random.choice(["card", None], len(frame)),
    )
    bundle = _train(frame, tmp_path)
    told_nothing = {"price_mean", "price_max", "cart_value", "searches", "empty", "nothing", "same"}
    told_nothing.add("dominant_category")
    features = {note.name: note for note in bundle.manifest.features}
    assert features.keys().isdisjoint(told_nothing)
    assert {"odd", "duration_seconds", "paid_in"} <= features.keys()
    assert 0.6 < bundle.manifest.metrics["purchase"]["roc_auc"]["value"] <= 1

    predictor = _predictor(tmp_path)
    for row in (
        {},
        {"odd": float("inf"), "dominant_category": "never seen", "clicks": 10**30},
        {"odd": float("nan"), "price_mean": 5.0, "same": "not this time"},
    ):
        probability = predictor.predict_one(row)["purchase_probability"]
        assert isinstance(probability, float)
        assert 0 < probability < 1
