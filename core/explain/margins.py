"""What each matrix column adds to a model's raw answer: log odds of a classifier, value of a regressor.

Trees by TreeSHAP (Lundberg 2020) as XGBoost counts it: an average session is what the trees had in
training. A logistic regression is a sum already. A blend is the mean of its members.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.base.errors import ExplainError
from core.base.libraries.lean_imports import import_xgboost
from core.bundle.encoder import Matrix, Vector
from core.bundle.models import (
    EDGE,
    ROWS_WORTH_THREADS,
    Blend,
    BoostedTrees,
    Classifier,
    LogisticClassifier,
    signed_log,
)
from core.explain.alike import alike, once
from core.explain.curves import steepness, stretched

#: Log odds are kept between these ends, as the models keep them.
END = float(np.log((1 - EDGE) / EDGE))
#: From so many rows on it is looked for those that trees don't tell apart.
ROWS_WORTH_SORTING = 1_000


@dataclass(frozen=True, slots=True)
class Margins:
    """What columns add, shape (rows, matrix columns), to what an average session has (``base``)."""

    base: float
    effects: Vector

    @property
    def total(self) -> Vector:
        """The raw answers, one a row."""
        return np.asarray(self.base + self.effects.sum(axis=1))


def margins(model: Classifier, matrix: Matrix, threads: int) -> Margins:
    """Return what each matrix column adds to the log odds (or value) a model answers.

    Raises
    ------
    ExplainError
        If it is of a kind nobody knows how to explain.
    """
    if isinstance(model, BoostedTrees):
        return _trees(model, matrix, threads)
    if isinstance(model, LogisticClassifier):
        return _logistic(model, matrix)
    if isinstance(model, Blend):
        return _blend(model, matrix, threads)
    raise ExplainError(
        f"There are no reasons for a model of the kind “{type(model).__name__}”.",
        remedy="Train the model again with this version.",
    )


def tree_bytes(model: object) -> int:
    """Return how large the trees of a model are: the larger, the longer it takes to explain."""
    if isinstance(model, Blend):
        return sum(tree_bytes(member) for member in model.members)
    return len(model.raw) if isinstance(model, BoostedTrees) else 0


def _trees(trees: BoostedTrees, matrix: Matrix, threads: int, *, apart: bool = False) -> Margins:
    """Return what trees add; rows they can't tell apart are asked once (``apart``: there are none)."""
    xgboost = import_xgboost()  # here, not above: a process without a model of trees does without it
    keys = None if apart or len(matrix) < ROWS_WORTH_SORTING else alike(trees, matrix)
    if keys is not None:
        first, like = once(keys)
        found = _trees(trees, matrix[first], threads, apart=True)
        return Margins(found.base, found.effects[like])
    threads = threads if len(matrix) >= ROWS_WORTH_THREADS else 1
    told = xgboost.DMatrix(matrix, nthread=threads)
    added = trees.booster(threads).predict(told, pred_contribs=True).astype(np.float64)
    # The last column is the average session's, the same in every row.
    return Margins(float(added[0, -1]) if len(added) else 0.0, np.ascontiguousarray(added[:, :-1]))


def _logistic(model: LogisticClassifier, matrix: Matrix) -> Margins:
    scaled = (signed_log(matrix.astype(np.float64)) - model.mean) / model.scale
    effects = np.where(np.isnan(scaled), model.missing_weights, scaled * model.weights)
    return Margins(model.intercept, effects)


def _blend(blend: Blend, matrix: Matrix, threads: int) -> Margins:
    base, effects = 0.0, np.zeros(matrix.shape)
    for member in blend.members:
        found = margins(member, matrix, threads)
        start, end = np.full(len(matrix), found.base), found.total
        base += float(_within(np.array([found.base]))[0])
        effects += stretched(found.effects, steepness(_within, start, end), _within(end) - _within(start))
    return Margins(base / len(blend.members), effects / len(blend.members))


def _within(score: Vector) -> Vector:
    return np.asarray(np.clip(score, -END, END))
