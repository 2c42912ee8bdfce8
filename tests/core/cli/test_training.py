"""``train`` and ``evaluate``: a model from an export, and how good it is, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from core.base.settings import Settings, get_settings
from core.bundle.repository import load_bundle
from core.cli.main import main
from core.cli.models import _options
from core.simulate import write_events
from tests.core.training.sessions import session_frame


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PREDICTOR_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code)


def csv(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


def test_train_by_choices_then_evaluate(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "events.parquet"
    write_events(export, n_sessions=2_500, seed=4, start="2026-03-01", days=30)
    choices = ["--trials", "0", "--clusters", "3", "--threshold-rule", "money"]
    choices += ["--value-of-buyer", "40", "--cost-of-contact", "2"]
    assert run("train", str(export), "--name", "mine", *choices) == 0
    told = capsys.readouterr().out
    assert "mine: " in told
    assert "(chosen)" in told

    manifest = load_bundle("mine", settings).manifest
    assert len(manifest.clusters) == 3
    assert manifest.threshold_rule == {"kind": "money", "value_of_buyer": 40.0, "cost_of_contact": 2.0}
    assert manifest.training["snapshots"] > 1_000

    assert run("evaluate", "--bundle", "mine", "--early", "--markdown") == 0
    assert "| 1 | everything |" in capsys.readouterr().out
    assert run("evaluate", "--bundle", "mine", "--early", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["k"] == 1
    assert run("evaluate", "--bundle", "mine", "--json") == 0
    assert "roc_auc" in json.loads(capsys.readouterr().out)["purchase"]


def test_an_export_without_purchases_gives_clusters_only(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = session_frame(800, seed=2).drop(columns=["purchased", "revenue"])
    export = csv(frame, tmp_path / "visits.csv")
    assert run("train", str(export), "--name", "visits", "--trials", "0") == 0
    assert "has clusters only" in capsys.readouterr().out
    manifest = load_bundle("visits", settings).manifest
    assert not manifest.predicts_purchase
    assert manifest.threshold is manifest.base_rate is None
    assert {name.partition(".")[2] for name in manifest.metrics["clusters"]} <= {"share", ""}
    again = csv(session_frame(200, seed=3), tmp_path / "later.csv")
    assert run("evaluate", str(again), "--bundle", "visits", "--json") == 3
    assert "has clusters only" in capsys.readouterr().err


def test_cross_validation_is_told_with_its_spread(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = csv(session_frame(900, seed=7), tmp_path / "sessions.csv")
    arguments = ["evaluate", str(export), "--cv", "2", "--trials", "0"]
    assert run(*arguments, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sessions"] == 900
    assert told["folds"] * told["repeats"] == sum(told["kinds"].values())
    assert 0.7 < told["mean"]["roc_auc"] < 0.95
    assert len(told["by_repeat"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ["train"],
        ["train", "--demo", "--name", "mine"],
        ["train", "--demo", "--trials", "3"],
        ["train", "{file}"],
        ["train", "{file}", "--name", "mine", "--value-of-buyer", "3"],
        ["train", "{file}", "--name", "mine", "--threshold-rule", "money", "--value-of-buyer", "3"],
        ["evaluate", "--cv", "3"],
        ["evaluate", "{file}", "--early"],
        ["evaluate", "{file}", "--cv", "3", "--bundle", "demo-shop"],
    ],
)
def test_wrong_usage_is_said(settings: Settings, tmp_path: Path, wrong: list[str]) -> None:
    file = csv(session_frame(20), tmp_path / "few.csv")
    assert run(*(argument.format(file=file) for argument in wrong)) == 2
    assert not settings.models_dir.exists()


def test_choices_become_options() -> None:
    options = _options(cluster_names="Lookers, Buyers", clusters=2, whole_sessions_only=True, trials=0)
    assert options.cluster_names == ("Lookers", "Buyers")
    assert not options.snapshots
    assert options.trials == 0
    assert type(options).from_dict(options.to_dict()) == options
