"""Will a session buy? Three kinds of model compete; the winner is calibrated and given a threshold."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.encode import Encoder, Matrix, Vector
from core.models import (
    BoostedTrees,
    Classifier,
    ForestClassifier,
    LogisticClassifier,
    PurchaseModel,
    signed_log,
)
from core.progress import Progress, part
from core.training.calibration import best_threshold, fit_calibrator
from core.training.data import TrainingData
from core.training.metrics import Ranking, with_intervals
from core.training.splits import CALIBRATION, TRAIN, VALIDATION

Flags = npt.NDArray[np.bool_]

#: Threads while training many rows, whatever the machine: sums in another order give another model.
TRAINING_THREADS = 2
#: Up to so many rows, threads wait for each other longer than they work.
FEW_ROWS = 20_000
#: Fastest at scoring first. Between equals the faster one is taken.
BY_SPEED = ("xgboost", "logistic", "forest")
NAMES = {"xgboost": "XGBoost", "logistic": "Logistic regression", "forest": "Random forest"}

#: Weight of each session's copy with some features hidden, against the session as it is. It teaches
#: the model to answer for exports that tell less. On the demo shop it costs no ROC-AUC (0.907 with and
#: without), and with features hidden at random lifts it from 0.73 to 0.84.
HIDDEN_WEIGHT = 0.2
#: More training rows than this only take longer.
MOST_ROWS = 400_000

XGBOOST: dict[str, Any] = {
    "objective": "binary:logistic",
    "eval_metric": "aucpr",
    "tree_method": "hist",
    "max_depth": 5,
    "eta": 0.05,
    "min_child_weight": 5,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
    "reg_lambda": 5.0,
}
MOST_ROUNDS, PATIENCE = 600, 50
FOREST: dict[str, Any] = {
    "n_estimators": 150,
    "max_depth": 10,
    "max_features": "sqrt",
}
MOST_FOREST_ROWS = 60_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows to fit a classifier on, and rows to stop by."""

    matrix: Matrix
    outcome: Flags
    weight: Vector
    validation: Matrix
    validation_outcome: Flags
    validation_weight: Vector


@dataclass(frozen=True, slots=True)
class Competition:
    """The purchase model, and how the candidates did on the validation slice."""

    model: PurchaseModel
    candidates: list[dict[str, Any]]


def train_purchase(data: TrainingData, *, seed: int, progress: Progress) -> Competition:
    """Fit the candidates on the train slice, choose on validation, calibrate on the calibration slice."""
    sample = _sample(data, seed)
    fits: dict[str, Callable[[Sample, int], Classifier]] = {
        "logistic": _fit_logistic,
        "forest": _fit_forest,
        "xgboost": _fit_xgboost,
    }
    fitted: dict[str, Classifier] = {}
    for number, (kind, fit) in enumerate(fits.items()):
        progress(number / len(fits), f"Training {NAMES[kind]}")
        fitted[kind] = fit(sample, seed)
    scores = {kind: model.score(sample.validation, TRAINING_THREADS) for kind, model in fitted.items()}
    rows = data.rows(VALIDATION)
    candidates = compare(scores, data.purchased[rows], data.weight[rows], data.split.visitor[rows], seed=seed)
    winner = next(candidate["kind"] for candidate in candidates if candidate["chosen"])
    part(progress, 0.95, 1.0)(0.0, "Calibrating")
    return Competition(_calibrated(winner, fitted[winner], data, seed), candidates)


def compare(
    scores: dict[str, Vector], outcome: Flags, weight: Vector, visitors: npt.NDArray[np.int64], *, seed: int
) -> list[dict[str, Any]]:
    """Rank candidates by PR-AUC on validation; choose the fastest of those not clearly worse.

    Clearly worse means that the 95% interval of the difference to the best one excludes 0.
    """
    rankings = {kind: Ranking(score, outcome) for kind, score in scores.items()}

    def compute(drawn: Vector) -> dict[str, float]:
        return {kind: ranking.figures(weight * drawn)["pr_auc"] for kind, ranking in rankings.items()}

    areas = with_intervals(compute, visitors, {}, seed=seed)
    best = max(areas, key=lambda kind: areas[kind].value or 0.0)

    def differences(drawn: Vector) -> dict[str, float]:
        found = compute(drawn)
        return {kind: found[best] - found[kind] for kind in found}

    behind = with_intervals(differences, visitors, {}, seed=seed)
    level = [kind for kind in scores if kind == best or (behind[kind].low or 0.0) <= 0.0]
    chosen = min(level, key=BY_SPEED.index)
    return [
        {
            "kind": kind,
            "name": NAMES[kind],
            "chosen": kind == chosen,
            "pr_auc": areas[kind].to_dict(),
            "roc_auc": rankings[kind].figures(weight)["roc_auc"],
            "behind_best": behind[kind].to_dict(),
        }
        for kind in sorted(scores, key=lambda kind: -(areas[kind].value or 0.0))
    ]


