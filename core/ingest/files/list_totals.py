"""What the elements of a list come to together: an order's products, or a visit's orders.

Of a list with several objects no column says which is meant, but what they cost together is one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.base.sql import identifier, literal
from core.ingest.cells.synonyms import EVENT_COLUMNS, HUNDREDTHS, LINE_TOTALS, MILLIONTHS
from core.schema.countries import plain

#: What the column of a sum is called where no element says what it came to.
TOTAL = "total"
_MONEY = "DECIMAL(18, 4)"
#: Keys of an amount that stands with its currency in an object.
_INNER = ("amount", "value")


def list_totals(elements: Iterable[Mapping[str, Any]], sql: str) -> dict[str, str]:
    """Return key -> SQL of the sum over a list (``sql``) of what its elements came to.

    It is that of the keys of totals or, where there is none, of prices times quantities, called ``TOTAL``
    and the unit of the price (``total_cents``); null where one can't be read.
    """
    values = {key: value for each in elements for key, value in each.items() if value is not None}
    said = [key for key in values if EVENT_COLUMNS.get(plain(key)) == "revenue" or plain(key) in LINE_TOTALS]
    if said:
        return {key: _sum(sql, made) for key in said if (made := _number(key, values[key]))}
    named = {EVENT_COLUMNS.get(plain(_parted(key)[0])): key for key in reversed(values)}
    price, count = named.get("price"), named.get("quantity")
    if price is None or not (amount := _number(price, values[price])):
        return {}
    if count is not None:
        amount += f" * CASE WHEN i.{identifier(count)} IS NULL THEN 1 ELSE {_number(count, None)} END"
    return {TOTAL + _parted(price)[1]: _sum(sql, amount)}


def _parted(key: str) -> tuple[str, str]:
    """Return a key without its unit of money, and that unit: ``price_cents`` is in cents."""
    name, mark, unit = key.rpartition("_")
    return (name, mark + unit) if unit.lower() in HUNDREDTHS | MILLIONTHS else (key, "")


def _number(key: str, value: object) -> str | None:
    """Return SQL of a number; None where its values are a list, or an object without an amount."""
    cell = f"i.{identifier(key)}"
    if isinstance(value, Mapping):
        inner = next((name for name in _INNER if name in value), None)
        if inner is None:
            return None
        cell = f"({cell} ->> {literal(f'$.{inner}')})"
    return None if isinstance(value, list) else f"try_cast({cell} AS {_MONEY})"


def _sum(sql: str, amount: str) -> str:
    amounts = f"list_transform({sql}, lambda i: {amount})"
    only = f"list_count({amounts}) = len({sql})"
    return f"CASE WHEN {only} THEN CAST(CAST(list_sum({amounts}) AS DOUBLE) AS VARCHAR) END"
