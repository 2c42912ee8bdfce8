"""Arrays over the sessions of a large file that figures are counted from: made once, and kept beside it.

What sessions are grouped by is one whole number for several sides at once: their places among the values of
each side, in mixed radix. So one count over all sessions tells the groups of each of these sides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.results import accuracy, distributions, footer, query
from core.results.cache import Array, cached, column, column_on_disk
from core.results.columns import IDS, kind_of
from core.results.filters import CHOICES, STAGES
from core.results.footer import KNOWN as NAMES
from core.results.local_day import LOCAL_DAY
from core.results.scored_sessions import ScoredSessions
from core.stats.ranked import DECIMALS

ID = "session_id"
#: Columns of texts beside the id, the one with the most values first.
TEXTS = ("visitor_id", *(name for name in NAMES if kind_of(name) == "text" and name not in IDS))
#: What sessions are grouped by. Those of a tuple are counted together, in one pass over the file.
CUBES = (
    ("cluster", "country_group", "device", "channel", "weekday"),
    ("country", "category"),
    ("hour", "day"),
)
#: Groups of several sides at once, at most; a side of whole numbers that reach farther isn't counted so.
MOST_CELLS = 2**22
#: What is known of a session, as bits of one number: whether it is a likely buyer as it was scored, whether
#: its outcome is known, whether it bought, whether its revenue, its probability and its visitor are known,
#: and whether its revenue counts in what a model learns.
LIKELY, KNOWN, BOUGHT, REVENUE, SCORED, VISITOR, COUNTS = (1 << place for place in range(7))
_FLAGS = {
    LIKELY: "predicted_purchase",
    KNOWN: "purchased IS NOT NULL",
    BOUGHT: "purchased",
    REVENUE: "revenue IS NOT NULL",
    SCORED: "purchase_probability IS NOT NULL",
    VISITOR: "visitor_id IS NOT NULL",
    COUNTS: accuracy.PAID,
}
#: Stands for a bar of sessions that are in none.
NO_BAR = 255


def flags(sessions: ScoredSessions) -> Array:
    """Return what is known of each session, as the bits above; shape (n,)."""
    return _made(sessions, "flags", _bits(_FLAGS))


def stages(sessions: ScoredSessions, columns: Sequence[tuple[str, str]]) -> Array:
    """Return which stages each session reached, as even bits, and which it tells of, as odd ones; shape (n,).

    ``columns`` are the stages in order, each with the column that tells of it.
    """
    bits: dict[int, str] = {}
    for place, (stage, told) in enumerate(columns):
        bits |= {1 << 2 * place: STAGES[stage], 1 << 2 * place + 1: f"{told} IS NOT NULL"}
    return _made(sessions, "stages", _bits(bits))


def amounts(sessions: ScoredSessions, column: str) -> Array:
    """Return a column of amounts or probabilities in single precision, 0 where it isn't known; shape (n,)."""
    return _made(sessions, f"amounts-{column}", f"CAST(coalesce({column}, 0) AS FLOAT)")


def places(sessions: ScoredSessions) -> Array:
    """Return probabilities in whole units of their last decimal, 0 where they aren't known; shape (n,)."""
    return _made(sessions, "places", f"CAST(coalesce(purchase_probability, 0) * 1e{DECIMALS} AS INTEGER)")


def bars(sessions: ScoredSessions, of: str, edges: tuple[float, ...], *, follows: bool = False) -> Array:
    """Return each session's bar in a histogram, ``NO_BAR`` where its value isn't known; shape (n,).

    ``follows`` says that edges follow from the threshold: where one is only tried, bars aren't kept on disk.
    """
    plain = sessions.at(None)

    def make() -> Array:
        values = query.in_halves(plain, distributions.MEASURES[of].column)
        found = np.searchsorted(edges[1:-1], np.ma.getdata(values), side="right").astype(np.uint8)
        found[np.ma.getmaskarray(values)] = NO_BAR
        return found

    if follows and sessions.threshold is not None:
        return column(sessions, f"bars-{of}", make)
    return column_on_disk(plain, f"bars-{of}", make)


def cells(sessions: ScoredSessions, cube: tuple[str, ...]) -> Array | None:
    """Return the cell of each session among the groups of several sides, shape (n,); None of too many.

    A cell is a session's place in an array of ``shape_of`` the sides.
    """
    shape = shape_of(sessions, cube)
    if shape is None:
        return None
    plain, most = sessions.at(None), math.prod(shape)

    def make() -> Array:
        found = np.zeros(0, dtype=np.int32)
        for by, size in zip(cube, shape, strict=True):
            places_among = _places(plain, by, size)
            found = found * np.int32(size) + places_among if len(found) else places_among.astype(np.int32)
        return found.astype(np.uint16 if most <= 2**16 else np.uint32)

    return column_on_disk(plain, f"cells-{'-'.join(cube)}", make)


