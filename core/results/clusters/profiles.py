"""What the clusters of scored sessions are like: sizes, outcomes, profiles, typical sessions.

Works on any Parquet of session rows with predictions: a result, or a bundle's reference sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.results.cache import cached
from core.results.footer import columns
from core.results.query import ask, known_columns
from core.results.scored_sessions import ScoredSessions
from core.schema.sessions import FIELD, SESSION_FIELDS, Field
from core.stats.proportions import wilson

#: A spread this small is a constant column and rounding: nothing to compare.
FLAT = 1e-9

#: An axis is explained by at most this many features, and by none it hardly goes along with.
AXIS_FEATURES, AXIS_CORRELATION = 3, 0.4

#: Stands for all sessions among the clusters' ids.
ALL = "all"

#: What a profile compares: numbers, and shares of yes.
PROFILE_FIELDS: tuple[Field, ...] = tuple(
    field
    for field in SESSION_FIELDS
    if field.feature and field.kind in {"count", "amount", "seconds", "flag"} and field.name != "hour"
)

#: What a typical session is shown by, where the data has it.
TYPICAL_COLUMNS = (
    "session_id",
    "n_events",
    "product_views",
    "cart_adds",
    "checkouts",
    "duration_seconds",
    "price_mean",
    "cart_value",
    "dominant_category",
    "purchased",
    "revenue",
    "purchase_probability",
    "revenue_if_purchase",
    "revenue_low",
    "revenue_high",
    "expected_revenue",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOutcome:
    """Size, conversion and revenue of one cluster.

    ``conversion`` is observed where outcomes are known, else the average predicted probability, else
    None, as ``revenue`` is; ``low`` and ``high`` are its 95% Wilson interval (None when predicted).
    ``revenue`` is the sum in the data's currency, observed or expected.
    """

    cluster_id: int
    name: str
    n: int
    share: float
    n_known: int
    conversion: float | None
    low: float | None
    high: float | None
    revenue: float | None

    @property
    def revenue_per_session(self) -> float | None:
        """Revenue over sessions, in the data's currency."""
        return None if self.revenue is None or not self.n else self.revenue / self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """All clusters, largest first, and whether conversion and revenue are observed or predicted."""

    clusters: tuple[ClusterOutcome, ...]
    n: int
    conversion: float | None
    conversion_observed: bool
    revenue_observed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCell:
    """How one cluster stands against all sessions in one feature.

    ``difference`` is in standard deviations of all sessions; None where the feature is unknown or
    the same everywhere.
    """

    cluster_id: int
    feature: str
    mean: float | None
    overall_mean: float | None
    difference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisMeaning:
    """What grows along one axis of the map: feature names, strongest first.

    ``rising`` tells whether it grows rightwards (upwards), or the other way.
    """

    features: tuple[str, ...]
    rising: bool


class ClusterView:
    """The clusters of one Parquet file of scored sessions.

    Parameters
    ----------
    names
        What clusters are called now, by id; those without one are called as they were scored.

    Raises
    ------
    NotFoundError
        If the file is gone.
    """

    def __init__(self, path: Path, names: Mapping[int, str] | None = None) -> None:
        self.path = path
        self.sessions = ScoredSessions.of(path)
        self._names = dict(names or {})

    def outcomes(self) -> Outcomes:
        """Return size, conversion and revenue per cluster."""
        outcomes = _outcomes(self.sessions)
        if not self._names:
            return outcomes
        named = (replace(one, name=self._names.get(one.cluster_id, one.name)) for one in outcomes.clusters)
        return replace(outcomes, clusters=tuple(named))

    def choose(self, cluster: str | None) -> tuple[int | None, list[str]]:
        """Read a link's cluster: its id, None without one or if it isn't here, which a note then says."""
        if not cluster:
            return None, []
        known = {outcome.cluster_id for outcome in self.outcomes().clusters}
        if cluster.isdecimal() and int(cluster) in known:
            return int(cluster), []
        return None, ["None of these sessions are in this link's cluster."]

    def profile(self) -> tuple[ProfileCell, ...]:
        """Return every cluster's average in every known feature, against all sessions."""
        return _profile(self.sessions)

    @property
    def predicts(self) -> bool:
        """Whether purchases are predicted; a model may know clusters only."""
        return "purchase_probability" in known_columns(self.sessions)

    def axes(self) -> tuple[AxisMeaning, AxisMeaning]:
        """Return what the map's horizontal and vertical axis go along with.

        By correlation of a coordinate with the logs of the profile's features over all sessions.
        """
        return _axes(self.sessions)

    def typical(self, cluster_id: int, n: int = 8) -> list[dict[str, Any]]:
        """Return the ``n`` sessions closest to a cluster's centre, closest first.

        Closeness is measured over the profile's features, each on a log scale in standard
        deviations; an unknown value counts as the cluster's own average.
        """
        return _typical(self.sessions, cluster_id, n)


