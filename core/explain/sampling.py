"""What moves the predictions of a whole result: a sample of its sessions taken apart, and what it shows.

The sample is always the same one (drawn by hash), says how many sessions it has and out of how many,
and is kept in memory for as long as result and model stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from core.analysis import scored
from core.analysis.kept import Recent
from core.analysis.sample import first_by_hash
from core.analysis.sources import Source, source_manifest
from core.bundle import MANIFEST_FILE
from core.encode import Vector, as_text
from core.errors import ExplainError
from core.explain.attribution import Target, check_target
from core.explain.explained import Explained, explain, label_of
from core.explain.margins import tree_bytes
from core.predict import GOING_ON, Predictor
from core.sessions import FIELD

if TYPE_CHECKING:
    from core.analysis.filters import Filters

#: Sessions taken apart at most: by models as light as boosted trees mostly are, and by heavier ones, such as
#: forests, that take tens of times as long for each.
LIMIT, LIMIT_HEAVY = 10_000, 2_500
#: Trees larger than this are heavy, in bytes.
HEAVY = 300_000
#: Samples kept in memory.
KEPT = 6
#: How many standard errors a 95% interval reaches.
WIDE = 1.96
#: A connection of values and points weaker than this has no direction.
LEAST_CORRELATION = 0.1
#: Groups of a feature's values when interactions are looked for: of the one asked about, and of the others.
SLICES, PARTS = 10, 5
#: Slices so thin that a line through each tells all a feature's own value does.
THIN = 50
#: Groups smaller than this tell nothing, and interactions that explain less than this share aren't any.
LEAST_GROUP, LEAST_SHARE = 8, 0.02

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Sessions taken apart, out of ``total`` that the filters leave; amounts are in ``currency``."""

    explained: Explained
    n: int
    total: int
    bundle: str
    currency: str | None

    @property
    def complete(self) -> bool:
        """Whether these are all sessions, not a sample."""
        return self.n == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """By how much a feature moves predictions on average, with a 95% interval, in points (share or money).

    ``direction`` says whether a higher value goes along with a higher ("up") or lower prediction
    ("down"); None for categories, and where neither is so.
    """

    feature: str
    label: str
    mean_points: float
    low: float
    high: float
    direction: Direction | None


_samples = Recent(KEPT)


def sampled(source: Source, filters: Filters, target: str = "purchase", limit: int | None = None) -> Sample:
    """Take the predictions of a source's filtered sessions apart, of at most ``limit`` of them.

    Without a limit as many are taken as the model manages in a few seconds.

    Raises
    ------
    ExplainError
        If the model that scored them is gone or another one now, or doesn't predict the target.
    NotFoundError
        If the sessions are gone.
    """
    wanted, plain = check_target(target), filters.only_filters()
    predictor = predictor_of(source)
    limit = limit or (LIMIT_HEAVY if is_heavy(predictor) else LIMIT)
    stamp = scored.stamp_of(source.path)
    changed = (predictor.reference_path.parent / MANIFEST_FILE).stat().st_mtime_ns
    key = (str(source.path), stamp, predictor.name, changed, plain, wanted, limit)
    return _samples.get(key, lambda: _take(source, predictor, stamp, plain, wanted, limit))


def predictor_of(source: Source) -> Predictor:
    """Return the model that scored a source, so that reasons are of the predictions that are shown.

    Raises
    ------
    ExplainError
        If it is gone, or was trained anew since.
    """
    if source_manifest(source) is None:
        raise ExplainError(
            f"The model “{source.bundle}” that scored these sessions is not there any more, or was trained "
            "anew since: its reasons can't be given.",
            remedy="Score the export again with a model that is there.",
        )
    return Predictor.load(source.bundle)


def is_heavy(predictor: Predictor) -> bool:
    """Tell whether a predictor's purchase model takes long to explain."""
    purchase = predictor.models.purchase
    return purchase is not None and tree_bytes(purchase.classifier) > HEAVY


def importance(sample: Sample) -> tuple[Importance, ...]:
    """Return how much each feature moves the predictions, most first.

    The figure is the mean size of its points over the sessions; the interval is the normal one of a mean.
    """
    explained = sample.explained
    size = np.abs(explained.points)
    found = []
    for place, feature in enumerate(explained.features):
        if feature == GOING_ON or not sample.n:
            continue
        mean = float(size[:, place].mean())
        error = float(size[:, place].std(ddof=1)) / sample.n**0.5 if sample.n > 1 else 0.0
        found.append(
            Importance(
                feature=feature,
                label=label_of(feature),
                mean_points=mean,
                low=max(mean - WIDE * error, 0.0),
                high=mean + WIDE * error,
                direction=_direction(explained, feature),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.mean_points, one.feature)))


