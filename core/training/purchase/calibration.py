"""From a classifier's scores to probabilities that mean what they say, and a threshold for yes."""

from __future__ import annotations

import numpy as np

from core.bundle.models import Calibrator, expit, logit
from core.stats.arrays import Codes, Flags, Vector
from core.stats.calibration import log_loss
from core.stats.ranked import RankedOutcomes

#: With fewer buyers a curve of steps follows chance; two parameters don't.
LEAST_BUYERS_FOR_STEPS = 100
FOLDS = 5
#: Slope beyond the last knots, kept within what a sensible classifier needs.
FLATTEST, STEEPEST = 0.25, 2.0


def fit_calibrator(score: Vector, outcome: Flags, weight: Vector, *, seed: int) -> Calibrator:
    """Return the calibration curve with the smaller log loss on sessions it wasn't fitted to.

    Parameters
    ----------
    score
        The classifier's probabilities on the calibration slice.
    """
    sigmoid = fit_sigmoid(score, outcome, weight)
    if outcome.sum() < LEAST_BUYERS_FOR_STEPS:
        return sigmoid
    fold = _folds(outcome, seed)
    losses = {}
    for fit in (fit_sigmoid, fit_isotonic):
        held_out = np.empty(len(score))
        for number in range(FOLDS):
            inside, outside = fold != number, fold == number
            held_out[outside] = fit(score[inside], outcome[inside], weight[inside])(score[outside])
        losses[fit] = log_loss(held_out, outcome, weight)
    return fit_isotonic(score, outcome, weight) if losses[fit_isotonic] < losses[fit_sigmoid] else sigmoid


def fit_sigmoid(score: Vector, outcome: Flags, weight: Vector) -> Calibrator:
    """Fit a line between log odds (Platt 1999), with his targets short of 0 and 1."""
    from scipy.optimize import minimize

    x = logit(score)
    buyers, others = float(weight[outcome].sum()), float(weight[~outcome].sum())
    target = np.where(outcome, (buyers + 1) / (buyers + 2), 1 / (others + 2))

    def loss(line: Vector) -> tuple[float, Vector]:
        z = line[0] + line[1] * x
        gap = weight * (expit(z) - target)
        value = float((weight * (np.logaddexp(0.0, z) - target * z)).sum())
        return value / len(x), np.array([gap.sum(), (gap * x).sum()]) / len(x)

    start = np.array([np.log(buyers / others) - float(np.median(x)), 1.0])
    intercept, slope = minimize(loss, start, jac=True, method="L-BFGS-B").x
    slope = float(np.clip(slope, FLATTEST, None))
    ends = np.array([x.min(), max(x.max(), x.min() + 1e-6)])
    return Calibrator("sigmoid", ends, intercept + slope * ends, slope)


def fit_isotonic(score: Vector, outcome: Flags, weight: Vector) -> Calibrator:
    """Fit rising steps, each held at its centre, with lines between (Oron & Flournoy 2017)."""
    from sklearn.isotonic import isotonic_regression

    sigmoid = fit_sigmoid(score, outcome, weight)
    # Sessions of one score share a step, whatever order they come in.
    x, level = np.unique(logit(score), return_inverse=True)
    sessions, buyers = np.bincount(level, weights=weight), np.bincount(level, weights=weight * outcome)
    steps = isotonic_regression(buyers / sessions, sample_weight=sessions)
    block = np.append(0, np.cumsum(np.diff(steps) > 0))
    mass = np.bincount(block, weights=sessions)
    centre = np.bincount(block, weights=sessions * x) / mass
    # Half a session either way keeps a step off 0 and 1, where log odds would be infinite.
    value = logit((np.bincount(block, weights=buyers) + 0.5 * buyers.sum() / mass.sum()) / (mass + 0.5))
    rising = np.append(True, np.diff(np.maximum.accumulate(value)) > 1e-9)
    rising &= np.append(True, np.diff(centre) > 1e-9)
    slope = float(np.clip(sigmoid.slope, FLATTEST, STEEPEST))
    return Calibrator("isotonic", centre[rising], np.maximum.accumulate(value)[rising], slope)


def best_threshold(probability: Vector, outcome: Flags, weight: Vector) -> float:
    """Return the probability from which on calling a session a buyer gives the best F1.

    It lies halfway between two sessions' probabilities, so that no session sits right on it.
    """
    ranked = RankedOutcomes.of(probability, outcome)
    buyers, called = ranked.weighed(weight).curve()
    levels = ranked.score
    best = int(np.argmax(2 * buyers / (called + buyers[-1])))
    below = levels[best + 1] if best + 1 < len(levels) else 0.0
    return float((levels[best] + below) / 2)


def _folds(outcome: Flags, seed: int) -> Codes:
    """Deal sessions into folds, buyers and others each evenly."""
    random = np.random.default_rng(seed)
    fold = np.empty(len(outcome), dtype=np.int64)
    for kind in (outcome, ~outcome):
        rows = random.permutation(np.flatnonzero(kind))
        fold[rows] = np.arange(len(rows)) % FOLDS
    return fold
