"""What the training pages are told of a dataset before anybody trains on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.settings import Settings, get_settings
from core.services.trainings import check, choice
from core.storage import get_store
from tests.core.training.sessions import session_frame, write_sessions


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PREDICTOR_MIN_FREE_BYTES", "0")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    get_settings.cache_clear()
    yield get_settings()
    get_store().close()
    get_settings.cache_clear()


def test_a_dataset_is_checked_by_its_latest_result(settings: Settings, tmp_path: Path) -> None:
    store, frame = get_store(settings), session_frame(4_000)
    export = tmp_path / "rows.csv"
    frame.to_csv(export, index=False)
    dataset = store.add_dataset(export, filename="rows.csv")
    assert check(choice(dataset.id)) is None, "it has not been read to its end yet"
    result = store.create_result(dataset.id, bundle="demo-shop")
    assert choice(dataset.id).is_waiting
    write_sessions(frame, result.path)
    store.update_result(result.id, state="done")
    told = check(choice(dataset.id))
    assert told is not None
    assert told.buyers == int(frame["purchased"].sum()) > 0
