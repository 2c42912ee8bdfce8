"""The sample of sessions that maps draw: always the same ones, those whose ids have the smallest hashes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.sql import literal
from core.results import query
from core.results.cache import beside

#: Of a large file, about so many sessions are laid aside for the map: those the map takes first.
SAMPLE = 200_000


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
    asked = f"{sql} {_first(limit)}"
    sample = beside(path, stamp, "sample.parquet", make=partial(_lay_aside, path, stamp))
    if sample is not None:
        rows = query.ask(str(sample), query.stamp_of(sample), asked, params, threshold=threshold)
        if len(rows) == limit:
            return rows
    return query.ask(path, stamp, asked, params, threshold=threshold)


def arrays_by_hash(path: str, stamp: int, sql: str, limit: int) -> dict[str, npt.NDArray[Any]]:
    """Return the same sessions as columns, masked where a value is not known: for tens of thousands."""
    asked = f"{sql} {_first(limit)}"
    sample = beside(path, stamp, "sample.parquet", make=partial(_lay_aside, path, stamp))
    if sample is not None:
        found = query.arrays(str(sample), query.stamp_of(sample), asked)
        if len(next(iter(found.values()))) == limit:
            return found
    return query.arrays(path, stamp, asked)


def _first(limit: int) -> str:
    return f"ORDER BY hash(session_id), session_id LIMIT {int(limit)}"


def _lay_aside(path: str, stamp: int, out: Path) -> None:
    hashes = query.arrays(path, stamp, "SELECT hash(session_id) AS hash FROM sessions")["hash"]
    last = int(np.partition(hashes, min(SAMPLE, len(hashes)) - 1)[min(SAMPLE, len(hashes)) - 1])
    with query.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_parquet(?) WHERE hash(session_id) <= ?::UBIGINT) "
            f"TO {literal(out)} (FORMAT parquet)",
            [path, last],
        )
