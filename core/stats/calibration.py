"""Whether probabilities mean what they say: calibration error and its bins, Brier score, log loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.stats.arrays import Flags, Vector
from core.stats.estimate import Figure, unknown
from core.stats.proportions import wilson
from core.stats.ranked import RankedOutcomes

#: Bins of the calibration error, as many sessions in each, and draws for its interval.
BINS, DRAWS = 15, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """As many sessions as in the other bins, by rising probability: predicted and real share of buyers.

    ``low`` to ``high`` is the 95% interval of the real one; ``lowest`` and ``highest`` are probabilities.
    """

    n: int
    lowest: float
    highest: float
    predicted: float
    actual: float
    low: float
    high: float


def calibration_error(ranked: RankedOutcomes, bins: int = BINS) -> Figure:
    """Return the expected calibration error (Naeini 2015) over bins of as many sessions each.

    Its interval is that of outcomes drawn anew with each bin's share of buyers, as many as there are
    sessions over the design effect of visitors, and holds the error itself: drawing adds to it. Unknown of
    fewer sessions than bins.
    """
    if ranked.n < bins:
        return unknown(ranked.n)
    predicted, actual = _bins(ranked, bins)
    value = float(np.abs(predicted - actual).mean())
    size = max(1, round(ranked.n / bins / ranked.design_effect))
    drawn = np.random.default_rng(0).binomial(size, actual, (DRAWS, bins)) / size
    low, high = np.quantile(np.abs(predicted - drawn).mean(axis=1), [0.025, 0.975])
    return Figure(value=value, low=min(float(low), value), high=max(float(high), value), n=ranked.n)


def expected_calibration_error(ranked: RankedOutcomes, bins: int = BINS) -> float:
    """Return the calibration error alone, of weighed sessions too; bins have as much weight each."""
    predicted, actual = _bins(ranked, bins)
    return float(np.abs(predicted - actual).mean())


def calibration_bins(ranked: RankedOutcomes, bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Return predicted and real share of buyers in bins of as many sessions each.

    The error of ``calibration_error`` is the mean distance of the two. Of fewer sessions than bins, a bin
    for each; of none, none.
    """
    bins = min(bins, ranked.n)
    if not bins:
        return ()
    predicted, actual = _bins(ranked, bins)
    size, effect = ranked.n / bins, ranked.design_effect
    ends = ranked.n * np.arange(bins + 1) / bins
    score, reached = ranked.score[::-1], np.cumsum(ranked.size[::-1])
    first = np.searchsorted(reached, ends[:-1], "right")
    # Rounding of the last end must not reach for a score that isn't there.
    last = np.minimum(np.searchsorted(reached, ends[1:], "left"), len(score) - 1)
    counts = np.diff(np.rint(ends)).astype(int)
    found = []
    for place in range(bins):
        share = float(np.clip(actual[place], 0.0, 1.0))
        low, high = wilson(share * size, size, design_effect=effect)
        found.append(
            CalibrationBin(
                n=int(counts[place]),
                lowest=float(score[first[place]]),
                highest=float(score[last[place]]),
                predicted=float(predicted[place]),
                actual=share,
                low=low,
                high=high,
            )
        )
    return tuple(found)


def brier(probability: Vector, outcome: Flags, weight: Vector) -> float:
    """Return the weighed mean squared error of probabilities (Brier 1950)."""
    return float(np.average((probability - outcome) ** 2, weights=weight))


def log_loss(probability: Vector, outcome: Flags, weight: Vector | None = None) -> float:
    """Return the average negative log likelihood, in nats; probabilities of 0 and 1 count as nearly so."""
    kept = np.clip(probability, 1e-12, 1 - 1e-12)
    return float(np.average(-np.where(outcome, np.log(kept), np.log1p(-kept)), weights=weight))


def _bins(ranked: RankedOutcomes, bins: int) -> tuple[Vector, Vector]:
    """Return predicted and real share of buyers by rising bin; sessions tied at an end are shared out."""
    size, buyers = ranked.size[::-1], ranked.buyers[::-1]
    reached = np.append(0.0, np.cumsum(size))
    ends = reached[-1] * np.arange(bins + 1) / bins
    said = np.interp(ends, reached, np.append(0.0, np.cumsum(size * ranked.score[::-1])))
    bought = np.interp(ends, reached, np.append(0.0, np.cumsum(buyers)))
    mass = reached[-1] / bins
    # Differences of sums can be a rounding error outside what a share can be.
    actual = np.clip(np.diff(bought) / mass, 0.0, 1.0)
    return np.asarray(np.diff(said) / mass), np.asarray(actual)
