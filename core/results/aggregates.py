"""What is counted over the filtered sessions of one file: every answer a results page is made of.

Every answer is kept in the cache. All groups of a page are counted in a few passes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.base.shop import place_in_week, week_begins
from core.results import distributions, query, tallies
from core.results.accuracy import Quality, measure, measured
from core.results.bitmaps import asked, in_arrays
from core.results.cache import cached
from core.results.distributions import ALL_SESSIONS
from core.results.filters import CHOICES, STAGES, Filters
from core.results.local_day import LOCAL_DAY, step_sql
from core.results.sample import first_by_hash
from core.results.scored_sessions import ScoredSessions
from core.results.session_arrays import CUBES
from core.results.sums import ADDED, ALL, NOBODY, SUMS, Group, Sums, sums_of
from core.results.visitor_groups import visitor_groups

#: The stages of the funnel, in order, with the columns that tell of each.
FUNNEL = (
    ("viewed", "product_views"),
    ("cart", "cart_adds"),
    ("checkout", "checkouts"),
    ("bought", "purchased"),
)

#: The filters of days, and the column behind each choice.
DAYS = ("start", "end")
COLUMNS = {**CHOICES, "day": "started_at"}

#: What the shop's day of a session follows from.
DAY_CELL = "CAST(started_at AS DATE) AS started_at, day_of_week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage of the funnel: how many sessions came this far, of ``of`` that tell."""

    stage: str
    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which sessions a result has at all: how many, from when to when (UTC), and on which of the shop's days.

    The threshold they were scored with is above ``highest_no``, and ``lowest_yes`` at most.
    """

    n: int
    first: datetime | None
    last: datetime | None
    highest_no: float | None
    lowest_yes: float | None
    first_day: date | None = None
    last_day: date | None = None


@cached(Span)
def span(sessions: ScoredSessions) -> Span:
    """Return which sessions there are at all."""
    row = query.ask_one(
        sessions,
        f"""
        SELECT count(*) AS n, min(started_at) AS first, max(started_at) AS last,
               min({LOCAL_DAY}) AS first_day, max({LOCAL_DAY}) AS last_day,
               min(purchase_probability) FILTER (predicted_purchase) AS lowest_yes,
               max(purchase_probability) FILTER (NOT predicted_purchase) AS highest_no
        FROM sessions
        """,
    )
    return Span(**row)


def weekly(sessions: ScoredSessions) -> bool:
    """Tell whether there are too many days to show each."""
    whole = span(sessions)
    if whole.first is None or whole.last is None:
        return False
    return (whole.last - whole.first).days > distributions.MAX_DAYS


@cached(tuple[tuple[int, str], ...])
def clusters(sessions: ScoredSessions) -> tuple[tuple[int, str], ...]:
    """Return the clusters there are, with their names."""
    rows = query.ask(
        sessions,
        "SELECT cluster_id, min(cluster_name) AS name FROM sessions WHERE cluster_id IS NOT NULL "
        "GROUP BY cluster_id ORDER BY cluster_id",
    )
    return tuple((row["cluster_id"], row["name"] or f"Cluster {row['cluster_id']}") for row in rows)


def groups(sessions: ScoredSessions, filters: Filters, cube: tuple[str, ...]) -> dict[str, tuple[Group, ...]]:
    """Return the groups by each of several choices, counted together once; days come as text.

    Under ``ALL`` is one group, all filtered sessions, unless there are none.
    """
    found = _groups(sessions, filters, cube, week_begins() if "day" in cube else 1)
    return {by: in_week(there) if by == "weekday" else there for by, there in found.items()}


def in_week(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Return weekdays as the shop's week has them, what has none last."""
    return tuple(sorted(groups, key=lambda group: 7 if group.key is None else place_in_week(int(group.key))))


