"""What a session pays if it buys: learned from buyers alone, on a log scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.encode import Matrix, Vector
from core.models import BoostedTrees, RevenueModel
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
    rows = data.rows(TRAIN, VALIDATION, CALIBRATION, buyers=True)
    rows = rows[np.isfinite(data.revenue[rows])]
    if not len(rows):
        return None
    paid, weight = data.revenue[rows], data.weight[rows]
    average, largest = float(np.average(paid, weights=weight)), float(paid.max())
    if len(rows) < LEAST_PAYING:
        note = {"kind": "average", "name": "Average of the buyers", "buyers": len(rows)}
        return RevenueTraining(RevenueModel(None, 1.0, average, largest), note)
    base = float(np.average(np.log(paid), weights=weight))
    # Round by round around the average log, so that few rounds mean "near the average".
    threads = training_threads(len(rows))
    settings = {**XGBOOST, "base_score": base, "seed": seed, "nthread": threads}
    matrix, hidden = data.matrix[rows], hide_some(data.encoder, data.matrix[rows], seed)
    rounds, held_out = _cross_fit(settings, matrix, hidden, np.log(paid), weight, data.split.visitor[rows])
    smearing = float(np.average(np.exp(np.log(paid) - held_out), weights=weight))
    trees = _fit(settings, matrix, hidden, np.log(paid), weight, rounds)
    note = {
        "kind": "xgboost",
        "name": "XGBoost on buyers",
        "buyers": len(rows),
        "rounds": rounds,
        "smearing": smearing,
    }
    return RevenueTraining(RevenueModel(trees, smearing, average, largest), note)


def _cross_fit(
    settings: dict[str, Any],
    matrix: Matrix,
    hidden: Matrix,
    target: Vector,
    weight: Vector,
    visitor: npt.NDArray[np.int64],
) -> tuple[int, Vector]:
    """Return the best number of rounds, and each buyer's log revenue by trees that hadn't seen it."""
    import xgboost

    codes = np.unique(visitor, return_inverse=True)[1]
    fold = np.random.default_rng(settings["seed"]).permutation(int(codes.max()) + 1)[codes] % FOLDS
    errors = np.zeros(MOST_ROUNDS)
    boosters = []
    for number in range(FOLDS):
        inside, outside = fold != number, fold == number
        history: dict[str, Any] = {}
        held = xgboost.DMatrix(
            matrix[outside], label=target[outside], weight=weight[outside], nthread=settings["nthread"]
        )
        booster = xgboost.train(
            settings,
            _with_hidden(matrix[inside], hidden[inside], target[inside], weight[inside]),
            MOST_ROUNDS,
            evals=[(held, "held_out")],
            evals_result=history,
            verbose_eval=False,
        )
        errors += np.asarray(history["held_out"]["rmse"]) ** 2 * weight[outside].sum()
        boosters.append((booster, outside))
    rounds = int(np.argmin(errors)) + 1
    held_out = np.empty(len(target))
    for booster, outside in boosters:
        held_out[outside] = booster[:rounds].inplace_predict(matrix[outside])
    return rounds, held_out


def _fit(
    settings: dict[str, Any], matrix: Matrix, hidden: Matrix, target: Vector, weight: Vector, rounds: int
) -> BoostedTrees:
    import xgboost

    return BoostedTrees.of(xgboost.train(settings, _with_hidden(matrix, hidden, target, weight), rounds))


def _with_hidden(matrix: Matrix, hidden: Matrix, target: Vector, weight: Vector) -> Any:  # noqa: ANN401
    import xgboost

    return xgboost.DMatrix(
        np.concatenate([matrix, hidden]),
        label=np.concatenate([target, target]),
        weight=np.concatenate([weight * (1 - HIDDEN_WEIGHT), weight * HIDDEN_WEIGHT]),
        nthread=training_threads(len(target)),
    )
