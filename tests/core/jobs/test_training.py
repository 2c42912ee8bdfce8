from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError, JobError, MappingError, NotFoundError, TrainingError
from core.base.settings import Settings
from core.bundle import registry
from core.bundle.predictor import Predictor
from core.bundle.repository import load_bundle, read_manifest
from core.jobs import runner, training_workflow
from core.jobs.queues import client, enqueue
from core.jobs.training import TRAINING, cancel_training, submit_training, suggest_name
from core.simulate import write_events
from core.storage import Dataset, Store, Training, get_store
from core.training.comparison.records import Comparison
from core.training.purchase.options import TrainingOptions
from tests.core.bundles import good_bundle
from tests.core.jobs.working import HELD_WORKER, close, working
from tests.core.jobs.working import ended as working_ended
from tests.core.jobs.working import over as working_over
from tests.core.training.sessions import session_frame
from tests.serving import wait_until

SECONDS = 300
N_SESSIONS, N_EVENT_SESSIONS = 800, 2_000
#: Nothing is searched: a model in seconds.
QUICK = TrainingOptions(seconds=0, trials=1, clusters=2)
STEPS = ["ingest", "features", "train", "compare"]


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgres" else None
    return own_settings(tmp_path, url)


@pytest.fixture
def sqlite(tmp_path: Path) -> Settings:
    return own_settings(tmp_path, None)


def own_settings(tmp_path: Path, url: str | None) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        models_dir=tmp_path / "models",
        DATABASE_URL=url,
        min_free_bytes=0,
        bundle="base",
    )


