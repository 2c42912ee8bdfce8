"""What is drawn on the map: the sessions within an area, against all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from core.results.area import Area, area_sql
from core.results.cache import cached
from core.results.clusters.profiles import PROFILE_FIELDS, TYPICAL_COLUMNS, ProfileCell, profile_cell
from core.results.footer import columns
from core.results.query import ask, ask_one
from core.results.scored_sessions import ScoredSessions
from core.stats.estimate import Z95
from core.stats.proportions import wilson

#: Stands for the area where a cluster's id would.
DRAWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The sessions within an area: how many, of which clusters, what becomes of them, what sets them apart.

    ``total`` counts all sessions that are on the map. ``conversion`` is observed where outcomes are known
    (of ``n_known``), with its 95% Wilson interval; ``expected_buyers`` is the sum of the probabilities, with
    the 95% interval of that many independent sessions. Amounts are in the data's currency; None is unknown.
    """

    n: int
    total: int
    clusters: tuple[tuple[int, int], ...]
    n_known: int
    conversion: float | None
    low: float | None
    high: float | None
    conversion_of_all: float | None
    expected_buyers: float | None
    buyers_low: float | None
    buyers_high: float | None
    revenue: float | None
    expected_revenue: float | None
    cells: tuple[ProfileCell, ...]

    @property
    def share(self) -> float:
        """Share of all sessions on the map."""
        return self.n / self.total if self.total else 0.0


@cached(Selection)
def selection(sessions: ScoredSessions, area: Area) -> Selection:
    """Return what lies within an area."""
    condition, params = area_sql(area)
    names = [field.name for field in PROFILE_FIELDS if field.name in set(columns(sessions))]
    profile = "".join(
        f", avg({name}::DOUBLE) FILTER (inside) AS i_{name}, avg({name}::DOUBLE) AS m_{name}, "
        f"stddev_pop({name}::DOUBLE) AS s_{name}"
        for name in names
    )
    row = ask_one(
        sessions,
        f"""
        SELECT count(*) AS total, count_if(inside) AS n,
               count(purchased) FILTER (inside) AS n_known, count_if(purchased AND inside) AS buyers,
               avg(CAST(purchased AS INTEGER)) AS bought_of_all,
               sum(purchase_probability) FILTER (inside) AS expected_buyers,
               sum(purchase_probability * (1 - purchase_probability)) FILTER (inside) AS variance,
               sum(revenue) FILTER (inside) AS revenue,
               sum(expected_revenue) FILTER (inside) AS expected_revenue{profile}
        FROM (SELECT *, {condition} AS inside FROM sessions WHERE cluster_x + cluster_y IS NOT NULL)
        """,
        params,
    )
    clusters = ask(
        sessions,
        f"SELECT cluster_id, count(*) AS n FROM sessions WHERE cluster_id IS NOT NULL AND {condition} "
        "GROUP BY cluster_id ORDER BY n DESC, cluster_id",
        params,
    )
    return _selection(row, tuple((int(one["cluster_id"]), int(one["n"])) for one in clusters), names)


def _selection(row: dict[str, Any], clusters: tuple[tuple[int, int], ...], names: list[str]) -> Selection:
    known, expected = row["n_known"], row["expected_buyers"]
    low, high = wilson(row["buyers"], known) if known else (None, None)
    half = Z95 * math.sqrt(row["variance"]) if expected is not None else 0.0
    return Selection(
        n=row["n"],
        total=row["total"],
        clusters=clusters,
        n_known=known,
        conversion=row["buyers"] / known if known else None,
        low=low,
        high=high,
        conversion_of_all=row["bought_of_all"],
        expected_buyers=expected,
        buyers_low=None if expected is None else max(0.0, expected - half),
        buyers_high=None if expected is None else min(float(row["n"]), expected + half),
        revenue=row["revenue"],
        expected_revenue=row["expected_revenue"],
        cells=tuple(
            profile_cell(DRAWN, name, row[f"i_{name}"], row[f"m_{name}"], row[f"s_{name}"]) for name in names
        ),
    )


@cached(list[dict[str, Any]])
def members(sessions: ScoredSessions, area: Area, n: int = 8) -> list[dict[str, Any]]:
    """Return some sessions within an area: the likeliest buyers first, as far as that is known."""
    condition, params = area_sql(area)
    shown = [name for name in TYPICAL_COLUMNS if name in columns(sessions)]
    return ask(
        sessions,
        f"SELECT {', '.join(shown)} FROM sessions WHERE {condition} "
        "ORDER BY purchase_probability DESC NULLS LAST, hash(session_id), session_id LIMIT ?",
        [*params, n],
    )
