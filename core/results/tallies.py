"""What the filtered sessions of a large file come to, counted from arrays, a part of the file at a time.

Nothing is put in a table or hashed, and a part's numbers stay in the processor's cache. Amounts are in single
precision and added up in double: sums are right to 8 digits or more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from core.results import footer
from core.results import session_arrays as arrays
from core.results.bitmaps import bitmap, likely_buyers, of_bits
from core.results.cache import Array
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sums import ADDED, ALL

#: Sessions counted at a time.
PART = 2**17
#: The sums that are counts, with the bit that tells who counts.
COUNTED = {
    "n_probability": arrays.SCORED,
    "n_known": arrays.KNOWN,
    "buyers": arrays.BOUGHT,
    "n_revenue": arrays.REVENUE,
}
#: The other sums, with the column that is added up.
SUMMED = {
    "expected_revenue": "expected_revenue",
    "predicted_revenue": "predicted_revenue",
    "probability": "purchase_probability",
    "revenue": "revenue",
}
#: Those of which most sessions have nothing.
SPARSE = frozenset({"predicted_revenue", "revenue"})


@dataclass(frozen=True, slots=True)
class Part:
    """Some sessions that follow each other in the file; ``hits`` are the places of those filtered among them.

    They are None where all are filtered. Taking by places is several times as fast as by booleans.
    """

    at: slice
    hits: Array | None

    def of(self, array: Array) -> Array:
        """Return the filtered sessions' part of an array over the whole file."""
        found = array[self.at]
        return found if self.hits is None else found.take(self.hits)

    def of_bits(self, bitmap: Array) -> Array:
        """Return the filtered sessions' part of a bitmap, as booleans."""
        found = of_bits(bitmap, self.at)
        return found if self.hits is None else found.take(self.hits)

    def only(self, hits: Array) -> Part:
        """Return the same part with some of its filtered sessions, by their places among these."""
        if len(hits) == (self.at.stop - self.at.start if self.hits is None else len(self.hits)):
            return self
        return Part(self.at, hits if self.hits is None else self.hits.take(hits))

    @property
    def rows(self) -> Array:
        """The filtered sessions' rows in the file."""
        return np.arange(self.at.start, self.at.stop) if self.hits is None else self.hits + self.at.start


def groups_of(
    sessions: ScoredSessions, filters: Filters, cube: tuple[str, ...], weeks: int | None
) -> list[tuple[str, Any, dict[str, Any]]] | None:
    """Return what is grouped by, the value and the sums of each group, and last of all of them together.

    ``sessions`` are at the filters' threshold. Days are put in weeks that begin on day ``weeks`` (Monday is
    1), unless it is None. None where there are too many groups to count.
    """
    sums = _sums(sessions, filters, cube)
    return None if sums is None else [*_groups(sessions, sums, cube, weeks)]


