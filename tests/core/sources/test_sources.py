"""Taking exports from allowed places: what is listed, what is refused, and how files come in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.errors import IngestError, JobError, NotFoundError, SettingsError, StorageError
from core.base.settings import Settings
from core.jobs import fetching_workflow, runner
from core.jobs.fetching import take
from core.jobs.queues import client
from core.jobs.scoring import submit
from core.services.datasets import Listing
from core.sources.allowed import browse, open_source, sources
from core.sources.base import checked_path
from core.sources.folder import Folder
from core.storage import Dataset, Store, get_store
from core.storage.uploads import Incoming
from tests.core.jobs.working import working
from tests.s3 import failing, put, s3
from tests.serving import wait_until

__all__ = ["s3"]

CSV = "session_id,clicks,price_mean\na,5,20.5\nb,1,3\n"
HELD_FETCH_WORKER = str(Path(__file__).parents[1] / "jobs" / "held_fetch_worker.py")
SECONDS = 300


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return a folder of exports with things in and beside it that are nobody's business."""
    folder = tmp_path / "exports"
    (folder / "2026-10").mkdir(parents=True)
    (folder / "b.csv").write_text(CSV)
    (folder / "2026-10" / "01.csv").write_text(CSV)
    (folder / ".hidden.csv").write_text(CSV)
    (tmp_path / "secret.csv").write_text(CSV)
    (tmp_path / "exports-private").mkdir()
    (tmp_path / "exports-private" / "x.csv").write_text(CSV)
    (folder / "out.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "outside").symlink_to(tmp_path / "exports-private")
    (folder / "in.csv").symlink_to(folder / "b.csv")
    os.mkfifo(folder / "pipe.csv")
    return folder


@pytest.fixture
def settings(tmp_path: Path, top: Path) -> Iterator[Settings]:
    made = Settings(data_dir=tmp_path / "data", sources=(str(top),), min_free_bytes=0, DATABASE_URL=None)
    yield made
    client(made).destroy()
    get_store(made).close()


@pytest.fixture
def store(settings: Settings) -> Store:
    return get_store(settings)


def fetched(store: Store, dataset: Dataset) -> str:
    """Fetch a dataset as its workflow does; return the state it is in then, or "deleting"."""
    runner.prepare(store.settings)
    runner.run_step(fetching_workflow.WORK, "fetch", dataset.id, dataset.id, {})
    try:
        return store.dataset(dataset.id).state
    except NotFoundError:
        return "deleting"


# What may be seen


def test_a_folder_is_listed_without_what_leads_out(settings: Settings, top: Path) -> None:
    (only,) = sources(settings)
    assert (only.name, only.is_folder) == (str(top), True)
    assert [(e.path, e.is_folder, e.size) for e in browse(only.name, settings=settings)] == [
        ("2026-10", True, None),
        ("b.csv", False, len(CSV)),
        ("in.csv", False, len(CSV)),
    ]
    assert [e.path for e in browse(only.name, "2026-10", settings=settings)] == ["2026-10/01.csv"]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.csv",
        "2026-10/../../secret.csv",
        "/etc/passwd",
        "2026-10//01.csv",
        "./b.csv",
        "out.csv",
        "outside/x.csv",
        ".hidden.csv",
        "pipe.csv",
        "..\\secret.csv",
        "b.csv\0",
        "nothing.csv",
        "",
    ],
)
def test_nothing_outside_of_a_source_is_read(settings: Settings, store: Store, top: Path, path: str) -> None:
    with pytest.raises(NotFoundError):
        take(str(top), [path], settings=settings)
    with pytest.raises(NotFoundError):
        open_source(str(top), settings).open(checked_path(path), 0)
    assert store.datasets() == ()


def test_a_folder_outside_is_not_listed_and_an_unknown_source_is_none(settings: Settings, top: Path) -> None:
    for path in ("..", "outside", "../exports-private"):
        with pytest.raises(NotFoundError):
            browse(str(top), path, settings=settings)
    for source in ("/etc", f"{top}/2026-10", str(top.parent), ""):
        with pytest.raises(NotFoundError):
            browse(source, settings=settings)


