"""What statistics are computed from: one entry a session, or one a score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Probabilities, amounts, weights.
Vector = npt.NDArray[np.float64]
#: Yes or no.
Flags = npt.NDArray[np.bool_]
#: Numbers that stand for something: a visitor, a bin, a place.
Codes = npt.NDArray[np.int64]


def average_ranks(values: Vector) -> Vector:
    """Return the rank of each value, from 1 on; equal values share the middle of theirs."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[codes], dtype=np.float64)
