"""The figures of two sides, each with the interval of its difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from core.results.comparison.counts import Tally
from core.results.comparison.sides import Side, is_picked, whole
from core.stats.estimate import Estimate
from core.stats.two_groups import difference, mean_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure on both sides.

    ``kind``: "count" of sessions or people, "share" of 1, "money", "per_day". ``difference`` is b - a with
    its 95% interval, None where there is no telling; ``n_a`` and ``n_b`` are the sessions that tell it.
    """

    name: str
    label: str
    kind: Literal["count", "share", "money", "per_day"]
    a: float | None
    b: float | None
    n_a: int
    n_b: int
    difference: Estimate | None = None
    help: str | None = None

    @property
    def relative(self) -> float | None:
        """The difference over the first side's."""
        return None if not self.a or self.b is None else self.b / self.a - 1

    @property
    def sure(self) -> bool:
        """Whether the difference is beyond chance."""
        return self.difference is not None and not self.difference.low <= 0 <= self.difference.high


def kpis_of(a: Side, b: Side, *, same_currency: bool) -> tuple[Kpi, ...]:
    """Return the figures that both sides tell; amounts only where they are of one currency."""
    found: list[Kpi | None] = [
        Kpi(name="sessions", label="Sessions", kind="count", a=a.n, b=b.n, n_a=a.n, n_b=b.n)
    ]
    if a.days and b.days:
        found.append(
            Kpi(
                name="per_day",
                label="Sessions a day",
                kind="per_day",
                a=a.n / a.days,
                b=b.n / b.days,
                n_a=a.n,
                n_b=b.n,
                help="Sessions per day from first to last, for exports of different lengths.",
            )
        )
    found.append(_share(a, b, "conversion", "Conversion", "Share of sessions that bought."))
    picked = is_picked(a, b)
    if not picked:
        found += _predicted(a, b)
    if same_currency:
        found += [
            _mean(
                a, b, "revenue", "Revenue per session", "money", "Amount spent, averaged over all sessions."
            ),
            _per_buyer(a, b),
        ]
    if same_currency and not picked:
        found.append(
            _mean(
                a,
                b,
                "expected",
                "Expected revenue per session",
                "money",
                "Purchase probability times revenue if it buys, averaged over all sessions.",
            )
        )
    return tuple(kpi for kpi in found if kpi is not None)


def _predicted(a: Side, b: Side) -> list[Kpi | None]:
    return [
        _mean(
            a,
            b,
            "probability",
            "Predicted conversion",
            "share",
            "The average predicted purchase probability.",
        ),
        _share(
            a,
            b,
            "called",
            "Likely buyers",
            "Share of the sessions whose purchase probability is at or above the likely-buyer cut-off.",
        ),
        _expected_buyers(a, b),
    ]


def _share(a: Side, b: Side, measured: str, label: str, help: str) -> Kpi | None:
    one, other = whole(a, measured), whole(b, measured)
    if one.mean is None or other.mean is None:
        return None
    low, high = difference(other.total, other.n, one.total, one.n)
    estimate = Estimate(value=other.mean - one.mean, low=float(low), high=float(high))
    return _of_tallies(one, other, measured, label, "share", help, estimate)


def _mean(
    a: Side, b: Side, measured: str, label: str, kind: Literal["share", "money"], help: str
) -> Kpi | None:
    return _means(whole(a, measured), whole(b, measured), measured, label, kind, help)


def _means(
    one: Tally, other: Tally, name: str, label: str, kind: Literal["share", "money"], help: str
) -> Kpi | None:
    if one.mean is None or other.mean is None:
        return None
    low, high = mean_difference(other.mean, other.variance, other.n, one.mean, one.variance, one.n)
    estimate = None
    if math.isfinite(float(low)):
        estimate = Estimate(value=other.mean - one.mean, low=float(low), high=float(high))
    return _of_tallies(one, other, name, label, kind, help, estimate)


def _of_tallies(
    one: Tally,
    other: Tally,
    name: str,
    label: str,
    kind: Literal["share", "money"],
    help: str,
    estimate: Estimate | None,
) -> Kpi:
    return Kpi(
        name=name,
        label=label,
        kind=kind,
        a=one.mean,
        b=other.mean,
        n_a=one.n,
        n_b=other.n,
        difference=estimate,
        help=help,
    )


def _expected_buyers(a: Side, b: Side) -> Kpi | None:
    one, other = whole(a, "probability"), whole(b, "probability")
    if not one.n or not other.n:
        return None
    return Kpi(
        name="expected_buyers",
        label="Expected buyers",
        kind="count",
        a=one.total,
        b=other.total,
        n_a=one.n,
        n_b=other.n,
        help="The purchase probabilities of all sessions added up.",
    )


def _per_buyer(a: Side, b: Side) -> Kpi | None:
    """Return what a buyer paid; whoever didn't buy paid nothing, so the sums are the same."""
    help = "Amount spent, averaged over buyers."
    return _means(_of_buyers(a), _of_buyers(b), "per_buyer", "Revenue per buyer", "money", help)


def _of_buyers(side: Side) -> Tally:
    revenue, bought = whole(side, "revenue"), whole(side, "conversion")
    return Tally(n=int(bought.total) if revenue.n else 0, total=revenue.total, squares=revenue.squares)
