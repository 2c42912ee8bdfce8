"""A shop's first export trains its model, in the job that scores it; the next one is scored by that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from core.base.errors import NotFoundError, TrainingError
from core.base.settings import Settings, get_settings
from core.bundle.predictor import Predictor
from core.bundle.registry import in_use, promote
from core.bundle.repository import list_bundles, read_manifest
from core.cli.data import score
from core.explain.sampling import sampled
from core.jobs import runner
from core.jobs.runner import run_step
from core.jobs.scoring import SCORING, cancel, submit
from core.jobs.scoring_workflow import WORK
from core.results.filters import Filters
from core.results.sources import find_source, source_manifest
from core.schema.sessions import PREDICTION_SCHEMA
from core.scoring import own_model
from core.scoring.own_model import SAME, cannot_train
from core.storage import Basis, Dataset, Recorded, Result, Store, get_store
from core.training.train import train
from tests.conftest import SHIPPED
from tests.core.jobs.working import HELD_WORKER, close, ended, over, working
from tests.core.training.sessions import session_frame
from tests.serving import wait_until
from tests.shared import copy_of

SECONDS = 300
NEEDED = 60
CLUSTERS = ["cluster_id", "cluster_name", "cluster_x", "cluster_y"]
PURCHASE = [name for name in PREDICTION_SCHEMA.names if name not in CLUSTERS]


@dataclass(frozen=True)
class Place:
    """A shop without a model of its own: its settings, its store, and a way to run a job here and now."""

    settings: Settings
    store: Store

    def upload(self, frame: pd.DataFrame, name: str = "May.csv", **known: bool) -> Dataset:
        path = self.store.incoming_dir / "upload"
        frame.to_csv(path, index=False)
        return self.store.add_dataset(path, filename=name, **known)

    def run(self, result: Result, *, until: str | None = None) -> Result:
        outcome: dict[str, object] = {}
        for step in WORK.steps:
            if step == until:
                break
            outcome = run_step(WORK, step, result.id, result.dataset_id, outcome)
            assert outcome["state"] == "ok", self.store.result(result.id).error
        return self.store.result(result.id)

    def scored(self, frame: pd.DataFrame, name: str = "May.csv") -> Result:
        return self.run(self.ask(self.upload(frame, name)))

    def ask(self, dataset: Dataset, **known: Basis) -> Result:
        return self.store.create_result(dataset.id, bundle=in_use(self.settings), **known)

    @property
    def first(self) -> Result:
        """The shop's first export, scored."""
        return self.store.results()[-1]

    def models(self) -> set[str]:
        return {path.name for path in self.settings.models_dir.iterdir() if path.is_dir()}


@contextmanager
def open_place(folder: Path) -> Iterator[Place]:
    """Let the process's settings point to a folder, with the shipped model at least, until the block ends."""
    models = folder / "models"
    shutil.copytree(SHIPPED, models / SHIPPED.name, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"DATA_DIR": folder / "data", "MODELS_DIR": models, "OWN_MODELS": "1"}.items():
            patch.setenv(f"PREDICTOR_{name}", str(value))
        patch.setenv("PREDICTOR_OWN_MODEL_BUYERS", str(NEEDED))
        patch.setenv("PREDICTOR_MIN_FREE_BYTES", "0")
        patch.delenv("DATABASE_URL", raising=False)
        get_settings.cache_clear()
        settings = get_settings()
        runner.prepare(settings)
        try:
            yield Place(settings, get_store(settings))
        finally:
            close(settings)
            get_settings.cache_clear()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_place(tmp_path) as opened:
        yield opened


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Place]:
    """Return the shop after its first export, ``shop()``, has trained its model."""
    with open_place(copy_of("first-export", tmp_path, _score_the_first)) as opened:
        yield opened


def _score_the_first(folder: Path) -> None:
    with open_place(folder) as opened:
        opened.scored(shop())


def shop(n: int = 1_200, **how: float) -> pd.DataFrame:
    return session_frame(n, visitors=0.8, **how)


def predictions(result: Result) -> pd.DataFrame:
    return pq.read_table(result.path).to_pandas().set_index("session_id")


