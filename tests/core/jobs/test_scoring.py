from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.base.errors import IngestError, MappingError, NotFoundError, StorageError
from core.base.failures import explain
from core.base.settings import Settings
from core.jobs.queues import client, enqueue
from core.jobs.scoring import SCORING, cancel, place_of, submit
from core.jobs.scoring_workflow import WORK
from core.jobs.worker import _slot
from core.scoring.pipeline import run_steps
from core.simulate import write_events
from core.storage import Dataset, Result, Store, get_store
from tests.core.jobs.working import HELD_WORKER, close, ended, working
from tests.core.jobs.working import over as working_over
from tests.serving import wait_until

N_SESSIONS = 200
SECONDS = 300
RESULT_FILES = ("drift.json", "sessions.parquet")


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgres" else None
    return Settings(data_dir=tmp_path / "data", DATABASE_URL=url, min_free_bytes=0)


@pytest.fixture
def sqlite(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", DATABASE_URL=None, min_free_bytes=0)


@pytest.fixture(autouse=True)
def closed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give database connections back before the database goes away."""
    name = "sqlite" if "sqlite" in request.fixturenames else "settings"
    settings = request.getfixturevalue(name)
    yield
    close(settings)


def add(settings: Settings, tmp_path: Path, text: str | None = None) -> Dataset:
    export = tmp_path / "export.csv"
    if text is None:
        write_events(export, n_sessions=N_SESSIONS, seed=5)
    else:
        export.write_text(text)
    return get_store(settings).add_dataset(export, filename="export.csv")


def over(store: Store, result: Result) -> Result:
    """Wait until a result is over."""
    return working_over(SCORING, store, result, seconds=SECONDS)


def files(store: Store) -> list[str]:
    """Return what is in the data folder, but for what results keep beside them to be asked again quickly."""
    folders = ("datasets", "results", "incoming", "trash")
    found = (str(p.relative_to(store.data_dir)) for f in folders for p in (store.data_dir / f).glob("**/*"))
    return sorted(name for name in found if not re.search(r"/\.sessions\.kept(/|$)", name))


# Handing in


def test_a_job_is_queued_once_under_its_results_id(settings: Settings, tmp_path: Path) -> None:
    dataset = add(settings, tmp_path)
    result = submit(dataset.id, settings=settings)
    enqueue(SCORING, result, settings)
    assert (result.state, result.bundle, result.dataset_id) == ("queued", "demo-shop", dataset.id)
    assert [w.workflow_id for w in client(settings).list_workflows()] == [result.id]


def test_what_cannot_be_scored_is_not_queued(sqlite: Settings, tmp_path: Path) -> None:
    dataset = add(sqlite, tmp_path, "a,b\n1,2\n3,4\n")
    with pytest.raises(MappingError, match=r"export\.csv"):
        submit(dataset.id, settings=sqlite)
    with pytest.raises(NotFoundError):
        submit("no-such-dataset", settings=sqlite)
    assert get_store(sqlite).results() == ()


# A worker that dies


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize(
    ("settings", "step", "when"),
    [
        ("sqlite", "ingest", "after"),
        ("sqlite", "predict", "before"),
        ("postgres", "predict", "after"),
    ],
    indirect=["settings"],
)
def test_a_killed_job_goes_on_where_it_was(settings: Settings, step: str, when: str, tmp_path: Path) -> None:
    store = get_store(settings)
    dataset = add(settings, tmp_path)
    alone = store.create_result(dataset.id, bundle="demo-shop")
    run_steps(store, alone)
    store.set_mapping(dataset.id, dataset.recognition.mapping)  # forget what was read
    result = submit(dataset.id, settings=settings)
    # Of two workers, one of which is gone for good: the other one has to take its job over.
    other = _slot(settings.data_dir) if settings.database_url else nullcontext()
    with other, working(settings, HELD_WORKER, step, when) as worker:
        wait_until((settings.data_dir / "held").exists, seconds=SECONDS, what=f"the worker to reach {step}")
        worker.kill()
        worker.join()
    read = dataset.events_path.stat().st_mtime_ns
    with working(settings):
        done = over(store, result)
        assert ended(settings, result, seconds=SECONDS) == "done"
    assert (done.state, done.n_sessions) == ("done", N_SESSIONS)
    assert pq.read_table(done.path).equals(pq.read_table(alone.path))
    assert dataset.events_path.stat().st_mtime_ns == read, "the file was read twice"
    steps = client(settings).list_workflow_steps(result.id)
    assert [recorded["function_name"] for recorded in steps] == list(WORK.steps)
    assert files(store) == sorted(
        [
            f"datasets/{dataset.id}",
            f"datasets/{dataset.id}/events.parquet",
            f"datasets/{dataset.id}/upload.csv",
            *(f"results/{r.id}" for r in (alone, result)),
            *(f"results/{r.id}/{name}" for r in (alone, result) for name in RESULT_FILES),
        ]
    )


@pytest.mark.slow
@pytest.mark.server
def test_an_orderly_stop_takes_no_life_of_a_job(sqlite: Settings, tmp_path: Path) -> None:
    result = submit(add(sqlite, tmp_path).id, settings=sqlite)
    database = sqlite.data_dir / "jobs.sqlite"
    for _ in range(2):
        with working(sqlite, HELD_WORKER, "features", "before") as worker:
            wait_until((sqlite.data_dir / "held").exists, seconds=SECONDS, what="the worker to get there")
            worker.terminate()
            worker.join(SECONDS)
            assert worker.exitcode == 0
        (sqlite.data_dir / "held").unlink()
        with closing(sqlite3.connect(database)) as jobs:
            status = jobs.execute("select status, recovery_attempts from workflow_status").fetchall()
        assert status == [("PENDING", 0)]
    with working(sqlite):
        assert over(get_store(sqlite), result).state == "done"


@pytest.mark.server
def test_a_dataset_deleted_while_it_is_scored_leaves_nothing(sqlite: Settings, tmp_path: Path) -> None:
    store = get_store(sqlite)
    dataset = add(sqlite, tmp_path)
    result = submit(dataset.id, settings=sqlite)
    with working(sqlite, HELD_WORKER, "features", "before"):
        wait_until((sqlite.data_dir / "held").exists, seconds=SECONDS, what="the worker to get there")
        store.delete_dataset(dataset.id)
        (sqlite.data_dir / "go").touch()
        assert ended(sqlite, result, seconds=SECONDS) == "deleted"
    assert files(store) == []
    with pytest.raises(NotFoundError):
        store.result(result.id)


# A worker that lives


@pytest.mark.server
def test_a_small_export_runs_beside_large_ones_and_a_running_one_is_stopped(
    sqlite: Settings, tmp_path: Path
) -> None:
    store = get_store(sqlite)
    dataset, other = add(sqlite, tmp_path), add(sqlite, tmp_path)
    all_large = sqlite.model_copy(update={"large_export_bytes": 10})
    first, second = (submit(dataset.id, who="Ann", settings=all_large) for _ in range(2))
    small = submit(other.id, who="Bob", settings=sqlite)
    with working(sqlite, HELD_WORKER, "features", "before", "late"):
        wait_until(
            lambda: {store.result(r.id).step for r in (first, small)} == {"features"},
            seconds=SECONDS,
            what="a large and a small export to be under way",
        )
        assert (store.result(second.id).state, place_of(second, sqlite).number) == ("queued", 1)
        assert cancel(first.id, sqlite).cancelling
        (sqlite.data_dir / "go").touch()
        all_over = [over(store, result) for result in (first, second, small)]
        assert ended(sqlite, first, seconds=SECONDS) == "cancelled"
    assert [(result.state, result.error) for result in all_over] == [
        ("cancelled", None),
        ("done", None),
        ("done", None),
    ]
    assert {path.name for path in (sqlite.data_dir / "results").iterdir()} == {second.id, small.id}
    assert not [name for name in files(store) if "/." in name]


@pytest.mark.slow
@pytest.mark.server
def test_one_worker_ends_every_job_in_a_clear_state(sqlite: Settings, tmp_path: Path) -> None:
    store = get_store(sqlite)
    good = submit(add(sqlite, tmp_path).id, settings=sqlite)
    empty = submit(add(sqlite, tmp_path, "session_id,timestamp,event_type\n,,\n").id, settings=sqlite)
    modelless = submit(good.dataset_id, bundle="no-such-model", settings=sqlite)
    lost = store.create_result(good.dataset_id, bundle="demo-shop")  # and then the server was killed
    store.update_result(lost.id, created_at=datetime.now(UTC) - timedelta(hours=1))
    cancelled = submit(good.dataset_id, settings=sqlite)
    client(sqlite).cancel_workflow(cancelled.id)
    with working(sqlite) as worker:
        all_over = {
            name: over(store, result)
            for name, result in {
                "good": good,
                "empty": empty,
                "modelless": modelless,
                "lost": lost,
                "cancelled": cancelled,
            }.items()
        }
        worker.terminate()
        worker.join(SECONDS)
        assert worker.exitcode == 0
    assert {name: result.state for name, result in all_over.items()} == {
        "good": "done",
        "empty": "failed",
        "modelless": "failed",
        "lost": "done",
        "cancelled": "failed",
    }
    assert {name: result.error["code"] for name, result in all_over.items() if result.error} == {
        "empty": "ingest",
        "modelless": "bundle",
        "cancelled": "job",
    }
    assert all(
        result.error["message"] and result.error["remedy"] for result in all_over.values() if result.error
    )
    assert {path.name for path in (sqlite.data_dir / "results").iterdir()} == {good.id, lost.id}
    log = (sqlite.data_dir / "worker.log").read_text()
    assert "Traceback" not in log
    assert "dbos" not in log.lower()


def test_no_two_workers_share_a_number(sqlite: Settings) -> None:
    folder = sqlite.data_dir
    folder.mkdir()
    with _slot(folder) as first, _slot(folder) as second:
        assert (first, second) == ("worker-0", "worker-1")
    with _slot(folder) as again:
        assert again == "worker-0"


# Errors in plain words


def test_any_error_becomes_one_a_user_can_act_on(caplog: pytest.LogCaptureFixture, sqlite: Settings) -> None:
    known = IngestError("nothing in it")
    assert explain(known) is known
    full = explain(OSError(errno.ENOSPC, "No space left on device"))
    assert isinstance(full, StorageError)
    assert "disk is full" in full.message
    assert "memory" in explain(MemoryError()).message
    unexpected = explain(ZeroDivisionError("secret/path"))
    assert "secret" not in str(unexpected)
    number = unexpected.message.split("number ")[1].split(")")[0]
    assert number in caplog.text
    assert "ZeroDivisionError" in caplog.text