def hide_some(encoder: Encoder, matrix: Matrix, seed: int) -> Matrix:
    """Return a copy in which each row misses a share of its features, from none to all but a few."""
    random = np.random.default_rng(seed)
    rows, features = len(matrix), len(encoder.features)
    share = random.random((rows, 1))
    return encoder.mask(matrix, random.random((rows, features)) < share)


def _sample(data: TrainingData, seed: int) -> Sample:
    rows, held = data.rows(TRAIN), data.rows(VALIDATION)
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    matrix, outcome, weight = data.matrix[rows], data.purchased[rows], data.weight[rows]
    weight = weight * balance(outcome, weight)
    return Sample(
        matrix=np.concatenate([matrix, hide_some(data.encoder, matrix, seed)]),
        outcome=np.concatenate([outcome, outcome]),
        weight=np.concatenate([weight * (1 - HIDDEN_WEIGHT), weight * HIDDEN_WEIGHT]),
        validation=data.matrix[held],
        validation_outcome=data.purchased[held],
        validation_weight=data.weight[held],
    )


def training_threads(rows: int) -> int:
    """Return how many threads to train on so many rows with; the same on every machine."""
    return 1 if rows <= FEW_ROWS else TRAINING_THREADS


def balance(outcome: Flags, weight: Vector) -> Vector:
    """Return class weights halfway (in odds) to buyers and others weighing the same in all.

    All the way, a handful of buyers decides every split: on the demo shop the missing half costs
    nothing, and answers from few columns are better.
    """
    total, buyers = float(weight.sum()), float(weight[outcome].sum())
    even = np.where(outcome, total / (2 * buyers), total / (2 * (total - buyers)))
    return np.asarray(np.sqrt(even))


def _fit_logistic(sample: Sample, seed: int) -> LogisticClassifier:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    values = signed_log(sample.matrix.astype(np.float64))
    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    known = np.maximum((~missing).sum(axis=0), 1)
    mean = filled.sum(axis=0) / known
    scale = np.sqrt((np.where(missing, 0.0, values - mean) ** 2).sum(axis=0) / known)
    scale[scale < 1e-9] = 1.0
    scaled = np.where(missing, 0.0, (filled - mean) / scale)
    gaps = missing.any(axis=0)
    model = LogisticRegression(C=1.0, max_iter=300, tol=1e-4)
    with warnings.catch_warnings():
        # A slope that is a little short of its optimum is still a fair competitor.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(np.hstack([scaled, missing[:, gaps]]), sample.outcome, sample_weight=sample.weight)
    weights = model.coef_[0]
    missing_weights = np.zeros(values.shape[1])
    missing_weights[gaps] = weights[values.shape[1] :]
    return LogisticClassifier(
        mean, scale, weights[: values.shape[1]], missing_weights, float(model.intercept_[0])
    )


def _fit_forest(sample: Sample, seed: int) -> ForestClassifier:
    from sklearn.ensemble import RandomForestClassifier

    share = min(1.0, MOST_FOREST_ROWS / len(sample.matrix))
    leaf = max(3, min(20, len(sample.matrix) // 1000))
    forest = RandomForestClassifier(
        **FOREST,
        min_samples_leaf=leaf,
        max_samples=None if share == 1 else share,
        n_jobs=training_threads(len(sample.matrix)),
        random_state=seed,
    )
    forest.fit(sample.matrix, sample.outcome, sample_weight=sample.weight)
    return ForestClassifier(forest)


def _fit_xgboost(sample: Sample, seed: int) -> BoostedTrees:
    import xgboost

    threads = training_threads(len(sample.matrix))
    train = xgboost.DMatrix(sample.matrix, label=sample.outcome, weight=sample.weight, nthread=threads)
    held = xgboost.DMatrix(
        sample.validation,
        label=sample.validation_outcome,
        weight=sample.validation_weight,
        nthread=threads,
    )
    booster = xgboost.train(
        {**XGBOOST, "seed": seed, "nthread": threads},
        train,
        MOST_ROUNDS,
        evals=[(held, "validation")],
        early_stopping_rounds=PATIENCE,
        verbose_eval=False,
    )
    return BoostedTrees.of(booster[: booster.best_iteration + 1])


def _calibrated(kind: str, classifier: Classifier, data: TrainingData, seed: int) -> PurchaseModel:
    def scored(*slices: int) -> tuple[Vector, Flags, Vector]:
        rows = data.rows(*slices)
        score = classifier.score(data.matrix[rows], TRAINING_THREADS)
        return score, data.purchased[rows], data.weight[rows]

    calibrator = fit_calibrator(*scored(CALIBRATION), seed=seed)
    score, outcome, weight = scored(VALIDATION, CALIBRATION)
    threshold = best_threshold(calibrator(score), outcome, weight)
    return PurchaseModel(kind, classifier, calibrator, threshold)