def test_the_first_export_is_scored_by_a_model_of_its_own(later: Place) -> None:
    place, frame, result = later, shop(), later.first
    basis, buyers = result.basis, int(frame["purchased"].sum())
    assert basis is not None
    assert (basis.kind, basis.out_of_sample, basis.promoted, basis.buyers) == ("own", True, True, buyers)
    assert result.recorded == Recorded(
        sessions=len(frame),
        outcomes=len(frame),
        buyers=buyers,
        conversion=buyers / len(frame),
        revenue=pytest.approx(frame["revenue"].sum()),
        currency="EUR",
    )
    # Its model is the one in use, by the name of the export, and the only new one.
    assert result.bundle == in_use(place.settings)
    assert result.bundle.startswith("may-")
    assert place.models() == {"demo-shop", result.bundle}
    visible = {path.name for path in result.folder.iterdir() if not path.name.startswith(".")}
    assert visible == {"sessions.parquet", "drift.json"}
    # What the page says of its quality is what the predictions that stand there are worth.
    scored = predictions(result)
    auc = basis.quality["roc_auc"]
    assert auc["n"] == len(frame)
    assert auc["low"] < auc["value"] < auc["high"]
    assert auc["value"] == pytest.approx(area(scored["purchase_probability"], scored["purchased"]), abs=1e-6)
    threshold = read_manifest(result.bundle, place.settings).threshold
    yes = scored["purchase_probability"] >= threshold
    assert (yes == scored["predicted_purchase"]).all()
    # Reasons can be given, although the model was made after the result was asked for.
    source = find_source(result.id)
    assert source_manifest(source) is not None
    assert sampled(source, Filters()).total == len(frame)


def area(probability: pd.Series, outcome: pd.Series) -> float:
    ranks = probability.rank()
    buyers = outcome.astype(bool)
    n = int(buyers.sum())
    return float((ranks[buyers].sum() - n * (n + 1) / 2) / (n * (len(buyers) - n)))


@pytest.mark.slow
def test_the_next_export_is_scored_by_it_and_the_two_are_compared(later: Place) -> None:
    place, first = later, later.first
    later = shop(seed=8).assign(session_id=lambda frame: "n" + frame["session_id"])
    later["started_at"] += pd.Timedelta(days=90)
    second = place.scored(later, "June.csv")
    assert second.basis is not None
    assert (second.basis.kind, second.bundle, second.basis.out_of_sample) == ("in_use", first.bundle, True)
    contest = second.basis.contest
    assert contest is not None
    assert contest.outcome == "level"
    assert contest.in_use["n"] == contest.new["n"] == len(later)
    scored = predictions(second)
    auc = area(scored["purchase_probability"], scored["purchased"])
    assert contest.in_use["value"] == pytest.approx(auc, abs=1e-6)
    difference = contest.new["value"] - contest.in_use["value"]
    assert contest.difference["value"] == pytest.approx(difference, abs=1e-9)
    assert contest.difference["low"] <= 0
    assert place.models() == {"demo-shop", first.bundle}

    # In another shop it is worse than one that learned there would be.
    other = later.assign(
        session_id="o" + later["session_id"],
        purchased=np.random.default_rng(4).random(len(later)) < np.where(later["searches"] > 0, 0.4, 0.02),
    )
    third = place.scored(other, "Other.csv")
    assert third.basis is not None
    assert third.basis.contest is not None
    assert third.basis.contest.outcome == "better"
    assert third.basis.contest.difference["low"] > 0
    # The better one is there to be put to work, and isn't yet.
    assert third.basis.contest.bundle in place.models()
    assert in_use(place.settings) == first.bundle
    promote(third.basis.contest.bundle, who="Ann", settings=place.settings)


def test_of_days_the_model_has_learned_from_nothing_is_compared(later: Place) -> None:
    same_days = later.scored(shop(seed=9), "Again.csv")
    assert same_days.basis is not None
    assert same_days.basis.kind == "in_use"
    assert same_days.basis.out_of_sample is None
    assert same_days.basis.contest is not None
    assert same_days.basis.contest.outcome == "unknown"
    assert "the model in use learned from" in same_days.basis.contest.reason