@cached(Outcomes)
def _outcomes(sessions: ScoredSessions) -> Outcomes:
    rows = ask(
        sessions,
        """
        SELECT cluster_id, min(cluster_name) AS name, count(*) AS n,
               count(purchased) AS n_known, count_if(purchased) AS buyers,
               avg(purchase_probability) AS predicted, count(revenue) AS n_revenue,
               sum(revenue) AS revenue, sum(expected_revenue) AS expected
        FROM sessions WHERE cluster_id IS NOT NULL
        GROUP BY cluster_id ORDER BY n DESC, cluster_id
        """,
    )
    total = sum(row["n"] for row in rows)
    observed, paid = any(row["n_known"] for row in rows), any(row["n_revenue"] for row in rows)
    clusters = tuple(_outcome(row, total, observed=observed, paid=paid) for row in rows)
    return Outcomes(
        clusters=clusters,
        n=total,
        conversion=_overall(rows, observed=observed),
        conversion_observed=observed,
        revenue_observed=paid,
    )


def _outcome(row: dict[str, Any], total: int, *, observed: bool, paid: bool) -> ClusterOutcome:
    n_known = row["n_known"]
    low, high = wilson(row["buyers"], n_known) if observed and n_known else (None, None)
    conversion = (row["buyers"] / n_known if n_known else None) if observed else row["predicted"]
    return ClusterOutcome(
        cluster_id=int(row["cluster_id"]),
        name=row["name"] or f"Cluster {row['cluster_id']}",
        n=row["n"],
        share=row["n"] / total,
        n_known=n_known,
        conversion=conversion,
        low=low,
        high=high,
        revenue=row["revenue"] if paid else row["expected"],
    )


def _overall(rows: Sequence[dict[str, Any]], *, observed: bool) -> float | None:
    weight, value = ("n_known", "buyers") if observed else ("n", None)
    total = sum(row[weight] for row in rows)
    if not total or (not observed and all(row["predicted"] is None for row in rows)):
        return None
    if value:
        return float(sum(row[value] for row in rows) / total)
    return float(sum((row["predicted"] or 0.0) * row["n"] for row in rows) / total)


@cached(tuple[ProfileCell, ...])
def _profile(sessions: ScoredSessions) -> tuple[ProfileCell, ...]:
    return profile_cells(sessions, _features(sessions))


def profile_cells(
    sessions: ScoredSessions, names: Sequence[str], where: str = "true", params: Sequence[object] = ()
) -> tuple[ProfileCell, ...]:
    """Return every cluster's average in some features, against all sessions that meet a condition in SQL."""
    if not names:
        return ()
    averages = ", ".join(
        f"avg({_number(name)}) AS m_{name}, stddev_pop({_number(name)}) AS s_{name}" for name in names
    )
    overall, *clusters = ask(
        sessions,
        f"SELECT cluster_id, {averages} FROM sessions WHERE ({where}) AND cluster_id IS NOT NULL "
        "GROUP BY GROUPING SETS ((), (cluster_id)) ORDER BY cluster_id NULLS FIRST",
        params,
    )
    return tuple(
        profile_cell(
            int(row["cluster_id"]), name, row[f"m_{name}"], overall[f"m_{name}"], overall[f"s_{name}"]
        )
        for row in clusters
        for name in names
    )


