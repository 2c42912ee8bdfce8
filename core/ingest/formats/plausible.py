"""Plausible's events table, as it is kept in its database.

Layout: Plausible's ClickHouse schema, ``events_v2`` (``name``, ``site_id``, ``timestamp`` UTC,
``user_id``, ``session_id``, ``hostname``, ``pathname``, ``revenue_reporting_amount``,
``revenue_reporting_currency``). ``pageview`` and ``engagement`` are its own events; goals are a shop's
choice. People are told apart for a day only.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.ingest.formats.segment import WORDS
from core.schema.events import EventType

FORMAT = Format(
    key="plausible",
    title="Plausible events",
    kind="events",
    columns={
        "session_id": ("session_id",),
        "visitor_id": ("user_id",),
        "timestamp": ("timestamp",),
        "event_type": ("name",),
        "page": ("pathname",),
        "country": ("country_code",),
        "device": ("screen_size",),
        "channel": ("acquisition_channel", "utm_medium"),
        "revenue": ("revenue_reporting_amount", "revenue_source_amount"),
        "currency": ("revenue_reporting_currency", "revenue_source_currency"),
    },
    signature=("session_id", "visitor_id", "timestamp", "event_type", "page"),
    also=("hostname",),
    event_types={
        **{word: kind.value for word, kind in WORDS.items()},
        "pageview": EventType.PAGE_VIEW.value,
        "engagement": EventType.OTHER.value,
    },
    told_types=frozenset({EventType.PAGE_VIEW, EventType.PURCHASE}),
    values={"event_type": frozenset({"pageview", "engagement"})},
    is_open=True,
)
