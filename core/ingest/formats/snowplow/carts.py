"""Snowplow's e-commerce package for dbt: its table of what changed a cart.

Layout: ``snowplow_ecommerce_cart_interactions`` of dbt-snowplow-ecommerce (``event_id``,
``domain_sessionid``, ``derived_tstamp``, ``cart_total_value``, ``cart_transacted``,
``ecommerce_action_type``). ``cart_total_value`` is what the whole cart was worth afterwards: what was
put in, and for how much, only the table of product interactions says.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.ingest.formats.snowplow.ecommerce import FAMILY
from core.ingest.formats.snowplow.schemas import ACTIONS

#: Columns that the package's tables of events have in common.
COLUMNS = {
    "session_id": ("domain_sessionid",),
    "visitor_id": ("domain_userid",),
    "user_id": ("user_id", "ecommerce_user_id"),
    "timestamp": ("derived_tstamp",),
    "event_id": ("event_id",),
}

FORMAT = Format(
    key="snowplow_carts",
    title="Snowplow cart interactions",
    kind="events",
    columns={
        **COLUMNS,
        "event_type": ("ecommerce_action_type",),
        "currency": ("cart_currency",),
    },
    signature=("session_id", "timestamp", "event_id", "event_type"),
    also=("cart_total_value", "cart_emptied"),
    event_types={word: kind.value for word, kind in ACTIONS.items()},
    told_types=frozenset({ACTIONS[word] for word in ("add_to_cart", "remove_from_cart", "transaction")}),
    notes=("It doesn't say which products are in a cart: upload the table of product interactions with it.",),
    is_open=True,
    family=FAMILY,
)
