"""A small simulated shop as events and session rows, for tests of what is learned from sessions cut short."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.features import build_sessions
from core.schema.events import Told
from core.simulate import write_events


@dataclass(frozen=True)
class Shop:
    events: Path
    sessions: Path


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return 4,000 sessions of six weeks. Not to be written to."""
    folder = tmp_path_factory.mktemp("shop")
    made = Shop(folder / "events.parquet", folder / "sessions.parquet")
    write_events(made.events, n_sessions=4_000, seed=8, start="2026-02-01", days=42)
    build_sessions(made.events, made.sessions, told=Told.everything(), settings=Settings())
    return made
