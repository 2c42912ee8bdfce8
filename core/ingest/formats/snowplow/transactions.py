"""Snowplow's e-commerce package for dbt: its table of orders, read beside the tables of other events.

Layout: ``snowplow_ecommerce_transaction_interactions`` of dbt-snowplow-ecommerce (``transaction_id``,
``event_id``, ``domain_sessionid``, ``derived_tstamp``, ``transaction_revenue``, ``transaction_currency``).
"""

from __future__ import annotations

from core.ingest.base.model import EVERY_ROW
from core.ingest.formats.base import Format
from core.ingest.formats.snowplow.carts import COLUMNS
from core.ingest.formats.snowplow.ecommerce import FAMILY
from core.schema.events import EventType

FORMAT = Format(
    key="snowplow_transactions",
    title="Snowplow transactions",
    kind="events",
    columns={
        **COLUMNS,
        "order_id": ("transaction_id",),
        "revenue": ("transaction_revenue",),
        "currency": ("transaction_currency",),
    },
    signature=("session_id", "timestamp", "event_id", "order_id", "revenue"),
    event_types={EVERY_ROW: EventType.PURCHASE.value},
    told_types=frozenset({EventType.PURCHASE}),
    family=FAMILY,
    alone=(
        "It is Snowplow's table of transactions: visits without an order are missing, so it can't show who "
        "buys.",
        "Upload it together with the tables of product, cart and checkout interactions, which are read as "
        "one export. To measure a campaign with it, upload it on the audience's page.",
    ),
)
