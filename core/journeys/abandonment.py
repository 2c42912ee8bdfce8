"""Where sessions that were likely to buy leave without buying."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from core.base.errors import CoreError
from core.journeys.paths import Level, Paths, paths_of
from core.journeys.queries import ask, column
from core.results import aggregates, query
from core.results.cache import cached
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStep:
    """A step after which sessions left: ``likely`` of those likely to buy, ``every`` of all that left.

    The shares are of the likely ones, and of all; ``expected`` is the revenue that was expected of the
    likely ones, in the result's currency.
    """

    step: str
    likely: int
    likely_share: float
    every: int
    every_share: float
    expected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandonment:
    """The last steps of sessions that were at least ``at_least`` likely to buy and didn't.

    ``n`` of them were looked at, beside ``n_every`` sessions of any probability that left. In the whole
    result there are ``total`` such sessions, of ``total_likely`` that were as likely, and ``expected``
    revenue was expected of them. ``observed`` says whether the export tells who bought; else everybody
    likely is counted.
    """

    at_least: float
    steps: tuple[LastStep, ...]
    n: int
    n_every: int
    total: int
    total_likely: int
    expected: float | None
    observed: bool
    is_sample: bool


def abandonment(source: Source, filters: Filters, at_least: float, *, level: Level = "type") -> Abandonment:
    """Count after which step sessions of a high probability left without buying.

    Parameters
    ----------
    at_least
        From which probability on a session was likely to buy.
    level
        What a step is: the type of event, or the category or page that was looked at.

    Raises
    ------
    CoreError
        If the export doesn't tell of steps, or nothing is predicted.
    """
    sessions = source.scored
    if "purchase_probability" not in query.known_columns(sessions):
        raise CoreError(
            "There are no purchase predictions for these sessions.",
            where=source.name,
            remedy="Score the export with a model that predicts purchases.",
        )
    return _leaving(sessions, paths_of(source), filters.only_filters(), at_least, level)


def likely_and_gone(filters: Filters, at_least: float, *, observed: bool = True) -> Filters:
    """Return filters that leave the sessions ``abandonment`` is about."""
    low, high = filters.p
    likely = replace(filters, p=(at_least if low is None else max(low, at_least), high))
    return replace(likely, purchased=False) if observed and likely.purchased is None else likely


@cached(Abandonment)
def _leaving(
    sessions: ScoredSessions, paths: Paths, filters: Filters, at_least: float, level: Level
) -> Abandonment:
    observed = paths.has_outcomes
    # Of a model without amounts no revenue is known, which is not 0.
    amounts = "expected_revenue" in query.known_columns(sessions)
    steps = column(level, merge=True)
    rows = ask(
        sessions,
        paths,
        filters,
        f"""
        SELECT {steps}[-1] AS step, count(*) AS every,
               count(*) FILTER (purchase_probability >= ?) AS likely,
               coalesce(sum(expected_revenue) FILTER (purchase_probability >= ?), 0) AS expected
        FROM chosen WHERE NOT bought AND len({steps}) > 0 GROUP BY step ORDER BY likely DESC, every DESC, step
        """,
        [at_least, at_least],
    )
    n, n_every = sum(row["likely"] for row in rows), sum(row["every"] for row in rows)
    gone = aggregates.kpis(sessions, likely_and_gone(filters, at_least, observed=observed))
    likely = aggregates.kpis(sessions, likely_and_gone(filters, at_least, observed=False))
    seen = math.fsum(row["expected"] for row in rows)
    # Of a sample, each step gets its part of what is known of all.
    scale = gone.expected_revenue / seen if paths.is_sample and seen else 1.0
    return Abandonment(
        at_least=at_least,
        steps=tuple(_last(paths, level, row, n, n_every, scale if amounts else None) for row in rows),
        n=n,
        n_every=n_every,
        total=gone.n,
        total_likely=likely.n,
        expected=gone.expected_revenue if amounts else None,
        observed=observed,
        is_sample=paths.is_sample,
    )


def _last(
    paths: Paths, level: Level, row: dict[str, Any], n: int, n_every: int, scale: float | None
) -> LastStep:
    return LastStep(
        step=paths.step(level, row["step"]),
        likely=row["likely"],
        likely_share=row["likely"] / n if n else 0.0,
        every=row["every"],
        every_share=row["every"] / n_every,
        expected=None if scale is None else row["expected"] * scale,
    )