@pytest.fixture(autouse=True)
def closed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give database connections back before the database goes away."""
    name = "sqlite" if "sqlite" in request.fixturenames else "settings"
    settings = request.getfixturevalue(name)
    yield
    close(settings)


def add(settings: Settings, tmp_path: Path, text: str | None = None) -> Dataset:
    export = tmp_path / "Spring shop.csv"
    if text is None:
        session_frame(N_SESSIONS).to_csv(export, index=False)
    else:
        export.write_text(text)
    return get_store(settings).add_dataset(export, filename="Spring shop.csv")


def add_events(settings: Settings, tmp_path: Path) -> Dataset:
    export = tmp_path / "events.csv"
    write_events(export, n_sessions=N_EVENT_SESSIONS, seed=6)
    return get_store(settings).add_dataset(export, filename="events.csv")


def over(store: Store, training: Training) -> Training:
    """Wait until a training is over."""
    return working_over(TRAINING, store, training, seconds=SECONDS)


def ended(settings: Settings, training: Training) -> str:
    """Wait until the job of a training has ended and return how."""
    return working_ended(settings, training, seconds=SECONDS)


def folders(settings: Settings) -> list[str]:
    """Return what trainings could leave behind: folders of models and of trainings, whole or not."""
    places = (settings.models_dir, settings.data_dir / "trainings")
    return sorted(
        path.name for place in places if place.is_dir() for path in place.iterdir() if path.is_dir()
    )


def reached(settings: Settings, what: str) -> None:
    wait_until((settings.data_dir / "held").exists, seconds=SECONDS, what=f"the worker to reach {what}")


# Handing in


def test_a_training_is_queued_once_under_its_id(settings: Settings, tmp_path: Path) -> None:
    dataset = add(settings, tmp_path)
    training = submit_training(dataset.id, name="spring", options=QUICK, who=" Ann ", settings=settings)
    enqueue(TRAINING, training, settings)
    assert (training.state, training.bundle, training.who) == ("queued", "spring", "Ann")
    assert (training.dataset_id, training.dataset_name) == (dataset.id, dataset.name)
    assert replace(TrainingOptions.from_dict(training.options), previous=None) == QUICK
    assert not training.is_over
    queued = client(settings).list_workflows()
    assert [(job.workflow_id, job.queue_name) for job in queued] == [(training.id, "training")]
    assert get_store(settings).trainings() == (training,)
    assert get_store(settings).trainings(dataset_id="another") == ()


def test_a_name_is_made_of_the_data_and_the_day(sqlite: Settings, tmp_path: Path) -> None:
    dataset = add(sqlite, tmp_path)
    today = f"spring-shop-{datetime.now(UTC):%Y-%m-%d}"
    assert suggest_name(dataset, sqlite) == today
    first = submit_training(dataset.id, options=QUICK, settings=sqlite)
    second = submit_training(dataset.id, options=QUICK, settings=sqlite)
    assert (first.bundle, second.bundle, first.who) == (today, f"{today}-2", "somebody")
    (sqlite.models_dir / f"{today}-3").mkdir(parents=True)
    assert suggest_name(dataset, sqlite) == f"{today}-4"
    odd = replace(dataset, name="Émile & “søn”.csv.gz" + "x" * 200)
    assert submit_training(add(sqlite, tmp_path).id, name=suggest_name(odd, sqlite), settings=sqlite)
    assert suggest_name(replace(dataset, name="日本語"), sqlite) == f"model-{datetime.now(UTC):%Y-%m-%d}"


def test_what_cannot_be_trained_on_is_not_queued(sqlite: Settings, tmp_path: Path) -> None:
    store = get_store(sqlite)
    unmapped = add(sqlite, tmp_path, "a,b\n1,2\n3,4\n")
    with pytest.raises(MappingError):
        submit_training(unmapped.id, settings=sqlite)
    with pytest.raises(NotFoundError):
        submit_training("no-such-dataset", settings=sqlite)
    dataset = add(sqlite, tmp_path)
    with pytest.raises(BundleError):
        submit_training(dataset.id, name="../up", settings=sqlite)
    (sqlite.models_dir / "taken").mkdir(parents=True)
    with pytest.raises(TrainingError, match="model with this name"):
        submit_training(dataset.id, name="taken", settings=sqlite)
    assert store.trainings() == ()


def test_two_trainings_at_once_get_two_names(settings: Settings, tmp_path: Path) -> None:
    dataset = add(settings, tmp_path)
    told: list[object] = []
    start = threading.Barrier(2)

    def hand_in() -> None:
        start.wait()
        try:
            told.append(submit_training(dataset.id, name="same", options=QUICK, settings=settings).bundle)
        except TrainingError as error:
            told.append(error.code)

    threads = [threading.Thread(target=hand_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(map(str, told)) == ["same", "training"]
    assert len(get_store(settings).trainings()) == 1


# Cancelling


def test_a_training_that_waits_is_cancelled_at_once(settings: Settings, tmp_path: Path) -> None:
    training = submit_training(add(settings, tmp_path).id, name="spring", settings=settings)
    found = cancel_training(training.id, settings)
    assert (found.state, found.is_over, found.finished_at is not None) == ("cancelled", True, True)
    assert cancel_training(training.id, settings) == found, "it was over"
    # The name is free again.
    assert submit_training(training.dataset_id, name="spring", settings=settings).state == "queued"
    with pytest.raises(NotFoundError):
        cancel_training("no-such-training", settings)


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize(("step", "when"), [("train", "before"), ("compare", "before")])
def test_a_running_training_that_is_cancelled_leaves_nothing(
    sqlite: Settings, step: str, when: str, tmp_path: Path
) -> None:
    store = get_store(sqlite)
    dataset = add(sqlite, tmp_path)
    first = submit_training(dataset.id, name="spring", options=QUICK, settings=sqlite)
    waiting = submit_training(dataset.id, name="summer", options=QUICK, settings=sqlite)
    cancel_training(waiting.id, sqlite)
    with working(sqlite, HELD_WORKER, step, when):
        reached(sqlite, step)
        assert folders(sqlite) == sorted([first.id, *(["spring"] if step == "compare" else [])])
        asked = cancel_training(first.id, sqlite)
        assert (asked.state, asked.cancelling) == ("running", True)
        (sqlite.data_dir / "go").touch()
        done = over(store, first)
        assert folders(sqlite) == []
        assert ended(sqlite, first) == "cancelled"
    # It left its queue at once, and never had its turn.
    assert client(sqlite).retrieve_workflow(waiting.id).get_status().status == "CANCELLED"
    assert (done.state, done.error, done.comparison) == ("cancelled", None, None)
    assert "nothing was kept" in done.message
    assert store.training(waiting.id).state == "cancelled"
    assert folders(sqlite) == []


@pytest.mark.slow
@pytest.mark.server
def test_a_dataset_deleted_while_it_is_trained_on_stops_that(sqlite: Settings, tmp_path: Path) -> None:
    store = get_store(sqlite)
    dataset = add(sqlite, tmp_path)
    training = submit_training(dataset.id, name="spring", options=QUICK, settings=sqlite)
    with working(sqlite, HELD_WORKER, "train", "before"):
        reached(sqlite, "train")
        store.delete_dataset(dataset.id)
        assert store.training(training.id).state == "failed"
        (sqlite.data_dir / "go").touch()
        assert ended(sqlite, training) == "failed"
    told = store.training(training.id)
    assert told.error["code"] == "job"
    assert "deleted" in told.error["message"]
    assert told.dataset_name == dataset.name
    assert folders(sqlite) == []
    assert list((sqlite.data_dir / "datasets").iterdir()) == []


# A worker that lives, and one that dies


@pytest.mark.server
def test_a_training_ends_with_a_model_compared_with_the_one_in_use(
    settings: Settings, tmp_path: Path
) -> None:
    store = get_store(settings)
    good_bundle(settings, "base")
    # One of the two databases sees an event log, the other session rows.
    has_events = settings.database_url is None
    dataset = add_events(settings, tmp_path) if has_events else add(settings, tmp_path)
    training = submit_training(dataset.id, name="spring", options=QUICK, who="Ann", settings=settings)
    few = session_frame(200).assign(purchased=False).to_csv(index=False)
    hopeless = submit_training(add(settings, tmp_path, few).id, options=QUICK, settings=settings)
    with working(settings):
        done, failed = over(store, training), over(store, hopeless)
        assert (ended(settings, training), ended(settings, hopeless)) == ("done", "failed")
    assert (done.state, done.step, done.share, done.message) == ("done", "done", 1.0, "Done")
    assert done.error is None
    manifest = read_manifest("spring", settings)
    assert manifest.training["source"] == dataset.name
    assert manifest.training["sessions"] == (N_EVENT_SESSIONS if has_events else N_SESSIONS)
    assert dataset.events_path.exists() == has_events
    comparison = Comparison.from_dict(done.comparison)
    assert (comparison.new, comparison.old) == ("spring", "base")
    assert comparison.lines
    assert comparison.n > 0
    assert (failed.state, failed.error["code"]) == ("failed", "training")
    assert "No session of 200 ends in a purchase" in failed.error["message"]
    assert failed.error["remedy"]
    assert folders(settings) == ["base", "spring"]
    registry.promote("spring", who="Ann", confirmed=True, settings=settings)
    assert Predictor.load(None, settings).name == "spring"
    assert "Traceback" not in (settings.data_dir / "worker.log").read_text()


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize(
    ("settings", "step", "when"),
    [("sqlite", "train", "before"), ("postgres", "train", "after")],
    indirect=["settings"],
)
def test_a_killed_training_goes_on_and_makes_one_model(
    settings: Settings, step: str, when: str, tmp_path: Path
) -> None:
    store = get_store(settings)
    dataset = add(settings, tmp_path)
    training = submit_training(dataset.id, name="spring", options=QUICK, settings=settings)
    with working(settings, HELD_WORKER, step, when) as worker:
        reached(settings, step)
        worker.kill()
        worker.join()
    # What a kill in the middle of saving leaves.
    (settings.models_dir / ".spring-0a1b2c3d").mkdir(parents=True)
    saved = settings.models_dir / "spring" / "manifest.json"
    before = saved.stat().st_mtime_ns if when == "after" else None
    read = dataset.sessions_path.stat().st_mtime_ns
    with working(settings):
        done = over(store, training)
        assert ended(settings, training) == "done"
    assert done.state == "done"
    assert folders(settings) == ["spring"]
    assert dataset.sessions_path.stat().st_mtime_ns == read, "the file was read twice"
    if before is not None:
        assert saved.stat().st_mtime_ns == before, "the model was trained twice"
    recorded = client(settings).list_workflow_steps(training.id)
    assert [step["function_name"] for step in recorded] == STEPS
    assert "could not be compared with base" in Comparison.from_dict(done.comparison).verdict
    _as_if_never_killed(settings, dataset)


def _as_if_never_killed(settings: Settings, dataset: Dataset) -> None:
    """Train again, without any job, and compare the models' answers."""
    from core.training.train import train

    train(
        dataset.sessions_path,
        name="undisturbed",
        settings=settings,
        source="again",
        synthetic=False,
        options=QUICK,
    )
    rows = pq.read_table(dataset.sessions_path)
    one, other = (
        Predictor(load_bundle(name, settings)).predict(rows)["purchase_probability"].to_numpy()
        for name in ("spring", "undisturbed")
    )
    assert np.array_equal(one, other)


def test_a_training_that_keeps_killing_its_worker_is_given_up(sqlite: Settings, tmp_path: Path) -> None:
    store = get_store(sqlite)
    training = submit_training(add(sqlite, tmp_path).id, options=QUICK, settings=sqlite)
    store.update_training(training.id, state="running")
    work = training_workflow.WORK
    state = runner._end(work, store, training.id, training.dataset_id, runner._given_up(work))
    told = store.training(training.id)
    assert (state, told.error["code"]) == ("failed", JobError.code)
    assert told.error["remedy"]
