"""The fitted models a bundle holds: what they need to answer, and nothing of how they were trained.

All read the matrix of ``core.bundle.encoder``. All answer row by row: the same row gets the same numbers
alone, in a batch, or in a batch in another order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.base.libraries.lean_imports import import_xgboost
from core.bundle.encoder import Encoder, Matrix, Vector

#: Probabilities are kept this far from 0 and 1, where a logit would be infinite.
EDGE = 1e-6
#: Below this many rows, starting threads costs more than it saves.
ROWS_WORTH_THREADS = 2_000


def logit(probability: Vector) -> Vector:
    """Return log odds, of probabilities kept off 0 and 1."""
    kept = np.clip(probability, EDGE, 1 - EDGE)
    return np.asarray(np.log(kept / (1 - kept)))


def expit(score: Vector) -> Vector:
    """Return the probability of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(score, -40.0, 40.0))))


def signed_log(values: Vector) -> Vector:
    """Return ``sign(x) * log(1 + |x|)``: long tails come near, zero stays zero."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def row_dot(rows: Vector, weights: Vector) -> Vector:
    """Return each row's dot product with ``weights``, summed the same way whatever the batch is.

    BLAS picks another order of summation for another batch size; this doesn't.
    """
    total = np.zeros(len(rows))
    for index, weight in enumerate(weights):
        total += rows[:, index] * weight
    return total


def with_state(matrix: Matrix, going_on: npt.NDArray[np.bool_]) -> Matrix:
    """Add the column that says which sessions still go on."""
    return np.column_stack([matrix, going_on.astype(np.float32)])


class Classifier(Protocol):
    """Anything that ranks sessions by how likely they buy."""

    def score(self, matrix: Matrix, threads: int) -> Vector:
        """Return uncalibrated probabilities, one a row."""


@dataclass(frozen=True)
class LogisticClassifier:
    """Logistic regression on standardised logs; a missing value counts as average, and is told."""

    mean: Vector
    scale: Vector
    weights: Vector
    missing_weights: Vector
    intercept: float

    def score(self, matrix: Matrix, threads: int) -> Vector:
        """Return uncalibrated probabilities, one a row."""
        scaled = (signed_log(matrix.astype(np.float64)) - self.mean) / self.scale
        missing = np.isnan(scaled)
        linear = row_dot(np.where(missing, 0.0, scaled), self.weights)
        return expit(linear + row_dot(missing.astype(np.float64), self.missing_weights) + self.intercept)


@dataclass(frozen=True)
class BoostedTrees:
    """XGBoost's trees: probabilities for a classifier, plain values for a regressor.

    Kept as the bytes XGBoost writes, and built at the first prediction: building one starts OpenMP
    threads, which don't survive a fork between loading and predicting. A booster predicts for
    several threads at once, but changing its number of threads meanwhile isn't safe: each number
    gets a booster of its own.
    """

    raw: bytes
    _built: dict[int, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, booster: Any) -> BoostedTrees:  # noqa: ANN401 (an xgboost.Booster)
        """Return the trees of a trained booster."""
        return cls(bytes(booster.save_raw("ubj")))

    def predict(self, matrix: Matrix, threads: int) -> Vector:
        """Return what the trees answer, one value a row."""
        booster = self.booster(threads if len(matrix) >= ROWS_WORTH_THREADS else 1)
        return np.asarray(booster.inplace_predict(matrix), dtype=np.float64)

    def score(self, matrix: Matrix, threads: int) -> Vector:
        """Return uncalibrated probabilities, one a row."""
        return self.predict(matrix, threads)

    def booster(self, threads: int = 1) -> Any:  # noqa: ANN401 (an xgboost.Booster)
        """Return the trees as a booster that works with so many threads; not to be changed."""
        built = self._built.get(threads)
        if built is None:
            xgboost = import_xgboost()
            built = xgboost.Booster({"nthread": threads}, model_file=bytearray(self.raw))
            built.set_param({"nthread": threads})
            self._built[threads] = built
        return built

    def __getstate__(self) -> dict[str, Any]:
        return {"raw": self.raw, "_built": {}}


@dataclass(frozen=True)
class Blend:
    """Several classifiers at once: their log odds averaged."""

    members: tuple[Classifier, ...]

    def score(self, matrix: Matrix, threads: int) -> Vector:
        """Return uncalibrated probabilities, one a row."""
        return self.mean([member.score(matrix, threads) for member in self.members])

    @staticmethod
    def mean(scores: Sequence[Vector]) -> Vector:
        """Return the probability of the average log odds, added up in the same order for every row."""
        total = np.zeros(len(scores[0]))
        for score in scores:
            total += logit(score)
        return expit(total / len(scores))


@dataclass(frozen=True)
class Calibrator:
    """A rising curve from a classifier's log odds to honest log odds.

    Linear between the knots, and beyond them with slope ``slope``. Two knots and their line make a
    sigmoid (Platt 1999); one knot a block makes a centred isotonic regression (Oron & Flournoy
    2017), which, unlike the plain one, never gives two different scores the same probability.
    """

    method: str
    knots: Vector
    values: Vector
    slope: float

    def __call__(self, probability: Vector) -> Vector:
        """Return calibrated probabilities."""
        return expit(self.log_odds(logit(probability)))

    def log_odds(self, score: Vector) -> Vector:
        """Return honest log odds of a classifier's."""
        below = np.minimum(score - self.knots[0], 0.0)
        above = np.maximum(score - self.knots[-1], 0.0)
        return np.asarray(np.interp(score, self.knots, self.values) + self.slope * (below + above))


