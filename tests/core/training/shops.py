"""A small simulated shop as events and session rows, for tests of what is learned from sessions cut short."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.features import build_sessions
from core.schema.events import Told
from core.simulate import write_events
from tests.shared import copy_of

EVENTS, SESSIONS = "events.parquet", "sessions.parquet"


@dataclass(frozen=True)
class Shop:
    events: Path
    sessions: Path


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return 4,000 sessions of six weeks. Not to be written to."""
    folder = copy_of("events", tmp_path_factory.mktemp("shop"), _write)
    return Shop(folder / EVENTS, folder / SESSIONS)


def _write(folder: Path) -> None:
    write_events(folder / EVENTS, n_sessions=4_000, seed=8, start="2026-02-01", days=42)
    build_sessions(folder / EVENTS, folder / SESSIONS, told=Told.everything(), settings=Settings())
