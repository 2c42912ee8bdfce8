"""How far one distribution is from another: the population stability index, and when it means something.

The index is the sum over bins of ``(now - then) * ln(now / then)``, of shares of 1. By custom (Siddiqi
2006, Credit Risk Scorecards) below 0.1 nothing has changed, above 0.25 something serious has. But it
never is 0 on samples: of two samples of ``n`` and ``m`` from one population it is, over ``1/n + 1/m``,
chi-square with one degree of freedom less than there are bins (Yurdakul 2018, Statistical properties of
population stability index). So what chance alone adds is taken off, and within what chance allows in
999 of 1,000 samples nothing is called a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Level = Literal["none", "some", "serious"]

SOME, SERIOUS = 0.1, 0.25
#: Chance of calling a change what is none.
FALSE_ALARM = 0.001
#: Added to each bin, so that an empty one doesn't make the index infinite.
SMOOTHING = 0.5


def stability(then: Sequence[int], now: Sequence[int]) -> tuple[float, Level]:
    """Return the index of two samples' counts, less what chance adds, and what it means."""
    first, second = np.asarray(then, dtype=np.float64), np.asarray(now, dtype=np.float64)
    used = (first + second) > 0
    first, second = first[used], second[used]
    if len(first) < 2 or not first.sum() or not second.sum():
        return 0.0, "none"
    grain = 1 / first.sum() + 1 / second.sum()
    freedom = len(first) - 1
    before, after = _shares(first), _shares(second)
    index = float(((after - before) * np.log(after / before)).sum())
    changed = max(index - freedom * grain, 0.0)
    if index <= _chi_square(freedom) * grain:
        return changed, "none"
    return changed, "serious" if changed > SERIOUS else "some" if changed > SOME else "none"


def _shares(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    smooth = counts + SMOOTHING
    return np.asarray(smooth / smooth.sum())


def _chi_square(freedom: int) -> float:
    from scipy.special import chdtri  # scipy.stats would take half a second to import

    return float(chdtri(freedom, FALSE_ALARM))
