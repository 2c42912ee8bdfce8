"""The fitted models a bundle holds: what they need to answer, and nothing of how they were trained.

All read the matrix of ``core.encode``. All answer row by row: the same row gets the same numbers
alone, in a batch, or in a batch in another order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.encode import Encoder, Matrix, Vector

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
class ForestClassifier:
    """A scikit-learn random forest."""

    forest: Any

    def score(self, matrix: Matrix, threads: int) -> Vector:
        """Return uncalibrated probabilities, one a row."""
        self.forest.set_params(n_jobs=threads if len(matrix) >= ROWS_WORTH_THREADS else 1)
        return np.asarray(self.forest.predict_proba(matrix)[:, 1], dtype=np.float64)


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
            import xgboost

            built = xgboost.Booster({"nthread": threads}, model_file=bytearray(self.raw))
            built.set_param({"nthread": threads})
            self._built[threads] = built
        return built

    def __getstate__(self) -> dict[str, Any]:
        return {"raw": self.raw, "_built": {}}


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
        score = logit(probability)
        below = np.minimum(score - self.knots[0], 0.0)
        above = np.maximum(score - self.knots[-1], 0.0)
        return expit(np.interp(score, self.knots, self.values) + self.slope * (below + above))


@dataclass(frozen=True)
class PurchaseModel:
    """Probability that a session ends in a purchase, and from where on it counts as yes."""

    kind: str
    classifier: Classifier
    calibrator: Calibrator
    threshold: float

    def probability(self, matrix: Matrix, threads: int) -> Vector:
        """Return calibrated purchase probabilities, one a row."""
        return self.calibrator(self.classifier.score(matrix, threads))


@dataclass(frozen=True)
class SpreadModel:
    """How far a buyer's log revenue usually is from what was said: how sure an amount is.

    ``trees`` answer the usual distance; an amount stays within ``low`` and ``high`` times that, on
    the log scale, for 8 buyers of 10, measured on buyers left out of training (conformal, Romano 2019).
    """

    trees: BoostedTrees
    low: float
    high: float


@dataclass(frozen=True)
class RevenueModel:
    """Revenue of a session if it buys, in the training data's currency.

    ``correction`` undoes the bias of averaging on a log scale (Duan 1983). Without trees (too few
    buyers to learn from) every session gets ``average``, between ``low`` and ``high``.
    """

    trees: BoostedTrees | None
    correction: float
    average: float
    largest: float
    low: float
    high: float
    spread: SpreadModel | None

    def amounts(self, matrix: Matrix, threads: int) -> tuple[Vector, Vector, Vector]:
        """Return the revenue to expect if the session buys, and what 1 in 10 buyers is below and above."""
        if self.trees is None or self.spread is None:
            rows = len(matrix)
            return np.full(rows, self.average), np.full(rows, self.low), np.full(rows, self.high)
        middle = self.trees.predict(matrix, threads)
        spread = self.spread.trees.predict(matrix, threads)
        amount = np.clip(np.exp(middle) * self.correction, 0.0, self.largest)
        low = np.exp(middle + self.spread.low * spread)
        high = np.clip(np.exp(middle + self.spread.high * spread), 0.0, self.largest)
        # An average is above the 90th percentile where a few pay very much; a range holds its amount.
        return amount, np.minimum(low, amount), np.maximum(high, amount)

    def if_purchase(self, matrix: Matrix, threads: int) -> Vector:
        """Return the revenue to expect if the session buys, one amount a row."""
        return self.amounts(matrix, threads)[0]


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
