"""From session rows to a bundle whose manifest tells the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.bundle.repository import load_bundle
from core.training.data.loading import fingerprint, read_training_data
from core.training.data.splits import TEST
from core.training.evaluation import evaluate_file
from core.training.purchase.options import QUICK
from core.training.train import train
from core.training.wording import lines, markdown
from tests.core.training.sessions import as_table, session_frame, write_sessions


def test_the_same_data_gives_the_same_predictions(trained, tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path)
    train(trained.sessions, name="again", settings=settings, source="made up", synthetic=True, options=QUICK)
    table = as_table(session_frame(800, seed=21))

    first = Predictor.load(settings=trained.settings).predict(table)
    second = Predictor.load("again", settings).predict(table)

    for name in first.column_names:
        if first[name].type == "double" or first[name].type == "float":
            np.testing.assert_allclose(
                first[name].to_numpy(), second[name].to_numpy(), rtol=0, atol=1e-9, err_msg=name
            )
        else:
            assert first[name].equals(second[name]), name


def test_figures_are_of_the_test_slice_as_it_is(trained) -> None:
    """The seed resampled before it tested: its base rate was one in two."""
    manifest, data = trained.bundle.manifest, read_training_data(trained.sessions)
    rows = data.rows(TEST)

    base = manifest.metrics["purchase"]["base_rate"]
    assert base["n"] == len(rows) == manifest.training["split"]["slices"]["test"]["sessions"]
    assert base["value"] == pytest.approx(data.purchased[rows].mean())
    assert manifest.metrics["purchase"]["roc_auc"]["value"] > 0.7
    assert manifest.base_rate == pytest.approx(trained.frame["purchased"].mean())


def test_every_figure_has_its_interval_and_its_number_of_sessions(trained) -> None:
    metrics = trained.bundle.manifest.metrics
    for group in ("purchase", "revenue", "clusters"):
        for name, figure in metrics[group].items():
            assert set(figure) == {"value", "low", "high", "n", "unit"}, name
            if figure["value"] is not None:
                assert figure["low"] <= figure["value"] <= figure["high"], name
            assert figure["n"] > 0
    assert {"mae", "rmse", "r2", "spearman", "gini", "predicted_to_actual"} <= set(metrics["revenue"])
    assert {"range_coverage", "range_width", "gini_baseline", "actual_total"} <= set(metrics["revenue"])
    assert {"silhouette", "davies_bouldin", "0.share", "0.conversion"} <= set(metrics["clusters"])


def test_the_manifest_says_what_was_learned_from(trained) -> None:
    manifest = trained.bundle.manifest

    assert manifest.training["fingerprint"] == fingerprint(trained.sessions)
    assert manifest.training["sessions"] == len(trained.frame)
    assert manifest.training["split"]["method"] == "time"
    assert {candidate["kind"] for candidate in manifest.purchase["candidates"]} == {
        "logistic",
        "forest",
        "xgboost",
        "blend",
    }
    assert manifest.threshold == trained.bundle.models.purchase.threshold != 0.5
    assert any("comes back in a later slice" in note for note in manifest.notes)
    assert all(feature.missing < 1 for feature in manifest.features)


def test_the_reference_is_scored_sessions_of_the_test_slice(trained) -> None:
    reference = pq.read_table(trained.bundle.reference_path)
    data = read_training_data(trained.sessions)
    test_ids = set(np.asarray(data.table["session_id"].to_pylist())[data.rows(TEST)])

    assert set(reference["session_id"].to_pylist()) == test_ids
    assert reference["purchase_probability"].null_count == 0


def test_own_columns_are_learned_from_and_can_be_missing(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    frame = session_frame(2_500, seed=6)
    frame["page_value"] = np.where(frame["purchased"], random.normal(2, 1, 2_500), random.normal(0, 1, 2_500))
    frame["traffic_type"] = random.choice(["ads", "mail"], 2_500)
    path = write_sessions(frame.assign(started_at=None, revenue=None), tmp_path / "sessions.parquet")
    settings = Settings(models_dir=tmp_path / "models", bundle="own")
    bundle = train(
        path, name="own", settings=settings, source="made up", synthetic=False, options=QUICK
    ).bundle
    predictor = Predictor.load(settings=settings)

    fields = {field.name: field for field in predictor.form_fields()}
    assert fields["page_value"].label == "Page value"
    assert fields["page_value"].kind == "number"
    assert set(fields["traffic_type"].choices) == {"ads", "mail"}
    low, high = (predictor.predict_one({"page_value": value}) for value in (-1.0, 4.0))
    assert high["purchase_probability"] > 3 * low["purchase_probability"]
    assert 0 < predictor.predict_one({"cart_adds": 1})["purchase_probability"] < 1
    # No amounts and no times: no revenue, and a split by visitor, said so.
    assert bundle.manifest.revenue is None
    assert bundle.manifest.metrics["revenue"] == {}
    assert low["predicted_revenue"] is low["expected_revenue"] is None
    assert bundle.manifest.training["split"]["method"] == "visitor"
    assert any("not by time" in note for note in bundle.manifest.notes)
    assert any("doesn't predict revenue" in note for note in bundle.manifest.notes)


def test_a_bad_name_is_refused_before_anything_is_done(trained, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        train(
            trained.sessions,
            name="../out",
            settings=Settings(models_dir=tmp_path),
            source="",
            synthetic=True,
        )
    assert list(tmp_path.iterdir()) == []


def test_an_export_with_outcomes_is_judged_like_the_test_slice(trained, tmp_path: Path) -> None:
    predictor = Predictor.load(settings=trained.settings)
    metrics = evaluate_file(
        write_sessions(session_frame(2_000, seed=31), tmp_path / "s.parquet"), predictor, currency="CHF"
    )

    assert metrics["purchase"]["roc_auc"]["value"] > 0.7
    assert metrics["purchase"]["roc_auc"]["n"] == 2_000
    assert metrics["revenue"]["mae"]["unit"] == "CHF"
    table = markdown(lines(metrics, predictor.cluster_names))
    assert "| Purchase | ROC-AUC | 0." in table
    assert " CHF |" in table
    assert predictor.cluster_names[0] in table


def test_a_loaded_bundle_predicts_what_the_trained_one_did(trained) -> None:
    loaded = load_bundle(trained.bundle.name, trained.settings)
    table = as_table(session_frame(300, seed=22))

    assert Predictor(loaded).predict(table).equals(Predictor(trained.bundle).predict(table))
