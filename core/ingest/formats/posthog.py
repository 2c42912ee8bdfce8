"""PostHog: its events as CSV or lines of JSON, with ``properties`` as JSON.

Layout: PostHog's "Event" data model and batch exports (``uuid``, ``event``, ``properties``,
``timestamp``, ``distinct_id``, ``created_at``). ``$session_id`` is unique by itself. Names that begin
with a dollar are PostHog's own; those of a shop are its choice, or those of the e-commerce specification
PostHog shares with Segment.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.ingest.formats.segment import PROPERTIES, WORDS, commerce, is_order
from core.schema.events import EventType

_OWN = {
    "$pageview": EventType.PAGE_VIEW,
    "$screen": EventType.PAGE_VIEW,
    **dict.fromkeys(
        ("$autocapture", "$pageleave", "$identify", "$set", "$create_alias", "$groupidentify", "$rageclick",
         "$feature_flag_called", "$web_vitals", "$exception", "$opt_in", "$heatmap", "$snapshot",
         "$copy_autocapture", "$dead_click"),
        EventType.OTHER,
    ),
}  # fmt: skip
_BOUGHT = is_order("r.event")

FORMAT = Format(
    key="posthog",
    title="PostHog events",
    kind="events",
    columns={
        "visitor_id": ("distinct_id",),
        "timestamp": ("timestamp",),
        "event_type": ("event",),
        "event_id": ("uuid",),
        # Tables made in its own SQL call a property by where it stands.
        **{
            target: (name, f"properties.{name}")
            for target, name in {
                "session_id": "$session_id",
                "page": "$current_url",
                "product_id": "product_id",
                "category": "category",
                "brand": "brand",
                "price": "price",
                "quantity": "quantity",
                "revenue": "revenue",
                "currency": "currency",
                "order_id": "order_id",
                "country": "$geoip_country_code",
                "device": "$device_type",
                "channel": "utm_medium",
                "user_agent": "$raw_user_agent",
            }.items()
        },
        "revenue": ("revenue", "properties.revenue", "total", "properties.total"),
    },
    signature=("visitor_id", "timestamp", "event_type"),
    values={"event_type": frozenset(_OWN)},
    event_types={word: kind.value for word, kind in {**WORDS, **_OWN}.items()},
    told_types=frozenset(WORDS.values()),
    layouts=(
        Layout(
            needs=("event", "distinct_id", "properties", "timestamp"),
            shape={
                **dict.fromkeys(("uuid", "event", "distinct_id", "timestamp"), TEXT),
                "properties": {
                    **PROPERTIES,
                    **dict.fromkeys(
                        ("$session_id", "$current_url", "$geoip_country_code", "$device_type",
                         "$raw_user_agent", "utm_medium", "$utm_medium"),
                        TEXT,
                    ),
                },
            },
            columns={
                "$session_id": 'r.properties."$session_id"',
                "distinct_id": "r.distinct_id",
                "timestamp": 'r."timestamp"',
                "event": "r.event",
                "uuid": "r.uuid",
                "$current_url": 'r.properties."$current_url"',
                **commerce(_BOUGHT),
                "$geoip_country_code": 'r.properties."$geoip_country_code"',
                "$device_type": 'r.properties."$device_type"',
                "utm_medium": 'coalesce(r.properties.utm_medium, r.properties."$utm_medium")',
                "$raw_user_agent": 'r.properties."$raw_user_agent"',
            },
        ),
    ),
    is_open=True,
)  # fmt: skip
