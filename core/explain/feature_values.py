"""A feature's values beside what they do to predictions: in steps of a number, in groups of a category."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.explain.explained import Explained, numeric_values
from core.schema.sessions import FIELD

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

#: Of a number's values, so many are shown: the few highest would press all others together.
SHOWN_SHARE = 0.99
#: Steps of a line through a number's values at most, and the fewest sessions that tell an average.
STEPS, LEAST = 16, 8
#: Whole numbers of at most so many values are drawn beside each other, not on top of each other.
FEW_VALUES, APART = 60, 0.32
#: Parts of 1 that never come close to each other: where dots of the same value are put.
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Sessions whose value lies between two ends, both included, and what it does to them on average."""

    low: float
    high: float
    n: int
    value: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Sessions with one value (None: not known), and what it does to them on average."""

    value: Hashable
    n: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A number's values, NaN where not known."""

    values: Array

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which are known."""
        return ~np.isnan(self.values)

    @property
    def limit(self) -> float:
        """The highest value that is shown."""
        known = self.values[self.known]
        return float(np.quantile(known, SHOWN_SHARE, method="higher")) if len(known) else 0.0

    @property
    def shown(self) -> npt.NDArray[np.bool_]:
        """Which are known and not among the few highest."""
        return self.known & (self.values <= self.limit)

    def ranks(self) -> Array:
        """Return how each stands among the others: 0 the lowest, 1 the highest, NaN where not known."""
        known = self.values[self.known]
        ranks = np.full(len(self.values), np.nan)
        if len(known):
            unique, place, count = np.unique(known, return_inverse=True, return_counts=True)
            middle = np.cumsum(count) - (count + 1) / 2
            spread = middle[-1] - middle[0]
            ranks[self.known] = (middle[place] - middle[0]) / spread if len(unique) > 1 else 0.5
        return ranks

    def across(self) -> Array:
        """Return where each is drawn: few whole numbers a little beside each other, always the same way."""
        known = self.values[self.known]
        if not len(known) or len(np.unique(known)) > FEW_VALUES or np.any(known % 1):
            return self.values
        return self.values + APART * (2 * ((np.arange(len(self.values)) * GOLDEN) % 1) - 1)

    def steps(self, points: Array) -> list[Step]:
        """Return the shown values in steps of about as many sessions each, lowest first."""
        rows = np.flatnonzero(self.shown)
        if not len(rows):
            return []
        values, own = self.values[rows], points[rows]
        place = np.searchsorted(_ends(values), values, side="left")
        steps = []
        for step in np.unique(place):
            within = place == step
            steps.append(
                Step(
                    low=float(values[within].min()),
                    high=float(values[within].max()),
                    n=int(within.sum()),
                    value=float(values[within].mean()),
                    mean=float(own[within].mean()),
                )
            )
        return steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """A category's values: which there are, the most frequent first, and which each session has."""

    values: tuple[Hashable, ...]
    codes: Places

    def groups(self, points: Array, most: int, *, ordered: bool) -> list[Group]:
        """Return the most frequent values; in their own order, or those that add most first."""
        groups = []
        for code, value in enumerate(self.values[:most]):
            own = points[self.codes == code]
            groups.append(Group(value=value, n=len(own), mean=float(own.mean())))
        if ordered:
            return sorted(groups, key=lambda group: (group.value is None, group.value))
        return sorted(groups, key=lambda group: (-group.mean, str(group.value)))


def column_of(explained: Explained, feature: str) -> Numbers | Categories:
    """Return a feature's values; yes and no, and days of the week, are categories."""
    values = numeric_values(explained, feature)
    if values is not None and not _is_flag(explained, feature):
        return Numbers(values=values)
    raw = explained.values(feature)
    count: dict[Hashable, int] = {}
    for value in raw:
        count[value] = count.get(value, 0) + 1
    ranked = sorted(count, key=lambda value: (-count[value], str(value)))
    place = {value: code for code, value in enumerate(ranked)}
    codes = np.array([place[value] for value in raw], dtype=np.int64)
    return Categories(values=tuple(ranked), codes=codes)


def ranks_of(explained: Explained, feature: str) -> Array:
    """Return how each session's value stands among the others', 0 to 1; NaN where it has no order."""
    values = numeric_values(explained, feature)
    if values is None:
        return np.full(len(explained.points), np.nan)
    return Numbers(values=values).ranks()


def is_ordered(feature: str) -> bool:
    """Tell whether a category's values have an order of their own: days, and no before yes."""
    return feature == "day_of_week" or (feature in FIELD and FIELD[feature].kind == "flag")


def _is_flag(explained: Explained, feature: str) -> bool:
    if feature in FIELD:
        return FIELD[feature].kind == "flag"
    if feature not in explained.table.column_names:
        return False
    return bool(pa.types.is_boolean(explained.table.schema.field(feature).type))


def _ends(values: Array) -> Array:
    """Return the last value of each step.

    A value is never cut in two. One that many sessions have (nothing in the cart) is a step of its own,
    so that the others are not all in the one step that is left.
    """
    unique, count = np.unique(values, return_counts=True)
    if len(unique) <= STEPS:
        return unique
    common = count > len(values) / STEPS
    others = values[~np.isin(values, unique[common])]
    many = max(min(STEPS - int(common.sum()), len(others) // LEAST), 1)
    parts = np.linspace(0, 1, many + 1)[1:]
    ends = np.quantile(others, parts, method="lower") if len(others) else np.zeros(0)
    # A common value ends a step, and so does the one before it.
    before = unique[np.maximum(np.flatnonzero(common) - 1, 0)]
    return np.unique(np.concatenate([ends, unique[common], before]))
