"""A result counted by day: made once, kept beside it, and all that pages over time read of it.

One row is a day (the shop's), a grouping and one of its values; the grouping ``all`` is every session of the
day. Sessions without a time are on no day. Sessions that a newer export has, too, are the newer one's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.base.sql import literal
from core.results import query
from core.results.cache import beside, file_beside
from core.results.comparison.counts import ALL, MEASURED
from core.results.filters import CHOICES
from core.results.local_day import LOCAL_DAY
from core.results.scored_sessions import ScoredSessions

#: What sessions are grouped by, in the order it is told.
GROUPINGS = ("channel", "device", "country", "category")
#: Values of a grouping that are kept apart, most frequent first; the rest is one.
MOST_VALUES = 50
OTHERS = "All others"
#: Sums beside those of ``MEASURED``, over sessions with prediction and outcome: what was foreseen, what came.
PAIRED = {
    "n_paired": "count(*) FILTER ({both})",
    "foreseen": "coalesce(sum(purchase_probability) FILTER ({both}), 0)",
    "came": "count(*) FILTER ({both} AND purchased)",
    "spread": "coalesce(sum(purchase_probability * (1 - purchase_probability)) FILTER ({both}), 0)",
    "n_worth": "count(*) FILTER ({amounts})",
    "worth_foreseen": "coalesce(sum(expected_revenue) FILTER ({amounts}), 0)",
    "worth_came": "coalesce(sum(revenue) FILTER ({amounts}), 0)",
}
_BOTH = "purchased IS NOT NULL AND purchase_probability IS NOT NULL"
_AMOUNTS = "revenue IS NOT NULL AND expected_revenue IS NOT NULL"
#: A day is the same in two exports whose sessions have other ids if so many of its visitors are in both.
SAME_DAY, FEWEST_VISITORS = 0.5, 20


def daily(sessions: ScoredSessions, newer: Sequence[ScoredSessions] = ()) -> Path:
    """Return the Parquet of a result by day, made now unless it is kept.

    Parameters
    ----------
    newer
        Results of newer exports: sessions that are in one of them are left out here.

    Raises
    ------
    StorageError
        If there is no room for it.
    """
    told = repr([(str(one.path), one.stamp) for one in newer])
    name = "daily.parquet" if not newer else f"daily-{hashlib.sha256(told.encode()).hexdigest()[:24]}.parquet"
    kept = beside(sessions, name, partial(_write, sessions, tuple(newer)), least=0)
    return kept or file_beside(sessions, name)


def _write(sessions: ScoredSessions, newer: Sequence[ScoredSessions], out: Path) -> None:
    view, params = query.view_sql(sessions)
    left = _left_out(newer)
    sums = ", ".join(
        f"count({sql}) AS n_{name}, coalesce(sum({sql}), 0) AS t_{name}, "
        f"coalesce(sum({sql} * {sql}), 0) AS s_{name}"
        for name, sql in MEASURED.items()
    )
    paired = ", ".join(
        f"{sql.format(both=_BOTH, amounts=_AMOUNTS)} AS {name}" for name, sql in PAIRED.items()
    )
    parts = [
        f"SELECT day, '{ALL}' AS dimension, NULL::VARCHAR AS key, count(*) AS n, {sums}, {paired} FROM mine "
        "GROUP BY day"
    ]
    for by in GROUPINGS:
        column = CHOICES[by]
        most = f"SELECT {column} FROM mine GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_VALUES}"
        parts.append(
            f"SELECT day, '{by}' AS dimension, "
            f"CASE WHEN {column} IS NULL OR {column} IN ({most}) THEN {column} "
            f"ELSE '{OTHERS}' END AS key, count(*) AS n, {sums}, {paired} FROM mine "
            f"WHERE {_told(sessions, by)} GROUP BY ALL"
        )
    with query.connect(alone=True) as connection:
        connection.execute(
            f"CREATE TEMP TABLE mine AS WITH sessions AS ({view}), here AS (SELECT session_id, visitor_id, "
            f"started_at, {LOCAL_DAY} AS day, purchased, revenue, purchase_probability, predicted_purchase, "
            f"expected_revenue, {', '.join(CHOICES[by] for by in GROUPINGS)} FROM sessions "
            f"WHERE started_at IS NOT NULL){left}",
            params,
        )
        rows = f"{' UNION ALL '.join(parts)} ORDER BY dimension, day, key"
        connection.execute(f"COPY ({rows}) TO {literal(out)} (FORMAT parquet)")


def _told(sessions: ScoredSessions, by: str) -> str:
    """Return a condition that leaves out groupings the export tells nothing of."""
    return "true" if CHOICES[by] in query.known_columns(sessions) else "false"


def _left_out(newer: Sequence[ScoredSessions]) -> str:
    """Return the end of the query of a result's own sessions: those of no newer result.

    A session is in two exports if its id and day are the same, and its start or its visitor. Where an export
    gave them other ids, a day is told by its visitors.
    """
    if not newer:
        return " SELECT * FROM here"
    theirs = " UNION ALL ".join(_moments(one) for one in newer)
    return f"""
        , theirs AS MATERIALIZED (
            SELECT * FROM ({theirs})
            WHERE day BETWEEN (SELECT min(day) FROM here) AND (SELECT max(day) FROM here)),
        same AS MATERIALIZED (
            SELECT DISTINCT h.session_id, h.day FROM here h JOIN theirs t USING (session_id, day)
            WHERE h.started_at = t.started_at OR h.visitor_id = t.visitor_id),
        met AS (
            SELECT day, count(DISTINCT visitor_id) AS visitors,
                   count(DISTINCT visitor_id) FILTER ((day, visitor_id) IN (
                       SELECT (day, visitor_id) FROM theirs WHERE visitor_id IS NOT NULL)) AS shared
            FROM here WHERE visitor_id IS NOT NULL AND day NOT IN (SELECT day FROM same) GROUP BY day),
        theirs_whole AS (
            SELECT day FROM met WHERE visitors >= {FEWEST_VISITORS} AND shared > {SAME_DAY} * visitors)
        SELECT * FROM here WHERE (session_id, day) NOT IN (SELECT (session_id, day) FROM same)
            AND day NOT IN (SELECT day FROM theirs_whole)
    """


def _moments(sessions: ScoredSessions) -> str:
    known = query.known_columns(sessions)
    weekday = "day_of_week" if "day_of_week" in known else "NULL::BIGINT AS day_of_week"
    visitor = "visitor_id" if "visitor_id" in known else "NULL::VARCHAR AS visitor_id"
    return (
        f"SELECT session_id, visitor_id, started_at, {LOCAL_DAY} AS day FROM (SELECT session_id, {visitor}, "
        f"started_at, {weekday} FROM read_parquet({literal(sessions.path)})) WHERE started_at IS NOT NULL"
    )
