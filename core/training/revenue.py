"""What a session pays if it buys, and how sure that is: learned from buyers alone, on a log scale."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.progress import Progress, part, silent
from core.bundle.encoder import Matrix, Vector
from core.bundle.models import AmountScale, BoostedTrees, RevenueModel, above_log_mean, with_state
from core.training.data.loading import TrainingData
from core.training.data.splits import CALIBRATION, TRAIN, VALIDATION
from core.training.purchase.samples import HIDDEN_WEIGHT, hide_some

#: With fewer paying sessions the average is the best that can be said.
LEAST_PAYING = 100
#: More rows than this only take longer.
MOST_ROWS = 60_000
FOLDS = 5
#: Of a session's weight, what it has as a whole; the rest is its snapshots'. Most sessions asked for are
#: whole ones.
WHOLE_SHARE = 0.5
#: Buyers are few: threads would wait for each other longer than they work.
THREADS = 1

XGBOOST: dict[str, Any] = {
    "objective": "reg:squarederror",
    "tree_method": "hist",
    "max_depth": 4,
    "eta": 0.1,
    "min_child_weight": 10,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
    "reg_lambda": 5.0,
    "nthread": THREADS,
}
MOST_ROUNDS = 120
#: How far an amount may be off varies less than the amount: few small trees tell it.
SPREAD: dict[str, Any] = {**XGBOOST, "objective": "reg:gamma", "max_depth": 3, "min_child_weight": 5}
SPREAD_ROUNDS = 40
#: Log revenue isn't told more exactly than this.
LEAST_DISTANCE = 0.01
#: Of the buyers, 1 in 10 pays less than the range and 1 in 10 more.
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class RevenueTraining:
    """The revenue model, and what the manifest says of how it was made."""

    model: RevenueModel
    note: dict[str, Any]


def train_revenue(data: TrainingData, *, seed: int, progress: Progress = silent) -> RevenueTraining | None:
    """Fit revenue on buyers of all slices before the test; None if the data tells no amounts.

    The number of rounds, the total and the range come from buyers each left out in turn, a visitor's
    sessions together, so no buyer is needed for a slice of its own.
    """
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION, buyers=True)
    rows = rows[np.isfinite(data.revenue[rows])]
    paid = data.revenue[rows[data.whole[rows]]]
    if not len(paid):
        return None
    average = float(paid.mean())
    known = RevenueModel(
        average=average,
        low=min(quantile(paid, LOW), average),
        high=max(quantile(paid, HIGH), average),
        largest=float(paid.max()),
    )
    if len(paid) < LEAST_PAYING:
        note = {"kind": "average", "name": "Average of the buyers", "buyers": len(paid)}
        return RevenueTraining(known, note)
    if np.count_nonzero(~data.whole[rows]) < LEAST_PAYING:
        rows = rows[data.whole[rows]]
    buyers = _buyers(data, _some(rows, seed), seed)
    amounts = _cross_fit(buyers, seed, part(progress, 0.0, 0.6))
    usual = _cross_fit_spread(buyers, amounts, seed, part(progress, 0.6, 0.8))
    finished = _scale(buyers, amounts, usual, buyers.whole)
    progress(0.8, "Training revenue on all buyers")
    model = replace(
        known,
        trees=BoostedTrees.of(_fit(buyers, amounts.rounds, seed)),
        spread=BoostedTrees.of(_fit_spread(buyers, amounts, buyers.fold >= 0, seed)),
        finished=finished,
        unfinished=None if buyers.whole.all() else _scale(buyers, amounts, usual, ~buyers.whole),
    )
    note = {
        "kind": "xgboost",
        "name": "XGBoost on buyers",
        "buyers": len(paid),
        "rounds": amounts.rounds,
        "correction": finished.correction,
        "range": {"rounds": SPREAD_ROUNDS, "low": finished.low, "high": finished.high},
    }
    return RevenueTraining(model, note)


def _scale(buyers: _Buyers, amounts: _Amounts, usual: Vector, chosen: npt.NDArray[np.bool_]) -> AmountScale:
    """Measure on buyers held out what makes their total right and 8 of 10 be inside their range."""
    off, usual = (buyers.target - amounts.held_out)[chosen], usual[chosen]
    said = np.exp(amounts.held_out[chosen] + above_log_mean(usual))
    weight = buyers.weight[chosen]
    correction = float((weight * np.exp(buyers.target[chosen])).sum() / (weight * said).sum())
    return AmountScale(correction, quantile(off / usual, LOW), quantile(off / usual, HIGH))


def quantile(values: Vector, share: float) -> float:
    """Return the value that so much of the values is at or below, a little outward (conformal).

    Of n values the outer of the two next to ``share * (n + 1)`` is taken: a new value is beyond it no
    more often than said.
    """
    place = share * (len(values) + 1)
    rank = math.floor(place) if share < 1 / 2 else math.ceil(place)
    return float(np.sort(values)[min(max(rank, 1), len(values)) - 1])


@dataclass(frozen=True, slots=True)
class _Buyers:
    """Buyers with their log revenue, each also with some features hidden, and the fold each is in."""

    matrix: Matrix
    hidden: Matrix
    target: Vector
    weight: Vector
    whole: npt.NDArray[np.bool_]
    fold: npt.NDArray[np.int64]

    def take(self, chosen: npt.NDArray[np.bool_]) -> _Buyers:
        return _Buyers(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class _Amounts:
    """The best number of rounds, and each buyer's log revenue by trees that hadn't seen it.

    The second time with some features hidden.
    """

    rounds: int
    held_out: Vector
    held_out_hidden: Vector


def _some(rows: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.int64]:
    if len(rows) <= MOST_ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))


def _buyers(data: TrainingData, rows: npt.NDArray[np.int64], seed: int) -> _Buyers:
    whole, rows_of_session = data.whole[rows], 1.0 / data.weight[rows]
    cut_share = (1 - WHOLE_SHARE) / np.maximum(rows_of_session - 1, 1)
    alone = whole.all() | (rows_of_session < 1.5)
    codes = np.unique(data.split.visitor[rows], return_inverse=True)[1]
    shuffled = np.random.default_rng(seed).permutation(int(codes.max()) + 1)
    matrix = data.matrix[rows]
    hidden = hide_some(data.encoder, matrix, seed)
    if not whole.all():
        matrix, hidden = with_state(matrix, ~whole), with_state(hidden, ~whole)
    return _Buyers(
        matrix=matrix,
        hidden=hidden,
        target=np.log(data.revenue[rows]),
        weight=np.where(alone, 1.0, np.where(whole, WHOLE_SHARE, cut_share)),
        whole=whole,
        fold=shuffled[codes] % FOLDS,
    )


def _settings(buyers: _Buyers, seed: int) -> dict[str, Any]:
    # Round by round around the average log, so that few rounds mean "near the average".
    base = float(np.average(buyers.target, weights=buyers.weight))
    return {**XGBOOST, "base_score": base, "seed": seed}


def _cross_fit(buyers: _Buyers, seed: int, progress: Progress) -> _Amounts:
    import xgboost

    settings = _settings(buyers, seed)
    errors = np.zeros(MOST_ROUNDS)
    boosters = []
    for number in range(FOLDS):
        progress(number / FOLDS, "Training revenue on buyers")
        outside = buyers.fold == number
        told = buyers.take(outside)
        history: dict[str, Any] = {}
        held = xgboost.DMatrix(told.matrix, label=told.target, weight=told.weight, nthread=THREADS)
        booster = xgboost.train(
            settings,
            _with_hidden(buyers.take(~outside)),
            MOST_ROUNDS,
            evals=[(held, "held_out")],
            evals_result=history,
            verbose_eval=False,
        )
        errors += np.asarray(history["held_out"]["rmse"]) ** 2 * told.weight.sum()
        boosters.append((booster, outside))
    rounds = int(np.argmin(errors)) + 1
    held_out, held_out_hidden = np.empty(len(buyers.target)), np.empty(len(buyers.target))
    for booster, outside in boosters:
        trees = booster[:rounds]
        held_out[outside] = trees.inplace_predict(buyers.matrix[outside])
        held_out_hidden[outside] = trees.inplace_predict(buyers.hidden[outside])
    return _Amounts(rounds, held_out, held_out_hidden)


def _cross_fit_spread(buyers: _Buyers, amounts: _Amounts, seed: int, progress: Progress) -> Vector:
    """Return how far each buyer's log revenue is usually off, by trees that hadn't seen it."""
    usual = np.empty(len(buyers.target))
    for number in range(FOLDS):
        progress(number / FOLDS, "Training the range of revenue")
        outside = buyers.fold == number
        booster = _fit_spread(buyers, amounts, ~outside, seed)
        usual[outside] = booster.inplace_predict(buyers.matrix[outside])
    return usual


def _fit(buyers: _Buyers, rounds: int, seed: int) -> Any:  # noqa: ANN401 (an xgboost.Booster)
    import xgboost

    return xgboost.train(_settings(buyers, seed), _with_hidden(buyers), rounds)


def _fit_spread(buyers: _Buyers, amounts: _Amounts, chosen: npt.NDArray[np.bool_], seed: int) -> Any:  # noqa: ANN401
    import xgboost

    off = np.maximum(np.abs(buyers.target - amounts.held_out), LEAST_DISTANCE)
    off_hidden = np.maximum(np.abs(buyers.target - amounts.held_out_hidden), LEAST_DISTANCE)
    matrix = _with_hidden(buyers.take(chosen))
    matrix.set_label(np.concatenate([off[chosen], off_hidden[chosen]]))
    base = float(np.average(off, weights=buyers.weight))
    return xgboost.train({**SPREAD, "base_score": base, "seed": seed}, matrix, SPREAD_ROUNDS)


def _with_hidden(buyers: _Buyers) -> Any:  # noqa: ANN401 (an xgboost.DMatrix)
    import xgboost

    return xgboost.DMatrix(
        np.concatenate([buyers.matrix, buyers.hidden]),
        label=np.concatenate([buyers.target, buyers.target]),
        weight=np.concatenate([buyers.weight * (1 - HIDDEN_WEIGHT), buyers.weight * HIDDEN_WEIGHT]),
        nthread=THREADS,
    )
