"""What every table of the metadata database is made with, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    MetaData,
    Select,
    String,
    Table,
    TypeDecorator,
    literal,
    tuple_,
)

#: Where a page of a list that is newest first ended: when the last of it was made, and its id.
Before = tuple[datetime, str]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: kept as UTC without a zone, which SQLite would drop anyway; aware on both sides."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC without a zone."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say again that it is UTC."""
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData()

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", String))


def newest_first(query: Select[Any], table: Table, *, before: Before | None, limit: int) -> Select[Any]:
    """Return a query for a page of a list: newest first, from behind ``before`` on."""
    if before is not None:
        moment = literal(before[0], UtcDateTime)
        query = query.where(tuple_(table.c.created_at, table.c.id) < tuple_(moment, literal(before[1])))
    return query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
