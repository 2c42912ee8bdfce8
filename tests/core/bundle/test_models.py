"""Fitted models answer row by row, the same in any batch."""

from __future__ import annotations

import pickle

import numpy as np

from core.bundle.models import Calibrator, ClusterModel, LogisticClassifier, expit, logit, row_dot

RANDOM = np.random.default_rng(5)


def test_row_dot_sums_the_same_way_in_any_batch() -> None:
    rows, weights = RANDOM.normal(size=(1_000, 37)), RANDOM.normal(size=37)
    together = row_dot(rows, weights)

    assert all(row_dot(rows[i : i + 1], weights)[0] == together[i] for i in range(0, 1_000, 50))
    np.testing.assert_allclose(together, rows @ weights)


def test_a_calibration_curve_rises_and_stays_off_0_and_1() -> None:
    curve = Calibrator("isotonic", np.array([-2.0, 0.0, 1.0]), np.array([-4.0, -1.0, 0.5]), 0.7)
    probability = np.append(np.linspace(1e-9, 1 - 1e-9, 500), [0.0, 1.0])

    calibrated = curve(np.sort(probability))

    assert (np.diff(calibrated) >= 0).all()
    assert 0 < calibrated[0] < calibrated[-1] < 1
    np.testing.assert_allclose(curve(expit(np.array([-2.0, 0.0, 1.0]))), expit(np.array([-4.0, -1.0, 0.5])))


def test_logistic_regression_takes_a_missing_value_for_an_average_one() -> None:
    model = LogisticClassifier(np.array([0.7]), np.array([2.0]), np.array([1.5]), np.array([0.0]), -3.0)
    average = np.array([[np.expm1(0.7)], [np.nan]], dtype=np.float32)

    first, second = model.score(average, 1)

    assert abs(first - second) < 1e-6
    assert abs(logit(np.array([second]))[0] + 3.0) < 1e-9


def test_of_two_equally_near_centres_the_larger_cluster_is_taken() -> None:
    clusters = ClusterModel(
        ("a",), (0,), np.zeros(1), np.ones(1), np.array([[1.0], [-1.0]]), np.eye(2, 1), ("x", "y")
    )

    assert clusters.assign(np.array([[0.0], [-0.1], [0.1]])).tolist() == [0, 1, 0]


def test_boosted_trees_give_the_same_on_any_number_of_threads(trained) -> None:
    trees = trained.bundle.models.revenue.trees
    n_columns = len(trained.bundle.models.encoder.columns)
    matrix = RANDOM.normal(2, 2, size=(5_000, n_columns)).astype(np.float32)

    one, two = trees.predict(matrix, 1), trees.predict(matrix, 2)
    unpickled = pickle.loads(pickle.dumps(trees))

    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, unpickled.predict(matrix, 1))
