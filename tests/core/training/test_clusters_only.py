"""A model of an export without outcomes: it tells kinds of visit, and nothing else, wherever it is asked."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import TrainingError
from core.base.settings import Settings, get_settings
from core.bundle.predictor import Predictor
from core.results.caveats import CLUSTERS_ONLY, notes_for
from core.results.clusters.profiles import ClusterView
from core.results.view import Filters, ResultView
from core.schema.sessions import PREDICTION_SCHEMA
from core.scoring.steps import predict_sessions
from core.services.overview import model_in_use
from core.training.evaluation import evaluate_file
from core.training.purchase.options import QUICK
from core.training.train import train
from tests.core.training.sessions import as_table, session_frame

NAME = "no-outcomes"
UNKNOWN = [name for name in PREDICTION_SCHEMA.names if not name.startswith("cluster")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """Return settings with such a model in use, and the sessions it was trained on."""
    folder = tmp_path_factory.mktemp("clusters-only")
    settings = Settings(models_dir=folder / "models", data_dir=folder / "data", bundle=NAME, threads=1)
    sessions = folder / "sessions.parquet"
    frame = session_frame(1_500).drop(columns=["purchased", "revenue"])
    pq.write_table(as_table(frame), sessions)
    train(sessions, name=NAME, settings=settings, source="made up", synthetic=False, options=QUICK)
    return settings, sessions


@pytest.fixture(scope="module")
def scored(shop: tuple[Settings, Path]) -> Path:
    settings, sessions = shop
    out = sessions.with_name("scored.parquet")
    predict_sessions(sessions, out, predictor=Predictor.load(NAME, settings))
    return out


def test_it_answers_with_a_cluster_and_null_for_everything_else(shop: tuple[Settings, Path]) -> None:
    settings, sessions = shop
    predictor = Predictor.load(NAME, settings)
    answer = predictor.predict(pq.read_table(sessions))

    assert (predictor.predicts_purchase, predictor.threshold, predictor.base_rate) == (False, None, None)
    assert answer.schema == PREDICTION_SCHEMA
    assert all(answer[name].null_count == len(answer) for name in UNKNOWN)
    assert set(answer["cluster_name"].to_pylist()) == set(predictor.cluster_names)
    assert answer["cluster_x"].null_count == 0
    one = predictor.predict_one(pq.read_table(sessions).slice(3, 1).to_pylist()[0])
    assert one == answer.slice(3, 1).to_pylist()[0]


def test_a_file_is_scored_by_it_and_no_buyer_is_counted(shop: tuple[Settings, Path], scored: Path) -> None:
    settings, sessions = shop
    counted = predict_sessions(
        sessions, scored.with_name("again.parquet"), predictor=Predictor.load(NAME, settings)
    )

    assert (counted.n_sessions, counted.n_answered, counted.n_predicted) == (1_500, 0, 0)
    assert pq.read_table(scored)["purchase_probability"].null_count == 1_500


def test_notes_say_first_what_it_cannot_answer(shop: tuple[Settings, Path], scored: Path) -> None:
    notes = notes_for(scored, predictor=Predictor.load(NAME, shop[0]), currency="USD", synthetic=False)

    assert notes[0] == CLUSTERS_ONLY
    assert not any("so predicted revenue is in" in note for note in notes)


def test_clusters_have_sizes_and_no_made_up_conversion(scored: Path) -> None:
    outcomes = ClusterView(scored).outcomes()

    assert outcomes.n == 1_500
    assert outcomes.conversion is None
    assert all(c.conversion is None and c.revenue is None and c.low is None for c in outcomes.clusters)


def test_the_results_tell_no_prediction(shop: tuple[Settings, Path], scored: Path) -> None:
    view = ResultView(scored)
    sums = view.kpis(Filters())

    assert "purchase_probability" not in view.told
    assert sums.probability is None
    assert sums.predicted_buyers == 0
    assert view.threshold(NAME) is None


def test_the_home_page_gets_its_clusters_instead_of_figures(
    shop: tuple[Settings, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = shop
    monkeypatch.setenv("PREDICTOR_MODELS_DIR", str(settings.models_dir))
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PREDICTOR_BUNDLE", NAME)
    get_settings.cache_clear()
    try:
        told = model_in_use(settings)
    finally:
        get_settings.cache_clear()

    assert not isinstance(told, Exception)
    assert (told.threshold, told.captured, told.precision, told.recall) == (None, None, None, None)
    assert len(told.clusters) >= 2


def test_it_is_not_judged_by_outcomes_it_does_not_predict(
    shop: tuple[Settings, Path], tmp_path: Path
) -> None:
    told = tmp_path / "told.parquet"
    pq.write_table(as_table(session_frame(600)), told)

    with pytest.raises(TrainingError, match="clusters"):
        evaluate_file(told, Predictor.load(NAME, shop[0]))


@pytest.mark.slow
def test_the_whole_eshop_file_trains_one_that_scores_it(shared_data: Path, tmp_path: Path) -> None:
    from core.ingest import ingest
    from core.scoring.steps import make_sessions

    settings = Settings(models_dir=tmp_path / "models", data_dir=tmp_path / "data", bundle="eshop", threads=1)
    report = ingest(shared_data / "eshop_clothing_2008.csv.gz", tmp_path / "in", settings=settings)
    sessions = make_sessions(tmp_path / "in", report, tmp_path / "sessions.parquet", settings=settings)
    bundle = train(
        sessions, name="eshop", settings=settings, source="e-shop", synthetic=False, options=QUICK
    ).bundle
    answer = Predictor(bundle).predict(pq.read_table(sessions))

    assert not bundle.manifest.predicts_purchase
    assert "were stable" in bundle.manifest.clustering["reason"]
    assert len(answer) == 24_026
    sizes = pa.table({"c": answer["cluster_id"]}).group_by("c").aggregate([([], "count_all")])
    assert min(sizes["count_all"].to_pylist()) > 1_000
