"""How much each feature moves the predictions of a sample, and whether more of it goes with more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.bundle.predictor import GOING_ON
from core.explain.explained import Explained, label_of, numeric_values
from core.explain.sampling import Sample
from core.stats.arrays import average_ranks

#: How many standard errors a 95% interval reaches.
WIDE = 1.96
#: A connection of values and points weaker than this has no direction.
LEAST_CORRELATION = 0.1
#: Fewer known values than this have no direction.
LEAST_KNOWN = 8

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """By how much a feature moves predictions on average, with a 95% interval, in points (share or money).

    ``direction`` says whether a higher value goes along with a higher ("up") or lower prediction
    ("down"); None for categories, and where neither is so.
    """

    feature: str
    label: str
    mean_points: float
    low: float
    high: float
    direction: Direction | None


def importance(sample: Sample) -> tuple[Importance, ...]:
    """Return how much each feature moves the predictions, most first.

    The figure is the mean size of its points over the sessions; the interval is the normal one of a mean.
    """
    explained = sample.explained
    size = np.abs(explained.points)
    importances = []
    for place, feature in enumerate(explained.features):
        if feature == GOING_ON or not sample.n:
            continue
        mean = float(size[:, place].mean())
        error = float(size[:, place].std(ddof=1)) / sample.n**0.5 if sample.n > 1 else 0.0
        importances.append(
            Importance(
                feature=feature,
                label=label_of(feature),
                mean_points=mean,
                low=max(mean - WIDE * error, 0.0),
                high=mean + WIDE * error,
                direction=_direction(explained, feature),
            )
        )
    return tuple(sorted(importances, key=lambda one: (-one.mean_points, one.feature)))


def _direction(explained: Explained, feature: str) -> Direction | None:
    values = numeric_values(explained, feature)
    if values is None:
        return None
    points, known = explained.points[:, explained.column(feature)], ~np.isnan(values)
    if known.sum() < LEAST_KNOWN:
        return None
    ranks, against = average_ranks(values[known]), average_ranks(points[known])
    if not (ranks.std() and against.std()):
        return None
    correlation = float(np.corrcoef(ranks, against)[0, 1])
    if abs(correlation) < LEAST_CORRELATION:
        return None
    return "up" if correlation > 0 else "down"
