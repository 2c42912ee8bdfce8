"""A data folder without anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.base.settings import Settings

PASSWORD = "seven green umbrellas"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)
