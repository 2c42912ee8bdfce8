"""Revenue is learned from buyers alone, and its total comes out right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.training.data import TrainingData, read_training_data
from core.training.revenue import LEAST_PAYING, RevenueTraining, train_revenue
from core.training.splits import CALIBRATION, TEST, TRAIN, VALIDATION
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
    # Without the correction an average on a log scale is too small.
    assert trained_on.model.correction > 1


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
    average = data.revenue[rows[: LEAST_PAYING - 1]].mean()
    np.testing.assert_allclose(trained.model.if_purchase(data.matrix[:5], 1), average)


def test_no_amounts_no_model(data: TrainingData) -> None:
    assert train_revenue(replace(data, revenue=np.full(len(data.revenue), np.nan)), seed=0) is None


def test_no_prediction_exceeds_what_was_ever_paid(data: TrainingData, trained_on: RevenueTraining) -> None:
    absurd = np.full((100, data.matrix.shape[1]), 1e15, dtype=np.float32)

    assert trained_on.model.if_purchase(absurd, 1).max() <= np.nanmax(data.revenue)
