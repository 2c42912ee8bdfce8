"""How Alembic runs the files of this folder: within the transaction that ``core.database`` has begun."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import types


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own types as what they are to the database: a file outlives the class."""
    if kind == "type" and isinstance(item, types.TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    render_item=render,
    # Columns are compared by a test, on a database that knows types (tests/core/database).
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
