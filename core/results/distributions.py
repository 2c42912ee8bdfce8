"""How a measure is spread: the edges of a histogram's bars, on round numbers, and which bar is whose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: More days than this are shown by weeks.
MAX_DAYS = 92
#: Bars of a histogram with equal steps, about.
BARS = 20
#: From here on (99th percentile over median) equal steps would put nearly everything into one bar.
HEAVY_TAIL = 6.0
#: The growing steps begin at this part of the 99th percentile, or later: below, amounts are nothing.
SPAN = 2000.0


#: Of a measure that every session has.
ALL_SESSIONS = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A column whose distribution is shown, of which sessions, with fixed edges or none."""

    column: str
    only: str = ALL_SESSIONS
    edges: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """``counts`` of sessions between neighbouring ``edges`` (the lower belongs to it, the upper doesn't).

    The first edge is 0 and the last infinity where the measure is open ended. ``n`` and ``total`` are
    the sessions and the measure's sum over all of them.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    n: int
    total: float


MEASURES: dict[str, Measure] = {
    "p": Measure(column="purchase_probability", edges=(*(round(step / 50, 2) for step in range(50)), 1.0)),
    "expected": Measure(column="expected_revenue"),
    "if_bought": Measure(column="revenue_if_purchase", only="predicted_purchase"),
}


def bin_sql(column: str, edges: Sequence[float]) -> str:
    """Return SQL for the place of a value's bar; whatever is below the first edge is in the first."""
    cases = " ".join(f"WHEN {column} < {edge!r} THEN {place}" for place, edge in enumerate(edges[1:-1]))
    return f"CASE {cases} ELSE {len(edges) - 2} END" if cases else "0"


def amount_edges(most: float | None, quantiles: Sequence[float] | None) -> tuple[float, ...]:
    """Return edges for amounts: equal round steps, or 1-2-5 steps where few are much larger than most."""
    if not most or not quantiles:
        return (0.0, math.inf)
    low, middle, high = quantiles
    if high / middle <= HEAVY_TAIL:
        step = round_step(max(high, middle) / BARS)
        last = math.ceil(high / step)
        return (*(_clean(place * step) for place in range(last + 1)), math.inf)
    edges, edge = [0.0], _one_two_five(max(low, high / SPAN))
    while edge <= high:
        edges.append(edge)
        edge = _next(edge)
    return (*edges, _clean(edge), math.inf)


def round_step(size: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that isn't below ``size``."""
    power = 10.0 ** math.floor(math.log10(size))
    return _clean(
        next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= size * (1 - 1e-9))
    )


def _one_two_five(size: float) -> float:
    power = 10.0 ** math.floor(math.log10(size))
    return _clean(max(factor * power for factor in (1, 2, 5) if factor * power <= size * (1 + 1e-9)))


def _next(edge: float) -> float:
    digit = edge / 10.0 ** math.floor(math.log10(edge) + 1e-9)
    return _clean(edge * (2.5 if round(digit) == 2 else 2))


def _clean(value: float) -> float:
    """Return a number without the dust of its arithmetic: it becomes part of an address."""
    return float(f"{value:.6g}")
