"""Rows models of purchases learn from: sessions with outcomes and weights, some with features hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.bundle.encoder import Encoder, Matrix, Vector
from core.bundle.models import expit, logit, with_state
from core.stats.arrays import Codes, Flags
from core.training.data.loading import TrainingData

#: Weight of copies with some features hidden, beside the sessions as they are, and how many sessions
#: are copied. They teach a model to answer for exports that tell less.
HIDDEN_WEIGHT, HIDDEN_SHARE = 0.1, 1 / 3
#: Buyers, and others, that a random part has at least, if there are so many: without any nothing is learned.
LEAST_DRAWN = 30


@dataclass(frozen=True, slots=True)
class Sample:
    """Encoded rows with their outcomes and weights, and a number for the visitor of each where it matters."""

    matrix: Matrix
    outcome: Flags
    weight: Vector
    visitor: Codes | None = None


def sample(data: TrainingData, rows: npt.NDArray[np.int64]) -> Sample:
    """Return some of the training rows; with sessions cut short, each says whether it still goes on."""
    matrix = data.matrix[rows]
    if data.has_snapshots:
        matrix = with_state(matrix, ~data.whole[rows])
    return Sample(matrix, data.purchased[rows], data.weight[rows], data.split.visitor[rows])


def at_most(rows: Sample, most: int, seed: int) -> Sample:
    """Return a random part of the rows, or all if there are few."""
    if len(rows.matrix) <= most:
        return rows
    chosen = draw(rows.outcome, most, np.random.default_rng([seed, 2]))
    visitor = None if rows.visitor is None else rows.visitor[chosen]
    return Sample(rows.matrix[chosen], rows.outcome[chosen], rows.weight[chosen], visitor)


def draw(outcome: Flags, most: int, random: np.random.Generator) -> Codes:
    """Return the places of a random part of some rows, rising, shape (most,); few of one outcome are kept."""
    drawn = np.zeros(len(outcome), dtype=bool)
    drawn[random.choice(len(outcome), most, replace=False)] = True
    for kind in (outcome, ~outcome):
        lacking = min(LEAST_DRAWN, most // 2, int(kind.sum())) - int((drawn & kind).sum())
        if lacking > 0:
            drawn[random.choice(np.flatnonzero(kind & ~drawn), lacking, replace=False)] = True
            drawn[random.choice(np.flatnonzero(drawn & ~kind), lacking, replace=False)] = False
    return np.flatnonzero(drawn)


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
