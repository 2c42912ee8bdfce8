"""What a cluster's name says holds in the cluster's own numbers, over simulated and real exports."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.progress import silent
from core.base.settings import Settings
from core.bundle.encoder import fit_encoder
from core.ingest import ingest
from core.schema.sessions import FIELD
from core.scoring.steps import make_sessions
from core.simulate.event_log import simulate_events
from core.training.cluster_naming import NOUNS, archetypes
from core.training.clusters import Clustering, train_clusters
from core.training.data.loading import feature_names

EXPORTS = ("rees46_2019-10-01.csv", "online_shoppers_intention.csv", "eshop_clothing_2008_sample.csv")
#: Weights of a signature its name stands for, and features said by how many visits have any of it.
SAID, SHARES = 1.0, {"searches", "cart_adds", "cart_removes", "checkouts"}
MUCH, LITTLE, NO = ("many ", "high "), ("few ", "low ", "no "), "no "
#: A share of fewer than this reads as none.
NONE = 0.005


def clusters_of(sessions: pa.Table) -> tuple[Clustering, pd.DataFrame, np.ndarray]:
    """Return clusters of session rows, the rows as numbers by feature, and each row's cluster."""
    sessions = sessions.drop_columns([n for n in ("purchased", "revenue") if n in sessions.column_names])
    encoder = fit_encoder(sessions, feature_names(sessions))
    matrix = encoder.transform(sessions)
    every = np.arange(len(sessions))
    data = SimpleNamespace(
        encoder=encoder, matrix=matrix, whole=np.ones(len(every), dtype=bool), rows=lambda *_: every
    )
    made = train_clusters(data, seed=0, progress=silent)
    places = dict(zip(made.model.columns, made.model.positions, strict=True))
    frame = pd.DataFrame({name: matrix[:, place] for name, place in places.items()})
    points = (np.sign(frame) * np.log1p(np.abs(frame)) - made.model.mean) / made.model.scale
    return made, frame, made.model.assign(np.nan_to_num(points.to_numpy()))


def check_names(sessions: pa.Table) -> None:
    made, frame, labels = clusters_of(sessions)
    known = {archetype.name: archetype for archetype in archetypes()}
    assert len(set(made.model.names)) == len(made.model.names) >= 2
    for number, name in enumerate(made.model.names):
        for feature, direction in claims(name, known, list(frame)):
            any_of_it = (frame[feature] > 0).astype(float)
            values = any_of_it if feature in SHARES else frame[feature]
            inside, everywhere = values[labels == number].mean(), values.mean()
            assert direction * (inside - everywhere) > 0, f"{name}: {feature} is {inside:.3f}"
            if NO + label(feature) in name.lower().split(" and "):
                assert any_of_it[labels == number].mean() < NONE, name
        if name in known:
            assert set(known[name].needs) <= set(frame), f"{name}: {known[name].needs} aren't known"


def claims(name: str, known: dict, columns: list[str]) -> list[tuple[str, int]]:
    """Return what a name says: features with 1 for much and -1 for little."""
    if name in known:
        signature = known[name].signature
        return [(n, int(np.sign(by))) for n, by in signature.items() if abs(by) >= SAID and n in columns]
    labels = {label(column): column for column in columns}
    found = []
    for part in name.lower().split(" and "):
        assert part.startswith((*MUCH, *LITTLE, "average visits", "nothing unusual")), name
        if part.startswith((*MUCH, *LITTLE)):
            found.append((labels[part.split(" ", 1)[1]], 1 if part.startswith(MUCH) else -1))
    return found


def label(column: str) -> str:
    if column in NOUNS:
        return NOUNS[column]
    if column in FIELD:
        return FIELD[column].label.lower()
    apart = re.sub("([a-z])([A-Z])", r"\1 \2", column)
    return " ".join(apart.replace("_", " ").split()).lower()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 11])
def test_of_a_simulated_shop(seed: int, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", threads=1)
    pq.write_table(simulate_events(4_000, seed=seed), tmp_path / "events.parquet")
    check_names(sessions_of(tmp_path / "events.parquet", tmp_path / "in", settings))


@pytest.mark.slow
@pytest.mark.parametrize("export", EXPORTS)
def test_of_real_shops(shared_data: Path, export: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", threads=1)
    check_names(sessions_of(shared_data / export, tmp_path / "in", settings))


def sessions_of(export: Path, folder: Path, settings: Settings) -> pa.Table:
    """Return the session rows of an export."""
    report = ingest(export, folder, settings=settings)
    return pq.read_table(make_sessions(folder, report, folder / "rows.parquet", settings=settings))