def test_a_folder_that_becomes_a_link_meanwhile_is_noticed(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Folder(top)
    # What was looked at was inside; what is then opened is not.
    monkeypatch.setattr(Folder, "_inside", lambda self, path: self._top / path)
    with pytest.raises(NotFoundError):
        place.open("outside/x.csv", 0)
    place.open("2026-10/01.csv", 0).close()


def test_addresses_are_shown_without_secrets_and_must_be_whole() -> None:
    (only,) = sources(Settings(sources=("s3://key:secret@bucket/exports/",)))
    assert (only.name, only.is_folder) == ("s3://bucket/exports", False)
    for wrong in ("exports", "file:///srv", "../x"):
        with pytest.raises(ValueError, match="a source is a folder"):
            Settings(sources=(wrong,))
    with pytest.raises(SettingsError, match="isn't installed"):
        browse("nosuch://x", settings=Settings(sources=("nosuch://x",)))


# What comes of it


def test_files_are_fetched_into_one_dataset(settings: Settings, store: Store, top: Path) -> None:
    dataset = take(str(top), ["b.csv", "2026-10/01.csv", "b.csv"], settings=settings, name="Both")
    assert (dataset.state, dataset.name, dataset.filename) == ("fetching", "Both", "2 files, 01.csv to b.csv")
    with pytest.raises(JobError, match="have to be fetched"):
        submit(dataset.id, settings=settings)

    assert fetched(store, dataset) == "ready"

    done = store.dataset(dataset.id)
    assert [file.path.read_text() for file in done.files] == [CSV, CSV]
    assert done.recognition.kind == "sessions"
    assert list(store.incoming_dir.iterdir()) == []
    assert (top / "b.csv").read_text() == CSV
    assert fetched(store, dataset) == "ready"


def test_files_arrive_until_their_scoring_is_queued(settings: Settings, store: Store, top: Path) -> None:
    dataset = take(str(top), ["b.csv"], settings=settings)
    assert fetched(store, dataset) == "ready"
    here = store.dataset(dataset.id)
    assert here.is_arriving
    assert Listing(datasets=(here,), latest={}).is_busy

    result = fetching_workflow.score(store, dataset.id)

    assert result is not None
    assert not store.dataset(dataset.id).is_arriving


def test_what_cant_be_scored_without_questions_has_arrived(
    settings: Settings, store: Store, top: Path
) -> None:
    (top / "unknown.csv").write_text("a,b\n1,2\n3,4\n")
    dataset = take(str(top), ["unknown.csv"], settings=settings)
    assert fetched(store, dataset) == "needs_mapping"
    assert not store.dataset(dataset.id).is_arriving
    assert fetching_workflow.score(store, dataset.id) is None


def test_files_that_are_looked_at_first_have_arrived_once_they_are_here(
    settings: Settings, store: Store, top: Path
) -> None:
    dataset = take(str(top), ["b.csv"], scored=False, settings=settings)
    assert dataset.is_arriving
    assert fetched(store, dataset) == "ready"
    assert not store.dataset(dataset.id).is_arriving


def test_a_file_that_changes_meanwhile_is_refused(
    settings: Settings, store: Store, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = take(str(top), ["b.csv"], settings=settings)
    monkeypatch.setattr(fetching_workflow._Report, "end", lambda *_: None)
    monkeypatch.setattr(
        fetching_workflow._Report, "move", lambda *_: (top / "b.csv").write_text(CSV.replace("20.5", "99.5"))
    )
    assert fetched(store, dataset) == "not_fetched"
    failed = store.dataset(dataset.id)
    assert "changed while" in failed.fetch.error["message"]
    assert list(store.incoming_dir.iterdir()) == []


def test_what_is_no_table_or_has_gone_ends_in_a_clear_state(
    settings: Settings, store: Store, top: Path
) -> None:
    (top / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    photo, gone = (take(str(top), [name], settings=settings) for name in ("photo.csv", "b.csv"))
    (top / "b.csv").unlink()
    assert fetched(store, photo) == fetched(store, gone) == "not_fetched"
    assert "PNG" in store.dataset(photo.id).fetch.error["message"]
    assert store.dataset(gone.id).fetch.error["code"] == "not_found"
    assert list(store.incoming_dir.iterdir()) == []
    (top / "empty.csv").touch()
    with pytest.raises(IngestError, match="empty"):
        take(str(top), ["empty.csv"], settings=settings)
    with pytest.raises(IngestError, match="folder"):
        take(str(top), ["2026-10"], settings=settings)


def test_there_must_be_room_for_all_of_it(settings: Settings, store: Store, top: Path) -> None:
    with (top / "huge.csv").open("wb") as file:
        file.truncate(store.room().free + 10**9)
    with pytest.raises(StorageError, match="are needed"):
        take(str(top), ["huge.csv"], settings=settings)
    assert store.datasets() == ()


def test_deleting_the_dataset_stops_the_fetching(
    settings: Settings, store: Store, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching_workflow, "BLOCK", 4)
    monkeypatch.setattr(runner, "PROGRESS_SECONDS", 0)
    dataset = take(str(top), ["b.csv"], settings=settings)
    moved = fetching_workflow._Report.move

    def deleted_meanwhile(report: fetching_workflow._Report, position: int) -> None:
        if position > 8:
            store.delete_dataset(dataset.id)
        moved(report, position)

    monkeypatch.setattr(fetching_workflow._Report, "move", deleted_meanwhile)
    assert fetched(store, dataset) == "deleting"
    assert list(store.incoming_dir.iterdir()) == list((store.data_dir / "datasets").iterdir()) == []


# From S3


def test_a_bucket_is_browsed_below_its_prefix_only(s3: str, tmp_path: Path) -> None:
    put(s3, **{"shop/a.csv": CSV, "shop/2026/b.csv": CSV, "shop-private/c.csv": CSV, "shop/.x": CSV})
    bucket = Settings(sources=("s3://bucket/shop",), s3_endpoint_url=s3)
    found = browse("s3://bucket/shop", settings=bucket)
    assert [(e.path, e.is_folder, e.size) for e in found] == [
        ("2026", True, None),
        ("a.csv", False, len(CSV)),
    ]
    assert [e.path for e in browse("s3://bucket/shop", "2026", settings=bucket)] == ["2026/b.csv"]
    for path in ("../shop-private", "nothing"):
        with pytest.raises(NotFoundError):
            browse("s3://bucket/shop", path, settings=bucket)
    with pytest.raises(NotFoundError):
        browse("s3://nosuch", settings=Settings(sources=("s3://nosuch",), s3_endpoint_url=s3))


def test_a_bucket_that_fails_in_passing_is_asked_again(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching_workflow, "PAUSES", (0.0,))
    put(s3, **{"passing/a.csv": CSV})
    bucket = Settings(
        data_dir=tmp_path / "data", sources=("s3://bucket/passing",), s3_endpoint_url=s3, min_free_bytes=0,
        DATABASE_URL=None,
    )  # fmt: skip
    dataset = take("s3://bucket/passing", ["a.csv"], settings=bucket)
    with failing(1):
        assert fetched(get_store(bucket), dataset) == "ready"
    client(bucket).destroy()
    get_store(bucket).close()


@pytest.mark.server
def test_fetching_from_s3_goes_on_after_the_worker_was_killed(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"s{n},{n % 9},{n % 70}.5\n" for n in range(150_000))
    content = f"session_id,clicks,price_mean\n{rows}"
    put(s3, **{"big/october.csv": content, "big/lost.csv": CSV})
    monkeypatch.setenv("PREDICTOR_SOURCES", '["s3://bucket/big"]')
    monkeypatch.setenv("PREDICTOR_S3_ENDPOINT_URL", s3)
    settings = Settings(data_dir=tmp_path / "data", min_free_bytes=0, DATABASE_URL=None)
    store = get_store(settings)
    dataset = take("s3://bucket/big", ["october.csv"], settings=settings)
    lost = store.add_fetching("s3://bucket/big", ["lost.csv"], size_bytes=len(CSV))
    with store._engine.begin() as connection:  # as if the web server had been killed before it was queued
        connection.exec_driver_sql(
            f"update datasets set created_at = '2026-01-01 00:00:00.000000' where id = '{lost.id}'"
        )
    log = settings.data_dir / "worker.log"
    with working(settings, HELD_FETCH_WORKER) as worker:
        held = settings.data_dir / "held"
        wait_until(lambda: held.exists(), seconds=SECONDS, what=f"the copying: {log.read_text()[-2000:]}")
        worker.kill()
        worker.join()
    (half,) = [upload for upload in Incoming(store).all() if upload.length == len(content)]
    assert 1024**2 <= half.offset < half.length
    file = half.data.stat().st_ino

    with working(settings):
        wait_until(
            lambda: store.dataset(dataset.id).state != "fetching",
            seconds=SECONDS,
            what=f"the fetching: {log.read_text()[-2000:]}",
        )
        wait_until(lambda: store.results(dataset.id), seconds=SECONDS, what="the scoring to be queued")
        wait_until(lambda: store.dataset(lost.id).state == "ready", seconds=SECONDS, what="what was lost")
        wait_until(lambda: not [*store.incoming_dir.iterdir()], seconds=SECONDS, what="its own copies to go")

    done = store.dataset(dataset.id)
    assert (done.state, done.fetch.error) == ("ready", None)
    assert done.upload_path.stat().st_ino == file
    assert done.upload_path.read_text() == content
    client(settings).destroy()
    store.close()
