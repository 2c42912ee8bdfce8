"""Sessions taken together: the sums every group of them is described by, in SQL and as a record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: The sums every group of sessions is described by. Not with count_if: DuckDB's gives null instead of 0
#: where there are no rows.
SUMS = """
    count(*) AS n,
    count(*) FILTER (predicted_purchase) AS predicted_buyers,
    coalesce(sum(expected_revenue), 0) AS expected_revenue,
    coalesce(sum(predicted_revenue), 0) AS predicted_revenue,
    sum(purchase_probability) AS probability,
    count(purchase_probability) AS n_probability,
    count(purchased) AS n_known,
    count(*) FILTER (purchased) AS buyers,
    count(revenue) AS n_revenue,
    sum(revenue) AS revenue
"""
ADDED = (
    "n",
    "predicted_buyers",
    "expected_revenue",
    "predicted_revenue",
    "probability",
    "n_probability",
    "n_known",
    "buyers",
    "n_revenue",
    "revenue",
)
COUNTS = frozenset({"n", "predicted_buyers", "n_known", "buyers", "n_revenue"})
#: Stands for all sessions among what they are grouped by.
ALL = "all"
#: Those that are told as they are.
SUMMED = frozenset(ADDED) - {"probability", "n_probability"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sessions taken together: ``n`` of them, what is predicted, and what is known to have happened.

    Amounts are in the result's currency; ``probability`` is the average, None without sessions.
    ``n_known`` is how many tell whether they bought, ``n_revenue`` how many what was paid.
    """

    n: int
    predicted_buyers: int
    expected_revenue: float
    predicted_revenue: float
    probability: float | None
    n_known: int
    buyers: int
    n_revenue: int
    revenue: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The sessions that share one value (None: not known), taken together."""

    key: Any
    label: str | None
    sums: Sums


NOBODY = Group(
    key=None,
    label=None,
    sums=Sums(
        n=0,
        predicted_buyers=0,
        expected_revenue=0.0,
        predicted_revenue=0.0,
        probability=None,
        n_known=0,
        buyers=0,
        n_revenue=0,
        revenue=None,
    ),
)


def sums_of(row: Mapping[str, Any]) -> Sums:
    """Return what a row of ``ADDED`` tells."""
    n, total = row["n_probability"], row["probability"]
    sums = {name: int(row[name]) if name in COUNTS else row[name] for name in ADDED if name in SUMMED}
    return Sums(**sums, probability=total / n if n else None)


def largest(groups: Sequence[Group], most: int) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Return the groups of most sessions, largest first, and the rest."""
    ranked = sorted(groups, key=lambda group: (-group.sums.n, str(group.key)))
    # A single group left over is no "others".
    most = most if len(ranked) > most + 1 else most + 1
    return tuple(ranked[:most]), tuple(ranked[most:])


def together(groups: Sequence[Group]) -> Sums:
    """Return the sums of several groups."""
    every = [group.sums for group in groups]
    n = sum(sums.n for sums in every)
    weighted = math.fsum((sums.probability or 0.0) * sums.n for sums in every)
    paid = [sums.revenue for sums in every if sums.revenue is not None]
    return Sums(
        n=n,
        predicted_buyers=sum(sums.predicted_buyers for sums in every),
        expected_revenue=math.fsum(sums.expected_revenue for sums in every),
        predicted_revenue=math.fsum(sums.predicted_revenue for sums in every),
        probability=weighted / n if n else None,
        n_known=sum(sums.n_known for sums in every),
        buyers=sum(sums.buyers for sums in every),
        n_revenue=sum(sums.n_revenue for sums in every),
        revenue=math.fsum(paid) if paid else None,
    )
