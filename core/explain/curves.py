"""Contributions carried along a rising curve, so that they go on adding up.

What a model answers goes through curves: its log odds are calibrated, become a probability; a log
amount becomes money. Contributions are stretched by how steep the curve is between the average session's
place on it and this session's (the rescale rule of DeepLIFT, Shrikumar 2017): sums stay exact, and the
signs and the order of contributions stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.bundle.encoder import Vector

#: Nearer than this, two places on a curve are one, and its slope there is measured this far around it.
NEAR, AROUND = 1e-6, 1e-4


def steepness(curve: Callable[[Vector], Vector], start: Vector, end: Vector) -> Vector:
    """Return how steep a curve is on the way from ``start`` to ``end``; its slope where they meet."""
    way, middle = end - start, (start + end) / 2
    meets = np.abs(way) < NEAR
    slope = (curve(middle + AROUND) - curve(middle - AROUND)) / (2 * AROUND)
    return np.where(meets, slope, (curve(end) - curve(start)) / np.where(meets, 1.0, way))


def stretched(effects: Vector, slope: Vector, total: Vector) -> Vector:
    """Return each row's effects times its slope, made to add up to ``total`` to the last digit.

    What rounding leaves over is dealt out in proportion to their size: no sign and no order changes.
    """
    scaled = effects * slope[:, None]
    size = np.abs(scaled)
    whole = size.sum(axis=1)
    left = (total - scaled.sum(axis=1))[:, None]
    even = np.full_like(size, 1 / max(effects.shape[1], 1))
    share = np.divide(size, whole[:, None], out=even, where=whole[:, None] > 0)
    return np.asarray(scaled + left * share)