def profile_cell(
    cluster_id: int, feature: str, mean: float | None, overall_mean: float | None, spread: float | None
) -> ProfileCell:
    """Return how an average stands against that of all sessions, of which ``spread`` is the deviation."""
    if mean is None or overall_mean is None or spread is None or spread <= FLAT:
        difference = None
    else:
        difference = (mean - overall_mean) / spread
    return ProfileCell(
        cluster_id=cluster_id,
        feature=feature,
        mean=mean,
        overall_mean=overall_mean,
        difference=difference,
    )


@cached(tuple[AxisMeaning, AxisMeaning])
def _axes(sessions: ScoredSessions) -> tuple[AxisMeaning, AxisMeaning]:
    names = [name for name in _features(sessions) if FIELD[name].kind != "flag"]
    correlations = [
        f"corr({axis}, {_log(name)}) AS {axis}_{name}"
        for axis in ("cluster_x", "cluster_y")
        for name in names
    ]
    if not correlations:
        return _axis({}), _axis({})
    row = ask(sessions, f"SELECT {', '.join(correlations)} FROM sessions")[0]
    horizontal, vertical = (
        {name: row[f"{axis}_{name}"] for name in names} for axis in ("cluster_x", "cluster_y")
    )
    return _axis(horizontal), _axis(vertical)


def _axis(correlations: dict[str, float | None]) -> AxisMeaning:
    known = {
        name: value for name, value in correlations.items() if value is not None and not math.isnan(value)
    }
    ranked = sorted(known, key=lambda name: -abs(known[name]))
    rising = not ranked or known[ranked[0]] > 0
    alike = [name for name in ranked if (known[name] if rising else -known[name]) >= AXIS_CORRELATION]
    return AxisMeaning(features=tuple(alike[:AXIS_FEATURES]), rising=rising)


@cached(list[dict[str, Any]])
def _typical(sessions: ScoredSessions, cluster_id: int, n: int) -> list[dict[str, Any]]:
    names = _features(sessions)
    shown = [name for name in TYPICAL_COLUMNS if name in columns(sessions)]
    measured = _logs(sessions)
    spread, centre = measured.get(ALL, {}), measured.get(str(cluster_id), {})
    distances = [
        f"coalesce(pow(({_log(name)} - {centre[name][0]!r}) / {spread[name][1]!r}, 2), 0)"
        for name in names
        if centre and centre[name][0] is not None and (spread[name][1] or 0.0) > FLAT
    ]
    # Where all sessions are alike, none is more typical than another.
    order = [" + ".join(distances), "session_id"] if distances else ["session_id"]
    return ask(
        sessions,
        f"SELECT {', '.join(shown)} FROM sessions WHERE cluster_id = ? ORDER BY {', '.join(order)} LIMIT ?",
        [cluster_id, n],
    )


@cached(dict[str, dict[str, tuple[float | None, float | None]]])
def _logs(sessions: ScoredSessions) -> dict[str, dict[str, tuple[float | None, float | None]]]:
    """Return mean and spread of the features' logs, by cluster and of all sessions."""
    names = _features(sessions)
    moments = ", ".join(
        f"avg({_log(name)}) AS m_{name}, stddev_pop({_log(name)}) AS s_{name}" for name in names
    )
    rows = ask(
        sessions,
        f"SELECT cluster_id, grouping(cluster_id) AS whole{', ' if moments else ''}{moments} FROM sessions "
        "GROUP BY GROUPING SETS ((), (cluster_id))",
    )
    return {
        ALL if row["whole"] else str(row["cluster_id"]): {
            name: (row[f"m_{name}"], row[f"s_{name}"]) for name in names
        }
        for row in rows
    }


def _features(sessions: ScoredSessions) -> list[str]:
    present = set(columns(sessions))
    return [field.name for field in PROFILE_FIELDS if field.name in present]


def _number(name: str) -> str:
    return f"CAST({name} AS DOUBLE)"


def _log(name: str) -> str:
    # Not greatest(): DuckDB's passes over null, and an unknown price would become one of 0.
    return f"ln(1 + CASE WHEN {name} < 0 THEN 0 ELSE CAST({name} AS DOUBLE) END)"
