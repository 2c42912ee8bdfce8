"""Heap's table of all events, as Heap Connect writes it to a warehouse.

Layout: Heap Connect's ``all_events`` (``event_id``, ``time``, ``user_id``, ``session_id``,
``event_table_name``). The name of a table is that of the event, as the shop chose it; ``pageviews`` and
``sessions`` are Heap's own. What an event was worth stands in tables of its own, so revenue stays
unknown.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.ingest.formats.segment import WORDS
from core.schema.events import EventType

FORMAT = Format(
    key="heap",
    title="Heap events",
    kind="events",
    columns={
        "session_id": ("session_id",),
        "visitor_id": ("user_id",),
        "timestamp": ("time",),
        "event_type": ("event_table_name",),
        "event_id": ("event_id",),
        "page": ("path",),
        "country": ("country",),
        "device": ("device_type",),
        "channel": ("utm_medium",),
    },
    signature=("session_id", "visitor_id", "timestamp", "event_type"),
    event_types={
        **{word: kind.value for word, kind in WORDS.items()},
        "pageviews": EventType.PAGE_VIEW.value,
        "sessions": EventType.OTHER.value,
    },
    told_types=frozenset({EventType.PAGE_VIEW, EventType.PURCHASE}),
    is_open=True,
    notes=("Heap's table of all events has no amounts, so revenue is unknown.",),
)
