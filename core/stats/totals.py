"""An expected total beside the real one."""

from __future__ import annotations

import math

import numpy as np

from core.stats.arrays import Codes, Vector
from core.stats.estimate import Z95, Figure, unknown

#: Fewer sessions than this have no variance.
FEWEST = 2


def ratio_of_totals(expected: Vector, actual: Vector, visitors: Codes) -> Figure:
    """Return the sum of what was expected over the sum of what came, with its 95% interval.

    By the delta method, a visitor's sessions going together (Cochran 1977, section 6.5 for clusters).

    Parameters
    ----------
    expected, actual, visitors
        Amounts of each session in one currency, and a number for its visitor; shape (n,).
    """
    codes = np.unique(visitors, return_inverse=True)[1]
    one, other = np.bincount(codes, expected), np.bincount(codes, actual)
    return ratio_of_sums(
        n=len(actual),
        visitors=len(one),
        expected=float(one.sum()),
        actual=float(other.sum()),
        expected_expected=float((one * one).sum()),
        actual_actual=float((other * other).sum()),
        actual_expected=float((one * other).sum()),
    )


def ratio_of_sums(
    *,
    n: int,
    visitors: int,
    expected: float,
    actual: float,
    expected_expected: float,
    actual_actual: float,
    actual_expected: float,
) -> Figure:
    """Return the same from sums over visitors: of their amounts, and of the products of these."""
    if visitors < FEWEST or actual <= 0:
        return unknown(n)
    ratio = expected / actual
    # What each visitor's expectation is off by adds up to nothing over all of them.
    spread = expected_expected - 2 * ratio * actual_expected + ratio**2 * actual_actual
    half = Z95 * math.sqrt(max(spread, 0.0) * visitors / (visitors - 1)) / actual
    return Figure(value=ratio, low=max(ratio - half, 0.0), high=ratio + half, n=n)
