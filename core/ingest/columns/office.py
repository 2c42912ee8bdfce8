"""Events that a shop's office and no visitor caused: calling orders off, refunding or changing them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.base.sql import literal
from core.ingest.cells.sniff import order_status
from core.ingest.cells.synonyms import CANCELLATION_WORDS, REFUND_WORDS, UPDATE_WORDS
from core.schema.countries import plain
from core.schema.events import OFFICE_STATUSES

#: What stands in the place of an order's status, before the status itself, where an event changes the order.
UPDATED = "updated"
#: What parts a status from how much was given back of a row's order, while an export is read.
REFUND_MARK = "|"
_UNPAID = ("cancelled", "refunded")


def office_status(word: str) -> str | None:
    """Return what an event of the shop's office does to an order, by its name; None for a visitor's."""
    bare = plain(word)
    if bare in CANCELLATION_WORDS:
        return "called_off"
    if bare in REFUND_WORDS:
        return "given_back"
    return UPDATED if bare in UPDATE_WORDS else None


def status_code(value: str) -> str | None:
    """Return what an order's status means; that of an order which an event updates stands behind a mark."""
    if value in OFFICE_STATUSES:
        return value
    if REFUND_MARK in value:
        status, _, back = value.rpartition(REFUND_MARK)
        return f"{order_status(status) or 'paid'}{REFUND_MARK}{back}" if _is_number(back) else None
    if not value.startswith(UPDATED):
        return order_status(value)
    updated = order_status(value.removeprefix(UPDATED).lstrip("_"))
    return f"{UPDATED}_{updated}" if updated in _UNPAID else UPDATED


def late_columns(words: Mapping[str, str], status: str, *, has_money: bool) -> dict[str, str]:
    """Return SQL of the columns that office words change which only a whole file shows.

    Parameters
    ----------
    words
        Event types as they were read (columns of ``e``), and what each does to an order.
    status
        SQL of the order's status.
    has_money
        Whether the file has amounts.
    """
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(done)}" for word, done in words.items())
    done = f"CASE e.event_type {cases} END"
    updated = f"CASE WHEN {status} IN {_UNPAID} THEN concat('{UPDATED}_', {status}) ELSE '{UPDATED}' END"
    columns = {
        "order_status": f"CASE WHEN {done} = '{UPDATED}' THEN {updated} ELSE coalesce({done}, {status}) END"
    }
    if has_money:
        back = "-abs(coalesce(e.revenue, e.price * coalesce(e.quantity, 1), 0))"
        columns["revenue"] = f"CASE WHEN {done} <> '{UPDATED}' THEN {back} ELSE e.revenue END"
    return columns


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(\.\d+)?(e[+-]?\d+)?", text))
