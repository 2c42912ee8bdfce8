"""Mixpanel's raw events: lines of JSON, as its Export API writes them, and tables with a column a property.

Layout: Mixpanel's "Event Export API" (``event`` and ``properties`` with ``time`` in seconds,
``distinct_id``, ``$insert_id``, ``$device_id``, ``$user_id``, ``$current_url``, ``mp_country_code``). It
has no sessions: silence ends a visit. What events and properties are called is a shop's choice. In tables,
as of its CSV export and of Airbyte's connector, properties stand beside the event, with or without ``$``.
``distinct_id`` is that of the account once somebody signed in.
"""

from __future__ import annotations

from core.ingest.files.head import Head
from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format, Match, by_plain_name
from core.ingest.formats.guess import with_synonyms
from core.ingest.formats.segment import PROPERTIES, WORDS, commerce, is_order
from core.schema.countries import plain
from core.schema.events import EventType

_OWN = {
    "$mp_web_page_view": EventType.PAGE_VIEW,
    **dict.fromkeys(
        ("$identify", "$create_alias", "$merge", "$mp_session_record", "$session_start", "$session_end",
         "$mp_click", "$mp_scroll", "$mp_page_leave", "$mp_submit", "$mp_input_change", "$mp_rage_click"),
        EventType.OTHER,
    ),
}  # fmt: skip
_TEXTS = ("time", "distinct_id", "$insert_id", "$device_id", "$user_id", "$current_url", "mp_country_code",
          "$device", "utm_medium", "current_url")  # fmt: skip
#: One of these stands beside an event's own columns in any table of Mixpanel's.
_TELLING = ("$insert_id", "mp_lib", "mp_country_code", "$mp_api_endpoint", "mp_processing_time_ms")
_BOUGHT = is_order("r.event")


def _find(head: Head) -> Match | None:
    """Recognise a table: its own columns, and one that only Mixpanel writes."""
    columns = FORMAT.match_columns(head)
    names = by_plain_name(head)
    telling = [names[plain(name)] for name in _TELLING if plain(name) in names]
    person = names.get(plain("distinct_id"))
    if not {"timestamp", "event_type"} <= set(columns) or person is None or not telling:
        return None
    if "visitor_id" not in columns or not head.values(columns["visitor_id"]):
        columns["visitor_id"] = person
    elif "user_id" not in columns or not head.values(columns["user_id"]):
        columns["user_id"] = person
    completed = with_synonyms(head, columns)
    if completed is None:
        return None
    own = [columns["event_type"], columns["timestamp"], person, *telling[:2]]
    return Match(
        score=0.9,
        reasons=(f"It has the columns of {FORMAT.title}: {', '.join(dict.fromkeys(own))}.",),
        columns=completed,
    )


FORMAT = Format(
    key="mixpanel",
    title="Mixpanel events",
    kind="events",
    columns={
        "visitor_id": ("$device_id",),
        "user_id": ("$user_id",),
        "timestamp": ("time",),
        "event_type": ("event", "event_name"),
        "event_id": ("$insert_id",),
        "page": ("$current_url",),
        "country": ("mp_country_code",),
        "device": ("$device",),
        "channel": ("utm_medium",),
        "product_id": ("product_id",),
        "category": ("category",),
        "brand": ("brand",),
        "price": ("price",),
        "quantity": ("quantity",),
        "revenue": ("revenue",),
        "currency": ("currency",),
        "order_id": ("order_id",),
    },
    event_types={word: kind.value for word, kind in {**WORDS, **_OWN}.items()},
    told_types=frozenset(WORDS.values()),
    layouts=(
        Layout(
            needs=("event", "properties"),
            inner={"properties": ("time", "distinct_id")},
            shape={"event": TEXT, "properties": {**PROPERTIES, **dict.fromkeys(_TEXTS, TEXT)}},
            columns={
                "$device_id": 'coalesce(r.properties."$device_id", r.properties.distinct_id)',
                "$user_id": 'r.properties."$user_id"',
                "time": 'r.properties."time"',
                "event": "r.event",
                "$insert_id": 'r.properties."$insert_id"',
                "$current_url": 'coalesce(r.properties."$current_url", r.properties.current_url)',
                "mp_country_code": "r.properties.mp_country_code",
                "$device": 'r.properties."$device"',
                "utm_medium": "r.properties.utm_medium",
                **commerce(_BOUGHT),
            },
        ),
    ),
    is_open=True,
    recogniser=_find,
)
