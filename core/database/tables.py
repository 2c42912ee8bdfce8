"""What every table of the metadata database is made with, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Dialect, MetaData, String, Table, TypeDecorator


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
