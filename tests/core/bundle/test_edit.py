"""Editing a saved bundle: whole or not at all, one at a time, and noticed by who has it loaded."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError, DecisionError
from core.base.settings import ROOT, Settings
from core.bundle.edit import edit_manifest, rename_clusters, set_threshold
from core.bundle.predictor import Predictor
from core.bundle.repository import Manifest, read_manifest
from core.bundle.threshold import ThresholdRule
from core.training.curves import curves

MONEY = ThresholdRule(kind="money", value_of_buyer=90, cost_of_contact=2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of a models folder with a copy of the shipped model that tells its counts."""
    folder = tmp_path / "models" / "shop"
    shutil.copytree(ROOT / "models" / "demo-shop", folder)
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told |= {"name": "shop", "threshold": 0.2}
    told["curves"] |= curves(pq.read_table(folder / "reference.parquet"), 0.2)
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return Settings(models_dir=tmp_path / "models", data_dir=tmp_path / "data", bundle="shop", threads=1)


def test_a_moved_threshold_is_used_at_once_without_training(settings: Settings) -> None:
    before = Predictor.load("shop", settings)
    rows = pq.read_table(before.reference_path)
    models = (settings.models_dir / "shop" / "bundle.joblib").read_bytes()
    probability = before.predict(rows)["purchase_probability"].to_numpy()

    set_threshold("shop", 0.05, MONEY, settings)

    after = Predictor.load("shop", settings)
    answer = after.predict(rows)
    assert after.threshold == 0.05
    yes = answer["predicted_purchase"].to_numpy(zero_copy_only=False)
    assert (yes == (probability >= 0.05)).all()
    assert yes.sum() > (probability >= 0.2).sum()
    assert (answer["purchase_probability"].to_numpy() == probability).all()
    assert (settings.models_dir / "shop" / "bundle.joblib").read_bytes() == models
    assert read_manifest("shop", settings).threshold_rule == MONEY.to_dict()


def test_figures_at_the_threshold_are_counted_anew(settings: Settings) -> None:
    told = read_manifest("shop", settings).curves["confusion"]
    place = len(told["threshold"]) // 3
    tp, fp, fn = (told[name][place] for name in ("tp", "fp", "fn"))

    changed = set_threshold("shop", told["threshold"][place], ThresholdRule(kind="hand"), settings)

    figures = changed.metrics["purchase"]
    assert figures["precision"]["value"] == pytest.approx(tp / (tp + fp))
    assert figures["recall"]["value"] == pytest.approx(tp / (tp + fn))
    assert figures["precision"]["low"] < figures["precision"]["value"] < figures["precision"]["high"]
    assert "roc_auc" in figures, "what the threshold doesn't change stays"


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1, float("nan")])
def test_what_is_no_probability_is_refused(settings: Settings, threshold: float) -> None:
    with pytest.raises(DecisionError):
        set_threshold("shop", threshold, MONEY, settings)


def test_a_model_of_clusters_alone_has_no_threshold(settings: Settings) -> None:
    edit_manifest("shop", lambda m: replace(m, purchase=None, threshold=None, base_rate=None), settings)
    with pytest.raises(BundleError, match="clusters only"):
        set_threshold("shop", 0.2, MONEY, settings)


def test_a_change_that_fails_leaves_all_as_it_was(settings: Settings) -> None:
    path = settings.models_dir / "shop" / "manifest.json"
    before = path.read_bytes()

    def fails(manifest: Manifest) -> Manifest:
        raise DecisionError("No.")

    with pytest.raises(DecisionError):
        edit_manifest("shop", fails, settings)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir() if p.name.startswith(".")) == []


def test_changes_at_the_same_time_are_all_kept(settings: Settings) -> None:
    def note(number: int) -> None:
        edit_manifest("shop", lambda m: replace(m, notes=(*m.notes, f"note {number}")), settings)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(note, range(16)))

    assert {f"note {number}" for number in range(16)} <= set(read_manifest("shop", settings).notes)


def test_a_model_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="Model not found"):
        set_threshold("gone", 0.2, MONEY, Settings(models_dir=tmp_path / "none", data_dir=tmp_path))
    with pytest.raises(BundleError):
        set_threshold("../x", 0.2, MONEY, Settings(models_dir=tmp_path, data_dir=tmp_path))


def test_clusters_are_called_as_somebody_says_from_now_on(settings: Settings) -> None:
    before = Predictor.load("shop", settings)
    rows = pq.read_table(before.reference_path)
    ids = before.predict(rows)["cluster_id"].to_pylist()
    models = (settings.models_dir / "shop" / "bundle.joblib").read_bytes()
    names = [f"Kind  {place}" for place in range(len(before.cluster_names))]

    rename_clusters("shop", names, settings)

    after = Predictor.load("shop", settings).predict(rows)
    assert after["cluster_id"].to_pylist() == ids
    assert after["cluster_name"].to_pylist() == [f"Kind {number}" for number in ids]
    assert (settings.models_dir / "shop" / "bundle.joblib").read_bytes() == models
    told, earlier = read_manifest("shop", settings), before.manifest
    assert [note.sentence for note in told.clusters] == [note.sentence for note in earlier.clusters]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda names: names[1:], "names are given for"),
        (lambda names: ["", *names[1:]], "names are given for"),
        (lambda names: [names[1].upper(), *names[1:]], "both be called"),
        (lambda names: ["x" * 41, *names[1:]], "too long"),
        (lambda names: ["a\u200bb", *names[1:]], "invisible"),
    ],
)
def test_names_that_tell_no_clusters_apart_are_refused(settings: Settings, change, says: str) -> None:
    names = [note.name for note in read_manifest("shop", settings).clusters]

    with pytest.raises(BundleError, match=says) as caught:
        rename_clusters("shop", change(names), settings)

    assert caught.value.remedy
    assert [note.name for note in read_manifest("shop", settings).clusters] == names
