"""Umami's sessions table, as it is kept in its database: where somebody came from, not what they did.

Layout: Umami's schema, ``session`` (``session_id``, ``website_id``, ``browser``, ``os``, ``device``,
``screen``, ``language``, ``country``, ``subdivision1`` or ``region``, ``created_at``). It doesn't say what
was looked at or who bought; the table ``website_event`` does.
"""

from __future__ import annotations

from core.ingest.formats.base import Format

FORMAT = Format(
    key="umami_sessions",
    title="Umami sessions",
    kind="sessions",
    columns={
        "session_id": ("session_id",),
        "started_at": ("created_at",),
        "country": ("country",),
        "device": ("device",),
    },
    signature=("session_id", "started_at", "country", "device"),
    also=("website_id", "browser", "os", "screen", "language"),
    notes=("It doesn't say what was looked at or bought: Umami's table website_event does.",),
)
