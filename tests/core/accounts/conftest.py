"""A data folder without anybody, and cheap hashes: what argon2 costs is not the point here."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from core.accounts import passwords
from core.base.settings import Settings

PASSWORD = "seven green umbrellas"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords.nobody_s_hash.cache_clear()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)
