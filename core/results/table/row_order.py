"""Which sessions are on a page of the table, in any order, however deep: without sorting all of them.

Sessions are known by their row in the file. What is filtered is one scan; then the values at both ends of
the page are found by partitioning the sort's column, and only what lies between, and ties, goes on to the
next column. The session's id decides at last, as a rank that is worked out once a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from core.results import footer, query
from core.results.bitmaps import in_arrays, rows_of
from core.results.cache import column
from core.results.columns import DECIDED, Sort, kind_of
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.session_arrays import ID, rank

Array = npt.NDArray[Any]

#: So few rows are sorted as a whole.
FEW = 4_096
#: Of so many values some are looked at first, one in ``STRIDE``: they tell about where a page lies.
MANY, STRIDE = 100_000, 97
#: So many of those looked at are left on either side of the page, as one in so many is never quite even.
MARGIN = 300


def block(
    sessions: ScoredSessions, filters: Filters, sort: Sequence[Sort], start: int, stop: int
) -> tuple[list[int], int]:
    """Return the rows of the file that stand from ``start`` to ``stop``, and how many are filtered in all."""
    names = [part for part in sort if part.name != ID]
    last = next((part for part in sort if part.name == ID), Sort(name=ID))
    wanted = [*names, last] if last not in sort else list(sort[: sort.index(last) + 1])
    (rows,), *by_sort = query.at_once(
        [
            partial(_filtered, sessions, filters),
            *(partial(_keys, sessions, part, filters.threshold) for part in wanted),
        ]
    )
    keys = [key for keys in by_sort for key in keys]
    stop = min(stop, len(rows))
    return ([int(row) for row in _take(keys, rows, start, stop)] if start < stop else []), len(rows)


def matching(sessions: ScoredSessions, filters: Filters) -> Array:
    """Return the rows of the filtered sessions, rising."""

    def make() -> Array:
        if not filters.any:
            return np.arange(footer.facts(sessions).n, dtype=np.int32)
        if whole := in_arrays(sessions, filters):
            return rows_of(whole, filters)
        where, params = filters.where()
        sql = f"SELECT CAST(file_row_number AS INTEGER) AS row FROM sessions WHERE {where}"
        return np.asarray(query.arrays(sessions.at(filters.threshold), sql, params)["row"])

    return column(sessions, f"rows {filters.only_filters()!r}", make)


def _filtered(sessions: ScoredSessions, filters: Filters) -> list[Array]:
    return [matching(sessions, filters)]


def _keys(sessions: ScoredSessions, sort: Sort, threshold: float | None) -> list[Array]:
    """Return arrays over all sessions that rise in the order asked for: unknown values last, either way."""
    if kind_of(sort.name) == "text":
        values = rank(sessions, sort.name)
        if not sort.descending:
            return [values]
        unknown = np.iinfo(values.dtype).max
        return [-values if sort.name == ID else np.where(values == unknown, values, -values)]
    decided_at = threshold if sort.name in DECIDED else None
    numbers = column(
        sessions, f"values {sort.written()} {decided_at}", partial(_numbers, sessions, sort, decided_at)
    )
    if not np.ma.isMaskedArray(numbers):
        return [numbers]
    return [np.ma.getmaskarray(numbers).view(np.int8), np.ma.getdata(numbers)]


def _numbers(sessions: ScoredSessions, sort: Sort, threshold: float | None) -> Array:
    """Return a column as numbers that rise in the order asked for, unknown ones last.

    Masked where an unknown one can't be told from a known one otherwise.
    """
    value = {"time": f"epoch_us({sort.name})", "flag": f"CAST({sort.name} AS TINYINT)"}.get(
        kind_of(sort.name), sort.name
    )
    numbers = query.in_halves(sessions.at(threshold), f"{'-' if sort.descending else ''}{value}")
    if numbers.dtype.kind == "f" and len(numbers) and np.isnan(np.ma.getdata(numbers).min()):
        # As DuckDB has it: greater than any number.
        most = -np.inf if sort.descending else np.inf
        numbers = np.ma.MaskedArray(
            np.nan_to_num(np.ma.getdata(numbers), nan=most), np.ma.getmaskarray(numbers)
        )
    if not np.ma.isMaskedArray(numbers) or not np.ma.getmaskarray(numbers).any():
        return np.asarray(np.ma.getdata(numbers))
    last = np.inf if numbers.dtype.kind == "f" else np.iinfo(numbers.dtype).max
    filled: Array = np.ma.filled(numbers, last)
    if np.count_nonzero(filled == last) == np.count_nonzero(np.ma.getmaskarray(numbers)):
        # No known value is as large: the unknown ones come last by theirs alone.
        return filled
    # What stands under the mask is left over from somewhere; ties have to be ties.
    return np.ma.MaskedArray(np.ma.filled(numbers, 0), np.ma.getmaskarray(numbers))


def _take(keys: Sequence[Array], rows: Array, start: int, stop: int) -> Array:
    """Return the rows from ``start`` to ``stop`` in the order of the keys, the first of which counts most."""
    if len(rows) <= FEW or len(keys) == 0:
        return _sorted(keys, rows)[start:stop]
    # All sessions are in the order of the file as they are.
    values = keys[0] if len(rows) == len(keys[0]) else keys[0][rows]
    low, high = _ends(values, start, stop)
    below = int(np.count_nonzero(values < low))
    if low == high:
        return _take(keys[1:], rows[values == low], start - below, stop - below)
    within = np.flatnonzero((values >= low) & (values <= high))
    rows, values = rows[within], values[within]
    first, last = rows[values == low], rows[values == high]
    between = rows[(values > low) & (values < high)]
    rest = stop - below - len(first) - len(between)
    return np.concatenate(
        [
            _take(keys[1:], first, start - below, len(first)),
            _sorted(keys, between),
            _take(keys[1:], last, 0, rest),
        ]
    )


def _ends(values: Array, start: int, stop: int) -> tuple[Any, Any]:
    """Return the values at ``start`` and just before ``stop``, were all of them in order.

    Of many, only those that lie between two bounds are parted; the bounds are guessed from some of the
    values, and hold if as many lie below them as must.
    """
    if len(values) > MANY:
        some = np.sort(values[::STRIDE])
        low = some[max(start // STRIDE - MARGIN, 0)]
        high = some[min(stop // STRIDE + MARGIN, len(some) - 1)]
        within = values[(values >= low) & (values <= high)]
        below = int(np.count_nonzero(values < low))
        if below <= start and stop <= below + len(within):
            values, start, stop = within, start - below, stop - below
            if low == high:
                return low, high
    parted = np.partition(values, (start, stop - 1))
    return parted[start], parted[stop - 1]


def _sorted(keys: Sequence[Array], rows: Array) -> Array:
    if not len(keys):
        return rows
    return rows[np.lexsort([key[rows] for key in reversed(keys)])]
