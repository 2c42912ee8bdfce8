"""A value and how far chance may have moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

#: Standard normal quantile of a two-sided 95% interval.
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value and its 95% interval, in one unit; the ends may be infinite."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Estimate:
        """Return it multiplied by something that is at least 0."""
        return Estimate(value=self.value * factor, low=self.low * factor, high=self.high * factor)

    def plus(self, amount: float) -> Estimate:
        """Return it moved by an amount."""
        return Estimate(value=self.value + amount, low=self.low + amount, high=self.high + amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of quality with its 95% interval, how many sessions it was measured on, and its unit.

    ``unit`` is ``share`` (of 1), ``score``, ``times``, ``sessions`` or a currency's ISO code. What can't be
    told is None.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str = "share"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n, "unit": self.unit}


def unknown(n: int, unit: str = "share") -> Figure:
    """Return a figure that can't be told from ``n`` sessions."""
    return Figure(value=None, low=None, high=None, n=n, unit=unit)


def on_logit(value: float, variance: float, n: int, unit: str = "score") -> Figure:
    """Return a figure between 0 and 1 with the normal interval of its log odds, which stays between them.

    ``variance`` is the figure's own. At 0 and at 1 themselves the interval has no width.
    """
    if not 0 < value < 1:
        return Figure(value=value, low=value, high=value, n=n, unit=unit)
    centre = math.log(value / (1 - value))
    half = Z95 * math.sqrt(variance) / (value * (1 - value))
    # Beyond 700 the exponential would overflow, and the end is 0 or 1 to the last digit.
    low, high = (1 / (1 + math.exp(-end)) for end in (max(centre - half, -700), min(centre + half, 700)))
    return Figure(value=value, low=low, high=high, n=n, unit=unit)
