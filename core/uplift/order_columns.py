"""Which columns of a table of orders say what: by their headings, as exports' events are recognised.

An order's id, status, currency and moment decide which of its rows are an outcome; a line's product, price
and quantity, whether an amount stands for the order or for the line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.ingest.cells.sniff import are_numbers
from core.ingest.cells.synonyms import (
    EVENT_COLUMNS,
    EVENT_WORDS,
    ORDER_STATUSES,
    REFUND_AMOUNTS,
    STATUS_FLAGS,
)
from core.ingest.formats.outcomes import is_yes_or_no
from core.schema.countries import plain
from core.schema.events import EventType
from core.uplift.outcome_table import Sheet

#: What is looked for, by the names of canonical events; ``cancelled_at`` and ``refunded`` are orders' own.
ROLES = ("order_id", "order_status", "currency", "timestamp", "event_type", "product_id", "price", "quantity")
#: What a column of yes and no says of an order.
_FLAGS = ("is_refunded", "is_cancelled")
#: Headings, as ``plain`` makes them, that only tables of orders have.
_ORDERS_OWN = {
    **dict.fromkeys(
        (
            "orderdate",
            "orderedat",
            "purchasedat",
            "purchasedate",
            "invoicedate",
            "processedat",
            "bestelldatum",
        ),
        "timestamp",
    ),
    "ordercurrency": "currency",
    "cancelledat": "cancelled_at",
    "canceledat": "cancelled_at",
    **dict.fromkeys(REFUND_AMOUNTS, "refunded"),
}
#: Shopify calls an order's number its name, and prefixes what is a line's.
_SHOPIFY = {
    "name": "order_id",
    "lineitemsku": "product_id",
    "lineitemname": "product_id",
    "lineitemprice": "price",
    "lineitemquantity": "quantity",
}
#: Magento's grid of orders.
_MAGENTO = {"id": "order_id", "totalrefunded": "refunded"}
#: Of use only beside an order's id or the kind of event.
_OF_LINES = ("product_id", "price", "quantity")


def order_columns(sheet: Sheet, taken: Collection[str]) -> dict[str, str]:
    """Return the column of each role a table has one for; those ``taken`` are left alone."""
    headings = {plain(name): name for name in reversed(sheet.columns) if name not in taken}
    known = {
        **_ORDERS_OWN,
        **(_SHOPIFY if "financialstatus" in headings else {}),
        **(_MAGENTO if "purchasepoint" in headings else {}),
    }
    found: dict[str, str] = {}
    for heading, name in reversed(headings.items()):
        role = known.get(heading) or EVENT_COLUMNS.get(heading)
        role = "timestamp" if role == "date" else role
        if (meaning := STATUS_FLAGS.get(heading)) and is_yes_or_no(filled(sheet.column(name))):
            role = f"is_{meaning}"
        if role in (*ROLES, *_FLAGS, *known.values()) and _can_be(role, sheet.column(name)):
            found.setdefault(role, name)
    if not found.keys() & {"order_id", "event_type"}:
        found = {role: name for role, name in found.items() if role not in _OF_LINES}
    return found


def is_purchase(word: str) -> bool:
    """Tell whether a word for a kind of event means a purchase."""
    return EVENT_WORDS.get(plain(word)) == EventType.PURCHASE


def _can_be(role: str | None, cells: list[str]) -> bool:
    """Tell whether cells are what a heading promises: "status" and "type" name many other things."""
    if role == "event_type":
        return any(is_purchase(cell) for cell in cells)
    if role == "order_status":
        return any(plain(cell) in ORDER_STATUSES for cell in cells)
    if role == "refunded":
        return are_numbers(filled(cells))
    return role is not None


def filled(cells: Iterable[str]) -> list[str]:
    """Return the cells that hold anything."""
    return [cell for cell in cells if cell.strip()]
