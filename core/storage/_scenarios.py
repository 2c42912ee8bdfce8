"""The part of the store that keeps scenarios: what-if pages somebody gave a name to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Engine, Index, String, Table, Text, delete, func, insert, select, update

from core.base.errors import NotFoundError, StorageError
from core.database import UtcDateTime, metadata
from core.storage._ids import new_id

MAX_NAME, MAX_QUERY, MAX_SCENARIOS = 80, 8_000, 500

scenarios = Table(
    "scenarios",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    # Without a foreign key, like all of it: whatever it needs may be gone when it is opened.
    Column("bundle", String, nullable=False),
    Column("query", Text, nullable=False),
    Column("who", String, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index("scenarios_by_time", "created_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedScenario:
    """A what-if page under a name: ``query`` is its address, ``bundle`` the model that answered.

    ``who`` has saved it (see ``core.base.requester``).
    """

    id: str
    name: str
    bundle: str
    query: str
    who: str
    created_at: datetime


class Scenarios:
    """Scenarios are saved, listed, renamed and deleted here; ``Store`` is one of these."""

    _engine: Engine

    def save_scenario(self, *, name: str, bundle: str, query: str, who: str = "") -> SavedScenario:
        """Save a what-if page.

        Raises
        ------
        StorageError
            If its address is too long, or too many are saved already.
        """
        if len(query) > MAX_QUERY:
            raise StorageError(
                "This page has too much on it to be saved.", remedy="Remove one of its scenarios."
            )
        row = {
            "id": new_id(),
            "name": scenario_name(name),
            "bundle": bundle,
            "query": query,
            "who": who,
            "created_at": datetime.now(UTC),
        }
        with self._engine.begin() as connection:
            if (connection.scalar(select(func.count()).select_from(scenarios)) or 0) >= MAX_SCENARIOS:
                raise StorageError(
                    f"{MAX_SCENARIOS} scenarios are saved already.", remedy="Delete some you no longer need."
                )
            connection.execute(insert(scenarios).values(**row))
        return self.scenario(str(row["id"]))

    def scenario(self, scenario_id: str) -> SavedScenario:
        """Return one saved scenario; NotFoundError if there is none."""
        with self._engine.connect() as connection:
            query = select(scenarios).where(scenarios.c.id == scenario_id)
            row = connection.execute(query).mappings().first()
        if row is None:
            raise _no_scenario()
        return SavedScenario(**row)

    def scenarios(self, limit: int = MAX_SCENARIOS) -> tuple[SavedScenario, ...]:
        """Return what is saved, newest first."""
        query = select(scenarios).order_by(scenarios.c.created_at.desc(), scenarios.c.id).limit(limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(SavedScenario(**row) for row in rows)

    def rename_scenario(self, scenario_id: str, name: str) -> None:
        """Give a saved scenario another name; NotFoundError if there is none."""
        query = update(scenarios).where(scenarios.c.id == scenario_id).values(name=scenario_name(name))
        with self._engine.begin() as connection:
            if not connection.execute(query).rowcount:
                raise _no_scenario()

    def delete_scenario(self, scenario_id: str) -> None:
        """Delete a saved scenario; nothing happens if somebody else has already."""
        with self._engine.begin() as connection:
            connection.execute(delete(scenarios).where(scenarios.c.id == scenario_id))


def scenario_name(name: str) -> str:
    """Return a name on one line, cut where it is too long to show."""
    # NUL is text to Python, but not to PostgreSQL.
    return " ".join(name.replace("\0", " ").split())[:MAX_NAME].strip() or "Unnamed"


def _no_scenario() -> NotFoundError:
    return NotFoundError(
        "This scenario doesn't exist or was deleted.", remedy="Somebody may have deleted it."
    )
