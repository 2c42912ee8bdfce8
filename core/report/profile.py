"""How the filtered sessions of each cluster stand against all filtered sessions."""

from __future__ import annotations

from core.results import query
from core.results.cache import cached
from core.results.clusters.profiles import FLAT, PROFILE_FIELDS, ProfileCell
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions


@cached(tuple[ProfileCell, ...])
def profile(sessions: ScoredSessions, filters: Filters) -> tuple[ProfileCell, ...]:
    """Return every cluster's average in every known feature, against all filtered sessions."""
    present = query.known_columns(sessions)
    names = [field.name for field in PROFILE_FIELDS if field.name in present]
    if not names:
        return ()
    where, params = filters.where()
    sums = ", ".join(
        f"avg(CAST({name} AS DOUBLE)) AS m_{name}, stddev_pop(CAST({name} AS DOUBLE)) AS s_{name}"
        for name in names
    )
    rows = query.ask(
        sessions.at(filters.threshold),
        f"SELECT cluster_id, grouping(cluster_id) AS whole, {sums} FROM sessions "
        f"WHERE ({where}) AND cluster_id IS NOT NULL GROUP BY GROUPING SETS ((), (cluster_id)) "
        "ORDER BY whole DESC, cluster_id",
        params,
    )
    if not rows:
        return ()
    overall, clusters = rows[0], rows[1:]
    return tuple(
        ProfileCell(
            cluster_id=int(row["cluster_id"]),
            feature=name,
            mean=row[f"m_{name}"],
            overall_mean=overall[f"m_{name}"],
            difference=_difference(row[f"m_{name}"], overall[f"m_{name}"], overall[f"s_{name}"]),
        )
        for row in clusters
        for name in names
    )


def _difference(mean: float | None, average: float | None, spread: float | None) -> float | None:
    if mean is None or average is None or spread is None or spread <= FLAT:
        return None
    return (mean - average) / spread