def shape_of(sessions: ScoredSessions, cube: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return how many groups there are by each of several sides; None where there are too many together."""
    shape = []
    for by in cube:
        there = values_of(sessions, by)
        if there is None:
            return None
        shape.append(len(there) + 1)
    return tuple(shape) if math.prod(shape) <= MOST_CELLS else None


def values_of(sessions: ScoredSessions, by: str) -> Sequence[Any] | None:
    """Return the values of a side, rising, without the unknown one; None of whole numbers that reach too far.

    Days are counted from 1970 on; whole numbers have every one in between.
    """
    plain = sessions.at(None)
    if by != "day" and kind_of(CHOICES[by]) == "text":
        return _texts(plain, CHOICES[by])
    ends = _ends(plain, by)
    if ends is None:
        return ()
    low, high = ends
    return range(low, high + 1) if high - low < MOST_CELLS else None


def _places(sessions: ScoredSessions, by: str, size: int) -> Array:
    """Return the place of each session among a side's values; unknown ones have the last."""
    if size == 1:
        return np.zeros(len(flags(sessions)), dtype=np.int32)
    if by != "day" and kind_of(CHOICES[by]) == "text":
        ranks = rank(sessions, CHOICES[by])
        # Ranks begin with 1, and unknown ones are the largest number there is.
        return np.minimum(ranks.astype(np.int32) - 1, size - 1)
    values = query.arrays(sessions, f"SELECT CAST({_number(by)} AS INTEGER) AS value FROM sessions")["value"]
    low = (_ends(sessions, by) or (0, 0))[0]
    return np.ma.filled(np.ma.asarray(values), low + size - 1) - np.int32(low)


def _number(by: str) -> str:
    return f"({LOCAL_DAY} - DATE '1970-01-01')" if by == "day" else CHOICES[by]


@cached(tuple[int, int] | None)
def _ends(sessions: ScoredSessions, by: str) -> tuple[int, int] | None:
    number = _number(by)
    row = query.ask_one(sessions, f"SELECT min({number}) AS low, max({number}) AS high FROM sessions")
    return None if row["low"] is None else (int(row["low"]), int(row["high"]))


@cached(tuple[str, ...])
def _texts(sessions: ScoredSessions, name: str) -> tuple[str, ...]:
    sql = f"SELECT {name} AS value FROM sessions WHERE {name} IS NOT NULL GROUP BY value ORDER BY value"
    return tuple(row["value"] for row in query.ask(sessions, sql))


def _bits(conditions: dict[int, str]) -> str:
    each = (f"CASE WHEN {condition} THEN {bit} ELSE 0 END" for bit, condition in conditions.items())
    return f"CAST({' + '.join(each)} AS UTINYINT)"


def _made(sessions: ScoredSessions, name: str, sql: str) -> Array:
    plain = sessions.at(None)
    return column_on_disk(plain, name, partial(_selected, plain, sql))


def _selected(sessions: ScoredSessions, sql: str) -> Array:
    return np.asarray(np.ma.getdata(query.arrays(sessions, f"SELECT {sql} AS value FROM sessions")["value"]))


def rank(sessions: ScoredSessions, name: str) -> Array:
    """Return the place of each session among the values of a text column; unknown ones have the last.

    That is the largest number of the array's type, which is the smallest that holds every place.
    """

    def make() -> Array:
        if name == ID:
            # Unique, so that its order is all there is to know.
            sql = f"SELECT CAST(file_row_number AS INTEGER) AS row FROM sessions ORDER BY {ID} NULLS LAST"
            rows = query.arrays(sessions, sql)["row"]
            ranks = np.empty(len(rows), dtype=np.int32)
            ranks[rows] = np.arange(len(rows), dtype=np.int32)
            return ranks
        codes, texts = _coded(sessions, name)
        there = np.bincount(codes, minlength=len(texts) + 1)[:-1] > 0
        rising = pc.sort_indices(texts).to_numpy()
        rising = rising[there[rising]]
        small = _smallest(len(rising))
        places = np.full(len(texts) + 1, np.iinfo(small).max, dtype=small)
        places[rising] = np.arange(1, len(rising) + 1)
        return places[codes]

    return column_on_disk(sessions, f"rank-{name}", make)


def _coded(sessions: ScoredSessions, name: str) -> tuple[Array, pa.Array]:
    """Return the place of each session's text among all there are, and these; unknown ones come after."""
    if name not in footer.columns(sessions):
        return np.zeros(footer.facts(sessions).n, dtype=np.int32), pa.array([], pa.string())
    with pq.ParquetFile(sessions.path, read_dictionary=[name]) as file:
        column = file.read([name], use_threads=False).column(name).unify_dictionaries()
    texts = column.chunk(0).dictionary if column.num_chunks else pa.array([], pa.string())
    codes = [chunk.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False) for chunk in column.chunks]
    return np.concatenate(codes) if codes else np.zeros(0, dtype=np.int32), texts


def _smallest(most: int) -> type[np.signedinteger]:
    """Return the smallest type of whole numbers that holds numbers up to ``most``, and a larger one."""
    return next(kind for kind in (np.int8, np.int16, np.int32) if most < np.iinfo(kind).max)
