"""A column of what was taken off: deducted where nothing else says what was paid."""

from __future__ import annotations

import math
import re

from core.ingest.base.assumptions import Assumption
from core.ingest.base.model import UNSEEN, Mapping
from core.ingest.cells import sniff, values
from core.ingest.cells.synonyms import DISCOUNT_SHARES, DISCOUNTS
from core.ingest.files.source import Source
from core.ingest.formats.outcomes import is_yes_or_no
from core.schema.countries import plain
from core.schema.events import EventType

#: Formats whose prices have the discount taken off already, by their specification.
_NET_PRICES = frozenset({"ga4"})


def deduct_discount(source: Source, mapping: Mapping, sql: dict[str, str]) -> list[Assumption]:
    """Make ``revenue`` of purchases in ``sql`` price times quantity less a discount, row by row.

    Returns
    -------
    list of Assumption
        What was deducted, or why nothing was though there is a column of discounts.
    """
    free = (name for name in source.names if name not in mapping.columns.values())
    known = DISCOUNTS | DISCOUNT_SHARES
    name = next((name for name in free if plain(name) in known and _is_amount(source, name)), None)
    if name is None or "price" not in sql or mapping.format in _NET_PRICES:
        return []
    if "revenue" in sql:
        if plain(name) in DISCOUNT_SHARES:
            return []
        return _tell_gross_revenue(source, mapping, name)
    if plain(name) in DISCOUNT_SHARES or _may_be_shares(source, name):
        return [
            Assumption(
                "warning",
                f"“{name}” may hold percentages, so it isn't deducted: orders are worth price times "
                "quantity. Map what was paid as revenue.",
            )
        ]
    sign = mapping.decimal or sniff.decimal_sign(source.head.values(name)) or "."
    goods = f"{sql['price']} * coalesce({sql.get('quantity', '1')}, 1)"
    paid = f"{goods} - abs(coalesce({values.number(source.cell(name), sign)}, 0))"
    kind = sql["event_type"]
    sql["revenue"] = (
        f"CASE WHEN {kind} = '{EventType.PURCHASE}' THEN {paid} "
        f"WHEN starts_with({kind}, '{UNSEEN}') THEN greatest({paid}, 0) END"
    )
    return [
        Assumption(
            "warning",
            f"What was paid is read as price times quantity less “{name}”, row by row. If that is wrong, map "
            "what was paid as revenue.",
        )
    ]


def _is_amount(source: Source, name: str) -> bool:
    cells = source.head.values(name)
    # Ones among nothing but zeros say yes or no.
    return sniff.are_numbers(cells) and not (
        is_yes_or_no(cells) and any(cell.strip() != "0" for cell in cells)
    )


def _tell_gross_revenue(source: Source, mapping: Mapping, name: str) -> list[Assumption]:
    """Say where revenue is what goods cost though there is a discount: it may be before that."""
    columns = mapping.columns
    if not {"price", "revenue"} <= set(columns):
        return []
    read = [columns[target] for target in ("price", "quantity", "revenue") if target in columns]
    equal = []
    for *goods, revenue, discount in zip(*(_numbers(source, mapping, n) for n in (*read, name)), strict=True):
        if None not in goods and discount and revenue:
            equal.append(math.isclose(abs(math.prod(goods)), abs(revenue), abs_tol=0.005))
    if not equal or not all(equal):
        return []
    return [
        Assumption(
            "warning",
            f"“{columns['revenue']}” is price times quantity also where “{name}” isn't 0, so that isn't "
            "deducted. If less was paid, map what was paid as revenue.",
        )
    ]


def _may_be_shares(source: Source, name: str) -> bool:
    cells = source.head.values(name)
    if any("%" in cell for cell in cells) or re.search(r"percent|pct|prozent|rate|%", name, re.I):
        return True
    amounts = [abs(n) for n in values.read_numbers(cells, sniff.decimal_sign(cells) or ".") if n is not None]
    return any(amounts) and max(amounts) < 1


def _numbers(source: Source, mapping: Mapping, name: str) -> list[float | None]:
    sign = mapping.decimal or sniff.decimal_sign(source.head.values(name)) or "."
    return values.read_numbers(source.head.column(name), sign)
