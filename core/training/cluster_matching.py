"""Which clusters of a new training are those of an earlier one: matched by centre.

Both sets of centres are laid out in the earlier bundle's own scaling, over the features both have,
and paired so that the pairs are as near as can be. A pair further apart than NEAR is no pair.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.bundle.encoder import Vector
from core.bundle.models import ClusterModel

#: Standard deviations that a cluster may move a feature, on average, and still be the same one.
NEAR = 0.5


def match_clusters(model: ClusterModel, earlier: ClusterModel) -> dict[int, int]:
    """Return the earlier cluster of each new one that is the same, by id."""
    from scipy.optimize import linear_sum_assignment

    shared = [name for name in earlier.columns if name in model.columns]
    if 2 * len(shared) < max(len(earlier.columns), len(model.columns)):
        # Made of other things: not the same kinds of visit, even where centres happen to meet.
        return {}
    new = [model.columns.index(name) for name in shared]
    old = [earlier.columns.index(name) for name in shared]
    logs = model.centres[:, new] * model.scale[new] + model.mean[new]
    placed = (logs - earlier.mean[old]) / earlier.scale[old]
    distance = _distances(placed, earlier.centres[:, old])
    # What is too far costs the same however far it is, and can't pull a good pair apart.
    pairs = linear_sum_assignment(np.minimum(distance, 2 * NEAR).round(9))
    return {int(i): int(j) for i, j in zip(*pairs, strict=True) if distance[i, j] <= NEAR}


def id_order(matched: dict[int, int], k: int) -> list[int]:
    """Return the new clusters in the order of their ids: matched ones at their earlier id if it exists."""
    place: dict[int, int] = {old: new for new, old in matched.items() if old < k}
    others = iter([number for number in range(k) if number not in place.values()])
    return [place[position] if position in place else next(others) for position in range(k)]


def _distances(one: Vector, other: Vector) -> npt.NDArray[np.float64]:
    """Return how far each centre is from each other one: root mean square over the features."""
    return np.asarray(np.sqrt(((one[:, None] - other[None]) ** 2).mean(axis=2)))
