"""Heap's table of all events, as Heap Connect writes it to a warehouse.

Layout: Heap Connect's ``all_events`` (``event_id``, ``time``, ``user_id``, ``session_id``,
``event_table_name``). The name of a table is that of the event, as the shop chose it; ``pageviews`` and
``sessions`` are Heap's own. What an event was worth stands in tables of its own, so revenue stays
unknown unless somebody joined them.
"""

from __future__ import annotations

from dataclasses import replace

from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Match
from core.ingest.formats.guess import with_synonyms
from core.ingest.formats.segment import WORDS
from core.schema.events import EventType


def _find(head: Head) -> Match | None:
    """Recognise a table by its names, with whatever was joined to it."""
    match = FORMAT.find_by_names(head)
    completed = with_synonyms(head, match.columns) if match else None
    return replace(match, columns=completed) if match and completed is not None else None


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
    notes=("Heap's own table of all events has no amounts: without them, revenue is unknown.",),
    recogniser=_find,
)
