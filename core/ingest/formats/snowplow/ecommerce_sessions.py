"""Snowplow's e-commerce package for dbt: its table of sessions, one row a visit.

Layout: ``snowplow_ecommerce_sessions`` of dbt-snowplow-ecommerce (``domain_sessionid``, ``start_tstamp``,
``end_tstamp``, ``number_product_views``, ``number_add_to_carts``, ``number_remove_from_carts``,
``number_checkout_steps_visited``, ``total_number_transactions``, ``total_transaction_revenue``).
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

_SECONDS = "date_diff('second', try_cast({start_tstamp} AS TIMESTAMP), try_cast({end_tstamp} AS TIMESTAMP))"

FORMAT = Format(
    key="snowplow_ecommerce_sessions",
    title="Snowplow e-commerce sessions",
    kind="sessions",
    columns={
        "session_id": ("domain_sessionid", "session_identifier"),
        "visitor_id": ("domain_userid", "user_identifier"),
        "started_at": ("start_tstamp",),
        "product_views": ("number_product_views",),
        "cart_adds": ("number_add_to_carts",),
        "cart_removes": ("number_remove_from_carts",),
        "checkouts": ("number_checkout_steps_visited",),
        "purchased": ("total_number_transactions",),
        "revenue": ("total_transaction_revenue",),
    },
    signature=("session_id", "started_at", "product_views", "cart_adds", "purchased"),
    derived={"duration_seconds": _SECONDS},
    kept=("start_tstamp", "end_tstamp"),
    told_types=frozenset({EventType.PURCHASE}),
)
