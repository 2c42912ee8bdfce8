"""The candidates compete on validation; the faster of equals wins; outcomes are never resampled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.base.progress import silent
from core.bundle.encoder import fit_encoder
from core.bundle.models import Blend
from core.schema.sessions import FEATURES
from core.training.data.loading import read_training_data
from core.training.data.splits import CALIBRATION, TRAIN, VALIDATION
from core.training.purchase.candidates import TRIED, fit
from core.training.purchase.contest import compare, deal
from core.training.purchase.options import ALL_KINDS, QUICK
from core.training.purchase.samples import HIDDEN_WEIGHT, balance, hide_some, sample, with_hidden
from core.training.purchase.training import is_crossed, train_purchase
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


@pytest.mark.slow
def test_hidden_copies_are_added_and_weigh_little(trained) -> None:
    data = read_training_data(trained.sessions)
    rows = sample(data, data.rows(TRAIN))
    learned = with_hidden(rows, data.encoder, seed=0)
    n = len(rows.matrix)

    assert 0.25 * n < len(learned.matrix) - n < 0.42 * n
    np.testing.assert_array_equal(learned.matrix[:n], rows.matrix)
    share = learned.weight[n:].sum() / rows.weight.sum()
    assert share == pytest.approx(HIDDEN_WEIGHT, rel=0.15)


def test_few_buyers_are_judged_by_all_sessions_before_the_test(trained) -> None:
    data = read_training_data(trained.sessions)
    assert is_crossed(data)
    note = trained.bundle.manifest.purchase
    assert "cross-validation" in note["judged_on"]
    before = len(data.rows(TRAIN, VALIDATION, CALIBRATION))
    assert note["candidates"][0]["pr_auc"]["n"] == before


def test_kinds_may_compete_on_some_folds_and_the_winner_is_judged_by_all(trained) -> None:
    data = read_training_data(trained.sessions)
    competition = train_purchase(data, seed=0, progress=silent, options=replace(QUICK, contest_folds=2))
    crossed = competition.crossed
    compared = np.isin(crossed.fold, (0, 1))

    assert {candidate["kind"] for candidate in competition.candidates} == {*ALL_KINDS, "blend"}
    assert {candidate["pr_auc"]["n"] for candidate in competition.candidates} == {compared.sum()}
    assert "2 folds" in competition.judged_on
    assert {kind: len(fitted) for kind, fitted in crossed.fitted.items()} == {
        kind: 5 if kind in competition.settings else 2 for kind in ALL_KINDS
    }
    # Calibrated by all of them: the mean probability is the share of buyers.
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION)
    probability = competition.model.probability(data.matrix[rows], 1)
    assert probability.mean() == pytest.approx(data.purchased[rows].mean(), rel=0.2)


def test_folds_keep_visitors_together_and_buyers_even() -> None:
    visitor = RANDOM.integers(0, 900, N)
    fold = deal(OUTCOME, visitor, 5, seed=1)

    for number in np.unique(visitor):
        assert np.unique(fold[visitor == number]).size == 1
    rates = [OUTCOME[fold == number].mean() for number in range(5)]
    assert max(rates) < 1.6 * min(rates)


def test_a_blend_scores_rows_one_by_one(trained) -> None:
    data = read_training_data(trained.sessions)
    rows = sample(data, data.rows(TRAIN))
    members = tuple(
        fit(kind, TRIED[kind], rows, seed=0, rounds=5).classifier for kind in ("xgboost", "logistic")
    )
    blend = Blend(members)
    alone = np.concatenate([blend.score(rows.matrix[i : i + 1], 1) for i in range(20)])

    np.testing.assert_allclose(alone, blend.score(rows.matrix, 1)[:20], rtol=0, atol=1e-9)
    low, high = (member.score(rows.matrix, 1) for member in members)
    assert ((blend.score(rows.matrix, 1) - low) * (blend.score(rows.matrix, 1) - high) <= 1e-12).all()


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
