"""Drift: nothing is cried over chance, everything over real change, whatever the export lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.results.drift.drift import FILE, drift_of, measure_drift
from core.results.drift.records import Drift, FeatureDrift
from core.storage import get_store
from tests.core.whatif.handmade import make_bundle, scored_rows, sessions
from tests.core.whatif.shop import Shop, open_shop


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    settings = Settings(models_dir=tmp_path_factory.mktemp("models"))
    make_bundle(settings, name="shop")
    return Predictor.load("shop", settings)


def _drift(rows: pa.Table, predictor: Predictor, folder: Path) -> Drift:
    path = folder / "sessions.parquet"
    pq.write_table(scored_rows(rows, predictor), path)
    return measure_drift(path, predictor, synthetic=True)


def _with(rows: pa.Table, name: str, values: object) -> pa.Table:
    place = rows.column_names.index(name)
    column = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)
    return rows.set_column(place, name, column.cast(rows.schema.field(name).type))


def _feature(drift: Drift, name: str) -> FeatureDrift:
    return next(feature for feature in drift.features if feature.name == name)


def test_other_sessions_of_the_same_shop_are_alike(predictor: Predictor, tmp_path: Path) -> None:
    drift = _drift(sessions(900, seed=29), predictor, tmp_path)
    assert drift.level == "none"
    assert drift.headline == "This export is like the data the model learned from."
    assert drift.score is not None
    assert drift.score.level == "none"
    assert (drift.n, drift.n_reference) == (drift.n, pq.read_metadata(predictor.reference_path).num_rows)


def test_scores_of_cross_fitted_models_are_not_compared(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "sessions.parquet"
    rows = scored_rows(sessions(900, seed=29), predictor)
    pq.write_table(_with(rows, "purchase_probability", pc.sqrt(rows["purchase_probability"])), path)
    of_one_model = measure_drift(path, predictor, synthetic=True)
    assert of_one_model.score is not None
    assert (of_one_model.score.level, of_one_model.level) == ("serious", "serious")
    drift = measure_drift(path, predictor, synthetic=True, cross_fitted=True)
    assert (drift.score, drift.live, drift.level) == (None, (), "none")


def test_shorter_visits_and_unknown_categories_are_serious_and_said(
    predictor: Predictor, tmp_path: Path
) -> None:
    rows = sessions(900, seed=29)
    for name in ("duration_seconds", "mean_gap_seconds"):
        rows = _with(rows, name, pc.multiply(rows[name].cast(pa.float64()), 0.1))
    for name in ("n_events", "clicks", "page_views", "product_views", "unique_products"):
        rows = _with(rows, name, pa.array(np.ones(len(rows), int)))
    rows = _with(rows, "dominant_category", pa.array(["garden"] * 300 + ["sale"] * (len(rows) - 300)))
    drift = _drift(rows, predictor, tmp_path)
    assert drift.level == "serious"
    assert "unlike the data the model learned from" in drift.headline
    assert "of the main categories are new to the model" in drift.headline
    assert "was" in drift.headline
    time = _feature(drift, "duration_seconds")
    assert time.level == "serious"
    assert isinstance(time.typical_now, float)
    assert isinstance(time.typical_then, float)
    assert time.typical_now < time.typical_then / 5
    category = _feature(drift, "dominant_category")
    assert category.unknown == pytest.approx(300 / len(rows))
    assert drift.features[0].level == "serious"


def test_shares_of_bins_add_up(predictor: Predictor, tmp_path: Path) -> None:
    drift = _drift(sessions(600, seed=31), predictor, tmp_path)
    for feature in drift.features:
        assert sum(found.then for found in feature.bins) == pytest.approx(1)
        assert sum(found.now for found in feature.bins) == pytest.approx(1)


def test_bins_are_those_pandas_counts(predictor: Predictor, tmp_path: Path) -> None:
    rows = sessions(600, seed=31)
    drift = _drift(rows, predictor, tmp_path)
    reference = pd.read_parquet(predictor.reference_path)["duration_seconds"]
    edges = np.unique(reference.quantile(np.arange(1, 10) / 10, interpolation="lower"))
    found = [part.now for part in _feature(drift, "duration_seconds").bins if part.label != "not told"]
    counted = pd.cut(rows["duration_seconds"].to_pandas(), [-np.inf, *edges, np.inf]).value_counts(sort=False)
    assert found == pytest.approx(list(counted / 600), abs=0.01)


def test_what_an_export_lacks_is_absent_and_not_drift(predictor: Predictor, tmp_path: Path) -> None:
    rows = sessions(600, seed=31)
    for name in ("searches", "price_mean"):
        rows = _with(rows, name, pa.nulls(len(rows), rows.schema.field(name).type))
    drift = _drift(rows, predictor, tmp_path)
    assert set(drift.absent) == {"Searches", "Average price seen"}
    assert {"searches", "price_mean"}.isdisjoint(feature.name for feature in drift.features)


def test_infinite_numbers_count_as_not_told(predictor: Predictor, tmp_path: Path) -> None:
    rows = sessions(600, seed=31)
    broken = [float("inf"), float("nan"), float("-inf")] * 100 + [5.0] * 300
    drift = _drift(_with(rows, "duration_seconds", pa.array(broken)), predictor, tmp_path)
    assert _feature(drift, "duration_seconds").missing_now == pytest.approx(0.5)


def test_an_export_of_one_day_says_nothing_of_weekdays(predictor: Predictor, tmp_path: Path) -> None:
    rows = sessions(900, seed=29)
    rows = _with(rows, "started_at", pa.array([pd.Timestamp("2026-03-02 10:00")] * len(rows)))
    for name, value in (("day_of_week", 1), ("hour", 10), ("is_weekday", True)):
        rows = _with(rows, name, pa.array([value] * len(rows)))
    drift = _drift(rows, predictor, tmp_path)
    for name in ("day_of_week", "hour", "is_weekday"):
        assert not _feature(drift, name).compared
        assert _feature(drift, name).level == "none"


def test_too_few_sessions_say_so(predictor: Predictor, tmp_path: Path) -> None:
    drift = _drift(sessions(60, seed=1).slice(0, 9), predictor, tmp_path)
    assert drift.level is None
    assert "9 sessions are too few" in drift.headline
    empty = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(tmp_path / "sessions.parquet").slice(0, 0), empty)
    assert measure_drift(empty, predictor).level is None


def test_where_outcomes_are_known_quality_stands_beside_the_cards(
    predictor: Predictor, tmp_path: Path
) -> None:
    rows = sessions(900, seed=29)
    drift = _drift(rows, predictor, tmp_path)
    lines = {line.key: line for line in drift.live}
    assert set(lines) == {"captured_top10", "roc_auc", "pr_auc", "calibration_error", "buyers_ratio"}
    scored = pd.read_parquet(tmp_path / "sessions.parquet")
    ratio = scored["purchase_probability"].sum() / scored["purchased"].sum()
    assert lines["buyers_ratio"].now.value == pytest.approx(ratio)
    assert lines["roc_auc"].now.n == len(scored)

    untold = _with(rows, "purchased", pa.nulls(len(rows), pa.bool_()))
    assert _drift(untold, predictor, tmp_path).live == ()


def test_a_model_that_is_clearly_worse_than_its_card_is_said_to_be(
    predictor: Predictor, tmp_path: Path
) -> None:
    card = {"purchase": {"roc_auc": {"value": 0.999, "low": 0.998, "high": 1.0, "n": 5000, "unit": "score"}}}
    changed = replace(predictor._bundle, manifest=replace(predictor.manifest, metrics=card))
    drift = _drift(sessions(900, seed=29), Predictor(changed), tmp_path)
    assert next(line for line in drift.live if line.key == "roc_auc").worse
    assert drift.level == "some"
    assert "Predictions are worse than on the model card: ROC-AUC" in drift.advice
    assert "behave differently" in drift.headline


def test_a_model_of_the_demo_shop_says_what_it_is_on_a_real_one(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "sessions.parquet"
    pq.write_table(scored_rows(sessions(300, seed=2), predictor), path)
    assert "synthetic demo shop" in measure_drift(path, predictor, synthetic=False).advice
    assert "synthetic demo shop" not in measure_drift(path, predictor, synthetic=True).advice


def test_it_survives_json(predictor: Predictor, tmp_path: Path) -> None:
    drift = _drift(sessions(600, seed=31), predictor, tmp_path)
    assert Drift.from_dict(json.loads(json.dumps(drift.to_dict(), allow_nan=False))) == drift


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


def test_it_is_kept_beside_the_result_and_measured_anew_for_another_training(shop: Shop) -> None:
    kept = shop.result.folder / FILE
    first = drift_of(shop.result)
    assert first is not None
    assert Drift.from_dict(json.loads(kept.read_text())) == first

    kept.write_text(json.dumps(first.to_dict() | {"headline": "kept"}))
    again = drift_of(shop.result)
    assert again is not None
    assert again.headline == "kept"
    for broken in ("{", "[]", json.dumps(first.to_dict() | {"bundle_made": "another day"})):
        kept.write_text(broken)
        assert drift_of(shop.result) == first


def test_a_result_whose_model_or_sessions_are_gone_has_none(shop: Shop) -> None:
    other = get_store().create_result(shop.result.dataset_id, bundle="gone-model")
    assert drift_of(other) is None
    assert drift_of(replace(shop.result, folder=shop.result.folder / "nowhere")) is None
