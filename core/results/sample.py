"""The sample of sessions that maps draw: always the same ones, those whose ids have the smallest hashes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.sql import literal
from core.results import footer, query
from core.results.bitmaps import asked
from core.results.cache import beside
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions

#: Of a large file, about so many sessions are laid aside for the map: those the map takes first.
SAMPLE = 200_000


def first_by_hash(
    sessions: ScoredSessions, filters: Filters, names: Sequence[str], condition: str, limit: int
) -> list[dict[str, Any]]:
    """Return the first filtered sessions in the order of their hash: always the same sample.

    Of a large file those with the smallest hashes lie apart. Where enough of them fit, they are the first.

    Parameters
    ----------
    names
        The columns wanted.
    condition
        What sessions have to meet besides the filters, in SQL.
    """
    question = f"SELECT {', '.join(names)} FROM sessions WHERE {{where}} AND {condition} {_first(limit)}"
    at, where, params, rows = asked(sessions, filters)
    sample = beside(sessions, "sample.parquet", make=partial(_lay_aside, sessions))
    if sample is not None and (rows is None or len(rows) * SAMPLE >= limit * footer.facts(sessions).n):
        picked, bound = filters.where()
        of_sample = ScoredSessions.of(sample).at(filters.threshold)
        found = query.ask(of_sample, question.format(where=picked), bound)
        if len(found) == limit:
            return found
    return query.ask(at, question.format(where=where), params, rows)


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
