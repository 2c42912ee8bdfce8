"""One small bundle, trained once, for every test that needs one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from core.base.settings import Settings
from core.bundle.repository import Bundle, load_bundle
from core.training.purchase.options import QUICK
from core.training.train import train
from tests.core.training.sessions import session_frame, write_sessions
from tests.shared import copy_of

NAME = "small-shop"
N_SESSIONS = 3_000


@dataclass(frozen=True)
class Trained:
    bundle: Bundle
    settings: Settings
    frame: pd.DataFrame
    sessions: Path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Return a bundle trained on 3,000 made-up sessions, and those sessions. Not to be written to."""
    folder = copy_of("trained", tmp_path_factory.mktemp("trained"), _train)
    settings = _settings(folder)
    return Trained(
        load_bundle(NAME, settings), settings, session_frame(N_SESSIONS), folder / "sessions.parquet"
    )


def _train(folder: Path) -> None:
    sessions = write_sessions(session_frame(N_SESSIONS), folder / "sessions.parquet")
    train(sessions, name=NAME, settings=_settings(folder), source="made up", synthetic=True, options=QUICK)


def _settings(folder: Path) -> Settings:
    return Settings(models_dir=folder / "models", data_dir=folder / "data", bundle=NAME)
