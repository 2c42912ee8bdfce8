"""What a session pays if it buys, and how sure that is: learned from buyers alone, on a log scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.encode import Matrix, Vector
from core.models import BoostedTrees, RevenueModel, SpreadModel
from core.training.data import TrainingData
from core.training.purchase import HIDDEN_WEIGHT, hide_some, training_threads
from core.training.splits import CALIBRATION, TRAIN, VALIDATION

#: With fewer paying sessions the average is the best that can be said.
LEAST_PAYING = 100
FOLDS = 5

XGBOOST: dict[str, Any] = {
    "objective": "reg:squarederror",
    "tree_method": "hist",
    "max_depth": 4,
    "eta": 0.05,
    "min_child_weight": 10,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
    "reg_lambda": 5.0,
}
MOST_ROUNDS = 200
#: How far an amount may be off varies less than the amount: few small trees tell it.
SPREAD: dict[str, Any] = {**XGBOOST, "objective": "reg:gamma", "max_depth": 3, "eta": 0.1}
SPREAD_ROUNDS = 30
#: Log revenue isn't told more exactly than this.
LEAST_DISTANCE = 0.01
#: Of the buyers, 1 in 10 pays less than the range and 1 in 10 more.
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class RevenueTraining:
    """The revenue model, and what the manifest says of how it was made."""

    model: RevenueModel
    note: dict[str, Any]


def train_revenue(data: TrainingData, *, seed: int) -> RevenueTraining | None:
    """Fit revenue on buyers of all slices before the test; None if the data tells no amounts.

    The number of rounds and the bias correction (smearing, Duan 1983) come from buyers each left
    out in turn, a visitor's sessions together, so no buyer is needed for a slice of its own.
    """
    import xgboost

    rows = data.rows(TRAIN, VALIDATION, CALIBRATION, buyers=True)
    rows = rows[np.isfinite(data.revenue[rows])]
    if not len(rows):
        return None
    paid, weight = data.revenue[rows], data.weight[rows]
    average, largest = float(np.average(paid, weights=weight)), float(paid.max())
    low, high = (quantile(paid, weight, share) for share in (LOW, HIGH))
    low, high = min(low, average), max(high, average)
    if len(rows) < LEAST_PAYING:
        note = {"kind": "average", "name": "Average of the buyers", "buyers": len(rows)}
        return RevenueTraining(RevenueModel(None, 1.0, average, largest, low, high, None), note)
    base = float(np.average(np.log(paid), weights=weight))
    # Round by round around the average log, so that few rounds mean "near the average".
    threads = training_threads(len(rows))
    settings = {**XGBOOST, "base_score": base, "seed": seed, "nthread": threads}
    matrix, hidden = data.matrix[rows], hide_some(data.encoder, data.matrix[rows], seed)
    buyers = _Buyers(matrix, hidden, np.log(paid), weight, _folds(data.split.visitor[rows], seed))
    rounds, held_out, held_out_hidden = _cross_fit(settings, buyers)
    smearing = float(np.average(np.exp(buyers.target - held_out), weights=weight))
    trees = BoostedTrees.of(xgboost.train(settings, _with_hidden(buyers), rounds))
    spread = _spread(buyers, held_out, held_out_hidden, seed=seed, threads=threads)
    note = {
        "kind": "xgboost",
        "name": "XGBoost on buyers",
        "buyers": len(rows),
        "rounds": rounds,
        "smearing": smearing,
        "range": {"name": "XGBoost on distances", "rounds": SPREAD_ROUNDS, "low": LOW, "high": HIGH},
    }
    return RevenueTraining(RevenueModel(trees, smearing, average, largest, low, high, spread), note)


def quantile(values: Vector, weight: Vector, share: float) -> float:
    """Return the value that so much of the weight is at or below, a little outward (conformal).

    With n values of weight 1 the outer of the two next to ``share * (n + 1)`` is taken, so that a
    new value is beyond it no more often than said.
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order]) / (weight.sum() + weight.mean())
    if share < 0.5:
        return float(values[order][max(int(np.searchsorted(below, share, side="right")) - 1, 0)])
    return float(values[order][min(int(np.searchsorted(below, share)), len(values) - 1)])


@dataclass(frozen=True, slots=True)
class _Buyers:
    """Buyers with their log revenue, each also with some features hidden, and the fold each is in."""

    matrix: Matrix
    hidden: Matrix
    target: Vector
    weight: Vector
    fold: npt.NDArray[np.int64]

    def take(self, chosen: npt.NDArray[np.bool_]) -> _Buyers:
        return _Buyers(
            self.matrix[chosen],
            self.hidden[chosen],
            self.target[chosen],
            self.weight[chosen],
            self.fold[chosen],
        )


def _folds(visitor: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.int64]:
    codes = np.unique(visitor, return_inverse=True)[1]
    shuffled = np.random.default_rng(seed).permutation(int(codes.max()) + 1)
    return np.asarray(shuffled[codes] % FOLDS, dtype=np.int64)


def _cross_fit(settings: dict[str, Any], buyers: _Buyers) -> tuple[int, Vector, Vector]:
    """Return the best number of rounds, and each buyer's log revenue by trees that hadn't seen it.

    The second time with some features hidden.
    """
    import xgboost

    errors = np.zeros(MOST_ROUNDS)
    boosters = []
    for number in range(FOLDS):
        outside = buyers.fold == number
        told = buyers.take(outside)
        history: dict[str, Any] = {}
        held = xgboost.DMatrix(
            told.matrix, label=told.target, weight=told.weight, nthread=settings["nthread"]
        )
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
    return rounds, held_out, held_out_hidden


def _spread(
    buyers: _Buyers, held_out: Vector, held_out_hidden: Vector, *, seed: int, threads: int
) -> SpreadModel:
    """Learn how far amounts are off, and correct it by buyers left out of that, too."""
    import xgboost

    off, off_hidden = buyers.target - held_out, buyers.target - held_out_hidden
    base = float(np.average(np.maximum(np.abs(off), LEAST_DISTANCE), weights=buyers.weight))
    settings = {**SPREAD, "base_score": base, "seed": seed, "nthread": threads}

    def fit(chosen: npt.NDArray[np.bool_]) -> Any:  # noqa: ANN401 (an xgboost.Booster)
        distances = _with_hidden(buyers.take(chosen))
        both = np.concatenate([off[chosen], off_hidden[chosen]])
        distances.set_label(np.maximum(np.abs(both), LEAST_DISTANCE))
        return xgboost.train(settings, distances, SPREAD_ROUNDS)

    usual = np.empty(len(off))
    for number in range(FOLDS):
        outside = buyers.fold == number
        usual[outside] = fit(~outside).inplace_predict(buyers.matrix[outside])
    low, high = (quantile(off / usual, buyers.weight, share) for share in (LOW, HIGH))
    return SpreadModel(BoostedTrees.of(fit(np.ones(len(off), dtype=bool))), low, high)


def _with_hidden(buyers: _Buyers) -> Any:  # noqa: ANN401 (an xgboost.DMatrix)
    import xgboost

    return xgboost.DMatrix(
        np.concatenate([buyers.matrix, buyers.hidden]),
        label=np.concatenate([buyers.target, buyers.target]),
        weight=np.concatenate([buyers.weight * (1 - HIDDEN_WEIGHT), buyers.weight * HIDDEN_WEIGHT]),
        nthread=training_threads(len(buyers.target)),
    )
