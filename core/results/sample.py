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
from core.results.scored_sessions import ScoredSessions

#: Of a large file, about so many sessions are laid aside for the map: those the map takes first.
SAMPLE = 200_000


def first_by_hash(
    sessions: ScoredSessions,
    sql: str,
    params: Sequence[object],
    limit: int,
) -> list[dict[str, Any]]:
    """Return the first sessions a query gives in the order of their hash: always the same sample.

    Of a large file those with the smallest hashes lie apart. Where enough of them fit, they are the first.
    """
    question = f"{sql} {_first(limit)}"
    sample = beside(sessions, "sample.parquet", make=partial(_lay_aside, sessions))
    if sample is not None:
        rows = query.ask(ScoredSessions.of(sample).at(sessions.threshold), question, params)
        if len(rows) == limit:
            return rows
    return query.ask(sessions, question, params)


def arrays_by_hash(sessions: ScoredSessions, sql: str, limit: int) -> dict[str, npt.NDArray[Any]]:
    """Return the same sessions as columns, masked where a value is not known: for tens of thousands."""
    question = f"{sql} {_first(limit)}"
    sample = beside(sessions, "sample.parquet", make=partial(_lay_aside, sessions))
    if sample is not None:
        found = query.arrays(ScoredSessions.of(sample), question)
        if len(next(iter(found.values()))) == limit:
            return found
    return query.arrays(sessions, question)


def _first(limit: int) -> str:
    return f"ORDER BY hash(session_id), session_id LIMIT {int(limit)}"


def _lay_aside(sessions: ScoredSessions, out: Path) -> None:
    hashes = query.arrays(sessions, "SELECT hash(session_id) AS hash FROM sessions")["hash"]
    last = int(np.partition(hashes, min(SAMPLE, len(hashes)) - 1)[min(SAMPLE, len(hashes)) - 1])
    with query.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_parquet(?) WHERE hash(session_id) <= ?::UBIGINT) "
            f"TO {literal(out)} (FORMAT parquet)",
            [str(sessions.path), last],
        )
