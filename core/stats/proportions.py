"""Shares of sessions with their intervals, allowing for visitors who come several times."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from core.stats.estimate import Z95, Figure, unknown


def wilson(successes: float, n: float, z: float = Z95, *, design_effect: float = 1.0) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927), 95% unless ``z`` says otherwise.

    Parameters
    ----------
    design_effect
        How many times larger the share's variance is than that of independent sessions: the interval is
        that of ``n / design_effect`` sessions (Rao and Scott 1992).

    Raises
    ------
    ValueError
        If there is nothing to count.
    """
    if n <= 0:
        raise ValueError("An interval needs at least one session.")
    share, square, n = successes / n, z * z, n / design_effect
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # Rounding must not put an end beyond what a share can be.
    return max(0.0, centre - half), min(1.0, centre + half)


def share(successes: float, n: int, *, design_effect: float = 1.0) -> Figure:
    """Return a share of ``n`` sessions with its Wilson interval; unknown of none."""
    if n <= 0:
        return unknown(n)
    low, high = wilson(successes, n, design_effect=design_effect)
    return Figure(value=successes / n, low=low, high=high, n=n)


def design_effect(successes: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64]) -> float:
    """Return by how much visits of one visitor, being alike, raise the variance of a share of all sessions.

    The variance between visitors over that of independent sessions (Kish 1965); 1 where every visitor came
    once, and never less.

    Parameters
    ----------
    successes, sizes
        Of each visitor, how many sessions count, of how many.
    """
    return design_effect_of_sums(
        visitors=len(sizes),
        n=float(sizes.sum()),
        successes=float(successes.sum()),
        size_size=float((sizes * sizes).sum()),
        success_success=float((successes * successes).sum()),
        success_size=float((successes * sizes).sum()),
    )


def design_effect_of_sums(
    *,
    visitors: int,
    n: float,
    successes: float,
    size_size: float,
    success_success: float,
    success_size: float,
) -> float:
    """Return the design effect from sums over visitors: of sizes and successes, and of their products."""
    rate = successes / n if n else 0.0
    alone = n * rate * (1 - rate) * n / (n - 1) if n > 1 else 0.0
    if visitors < 2 or alone <= 0:
        return 1.0
    together = success_success - 2 * rate * success_size + rate**2 * size_size
    return max(1.0, together * visitors / (visitors - 1) / alone)
