from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.base.errors import IngestError, NotFoundError, StorageError, TooLargeError, TrainingError
from core.base.settings import Settings
from core.ingest import Mapping
from core.storage import Basis, Contest, Dataset, NewFile, Recorded, Store, _files, get_store
from tests.core.storage.first_release import take_back

EVENTS = """session_id,visitor_id,timestamp,event_type,product_id,price
s1,v1,2026-01-05T10:00:00,product_view,p1,9.5
s1,v1,2026-01-05T10:01:00,purchase,p1,9.5
s2,v2,2026-01-05T11:00:00,product_view,p2,3
"""


@pytest.fixture
def settings(database_url: str | None, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", DATABASE_URL=database_url, min_free_bytes=0)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = Store(settings)
    yield store
    store.close()


def upload(tmp_path: Path, text: str = EVENTS) -> Path:
    path = tmp_path / "incoming.csv"
    path.write_text(text)
    return path


def add(store: Store, tmp_path: Path, **fields: object) -> Dataset:
    return store.add_dataset(upload(tmp_path), **{"filename": "events.csv", **fields})


def files(store: Store) -> list[str]:
    """Return every file and folder of datasets, results, uploads and trash."""
    folders = ("datasets", "results", "incoming", "trash")
    return sorted(
        str(p.relative_to(store.data_dir)) for f in folders for p in (store.data_dir / f).glob("**/*")
    )


def test_an_upload_becomes_a_dataset(store: Store, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    dataset = add(store, tmp_path, filename="../my events.csv", name="  January\n shop ")
    assert not (tmp_path / "incoming.csv").exists()
    assert dataset.upload_path.read_text() == EVENTS
    assert (dataset.filename, dataset.name, dataset.state) == ("my events.csv", "January shop", "ready")
    assert dataset.size_bytes == len(EVENTS)
    assert before <= dataset.created_at <= datetime.now(UTC)
    assert dataset.recognition.kind == "events"
    assert (dataset.mapping, dataset.report, dataset.synthetic) == (None, None, False)
    assert store.dataset(dataset.id) == dataset
    assert store.datasets() == (dataset,)


def test_ids_cannot_be_guessed(store: Store, tmp_path: Path) -> None:
    ids = [add(store, tmp_path).id for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(len(made) >= 16 and made[0].isalnum() for made in ids)


def test_an_upload_over_the_limit_is_refused_and_stays_where_it_is(
    settings: Settings, tmp_path: Path
) -> None:
    store = Store(settings.model_copy(update={"upload_limit_bytes": 10}))
    with pytest.raises(TooLargeError, match="larger than the 10 bytes"):
        add(store, tmp_path)
    assert (tmp_path / "incoming.csv").exists()
    assert files(store) == []
    assert store.datasets() == ()
    store.close()


def test_a_file_that_cannot_be_read_leaves_nothing(store: Store, tmp_path: Path) -> None:
    path = upload(tmp_path, "")
    with pytest.raises(IngestError):
        store.add_dataset(path, filename="empty.csv")
    assert path.exists()
    assert files(store) == []
    assert store.datasets() == ()


def test_a_folder_that_cannot_be_written_leaves_nothing(store: Store, tmp_path: Path) -> None:
    (store.data_dir / "datasets").rmdir()
    (store.data_dir / "datasets").write_text("in the way")
    with pytest.raises(StorageError, match=r"events\.csv: the file could not be stored"):
        add(store, tmp_path)
    assert store.datasets() == ()
    assert (tmp_path / "incoming.csv").exists()


def test_room_is_told_with_figures(settings: Settings) -> None:
    store = Store(settings.model_copy(update={"min_free_bytes": 10**18}))
    assert store.room().usable == 0
    with pytest.raises(StorageError, match="GB free"):
        store.ensure_room(1)
    store.close()


def test_a_new_mapping_forgets_what_the_old_one_made(store: Store, tmp_path: Path) -> None:
    text = "who,when,what\na,2026-01-01 10:00:00,looked\nb,2026-01-01 10:00:00,looked\n"
    dataset = store.add_dataset(upload(tmp_path, text), filename="odd.csv")
    assert dataset.state == "needs_mapping"
    mapping = Mapping(
        kind="events",
        columns={"visitor_id": "who", "timestamp": "when", "event_type": "what"},
        event_types={"looked": "product_view"},
    )
    dataset.events_path.write_text("old")
    changed = store.set_mapping(dataset.id, mapping)
    assert (changed.state, changed.mapping, changed.report) == ("ready", mapping, None)
    assert not dataset.events_path.exists()


def test_datasets_come_newest_first(store: Store, tmp_path: Path) -> None:
    made = [add(store, tmp_path, name=f"number {n}") for n in range(4)]
    assert [d.name for d in store.datasets(limit=3)] == ["number 3", "number 2", "number 1"]
    store.rename(made[0].id, " first ")
    assert store.datasets()[-1].name == "first"


def test_a_result_goes_from_queued_to_done(store: Store, tmp_path: Path) -> None:
    dataset = add(store, tmp_path, name="Shop", synthetic=True)
    result = store.create_result(dataset.id, bundle="demo-shop")
    assert (result.state, result.share, result.dataset_name, result.synthetic) == (
        "queued",
        0.0,
        "Shop",
        True,
    )
    assert (result.notes, result.error, result.n_sessions, result.is_over) == ((), None, None, False)
    assert store.latest_result() is None
    assert [job.id for job in store.scoring_jobs.unfinished()] == [result.id]
    end = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    store.update_result(
        result.id, state="done", share=1.0, finished_at=end, notes=("One.", "Two."), n_sessions=2
    )
    done = store.result(result.id)
    changes = {"state": "done", "share": 1.0, "finished_at": end, "notes": ("One.", "Two."), "n_sessions": 2}
    assert done == replace(result, **changes)
    assert store.latest_result() == done
    assert store.scoring_jobs.unfinished() == ()


def test_what_a_result_rests_on_is_kept(store: Store, tmp_path: Path) -> None:
    result = store.create_result(add(store, tmp_path).id, bundle="demo-shop")
    assert (result.recorded, result.basis) == (None, None)
    recorded = Recorded(sessions=2, outcomes=2, buyers=1, conversion=0.5, revenue=9.5, currency="EUR")
    auc = {"value": 0.8, "low": 0.7, "high": 0.9, "n": 2, "unit": "score"}
    basis = Basis(
        kind="in_use",
        quality={"roc_auc": auc},
        alarms=("A leak.",),
        contest=Contest(outcome="better", new=auc, bundle="b"),
    )
    store.update_result(result.id, recorded=recorded.to_dict(), basis=basis.to_dict())
    assert (store.result(result.id).recorded, store.result(result.id).basis) == (recorded, basis)
    # Something a later version says besides is no hindrance.
    store.update_result(result.id, basis=basis.to_dict() | {"mood": "sunny"})
    assert store.result(result.id).basis == basis


def test_an_example_has_an_address_of_its_own_and_is_in_no_list(store: Store, tmp_path: Path) -> None:
    result = store.create_result(add(store, tmp_path).id, bundle="demo-shop")
    store.update_result(result.id, state="done", basis=Basis(kind="none", reason="Few buyers.").to_dict())
    with pytest.raises(NotFoundError):
        store.result(f"{result.id}-example")
    path = store.result(result.id).example_path
    path.parent.mkdir()
    path.touch()
    example = store.result(f"{result.id}-example")
    assert (example.id, example.path, example.is_example) == (f"{result.id}-example", path, True)
    assert (example.basis, example.dataset_id) == (
        Basis(kind="example", reason="Few buyers."),
        result.dataset_id,
    )
    assert [one.id for one in store.results()] == [result.id]
    assert store.latest_result() == store.result(result.id)
    store.delete_dataset(result.dataset_id)
    with pytest.raises(NotFoundError):
        store.result(example.id)
    assert not path.exists()


def test_results_are_listed_by_dataset_and_in_all(store: Store, tmp_path: Path) -> None:
    first, second = add(store, tmp_path), add(store, tmp_path)
    made = [store.create_result(d.id, bundle="b") for d in (first, second, first)]
    assert store.results() == tuple(reversed(made))
    assert store.results(first.id) == (made[2], made[0])
    assert store.results(limit=1) == (made[2],)


def test_an_error_is_kept_as_it_was(store: Store, tmp_path: Path) -> None:
    result = store.create_result(add(store, tmp_path).id, bundle="b")
    error = IngestError("nothing in it", where="a.csv", remedy="Export again.").to_dict()
    store.update_result(result.id, state="failed", error=error)
    assert store.result(result.id).error == error


def test_deleting_leaves_nothing_on_disk(store: Store, tmp_path: Path) -> None:
    kept, gone = add(store, tmp_path), add(store, tmp_path)
    result = store.create_result(gone.id, bundle="b")
    result.path.write_text("scored")
    gone.events_path.write_text("events")
    store.delete_dataset(gone.id)
    assert files(store) == [f"datasets/{kept.id}", f"datasets/{kept.id}/upload.csv"]
    for ask in (
        lambda: store.dataset(gone.id),
        lambda: store.result(result.id),
        lambda: store.delete_dataset(gone.id),
        lambda: store.rename(gone.id, "x"),
        lambda: store.create_result(gone.id, bundle="b"),
        lambda: store.update_result(result.id, share=0.5),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert store.datasets() == (kept,)
    assert store.results() == ()


def test_a_deletion_that_was_interrupted_is_finished_by_the_sweep(store: Store, tmp_path: Path) -> None:
    dataset = add(store, tmp_path)
    result = store.create_result(dataset.id, bundle="b")
    store._change_dataset(dataset.id, {"state": "deleting"})  # and then the process was killed
    with pytest.raises(NotFoundError):
        store.result(result.id)
    with pytest.raises(NotFoundError):
        store.update_result(result.id, share=0.5)
    assert store.datasets() == store.results() == ()
    assert store.sweep() == 1
    assert files(store) == []


def test_the_sweep_takes_old_orphans_and_nothing_else(store: Store, tmp_path: Path) -> None:
    dataset = add(store, tmp_path)
    result = store.create_result(dataset.id, bundle="b")
    old = time.time() - timedelta(hours=2).total_seconds()
    for name in ("datasets/orphan", "results/orphan", "incoming/part", "trash/rest"):
        (store.data_dir / name).mkdir(parents=True)
        os.utime(store.data_dir / name, (old, old))
    for path in (dataset.folder, result.folder):
        os.utime(path, (old, old))
    (store.data_dir / "incoming" / "running").touch()
    running, stopped = (
        store.create_training(dataset, bundle=name, options={}, who="Ann") for name in ("spring", "summer")
    )
    store.training_jobs.cancel(stopped.id)
    for training in (running, stopped):
        training.folder.mkdir(parents=True)
        os.utime(training.folder, (old, old))
    assert store.sweep() == 5
    assert [path.name for path in (store.data_dir / "trainings").iterdir()] == [running.id]
    assert files(store) == [
        f"datasets/{dataset.id}",
        f"datasets/{dataset.id}/upload.csv",
        "incoming/running",
        f"results/{result.id}",
    ]


def test_a_training_is_changed_until_it_is_over(store: Store, tmp_path: Path) -> None:
    dataset = add(store, tmp_path)
    training = store.create_training(dataset, bundle="spring", options={"trials": 3}, who="Ann")
    assert (training.state, training.options["trials"], training.who) == ("queued", 3, "Ann")
    with pytest.raises(TrainingError, match="being trained"):
        store.create_training(dataset, bundle="spring", options={}, who="Bob")
    store.update_training(training.id, state="running", share=0.5)
    store.training_jobs.cancel(training.id)
    assert store.training(training.id).cancelling
    assert store.training(training.id).state == "running"
    with pytest.raises(NotFoundError):
        store.update_training(training.id, unless_cancelled=True, share=0.6)
    store.training_jobs.finish_cancelled(training.id)
    assert store.unfinished_trainings() == ()
    with pytest.raises(NotFoundError):
        store.update_training(training.id, share=0.7)
    assert store.training(training.id).share == 0.5
    again = store.create_training(dataset, bundle="spring", options={}, who="Bob")
    assert [found.id for found in store.trainings_of("spring")] == [again.id, training.id]
    assert store.trainings(limit=1) == (again,)


def test_deleting_a_dataset_ends_its_trainings_and_keeps_their_record(store: Store, tmp_path: Path) -> None:
    dataset, other = add(store, tmp_path), add(store, tmp_path)
    mine = store.create_training(dataset, bundle="mine", options={}, who="Ann")
    theirs = store.create_training(other, bundle="theirs", options={}, who="Ann")
    store.delete_dataset(dataset.id)
    told = store.training(mine.id)
    assert (told.state, told.error["code"]) == ("failed", "job")
    assert "deleted" in told.error["message"]
    assert [training.id for training in store.unfinished_trainings()] == [theirs.id]
    assert {training.id for training in store.trainings()} == {mine.id, theirs.id}


def test_facts_are_remembered(store: Store) -> None:
    assert store.fact("demo") is None
    store.remember("demo", "yes")
    store.remember("demo", "again")
    assert store.fact("demo") == "again"


def test_one_store_a_process_and_settings(settings: Settings) -> None:
    assert get_store(settings) is get_store(settings)
    get_store(settings).close()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_several_processes_may_open_a_new_folder_at_once(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Each of them finds a database without tables."""
    url = request.getfixturevalue("postgres_url") if database == "postgres" else None
    settings = Settings(data_dir=tmp_path / "data", DATABASE_URL=url, min_free_bytes=0)
    code = (
        "import sys; from pathlib import Path; from core.base.settings import Settings;"
        "from core.storage import Store;"
        "s = Store(Settings(data_dir=Path(sys.argv[1]), min_free_bytes=0));"
        "s.remember(sys.argv[2], 'here'); print(s.fact(sys.argv[2]))"
    )
    environment = {**os.environ, "DATABASE_URL": settings.database_url or ""}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(settings.data_dir), f"process {n}"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    for process in processes:
        out, errors = process.communicate(timeout=240)
        assert (out, errors) == ("here\n", "")


def test_a_newer_database_is_refused(settings: Settings) -> None:
    store = Store(settings)
    with store._engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    store.close()
    with pytest.raises(StorageError, match="is at schema 9999, this program knows up to"):
        Store(settings)


def test_a_database_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://me:secret@127.0.0.1:1/shop"
    with pytest.raises(StorageError, match=r"127\.0\.0\.1") as caught:
        Store(Settings(data_dir=tmp_path, DATABASE_URL=url))
    assert "secret" not in str(caught.value)


def test_several_files_make_one_dataset(store: Store, tmp_path: Path) -> None:
    files = []
    for day in (1, 2):
        path = tmp_path / f"part {day}"
        path.write_text(EVENTS.replace("-05T", f"-0{day}T"))
        files.append(NewFile(path=path, filename=f"../2026-01-0{day}.csv.gz.csv"))
    dataset = store.add_dataset_of(files, name="January", made_of="these two")
    assert (dataset.name, dataset.size_bytes) == ("January", 2 * len(EVENTS))
    assert dataset.filename == "2 files, 2026-01-01.csv.gz.csv to 2026-01-02.csv.gz.csv"
    assert [f"2026-01-0{day}T" in dataset.files[day - 1].path.read_text() for day in (1, 2)] == [True] * 2
    assert {file.path.parent for file in dataset.files} == {dataset.folder / "uploads"}
    listing = "".join(f"{file.sha256}  {file.filename}\n" for file in dataset.files)
    assert dataset.sha256 == hashlib.sha256(listing.encode()).hexdigest()
    assert dataset.upload_path == dataset.files[0].path
    assert [file.path.exists() for file in files] == [False, False]
    assert store.add_dataset_of(files, made_of="these two") == dataset
    store.delete_dataset(dataset.id)
    assert store.dataset_made_of("these two") is None
    assert not dataset.folder.exists()


def test_one_bad_file_of_several_leaves_all_where_they_were(store: Store, tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text(EVENTS)
    bad.write_text("")
    named = [NewFile(path=path, filename=f"{path.name}.csv") for path in (good, bad)]
    with pytest.raises(IngestError):
        store.add_dataset_of(named)
    with pytest.raises(IngestError, match="No file"):
        store.add_dataset_of([])
    assert (good.exists(), bad.exists(), files(store), store.datasets()) == (True, True, [], ())


def test_a_disk_without_links_is_as_good(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    dataset = add(store, tmp_path)
    assert dataset.upload_path.read_text() == EVENTS
    named = [NewFile(path=upload(tmp_path), filename="a.csv"), NewFile(path=tmp_path / "b", filename="b.csv")]
    (tmp_path / "b").write_text(EVENTS)
    moved = _files.move_in

    def full_disk(source: Path, target: Path) -> None:
        if source.name == "b":
            raise OSError(errno.ENOSPC, "No space left on device")
        moved(source, target)

    monkeypatch.setattr(_files, "move_in", full_disk)
    with pytest.raises(StorageError, match="No space left"):
        store.add_dataset_of(named)
    assert [file.path.read_text() for file in named] == [EVENTS, EVENTS]
    assert store.datasets() == (dataset,)
    assert files(store) == [f"datasets/{dataset.id}", f"datasets/{dataset.id}/upload.csv"]


def test_a_dataset_on_its_way_is_followed_filled_and_given_up(store: Store, tmp_path: Path) -> None:
    going, failing = (store.add_fetching("/srv", ["x/a.csv"], size_bytes=5, who="Ann") for _ in range(2))
    assert (going.state, going.filename, going.fetch.paths) == ("fetching", "a.csv", ("x/a.csv",))
    store.fetch_jobs.update(going.id, share=0.5, message="Fetching a.csv")
    assert (store.dataset(going.id).fetch.share, store.dataset(going.id).fetch.who) == (0.5, "Ann")
    gone = IngestError("It has gone.", where="a.csv")
    store.fetch_jobs.update(failing.id, state="failed", message=gone.message, error=gone.to_dict())
    assert [dataset.id for dataset in store.fetching()] == [going.id]
    failed = store.dataset(failing.id)
    assert (failed.state, failed.fetch.error["message"]) == ("not_fetched", "It has gone.")
    with pytest.raises(NotFoundError):
        store.fetch_jobs.update(failing.id, share=0.6, message="too late")
    mapping = Mapping(kind="events", columns={"session_id": "s", "event_type": "e"})
    with pytest.raises(NotFoundError):
        store.set_mapping(going.id, mapping)
    came = [NewFile(path=upload(tmp_path), filename="a.csv")]
    filled = store.fill_dataset(going.id, came)
    assert (filled.state, filled.upload_path.read_text()) == ("ready", EVENTS)
    assert filled.recognition.kind == "events"
    assert store.fill_dataset(going.id, came) == filled
    store.delete_dataset(failing.id)
    assert [dataset.id for dataset in store.datasets()] == [going.id]


def test_a_database_of_before_gets_its_new_columns(settings: Settings, tmp_path: Path) -> None:
    store = Store(settings)
    dataset = add(store, tmp_path)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("drop index datasets_by_making")
        for column in ("files", "made_of", "source"):
            connection.exec_driver_sql(f"alter table datasets drop column {column}")
        take_back(connection)
    store.close()
    again = Store(settings)
    found = again.dataset(dataset.id)
    assert found == dataset
    (only,) = found.files
    assert (only.path, only.filename, only.size_bytes) == (dataset.upload_path, "events.csv", len(EVENTS))
    again.close()


def test_a_forked_or_second_reader_sees_changes_at_once(settings: Settings, tmp_path: Path) -> None:
    one, two = Store(settings), Store(settings)
    dataset = add(one, tmp_path)
    assert two.dataset(dataset.id) == dataset
    two.rename(dataset.id, "renamed")
    assert one.dataset(dataset.id).name == "renamed"
    one.close()
    two.close()
