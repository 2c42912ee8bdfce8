"""An event log of no known source whose columns and words all have names that are known, in any language.

No question is asked of it where every column a session is made of is found by its name, its cells fit, and
every word of the event column is known. Where two columns could be one, or money would stay unread, it is.
"""

from __future__ import annotations

import re

from core.ingest.cells.hours import hour_in
from core.ingest.cells.sniff import are_numbers, decimal_sign, looks_like_date, looks_like_time
from core.ingest.cells.status_dates import status_of_dates
from core.ingest.cells.synonyms import (
    DISCOUNT_SHARES,
    DISCOUNTS,
    EVENT_COLUMNS,
    PARTS,
    REFUND_AMOUNTS,
    SUBTOTALS,
)
from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Match
from core.ingest.formats.guess import (
    HOURS,
    guess_columns,
    guess_target,
    is_of_money,
    kinds_of_events,
    known_words,
)
from core.ingest.formats.namesakes import is_something_else
from core.ingest.formats.twins import is_settled, without_container
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType

#: Of each of these, no second column may hold anything.
_UNIQUE = frozenset(
    {
        "session_id",
        "visitor_id",
        "user_id",
        "timestamp",
        "event_type",
        "order_id",
        "price",
        "quantity",
        "revenue",
    }
)
_NUMBERS = ("price", "quantity", "revenue")
#: What a column may become that is called something else.
_KIN: dict[str, set[str | None]] = {
    "visitor_id": {"user_id"},
    "timestamp": {"date"},
    "order_id": {"order", "product_id"},
    "revenue": {"price", None},
}
#: Others may be known by their cells alone.
_UNNAMED: set[str | None] = {None}
#: Columns beside what was paid that leave no doubt about it.
_TAKEN_OFF = DISCOUNTS | DISCOUNT_SHARES | SUBTOTALS
#: What counts events or says yes and no, and is no money whatever its name: ``commerce.purchases.value``.
_MARKS = frozenset({"0", "1", "0.0", "1.0", "true", "false"})
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]\.?m\.?)?\s*|\s*([01]?\d|2[0-3])\s*", re.I)
#: Without two of these, a purchase beside something else, or views with what was viewed, a log hardly tells
#: what a shop is.
_OF_A_SHOP = frozenset({EventType.PRODUCT_VIEW, EventType.CART_ADD, EventType.PURCHASE})


def _find(head: Head) -> Match | None:
    columns = guess_columns(head, "events")
    words = (
        {cell.strip() for cell in head.values(columns["event_type"])} if "event_type" in columns else set()
    )
    known = known_words(words)
    kinds = {EventType(event_type) for event_type in known.values()}
    is_shop = (
        len(_OF_A_SHOP & kinds) > 1
        or (EventType.PURCHASE in kinds and len(kinds) > 1)
        or (EventType.PRODUCT_VIEW in kinds and "product_id" in columns)
    )
    if not words or len(known) < len(words) or not is_shop:
        return None
    if not {"session_id", "visitor_id"} & set(columns) or not _is_timed(head, columns):
        return None
    if not _is_told(head, columns):
        return None
    listed = ", ".join(f"{columns[name]} is {name}" for name in EVENT_SCHEMA.names if name in columns)
    said = ", ".join(f"{word} is {EventType(known[word]).value}" for word in sorted(known))
    return Match(
        score=0.5,
        reasons=(f"Each column has a known name: {listed}.", f"Each word of its events is known: {said}."),
        columns=columns,
        event_types={word: EventType(event_type).value for word, event_type in known.items()},
    )


def _is_timed(head: Head, columns: dict[str, str]) -> bool:
    """Whether the times are times, in one column or with the day in another."""
    cells = head.values(columns["timestamp"]) if "timestamp" in columns else []
    if "date" in columns and cells and all(_CLOCK.fullmatch(c) or hour_in(c) is not None for c in cells):
        return looks_like_date(head.values(columns["date"]))
    return looks_like_time(cells)


def _is_told(head: Head, columns: dict[str, str]) -> bool:
    """Whether names and cells leave no doubt about any column that matters."""
    named = {name: guess_target(name, EVENT_COLUMNS) for name in head.names}
    if "date" in columns and plain(columns.get("timestamp", "")) in HOURS:
        named[columns["timestamp"]] = "timestamp"  # the other half of the day beside it
    if any(named[name] not in {target, *_KIN.get(target, _UNNAMED)} for target, name in columns.items()):
        return False
    for name in set(head.names) - set(columns.values()):
        cells = head.values(name)
        if not cells:
            continue
        target = named[name]
        if target is None and plain(name) in REFUND_AMOUNTS and are_numbers(cells):
            continue  # read beside what was paid
        if target is None and status_of_dates(name, cells):
            continue  # says what became of an order
        if target is None and plain(without_container(name)) in PARTS:
            continue
        if "revenue" in columns and plain(without_container(name)) in _TAKEN_OFF:
            continue
        if target == "price" and "revenue" in columns and _are_apart(head, name, columns.get("price")):
            continue  # of orders whose products stand elsewhere
        if target is None and _may_be_money(name, cells):
            return False
        if target is not None and is_something_else(head, target, name):
            continue
        if target == "event_type" and _tells_less(head, name, columns["event_type"]):
            continue
        if target in _UNIQUE and not (target in columns and is_settled(head, target, columns[target], name)):
            return False
    amounts = [head.values(columns[name]) for name in _NUMBERS if name in columns]
    return all(are_numbers(cells) for cells in amounts if cells)


def _tells_less(head: Head, name: str, chosen: str) -> bool:
    """Whether a column has words for events, which tell fewer kinds of them apart than those chosen."""
    is_alone = any(
        word and not other for word, other in zip(head.column(name), head.column(chosen), strict=True)
    )
    return not is_alone and 0 < len(kinds_of_events(head, name)) < len(kinds_of_events(head, chosen))


def _are_apart(head: Head, name: str, other: str | None) -> bool:
    """Whether no row has both of two columns."""
    cells = zip(head.column(name), head.column(other), strict=True) if other else []
    return all(None in pair for pair in cells)


def _may_be_money(name: str, cells: list[str]) -> bool:
    if set(cells) <= _MARKS:
        return False
    return is_of_money(name) or decimal_sign(cells) is not None


FORMAT = Format(
    key="named_columns",
    title="Event log with known names",
    kind="events",
    columns={},
    is_open=True,
    recogniser=_find,
)
