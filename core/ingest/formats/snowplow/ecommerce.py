"""Snowplow's e-commerce package for dbt: its table of what was done with each product.

Layout: ``snowplow_ecommerce_product_interactions`` of dbt-snowplow-ecommerce (``product_event_id``,
``domain_sessionid``, ``derived_tstamp``, ``product_id``, ``product_price``, ``product_quantity``, and one of
``is_product_view``, ``is_add_to_cart``, ``is_remove_from_cart``, ``is_product_transaction``). A row is one
product of an event, so that ``event_id`` is in several rows and ``product_event_id`` in one. An order is
worth what its products are.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

#: The tables of the package hold the same events, each with what it is about: together they are one export.
FAMILY = "snowplow_ecommerce"
_YES = "lower({{{}}}) IN ('true', 't', '1')"
_KINDS = {
    "is_product_transaction": EventType.PURCHASE,
    "is_add_to_cart": EventType.CART_ADD,
    "is_remove_from_cart": EventType.CART_REMOVE,
    "is_product_view": EventType.PRODUCT_VIEW,
}
_CASES = " ".join(f"WHEN {_YES.format(name)} THEN '{kind}'" for name, kind in _KINDS.items())

FORMAT = Format(
    key="snowplow_ecommerce",
    title="Snowplow product interactions",
    kind="events",
    columns={
        "session_id": ("domain_sessionid",),
        "visitor_id": ("domain_userid",),
        "user_id": ("user_id",),
        "timestamp": ("derived_tstamp",),
        "event_id": ("product_event_id",),
        "product_id": ("product_id",),
        "category": ("product_category",),
        "brand": ("product_brand",),
        "price": ("product_price",),
        "quantity": ("product_quantity",),
        "currency": ("product_currency",),
        "order_id": ("transaction_id",),
    },
    signature=("session_id", "timestamp", "event_id", "product_id"),
    derived={"event_type": f"CASE {_CASES} ELSE 'other' END"},
    told_types=frozenset(_KINDS.values()),
    is_open=True,
    family=FAMILY,
)
