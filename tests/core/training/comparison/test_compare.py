from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError, CancelledError, TrainingError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.bundle.repository import Bundle, save_bundle
from core.training.comparison.compare import compare
from core.training.comparison.records import Comparison, MetricComparison
from core.training.evaluation import evaluate_file
from tests.core.bundles import ALARM, blind, good_bundle, variant
from tests.core.whatif.handmade import sessions

KEYS = [
    "captured_top10",
    "pr_auc",
    "roc_auc",
    "brier",
    "calibration_error",
    "f1",
    "mae",
    "predicted_to_actual",
    "gini",
]
TRAINING = {
    "fingerprint": "abc",
    "split": {
        "method": "time",
        "slices": {
            "train": {"last": "2020-01-01T00:00:00"},
            "validation": {"last": "2020-01-02T00:00:00"},
            "calibration": {"last": "2020-01-03T00:00:00"},
            "test": {"first": "2020-01-03T00:00:00", "last": "2030-01-01T00:00:00"},
        },
    },
}
LATER = {
    "fingerprint": "def",
    "split": {"method": "time", "slices": {"train": {"last": "2035-01-01T00:00:00"}}},
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("compared")
    return Settings(models_dir=folder / "models", data_dir=folder / "data")


@pytest.fixture(scope="module")
def good(settings: Settings) -> Bundle:
    made = good_bundle(settings, "made", sessions(4_000, seed=8))
    return variant(made, "good", settings, training=TRAINING, synthetic=False)


@pytest.fixture(scope="module")
def by_chance(settings: Settings, good: Bundle) -> Bundle:
    return variant(good, "chance", settings, purchase=blind(good), revenue={"average": 640.0})


def line(comparison: Comparison, key: str) -> MetricComparison:
    return next(line for line in comparison.lines if line.key == key)


def warnings_of(new: str, old: str, settings: Settings) -> tuple[str, ...]:
    return compare(new, old, settings=settings).warnings


def test_a_model_is_level_with_itself(settings: Settings, good: Bundle) -> None:
    variant(good, "twin", settings)
    found = compare("twin", "good", settings=settings)
    assert [line.key for line in found.lines] == KEYS
    for told in found.lines:
        assert told.new == told.old
        assert told.new.low <= told.new.value <= told.new.high
        assert (told.difference.value, told.difference.low, told.difference.high) == (0, 0, 0)
        assert told.better == "level"
    assert found.better == "level"
    assert found.verdict.startswith("About as good")
    assert found.warnings == ()


def test_the_worse_model_is_told_to_be_worse_both_ways_round(
    settings: Settings, good: Bundle, by_chance: Bundle
) -> None:
    worse = compare("chance", "good", settings=settings)
    better = compare("good", "chance", settings=settings)
    assert (worse.better, better.better) == ("old", "new")
    assert worse.verdict.startswith("Worse: finds")
    assert "points fewer of the buyers in the top tenth" in worse.verdict
    assert better.verdict.startswith("Better: finds")
    assert "points more" in better.verdict
    for key in ("pr_auc", "roc_auc", "captured_top10", "brier", "mae", "predicted_to_actual", "gini"):
        assert line(worse, key).better == "old", key
        assert line(better, key).better == "new", key
        assert line(worse, key).difference.value == pytest.approx(-line(better, key).difference.value)


def test_figures_are_those_of_the_evaluation(settings: Settings, good: Bundle, by_chance: Bundle) -> None:
    found = compare("good", "chance", settings=settings)
    for side in ("new", "old"):
        predictor = Predictor.load(getattr(found, side), settings)
        metrics = evaluate_file(good.test_path, predictor)
        told = metrics["purchase"] | metrics["revenue"]
        for key in KEYS:
            assert getattr(line(found, key), side).value == pytest.approx(told[key]["value"]), (side, key)
    assert (found.n, found.buyers) == (4_000, int(np.sum(pq.read_table(good.test_path)["purchased"])))


def test_a_paired_difference_is_surer_than_two_intervals(settings: Settings, good: Bundle) -> None:
    weights = good.models.purchase.classifier.weights
    nudged = replace(good.models.purchase.classifier, weights=weights * np.linspace(0.8, 1.2, len(weights)))
    variant(good, "nudged", settings, purchase={"classifier": nudged})
    told = line(compare("nudged", "good", settings=settings), "roc_auc")
    assert told.difference.high - told.difference.low < 0.5 * (told.new.high - told.new.low)


def test_it_survives_json(settings: Settings, good: Bundle, by_chance: Bundle) -> None:
    found = compare("good", "chance", settings=settings)
    assert Comparison.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_other_sessions_can_be_compared_on(settings: Settings, good: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "own.parquet"
    rows = sessions(600, seed=11)
    pq.write_table(rows, path)
    found = compare("good", "good", settings=settings, sessions=path)
    assert found.n == 600 - rows["purchased"].null_count
    pq.write_table(rows.drop_columns(["purchased", "revenue"]), path)
    with pytest.raises(TrainingError, match="has a known outcome"):
        compare("good", "good", settings=settings, sessions=path)


def test_what_may_have_been_seen_is_said(settings: Settings, good: Bundle, tmp_path: Path) -> None:
    variant(good, "late", settings, training=LATER)
    assert any(
        "late may have learned" in text for text in compare("good", "late", settings=settings).warnings
    )
    early = {"fingerprint": "def", "split": TRAINING["split"]}
    variant(good, "early", settings, training=early)
    assert compare("good", "early", settings=settings).warnings == ()
    same_data = {"fingerprint": "abc", "split": LATER["split"]}
    variant(good, "same", settings, training=same_data)
    assert any(
        "same may have learned" in text for text in compare("good", "same", settings=settings).warnings
    )


def test_money_of_two_kinds_is_not_compared(settings: Settings, good: Bundle) -> None:
    variant(good, "kronor", settings, currency="SEK")
    found = compare("good", "kronor", settings=settings)
    assert [line.key for line in found.lines] == [*KEYS[:6], "gini"]
    assert any("EUR" in text and "SEK" in text for text in found.warnings)


def test_an_alarm_and_a_synthetic_shop_are_mentioned(settings: Settings, good: Bundle) -> None:
    variant(good, "loud", settings, alarms=(ALARM,), synthetic=True)
    warnings = " ".join(compare("good", "loud", settings=settings).warnings)
    assert "One column gives the outcome away" in warnings
    assert "synthetic" in warnings


def test_a_model_without_revenue_leaves_its_side_empty(settings: Settings, good: Bundle) -> None:
    table = pq.read_table(good.test_path)
    models = replace(good.models, revenue=None)
    save_bundle(models, replace(good.manifest, name="poor"), table, settings, test=table)
    told = line(compare("good", "poor", settings=settings), "mae")
    assert told.new.value is not None
    assert told.old.value is None
    assert told.difference.value is None
    assert told.better == "level"


def test_clusters_alone_are_a_sentence_without_lines(settings: Settings, good: Bundle) -> None:
    table = pq.read_table(good.test_path)
    models = replace(good.models, purchase=None, revenue=None)
    manifest = replace(good.manifest, name="kinds", purchase=None, threshold=None, base_rate=None)
    save_bundle(models, manifest, table, settings)
    for new, old in (("kinds", "good"), ("good", "kinds"), ("kinds", "kinds")):
        found = compare(new, old, settings=settings)
        assert (found.lines, found.n, found.better) == ((), 0, "level")
        assert "clusters" in found.verdict


def test_it_can_be_stopped(settings: Settings, good: Bundle) -> None:
    def stop(share: float, message: str) -> None:
        if share > 0.6:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        compare("good", "good", settings=settings, progress=stop)


def test_a_missing_model_is_an_error(settings: Settings, good: Bundle) -> None:
    with pytest.raises(BundleError, match="Model not found"):
        compare("good", "nothing", settings=settings)


def test_sessions_of_a_few_buyers_are_said_to_be_few(
    settings: Settings, good: Bundle, tmp_path: Path
) -> None:
    table = pq.read_table(good.test_path)
    bought = np.asarray(table["purchased"])
    kept = np.sort(np.concatenate([np.flatnonzero(bought)[:20], np.flatnonzero(~bought)[:200]]))
    pq.write_table(table.take(pa.array(kept)), tmp_path / "few.parquet")
    found = compare("good", "good", settings=settings, sessions=tmp_path / "few.parquet")
    assert "With 20 buyers in these sessions, only large differences show." in found.warnings
