"""The map of sessions as a browser draws it: where each session lies, and what its dot is coloured by.

Both are answered for the same sessions in the same order, apart from each other, as a few typed arrays:
another colour sends no place again. What an answer holds is said in its head (``pack``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.base.errors import NotFoundError
from core.base.identity import may
from core.results.cache import cached
from core.results.clusters.extra_columns import colourable_columns
from core.results.query import ask_one, known_columns
from core.results.sample import arrays_by_hash
from core.results.scored_sessions import ScoredSessions
from core.schema.sessions import SESSION_FIELDS, WEEKDAYS

#: Dots the map draws at most.
MOST_DOTS = 50_000
#: Steps of a coordinate along the map: finer than any screen.
STEPS = 65_535
#: Values of a category that get a colour of their own, most frequent first; the others share one.
MOST_VALUES = 9
#: Ends of the colour scale: one session with a huge value must not paint all others alike.
QUANTILES = (0.01, 0.99)
#: Stands for "not known" in a category's array.
UNKNOWN = 255

#: Heading of columns only this export has, as in the what-if form and in tables.
OWN_GROUP = "Your own columns"

Kind = Literal["category", "share", "amount", "seconds", "count"]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colouring:
    """Something dots can be coloured by: the column, what people call it, and how it is written."""

    name: str
    label: str
    kind: Kind
    group: str


#: The cluster is what the map shows by itself; its colours stand in the list beside it.
CLUSTER = Colouring(name="cluster_id", label="Cluster", kind="category", group="Model")
_OUTCOMES = (
    Colouring(name="purchased", label="Bought", kind="category", group="Outcome"),
    Colouring(name="revenue", label="Revenue", kind="amount", group="Outcome"),
)
_PREDICTIONS = (
    Colouring(name="purchase_probability", label="Purchase probability", kind="share", group="Model"),
    Colouring(name="expected_revenue", label="Expected revenue", kind="amount", group="Model"),
)
_KINDS: dict[str, Kind] = {
    "flag": "category",
    "category": "category",
    "amount": "amount",
    "seconds": "seconds",
}
_FEATURES = tuple(
    Colouring(name=field.name, label=field.label, kind=_KINDS.get(field.kind, "count"), group=field.group)
    for field in SESSION_FIELDS
    if field.kind not in {"id", "time"} and field.name not in {"purchased", "revenue"}
)
COLOURINGS: dict[str, Colouring] = {one.name: one for one in (CLUSTER, *_PREDICTIONS, *_OUTCOMES, *_FEATURES)}


def colourings(sessions: ScoredSessions) -> list[Colouring]:
    """Return what dots can be coloured by, of that what the file tells of at least one session."""
    there = known_columns(sessions)
    known = [one for one in COLOURINGS.values() if one is CLUSTER or one.name in there]
    return known + [one for one, _ in _own(sessions).values()]


def _own(sessions: ScoredSessions) -> dict[str, tuple[Colouring, str]]:
    """Return the shop's own columns dots can be coloured by, each with its SQL.

    They may hold ids, so they are for whoever may see some.
    """
    if not may("ids.read"):
        return {}
    return {
        key: (Colouring(name=key, label=column.name, kind=kind, group=OWN_GROUP), column.sql)
        for key, (column, kind) in colourable_columns(sessions).items()
    }


@cached(int)
def on_map(sessions: ScoredSessions) -> int:
    """Return how many sessions have a place on the map."""
    return int(
        ask_one(sessions, "SELECT count(*) AS n FROM sessions WHERE cluster_x + cluster_y IS NOT NULL")["n"]
    )


def places(sessions: ScoredSessions, limit: int = MOST_DOTS) -> bytes:
    """Return where sessions lie and their clusters: ``x`` and ``y`` in steps of the head's, ``cluster``."""
    columns = _dots(sessions, "cluster_x, cluster_y, cluster_id", limit)
    head: dict[str, Any] = {}
    arrays: dict[str, Array] = {}
    for axis in ("x", "y"):
        values = np.ma.filled(columns[f"cluster_{axis}"].astype(np.float64), 0.0)
        low = float(values.min()) if len(values) else 0.0
        step = (float(values.max()) - low) / STEPS if len(values) else 0.0
        head[axis] = {"low": low, "step": step or 1.0}
        arrays[axis] = np.rint((values - low) / (step or 1.0)).astype("<u2")
    arrays["cluster"] = np.ma.filled(columns["cluster_id"].astype(np.int64), UNKNOWN).astype("u1")
    return pack(head, arrays)


