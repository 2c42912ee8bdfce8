"""Taking exports from allowed places: what is listed, what is refused, and how files come in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core import fetch_worker
from core.settings import Settings
from core.sources import browse, sources, take
from core.storage import get_store

CSV = "session_id,clicks,price_mean\na,5,20.5\nb,1,3\n"


@pytest.fixture
def top(tmp_path: Path) -> Path:
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
def settings(tmp_path: Path, top: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", sources=(str(top),), min_free_bytes=0, DATABASE_URL=None)


def test_a_folder_is_listed_without_what_leads_out(settings: Settings, top: Path) -> None:
    (only,) = sources(settings)
    assert only.name == str(top)
    assert [(e.path, e.is_folder, e.size) for e in browse(only.name, settings=settings)] == [
        ("2026-10", True, None),
        ("b.csv", False, len(CSV)),
        ("in.csv", False, len(CSV)),
    ]
    assert [e.path for e in browse(only.name, "2026-10", settings=settings)] == ["2026-10/01.csv"]


def test_files_are_fetched_into_one_dataset(settings: Settings, top: Path) -> None:
    store = get_store(settings)
    dataset = take(str(top), ["b.csv", "2026-10/01.csv"], settings=settings)
    assert (dataset.state, dataset.filename) == ("fetching", "2 files, 01.csv to b.csv")
    assert fetch_worker.fetch(store, dataset.id) == "ready"
    done = store.dataset(dataset.id)
    assert [file.path.read_text() for file in done.files] == [CSV, CSV]
    assert list(store.incoming_dir.iterdir()) == []
