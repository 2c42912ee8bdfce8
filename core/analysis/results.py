"""What the results page asks of scored sessions: figures, groups, distributions, rows, downloads.

``ResultView`` answers for any ``Filters``; each answer is small, and kept for as long as the file stays
the same. Everything counts the same sessions: the table's total, the figures and the charts agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from core.analysis import distributions, order, quality, scored
from core.analysis.columns import Sort
from core.analysis.filters import CHOICES, STAGES, Filters
from core.analysis.grid import GridRequest
from core.analysis.kept import beside, kept
from core.bundle import MANIFEST_FILE, check_name, read_manifest
from core.errors import BundleError
from core.export import export_query
from core.settings import get_settings

#: Points the map of clusters draws at most.
MAX_POINTS = 3_000
#: Of a large file, about so many sessions are laid aside for the map: those the map takes first.
SAMPLE = 200_000
#: The order of rows where none is asked for.
DEFAULT_SORT = (Sort(name="purchase_probability", descending=True),)

#: The stages of the funnel, in order, with the columns that tell of each.
FUNNEL = (
    ("viewed", "product_views"),
    ("cart", "cart_adds"),
    ("checkout", "checkouts"),
    ("bought", "purchased"),
)

#: What sessions are grouped by. Those of a tuple are counted together, in one pass over the file.
CUBES = (
    ("cluster", "country_group", "device", "channel", "weekday"),
    ("country", "category"),
    ("hour", "day"),
)
#: The filters of days, and the column behind each choice.
DAYS = ("start", "end")
COLUMNS = {**CHOICES, "day": "started_at"}

#: The sums every group of sessions is described by. Not with count_if: DuckDB's gives null instead of 0
#: where there are no rows.
SUMS = """
    count(*) AS n,
    count(*) FILTER (predicted_purchase) AS predicted_buyers,
    coalesce(sum(expected_revenue), 0) AS expected_revenue,
    coalesce(sum(predicted_revenue), 0) AS predicted_revenue,
    sum(purchase_probability) AS probability,
    count(purchase_probability) AS n_probability,
    count(purchased) AS n_known,
    count(*) FILTER (purchased) AS buyers,
    count(revenue) AS n_revenue,
    sum(revenue) AS revenue
