"""Revenue is learned from buyers alone, and its total comes out right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.features import build_sessions
from core.schema.events import Told
from core.simulate import write_events
from core.training.data.loading import TrainingData, read_training_data
from core.training.data.splits import CALIBRATION, TEST, TRAIN, VALIDATION
from core.training.evaluation import evaluate_file
from core.training.revenue import LEAST_PAYING, RevenueTraining, quantile, train_revenue
from tests.core.training.sessions import session_frame, write_sessions


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    path = tmp_path_factory.mktemp("revenue") / "sessions.parquet"
    frame = session_frame(3_000, seed=4)
    more = np.random.default_rng(0).random(len(frame)) < 0.2
    frame = frame.assign(
        purchased=frame["purchased"] | more,
        revenue=np.where(more, np.exp(3 + 0.3 * frame["product_views"].clip(upper=6)), frame["revenue"]),
    )
    return read_training_data(write_sessions(frame, path))


@pytest.fixture(scope="module")
def trained_on(data: TrainingData) -> RevenueTraining:
    return train_revenue(data, seed=0)


def test_totals_come_out_right_on_buyers_not_seen(data: TrainingData, trained_on: RevenueTraining) -> None:
    rows = data.rows(TEST, buyers=True)
    predicted = trained_on.model.if_purchase(data.matrix[rows], 1)

    assert trained_on.note["kind"] == "xgboost"
    assert predicted.sum() == pytest.approx(data.revenue[rows].sum(), rel=0.15)
    assert np.corrcoef(predicted, data.revenue[rows])[0, 1] > 0.5


def test_a_handful_of_sessions_that_go_on_teaches_nothing(
    data: TrainingData, trained_on: RevenueTraining
) -> None:
    few = train_revenue(_with_snapshots(data, 40), seed=0).model

    assert few.unfinished is None
    np.testing.assert_array_equal(
        few.if_purchase(data.matrix, 1), trained_on.model.if_purchase(data.matrix, 1)
    )


def test_amounts_that_are_all_the_same_have_no_range(data: TrainingData) -> None:
    flat = replace(data, revenue=np.where(data.purchased, 25.0, 0.0))

    for amounts in train_revenue(flat, seed=0).model.amounts(data.matrix[:50], 1):
        np.testing.assert_allclose(amounts, 25.0, rtol=0.01)


def test_neither_others_nor_the_test_slice_are_learned_from(
    data: TrainingData, trained_on: RevenueTraining
) -> None:
    changed = np.where(data.purchased, data.revenue, 1e9)
    changed[data.rows(TEST)] = 1e6
    again = train_revenue(replace(data, revenue=changed), seed=0)

    np.testing.assert_array_equal(
        again.model.if_purchase(data.matrix, 1), trained_on.model.if_purchase(data.matrix, 1)
    )


def test_few_buyers_get_their_average(data: TrainingData) -> None:
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION, buyers=True)
    revenue = data.revenue.copy()
    revenue[rows[LEAST_PAYING - 1 :]] = np.nan
    trained = train_revenue(replace(data, revenue=revenue), seed=0)

    assert trained.note == {
        "kind": "average",
        "name": "Average of the buyers",
        "buyers": LEAST_PAYING - 1,
    }
    paid = data.revenue[rows[: LEAST_PAYING - 1]]
    amount, low, high = trained.model.amounts(data.matrix[:5], 1)
    np.testing.assert_allclose(amount, paid.mean())
    # With 99 amounts, the 10th is the one that a new one is below once in ten times.
    np.testing.assert_allclose(low, np.sort(paid)[9])
    np.testing.assert_allclose(high, np.sort(paid)[89])


@pytest.mark.parametrize("n", [9, 99, 1_000])
def test_a_new_amount_is_beyond_a_quantile_no_more_often_than_said(n: int) -> None:
    random = np.random.default_rng(n)
    drawn = random.lognormal(size=(4_000, n + 1))
    low = np.array([quantile(row[:-1], 0.1) for row in drawn])
    high = np.array([quantile(row[:-1], 0.9) for row in drawn])
    inside = ((drawn[:, -1] >= low) & (drawn[:, -1] <= high)).mean()

    assert inside == pytest.approx(0.8, abs=0.02)


def _paying(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return sessions of which many pay; those with a cart all but what is in it, others anything."""
    frame = session_frame(n, seed=seed)
    random = np.random.default_rng(seed)
    spread = np.where(frame["cart_adds"] > 0, 0.15, 0.9)
    amount = np.exp(3 + 0.3 * frame["product_views"].clip(upper=6) + spread * random.normal(size=n))
    bought = random.random(n) < 0.5
    return frame.assign(purchased=bought, revenue=np.where(bought, amount, 0.0)), spread


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    path = tmp_path_factory.mktemp("uneven") / "sessions.parquet"
    return read_training_data(write_sessions(_paying(6_000, 5)[0], path))


