"""Umami's events table, as it is kept in its database, with its other tables where they come along.

Layout: Umami's schema, ``website_event`` (``event_id``, ``website_id``, ``session_id``, ``visit_id``,
``created_at``, ``url_path``, ``event_type`` 1 for a page view and 2 for an event of its own
``event_name``). A ``session_id`` is a person for a month, a ``visit_id`` one of their visits. Where
somebody came from stands in ``session`` (only ClickHouse has it with the events), what an event was sent
with in ``event_data``, one row a value, and amounts among that in ``revenue`` as well.
"""

from __future__ import annotations

from core.ingest.base.model import UNSEEN
from core.ingest.cells.synonyms import EVENT_WORDS
from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Lookup, Match
from core.ingest.formats.guess import with_synonyms
from core.ingest.formats.segment import WORDS
from core.schema.events import EventType

_KNOWN = {word: kind.value for word, kind in WORDS.items()}
_NAMES = {**EVENT_WORDS, **{word.replace("_", "").replace(" ", ""): kind for word, kind in _KNOWN.items()}}
_CASES = " ".join(f"WHEN '{word}' THEN '{kind}'" for word, kind in sorted(_NAMES.items()) if word.isascii())
_BARE = "regexp_replace(lower({event_name}), '[^a-z0-9]', '', 'g')"
#: Links, pixels and measured loading times.
_NO_PAGES = "('3', '4', '5')"
#: What an event of a shop may have been sent with.
_SENT = ("product_id", "category", "brand", "colour", "price", "quantity", "revenue", "currency", "order_id")
_ADD_EVENTS = "Upload it together with the table website_event: they are read as one export."
LOOKUPS = (
    Lookup(
        title="sessions",
        needs=("session_id", "website_id", "browser", "os", "device", "country"),
        lacks=("url_path", "event_id"),
        keys=(("session_id",), "session_id"),
        columns=("country", "device"),
    ),
    Lookup(
        title="revenue",
        needs=("event_id", "website_id", "revenue", "currency"),
        lacks=("url_path", "data_key"),
        keys=(("event_id",), "event_id"),
        columns=("revenue", "currency"),
        alone=("It is Umami's table of revenue, which doesn't show what happened in a visit.", _ADD_EVENTS),
    ),
    Lookup(
        title="event data",
        needs=("website_id", ("data_key", "event_key"), ("string_value", "event_string_value")),
        lacks=("visit_id",),
        keys=(("website_event_id", "event_id"), "event_id"),
        pivot=(
            ("data_key", "event_key"),
            ("number_value", "numeric_value", "event_numeric_value", "string_value", "event_string_value"),
        ),
        alone=("It is Umami's table of event data, which doesn't show who did what.", _ADD_EVENTS),
    ),
)


def _find(head: Head) -> Match | None:
    """Recognise the table by its names, and what its events were sent with by what that is called."""
    match = FORMAT.find_by_names(head)
    completed = with_synonyms(head, match.columns) if match else None
    if match is None or completed is None:
        return None
    sent = {target: completed[target] for target in _SENT if target in completed}
    return Match(score=match.score, reasons=match.reasons, columns={**match.columns, **sent})


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
        "revenue": ("revenue",),
        "currency": ("currency",),
    },
    signature=("session_id", "visitor_id", "timestamp", "page"),
    also=("website_id", "event_type", "event_name"),
    derived={
        "event_type": "CASE WHEN {event_type} = '1' THEN 'page_view' "
        f"WHEN {{event_name}} IS NULL THEN CASE WHEN {{event_type}} IN {_NO_PAGES} THEN 'other' "
        f"ELSE 'page_view' END ELSE CASE {_BARE} {_CASES} ELSE '{UNSEEN}' || {{event_name}} END END"
    },
    told_types=frozenset({EventType.PAGE_VIEW, EventType.PURCHASE}),
    lookups=LOOKUPS,
    is_open=True,
    recogniser=_find,
)
