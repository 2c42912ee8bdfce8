"""The model that ships with the product: trained on a synthetic demo shop, rebuilt by one command."""

from __future__ import annotations

import tempfile
from pathlib import Path

from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.bundle.repository import Bundle
from core.features import build_sessions
from core.schema.events import Told
from core.simulate import write_events
from core.training.purchase.options import TrainingOptions
from core.training.train import train

NAME = "demo-shop"
SOURCE = "Synthetic demo shop"
CURRENCY = "EUR"
#: Half a year that ends in ordinary weeks: its last seventh judges the model.
SESSIONS, DAYS, START = 150_000, 180, "2026-01-01"
#: A search that its trials end on any machine, so that the model comes out the same.
OPTIONS = TrainingOptions(seconds=3600.0, trials=10)
#: Not the seed of any demo export, so that no session shown was learned from.
SEED = 2026


def train_demo(settings: Settings, progress: Progress = silent) -> Bundle:
    """Simulate the demo shop, train on it, and save the bundle; the same predictions every time."""
    with tempfile.TemporaryDirectory() as folder:
        events, sessions = Path(folder) / "events.parquet", Path(folder) / "sessions.parquet"
        write_events(
            events,
            n_sessions=SESSIONS,
            seed=SEED,
            start=START,
            days=DAYS,
            progress=part(progress, 0.0, 0.08),
        )
        build_sessions(
            events,
            sessions,
            told=Told.everything(),
            settings=settings,
            progress=part(progress, 0.08, 0.15),
        )
        return train(
            sessions,
            name=NAME,
            settings=settings,
            source=f"{SOURCE}, {SESSIONS:,} sessions over {DAYS} days",
            synthetic=True,
            events=events,
            options=OPTIONS,
            told=Told.everything(),
            currency=CURRENCY,
            progress=part(progress, 0.15, 1.0),
        ).bundle
