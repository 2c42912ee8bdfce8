"""A backup made while everything runs, put back elsewhere, holds the same; one that can't be used says so."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from core.audit import entries, record
from core.backup import check_backup, make_backup, restore_backup
from core.backup.manifest import FILE, BackupError
from core.base.errors import CoreError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.database import get_engine
from core.jobs.queues import client
from core.jobs.scoring import submit
from core.live import database as live
from core.live.keys import keys, make_key
from core.results.aggregates import kpis
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.scoring.pipeline import run_steps
from core.storage import Dataset, Result, Store, get_store
from core.storage.uploads import Incoming
from tests.core.jobs.working import close, working
from tests.serving import wait_until

CSV = "session_id,clicks,price_mean\n" + "".join(f"s{n},{n % 9 + 1},{n % 50}.5\n" for n in range(300))


def settings_of(folder: Path, url: str | None = None, live_url: str | None = None) -> Settings:
    return Settings(
        data_dir=folder / "data", min_free_bytes=0, own_models=False, DATABASE_URL=url, live_database=live_url
    )


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    made = settings_of(tmp_path / "there", url, url)
    yield made
    close(made)
    for connection in live._shared.values():
        connection.close()
    live._shared.clear()


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Another installation, which holds nothing."""
    url = settings.database_url
    if url is None:
        made = settings_of(tmp_path / "elsewhere")
        yield made
        close(made)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'create database "{url.rpartition("/")[2]}_2"')
    made = settings_of(tmp_path / "elsewhere", f"{url}_2", f"{url}_2")
    yield made
    close(made)
    get_engine(made).dispose()


def add(store: Store, tmp_path: Path, name: str = "visits.csv") -> Dataset:
    export = tmp_path / f"new-{threading.get_ident()}-{name}"
    export.write_text(CSV)
    return store.add_dataset(export, filename=name)


def scored(store: Store, tmp_path: Path) -> Result:
    result = store.create_result(add(store, tmp_path).id, bundle="demo-shop")
    run_steps(store, result)
    return store.result(result.id)


def figures(result: Result) -> object:
    return kpis(ScoredSessions.of(result.path), Filters())


