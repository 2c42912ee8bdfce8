"""Umami's events table, as it is kept in its database.

Layout: Umami's schema, ``website_event`` (``event_id``, ``website_id``, ``session_id``, ``visit_id``,
``created_at``, ``url_path``, ``event_type`` 1 for a page view and 2 for an event of its own
``event_name``). A ``session_id`` is a person for a month, a ``visit_id`` one of their visits.
"""

from __future__ import annotations

from core.ingest.cells.synonyms import EVENT_WORDS
from core.ingest.formats.base import Format
from core.ingest.formats.segment import WORDS
from core.schema.events import EventType

_KNOWN = {word: kind.value for word, kind in WORDS.items()}
_NAMES = {**EVENT_WORDS, **{word.replace("_", "").replace(" ", ""): kind for word, kind in _KNOWN.items()}}
_CASES = " ".join(f"WHEN '{word}' THEN '{kind}'" for word, kind in sorted(_NAMES.items()) if word.isascii())
_BARE = "regexp_replace(lower({event_name}), '[^a-z0-9]', '', 'g')"

FORMAT = Format(
    key="umami",
    title="Umami events",
    kind="events",
    columns={
        "session_id": ("visit_id",),
        "visitor_id": ("session_id",),
        "timestamp": ("created_at",),
        "page": ("url_path",),
        "event_id": ("event_id",),
        "country": ("country",),
        "device": ("device",),
        "channel": ("utm_medium",),
    },
    signature=("session_id", "visitor_id", "timestamp", "page"),
    also=("website_id", "event_type", "event_name"),
    derived={
        "event_type": "CASE WHEN {event_type} = '1' OR {event_name} IS NULL THEN 'page_view' "
        f"ELSE CASE {_BARE} {_CASES} ELSE 'other' END END"
    },
    told_types=frozenset({EventType.PAGE_VIEW, EventType.PURCHASE}),
    is_open=True,
)
