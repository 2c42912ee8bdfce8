"""Two clusters compared: in what they differ most, what becomes of each, and how sure the difference is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.results.cache import cached
from core.results.clusters.profiles import ClusterOutcome, Outcomes, ProfileCell
from core.results.query import ask, known_columns
from core.results.scored_sessions import ScoredSessions
from core.stats.estimate import Z95

#: Sides whose shares are compared, with the words of the address of results.
SHARES = ("country_group", "device", "channel", "dominant_category")
#: Values with fewer sessions than this share in both clusters say nothing of either.
SMALL_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureGap:
    """How far two clusters lie apart in one feature: averages, and the gap in standard deviations of all."""

    feature: str
    first: float | None
    second: float | None
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareGap:
    """How often a value occurs in each of two clusters, as shares of 1 of those that tell it."""

    side: str
    value: str
    first: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Per:
    """An average per session with its 95% interval, in the data's currency; ``observed`` or expected."""

    n: int
    mean: float
    low: float
    high: float
    observed: bool


def feature_gaps(cells: tuple[ProfileCell, ...], first: int, second: int) -> list[FeatureGap]:
    """Return in what two clusters differ, most first."""
    by_place = {(cell.feature, cell.cluster_id): cell for cell in cells}
    gaps = []
    for feature in dict.fromkeys(cell.feature for cell in cells):
        one, other = by_place.get((feature, first)), by_place.get((feature, second))
        if one and other and one.difference is not None and other.difference is not None:
            gaps.append(
                FeatureGap(
                    feature=feature,
                    first=one.mean,
                    second=other.mean,
                    gap=one.difference - other.difference,
                )
            )
    return sorted(gaps, key=lambda gap: -abs(gap.gap))


def conversion_gap(
    outcomes: Outcomes, first: ClusterOutcome, second: ClusterOutcome
) -> tuple[float, float, float] | None:
    """Return how much more often the first buys, with the 95% interval of the difference (Newcombe 1998).

    None where conversion was not observed in both.
    """
    if not outcomes.conversion_observed or None in (first.low, first.high, second.low, second.high):
        return None
    one, other = first.conversion or 0.0, second.conversion or 0.0
    gap = one - other
    below = math.hypot(one - (first.low or 0.0), (second.high or 0.0) - other)
    above = math.hypot((first.high or 0.0) - one, other - (second.low or 0.0))
    return gap, gap - below, gap + above


@cached(dict[str, Per])
def revenue_per_session(sessions: ScoredSessions) -> dict[str, Per]:
    """Return revenue per session by cluster id (as text), paid where it is known, else expected.

    The interval is that of a mean of many sessions: two standard errors either way, never below nothing.
    """
    column = "revenue" if "revenue" in known_columns(sessions) else "expected_revenue"
    rows = ask(
        sessions,
        f"SELECT cluster_id, count({column}) AS n, avg({column}) AS mean, stddev_samp({column}) AS spread "
        f"FROM sessions WHERE cluster_id IS NOT NULL GROUP BY cluster_id HAVING count({column}) > 0 "
        "ORDER BY cluster_id",
    )
    per_cluster = {}
    for row in rows:
        half = Z95 * (row["spread"] or 0.0) / math.sqrt(row["n"])
        per_cluster[str(row["cluster_id"])] = Per(
            n=row["n"],
            mean=row["mean"],
            low=max(0.0, row["mean"] - half),
            high=row["mean"] + half,
            observed=column == "revenue",
        )
    return per_cluster


@cached(list[ShareGap])
def share_gaps(sessions: ScoredSessions, first: int, second: int) -> list[ShareGap]:
    """Return the values of countries, devices and others whose shares differ most between two clusters."""
    gaps = []
    for side in (name for name in SHARES if name in known_columns(sessions)):
        rows = ask(
            sessions,
            f"SELECT CAST({side} AS VARCHAR) AS value, count_if(cluster_id = ?) AS first, "
            f"count_if(cluster_id = ?) AS second FROM sessions WHERE {side} IS NOT NULL "
            "AND cluster_id IN (?, ?) GROUP BY ALL ORDER BY value",
            [first, second, first, second],
        )
        totals = [sum(row[name] for row in rows) for name in ("first", "second")]
        if not all(totals):
            continue
        for row in rows:
            one, other = row["first"] / totals[0], row["second"] / totals[1]
            if max(one, other) >= SMALL_SHARE:
                gaps.append(ShareGap(side=side, value=row["value"], first=one, second=other))
    return sorted(gaps, key=lambda gap: -abs(gap.first - gap.second))[:12]
