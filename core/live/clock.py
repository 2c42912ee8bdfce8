"""Moments as live events have them: microseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_at(micros: int) -> datetime:
    """Return a moment in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