@pytest.mark.slow
def test_the_same_export_again_is_never_scored_by_what_has_seen_it(later: Place) -> None:
    place, first = later, later.first
    again = place.run(place.ask(place.store.dataset(first.dataset_id)))
    copy = place.scored(shop(), "Copy of May.csv")
    for result in (again, copy):
        assert result.basis is not None
        assert (result.basis.kind, result.basis.promoted, result.bundle) == ("own", False, first.bundle)
        assert result.basis.reason.startswith(SAME.rstrip("."))
        pd.testing.assert_frame_equal(predictions(result), predictions(first))
    assert place.models() == {"demo-shop", first.bundle}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"purchased": np.arange(1_200) % 50 == 0}, "24 buyers in this export; 60 are needed"),
        ({"purchased": None, "revenue": None}, "Purchases are missing from this file"),
    ],
    ids=["few buyers", "no outcomes"],
)
def test_without_enough_buyers_nothing_is_predicted_but_as_an_example(
    place: Place, change: dict[str, object], reason: str
) -> None:
    frame = shop().assign(**change)
    result = place.scored(frame)
    assert result.basis is not None
    assert (result.basis.kind, result.basis.predicts) == ("none", False)
    assert result.basis.reason.startswith(reason)
    assert result.basis.buyers_needed == NEEDED
    scored = predictions(result)
    assert scored[PURCHASE].isna().all(axis=None)
    assert scored[CLUSTERS].notna().all(axis=None)
    # The kinds of visit are those of this export, not of the demo shop; nobody's model in use is replaced.
    own = read_manifest(result.bundle, place.settings)
    assert (own.training["source"], own.predicts_purchase) == ("May.csv", False)
    assert place.models() == {"demo-shop", result.bundle}
    assert in_use(place.settings) == "demo-shop"
    with pytest.raises(Exception, match="There are no predictions for these sessions"):
        sampled(find_source(result.id), Filters())

    example = place.store.result(f"{result.id}-example")
    assert example.is_example
    assert example.bundle == "demo-shop"
    assert predictions(example)[PURCHASE].notna().all(axis=None)
    assert sampled(find_source(example.id), Filters()).total == len(frame)


def test_too_few_sessions_for_clusters_keep_those_of_the_demo_shop(place: Place) -> None:
    result = place.scored(shop().drop(columns=["purchased", "revenue"]).head(40))
    assert result.basis is not None
    assert (result.basis.kind, result.bundle) == ("none", "demo-shop")
    assert place.models() == {"demo-shop"}


def test_where_nobody_stays_away_no_model_is_trained(place: Place) -> None:
    recorded = Recorded(sessions=90, outcomes=90, buyers=80, conversion=0.9, revenue=None, currency="EUR")
    assert "that didn't" in cannot_train(recorded, place.settings)


@pytest.mark.slow
def test_a_model_somebody_names_and_a_made_up_shop_are_left_alone(place: Place) -> None:
    chosen = submit(place.upload(shop()).id, bundle="demo-shop", settings=place.settings)
    made_up = place.ask(place.upload(shop(), synthetic=True))
    for result in (place.run(chosen), place.run(made_up)):
        assert result.basis == Basis(kind="chosen")
        assert result.bundle == "demo-shop"
        assert predictions(result)[PURCHASE].notna().all(axis=None)
    off = place.settings.model_copy(update={"own_models": False})
    runner.prepare(off)
    assert place.scored(shop()).basis == Basis(kind="chosen")
    assert place.models() == {"demo-shop"}


@pytest.mark.slow
def test_a_model_that_may_know_the_outcome_is_not_put_to_work(place: Place) -> None:
    frame = shop().assign(order_total=lambda frame: frame["revenue"] + 0.25)
    result = place.scored(frame)
    assert result.basis is not None
    assert (result.basis.kind, result.basis.promoted) == ("own", False)
    assert result.basis.alarms
    assert in_use(place.settings) == "demo-shop"
    assert result.bundle in place.models()


@pytest.mark.slow
def test_a_shop_whose_model_knows_clusters_only_gets_one_that_predicts(place: Place) -> None:
    without = place.upload(shop().drop(columns=["purchased", "revenue"]), "Clusters.csv")
    report = place.run(place.ask(without), until="own_model")
    train(
        place.store.dataset(without.id).sessions_path,
        name="clusters",
        settings=place.settings,
        source="Clusters.csv",
        synthetic=False,
    )
    promote("clusters", who="Ann", settings=place.settings)
    assert place.run(report).basis.kind == "in_use"
    result = place.scored(shop())
    assert result.basis is not None
    assert (result.basis.kind, result.basis.promoted) == ("own", True)
    assert in_use(place.settings) == result.bundle


@pytest.mark.slow
def test_a_large_export_is_learned_from_in_part_and_scored_whole(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_model, "ENOUGH_BUYERS", 30)
    # A busy machine may take as long as it needs.
    monkeypatch.setattr(own_model, "PATIENCE", 1e6)
    runner.prepare(place.settings.model_copy(update={"own_model_seconds": 1.4}))
    frame = shop()
    result = place.scored(frame)
    assert result.basis is not None
    assert result.basis.kind == "own"
    training = read_manifest(result.bundle, place.settings).training
    assert 500 < training["sessions"] < 900
    scored = predictions(result)
    assert len(scored) == len(frame)
    assert result.basis.quality["roc_auc"]["n"] == len(frame)
    # Whoever was left out is scored by the model itself, as somebody new; hardly anybody else is.
    itself = Predictor.load(result.bundle, place.settings).predict(pq.read_table(result.path)).to_pandas()
    same = np.isclose(itself["purchase_probability"], scored["purchase_probability"], rtol=0, atol=1e-12)
    assert 0.25 < same.mean() < 0.65


