from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.services import demo
from core.services.demo import DEMO_FILENAME, DEMO_NAME, ensure_demo
from core.storage import Store, get_store

N_SESSIONS = 300


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", DATABASE_URL=None, min_free_bytes=0)


@pytest.fixture
def store(settings: Settings) -> Store:
    return get_store(settings)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DEMO_SESSIONS", N_SESSIONS)


def test_the_demo_is_made_once(settings: Settings, store: Store) -> None:
    said: list[float] = []
    result = ensure_demo(settings, progress=lambda share, _: said.append(share))
    assert result is not None
    assert (result.state, result.n_sessions, result.synthetic) == ("done", N_SESSIONS, True)
    assert result.dataset_name == DEMO_NAME
    assert said == sorted(said)
    assert said[-1] == 1.0
    assert ensure_demo(settings) == result
    assert len(store.datasets()) == len(store.results()) == 1
    assert list(store.incoming_dir.iterdir()) == []
    assert not any("synthetic" in note for note in result.notes)


def test_a_deleted_demo_comes_back_only_on_request(settings: Settings, store: Store) -> None:
    first = ensure_demo(settings)
    assert first is not None
    store.delete_dataset(first.dataset_id)
    assert ensure_demo(settings) is None
    again = ensure_demo(settings, again=True)
    assert again is not None
    assert again.id != first.id


def test_a_start_that_was_interrupted_is_made_good(settings: Settings, store: Store, tmp_path: Path) -> None:
    half = tmp_path / "half.csv"
    half.write_text("session_id,timestamp,event_type\ns,2026-01-01T10:00:00,search\n")
    dataset = store.add_dataset(half, filename=DEMO_FILENAME, name=DEMO_NAME, synthetic=True)
    store.create_result(dataset.id, bundle="demo-shop")
    result = ensure_demo(settings)
    assert result is not None
    assert [d.id for d in store.datasets()] == [result.dataset_id]
    assert result.dataset_id != dataset.id


@pytest.mark.slow
def test_two_processes_make_one_demo(settings: Settings, store: Store) -> None:
    code = f"from core.services import demo; demo.DEMO_SESSIONS = {N_SESSIONS}; print(demo.ensure_demo().id)"
    environment = {**os.environ, "PREDICTOR_DATA_DIR": str(settings.data_dir), "DATABASE_URL": ""}
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    made = {process.communicate(timeout=240)[0] for process in processes}
    assert len(made) == 1
    assert [f"{result.id}\n" for result in store.results()] == list(made)
