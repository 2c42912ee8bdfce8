"""The part of the store that keeps recipes: how exports with the same columns are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Column, Engine, String, Table, delete, insert, select, update

from core.base.errors import NotFoundError
from core.database import UtcDateTime, metadata

# Reading brings DuckDB and Arrow (see ``_adding``).
if TYPE_CHECKING:
    from core.ingest import Mapping

MAX_NAME = 120

recipes = Table(
    "recipes",
    metadata,
    Column("fingerprint", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("mapping", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A mapping for exports whose columns have this fingerprint; the name is that of its first export."""

    fingerprint: str
    name: str
    mapping: Mapping
    created_at: datetime


def no_recipe() -> NotFoundError:
    """Return the error for a recipe that isn't there."""
    return NotFoundError("This recipe doesn't exist or was deleted.", remedy="Choose one from the list.")


class Recipes:
    """Recipes are kept, found and forgotten here; ``Store`` is one of these."""

    _engine: Engine

    def keep_recipe(self, fingerprint: str, *, name: str, mapping: Mapping) -> None:
        """Keep how exports with these columns are read, in place of what was kept before."""
        row = {"name": name, "mapping": mapping.to_dict(), "created_at": datetime.now(UTC)}
        with self._engine.begin() as connection:
            connection.execute(delete(recipes).where(recipes.c.fingerprint == fingerprint))
            connection.execute(insert(recipes).values(fingerprint=fingerprint, **row))

    def recipe(self, fingerprint: str) -> Recipe | None:
        """Return how exports with these columns are read, if that is kept."""
        from core.ingest import Mapping

        with self._engine.connect() as connection:
            query = select(recipes).where(recipes.c.fingerprint == fingerprint)
            row = connection.execute(query).mappings().first()
        return Recipe(**{**row, "mapping": Mapping.from_dict(row["mapping"])}) if row else None

    def recipes(self) -> tuple[Recipe, ...]:
        """Return all recipes, by name."""
        from core.ingest import Mapping

        with self._engine.connect() as connection:
            rows = connection.execute(select(recipes).order_by(recipes.c.name, recipes.c.fingerprint))
            found = [dict(row) for row in rows.mappings()]
        return tuple(Recipe(**{**row, "mapping": Mapping.from_dict(row["mapping"])}) for row in found)

    def rename_recipe(self, fingerprint: str, name: str) -> None:
        """Give a recipe another name; NotFoundError if there is none."""
        with self._engine.begin() as connection:
            query = update(recipes).where(recipes.c.fingerprint == fingerprint)
            if not connection.execute(query.values(name=" ".join(name.split())[:MAX_NAME])).rowcount:
                raise no_recipe()

    def forget_recipe(self, fingerprint: str) -> None:
        """Read exports with these columns as they are recognised again."""
        with self._engine.begin() as connection:
            connection.execute(delete(recipes).where(recipes.c.fingerprint == fingerprint))
