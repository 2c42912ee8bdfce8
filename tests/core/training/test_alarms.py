"""A column that gives the outcome away sounds an alarm that names it; honest data sounds none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.settings import Settings
from core.bundle.repository import Bundle
from core.training.alarms import alone, find_alarms
from core.training.data.loading import read_training_data
from core.training.purchase.options import QUICK
from core.training.train import train
from tests.core.training.sessions import session_frame, write_sessions

FINE = {"value": 0.8, "low": 0.78, "high": 0.82}


def early(*values: float) -> list[dict]:
    return [
        {"k": k, "regime": "all", "metrics": {"roc_auc": {"value": value}}}
        for k, value in zip((1, 5, None), values, strict=True)
    ]


def bundle_of(frame: pd.DataFrame, folder: Path, *, synthetic: bool = False) -> Bundle:
    return train(
        write_sessions(frame, folder / "sessions.parquet"),
        name="shop",
        settings=Settings(models_dir=folder / "models"),
        source="made up",
        synthetic=synthetic,
        options=QUICK,
    ).bundle


def test_a_planted_column_is_found_and_named(tmp_path: Path) -> None:
    frame = session_frame(1_500, seed=5)
    random = np.random.default_rng(2)
    frame["shipping_cost"] = np.where(frame["purchased"], 4.9, 0.0) + random.normal(0, 0.1, len(frame))
    alarms = bundle_of(frame, tmp_path).manifest.alarms

    assert {alarm["kind"] for alarm in alarms} >= {"auc", "single_feature"}
    for alarm in alarms:
        assert alarm["feature"] == "shipping_cost"
        assert "shipping_cost" in alarm["text"]
        assert alarm["value"] > 0.9


def test_a_column_filled_in_only_after_a_purchase_is_found() -> None:
    frame = session_frame(1_500, seed=5)
    random = np.random.default_rng(2)
    frame["parcel_weight"] = np.where(frame["purchased"], random.random(len(frame)), np.nan)
    told = alone_by_name(frame)

    assert told["parcel_weight"] > 0.99
    assert told["hour"] < 0.65


def alone_by_name(frame: pd.DataFrame) -> dict[str, float]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        data = read_training_data(write_sessions(frame, Path(folder) / "sessions.parquet"))
    return {column.name: column.test for column in alone(data)}


def test_honest_sessions_sound_none(trained) -> None:
    assert trained.bundle.manifest.alarms == ()


@pytest.mark.parametrize(
    ("of_events", "auc", "kinds", "words"),
    [
        (False, 0.97, ["auc"], "some column probably gives the outcome away"),
        (True, 0.97, [], ""),
        (
            True,
            0.99,
            ["auc"],
            "Only events before the purchase are counted, so there is no column to leave out",
        ),
    ],
)
def test_event_logs_have_limits_and_words_of_their_own(
    trained, monkeypatch: pytest.MonkeyPatch, of_events: bool, auc: float, kinds: list[str], words: str
) -> None:
    data = read_training_data(trained.sessions)
    monkeypatch.setattr(type(data), "has_snapshots", of_events)
    test = {"value": auc, "low": auc - 0.005, "high": auc + 0.005}
    found = find_alarms(data, synthetic=False, test=test, judged_auc=auc)
    assert [alarm["kind"] for alarm in found] == kinds
    assert all(words in alarm["text"] for alarm in found)


def test_a_strong_figure_of_events_is_named_without_asking_to_leave_it_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frame = session_frame(1_500, seed=5)
    frame["checkouts"] = frame["purchased"].astype(int)
    data = read_training_data(write_sessions(frame, tmp_path / "sessions.parquet"))
    monkeypatch.setattr(type(data), "has_snapshots", True)
    (alarm,) = find_alarms(data, synthetic=True, test=FINE, judged_auc=0.8)
    assert (alarm["kind"], alarm["feature"]) == ("single_feature", "checkouts")
    assert "no column to leave out" in alarm["text"]
    assert "Leave the column out" not in alarm["text"]


@pytest.mark.parametrize(("synthetic", "kinds"), [(False, ["auc"]), (True, [])])
def test_too_good_is_an_alarm_on_real_sessions(trained, synthetic: bool, kinds: list[str]) -> None:
    data = read_training_data(trained.sessions)
    test = {"value": 0.97, "low": 0.96, "high": 0.98}
    found = find_alarms(data, synthetic=synthetic, test=test, judged_auc=0.97)
    assert [alarm["kind"] for alarm in found] == kinds


def test_as_good_after_one_event_is_an_alarm(trained) -> None:
    data = read_training_data(trained.sessions)

    def kinds(*values: float) -> list[str]:
        found = find_alarms(data, synthetic=True, test=FINE, judged_auc=0.8, early=early(*values))
        return [alarm["kind"] for alarm in found]

    assert kinds(0.86, 0.86, 0.87) == ["early_as_good"]
    assert kinds(0.62, 0.7, 0.87) == []
    # Where not even the end tells much, the start may tell as little.
    assert kinds(0.62, 0.62, 0.62) == []


def test_worse_on_later_sessions_is_an_alarm_unless_it_may_be_chance(trained) -> None:
    data = read_training_data(trained.sessions)

    def kinds(**changes: float) -> list[str]:
        found = find_alarms(data, synthetic=False, test=FINE | changes, judged_auc=0.87)
        return [alarm["kind"] for alarm in found]

    assert kinds() == ["validation_drop"]
    assert kinds(high=0.9) == []
    assert kinds(value=0.83, high=0.84) == []