def test_the_range_holds_8_of_10_buyers_not_seen_and_is_wide_where_little_is_known(
    uneven: TrainingData,
) -> None:
    trained = train_revenue(uneven, seed=0)
    frame, spread = _paying(20_000, 6)
    paying = frame["purchased"].to_numpy()
    matrix = uneven.encoder.transform(pa.Table.from_pandas(frame, preserve_index=False))[paying]
    paid, sure = frame["revenue"].to_numpy()[paying], spread[paying] < 0.5
    amount, low, high = trained.model.amounts(matrix, 1)

    assert ((low <= amount) & (amount <= high)).all()
    inside = (paid >= low) & (paid <= high)
    assert 0.78 < inside.mean() < 0.82
    assert min(inside[sure].mean(), inside[~sure].mean()) > 0.75
    assert np.median((high / low)[~sure]) > 3 * np.median((high / low)[sure])
    # Without what the spread says, an average on a log scale is a third too small for the unsure.
    for some in (sure, ~sure):
        assert amount[some].sum() == pytest.approx(paid[some].sum(), rel=0.08)


def _with_snapshots(data: TrainingData, n: int) -> TrainingData:
    """Add the first ``n`` sessions once more as sessions that go on, and pay three times as much."""
    rows = np.arange(len(data.matrix))
    both = np.append(rows, rows[:n])
    cut = np.arange(len(both)) >= len(rows)
    return replace(
        data,
        matrix=data.matrix[both],
        purchased=data.purchased[both],
        revenue=data.revenue[both] * np.where(cut, 3.0, 1.0),
        weight=np.where(both < n, 0.5, 1.0),
        whole=~cut,
        k=np.where(cut, 3, 0),
        split=replace(data.split, slice_of=data.split.slice_of[both], visitor=data.split.visitor[both]),
    )


def test_a_session_that_goes_on_pays_more_than_one_that_ended_the_same_way(uneven: TrainingData) -> None:
    cut = _with_snapshots(uneven, len(uneven.matrix))
    model = train_revenue(cut, seed=0).model
    test = uneven.rows(TEST, buyers=True)
    going_on = np.arange(len(test)) % 2 == 1
    amount, low, high = model.amounts(uneven.matrix[test], 1, going_on)
    finished = model.amounts(uneven.matrix[test], 1)

    np.testing.assert_array_equal(amount[~going_on], finished[0][~going_on])
    assert np.median((amount / finished[0])[going_on]) == pytest.approx(3.0, rel=0.2)
    paid = np.where(going_on, 3.0, 1.0) * uneven.revenue[test]
    assert ((paid >= low) & (paid <= high)).mean() == pytest.approx(0.8, abs=0.07)


def test_no_amounts_no_model(data: TrainingData) -> None:
    assert train_revenue(replace(data, revenue=np.full(len(data.revenue), np.nan)), seed=0) is None


def test_no_prediction_exceeds_what_was_ever_paid(data: TrainingData, trained_on: RevenueTraining) -> None:
    absurd = np.full((100, data.matrix.shape[1]), 1e15, dtype=np.float32)

    assert trained_on.model.if_purchase(absurd, 1).max() <= np.nanmax(data.revenue)


def test_the_shipped_model_is_right_about_a_shop_it_has_not_seen(tmp_path: Path) -> None:
    """Coverage 78 to 82%, total within 5%, Gini above the mean basket's: each but for what chance does."""
    events, sessions = tmp_path / "events.parquet", tmp_path / "sessions.parquet"
    write_events(events, n_sessions=60_000, seed=77, start="2026-01-01", days=180)
    settings = Settings(data_dir=tmp_path)
    build_sessions(events, sessions, told=Told.everything(), settings=settings)
    told = evaluate_file(sessions, Predictor.load("demo-shop", settings))["revenue"]

    assert told["range_coverage"]["n"] > 1_500
    for name, low, high in (("range_coverage", 0.78, 0.82), ("predicted_to_actual", 0.95, 1.05)):
        assert told[name]["low"] <= high and told[name]["high"] >= low, told[name]
    assert told["range_coverage"]["high"] - told["range_coverage"]["low"] < 0.05
    assert told["predicted_to_actual"]["high"] - told["predicted_to_actual"]["low"] < 0.15
    assert told["gini_gain"]["low"] > 0