def test_what_is_put_back_is_what_was_there(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    store = get_store(settings)
    result = scored(store, tmp_path)
    store.set_shop({"shop_name": "Ann’s", "currency": "CHF"})
    key, _ = make_key(settings, kind="write", name="Shop")
    inbox = live.connect_inbox(settings)
    values = [key.id, "live", b"m1", 1, "{}"]
    with live.writing(inbox):
        inbox.execute(
            "INSERT INTO inbox (source, format, message, received_at, line) VALUES (?, ?, ?, ?, ?)", values
        )
        inbox.execute("DELETE FROM inbox")
    inbox.close()
    record("settings_changed", "currency", settings=settings)
    (store.data_dir / "session.key").write_text("secret")
    (store.data_dir / "session.key").chmod(0o600)
    client(settings)

    told = entries(settings=settings)

    manifest = make_backup(settings, tmp_path / "backup")
    assert restore_backup(elsewhere, tmp_path / "backup") == manifest == check_backup(tmp_path / "backup")

    there = get_store(elsewhere)
    again = there.result(result.id)
    assert again.path.read_bytes() == result.path.read_bytes()
    assert figures(again) == figures(result)
    assert there.dataset(result.dataset_id).upload_path.read_text() == CSV
    assert (there.settings.shop_name, there.settings.currency) == ("Ann’s", "CHF")
    assert [each.id for each in keys(elsewhere)] == [key.id]
    assert len(told) >= 1
    assert entries(settings=elsewhere) == told
    assert (there.data_dir / "session.key").stat().st_mode & 0o777 == 0o600
    assert (there.data_dir.stat().st_mode | (tmp_path / "backup").stat().st_mode) & 0o077 == 0
    # Numbers that were given are never given again: what was sent under them counts as done.
    inbox = live.connect_inbox(elsewhere)
    assert live.last_given(inbox, elsewhere) == 1
    inbox.close()
    # It goes on: what is new takes its place beside what was put back.
    assert scored(there, tmp_path).state == "done"
    record("settings_changed", "again", settings=elsewhere)
    assert len(entries(settings=elsewhere)) == len(told) + 1
    assert not list(store.data_dir.glob(".backup-*"))


@pytest.mark.slow
@pytest.mark.server
def test_a_backup_under_load_restores_to_the_same_and_jobs_go_on(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    store = get_store(settings)
    stop = threading.Event()
    failures: list[Exception] = []

    def upload_and_delete() -> None:
        try:
            while not stop.is_set():
                kept, gone = (add(store, tmp_path, name) for name in ("kept.csv", "gone.csv"))
                submit(kept.id, settings=settings)
                submit(gone.id, settings=settings)
                stop.wait(0.3)
                store.delete_dataset(gone.id)
        except (CoreError, OSError) as error:
            failures.append(error)

    def done() -> int:
        return sum(result.state == "done" for result in store.results(limit=1000))

    with working(settings):
        wait_until(lambda: (store.data_dir / "worker-0.lock").exists(), what="the worker")
        busy = threading.Thread(target=upload_and_delete)
        busy.start()
        try:
            wait_until(lambda: failures or done() >= 3, what="results")
            make_backup(settings, tmp_path / "backup")
        finally:
            stop.set()
            busy.join()
    assert failures == []
    restore_backup(elsewhere, tmp_path / "backup")
    there = get_store(elsewhere)
    results = there.results(limit=1000)
    finished = [result for result in results if result.state == "done"]
    assert len(finished) >= 3
    expected = Predictor.load("demo-shop", settings)
    for result in finished:
        original = store._results_dir / result.id / "sessions.parquet"
        assert result.path.read_bytes() == original.read_bytes()
    assert figures(finished[0]) == figures(store.result(finished[0].id))
    assert Predictor.load(finished[0].bundle, elsewhere).manifest == expected.manifest
    with working(elsewhere):
        wait_until(lambda: all(result.is_over for result in there.results(limit=1000)), what="the rest")
    over = there.results(limit=1000)
    assert len(over) == len(results)
    assert [result.error for result in over if result.state != "done"] == []
    assert Incoming(there).all() == ()


def test_a_damaged_backup_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    settings, target = settings_of(tmp_path / "there"), settings_of(tmp_path / "elsewhere")
    get_store(settings).set_shop({"currency": "CHF"})
    manifest = make_backup(settings, tmp_path / "backup")
    damaged = tmp_path / "backup" / "data" / "predictor.sqlite"
    content = bytearray(damaged.read_bytes())
    content[100] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(BackupError, match=r"data/predictor\.sqlite: .* isn't as it was written"):
        restore_backup(target, tmp_path / "backup")
    damaged.unlink()
    with pytest.raises(BackupError, match="can't be read"):
        check_backup(tmp_path / "backup")
    told = json.loads((tmp_path / "backup" / FILE).read_text())
    outside = {"../outside": {"bytes": 1, "sha256": ""}}
    (tmp_path / "backup" / FILE).write_text(json.dumps(told | {"files": outside}))
    with pytest.raises(BackupError, match="outside"):
        restore_backup(target, tmp_path / "backup")
    (tmp_path / "backup" / FILE).unlink()
    with pytest.raises(BackupError, match="no manifest"):
        restore_backup(target, tmp_path / "backup")
    assert not target.data_dir.exists()
    assert len(manifest.files) >= 1
    close(settings)


def test_nothing_is_mixed_with_what_is_there(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "there")
    get_store(settings)
    make_backup(settings, tmp_path / "backup")
    with pytest.raises(BackupError, match="the data folder is not empty"):
        restore_backup(settings, tmp_path / "backup")
    with pytest.raises(BackupError, match="something in it already"):
        make_backup(settings, tmp_path / "backup")
    with pytest.raises(BackupError, match="lies in the data folder"):
        make_backup(settings, settings.data_dir / "backup")
    other = settings_of(tmp_path / "elsewhere", "postgresql://127.0.0.1:1/shop")
    with pytest.raises(BackupError, match="made with SQLite, the settings name PostgreSQL"):
        restore_backup(other, tmp_path / "backup")
    told = json.loads((tmp_path / "backup" / FILE).read_text())
    (tmp_path / "backup" / FILE).write_text(json.dumps(told | {"schema": "9999"}))
    with pytest.raises(BackupError, match="newer program"):
        restore_backup(settings_of(tmp_path / "elsewhere"), tmp_path / "backup")
    close(settings)


def test_a_database_is_copied_as_it_was_at_one_moment(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "there")
    store = get_store(settings)
    with closing(sqlite3.connect(store.data_dir / "predictor.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO meta VALUES ('half', 'way')")
        make_backup(settings, tmp_path / "backup")
        writer.execute("COMMIT")
    with closing(sqlite3.connect(tmp_path / "backup" / "data" / "predictor.sqlite")) as copied:
        assert copied.execute("SELECT count(*) FROM meta WHERE key = 'half'").fetchone() == (0,)
    close(settings)
