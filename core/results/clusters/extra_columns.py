"""Columns only a shop's own export has, as far as they can colour the map: what a model would learn from.

The same rule as in training (``core.training.data.loading.feature_names``), asked of the scored sessions
themselves: a model that is gone, or trained anew, takes no colour away.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.results.cache import cached
from core.results.footer import ExtraColumn, extra_columns
from core.results.sample import arrays_by_hash
from core.results.scored_sessions import ScoredSessions

#: A text with more different values than this share of the sessions is an id; training draws the same line.
MOST_DISTINCT = 0.2
#: Sessions that tell whether a column is an id.
LOOKED_AT = 20_000
#: Whole numbers that differ in each of so many sessions are ids.
FEWEST_IDS = 100

#: What is told beside the features.
NOT_LEARNED = frozenset({"going_on"})

ExtraKind = Literal["category", "count"]


def colourable_columns(sessions: ScoredSessions) -> dict[str, tuple[ExtraColumn, ExtraKind]]:
    """Return the columns dots can be coloured by, by key, each as categories or as numbers."""
    useful = set(_useful(sessions))
    return {
        column.key: (column, "count" if column.kind == "number" else "category")
        for column in extra_columns(sessions)
        if column.key in useful
    }


@cached(list[str])
def _useful(sessions: ScoredSessions) -> list[str]:
    """Return the keys of those that are known of some sessions and don't name each."""
    columns = [column for column in extra_columns(sessions) if column.name not in NOT_LEARNED]
    if not columns:
        return []
    selected = ", ".join(column.sql for column in columns)
    values = arrays_by_hash(sessions, f"SELECT session_id, {selected} FROM sessions", LOOKED_AT)
    return [column.key for column in columns if _tells(values[column.key], column)]


def _tells(values: npt.NDArray[Any], column: ExtraColumn) -> bool:
    known = np.ma.compressed(values)
    if column.kind == "text":
        different = len(set(known.tolist()))
        return 0 < different <= max(1.0, MOST_DISTINCT * len(values))
    if column.kind == "flag":
        return len(known) > 0
    known = known[np.isfinite(known.astype(np.float64))]
    is_id = known.dtype.kind in "iu" and len(values) >= FEWEST_IDS and len(np.unique(known)) == len(values)
    return len(known) > 0 and not is_id
