"""Changes of a cart that are written as quantities below zero, or without a price."""

from __future__ import annotations

from core.ingest.settling.facts import Fact
from core.ingest.settling.log import OWNER, Log
from core.schema.events import EventType

_ADD, _REMOVE = EventType.CART_ADD, EventType.CART_REMOVE
FACTS = {
    "is_below_zero": Fact("CAST(coalesce(min(quantity) < 0, false) AS INT)"),
    "n_unpriced": Fact("count(*)", f"event_type = '{_REMOVE}' AND price IS NULL AND product_id IS NOT NULL"),
    "n_priced": Fact("count(*)", f"event_type = '{_ADD}' AND price IS NOT NULL"),
}


def settle(log: Log) -> None:
    """Take out what was added less than nothing of, and at the price it was put in for."""
    changes = f"event_type IN ('{_ADD}', '{_REMOVE}') AND quantity < 0"
    if log.facts["is_below_zero"] and log.count(f"SELECT count(*) FROM {log.live} WHERE {changes}"):
        log.replace(
            {
                "event_type": f"CASE WHEN e.event_type = '{_ADD}' AND e.quantity < 0 THEN '{_REMOVE}' "
                "ELSE e.event_type END",
                "quantity": f"CASE WHEN e.event_type IN ('{_ADD}', '{_REMOVE}') THEN abs(e.quantity) "
                "ELSE e.quantity END",
            }
        )
        log.say("info", "Negative cart quantities are treated as removals.")
    if log.facts["n_unpriced"] and log.facts["n_priced"]:
        _price_removals(log)


def _price_removals(log: Log) -> None:
    unpriced = f"event_type = '{_REMOVE}' AND price IS NULL AND product_id IS NOT NULL"
    log.execute(
        f"CREATE TEMP TABLE added AS SELECT {OWNER} AS owner, product_id, min(price) AS price "
        f"FROM {log.live} WHERE event_type = '{_ADD}' AND price IS NOT NULL AND ({OWNER}, product_id) IN "
        f"(SELECT ({OWNER}, product_id) FROM {log.live} WHERE {unpriced}) GROUP BY 1, 2"
    )
    log.execute(
        f"CREATE TEMP TABLE removed AS SELECT place, added.price FROM (SELECT place, {OWNER} AS owner, "
        f"product_id FROM {log.live} WHERE {unpriced}) JOIN added USING (owner, product_id)"
    )
    if log.count("SELECT count(*) FROM removed"):
        log.replace({"price": "coalesce(e.price, removed.price)"}, "LEFT JOIN removed USING (place)")