def values(sessions: ScoredSessions, colour: str, limit: int = MOST_DOTS) -> bytes:
    """Return what the same sessions are coloured by: ``values``, numbers or places in the head's ``names``.

    Raises
    ------
    NotFoundError
        If nothing is coloured by that.
    """
    about: Colouring | None
    about, sql = COLOURINGS.get(colour), colour
    if about is None and colour.startswith("own_"):
        about, sql = _own(sessions).get(colour, (None, ""))
    if about is None or about is CLUSTER:
        raise NotFoundError(f"The map has no colours by “{colour}”.")
    column = _dots(sessions, sql, limit)[about.name]
    head: dict[str, Any] = asdict(about)
    if about.kind != "category":
        numbers = np.ma.filled(column.astype(np.float64), np.nan)
        known = numbers[np.isfinite(numbers)]
        low, high = (float(end) for end in np.quantile(known, QUANTILES)) if len(known) else (0.0, 0.0)
        if low == high and len(known):
            low, high = float(known.min()), float(known.max())
        head |= {"low": low, "high": high, "unknown": len(numbers) - len(known)}
        head["beyond"] = bool(len(known) and known.max() > high)
        return pack(head, {"values": numbers.astype("<f4")})
    names, codes = _codes(about, column)
    head |= {"names": names, "unknown": int((codes == UNKNOWN).sum())}
    return pack(head, {"values": codes})


def sessions(sessions: ScoredSessions, limit: int = MOST_DOTS) -> list[str]:
    """Return the ids of the same sessions."""
    return [str(one) for one in _dots(sessions, "session_id", limit)["session_id"]]


def pack(head: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """Return a head and arrays as one piece of bytes, all numbers little-endian.

    Four bytes say how long the head is; it is JSON, and its ``arrays`` say each one's name, type and length.
    Every array begins at a multiple of four bytes, so that a browser reads it where it lies.
    """
    told_of = [[name, array.dtype.str.lstrip("<|"), len(array)] for name, array in arrays.items()]
    written = json.dumps({**head, "arrays": told_of}, separators=(",", ":")).encode()
    written += b" " * (-len(written) % 4)
    parts = [len(written).to_bytes(4, "little"), written]
    for array in arrays.values():
        content = array.tobytes()
        parts += [content, b"\0" * (-len(content) % 4)]
    return b"".join(parts)


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the head and the arrays of what ``pack`` has made."""
    at = 4 + int.from_bytes(content[:4], "little")
    head = json.loads(content[4:at])
    arrays: dict[str, Array] = {}
    for name, kind, length in head.pop("arrays"):
        dtype = np.dtype(kind).newbyteorder("<")
        arrays[name] = np.frombuffer(content, dtype, length, at)
        at += length * dtype.itemsize + (-length * dtype.itemsize % 4)
    return head, arrays


def _dots(sessions: ScoredSessions, columns: str, limit: int) -> dict[str, Array]:
    return arrays_by_hash(
        sessions, f"SELECT {columns} FROM sessions WHERE cluster_x + cluster_y IS NOT NULL", limit
    )


def _codes(about: Colouring, column: Array) -> tuple[list[str], Array]:
    """Return a category's values as people call them, and the place of each session's among them."""
    known = ~np.ma.getmaskarray(column)
    plain = np.asarray(np.ma.getdata(column))[known]
    codes = np.full(len(column), UNKNOWN, dtype="u1")
    if about.name == "day_of_week":
        codes[known] = plain.astype(np.int64) - 1
        return list(WEEKDAYS), codes
    if plain.dtype == bool or about.name.startswith("is_") or about.name == "purchased":
        codes[known] = plain.astype(bool)
        return ["No", "Yes"], codes
    counted, inverse, counts = np.unique(plain.astype(str), return_inverse=True, return_counts=True)
    ranked = np.lexsort((counted, -counts))
    rank = np.empty(len(ranked), dtype=np.int64)
    rank[ranked] = np.arange(len(ranked))
    codes[known] = np.minimum(rank[inverse], MOST_VALUES)
    names = [_called(about.name, str(counted[place])) for place in ranked[:MOST_VALUES]]
    return [*names, "All others"] if len(ranked) > MOST_VALUES else names, codes


def _called(column: str, value: str) -> str:
    if column != "country":
        return value
    import pycountry  # lazily: it reads its lists from disk

    country = pycountry.countries.get(alpha_2=value)
    return value if country is None else str(getattr(country, "common_name", None) or country.name)