@cached(dict[str, tuple[Group, ...]])
def _groups(
    sessions: ScoredSessions, filters: Filters, cube: tuple[str, ...], begins: int
) -> dict[str, tuple[Group, ...]]:
    names = dict(clusters(sessions)) if "cluster" in cube else {}
    by_choice: dict[str, list[Group]] = {by: [] for by in (*cube, ALL)}
    for by, key, row in _cube(sessions, filters, cube, begins):
        if row["n"]:
            label = names.get(key) if isinstance(key, int) else None
            by_choice[by].append(
                Group(key=key.isoformat() if isinstance(key, date) else key, label=label, sums=sums_of(row))
            )
    return {by: tuple(sorted(there, key=_rising)) for by, there in by_choice.items()}


def _cube(
    sessions: ScoredSessions, filters: Filters, cube: tuple[str, ...], begins: int
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield what is grouped by, the value, and the sums of each group, and last of all of them together."""
    whole = in_arrays(sessions, filters)
    counted = tallies.groups_of(whole, filters, cube, begins if weekly(sessions) else None) if whole else None
    if counted is not None:
        yield from counted
        return
    # The shop's day is worked out for each day and weekday there is, not for each session.
    cells = ", ".join(DAY_CELL if by == "day" else f"{CHOICES[by]} AS {by}" for by in cube)
    step = step_sql("week" if weekly(sessions) else "day", begins)
    keys = ", ".join(f"{step} AS day" if by == "day" else by for by in cube)
    rows = _ask(
        sessions,
        filters,
        f"""
        , cells AS (SELECT {cells}, {SUMS} FROM sessions WHERE {{where}} GROUP BY ALL)
        , cube AS MATERIALIZED (SELECT {keys}, {", ".join(ADDED)} FROM cells)
        SELECT {", ".join(cube)}, {", ".join(f"grouping({by}) AS _{by}" for by in cube)},
            {", ".join(f"sum({name}) AS {name}" for name in ADDED)}
        FROM cube GROUP BY GROUPING SETS ({", ".join(f"({by})" for by in cube)}, ())
        """,
    )
    for row in rows:
        by = next((by for by in cube if not row[f"_{by}"]), ALL)
        yield by, row.get(by), row


def kpis(sessions: ScoredSessions, filters: Filters) -> Sums:
    """Return all filtered sessions taken together."""
    (whole,) = groups(sessions, filters, CUBES[0])[ALL] or (NOBODY,)
    return whole.sums


def _rising(group: Group) -> tuple[bool, Any]:
    return (group.key is None, group.key)


@cached(tuple[str, ...])
def recorded_stages(sessions: ScoredSessions) -> tuple[str, ...]:
    """Return the stages the export records, in order.

    One that nobody reached, of all sessions, while others came further, isn't recorded: nobody was
    lost there.
    """
    known = query.known_columns(sessions)
    stages = [stage for stage, column in FUNNEL if column in known]
    if not stages:
        return ()
    counts = ", ".join(f"count(*) FILTER ({STAGES[stage]}) AS {stage}" for stage in stages)
    (row,) = _ask(sessions, Filters(), f"SELECT {counts} FROM sessions WHERE {{where}}")
    last = max((place for place, stage in enumerate(stages) if row[stage]), default=-1)
    return tuple(stage for place, stage in enumerate(stages) if row[stage] or place > last)


@cached(tuple[Step, ...])
def funnel(sessions: ScoredSessions, filters: Filters) -> tuple[Step, ...]:
    """Return the stages the export records, in order."""
    told = recorded_stages(sessions)
    stages = [(stage, column) for stage, column in FUNNEL if stage in told]
    if not stages:
        return ()
    if whole := in_arrays(sessions, filters):
        found = zip(stages, tallies.stage_counts(whole, filters, stages), strict=True)
        return tuple(Step(stage=stage, n=n, of=of) for (stage, _), (n, of) in found)
    counts = ", ".join(
        f"count(*) FILTER ({STAGES[stage]}) AS {stage}, count({column}) AS of_{stage}"
        for stage, column in stages
    )
    (row,) = _ask(sessions, filters, f"SELECT {counts} FROM sessions WHERE {{where}}")
    return tuple(Step(stage=stage, n=row[stage], of=row[f"of_{stage}"]) for stage, _ in stages)


@cached(distributions.Histogram)
def histogram(sessions: ScoredSessions, filters: Filters, of: str) -> distributions.Histogram:
    """Return how a measure is spread over the filtered sessions."""
    about = distributions.MEASURES[of]
    edges = edges_of(sessions, of, filters.threshold)
    if whole := in_arrays(sessions, filters):
        bars, total = tallies.bar_sums(
            whole, filters, of, about.column, edges, likely=about.only != ALL_SESSIONS
        )
        return distributions.Histogram(edges=edges, counts=tuple(bars), n=sum(bars), total=total)
    row = _ask(
        sessions,
        filters,
        f"SELECT {distributions.bin_sql(about.column, edges)} AS bin, count(*) AS n, "
        f"coalesce(sum({about.column}), 0) AS total FROM sessions "
        f"WHERE {{where}} AND {about.column} IS NOT NULL AND {about.only} GROUP BY bin ORDER BY bin",
    )
    return distributions.Histogram(
        edges=edges,
        counts=tuple(sum(bar["n"] for bar in row if bar["bin"] == place) for place in range(len(edges) - 1)),
        n=sum(bar["n"] for bar in row),
        total=math.fsum(bar["total"] for bar in row),
    )


def edges_of(sessions: ScoredSessions, of: str, threshold: float | None) -> tuple[float, ...]:
    """Return the edges of a measure's bars: of all sessions, so that filtering doesn't move them."""
    about = distributions.MEASURES[of]
    return about.edges or _edges(sessions, of, None if about.only == ALL_SESSIONS else threshold)


@cached(tuple[float, ...])
def _edges(sessions: ScoredSessions, of: str, threshold: float | None) -> tuple[float, ...]:
    about = distributions.MEASURES[of]
    row = query.ask_one(
        sessions.at(threshold),
        f"SELECT count(*) AS n, max({about.column}) AS most, "
        f"quantile_cont({about.column}, [0.02, 0.5, 0.99]) AS quantiles "
        f"FROM sessions WHERE {about.column} > 0 AND {about.only}",
    )
    return distributions.amount_edges(row["most"], row["quantiles"])


@cached(Quality | None)
def quality(sessions: ScoredSessions, filters: Filters) -> Quality | None:
    """Return how right the predictions were; None where no outcome is known."""
    if whole := in_arrays(sessions, filters):
        sums, columns = tallies.outcomes(whole, filters)
        if not sums["n"]:
            return None
        # Whoever is picked by a prediction is picked anew by another threshold.
        same = filters.threshold is not None and not filters.by_prediction
        known = quality(sessions, filters.without("threshold")) if same else None
        return measured(sums, columns, visitors=visitor_groups(whole), known=known)
    where, params = filters.where()
    at = sessions.at(filters.threshold)
    return measure(lambda sql: query.arrays(at, sql.format(where=where), params))


@cached(dict[str, list[Any]])
def points(sessions: ScoredSessions, filters: Filters, limit: int) -> dict[str, list[Any]]:
    """Return a sample of the filtered sessions for the map of clusters."""
    names = ("session_id", "cluster_id", "cluster_x", "cluster_y", "purchase_probability")
    there = "cluster_x IS NOT NULL AND cluster_y IS NOT NULL"
    rows = first_by_hash(sessions, filters, names, there, limit)
    return {name: [row[name] for row in rows] for name in names}


def _ask(sessions: ScoredSessions, filters: Filters, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query in which ``{where}`` stands for the filters."""
    at, where, params, rows = asked(sessions, filters)
    return query.ask(at, sql.format(where=where), params, rows)