def strongest_interaction(sample: Sample, feature: str) -> str | None:
    """Return the feature on whose value it depends most how much ``feature`` adds; None if on none.

    What the feature's own value tells of its points is taken off: a line through each of many thin slices.
    What is left is compared between groups of another feature's values, within each of ten slices of this
    one's; the feature whose groups explain most of it (adjusted R², so that more groups win nothing) it is.
    """
    explained = sample.explained
    if feature not in explained.features or feature == GOING_ON or not sample.n:
        return None
    slices = _groups(explained, feature, SLICES)
    left = _unexplained(explained, feature)
    best, most = None, LEAST_SHARE
    for other in explained.features:
        if other in (feature, GOING_ON):
            continue
        share = _explained_share(left, slices, _groups(explained, other, PARTS))
        if share > most:
            best, most = other, share
    return best


def numeric_values(explained: Explained, feature: str) -> Vector | None:
    """Return a number's (or flag's) values, NaN where not known; None for a category."""
    kind = FIELD[feature].kind if feature in FIELD else None
    if feature not in explained.table.column_names or kind == "category":
        return None
    column = explained.table[feature].combine_chunks()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _take(
    source: Source, predictor: Predictor, stamp: int, filters: Filters, target: Target, limit: int
) -> Sample:
    where, params = filters.where()
    path, threshold = str(source.path), filters.threshold
    counted = f"SELECT count(*) AS n FROM sessions WHERE {where}"
    total = int(scored.ask_one(path, stamp, counted, params, threshold=threshold)["n"])
    rows = first_by_hash(
        path, stamp, f"SELECT * FROM sessions WHERE {where}", params, limit, threshold=threshold
    )
    table = _table(rows, path, stamp)
    return Sample(
        explained=explain(predictor, table, target),
        n=table.num_rows,
        total=total,
        bundle=predictor.name,
        currency=source.currency or predictor.currency,
    )


def _table(rows: list[dict[str, object]], path: str, stamp: int) -> pa.Table:
    """Return rows as a table of the file's own types."""
    schema = scored.arrow_schema(path, stamp)
    return pa.Table.from_pylist(rows, schema=schema)


def _direction(explained: Explained, feature: str) -> Direction | None:
    values = numeric_values(explained, feature)
    if values is None:
        return None
    points, known = explained.points[:, explained.column(feature)], ~np.isnan(values)
    if known.sum() < LEAST_GROUP:
        return None
    ranks, against = _ranks(values[known]), _ranks(points[known])
    if not (ranks.std() and against.std()):
        return None
    correlation = float(np.corrcoef(ranks, against)[0, 1])
    if abs(correlation) < LEAST_CORRELATION:
        return None
    return "up" if correlation > 0 else "down"


def _ranks(values: Vector) -> Vector:
    """Return each value's rank, equal ones' the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)


def _groups(explained: Explained, feature: str, most: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return a number of each session's group: of a number by its quantiles, of a category by its value."""
    rows = len(explained.points)
    values = numeric_values(explained, feature)
    if values is None:
        if feature not in explained.table.column_names:
            return np.zeros(rows, dtype=np.int64)
        texts = (
            as_text(explained.table[feature].combine_chunks()).fill_null("").to_numpy(zero_copy_only=False)
        )
        _, codes, count = np.unique(texts.astype(str), return_inverse=True, return_counts=True)
        # The most frequent ones by themselves, the others together.
        rank = np.empty(len(count), dtype=np.int64)
        rank[np.argsort(-count, kind="stable")] = np.arange(len(count))
        return np.minimum(rank[codes], most)
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, most + 1)[1:-1])) if len(known) else np.zeros(0)
    # A value many sessions share is a group of its own: where most have none, those with some are another.
    places = np.searchsorted(edges, values, side="left") + np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), 2 * len(edges) + 1, places).astype(np.int64)


def _unexplained(explained: Explained, feature: str) -> Vector:
    """Return what is left of a feature's points once what its own value tells is taken off."""
    points = explained.points[:, explained.column(feature)]
    thin = _groups(explained, feature, THIN)
    left, values = points - _group_means(points, thin), numeric_values(explained, feature)
    if values is None:
        return left
    values = np.where(np.isnan(values), 0.0, values)
    apart = values - _group_means(values, thin)
    spread = _group_means(apart**2, thin)
    slope = np.divide(_group_means(apart * left, thin), spread, out=np.zeros_like(left), where=spread > 0)
    return left - slope * apart


def _group_means(values: Vector, groups: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Vector:
    count = np.bincount(groups)
    means = np.bincount(groups, weights=values) / np.maximum(count, 1)
    return np.asarray(means[groups])


def _explained_share(
    left: Vector,
    slices: np.ndarray[tuple[int], np.dtype[np.int64]],
    parts: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> float:
    cells = np.unique(slices * (parts.max() + 1) + parts, return_inverse=True)[1]
    count = np.bincount(cells)
    large = count[cells] >= LEAST_GROUP
    told = np.where(large, _group_means(left, cells), 0.0)
    whole, rest = float((left**2).sum()), float(((left - told) ** 2).sum())
    n, used = len(left), int((count >= LEAST_GROUP).sum())
    if whole <= 0 or n <= used + 1:
        return 0.0
    return 1 - (rest / (n - used)) / (whole / n)