@pytest.mark.slow
def test_training_that_takes_far_too_long_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_model, "PATIENCE", 0.0)
    result = place.scored(shop())
    assert result.basis is not None
    assert result.basis.kind == "none"
    assert result.basis.reason.startswith("Training was stopped after ")
    assert not read_manifest(result.bundle, place.settings).predicts_purchase


@pytest.mark.slow
def test_a_job_that_is_stopped_leaves_no_model(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    result = place.ask(place.upload(shop()))
    place.run(result, until="finish")
    assert place.models() == {"demo-shop"}
    place.store.scoring_jobs.update(result.id, cancel=True)
    outcome = run_step(WORK, "finish", result.id, result.dataset_id, {"scored": {}})
    assert outcome["state"] == "cancelled"
    assert place.models() == {"demo-shop"}
    assert not result.folder.exists()


def test_a_result_deleted_once_done_keeps_its_model(later: Place) -> None:
    place, result = later, later.first
    place.store.delete_dataset(result.dataset_id)
    run_step(WORK, "contest", result.id, result.dataset_id, {})
    assert result.bundle in place.models()
    with pytest.raises(NotFoundError):
        place.store.result(result.id)


@pytest.mark.slow
@pytest.mark.server
def test_a_worker_killed_when_it_had_trained_trains_again(later: Place) -> None:
    """How a step goes on that was killed before anything came of it is seen in ``test_scoring``."""
    place, alone = later, later.first
    shutil.rmtree(place.settings.models_dir / alone.bundle)
    result = submit(place.upload(shop(), "Copy.csv").id, settings=place.settings)
    with working(place.settings, HELD_WORKER, "own_model", "after") as worker:
        held = place.settings.data_dir / "held"
        wait_until(held.exists, seconds=SECONDS, what="the worker to reach training")
        worker.kill()
        worker.join()
    assert place.models() == {"demo-shop"}
    with working(place.settings):
        done = over(SCORING, place.store, result, seconds=SECONDS)
        assert ended(place.settings, result, seconds=SECONDS) == "done"
    assert isinstance(done, Result)
    assert done.basis is not None
    assert (done.basis.kind, done.bundle) == ("own", in_use(place.settings))
    pd.testing.assert_frame_equal(predictions(done)[PURCHASE], predictions(alone)[PURCHASE])
    assert [manifest.name for manifest in list_bundles(place.settings)] == [done.bundle, "demo-shop"]


@pytest.mark.slow
@pytest.mark.server
def test_training_is_cancelled_within_moments(place: Place) -> None:
    result = submit(place.upload(shop(6_000)).id, settings=place.settings)
    with working(place.settings):
        wait_until(
            lambda: place.store.result(result.id).step == "own_model",
            seconds=SECONDS,
            what="training to begin",
        )
        cancel(result.id, place.settings)
        done = over(SCORING, place.store, result, seconds=SECONDS)
    assert done.state == "cancelled"
    assert place.models() == {"demo-shop"}
    assert not result.folder.exists()


@pytest.mark.slow
def test_the_command_line_scores_a_file_by_a_model_of_its_own(later: Place, tmp_path: Path) -> None:
    place, result, frame = later, later.first, shop()
    export, out = tmp_path / "May.csv", tmp_path / "scored.parquet"
    frame.to_csv(export, index=False)
    asked = [str(export), str(out), "--own-model"]
    answer = CliRunner().invoke(score, asked)
    assert answer.exit_code == 0, answer.output
    # The same training: the same predictions, and a model that isn't in use without being asked for.
    pd.testing.assert_frame_equal(
        pq.read_table(out).to_pandas().set_index("session_id")[PURCHASE], predictions(result)[PURCHASE]
    )
    assert place.models() == {"demo-shop", result.bundle, f"{result.bundle}-2"}
    assert in_use(place.settings) == result.bundle

    frame.assign(purchased=np.arange(len(frame)) % 50 == 0).to_csv(export, index=False)
    with pytest.raises(TrainingError, match="24 buyers in this export; 60 are needed"):
        CliRunner().invoke(score, asked, catch_exceptions=False)
    refused = CliRunner().invoke(score, [*asked, "--bundle", "demo-shop"])
    assert "Either --own-model or --bundle." in refused.output
