"""Questions about the paths of the filtered sessions, put in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.journeys.paths import END, PURCHASE, Level, Paths
from core.results import aggregates, query
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions

#: Of a session's row, what questions about its path need besides.
NEEDED = ("cluster_id", "purchase_probability", "expected_revenue")


def ask(
    sessions: ScoredSessions, paths: Paths, filters: Filters, sql: str, params: Sequence[object] = ()
) -> list[dict[str, Any]]:
    """Return the rows a query gives on ``chosen``: the paths of the filtered sessions.

    ``chosen`` has what ``core.journeys.paths`` writes, and ``NEEDED``.
    """
    where, bound = filters.where()
    rows = f"SELECT file_row_number AS row, {', '.join(NEEDED)} FROM sessions WHERE {where}"
    return query.ask(
        sessions.at(filters.threshold),
        f", chosen AS (SELECT * FROM {paths.sql} JOIN ({rows}) USING (row)) {sql}",
        [*bound, *params],
    )


def steps_sql(level: Level, *, merge: bool) -> str:
    """Return a path's steps and, last, how it ended, as a list of numbers in SQL."""
    end = f"CASE WHEN bought THEN {PURCHASE} ELSE {END} END::UTINYINT"
    return f"list_append({column(level, merge=merge)}, {end})"


def column(level: Level, *, merge: bool) -> str:
    """Return the column of the paths that holds steps told one way."""
    return f"{level}_merged" if merge else level


def count(sessions: ScoredSessions, filters: Filters) -> int:
    """Return how many sessions the filters leave, of the whole result."""
    return aggregates.kpis(sessions, filters.only_filters()).n