"""
_ADDED = (
    "n",
    "predicted_buyers",
    "expected_revenue",
    "predicted_revenue",
    "probability",
    "n_probability",
    "n_known",
    "buyers",
    "n_revenue",
    "revenue",
)
_COUNTS = frozenset({"n", "predicted_buyers", "n_known", "buyers", "n_revenue"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sessions taken together: ``n`` of them, what is predicted, and what is known to have happened.

    Amounts are in the result's currency; ``probability`` is the average, None without sessions.
    ``n_known`` is how many tell whether they bought, ``n_revenue`` how many what was paid.
    """

    n: int
    predicted_buyers: int
    expected_revenue: float
    predicted_revenue: float
    probability: float | None
    n_known: int
    buyers: int
    n_revenue: int
    revenue: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The sessions that share one value (None: not known), taken together."""

    key: Any
    label: str | None
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage of the funnel: how many sessions came this far, of ``of`` that tell."""

    stage: str
    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which sessions a result has at all: how many, from when to when.

    The threshold they were scored with is above ``highest_no``, and ``lowest_yes`` at most.
    """

    n: int
    first: datetime | None
    last: datetime | None
    highest_no: float | None
    lowest_yes: float | None


class ResultView:
    """The scored sessions of one Parquet file.

    Raises
    ------
    NotFoundError
        If the file is gone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key = (str(path), scored.stamp_of(path))

    @property
    def told(self) -> frozenset[str]:
        """The columns that are known in at least one session."""
        return scored.told(*self._key)

    @property
    def own(self) -> tuple[scored.OwnColumn, ...]:
        """The export's own columns, those we have no name for, in order."""
        return scored.own(*self._key)

    @property
    def span(self) -> Span:
        """All sessions of the result, unfiltered."""
        return _span(*self._key)

    def threshold(self, bundle: str) -> float | None:
        """Return the threshold the sessions were scored with; None where no purchase is predicted.

        That is the bundle's, unless it has been replaced or given another one since; then as near as
        the sessions tell.
        """
        return _threshold(*self._key, bundle, _stamp_of_bundle(bundle))

    @property
    def cluster_names(self) -> dict[int, str]:
        """Each cluster's name, by id."""
        return dict(_clusters(*self._key))

    def kpis(self, filters: Filters) -> Sums:
        """Return the filtered sessions taken together."""
        return _kpis(*self._key, filters.only_filters())

    def groups(self, filters: Filters, by: str) -> tuple[Group, ...]:
        """Return the filtered sessions by one of ``CHOICES``, or by ``day``, in the order of its values.

        Days are grouped by weeks (from Monday) once there are more than ``distributions.MAX_DAYS``.
        """
        cube = next(cube for cube in CUBES if by in cube)
        found = _groups(*self._key, filters.only_filters(), cube)[by]
        if by != "day":
            return found
        return tuple(
            replace(group, key=None if group.key is None else date.fromisoformat(group.key))
            for group in found
        )

    @property
    def weekly(self) -> bool:
        """Whether ``groups`` by ``day`` gives weeks: there are too many days."""
        return _weekly(*self._key)

    def funnel(self, filters: Filters) -> tuple[Step, ...]:
        """Return the stages the export can tell of, in order."""
        return _funnel(*self._key, filters.only_filters())

    def histogram(self, filters: Filters, of: str) -> distributions.Histogram:
        """Return how one of ``distributions.MEASURES`` is spread over the filtered sessions."""
        return _histogram(*self._key, filters.only_filters(), of)

    def quality(self, filters: Filters) -> quality.Quality | None:
        """Return how right the predictions were; None where no outcome is known."""
        return _quality(*self._key, filters.only_filters())

    def points(self, filters: Filters, limit: int = MAX_POINTS) -> dict[str, list[Any]]:
        """Return a sample of sessions for the map of clusters: always the same one, drawn by hash."""
        return _points(*self._key, filters.only_filters(), limit)

    def page(self, filters: Filters, request: GridRequest) -> tuple[list[dict[str, Any]], int]:
        """Return a block of the filtered rows in a stable order, and how many there are in all.

        The export's own columns come under their keys, not their names.

        The grid's own column filters come in place of those in ``filters``.
        """
        asked = replace(filters, columns=request.columns, sort=request.sort)
        rows, total = order.block(
            *self._key, asked, asked.sort or DEFAULT_SORT, start=request.start, stop=request.stop
        )
        return self._rows(rows, asked.threshold), total

    def prepare(self, filters: Filters) -> None:
        """Find what the page shows of the filtered sessions, on all cores; afterwards it is kept."""
        told, key, plain = self.told, self._key, filters.only_filters()
        questions: set[tuple[Any, ...]] = {(_kpis, plain), (_kpis, plain.without("cluster"))}
        questions |= {(_kpis, plain.without("threshold")), (_funnel, plain.without("reached"))}
        questions |= {
            (_groups, plain.without(*DAYS) if by == "day" else plain.without(by), cube)
            for cube in CUBES
            for by in cube
            if by == "cluster" or COLUMNS[by] in told
        }
        questions |= {
            (_histogram, plain.without(of), of)
            for of, measure in distributions.MEASURES.items()
            if measure.column in told
        }
        questions |= {(_points, plain.without("cluster"), MAX_POINTS)}
        if "purchase_probability" in told:
            questions |= {(_quality, plain)}
        # The longest first, so that no core waits for another at the end.
        ranked = sorted(questions, key=lambda question: _COSTS.get(question[0], 9))
        scored.at_once([partial(ask, *key, *more) for ask, *more in ranked])

    def _rows(self, rows: Sequence[int], threshold: float | None) -> list[dict[str, Any]]:
        """Return sessions by their rows in the file, in that order; half of them at a time."""
        names = ", ".join([*scored.KNOWN, *(column.sql for column in self.own)])

        def some(wanted: Sequence[int]) -> list[dict[str, Any]]:
            return scored.ask(
                *self._key,
                f"SELECT {names}, file_row_number AS _row FROM sessions "
                f"WHERE file_row_number IN ({', '.join(map(str, wanted))})",
                threshold=threshold,
            )

        halves = [half for half in _halves(sorted(rows)) if half]
        found = scored.at_once([partial(some, half) for half in halves]) if halves else []
        by_row = {row.pop("_row"): row for some_rows in found for row in some_rows}
        return [by_row[row] for row in rows]


