"""What is in session rows, counted by DuckDB: outcomes, times, and which features tell sessions apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.base.memory_database import scratch_database
from core.base.sql import identifier
from core.schema.sessions import FEATURES, OUTCOMES, PREDICTION_SCHEMA, SESSION_SCHEMA
from core.training.data.loading import feature_names
from core.training.data.splits import MOST_WITHOUT_START


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was counted in session rows; ``telling`` are the features that differ between sessions."""

    sessions: int
    known: int
    buyers: int
    amounts: int
    started: int
    first: datetime | None
    last: datetime | None
    features: tuple[str, ...]
    telling: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def timed(self) -> bool:
        """Whether enough sessions have a start to split them by time."""
        return self.started > 0 and self.started >= (1 - MOST_WITHOUT_START) * self.sessions

    @property
    def days(self) -> int | None:
        """Days from the first session to the last, begun ones too."""
        if self.first is None or self.last is None:
            return None
        return math.ceil((self.last - self.first) / timedelta(days=1)) or 1


def count(path: Path) -> Found:
    """Count what is in session rows (Parquet); every column is read once."""
    names = set(pq.read_schema(path).names)
    own = _own_columns(path)
    features = (*(name for name in FEATURES if name in names), *own)
    outcome = "purchased" if "purchased" in names else "NULL::BOOLEAN"
    amount = "revenue" if "revenue" in names else "NULL::DOUBLE"
    start = "started_at" if "started_at" in names else "NULL::TIMESTAMP"
    # A feature tells sessions apart if it has two values, or one that only some sessions have.
    differs = [
        f"coalesce(min({column}) <> max({column}), false) OR count({column}) BETWEEN 1 AND count(*) - 1"
        for column in map(identifier, features)
    ]
    counts = [
        "count(*)",
        f"count({outcome})",
        f"count(*) FILTER ({outcome})",
        f"count(*) FILTER ({outcome} AND {amount} > 0)",
        f"count({start})",
        f"min({start})",
        f"max({start})",
    ]
    with scratch_database() as connection:
        query = f"SELECT {', '.join(counts + differs)} FROM read_parquet(?)"
        row: Any = connection.execute(query, [str(path)]).fetchone()
    return Found(
        sessions=row[0],
        known=row[1],
        buyers=row[2],
        amounts=row[3],
        started=row[4],
        first=row[5],
        last=row[6],
        features=features,
        telling=tuple(name for name, tells in zip(features, row[len(counts) :], strict=True) if tells),
        own=own,
    )


def _own_columns(path: Path) -> tuple[str, ...]:
    """Return the columns only this data has that a model would learn from."""
    taken = {*SESSION_SCHEMA.names, *PREDICTION_SCHEMA.names, *OUTCOMES}
    extras = [name for name in pq.read_schema(path).names if name not in taken]
    return tuple(feature_names(pq.read_table(path, columns=extras))) if extras else ()
