"""Mixpanel's raw events, as its Export API writes them: lines of JSON.

Layout: Mixpanel's "Event Export API" (``event`` and ``properties`` with ``time`` in seconds,
``distinct_id``, ``$insert_id``, ``$device_id``, ``$user_id``, ``$current_url``, ``mp_country_code``). It
has no sessions: silence ends a visit. What events and properties are called is a shop's choice.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.ingest.formats.segment import PROPERTIES, WORDS, commerce
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
_BOUGHT = "lower(r.event) IN ('order completed', 'order_completed', 'purchase', 'purchased')"

FORMAT = Format(
    key="mixpanel",
    title="Mixpanel events",
    kind="events",
    columns={
        "visitor_id": ("$device_id",),
        "user_id": ("$user_id",),
        "timestamp": ("time",),
        "event_type": ("event",),
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
)