def _halves(rows: list[int]) -> tuple[list[int], list[int]]:
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


def largest(groups: Sequence[Group], most: int) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Return the groups of most sessions, largest first, and the rest."""
    ranked = sorted(groups, key=lambda group: (-group.sums.n, str(group.key)))
    # A single group left over is no "others".
    most = most if len(ranked) > most + 1 else most + 1
    return tuple(ranked[:most]), tuple(ranked[most:])


def together(groups: Sequence[Group]) -> Sums:
    """Return the sums of several groups."""
    every = [group.sums for group in groups]
    n = sum(sums.n for sums in every)
    weighted = math.fsum((sums.probability or 0.0) * sums.n for sums in every)
    paid = [sums.revenue for sums in every if sums.revenue is not None]
    return Sums(
        n=n,
        predicted_buyers=sum(sums.predicted_buyers for sums in every),
        expected_revenue=math.fsum(sums.expected_revenue for sums in every),
        predicted_revenue=math.fsum(sums.predicted_revenue for sums in every),
        probability=weighted / n if n else None,
        n_known=sum(sums.n_known for sums in every),
        buyers=sum(sums.buyers for sums in every),
        n_revenue=sum(sums.n_revenue for sums in every),
        revenue=math.fsum(paid) if paid else None,
    )


def write_export(view: ResultView, filters: Filters, out: Path, fmt: str) -> None:
    """Write the filtered rows with all columns of the file, in the order asked for (or the file's).

    Raises
    ------
    ExportError
        If the format is unknown, or the rows don't fit into it.
    """
    path, stamp = str(view.path), scored.stamp_of(view.path)
    where, params = filters.where()
    own = ", ".join(f's."{name.replace(chr(34), chr(34) * 2)}"' for name in scored.columns(path, stamp))
    order = f" ORDER BY {_order(filters.sort)}" if filters.sort else ""
    sessions, bound = scored.source(path, stamp, filters.threshold)
    sql = f"SELECT {own} FROM ({sessions}) s WHERE {where}{order}"
    with scored.connect() as connection:
        export_query(connection, sql, [*bound, *params], out, fmt)


def _order(sort: Sequence[Sort]) -> str:
    # The session's id is unique: whatever is asked for, no row is on two pages, and none on neither.
    return ", ".join([*(part.sql() for part in sort or DEFAULT_SORT), "session_id"])


@kept(Span)
def _span(path: str, stamp: int) -> Span:
    row = scored.ask_one(
        path,
        stamp,
        """
        SELECT count(*) AS n, min(started_at) AS first, max(started_at) AS last,
               min(purchase_probability) FILTER (predicted_purchase) AS lowest_yes,
               max(purchase_probability) FILTER (NOT predicted_purchase) AS highest_no
        FROM sessions
        """,
    )
    return Span(**row)


def _stamp_of_bundle(bundle: str) -> int | None:
    try:
        return (get_settings().models_dir / check_name(bundle) / MANIFEST_FILE).stat().st_mtime_ns
    except (OSError, BundleError):
        return None


@lru_cache(maxsize=64)
def _threshold(path: str, stamp: int, bundle: str, changed: int | None) -> float | None:
    span = _span(path, stamp)
    low, high = span.highest_no, span.lowest_yes
    if low is None and high is None:
        return None
    try:
        told = read_manifest(bundle).threshold if changed is not None else None
    except BundleError:
        told = None
    if told is not None and (low is None or low < told) and (high is None or told <= high):
        return told
    return high if high is not None else low


def _weekly(path: str, stamp: int) -> bool:
    span = _span(path, stamp)
    if span.first is None or span.last is None:
        return False
    return (span.last - span.first).days > distributions.MAX_DAYS


@kept(tuple[tuple[int, str], ...])
def _clusters(path: str, stamp: int) -> tuple[tuple[int, str], ...]:
    rows = scored.ask(
        path,
        stamp,
        "SELECT cluster_id, min(cluster_name) AS name FROM sessions WHERE cluster_id IS NOT NULL "
        "GROUP BY cluster_id ORDER BY cluster_id",
    )
    return tuple((row["cluster_id"], row["name"] or f"Cluster {row['cluster_id']}") for row in rows)


@kept(Sums)
def _kpis(path: str, stamp: int, filters: Filters) -> Sums:
    where, params = filters.where()
    sql = f"SELECT {SUMS} FROM sessions WHERE {where}"
    return _sums(scored.ask_one(path, stamp, sql, params, threshold=filters.threshold))


@kept(dict[str, tuple[Group, ...]])
def _groups(path: str, stamp: int, filters: Filters, cube: tuple[str, ...]) -> dict[str, tuple[Group, ...]]:
    """Return the groups by each of several choices: counted together once, then by each alone."""
    where, params = filters.where()
    keys = {by: _key_sql(path, stamp, by) for by in cube}
    found: dict[str, list[Group]] = {by: [] for by in cube}
    names = dict(_clusters(path, stamp)) if "cluster" in cube else {}
    rows = scored.ask(
        path,
        stamp,
        f"""
        , cube AS MATERIALIZED (
            SELECT {", ".join(f"{sql} AS {by}" for by, sql in keys.items())}, {SUMS}
            FROM sessions WHERE {where} GROUP BY ALL)
        SELECT {", ".join(cube)}, {", ".join(f"grouping({by}) AS _{by}" for by in cube)},
            {", ".join(f"sum({name}) AS {name}" for name in _ADDED)}
        FROM cube GROUP BY GROUPING SETS ({", ".join(f"({by})" for by in cube)})
        """,
        params,
        threshold=filters.threshold,
    )
    for row in rows:
        by = next(by for by in cube if not row[f"_{by}"])
        label = names.get(row[by]) if by == "cluster" else None
        found[by].append(Group(key=row[by], label=label, sums=_sums(row)))
    return {by: tuple(sorted(groups, key=_rising)) for by, groups in found.items()}


def _key_sql(path: str, stamp: int, by: str) -> str:
    if by != "day":
        return CHOICES[by]
    unit = "week" if _weekly(path, stamp) else "day"
    return f"CAST(CAST(date_trunc('{unit}', started_at) AS DATE) AS VARCHAR)"


def _sums(row: Mapping[str, Any]) -> Sums:
    n, total = row["n_probability"], row["probability"]
    told = {name: row[name] for name in _ADDED if name not in ("probability", "n_probability")}
    counts = {name: int(value) for name, value in told.items() if name in _COUNTS}
    return Sums(**{**told, **counts}, probability=total / n if n else None)


def _rising(group: Group) -> tuple[bool, Any]:
    return (group.key is None, group.key)


@kept(tuple[Step, ...])
def _funnel(path: str, stamp: int, filters: Filters) -> tuple[Step, ...]:
    known = scored.told(path, stamp)
    stages = [(stage, column) for stage, column in FUNNEL if column in known]
    if not stages:
        return ()
    where, params = filters.where()
    counts = ", ".join(
        f"count(*) FILTER ({STAGES[stage]}) AS {stage}, count({column}) AS of_{stage}"
        for stage, column in stages
    )
    sql = f"SELECT {counts} FROM sessions WHERE {where}"
    row = scored.ask_one(path, stamp, sql, params, threshold=filters.threshold)
    return tuple(Step(stage=stage, n=row[stage], of=row[f"of_{stage}"]) for stage, _ in stages)


@kept(distributions.Histogram)
def _histogram(path: str, stamp: int, filters: Filters, of: str) -> distributions.Histogram:
    measure = distributions.MEASURES[of]
    edges = _edges(path, stamp, of, filters.threshold)
    where, params = filters.where()
    row = scored.ask(
        path,
        stamp,
        f"SELECT {distributions.bin_sql(measure.column, edges)} AS bin, count(*) AS n, "
        f"coalesce(sum({measure.column}), 0) AS total FROM sessions "
        f"WHERE {where} AND {measure.column} IS NOT NULL AND {measure.only} GROUP BY bin ORDER BY bin",
        params,
        threshold=filters.threshold,
    )
    return distributions.Histogram(
        edges=edges,
        counts=tuple(
            sum(found["n"] for found in row if found["bin"] == place) for place in range(len(edges) - 1)
        ),
        n=sum(found["n"] for found in row),
        total=math.fsum(found["total"] for found in row),
    )


@kept(tuple[float, ...])
def _edges(path: str, stamp: int, of: str, threshold: float | None) -> tuple[float, ...]:
    """Return the edges of a measure's bars: of all sessions, so that filtering doesn't move them."""
    measure = distributions.MEASURES[of]
    if measure.edges:
        return measure.edges
    row = scored.ask_one(
        path,
        stamp,
        f"SELECT count(*) AS n, max({measure.column}) AS most, "
        f"quantile_cont({measure.column}, [0.02, 0.5, 0.99]) AS quantiles "
        f"FROM sessions WHERE {measure.column} > 0 AND {measure.only}",
        threshold=threshold,
    )
    return distributions.amount_edges(row["most"], row["quantiles"])


@kept(quality.Quality | None)
def _quality(path: str, stamp: int, filters: Filters) -> quality.Quality | None:
    where, params = filters.where()
    return quality.measure(
        lambda sql: scored.arrays(path, stamp, sql.format(where=where), params, threshold=filters.threshold)
    )


@kept(dict[str, list[Any]])
def _points(path: str, stamp: int, filters: Filters, limit: int) -> dict[str, list[Any]]:
    names = ("session_id", "cluster_id", "cluster_x", "cluster_y", "purchase_probability")
    where, params = filters.where()
    rows = first_by_hash(
        path,
        stamp,
        f"SELECT {', '.join(names)} FROM sessions WHERE {where} AND cluster_x IS NOT NULL "
        "AND cluster_y IS NOT NULL",
        params,
        limit,
        threshold=filters.threshold,
    )
    return {name: [row[name] for row in rows] for name in names}


def first_by_hash(
    path: str,
    stamp: int,
    sql: str,
    params: Sequence[object],
    limit: int,
    *,
    threshold: float | None = None,
) -> list[dict[str, Any]]:
    """Return the first sessions a query gives in the order of their hash: always the same sample.

    Of a large file those with the smallest hashes lie apart. Where enough of them fit, they are the first.
    """
    asked = f"{sql} ORDER BY hash(session_id), session_id LIMIT {int(limit)}"
    sample = beside(path, stamp, "sample.parquet", make=partial(_lay_aside, path, stamp))
    if sample is not None:
        rows = scored.ask(str(sample), scored.stamp_of(sample), asked, params, threshold=threshold)
        if len(rows) == limit:
            return rows
    return scored.ask(path, stamp, asked, params, threshold=threshold)


def _lay_aside(path: str, stamp: int, out: Path) -> None:
    hashes = scored.arrays(path, stamp, "SELECT hash(session_id) AS hash FROM sessions")["hash"]
    last = int(np.partition(hashes, min(SAMPLE, len(hashes)) - 1)[min(SAMPLE, len(hashes)) - 1])
    target = str(out).replace("'", "''")
    with scored.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_parquet(?) WHERE hash(session_id) <= ?::UBIGINT) "
            f"TO '{target}' (FORMAT parquet)",
            [path, last],
        )


#: What takes longest comes first.
_COSTS: dict[Any, int] = {_quality: 0, _groups: 1, _histogram: 2, _kpis: 3, _funnel: 4, _points: 5}
