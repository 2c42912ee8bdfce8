"""Two groups compared: shares by the score method, means by Welch's; whole arrays of comparisons at once.

The interval of a difference of shares, that of their ratio, and the p-value all invert one test, the score
test of Miettinen and Nurminen (1985): the interval leaves out "no difference" exactly where the p-value is
below 5%. They hold for few buyers too, for none at all, and for groups of different sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.libraries.lean_imports import scipy_special
from core.stats.estimate import Z95

Numbers = npt.NDArray[np.float64]
#: Halvings of the range an end of an interval is looked for in: 2 ** -60 is below the last digit.
HALVINGS = 60
#: Ratios are looked for up to this.
MOST_RATIO = 1e9
_TINY = 1e-300


def difference(buyers: Any, n: Any, others: Any, n_others: Any, z: float = Z95) -> tuple[Numbers, Numbers]:  # noqa: ANN401
    """Return the 95% interval of the difference of two shares (``z`` for another level), of 1.

    Both groups need somebody in them.
    """
    x1, n1, x0, n0 = _floats(buyers, n, others, n_others)
    observed = x1 / n1 - x0 / n0

    def test(value: Numbers) -> Numbers:
        return _score(observed - value, _variance_of_difference(x1, n1, x0, n0, value))

    ends = np.full_like(observed, -1.0), np.full_like(observed, 1.0)
    return _root(test, z, ends[0], observed), _root(test, -z, observed, ends[1])


def ratio(buyers: Any, n: Any, others: Any, n_others: Any, z: float = Z95) -> tuple[Numbers, Numbers]:  # noqa: ANN401
    """Return the 95% interval of the ratio of two shares; from 0 and to infinity where that can't be told.

    Both groups need somebody in them.
    """
    x1, n1, x0, n0 = _floats(buyers, n, others, n_others)

    def test(value: Numbers) -> Numbers:
        # Looked for by its logarithm: ratios of 0.1 and of 10 are equally far from 1.
        times = np.exp(value)
        return _score(x1 / n1 - times * (x0 / n0), _variance_of_ratio(x1, n1, x0, n0, times))

    last = np.full_like(x1, np.log(MOST_RATIO))
    with np.errstate(divide="ignore"):
        middle = np.clip(np.log(np.maximum(x1 / n1, _TINY)) - np.log(np.maximum(x0 / n0, _TINY)), -last, last)
    low = np.exp(_root(test, z, -last, middle))
    high = np.exp(_root(test, -z, middle, last))
    return np.where(x1 == 0, 0.0, low), np.where(x0 == 0, np.inf, high)


def p_value(buyers: Any, n: Any, others: Any, n_others: Any) -> Numbers:  # noqa: ANN401
    """Return how likely chance alone makes two shares differ at least so much (two-sided score test)."""
    x1, n1, x0, n0 = _floats(buyers, n, others, n_others)
    zero = np.zeros_like(x1)
    statistic = _score(x1 / n1 - x0 / n0, _variance_of_difference(x1, n1, x0, n0, zero))
    return np.asarray(2 * scipy_special().ndtr(-np.abs(statistic)))


def sample_ratio(listed: Any, n: Any, others: Any, n_others: Any) -> Numbers:  # noqa: ANN401
    """Return how likely chance alone lists two groups so unequally (Pearson's chi-square, 1 degree).

    ``listed`` of ``n`` people of one group and ``others`` of ``n_others`` of the other are in a file. How
    many there were to be listed is known, so both rows of the table count: a file that has all of one group
    and nine tenths of the other stands out, which the ratio of those listed alone would hide. 1 where nobody
    or everybody is listed; both groups need somebody in them.
    """
    x1, n1, x0, n0 = _floats(listed, n, others, n_others)
    n_all, x = n1 + n0, x1 + x0
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = n_all * (x1 * (n0 - x0) - x0 * (n1 - x1)) ** 2 / (x * (n_all - x) * n1 * n0)
    return np.asarray(scipy_special().chdtrc(1, np.where((x > 0) & (x < n_all), statistic, 0.0)))


def split_chance(held_out: int, n: int, share: float) -> float:
    """Return how likely a draw of ``share`` holds out so few or so many of ``n`` people (two-sided binomial).

    The sample-ratio test where the wanted split is known: of people who were drawn one by one.
    """
    at_most = float(scipy_special().bdtr(held_out, n, share))
    at_least = float(scipy_special().bdtrc(held_out - 1, n, share)) if held_out else 1.0
    return min(1.0, 2 * min(at_most, at_least))


def mean_difference(
    mean: Any,  # noqa: ANN401 (numbers or arrays of them)
    variance: Any,  # noqa: ANN401
    n: Any,  # noqa: ANN401
    other: Any,  # noqa: ANN401
    other_variance: Any,  # noqa: ANN401
    n_other: Any,  # noqa: ANN401
) -> tuple[Numbers, Numbers]:
    """Return the 95% interval of the difference of two means (Welch 1947).

    ``variance`` is the sample's, over n - 1; both groups need two people at least, else it is not a number.
    """
    m1, v1, n1 = _floats(mean, variance, n)
    m0, v0, n0 = _floats(other, other_variance, n_other)
    with np.errstate(divide="ignore", invalid="ignore"):
        part1, part0 = v1 / n1, v0 / n0
        spread = part1 + part0
        freedom = spread**2 / (part1**2 / (n1 - 1) + part0**2 / (n0 - 1))
        # Where nothing varies there is nothing to be unsure of.
        reach = np.where(spread > 0, scipy_special().stdtrit(freedom, 0.975) * np.sqrt(spread), 0.0)
    reach = np.where((n1 > 1) & (n0 > 1), reach, np.nan)
    return m1 - m0 - reach, m1 - m0 + reach


def _score(distance: Numbers, variance: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = distance / np.sqrt(variance)
    # Without variance only no distance at all is possible.
    certain = np.where(distance == 0, 0.0, np.copysign(np.inf, distance))
    return np.asarray(np.where(variance > 0, found, certain))


def _root(test: Callable[[Numbers], Numbers], wanted: float, low: Numbers, high: Numbers) -> Numbers:
    """Return where a falling function has a value, by halving."""
    low, high = low.copy(), high.copy()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = test(middle) > wanted
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def _variance_of_difference(x1: Numbers, n1: Numbers, x0: Numbers, n0: Numbers, value: Numbers) -> Numbers:
    """Return the variance of a difference of shares where it really is ``value``."""
    n, x = n1 + n0, x1 + x0
    # The likeliest shares with that difference solve a cubic equation (Miettinen and Nurminen, p. 225).
    l2 = (n1 + 2 * n0) * value - n - x
    l1 = (n0 * value - n - 2 * x0) * value + x
    l0 = x0 * value * (1 - value)
    shift = l2 / (3 * n)
    q = shift**3 - l1 * l2 / (6 * n**2) + l0 / (2 * n)
    p = np.where(q < 0, -1.0, 1.0) * np.sqrt(np.maximum(shift**2 - l1 / (3 * n), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.arccos(np.clip(np.where(p == 0, 0.0, q / p**3), -1.0, 1.0))
    share0 = 2 * p * np.cos((np.pi + angle) / 3) - shift
    # Both are shares, at the edges too, where the equation has other roots.
    share0 = np.clip(share0, np.maximum(0.0, -value), np.minimum(1.0, 1.0 - value))
    share1 = share0 + value
    spread = share1 * (1 - share1) / n1 + share0 * (1 - share0) / n0
    return np.asarray(spread * n / (n - 1 + (n <= 1)))


def _variance_of_ratio(x1: Numbers, n1: Numbers, x0: Numbers, n0: Numbers, times: Numbers) -> Numbers:
    """Return the variance of ``share1 - times * share0`` where the ratio really is ``times``."""
    n, x = n1 + n0, x1 + x0
    b = n1 * times + x1 + n0 + x0 * times
    # The smaller root, written so that large ratios lose no digits.
    share0 = 2 * x / (b + np.sqrt(np.maximum(b**2 - 4 * n * times * x, 0.0)))
    share0 = np.clip(share0, 0.0, 1.0)
    share1 = np.clip(share0 * times, 0.0, 1.0)
    spread = share1 * (1 - share1) / n1 + times**2 * share0 * (1 - share0) / n0
    return np.asarray(spread * n / (n - 1 + (n <= 1)))


def _floats(*values: Any) -> tuple[Numbers, ...]:  # noqa: ANN401
    return tuple(np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values)))
