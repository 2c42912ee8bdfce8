"""Snowplow's e-commerce package for dbt: its table of the steps of checkouts.

Layout: ``snowplow_ecommerce_checkout_interactions`` of dbt-snowplow-ecommerce (``event_id``,
``domain_sessionid``, ``derived_tstamp``, ``ecommerce_action_type`` checkout_step or transaction,
``checkout_step_number``, ``checkout_succeeded``).
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.ingest.formats.snowplow.carts import COLUMNS
from core.ingest.formats.snowplow.ecommerce import FAMILY
from core.ingest.formats.snowplow.schemas import ACTIONS

FORMAT = Format(
    key="snowplow_checkouts",
    title="Snowplow checkout interactions",
    kind="events",
    columns={**COLUMNS, "event_type": ("ecommerce_action_type",)},
    signature=("session_id", "timestamp", "event_id", "event_type"),
    also=("checkout_step_number", "checkout_succeeded"),
    event_types={word: kind.value for word, kind in ACTIONS.items()},
    told_types=frozenset({ACTIONS[word] for word in ("checkout_step", "transaction")}),
    notes=("It holds only visits that reached the checkout, and doesn't say what they bought.",),
    is_open=True,
    family=FAMILY,
)
