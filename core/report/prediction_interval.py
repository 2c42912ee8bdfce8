"""What is to be expected of the filtered sessions, and within which range chance would keep it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from core.results import query
from core.results.cache import cached
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.stats.estimate import Z95

#: Standard normal quantile of the 90th percentile: revenue ranges go from P10 to P90.
Z90 = 1.2815515655446004
#: The shares of sessions, most likely buyers first, whose expected buyers are told.
SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An expected amount with the range chance keeps it in, in 95 of 100 cases."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Buyers and revenue to be expected of ``n`` sessions, if the predictions are right."""

    n: int
    buyers: Expected | None
    revenue: Expected | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopShare:
    """The sessions from probability ``least`` on: about ``share`` of all, and what they hold.

    ``expected`` is the sum of their probabilities, ``buyers`` how many of the ``n_known`` that tell really
    bought; ``of_expected`` and ``of_buyers`` are the shares of all expected and real buyers.
    """

    share: float
    least: float
    n: int
    expected: float
    of_expected: float | None
    expected_revenue: float | None
    n_known: int
    buyers: int
    of_buyers: float | None


@cached(Chances)
def prediction_intervals(sessions: ScoredSessions, filters: Filters) -> Chances:
    """Return what is to be expected; sessions are taken as independent.

    A session's revenue is 0 or, with its probability, an amount on a log scale whose spread is read off the
    predicted range P10 to P90.
    """
    where, params = filters.where()
    row = query.ask_one(
        sessions.at(filters.threshold),
        f"""
        , picked AS (
            SELECT purchase_probability AS p, revenue_if_purchase AS amount,
                   CASE WHEN revenue_low > 0 AND revenue_high >= revenue_low
                        THEN ln(revenue_high / revenue_low) / {2 * Z90!r} ELSE 0 END AS spread
            FROM sessions WHERE {where})
        SELECT count(*) AS n, count(p) AS n_p, sum(p) AS buyers, sum(p * (1 - p)) AS var_buyers,
               count(p * amount) AS n_amount, sum(p * amount) AS revenue,
               sum(p * amount * amount * exp(spread * spread) - p * p * amount * amount) AS var_revenue
        FROM picked
        """,
        params,
    )
    return Chances(
        n=row["n"],
        buyers=_expected(row, "n_p", "buyers"),
        revenue=_expected(row, "n_amount", "revenue"),
    )


def _expected(row: dict[str, Any], count: str, name: str) -> Expected | None:
    if not row[count]:
        return None
    value, half = row[name], Z95 * math.sqrt(max(row[f"var_{name}"], 0.0))
    return Expected(value=value, low=max(value - half, 0.0), high=value + half)


@cached(tuple[TopShare, ...])
def top_shares(sessions: ScoredSessions, filters: Filters) -> tuple[TopShare, ...]:
    """Return what the most likely sessions hold; sessions as likely as the last one are with them."""
    where, params = filters.where()
    condition = f"({where}) AND purchase_probability IS NOT NULL"
    row = query.ask_one(
        sessions.at(filters.threshold),
        f"SELECT count(*) AS n, quantile_disc(-purchase_probability, {list(SHARES)}) AS least "
        f"FROM sessions WHERE {condition}",
        params,
    )
    if not row["n"]:
        return ()
    limits = [*(-least for least in row["least"]), -1.0]
    sums = ", ".join(
        f"count(*) FILTER ({_from(limit)}) AS n_{place}, "
        f"sum(purchase_probability) FILTER ({_from(limit)}) AS p_{place}, "
        f"sum(expected_revenue) FILTER ({_from(limit)}) AS e_{place}, "
        f"count(purchased) FILTER ({_from(limit)}) AS k_{place}, "
        f"count(*) FILTER (purchased AND {_from(limit)}) AS b_{place}"
        for place, limit in enumerate(limits)
    )
    found = query.ask_one(
        sessions.at(filters.threshold), f"SELECT {sums} FROM sessions WHERE {condition}", params
    )
    last = len(SHARES)
    return tuple(
        TopShare(
            share=share,
            least=limits[place],
            n=found[f"n_{place}"],
            expected=found[f"p_{place}"] or 0.0,
            of_expected=found[f"p_{place}"] / found[f"p_{last}"] if found[f"p_{last}"] else None,
            expected_revenue=found[f"e_{place}"],
            n_known=found[f"k_{place}"],
            buyers=found[f"b_{place}"],
            of_buyers=found[f"b_{place}"] / found[f"b_{last}"] if found[f"b_{last}"] else None,
        )
        for place, share in enumerate(SHARES)
    )


def _from(limit: float) -> str:
    return f"purchase_probability >= {limit!r}::DOUBLE"