@dataclass(frozen=True)
class PurchaseModel:
    """Probability that a session ends in a purchase, and from where on it counts as yes.

    Three clicks and nothing more are another thing than three clicks so far. ``unfinished`` calibrates
    sessions that still go on; the classifier then reads one more column, which says whether one does.
    It is None where a model has learned from finished sessions only.
    """

    kind: str
    classifier: Classifier
    calibrator: Calibrator
    threshold: float
    unfinished: Calibrator | None = None

    def probability(
        self, matrix: Matrix, threads: int, going_on: npt.NDArray[np.bool_] | None = None
    ) -> Vector:
        """Return calibrated purchase probabilities, one a row.

        Parameters
        ----------
        going_on
            Which sessions still go on; all are finished if it isn't given.
        """
        if self.unfinished is None:
            return self.calibrator(self.classifier.score(matrix, threads))
        state = np.zeros(len(matrix), dtype=bool) if going_on is None else going_on
        score = self.classifier.score(with_state(matrix, state), threads)
        probability = self.calibrator(score)
        if state.any():
            probability[state] = self.unfinished(score[state])
        return probability


def above_log_mean(spread: Vector) -> Vector:
    """Return by how much a mean's log is above the mean log, for logs that are normal and so far apart.

    It is half the variance, and the mean absolute deviation is 0.8 standard deviations.
    """
    return spread**2 * (math.pi / 4)


@dataclass(frozen=True)
class AmountScale:
    """What sets amounts and ranges right, as buyers left out of training showed.

    ``correction`` makes the total right. ``low`` and ``high`` times the spread is what 1 buyer of 10 is
    below and above (conformal, Romano 2019).
    """

    correction: float
    low: float
    high: float


@dataclass(frozen=True)
class RevenueModel:
    """Revenue of a session if it buys, in the training data's currency, and how sure that is.

    ``trees`` answer its log, ``spread`` how far that is usually off (mean absolute). An average of logs
    is too low an amount, the more so the further they are apart, so what the spread says is added.
    ``unfinished`` is for sessions that still go on, and will pay for more than they have in the cart; the
    trees then read one more column, which says whether one does. Without trees (too few buyers to learn
    from) every session gets ``average``, between ``low`` and ``high``.
    """

    average: float
    low: float
    high: float
    largest: float
    trees: BoostedTrees | None = None
    spread: BoostedTrees | None = None
    finished: AmountScale | None = None
    unfinished: AmountScale | None = None

    def amounts(
        self, matrix: Matrix, threads: int, going_on: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Vector, Vector, Vector]:
        """Return the revenue to expect if the session buys, and what 1 in 10 buyers is below and above.

        Parameters
        ----------
        going_on
            Which sessions still go on; all are finished if it isn't given.
        """
        rows = len(matrix)
        if self.trees is None or self.spread is None or self.finished is None:
            return np.full(rows, self.average), np.full(rows, self.low), np.full(rows, self.high)
        state = np.zeros(rows, dtype=bool) if going_on is None else going_on
        told = matrix if self.unfinished is None else with_state(matrix, state)
        middle, spread = self.trees.predict(told, threads), self.spread.predict(told, threads)
        return self._scaled(middle, spread, state)

    def if_purchase(self, matrix: Matrix, threads: int) -> Vector:
        """Return the revenue to expect if the session buys, one amount a row."""
        return self.amounts(matrix, threads)[0]

    def _scaled(
        self, middle: Vector, spread: Vector, state: npt.NDArray[np.bool_]
    ) -> tuple[Vector, Vector, Vector]:
        finished, unfinished = self.finished, self.unfinished or self.finished
        if finished is None or unfinished is None:
            raise ValueError("a model with trees has a scale")
        amount = np.exp(middle + above_log_mean(spread))
        amount *= np.where(state, unfinished.correction, finished.correction)
        amount = np.clip(amount, 0.0, self.largest)
        low = np.exp(middle + spread * np.where(state, unfinished.low, finished.low))
        high = np.exp(middle + spread * np.where(state, unfinished.high, finished.high))
        # An average is above the 90th percentile where a few pay very much; a range holds its amount.
        return amount, np.minimum(low, amount), np.maximum(np.minimum(high, self.largest), amount)


@dataclass(frozen=True)
class ClusterModel:
    """KMeans centres and a fixed plane, over standardised logs of some matrix columns."""

    columns: tuple[str, ...]
    positions: tuple[int, ...]
    mean: Vector
    scale: Vector
    centres: Vector
    plane: Vector
    names: tuple[str, ...]

    def space(self, matrix: Matrix) -> Vector:
        """Return rows in the space distances are measured in; missing values count as average."""
        values = signed_log(matrix[:, list(self.positions)].astype(np.float64))
        scaled = (values - self.mean) / self.scale
        return np.where(np.isnan(scaled), 0.0, scaled)

    def assign(self, points: Vector) -> npt.NDArray[np.int32]:
        """Return the nearest centre of each point; of two equally near ones, the larger cluster."""
        distances = np.empty((len(points), len(self.centres)))
        for index, centre in enumerate(self.centres):
            difference = points - centre
            distances[:, index] = row_dot(difference * difference, np.ones(points.shape[1]))
        # Rounded, so that a tie is a tie on every machine.
        return np.asarray(np.argmin(distances.round(9), axis=1), dtype=np.int32)

    def project(self, points: Vector) -> npt.NDArray[np.float32]:
        """Return coordinates in the fixed plane, shape (rows, 2)."""
        return np.column_stack([row_dot(points, axis) for axis in self.plane]).astype(np.float32)


@dataclass(frozen=True)
class Models:
    """Everything fitted that a prediction needs; without outcomes to learn from, clusters only."""

    encoder: Encoder
    purchase: PurchaseModel | None
    revenue: RevenueModel | None
    clusters: ClusterModel
