"""Snowplow's dbt packages: their tables of sessions, one row a visit.

Layout: ``snowplow_web_sessions`` and ``snowplow_unified_sessions`` of snowplow-web and snowplow-unified
(``domain_sessionid`` or ``session_identifier``, ``start_tstamp``, ``page_views``, ``engaged_time_in_s``,
``absolute_time_in_s``). Without the e-commerce package they don't say who bought.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

FORMAT = Format(
    key="snowplow_sessions",
    title="Snowplow sessions",
    kind="sessions",
    columns={
        "session_id": ("session_identifier", "domain_sessionid"),
        "visitor_id": ("user_identifier", "domain_userid"),
        "started_at": ("start_tstamp",),
        "page_views": ("page_views",),
        "n_events": ("total_events",),
        "duration_seconds": ("absolute_time_in_s",),
        "country": ("geo_country", "first_geo_country"),
        "device": ("device_category", "dvce_type"),
        "channel": ("default_channel_group", "mkt_medium", "refr_medium"),
        "purchased": ("number_transactions", "is_conversion"),
        "revenue": ("total_transaction_revenue",),
    },
    signature=("session_id", "started_at", "page_views"),
    also=("end_tstamp", "engaged_time_in_s"),
    told_types=frozenset({EventType.PURCHASE}),
)
