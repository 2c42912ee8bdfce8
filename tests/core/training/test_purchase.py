"""The candidates compete on validation; the faster of equals wins; outcomes are never resampled."""

from __future__ import annotations

import numpy as np

from core.encode import fit_encoder
from core.sessions import FEATURES
from core.training import purchase
from core.training.data import read_training_data
from core.training.purchase import balance, compare, hide_some
from core.training.splits import TRAIN, VALIDATION
from tests.core.training.sessions import as_table, session_frame

RANDOM = np.random.default_rng(9)
N = 4_000
TRUTH = RANDOM.beta(1, 12, N)
OUTCOME = RANDOM.random(N) < TRUTH


def chosen(**scores: np.ndarray) -> str:
    candidates = compare(scores, OUTCOME, np.ones(N), np.arange(N), seed=0)
    assert {candidate["kind"] for candidate in candidates} == set(scores)
    return next(candidate["kind"] for candidate in candidates if candidate["chosen"])


def test_the_faster_of_equals_is_taken() -> None:
    nearly = TRUTH + RANDOM.normal(0, 0.001, N)

    assert chosen(xgboost=nearly, logistic=TRUTH, forest=TRUTH) == "xgboost"
    assert chosen(logistic=nearly, forest=TRUTH) == "logistic"


def test_a_clearly_better_one_is_taken_however_slow() -> None:
    noise = RANDOM.random(N)

    assert chosen(xgboost=noise, logistic=noise, forest=TRUTH) == "forest"


def test_class_weights_lift_buyers_and_keep_what_others_weigh_among_themselves() -> None:
    weights = balance(OUTCOME, np.ones(N))

    assert np.unique(weights[OUTCOME]).size == np.unique(weights[~OUTCOME]).size == 1
    odds = (~OUTCOME).sum() / OUTCOME.sum()
    np.testing.assert_allclose(weights[OUTCOME][0] / weights[~OUTCOME][0], np.sqrt(odds))


def test_training_adds_hidden_copies_to_training_rows_only(trained) -> None:
    data = read_training_data(trained.sessions)
    sample = purchase._sample(data, seed=0)
    rows = data.rows(TRAIN)

    assert len(sample.matrix) == 2 * len(rows)
    np.testing.assert_array_equal(sample.matrix[: len(rows)], data.matrix[rows])
    np.testing.assert_array_equal(sample.validation, data.matrix[data.rows(VALIDATION)])
    assert sample.outcome.sum() == 2 * data.purchased[rows].sum()


def test_hidden_copies_miss_from_none_to_all_of_their_features() -> None:
    table = as_table(session_frame(2_000))
    encoder = fit_encoder(table, FEATURES)
    hidden = hide_some(encoder, encoder.transform(table), seed=1)

    # The last feature that is a number and never missing in this data: duration.
    missing = np.isnan(hidden[:, encoder.columns.index("duration_seconds")]).mean()
    assert 0.45 < missing < 0.55
    numbers = [i for i, f in enumerate(encoder.columns) if "=" not in f]
    share = np.isnan(hidden[:, numbers]).mean(axis=1)
    assert share.min() < 0.1
    assert share.max() > 0.9
