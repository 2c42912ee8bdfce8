"""The part of the store that keeps what became of audiences: counts and sums, nobody's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, Engine, Index, String, Table, delete, insert, select

from core.base.errors import NotFoundError
from core.database import UtcDateTime, metadata
from core.storage._ids import new_id

#: Kept of one audience at most; the oldest go.
MOST_OUTCOMES = 20

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", String, primary_key=True),
    Column("audience_id", String, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("who", String, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index("outcomes_by_audience", "audience_id", "created_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOutcomes:
    """What became of an audience, as ``core.uplift`` read it: ``figures`` is its ``to_dict``.

    ``who`` has read it in (see ``core.base.requester``).
    """

    id: str
    audience_id: str
    figures: dict[str, Any]
    who: str
    created_at: datetime


class OutcomesKept:
    """Outcomes are added, read and deleted here; ``Store`` is one of these."""

    _engine: Engine

    def add_outcomes(self, audience_id: str, *, figures: Mapping[str, Any], who: str = "") -> KeptOutcomes:
        """Keep the outcomes of an audience; beyond ``MOST_OUTCOMES`` its oldest go."""
        row: dict[str, Any] = {
            "id": new_id(),
            "audience_id": audience_id,
            "figures": dict(figures),
            "who": who,
            "created_at": datetime.now(UTC),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(outcomes).values(row))
        for old in self.outcomes(audience_id)[MOST_OUTCOMES:]:
            self.delete_outcomes(old.id)
        return KeptOutcomes(**row)

    def outcomes(self, audience_id: str) -> tuple[KeptOutcomes, ...]:
        """Return what is kept of an audience, newest first."""
        query = (
            select(outcomes)
            .where(outcomes.c.audience_id == audience_id)
            .order_by(outcomes.c.created_at.desc(), outcomes.c.id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(KeptOutcomes(**row) for row in rows)

    def delete_outcomes(self, outcomes_id: str) -> None:
        """Forget outcomes; NotFoundError if there are none."""
        with self._engine.begin() as connection:
            if not connection.execute(delete(outcomes).where(outcomes.c.id == outcomes_id)).rowcount:
                raise NotFoundError(
                    "These outcomes don't exist or were deleted.", remedy="Upload them again."
                )
