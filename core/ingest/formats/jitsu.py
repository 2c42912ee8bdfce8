"""Jitsu's events as tables of a warehouse: of version 2, in the calls of Segment, and of the first version.

Layout: Jitsu 2's table ``events`` (``message_id``, ``anonymous_id``, ``type``, ``event``, ``timestamp``,
``context_page_url`` and properties under their own names; ``event`` is empty where ``type`` is "page"),
and the events of its first version (``eventn_ctx_event_id``, ``event_type``, ``user_anonymous_id``,
``utc_time``, ``url``). Its lines of JSON are Segment's.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.ingest.formats.segment import WORDS
from core.schema.events import EventType

_PROPERTIES = {
    "product": ("product_id", "sku"),
    "category": ("category",),
    "brand": ("brand",),
    "price": ("price", "unit_price"),
    "quantity": ("quantity",),
    "total": ("revenue", "total", "order_total", "value"),
    "currency": ("currency",),
    "order": ("order_id", "transaction_id"),
}
#: Of the first version's context, which stands under names of its own or under that of the context.
_FIRST = ("user_id", "user_internal_id", "utc_time", "url", "user_agent", "utm_medium", "location_country",
          "parsed_ua_device_family")  # fmt: skip
_FLAT = tuple(name for names in _PROPERTIES.values() for own in names for name in (own, f"properties_{own}"))


def _coalesced(names: tuple[str, ...]) -> str:
    return f"coalesce({', '.join(f'r.{name}' for name in names)}, NULL)"


def _layout(needs: tuple[str, ...], texts: tuple[str, ...], own: dict[str, str]) -> Layout:
    shape = dict.fromkeys((*needs, *texts, *_FLAT), TEXT)
    properties = {
        column: _coalesced(tuple(name for own_name in names for name in (own_name, f"properties_{own_name}")))
        for column, names in _PROPERTIES.items()
    }
    return Layout(needs=needs, shape=shape, columns={**own, **properties})


FORMAT = Format(
    key="jitsu",
    title="Jitsu events",
    kind="events",
    columns={
        "visitor_id": ("visitor",),
        "user_id": ("user",),
        "timestamp": ("moment",),
        "event_type": ("what",),
        "event_id": ("id",),
        "page": ("page",),
        "country": ("country",),
        "device": ("device",),
        "channel": ("medium",),
        "user_agent": ("agent",),
        "product_id": ("product",),
        "category": ("category",),
        "brand": ("brand",),
        "price": ("price",),
        "quantity": ("quantity",),
        "revenue": ("total",),
        "currency": ("currency",),
        "order_id": ("order",),
    },
    event_types={
        **{word: kind.value for word, kind in WORDS.items()},
        "pageview": EventType.PAGE_VIEW.value,
        "user_identify": EventType.OTHER.value,
    },
    told_types=frozenset(WORDS.values()),
    layouts=(
        _layout(
            ("message_id", "anonymous_id", "type", "event"),
            ("user_id", "timestamp", "_timestamp", "sent_at", "received_at", "url", "context_page_url",
             "context_user_agent", "context_campaign_medium", "context_geo_country_code",
             "context_device_type"),
            {
                "id": "r.message_id",
                "visitor": "r.anonymous_id",
                "user": "r.user_id",
                "moment": 'coalesce(r."timestamp", r._timestamp, r.sent_at, r.received_at)',
                "what": "CASE WHEN r.type = 'track' THEN r.event ELSE r.type END",
                "page": "coalesce(r.url, r.context_page_url)",
                "agent": "r.context_user_agent",
                "medium": "r.context_campaign_medium",
                "country": "r.context_geo_country_code",
                "device": "r.context_device_type",
            },
        ),
        *(
            _layout(
                ("eventn_ctx_event_id", "event_type", f"{inside}user_anonymous_id"),
                (*(f"{inside}{name}" for name in _FIRST), "_timestamp"),
                {
                    "id": "r.eventn_ctx_event_id",
                    "visitor": f"r.{inside}user_anonymous_id",
                    "user": f"coalesce(r.{inside}user_id, r.{inside}user_internal_id)",
                    "moment": f"coalesce(r.{inside}utc_time, r._timestamp)",
                    "what": "r.event_type",
                    "page": f"r.{inside}url",
                    "agent": f"r.{inside}user_agent",
                    "medium": f"r.{inside}utm_medium",
                    "country": f"r.{inside}location_country",
                    "device": f"r.{inside}parsed_ua_device_family",
                },
            )
            for inside in ("", "eventn_ctx_")
        ),
    ),
    is_open=True,
)  # fmt: skip
