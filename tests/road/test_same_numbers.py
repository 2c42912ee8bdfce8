"""The same session gets the same numbers alone, in a file, in a shuffled file, and through the form.

And what happens at the purchase or after it changes no prediction. Everything here goes the whole
road: file -> ingest -> features -> bundle -> predictions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.schema.sessions import PREDICTION_SCHEMA
from core.scoring.pipeline import score_file
from core.simulate import simulate_events
from core.whatif import Form

N_SESSIONS = 400
TOLERANCE = 1e-6
NUMBERS = [
    "purchase_probability",
    "revenue_if_purchase",
    "revenue_low",
    "revenue_high",
    "predicted_revenue",
    "expected_revenue",
    "cluster_x",
    "cluster_y",
]
EXACT = ["predicted_purchase", "cluster_id", "cluster_name"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    table = simulate_events(N_SESSIONS, seed=23, start="2026-03-01", days=5)
    return table.to_pandas()


@pytest.fixture(scope="module")
def scored(
    events: pd.DataFrame, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> pd.DataFrame:
    return score(events, tmp_path_factory.mktemp("whole"), settings)


def score(events: pd.DataFrame, folder: Path, settings: Settings) -> pd.DataFrame:
    """Write events as a CSV, score the file, return its sessions by id."""
    source, out = folder / "events.csv", folder / "scored.parquet"
    events.to_csv(source, index=False)
    score_file(source, out, settings=settings)
    return pd.read_parquet(out).set_index("session_id").sort_index()


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Fail unless the predictions of both are the same, session by session."""
    assert list(one.index) == list(other.index)
    for name in NUMBERS:
        np.testing.assert_allclose(one[name], other[name], rtol=0, atol=TOLERANCE, err_msg=name)
    for name in EXACT:
        assert (one[name] == other[name]).all(), name


def test_every_session_is_scored_with_every_prediction(scored: pd.DataFrame) -> None:
    assert len(scored) == N_SESSIONS
    assert set(PREDICTION_SCHEMA.names) <= set(scored.columns)
    assert scored["purchase_probability"].between(0, 1).all()
    assert scored["purchase_probability"].nunique() > N_SESSIONS / 4


def test_shuffling_the_file_changes_nothing(
    events: pd.DataFrame, scored: pd.DataFrame, settings: Settings, tmp_path: Path
) -> None:
    assert_same(score(events.sample(frac=1, random_state=5), tmp_path, settings), scored)


def test_a_session_alone_in_its_file_gets_the_same_numbers(
    events: pd.DataFrame, scored: pd.DataFrame, settings: Settings, tmp_path: Path
) -> None:
    extremes = [scored["purchase_probability"].idxmax(), scored["purchase_probability"].idxmin()]
    for number, session in enumerate([*extremes, *scored.index[:3]]):
        folder = tmp_path / str(number)
        folder.mkdir()
        alone = score(events[events["session_id"] == session], folder, settings)
        assert_same(alone, scored.loc[[session]])


def test_the_form_gives_the_same_numbers(scored: pd.DataFrame, settings: Settings) -> None:
    predictor = Predictor.load(settings=settings)
    form = Form(predictor.form_fields())
    for _, row in scored.iloc[:: N_SESSIONS // 40].iterrows():
        told = {name: None if pd.isna(value) else value for name, value in row.items()}
        answer = predictor.predict_one(form.row(form.from_row(told)))
        for name in NUMBERS:
            assert answer[name] == pytest.approx(row[name], abs=TOLERANCE), name
        for name in EXACT:
            assert answer[name] == row[name], name


def test_a_changed_field_changes_the_answer_as_the_model_says(settings: Settings) -> None:
    predictor = Predictor.load(settings=settings)
    form = Form(predictor.form_fields())
    plain = form.defaults()
    before = predictor.predict_one(form.row(plain))
    full_cart = form.link(plain | {"cart_adds": 3, "cart_value": 180.0, "checkouts": 1})
    after = predictor.predict_one(form.row(full_cart))
    assert after["purchase_probability"] > 2 * before["purchase_probability"]


def test_purchases_and_what_follows_them_change_no_prediction(
    events: pd.DataFrame, scored: pd.DataFrame, settings: Settings, tmp_path: Path
) -> None:
    last = events.sort_values("timestamp").groupby("session_id").tail(1)
    purchase = last.assign(
        event_type="purchase",
        timestamp=last["timestamp"] + pd.Timedelta(seconds=40),
        revenue=999.0,
        price=333.0,
        quantity=3.0,
        category="something else",
    )
    after = purchase.assign(
        event_type="cart_add", timestamp=purchase["timestamp"] + pd.Timedelta(seconds=5), price=5_000.0
    )
    bought_before = set(events.loc[events["event_type"] == "purchase", "session_id"])
    longer = score(pd.concat([events, purchase, after]), tmp_path, settings)
    assert_same(longer, scored)
    assert longer["purchased"].all()
    assert scored["purchased"].sum() == len(bought_before) > 0
