"""The kinds of model that compete for the purchase probability, and how each is fitted.

Logistic regression, a random forest and boosted trees. The forest is grown by XGBoost: as good as
scikit-learn's here, twenty times smaller, many times faster to score and to explain.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.bundle.encoder import Encoder, Matrix, Vector
from core.bundle.models import (
    BoostedTrees,
    Classifier,
    LogisticClassifier,
    expit,
    logit,
    signed_log,
    with_state,
)
from core.training.data.loading import TrainingData

Flags = npt.NDArray[np.bool_]
Settings = Mapping[str, Any]
Tick = Callable[[], None]

#: Threads while training many rows, whatever the machine: sums in another order give another model.
TRAINING_THREADS = 2
#: Up to so many rows, threads wait for each other longer than they work.
FEW_ROWS = 150_000
#: Rows the slower kinds learn from; more of them make neither better here.
MOST_ROWS = {"logistic": 150_000, "forest": 150_000}
NAMES = {
    "xgboost": "XGBoost",
    "logistic": "Logistic regression",
    "forest": "Random forest",
    "blend": "Blend",
}

#: Weight of copies with some features hidden, beside the sessions as they are, and how many sessions
#: are copied. They teach a model to answer for exports that tell less.
HIDDEN_WEIGHT, HIDDEN_SHARE = 0.1, 1 / 3

#: Settings that did well on several shops: where a search starts, and what is used without one.
#: ``balance`` is the power of class weights: 1 goes halfway, in odds, to buyers weighing as much as
#: all others.
TRIED: dict[str, dict[str, Any]] = {
    "xgboost": {
        "num_parallel_tree": 1,
        "eta": 0.06,
        "max_depth": 5,
        "min_child_weight": 3.0,
        "subsample": 0.8,
        "colsample_bynode": 0.7,
        "reg_lambda": 3.0,
        "gamma": 1.0,
        "balance": 0.0,
    },
    "forest": {
        "max_depth": 10,
        "min_child_weight": 2.0,
        "colsample_bynode": 0.3,
        "reg_lambda": 1.0,
        "balance": 0.0,
    },
    "logistic": {"C": 1.0, "balance": 0.0},
}
TREES_OF_FOREST = 80
#: Boosting stops after so many rounds without progress, and at most after so many; both over ``eta``.
PATIENCE, MOST_ROUNDS = 1.5, 15.0
#: Rounds of boosting between two reports of progress.
ROUNDS_A_TICK = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """Encoded rows with their outcomes and weights."""

    matrix: Matrix
    outcome: Flags
    weight: Vector


@dataclass(frozen=True, slots=True)
class Fitted:
    """A classifier, after how many rounds its training stopped, and the booster with those after it."""

    classifier: Classifier
    rounds: int | None = None
    booster: Any = None

    def stopped_after(self, rounds: int | None) -> Classifier | None:
        """Return the classifier as it was after so many rounds; None where training ended earlier."""
        if rounds is None or rounds == self.rounds:
            return self.classifier
        if self.booster is None or rounds > self.booster.num_boosted_rounds():
            return None
        return BoostedTrees.of(self.booster[:rounds])


def sample(data: TrainingData, rows: npt.NDArray[np.int64]) -> Sample:
    """Return some of the training rows; with sessions cut short, each says whether it still goes on."""
    matrix = data.matrix[rows]
    if data.has_snapshots:
        matrix = with_state(matrix, ~data.whole[rows])
    return Sample(matrix, data.purchased[rows], data.weight[rows])


def at_most(rows: Sample, most: int, seed: int) -> Sample:
    """Return a random part of the rows, or all if there are few."""
    if len(rows.matrix) <= most:
        return rows
    chosen = np.sort(np.random.default_rng([seed, 2]).choice(len(rows.matrix), most, replace=False))
    return Sample(rows.matrix[chosen], rows.outcome[chosen], rows.weight[chosen])


def with_hidden(rows: Sample, encoder: Encoder, seed: int) -> Sample:
    """Add copies of a share of the rows in which some features are hidden."""
    copied = np.flatnonzero(np.random.default_rng([seed, 1]).random(len(rows.matrix)) < HIDDEN_SHARE)
    return Sample(
        np.concatenate([rows.matrix, hide_some(encoder, rows.matrix[copied], seed)]),
        np.concatenate([rows.outcome, rows.outcome[copied]]),
        np.concatenate([rows.weight, rows.weight[copied] * (HIDDEN_WEIGHT / HIDDEN_SHARE)]),
    )


def hide_some(encoder: Encoder, matrix: Matrix, seed: int) -> Matrix:
    """Return a copy in which each row misses a share of its features, from none to all but a few."""
    random = np.random.default_rng(seed)
    rows, features = len(matrix), len(encoder.features)
    share = random.random((rows, 1))
    return encoder.mask(matrix, random.random((rows, features)) < share)


def training_threads(rows: int) -> int:
    """Return how many threads to train on so many rows with; the same on every machine."""
    return 1 if rows <= FEW_ROWS else TRAINING_THREADS


def balance(outcome: Flags, weight: Vector) -> Vector:
    """Return class weights halfway (in odds) to buyers and others weighing the same in all.

    All the way, a handful of buyers decides every split.
    """
    total, buyers = float(weight.sum()), float(weight[outcome].sum())
    even = np.where(outcome, total / (2 * buyers), total / (2 * (total - buyers)))
    return np.asarray(np.sqrt(even))


def unbalanced(score: Vector, rows: Sample, power: float) -> Vector:
    """Undo in probabilities what class weights did to the odds."""
    if not power:
        return score
    buyers, total = float(rows.weight[rows.outcome].sum()), float(rows.weight.sum())
    return expit(logit(score) - power * 0.5 * np.log((total - buyers) / buyers))


def fit(
    kind: str,
    settings: Settings,
    rows: Sample,
    *,
    seed: int,
    held: Sample | None = None,
    rounds: int | None = None,
    tick: Tick = lambda: None,
) -> Fitted:
    """Fit one kind of model with its settings.

    Parameters
    ----------
    held
        Rows by which boosting knows when to stop; without, it goes on for ``rounds``.
    tick
        Called every now and then; what it raises ends the training.
    """
    tick()
    rows = at_most(rows, MOST_ROWS.get(kind, len(rows.matrix)), seed)
    weight = rows.weight
    if settings["balance"]:
        weight = weight * balance(rows.outcome, weight) ** settings["balance"]
    weighted = Sample(rows.matrix, rows.outcome, weight)
    if kind == "logistic":
        return Fitted(_fit_logistic(settings, weighted))
    if kind == "forest":
        return _fit_trees(_forest(settings), weighted, seed, None, 1, tick)
    return _fit_trees(_boosting(settings), weighted, seed, held, rounds, tick)


def _forest(settings: Settings) -> dict[str, Any]:
    return {
        "num_parallel_tree": TREES_OF_FOREST,
        "eta": 1.0,
        "subsample": 0.63,
        **{name: value for name, value in settings.items() if name != "balance"},
    }


def _boosting(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "balance"}


def _fit_trees(
    settings: dict[str, Any], rows: Sample, seed: int, held: Sample | None, rounds: int | None, tick: Tick
) -> Fitted:
    import xgboost

    class Report(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ANN401
            if epoch % ROUNDS_A_TICK == 0:
                tick()
            return False

    threads = training_threads(len(rows.matrix))
    always = {
        "objective": "binary:logistic",
        "eval_metric": "logloss",
        "tree_method": "hist",
        "seed": seed,
        "nthread": threads,
    }
    stop: dict[str, Any] = {}
    if held is not None:
        stop["evals"] = [(_matrix(held, threads), "held")]
        stop["early_stopping_rounds"] = max(5, round(PATIENCE / settings["eta"]))
    most = rounds or max(20, round(MOST_ROUNDS / settings["eta"]))
    booster = xgboost.train(
        {**always, **settings},
        _matrix(rows, threads),
        most,
        verbose_eval=False,
        callbacks=[Report()],
        **stop,
    )
    if held is not None:
        best = int(booster.best_iteration) + 1
        return Fitted(BoostedTrees.of(booster[:best]), best, booster)
    return Fitted(BoostedTrees.of(booster), most)


def _matrix(rows: Sample, threads: int) -> Any:  # noqa: ANN401
    import xgboost

    return xgboost.DMatrix(rows.matrix, label=rows.outcome, weight=rows.weight, nthread=threads)


def _fit_logistic(settings: Settings, rows: Sample) -> LogisticClassifier:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    values = signed_log(rows.matrix.astype(np.float64))
    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    known = np.maximum((~missing).sum(axis=0), 1)
    mean = filled.sum(axis=0) / known
    scale = np.sqrt((np.where(missing, 0.0, values - mean) ** 2).sum(axis=0) / known)
    scale[scale < 1e-9] = 1.0
    scaled = np.where(missing, 0.0, (filled - mean) / scale)
    gaps = missing.any(axis=0)
    model = LogisticRegression(C=settings["C"], max_iter=200, tol=1e-4)
    with warnings.catch_warnings():
        # A slope that is a little short of its optimum is still a fair competitor.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(np.hstack([scaled, missing[:, gaps]]), rows.outcome, sample_weight=rows.weight)
    weights = model.coef_[0]
    missing_weights = np.zeros(values.shape[1])
    missing_weights[gaps] = weights[values.shape[1] :]
    return LogisticClassifier(
        mean, scale, weights[: values.shape[1]], missing_weights, float(model.intercept_[0])
    )
