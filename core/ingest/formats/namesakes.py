"""Columns whose heading means one thing in one export and another in the next: their cells tell.

``client`` is who visits or the app they use, ``variant`` what is bought or the group of a test, ``order`` the
number of an order, the place of an event in its session, or yes and no.
"""

from __future__ import annotations

import re

from core.ingest.cells.marks import are_marks
from core.ingest.cells.synonyms import (
    CANCELLATION_WORDS,
    DEVICES,
    EVENT_WORDS,
    HEADING_CURRENCIES,
    HUNDREDTHS,
    MILLIONTHS,
    NO,
    REFUND_WORDS,
    UPDATE_WORDS,
    YES,
)
from core.ingest.files.head import Head
from core.ingest.formats.twins import name_words, without_container
from core.schema.countries import plain
from core.schema.events import EventType

_IDS = frozenset({"session_id", "visitor_id", "user_id", "order_id", "event_id"})
#: Kinds of apps, of customers and of consent, none of which is somebody's id.
_KINDS = frozenset(
    map(
        plain,
        "web, website, app, mobile app, mobile web, web app, pwa, ios, iphone, ipad, android, windows, "
        "macos, linux, chrome, safari, firefox, edge, opera, samsung internet, backend, server, "
        "new, returning, existing, repeat, first time, new customer, existing customer, returning customer, "
        "prospect, lead, registered, unregistered, logged in, logged out, regular, loyal, vip, gold, silver, "
        "bronze, platinum, premium, b2b, b2c, private, business, retail, wholesale, neu, neukunde, "
        "bestandskunde, stammkunde, wiederkehrend, nouveau, nouveau client, client existant, récurrent, "
        "nuevo, nuevo cliente, recurrente, nuovo, nuovo cliente, nowy, powracający, nieuw, terugkerend, ny, "
        "novo, accepted, declined, rejected, granted, denied, necessary, essential, all, "
        "akzeptiert, abgelehnt, accepté, refusé, aceptado, rechazado, accettato, rifiutato".split(", "),
    )
) | frozenset(DEVICES)
#: Letters alone may be ids.
_YES_OR_NO = frozenset(word for word in (*YES, *NO) if len(word) > 1 and not word[0].isdigit())
#: Headings of what was bought, or of the group a visitor of a test is in.
_VARIANTS = frozenset({"variant", "variantid", "itemvariant", "variante"})
_GROUP = re.compile(
    r"((control|original|baseline|treatment|test|variant|variante|variation|group|gruppe|bucket)"
    r"[ _-]*)?([a-d]|\d)?",
    re.I,
)
#: Headings of devices that are those of units of measure, too.
_UNITS = frozenset({"enhet"})
#: Headings, plain, of the number of an order, or of an event's place in its session.
_ORDERS = frozenset({"order", "orders", "ordine", "orden", "ordre"})
#: Headings, plain, of the number of an order or of a product.
_REFERENCES = frozenset(map(plain, ("reference", "référence", "ref", "referencia")))
#: What may stand behind the name of an amount.
_OF_MONEY = HUNDREDTHS | MILLIONTHS | {code.lower() for code in HEADING_CURRENCIES}
#: At least so many events have a place of their own in their session.
_MOST = 0.6
_OFFICE = CANCELLATION_WORDS | REFUND_WORDS | UPDATE_WORDS


def is_something_else(head: Head, target: str, name: str) -> bool:
    """Whether the cells of a column show that it isn't what its heading says."""
    cells = {cell.strip() for cell in head.values(name)}
    if not cells:
        return False
    if target in _IDS:
        return all(plain(cell) in _KINDS or cell.lower() in _YES_OR_NO for cell in cells)
    if target == "product_id":
        return plain(name) in _VARIANTS and all(map(_GROUP.fullmatch, cells))
    if target == "channel":
        return are_marks(name, cells)
    return target == "device" and plain(name) in _UNITS and not any(plain(cell) in DEVICES for cell in cells)


def settle_order(head: Head, found: dict[str, str]) -> None:
    """Let “order” be the number of an order unless it counts the events: whole numbers in all rows."""
    if (name := found.get("order")) is None or plain(name) not in _ORDERS:
        return
    cells = head.values(name)
    counts = len(cells) == len(head.rows) and all(re.fullmatch(r"\s*\d+(\.0+)?\s*", cell) for cell in cells)
    says_yes = {cell.strip() for cell in cells} <= {"0", "1"}
    if counts and _share_apart(head, found, name) >= (1 if says_yes else _MOST):
        return
    if says_yes:
        del found["order"]
    elif cells and "order_id" not in found:
        found["order_id"] = found.pop("order")


def settle_reference(head: Head, found: dict[str, str]) -> None:
    """Let a reference be an order's where purchases alone have one, each session its own."""
    name, event = found.get("product_id"), found.get("event_type")
    if name is None or event is None or plain(name) not in _REFERENCES or "order_id" in found:
        return
    visits: dict[str, set[str | None]] = {}
    for cell, word, visit in zip(head.column(name), head.column(event), _visits(head, found), strict=True):
        what = plain(word or "")
        if cell is None or what in _OFFICE:
            continue
        if EVENT_WORDS.get(what) != EventType.PURCHASE:
            return
        visits.setdefault(cell, set()).add(visit)
    if visits and len(head.values(name)) < len(head.rows) and all(len(each) == 1 for each in visits.values()):
        found["order_id"] = found.pop("product_id")


def settle_amount(head: Head, found: dict[str, str]) -> None:
    """Let an amount be what was paid where purchases alone have one and other events are there."""
    event = found.get("event_type")
    name = next((each for each in head.names if _is_amount(each) and each not in found.values()), None)
    if name is None and _is_amount(found.get("price", "")):
        name = found["price"]
    if event is None or name is None or "revenue" in found:
        return
    paid = {
        EVENT_WORDS.get(plain(word or "")) == EventType.PURCHASE or plain(word or "") in _OFFICE
        for cell, word in zip(head.column(name), head.column(event), strict=True)
        if cell is not None
    }
    if paid == {True} and len(head.values(name)) < len(head.rows):
        if found.get("price") == name:
            del found["price"]
        found["revenue"] = name


def _is_amount(name: str) -> bool:
    first, *units = name_words(without_container(name)) or [""]
    return first == "amount" and _OF_MONEY.issuperset(units)


def _share_apart(head: Head, found: dict[str, str], name: str) -> float:
    """Return how many events have a cell of their own in their session; a row delivered twice is one."""
    if "session_id" not in found:
        return 1
    names = [name, *(found[target] for target in ("session_id", "visitor_id") if target in found)]
    places = [head.names.index(each) for each in names]
    rows = set(head.rows)
    return len({tuple(row[place] for place in places) for row in rows}) / len(rows)


def _visits(head: Head, found: dict[str, str]) -> list[str | None]:
    """Return whose each row is: its session or, without one, its visitor; nobody's where there is neither."""
    names = [found[target] for target in ("session_id", "visitor_id", "user_id") if target in found]
    return list(head.column(names[0])) if names else [None] * len(head.rows)
