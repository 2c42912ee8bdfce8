"""Which sessions of a large file meet filters: a bitmap for each filter, and those put together.

A page leaves one filter out for each of its charts. Each filter is looked up in the file once, and what
several of them leave is told by their bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from core.results import footer, query
from core.results.cache import Array, column, is_large
from core.results.columns import DECIDED
from core.results.filters import CHOICES, Filters
from core.results.scored_sessions import ScoredSessions
from core.results.session_arrays import CUBES, shape_of, values_of
from core.results.session_arrays import cells as cells_of

#: Where at most one in so many sessions is filtered, they are named by their rows.
FEW = 50
EPOCH = date(1970, 1, 1)
#: What travels along with filters, and picks no session.
NO_FILTERS = frozenset({"sort", "threshold", "withheld"})


def bitmap(sessions: ScoredSessions, filters: Filters) -> Array | None:
    """Return for each session of the file whether it meets all filters; None where none is set.

    ``sessions`` are at the filters' threshold. A bitmap has eight sessions a byte, as of ``np.packbits``.
    """
    met = None
    for single in _singles(filters):
        found = _bitmap(sessions if _follows_threshold(single) else sessions.at(None), single)
        met = found if met is None else met & found
    return met


def rows_of(sessions: ScoredSessions, filters: Filters) -> Array:
    """Return the rows in the file of the sessions that meet all filters, rising; ``sessions`` as above."""
    met, n = bitmap(sessions, filters), footer.facts(sessions).n
    rows = np.arange(n) if met is None else np.flatnonzero(of_bits(met, slice(0, n)))
    return rows.astype(np.int32)


def in_arrays(sessions: ScoredSessions, filters: Filters) -> ScoredSessions | None:
    """Return the sessions at the filters' threshold where figures are counted from arrays, else None.

    That is in a large file.
    """
    return sessions.at(filters.threshold) if is_large(sessions) else None


def asked(
    sessions: ScoredSessions, filters: Filters
) -> tuple[ScoredSessions, str, list[object], Array | None]:
    """Return the sessions at the filters' threshold, and what SQL picks those filtered by.

    That is a condition with its parameters and the rows it names, if any. Where few sessions of a large file
    are filtered, they are named by their rows: nothing is searched for a second time.
    """
    at = sessions.at(filters.threshold)
    if is_large(sessions) and (met := bitmap(at, filters)) is not None:
        n = footer.facts(sessions).n
        if int(np.bitwise_count(met).sum()) * FEW <= n:
            rows = np.flatnonzero(of_bits(met, slice(0, n))).astype(np.int32)
            return at, query.AMONG_ROWS, [], rows
    return (at, *filters.where(), None)


def likely_buyers(sessions: ScoredSessions) -> Array:
    """Return a bitmap of the likely buyers by the threshold of ``sessions``."""
    return _bitmap(sessions, Filters(buyer=True))


def of_bits(bitmap: Array, at: slice) -> Array:
    """Return a part of a bitmap as booleans; it begins with a whole byte."""
    bits = np.unpackbits(bitmap[at.start // 8 : -(-at.stop // 8)], count=at.stop - at.start)
    return bits.view(np.bool_)


def _singles(filters: Filters) -> Iterator[Filters]:
    """Yield each of the filters by itself."""
    for one in fields(Filters):
        value: Any = getattr(filters, one.name)
        if one.name in NO_FILTERS or value == one.default:
            continue
        for part in ((column_filter,) for column_filter in value) if one.name == "columns" else (value,):
            single: dict[str, Any] = {one.name: part}
            yield Filters(**single)


def _follows_threshold(single: Filters) -> bool:
    return single.buyer is not None or any(column.name in DECIDED for column in single.columns)


def _bitmap(sessions: ScoredSessions, single: Filters) -> Array:
    return column(sessions, f"bitmap {single!r}", partial(_looked_up, sessions, single))


def _looked_up(sessions: ScoredSessions, single: Filters) -> Array:
    found = _of_cells(sessions, single)
    if found is not None:
        return np.packbits(found)
    where, params = single.where()
    met = np.zeros(footer.facts(sessions).n, dtype=bool)
    met[query.in_halves(sessions, "CAST(file_row_number AS INTEGER)", where, params)] = True
    return np.packbits(met)


def _of_cells(sessions: ScoredSessions, single: Filters) -> Array | None:
    """Return which sessions meet a filter of what they are grouped by, by cells; None of another filter."""
    by, fits = _side(single)
    cube = next((cube for cube in CUBES if by in cube), ())
    shape = shape_of(sessions, cube) if cube else None
    cells, values = (cells_of(sessions, cube), values_of(sessions, by)) if shape else (None, None)
    if shape is None or cells is None or values is None:
        return None
    met = np.array([fits(value) for value in (*values, None)])
    along = [len(met) if other == by else 1 for other in cube]
    return np.broadcast_to(met.reshape(along), shape).reshape(-1).take(cells)


def _side(single: Filters) -> tuple[str, Callable[[Any], bool]]:
    """Return what a filter picks groups by, if it does, and which values it picks."""
    for by in CHOICES:
        if chosen := getattr(single, by):
            return by, chosen.__contains__
    first, last = single.start, single.end
    if first is not None:
        return "day", lambda day: day is not None and day >= (first - EPOCH).days
    if last is not None and last < date.max:
        return "day", lambda day: day is not None and day <= (last - EPOCH).days
    return "", bool
