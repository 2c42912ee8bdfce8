"""A store on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.storage import Store


@pytest.fixture
def store(database_url: str | None, tmp_path: Path) -> Iterator[Store]:
    store = Store(Settings(data_dir=tmp_path / "data", DATABASE_URL=database_url, min_free_bytes=0))
    yield store
    store.close()
