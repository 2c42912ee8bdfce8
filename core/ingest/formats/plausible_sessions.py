"""Plausible's sessions table, as it is kept in its database: one row a visit.

Layout: Plausible's ClickHouse schema, ``sessions_v2`` (``session_id``, ``user_id``, ``start``,
``timestamp``, which is when the visit *ended*, ``duration`` in seconds, ``pageviews``, ``events``,
``is_bounce``). It doesn't say who bought.
"""

from __future__ import annotations

from core.ingest.formats.base import Format

FORMAT = Format(
    key="plausible_sessions",
    title="Plausible sessions",
    kind="sessions",
    columns={
        "session_id": ("session_id",),
        "visitor_id": ("user_id",),
        "started_at": ("start",),
        "duration_seconds": ("duration",),
        "page_views": ("pageviews",),
        "n_events": ("events",),
        "country": ("country_code",),
        "device": ("screen_size",),
        "channel": ("acquisition_channel", "utm_medium"),
    },
    signature=("session_id", "visitor_id", "started_at", "duration_seconds", "page_views", "n_events"),
    also=("is_bounce", "timestamp"),
)
