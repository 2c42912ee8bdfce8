"""What an earlier version left in a data folder is read, and its jobs go on with the step they were in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.audiences.repository import definition_of
from core.base.project import FIRST, in_project
from core.base.settings import PROJECTS, SEVERAL, Settings
from core.jobs.queues import client
from core.projects import create_project
from core.projects.records import every_settings
from core.storage import Store, get_store
from core.storage.uploads import Incoming, Piece, finish
from core.training.purchase.options import TrainingOptions
from tests import earlier_version as earlier
from tests.core.jobs.working import close, working
from tests.serving import wait_until

SECONDS = 300


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    made = earlier.restore(tmp_path)
    yield made
    close(made)


@pytest.fixture
def store(settings: Settings) -> Store:
    return get_store(settings)


def test_everything_is_there(store: Store) -> None:
    assert {dataset.id: dataset.state for dataset in store.datasets()} == {
        earlier.DATASET: "ready",
        earlier.ODD: "needs_mapping",
        earlier.FETCHED: "ready",
        earlier.FETCHING: "fetching",
        earlier.NOT_FETCHED: "not_fetched",
    }
    lost = store.dataset(earlier.NOT_FETCHED).fetch
    assert lost is not None
    assert (lost.paths, lost.error["message"]) == (("august.csv",), "There is no such file or folder.")
    may = store.dataset(earlier.DATASET)
    assert (may.name, may.filename, may.report.rows_kept) == ("May", "May visits.csv", 60)
    result, failed = store.result(earlier.RESULT), store.result(earlier.FAILED)
    assert (result.state, result.n_sessions, result.bundle) == ("done", 60, earlier.BUNDLE)
    assert pq.read_metadata(result.path).num_rows == 60
    assert (failed.state, failed.error["where"]) == ("failed", "model gone")
    assert store.result(earlier.QUEUED).state == "queued"
    training = store.training(earlier.TRAINING)
    assert TrainingOptions.from_dict(training.options) == TrainingOptions(seconds=0, trials=1, clusters=2)
    assert (training.state, training.who, training.comparison["new"]) == ("done", "Ann", earlier.BUNDLE)
    audience = store.audience(earlier.AUDIENCE)
    assert (definition_of(audience).pick, definition_of(audience).amount) == ("top_n", 20)
    assert audience.figures == {"n": 20, "treated": 18, "held_out": 2, "buyers": None}
    assert [kept.figures for kept in store.outcomes(earlier.AUDIENCE)] == [{"n": 1}]
    assert [kept.query for kept in store.scenarios()] == ["cart_adds=2"]


def test_it_becomes_the_first_of_several_projects(settings: Settings, store: Store) -> None:
    """Whatever was there before there were projects stays where it is, in the first one."""
    before = {dataset.id: dataset.name for dataset in store.datasets()}
    results = {result.id: result.state for result in store.results(limit=1000)}
    made = create_project("France", settings)
    first, second = every_settings(settings)
    assert (first.project, second.project) == (FIRST, made.id)
    with in_project(first):
        there = get_store(first)
        assert {dataset.id: dataset.name for dataset in there.datasets()} == before
        assert {result.id: result.state for result in there.results(limit=1000)} == results
        assert pq.read_metadata(there.result(earlier.RESULT).path).num_rows == 60
        assert definition_of(there.audience(earlier.AUDIENCE)).amount == 20
        assert Incoming(there).get(earlier.UPLOAD).offset == 22
        there.close()
    with in_project(second):
        assert (get_store(second).datasets(), get_store(second).results()) == ((), ())
        close(second)
    (settings.data_dir / PROJECTS / SEVERAL).unlink()


def test_an_upload_that_was_half_way_in_goes_on(store: Store) -> None:
    incoming = Incoming(store)
    upload = incoming.get(earlier.UPLOAD)
    assert (upload.filename, upload.offset, upload.length) == ("autumn.csv", 22, 40)
    with Piece(incoming, upload, 22, None) as piece:
        piece.write(b"b,2\nc,3\nd,4\ne,5\nf\n")
        piece.finish()
    assert finish(incoming, [upload.id]).upload_path.read_text().startswith("session_id,clicks\na,1\nb,2\n")


@pytest.mark.server
def test_jobs_go_on(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_SOURCES", json.dumps(settings.sources))
    log = settings.data_dir / "worker.log"

    def over(dataset_id: str) -> bool:
        found = store.results(dataset_id)
        return bool(found) and all(result.is_over for result in found)

    with working(settings):
        wait_until(
            lambda: (
                store.training(earlier.QUEUED_TRAINING).is_over
                and all(over(dataset) for dataset in (earlier.DATASET, earlier.FETCHED, earlier.FETCHING))
            ),
            seconds=SECONDS,
            what=f"the jobs to end: {log.read_text()[-2000:]}",
        )
        workflows = {one.workflow_id: one for one in client(settings).list_workflows()}
    # One was fetched before and only had to be scored, the other one had to be fetched.
    for dataset in (earlier.FETCHED, earlier.FETCHING):
        (result,) = store.results(dataset)
        assert (result.state, result.n_sessions) == ("done", 30)
        assert workflows[dataset].name == "fetch_source"
    assert store.results(earlier.FETCHED)[0].who == "Ann"
    # What the same model says of the same export is what it said then, also on another processor, which adds
    # up a little otherwise.
    queued, then = (store.result(one) for one in (earlier.QUEUED, earlier.RESULT))
    assert queued.state == "done"
    now, before = (pq.read_table(one.path) for one in (queued, then))
    assert now.schema == before.schema
    pd.testing.assert_frame_equal(now.to_pandas(), before.to_pandas(), rtol=1e-9, atol=0)
    # Sixty sessions make no model; that is said as it always was.
    training = store.training(earlier.QUEUED_TRAINING)
    assert (training.state, training.error["code"]) == ("failed", "training")
