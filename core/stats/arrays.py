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
