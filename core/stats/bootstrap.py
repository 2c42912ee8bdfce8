"""Intervals of figures that have no formula of their own, by drawing visitors again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from core.stats.arrays import Codes, Vector
from core.stats.estimate import Figure, unknown

Figures = dict[str, float]
RESAMPLES = 400


def with_intervals(
    compute: Callable[[Vector], Figures],
    visitors: Codes,
    units: Mapping[str, str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Figure]:
    """Compute figures and their intervals, by resampling visitors (Efron 1979, percentiles).

    Parameters
    ----------
    compute
        Gives the figures for one weight a row; NaN where a figure can't be told.
    visitors
        Each row's visitor: a visitor's sessions are drawn together, as they resemble each other.
    units
        Unit of each figure; a figure without one is a ``share``.
    """
    n = len(visitors)
    point = compute(np.ones(n))
    _, codes = np.unique(visitors, return_inverse=True)
    n_visitors = int(codes.max(initial=-1)) + 1
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in point}
    for _ in range(resamples):
        counts = np.bincount(random.integers(0, n_visitors, n_visitors), minlength=n_visitors)
        for name, value in compute(counts[codes].astype(np.float64)).items():
            drawn[name].append(value)
    return {
        name: _figure(value, np.asarray(drawn[name]), n, units.get(name, "share"))
        for name, value in point.items()
    }


def _figure(value: float, drawn: Vector, n: int, unit: str) -> Figure:
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return unknown(n, unit)
    if not known.size:
        return Figure(value=float(value), low=None, high=None, n=n, unit=unit)
    low, high = np.percentile(known, [2.5, 97.5])
    # Errors of calibration grow when resampled; the figure itself is always inside.
    return Figure(
        value=float(value), low=float(min(low, value)), high=float(max(high, value)), n=n, unit=unit
    )
