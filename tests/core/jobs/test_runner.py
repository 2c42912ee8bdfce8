"""However a job ends, it says so and leaves nothing: cancelled, deleted, disk full, no memory."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from core.base.cancellation import interruptible
from core.base.errors import NotFoundError
from core.base.progress import Progress
from core.base.settings import Settings
from core.jobs import outages, runner
from core.jobs.runner import Outcome, Work, run_step
from core.jobs.scoring import cancel
from core.jobs.scoring_workflow import WORK
from core.simulate import write_events
from core.storage import Dataset, Result, Store, get_store
from tests.serving import wait_until

SECONDS = 240
N_SESSIONS = 60
ENDLESS = "select sum(hash(i)) from range(1000000000000) t(i)"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "export.csv"
    write_events(path, n_sessions=N_SESSIONS, seed=5)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "data") as found:
        yield found


@contextmanager
def opened(data_dir: Path, **more: Any) -> Iterator[Store]:
    """Yield a store, and let jobs of this process work on it."""
    settings = Settings(**{"data_dir": data_dir, "DATABASE_URL": None, "min_free_bytes": 0, **more})
    runner.prepare(settings)
    store = get_store(settings)
    yield store
    store.close()


def added(store: Store, export: Path) -> Dataset:
    upload = store.incoming_dir / "upload"
    shutil.copyfile(export, upload)
    return store.add_dataset(upload, filename="export.csv")


def asked(store: Store, dataset: Dataset) -> Result:
    return store.create_result(dataset.id, bundle="demo-shop")


def run(store: Store, result: Result, work: Work = WORK) -> str:
    """Run the steps of a result as its workflow does."""
    outcome: Outcome = {}
    for step in work.steps:
        outcome = run_step(work, step, result.id, result.dataset_id, outcome)
        if outcome["state"] != "ok":
            return str(outcome["state"])
    return "done"


def files(store: Store) -> list[str]:
    """Return everything that lies in the folders of the store, hidden files included."""
    folders = ("datasets", "results", "incoming", "trash", "trainings")
    return sorted(
        path.relative_to(store.data_dir).as_posix()
        for folder in folders
        for path in (store.data_dir / folder).glob("**/*")
    )


def untouched(dataset: Dataset, *more: str) -> list[str]:
    """Return what is left where a job came to nothing: the upload, and what was read of it."""
    return sorted([f"datasets/{dataset.id}", *(f"datasets/{dataset.id}/{n}" for n in ("upload.csv", *more))])


def with_step(step: str, done: Callable[[Store, Result, Progress], None]) -> Work:
    """Return the work of scoring, one step of which does something else first."""

    def replaced(at: str, store: Store, result: Result, report: Progress, before: Outcome) -> Outcome | None:
        if at == step:
            done(store, result, report)
        return WORK.run(at, store, result, report, before)

    return replace(WORK, run=replaced)


@contextmanager
def endless(store: Store, result: Result) -> Iterator[list[str]]:
    """Run a job that comes to a query without end; yield how it ended, told once the block is over."""
    begun, told = threading.Event(), list[str]()

    def query(store: Store, result: Result, report: Progress) -> None:
        (result.folder / ".features-half").mkdir()
        with duckdb.connect() as connection, interruptible(connection):
            begun.set()
            connection.execute(ENDLESS)

    job = threading.Thread(target=lambda: told.append(run(store, result, with_step("features", query))))
    job.start()
    assert begun.wait(SECONDS)
    yield told
    job.join(SECONDS)


def test_a_running_query_is_broken_off_when_its_job_is_cancelled(store: Store, export: Path) -> None:
    dataset = added(store, export)
    result = asked(store, dataset)
    with endless(store, result) as told:
        asked_to = cancel(result.id, store.settings)
        assert (asked_to.state, asked_to.cancelling) == ("running", True)
    assert told == ["cancelled"]
    over = store.result(result.id)
    assert (over.state, over.error, over.finished_at is not None) == ("cancelled", None, True)
    assert files(store) == untouched(dataset, "events.parquet")
    # Nothing of the dataset is lost: it is scored again, without being read again.
    assert run(store, asked(store, dataset)) == "done"


def test_a_dataset_deleted_while_it_is_scored_ends_its_query(store: Store, export: Path) -> None:
    result = asked(store, added(store, export))
    with endless(store, result) as told:
        store.delete_dataset(result.dataset_id)
    assert told == ["deleted"]
    assert files(store) == []
    with pytest.raises(NotFoundError):
        store.result(result.id)


def test_two_jobs_of_a_dataset_read_it_once(store: Store, export: Path) -> None:
    dataset = added(store, export)
    first, second = asked(store, dataset), asked(store, dataset)
    reading, go_on = threading.Event(), threading.Event()

    def held(store: Store, result: Result, report: Progress) -> None:
        reading.set()
        assert go_on.wait(SECONDS)

    told: dict[str, str] = {}
    one = threading.Thread(
        target=lambda: told.update(first=run(store, first, with_step("ingest", held))),
    )
    other = threading.Thread(target=lambda: told.update(second=run(store, second)))
    one.start()
    assert reading.wait(SECONDS)
    other.start()
    wait_until(
        lambda: "being read for another job" in store.result(second.id).message,
        seconds=SECONDS,
        what="the second job to wait",
    )
    go_on.set()
    one.join(SECONDS)
    other.join(SECONDS)
    assert told == {"first": "done", "second": "done"}
    assert (store.result(first.id).n_sessions, store.result(second.id).n_sessions) == (N_SESSIONS,) * 2
    assert not [name for name in files(store) if ".reading" in name]


def test_a_job_killed_while_reading_and_then_given_up_leaves_nothing(store: Store, export: Path) -> None:
    dataset = added(store, export)
    result = asked(store, dataset)
    store.scoring_jobs.start(result.id, "ingest")
    (dataset.folder / f".reading-{result.id}").mkdir()
    (dataset.folder / f".reading-{result.id}" / "events.parquet").write_bytes(b"half")
    state = runner._end(WORK, store, result.id, dataset.id, runner._given_up(WORK))
    told = store.result(result.id)
    assert (state, told.error["code"], told.error["remedy"] is not None) == ("failed", "job", True)
    assert files(store) == untouched(dataset)


def test_too_little_memory_is_said_and_leaves_nothing(tmp_path: Path, export: Path) -> None:
    with opened(tmp_path / "data", duckdb_memory_limit="1MB", threads=1) as store:
        dataset = added(store, export)
        result = asked(store, dataset)
        assert run(store, result) == "failed"
        told = store.result(result.id)
        assert told.error is not None
        assert "memory" in told.error["message"]
        assert "PREDICTOR_DUCKDB_MEMORY_LIMIT" in told.error["remedy"]
        assert files(store) == untouched(dataset)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of its own, of few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a small disk can't be made here: not allowed to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("step", ["ingest", "features", "predict"])
def test_a_full_disk_is_said_and_leaves_nothing(small_disk: Path, export: Path, step: str) -> None:
    with opened(small_disk / "data") as store:
        dataset = added(store, export)
        result = asked(store, dataset)
        ballast = small_disk / "ballast"

        def fill(store: Store, result: Result, report: Progress) -> None:
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 4096):
                        pass
                except OSError:
                    # A little is left, so that writing begins.
                    file.truncate(file.tell() - 8192)

        state = run(store, result, with_step(step, fill))
        ballast.unlink()
        told = store.result(result.id)
        assert (state, told.state, told.error["code"]) == ("failed", "failed", "storage")
        assert told.error["remedy"]
        read = [] if step == "ingest" else ["events.parquet"]
        assert files(store) == untouched(dataset, *read)
        # With room again it works, and nothing has to be uploaded again.
        assert run(store, asked(store, dataset)) == "done"


# A database that is away


def test_an_outage_of_the_database_ends_no_job(
    tmp_path: Path, export: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _, name = postgres_url.rpartition("/")
    monkeypatch.setattr(outages, "FIRST_PAUSE_SECONDS", 0.05)
    tries = []

    def away(store: Store, result: Result, report: Progress) -> None:
        tries.append(result.id)
        if len(tries) > 1:
            return
        with psycopg.connect(f"{server}/postgres", autocommit=True) as other:
            other.execute(f'alter database "{name}" with allow_connections false')
            other.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        threading.Timer(1, back).start()
        report(0.5, "How far it is can be told later")
        store.result(result.id)

    def back() -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as other:
            other.execute(f'alter database "{name}" with allow_connections true')

    with opened(tmp_path / "data", DATABASE_URL=postgres_url) as store:
        dataset = added(store, export)
        result = asked(store, dataset)
        assert run(store, result, with_step("features", away)) == "done"
        assert store.result(result.id).state == "done"
    assert len(tries) == 2, "the step was run again, once the database was back"
