"""Amplitude's raw events, as its Export API writes them: lines of JSON.

Layout: Amplitude's "Export API" (``event_type``, ``event_time`` UTC, ``user_id``, ``device_id``,
``amplitude_id``, ``session_id``, ``event_properties``, ``$insert_id``, ``uuid``). ``session_id`` is the
millisecond a session began, unique only with the device, and -1 where an event is outside any. What
events and properties are called is a shop's choice.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.ingest.formats.segment import PROPERTIES, WORDS, commerce, is_order
from core.schema.events import EventType

_OWN = {
    "[amplitude] page viewed": EventType.PAGE_VIEW,
    **dict.fromkeys(
        ("session_start", "session_end", "[amplitude] element clicked", "[amplitude] element changed",
         "[amplitude] form started", "[amplitude] form submitted", "[amplitude] file downloaded",
         "$identify", "$groupidentify", "revenue_amount"),
        EventType.OTHER,
    ),
}  # fmt: skip
_BOUGHT = is_order("r.event_type", "revenue")
_DEVICE = "coalesce(r.device_id, r.amplitude_id)"

FORMAT = Format(
    key="amplitude",
    title="Amplitude events",
    kind="events",
    columns={
        "session_id": ("session",),
        "visitor_id": ("device_id",),
        "user_id": ("user_id",),
        "timestamp": ("event_time",),
        "event_type": ("event_type",),
        "event_id": ("$insert_id",),
        "country": ("country",),
        "device": ("device",),
        "page": ("page",),
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
            needs=("event_type", "event_time", "amplitude_id", "event_properties"),
            shape={
                **dict.fromkeys(("event_type", "event_time", "user_id", "device_id", "amplitude_id"), TEXT),
                **dict.fromkeys(("session_id", "$insert_id", "uuid", "country", "device_family"), TEXT),
                **dict.fromkeys(("device_type", "platform"), TEXT),
                "event_properties": {**PROPERTIES, "[Amplitude] Page URL": TEXT, "$revenue": TEXT},
            },
            columns={
                "session": "CASE WHEN r.session_id NOT IN ('-1', '0') THEN r.session_id END",
                "device_id": _DEVICE,
                "user_id": "r.user_id",
                "event_time": "r.event_time",
                "event_type": "r.event_type",
                "$insert_id": 'coalesce(r."$insert_id", r.uuid)',
                "country": "r.country",
                "device": "r.device_type",
                "page": 'coalesce(r.event_properties."[Amplitude] Page URL", r.event_properties.url)',
                **commerce(_BOUGHT, "r.event_properties"),
            },
        ),
    ),
    is_open=True,
    visitor_keys=True,
)
