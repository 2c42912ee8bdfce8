"""Clusters over time: how many sessions each has a day, week or month, and how many of them buy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.base.shop import week_begins
from core.results.cache import cached
from core.results.local_day import step_sql
from core.results.query import ask, ask_one
from core.results.scored_sessions import ScoredSessions
from core.stats.proportions import wilson

Step = Literal["day", "week", "month"]
STEPS: tuple[Step, ...] = ("day", "week", "month")
#: Up to so many days, days are steps by themselves; up to so many, weeks are.
DAYS, WEEKS = 21, 500
#: Steps a chart shows at most: beyond, the next longer step is taken.
MOST_STEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One cluster in one step of time: ``share`` is of the step's sessions.

    ``conversion`` is observed where outcomes are known (of ``n_known``, with its 95% Wilson interval),
    else the average probability; None where neither is known.
    """

    start: date
    cluster_id: int
    n: int
    share: float
    n_known: int
    conversion: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime:
    """All clusters over time; ``n`` sessions have a time. ``observed``: outcomes are known."""

    step: Step
    moments: tuple[Moment, ...]
    n: int
    observed: bool


def over_time(sessions: ScoredSessions, step: Step | None = None) -> OverTime:
    """Return all clusters by day, week or month of the shop; by what suits the span if not told."""
    days = _days(sessions)
    wanted = step or ("day" if days <= DAYS else "week" if days <= WEEKS else "month")
    while wanted != "month" and days / {"day": 1, "week": 7}[wanted] > MOST_STEPS:
        wanted = STEPS[STEPS.index(wanted) + 1]
    return _over_time(sessions, wanted, week_begins() if wanted == "week" else 1)


@cached(int)
def _days(sessions: ScoredSessions) -> int:
    row = ask_one(
        sessions,
        "SELECT date_diff('day', min(started_at), max(started_at)) + 1 AS days FROM sessions "
        "WHERE cluster_id IS NOT NULL",
    )
    return int(row["days"] or 0)


@cached(OverTime)
def _over_time(sessions: ScoredSessions, step: Step, begins: int) -> OverTime:
    rows = ask(
        sessions,
        f"""
        SELECT {step_sql(step, begins)} AS start, cluster_id, count(*) AS n,
               count(purchased) AS n_known, count_if(purchased) AS buyers,
               avg(purchase_probability) AS predicted
        FROM sessions WHERE cluster_id IS NOT NULL AND started_at IS NOT NULL
        GROUP BY ALL ORDER BY start, cluster_id
        """,
    )
    totals: dict[date, int] = {}
    for row in rows:
        totals[row["start"]] = totals.get(row["start"], 0) + row["n"]
    observed = any(row["n_known"] for row in rows)
    moments = []
    for row in rows:
        known = row["n_known"]
        low, high = wilson(row["buyers"], known) if known else (None, None)
        conversion = (row["buyers"] / known if known else None) if observed else row["predicted"]
        moments.append(
            Moment(
                start=row["start"],
                cluster_id=int(row["cluster_id"]),
                n=row["n"],
                share=row["n"] / totals[row["start"]],
                n_known=known,
                conversion=conversion,
                low=low,
                high=high,
            )
        )
    return OverTime(step=step, moments=tuple(moments), n=sum(totals.values()), observed=observed)
