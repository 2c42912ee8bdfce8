"""Figures that predicted revenue is judged by: on buyers, what each paid; on all sessions, the total.

Like the figures of ``core.training.metrics``, each is a function of row weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.stats.arrays import Codes, Vector, average_ranks
from core.stats.bootstrap import Figures


@dataclass(frozen=True, slots=True)
class Range:
    """Between what two amounts each buyer was said to pay."""

    low: Vector
    high: Vector


def buyer_revenue_figures(
    predicted: Vector, actual: Vector, within: Range | None = None
) -> Callable[[Vector], Figures]:
    """Return the function that computes every figure of revenue predictions on buyers.

    With ranges, also how many buyers paid an amount inside theirs, and how wide they are.
    """
    error = predicted - actual
    ranks = (average_ranks(predicted), average_ranks(actual))

    def compute(weight: Vector) -> Figures:
        total = float(weight.sum())
        mean = float((weight * actual).sum()) / total
        spread = float((weight * (actual - mean) ** 2).sum())
        squared = float((weight * error**2).sum())
        figures = {
            "mae": float((weight * np.abs(error)).sum()) / total,
            "rmse": (squared / total) ** 0.5,
            "r2": 1 - squared / spread if spread > 0 else float("nan"),
            "spearman": _correlation(*ranks, weight),
            "buyers_predicted_to_actual": _ratio((weight * predicted).sum(), (weight * actual).sum()),
        }
        if within is not None:
            below, above = actual < within.low, actual > within.high
            figures |= {
                "range_coverage": 1 - float(weight[below | above].sum()) / total,
                "range_below": float(weight[below].sum()) / total,
                "range_above": float(weight[above].sum()) / total,
                "range_width": float((weight * (within.high - within.low)).sum()) / total,
            }
        return figures

    return compute


def all_revenue_figures(
    expected: Vector, actual: Vector, probability: Vector | None = None
) -> Callable[[Vector], Figures]:
    """Return the function that computes every figure of expected revenue on all sessions.

    With probabilities, also the Gini of saying that every buyer pays the mean basket: how much a
    revenue model is worth shows in what it adds to that.
    """
    by_expected, by_actual = _descending(expected), _descending(actual)
    # The mean basket is the same for all: times probability it ranks like probability alone.
    by_probability = None if probability is None else _descending(probability)

    def compute(weight: Vector) -> Figures:
        best = _gini(actual, weight, by_actual)
        gini = _ratio(_gini(actual, weight, by_expected), best)
        expected_total, actual_total = float((weight * expected).sum()), float((weight * actual).sum())
        figures = {
            "expected_total": expected_total,
            "actual_total": actual_total,
            "predicted_to_actual": _ratio(expected_total, actual_total),
            "gini": gini,
        }
        if by_probability is not None:
            baseline = _ratio(_gini(actual, weight, by_probability), best)
            figures |= {"gini_baseline": baseline, "gini_gain": gini - baseline}
        return figures

    return compute


def _descending(values: Vector) -> tuple[Codes, Codes]:
    """Return the places of values, largest first, and where each run of equal ones ends."""
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    return order, np.flatnonzero(np.append(ranked[1:] != ranked[:-1], [True] * bool(len(ranked))))


def _gini(amounts: Vector, weight: Vector, ranking: tuple[Codes, Codes]) -> float:
    """Return the Gini coefficient of amounts in a ranking; what ties is passed at once."""
    order, ends = ranking
    sessions = np.append(0.0, np.cumsum(weight[order])[ends])
    amount = np.append(0.0, np.cumsum((weight * amounts)[order])[ends])
    if sessions[-1] <= 0 or amount[-1] <= 0:
        return float("nan")
    return float(2 * np.trapezoid(amount / amount[-1], sessions / sessions[-1]) - 1)


def _ratio(one: float, other: float) -> float:
    return float(one / other) if other else float("nan")


def _correlation(one: Vector, other: Vector, weight: Vector) -> float:
    first = one - np.average(one, weights=weight)
    second = other - np.average(other, weights=weight)
    spread = float((weight * first**2).sum() * (weight * second**2).sum())
    return float((weight * first * second).sum()) / spread**0.5 if spread > 0 else float("nan")
