"""On which other feature's value it depends most what a feature adds to predictions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.bundle.encoder import Vector, as_text
from core.bundle.predictor import GOING_ON
from core.explain.explained import Explained, numeric_values
from core.explain.sampling import Sample

#: Groups of a feature's values when interactions are looked for: of the one asked about, and of the others.
SLICES, PARTS = 10, 5
#: Slices so thin that a line through each tells all a feature's own value does.
THIN = 50
#: Groups smaller than this tell nothing, and interactions that explain less than this share aren't any.
LEAST_GROUP, LEAST_SHARE = 8, 0.02

Groups = npt.NDArray[np.int64]


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


def _groups(explained: Explained, feature: str, most: int) -> Groups:
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


def _group_means(values: Vector, groups: Groups) -> Vector:
    count = np.bincount(groups)
    means = np.bincount(groups, weights=values) / np.maximum(count, 1)
    return np.asarray(means[groups])


def _explained_share(
    left: Vector,
    slices: Groups,
    parts: Groups,
) -> float:
    cells = np.unique(slices * (parts.max() + 1) + parts, return_inverse=True)[1]
    count = np.bincount(cells)
    large = count[cells] >= LEAST_GROUP
    means = np.where(large, _group_means(left, cells), 0.0)
    whole, rest = float((left**2).sum()), float(((left - means) ** 2).sum())
    n, used = len(left), int((count >= LEAST_GROUP).sum())
    if whole <= 0 or n <= used + 1:
        return 0.0
    return 1 - (rest / (n - used)) / (whole / n)