def _groups(
    sessions: ScoredSessions, sums: dict[str, Array], cube: tuple[str, ...], weeks: int | None
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for axis, by in enumerate(cube):
        others = tuple(other for other in range(len(cube)) if other != axis)
        keys: list[Any] = [*(arrays.values_of(sessions, by) or ()), None]
        there = {name: total.sum(axis=others) for name, total in sums.items()}
        if by == "day":
            keys = [None if day is None else _first_day(day, weeks) for day in keys]
            places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
            place = [places[key] for key in keys]
            there = {name: np.bincount(place, total) for name, total in there.items()}
            keys = list(places)
        for at, key in enumerate(keys):
            yield by, key, _row({name: total[at] for name, total in there.items()})
    yield ALL, None, _row({name: total.sum() for name, total in sums.items()})


def _row(sums: dict[str, Any]) -> dict[str, Any]:
    row = {name: float(total) for name, total in sums.items()}
    return row | {"revenue": row["revenue"] if row["n_revenue"] else None}


def _first_day(day: int, weeks: int | None) -> date:
    """Return the day itself, counted from 1970 on, or the first one of its week."""
    found = date(1970, 1, 1) + timedelta(days=day)
    return found if weeks is None else found - timedelta(days=(found.isoweekday() - weeks) % 7)


def _sums(sessions: ScoredSessions, filters: Filters, cube: tuple[str, ...]) -> dict[str, Array] | None:
    """Return each of ``ADDED`` by the groups of several sides at once, of ``arrays.shape_of`` them."""
    shape, cells = arrays.shape_of(sessions, cube), arrays.cells(sessions, cube)
    if shape is None or cells is None:
        return None
    size, flags, likely = math.prod(shape), arrays.flags(sessions), likely_by_threshold(sessions)
    columns = {name: arrays.amounts(sessions, column) for name, column in SUMMED.items()}
    if likely is not None:
        # Whoever is as likely to buy as the threshold pays what buyers pay.
        columns["predicted_revenue"] = arrays.amounts(sessions, "revenue_if_purchase")
    totals = {name: np.zeros(size) for name in ADDED}
    for part in parts(sessions, filters, size):
        cell, known = part.of(cells).astype(np.intp), part.of(flags)
        guessed = has(known, arrays.LIKELY) if likely is None else part.of_bits(likely)
        n = np.bincount(cell, minlength=size)
        totals["n"] += n
        totals["predicted_buyers"] += _count(cell, guessed, n)
        for name, bit in COUNTED.items():
            totals[name] += _count(cell, has(known, bit), n)
        for name, column in columns.items():
            values = part.of(column)
            if name == "predicted_revenue" and likely is not None:
                values = values * guessed
            if name in SPARSE:
                there = np.flatnonzero(values)
                totals[name] += np.bincount(cell.take(there), values.take(there), minlength=size)
            else:
                totals[name] += np.bincount(cell, values, minlength=size)
    return {name: total.reshape(shape) for name, total in totals.items()}


def _count(cell: Array, hits: Array, n: Array) -> Array:
    """Return how many are hit in each cell; ``n`` is how many there are."""
    if hits.all():
        return n
    return np.bincount(cell.take(np.flatnonzero(hits)), minlength=len(n))


def bar_sums(
    sessions: ScoredSessions,
    filters: Filters,
    of: str,
    column: str,
    edges: tuple[float, ...],
    *,
    likely: bool = False,
) -> tuple[list[int], float]:
    """Return how many sessions are in each bar of a histogram, and the sum of its measure over all.

    ``likely`` counts only likely buyers among them.
    """
    bars, values = arrays.bars(sessions, of, edges, follows=likely), arrays.amounts(sessions, column)
    counts, total = np.zeros(arrays.NO_BAR + 1, dtype=np.int64), 0.0
    for part in _likely_parts(sessions, filters) if likely else parts(sessions, filters):
        counts += np.bincount(part.of(bars), minlength=len(counts))
        total += float(part.of(values).sum(dtype=np.float64))
    return counts[: len(edges) - 1].tolist(), total


def _likely_parts(sessions: ScoredSessions, filters: Filters) -> Iterator[Part]:
    flags, by_threshold = arrays.flags(sessions), likely_by_threshold(sessions)
    for part in parts(sessions, filters):
        there = has(part.of(flags), arrays.LIKELY) if by_threshold is None else part.of_bits(by_threshold)
        yield part.only(np.flatnonzero(there))


def highest(sessions: ScoredSessions, filters: Filters, most: int) -> Array:
    """Return the rows of the filtered sessions most likely to buy, ``most`` of them and their equals.

    Probabilities are compared in single precision. Sessions without one are left out; shape (n,).
    """
    flags, probability = arrays.flags(sessions), arrays.amounts(sessions, "purchase_probability")
    rows, values = np.zeros(0, dtype=np.intp), np.zeros(0, dtype=probability.dtype)
    for part in parts(sessions, filters):
        scored = part.only(np.flatnonzero(has(part.of(flags), arrays.SCORED)))
        found = scored.of(probability)
        if len(values) >= most:
            least = np.partition(values, len(values) - most)[-most]
            scored = scored.only(np.flatnonzero(found >= least))
            found = scored.of(probability)
        rows, values = np.concatenate([rows, scored.rows]), np.concatenate([values, found])
        if len(values) > most:
            kept = np.flatnonzero(values >= np.partition(values, len(values) - most)[-most])
            rows, values = rows[kept], values[kept]
    return rows


def stage_counts(
    sessions: ScoredSessions, filters: Filters, columns: Sequence[tuple[str, str]]
) -> list[tuple[int, int]]:
    """Return how many sessions reached each stage, and of how many that is known."""
    stages = arrays.stages(sessions, columns)
    counts = np.zeros(256, dtype=np.int64)
    for part in parts(sessions, filters):
        counts += np.bincount(part.of(stages), minlength=len(counts))
    bits = np.arange(len(counts))
    by_bit = [int(counts[bits & (1 << place) > 0].sum()) for place in range(2 * len(columns))]
    return list(zip(by_bit[::2], by_bit[1::2], strict=True))


def outcomes(sessions: ScoredSessions, filters: Filters) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the sums and columns of sessions with known outcome that accuracy is measured by.

    They are those of ``core.results.accuracy.measured``; of no sessions only ``n`` is told.
    """
    flags, likely = arrays.flags(sessions), likely_by_threshold(sessions)
    every = {
        name: arrays.amounts(sessions, name)
        for name in ("purchase_probability", "expected_revenue", "revenue")
    }
    places = arrays.places(sessions)
    found: dict[str, list[Array]] = {
        name: [] for name in ("row", "place", "purchased", "expected", "actual", "called")
    }
    sums = dict.fromkeys(("predicted", "spread", "visitors", "amounts", "n_revenue"), 0.0)
    for part in parts(sessions, filters):
        both = part.of(flags) & (arrays.KNOWN | arrays.SCORED)
        told = part.only(np.flatnonzero(both == (arrays.KNOWN | arrays.SCORED)))
        known, p = told.of(flags), told.of(every["purchase_probability"]).astype(np.float64)
        bought, paid = has(known, arrays.BOUGHT), has(known, arrays.COUNTS)
        found["row"].append(told.rows)
        found["place"].append(told.of(places))
        found["purchased"].append(bought)
        found["called"].append(has(known, arrays.LIKELY) if likely is None else told.of_bits(likely))
        found["expected"].append(told.of(every["expected_revenue"]) * paid)
        found["actual"].append(told.of(every["revenue"]) * (bought & paid))
        sums["predicted"] += p.sum()
        sums["spread"] += (p * (1 - p)).sum()
        sums["visitors"] += np.count_nonzero(known & arrays.VISITOR)
        sums["amounts"] += np.count_nonzero(known & arrays.REVENUE)
        sums["n_revenue"] += np.count_nonzero(paid)
    if not found["row"]:
        return {"n": 0}, {}
    columns = {name: np.concatenate(pieces) for name, pieces in found.items()}
    called, bought = columns.pop("called"), columns["purchased"]
    if not sums["visitors"]:
        del columns["row"]  # by which visitors are told
    counts = {"n": bought, "buyers": bought, "called": called, "hits": called & bought}
    whole = {name: int(sums[name]) for name in ("visitors", "amounts", "n_revenue")}
    return {
        **{name: len(bought) if name == "n" else int(flag.sum()) for name, flag in counts.items()},
        **whole,
        "predicted": float(sums["predicted"]),
        "spread": float(sums["spread"]),
        "expected": float(columns["expected"].sum(dtype=np.float64)),
        "actual": float(columns["actual"].sum(dtype=np.float64)),
    }, columns


def parts(sessions: ScoredSessions, filters: Filters, least: int = 0) -> Iterator[Part]:
    """Yield the parts of the file with any filtered session, none with fewer than ``least`` sessions."""
    met, n = bitmap(sessions, filters), footer.facts(sessions).n
    # Whole bytes of a bitmap.
    step = PART * math.ceil(least / PART) or PART
    for start in range(0, n, step):
        at = slice(start, min(start + step, n))
        if met is None:
            yield Part(at, None)
            continue
        hits = np.flatnonzero(of_bits(met, at))
        if len(hits):
            yield Part(at, None if len(hits) == at.stop - at.start else hits)


def likely_by_threshold(sessions: ScoredSessions) -> Array | None:
    """Return who is a likely buyer by another threshold than the one of the scoring."""
    return None if sessions.threshold is None else likely_buyers(sessions)


def has(known: Array, bit: int) -> Array:
    """Return which of some sessions' ``arrays.flags`` have a bit."""
    return (known & np.uint8(bit)).astype(bool)
