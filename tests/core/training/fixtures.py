"""One small bundle, trained once, for every test that needs one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from core.base.settings import Settings
from core.bundle.repository import Bundle
from core.training import train_bundle
from core.training.options import QUICK
from tests.core.training.sessions import session_frame, write_sessions

NAME = "small-shop"


@dataclass(frozen=True)
class Trained:
    bundle: Bundle
    settings: Settings
    frame: pd.DataFrame
    sessions: Path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Return a bundle trained on 3,000 made-up sessions, and those sessions. Not to be written to."""
    folder = tmp_path_factory.mktemp("trained")
    frame = session_frame(3_000)
    sessions = write_sessions(frame, folder / "sessions.parquet")
    settings = Settings(models_dir=folder / "models", data_dir=folder / "data", bundle=NAME)
    bundle = train_bundle(
        sessions, name=NAME, settings=settings, source="made up", synthetic=True, options=QUICK
    )
    return Trained(bundle, settings, frame, sessions)
