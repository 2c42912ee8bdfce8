"""A best guess at which column is what, from names in several languages and from the values below them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from core.ingest.base.model import Kind
from core.ingest.cells.sniff import (
    are_currencies,
    decimal_sign,
    looks_like_date,
    looks_like_time,
    order_status,
)
from core.ingest.cells.synonyms import (
    CARTS,
    EVENT_COLUMNS,
    EVENT_COUNTS,
    EVENT_WORDS,
    HEADING_CURRENCIES,
    HUNDREDTHS,
    MILLIONTHS,
    NEGATED_COLUMNS,
    SESSION_COLUMNS,
    SUBTOTALS,
    bare,
)
from core.ingest.files.head import Head
from core.ingest.formats.namesakes import is_something_else, settle_amount, settle_order, settle_reference
from core.ingest.formats.outcomes import bought, is_flags, other_outcome, status_of_buying
from core.ingest.formats.twins import (
    is_better,
    is_start_name,
    name_words,
    of_creation,
    rank,
    without_container,
)
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType
from core.schema.sessions import FIELD, SESSION_SCHEMA

#: Units and the like at the end of a name: ``price_usd``, ``Time (UTC)``, ``duration sec``.
_ENDINGS = frozenset(
    "utc gmt ms s sec secs seconds min mins minutes h hours code name iso in local int real str".split()
) | {*(code.lower() for code in HEADING_CURRENCIES), *HUNDREDTHS, *MILLIONTHS}
#: Words for whether an amount is before or after taxes and the like.
_TAXED = re.compile(
    r" (brutto|netto|bruto|neto|gross|net|lordo|ttc|ht)(?= )"
    r"| (incl|inkl|including|inclusive|with|mit|excl|exkl|excluding|exclusive|without|ohne|inc|ex) "
    r"(tax|taxes|vat|mwst|ust|btw|iva|tva|gst|moms)(?= )"
)
_AMOUNTS = frozenset({"revenue", "price", "price_mean", "price_max", "cart_value"})
MOST_WORDS = 200
#: What a column is called, plain, that holds the hour of the day beside it.
HOURS = frozenset(("hour", "hourofday", "starthour", "eventhour", "stunde", "heure", "uur"))
#: Words in the name of a column that make it one of money.
MONEY = frozenset("price amount revenue value total sales cost spend paid gmv turnover umsatz preis".split())
#: The same within names that languages write without blanks, or bend.
MONEY_PARTS = re.compile(
    "額|金|円|価格|売上|料|액|금액|매출|가격|费|費|價|价|сумм|цен|стоимост|выручк|доход|tutar|fiyat|gelir|ücret|beløb"
    "|beløp|pris|hinta|summa|cena|částk|összeg|مبلغ|سعر|قيمة|τιμή|ποσό|preț|sumă|מחיר|סכום",
    re.I,
)
_LARGE = 20
_MOST_STATUSES = 20
#: Columns that a loader adds to each table: they say when it ran, not what happened.
_LOADERS = ("_airbyte_", "_fivetran_", "_sdc_", "_dlt_", "_rudder_", "_hevo_")
#: What a purchase may be called, and any other goal is.
_GOALS = frozenset({"conversion", "conversions", "converted", "conversionevent", "confirmationpageview"})
#: How shop systems head the numbers of orders, which without the sign would be their place in a row.
_NUMBER_OF_ORDER = re.compile(r"\s*(order|commande|pedido|ordine|bestellung)\s*(#|№|n°|nº)\s*", re.I)
#: A column with words for these two says what happened, whatever else it says.
_TELLING = {EventType.CART_ADD.value, EventType.PURCHASE.value}
#: Words in the name of a column that may say what became of an order, and of one that says it of people.
_OF_ORDERS = re.compile(
    r"order|payment|transaction|status|state|type|financial|fulfil|zahlung|bestell|auftrag|vorgang|beleg"
    r"|commande|paiement|pedido|pago|ordine|pagament|zam[oó]w|p[lł]atno|betaal|betaling|bestel|estado|stato|statut",
    re.I,
)  # fmt: skip
#: Where a list of a session's orders stands in front of a name: ``orders.total`` is what they come to.
_LIST_OF_ORDERS = re.compile(r"(orders|purchases|transactions)\.", re.I)
_OF_PARCELS = re.compile(r"fulfil|ship|deliver|versand|liefer|exp[eé]di|livrais|env[ií]o|entrega|spedi", re.I)
_OF_PEOPLE = re.compile(r"visit|user|customer|member|client|kunde|besuch|nutzer|usuario|utente|klant", re.I)


def guess_target(name: str, known: dict[str, str]) -> str | None:
    """Return the canonical column a name stands for; None if it is unknown."""
    if _NUMBER_OF_ORDER.fullmatch(name):
        return known.get("orderid")
    for spelling in (name, re.sub(r"[(（].*?[)）]|\[.*?\]|[€$£]", "", name)):
        for form in (plain(spelling), bare(spelling)):
            if form in known:
                return known[form]
    words = name_words(name)
    while len(words) > 1 and words[-1] in _ENDINGS:
        words.pop()
        if (target := known.get(plain("".join(words)))) is not None:
            return target
    inner = without_container(name)
    if inner == name and (untaxed := _TAXED.sub(" ", f" {' '.join(name_words(name))} ").strip()):
        target = known.get(plain(untaxed))
        return target if target in _AMOUNTS else None
    return guess_target(inner, known) if inner != name else None


def guess_columns(head: Head, kind: Kind) -> dict[str, str]:
    """Return canonical column -> source column, in the order of the schema."""
    known = EVENT_COLUMNS if kind == "events" else SESSION_COLUMNS
    found: dict[str, str] = {}
    exact = {name: name for name in head.names if name in known.values()}
    for name in head.names:
        target = exact.get(name) or guess_target(name, known)
        if kind == "sessions" and target is None and (of_orders := _LIST_OF_ORDERS.match(name)):
            of_order = guess_target(name[of_orders.end() :], EVENT_COLUMNS)
            target = "revenue" if of_order == "revenue" else None
        if kind == "sessions" and target is None:
            target = None if _is_dated(head.values(name)) else NEGATED_COLUMNS.get(plain(name))
            target = target or (_of_carts(head.values(name)) if plain(name) in CARTS else None)
        if kind == "sessions" and _are_counts(head.values(name)):
            # How often a session started, say, is no start.
            target = EVENT_COUNTS.get(plain(name), None if target == "started_at" else target)
        if target == "revenue" and kind == "sessions" and is_flags(head.values(name)):
            target = "purchased"
        if target is None or (target == "purchased" and other_outcome(name)):
            continue
        if name not in exact and is_something_else(head, target, name):
            continue
        if target not in found or name in exact or is_better(head, target, name, found[target]):
            found[target] = name
    if kind == "sessions" and "purchased" not in found and (outcome := _outcome(head, found)):
        found["purchased"] = outcome
    if kind == "sessions" and "started_at" not in found and (start := _start(head, found)):
        found["started_at"] = start
    if kind == "events":
        _choose_event_type(head, found)
        settle_order(head, found)
        _guess_from_values(head, found)
        settle_reference(head, found)
        settle_amount(head, found)
        goods = (name for name in head.names if plain(without_container(name)) in SUBTOTALS)
        if not {"price", "revenue"} & set(found) and (subtotal := next(goods, None)):
            found["revenue"] = subtotal
        _guess_visitor(found)
    order = (EVENT_SCHEMA if kind == "events" else SESSION_SCHEMA).names
    return {target: found[target] for target in order if target in found}


def with_synonyms(head: Head, columns: dict[str, str]) -> dict[str, str] | None:
    """Return the columns of a log that a format knows, with those that other names stand for.

    None if amounts are in a column that no name explains while none is known: that is asked about.
    """
    used = set(columns.values())
    synonyms = {
        target: name
        for target, name in guess_columns(head, "events").items()
        if target not in columns and name not in used and not (target == "date" and "timestamp" in columns)
    }
    completed = {**columns, **synonyms}
    if not {"price", "revenue"} & set(completed):
        used |= set(synonyms.values())
        free = (name for name in head.names if name not in used and is_of_money(name))
        if any(_are_amounts(head.values(name)) for name in free):
            return None
    return completed


def is_of_money(name: str) -> bool:
    """Whether the name of a column has a word for money."""
    return bool(MONEY & set(name_words(name)) or MONEY_PARTS.search(name))


def _of_carts(cells: list[str]) -> str | None:
    """Return what a column that is called cart holds: amounts have decimals, few things are added."""
    if decimal_sign(cells):
        return "cart_value"
    return "cart_adds" if _are_counts(cells) and max(int(float(cell)) for cell in cells) < _LARGE else None


def _are_counts(cells: list[str]) -> bool:
    """Whether all cells are whole numbers as small as counts of events are."""
    return bool(cells) and all(re.fullmatch(r"\s*\d{1,4}(\.0+)?\s*", cell) for cell in cells)


def _are_amounts(cells: list[str]) -> bool:
    """Whether cells hold amounts: with decimals, or whole ones larger than counts are."""
    if decimal_sign(cells):
        return True
    whole = [int(cell) for cell in cells if re.fullmatch(r"\s*-?\d{1,12}\s*", cell)]
    return bool(whole) and len(whole) == len(cells) and max(whole) >= _LARGE


def _guess_from_values(head: Head, found: dict[str, str]) -> None:
    """Find a time and an event type by what the cells hold, where no name told."""
    if "timestamp" not in found and "date" in found and looks_like_time(head.values(found["date"])):
        found["timestamp"] = found.pop("date")
    free = [name for name in head.names if name not in found.values() and not name.startswith(_LOADERS)]
    if "timestamp" not in found and "date" in found:
        hours = (name for name in free if plain(name) in HOURS)
        if hour := next(hours, None):
            found["timestamp"] = hour
    if "timestamp" not in found:
        timely = [name for name in free if looks_like_time(head.values(name))]
        if timely:  # beside a start, a time is its end
            found["timestamp"] = min(timely, key=lambda name: rank("started_at", name))
    if not event_words(head.values(found["event_type"])) if "event_type" in found else True:
        telling = next((name for name in free if event_words(head.values(name))), None)
        if telling:
            found["event_type"] = telling
    free = [name for name in free if name not in found.values()]
    if "order_status" not in found and (status := status_column(head, free)):
        found["order_status"] = status
    if "currency" not in found:
        code = next((name for name in free if are_currencies(head.values(name))), None)
        if code:
            found["currency"] = code


def _choose_event_type(head: Head, found: dict[str, str]) -> None:
    """Of several columns called like that of events, read the one that tells most kinds of them apart."""
    if "event_type" not in found:
        return
    others = {name for target, name in found.items() if target != "event_type"}
    kinds = {
        name: kinds_of_events(head, name)
        for name in head.names
        if guess_target(name, EVENT_COLUMNS) == "event_type" and name not in others
    }
    order = {
        # Where one says "custom", "click" and another who bought, the latter is what happened.
        name: (EventType.PURCHASE.value in kinds[name], len(kinds[name]), name == found["event_type"])
        for name in kinds
    }
    best = max(kinds, key=lambda name: order[name], default=None)
    if best is not None:
        found["event_type"] = best


def _guess_visitor(found: dict[str, str]) -> None:
    """Let the id of an account be the visitor's where there is no other."""
    if "user_id" in found and "visitor_id" not in found:
        found["visitor_id"] = found.pop("user_id")


def kinds_of_events(head: Head, name: str) -> set[str]:
    """Return the types of events that the words of a column tell apart."""
    return set(event_words(head.values(name)).values())


def event_words(cells: Iterable[str]) -> dict[str, str]:
    """Return word of the source -> event type, of a column that says what happened; else nothing.

    At least half of its few words are known ones, or of any number those of buying or of the cart.
    """
    words = {cell.strip() for cell in cells}
    if len(words) > MOST_WORDS:
        return {}
    known = known_words(words)
    return known if len(known) * 2 >= len(words) or set(known.values()) >= _TELLING else {}


def known_words(cells: Iterable[str]) -> dict[str, str]:
    """Return word of the source -> event type for the words that are known, however many others there are."""
    words = sorted({cell.strip() for cell in cells})
    known = {word: EVENT_WORDS[key] for word in words if (key := plain(word)) in EVENT_WORDS}
    bought = {word for word, kind in known.items() if kind == EventType.PURCHASE}
    goals = {word for word in bought if plain(word) in _GOALS}
    # Beside a word for buying, a conversion is a goal of another kind, or the same purchase once more.
    return known | dict.fromkeys(goals, EventType.OTHER.value) if goals < bought else known


def _outcome(head: Head, found: dict[str, str]) -> str | None:
    """Return the column that says who bought, whatever it is called.

    A status is one where rows have counts of a session, and nothing else tells of orders or revenue.
    """
    if name := bought(head, found.values()):
        return name
    is_summary = any(FIELD[target].kind == "count" for target in found)
    names = (guess_target(name, EVENT_COLUMNS) for name in head.names)
    if not is_summary or "revenue" in found or {"order_id", "revenue"}.intersection(names):
        return None
    return status_of_buying(head, found.values())


def _start(head: Head, found: dict[str, str]) -> str | None:
    """Return the only column that is called like a start and holds times, or else that of a creation."""
    times = other_times(head, found.values())
    starts = [name for name in times if is_start_name(name)]
    if starts:
        return starts[0] if len(starts) == 1 else None
    early = [name for name in times if rank("started_at", name) <= rank("started_at", "")]
    return early[0] if len(early) == 1 and of_creation(early[0]) else None


def other_times(head: Head, used: Collection[str]) -> list[str]:
    """Return the columns of times not used otherwise, without those a loader added."""
    free = (name for name in head.names if name not in used and not name.startswith(_LOADERS))
    return [name for name in free if looks_like_time(head.values(name))]


def status_column(head: Head, names: Iterable[str]) -> str | None:
    """Return the column that says what became of orders, by its words: some were not paid, or paid back."""
    for name in names:
        words = {cell.strip() for cell in head.values(name)}
        if not _OF_ORDERS.search(name) or _OF_PEOPLE.search(name) or not 0 < len(words) <= _MOST_STATUSES:
            continue
        statuses = {order_status(word) for word in words}
        if None not in statuses and statuses - {"paid"}:
            return name
    return None


def status_columns(head: Head, names: Iterable[str]) -> list[str]:
    """Return all columns that say whether orders were paid, called off or paid back.

    Where a parcel is says nothing of its money.
    """
    return [
        name
        for name in names
        if not _OF_PARCELS.search(name)
        and (guess_target(name, EVENT_COLUMNS) == "order_status" or status_column(head, [name]))
    ]


def currency_column(head: Head, used: Collection[str]) -> str | None:
    """Return the column, of those not used otherwise, that says in which currency a row's amounts are."""
    names = [name for name in head.names if name not in used]
    named = next((name for name in names if EVENT_COLUMNS.get(plain(name)) == "currency"), None)
    return named or next((name for name in names if are_currencies(head.values(name))), None)


def beside_amounts(head: Head, used: Collection[str]) -> dict[str, str]:
    """Return column -> what it says of the orders of session rows, of columns not used otherwise."""
    free = [name for name in head.names if name not in used]
    named = {target: name for name in reversed(free) if (target := EVENT_COLUMNS.get(plain(name)))}
    status = named.get("order_status") or status_column(head, free)
    found = {
        currency_column(head, used): "currency",
        status: "order_status",
        named.get("order_id"): "order_id",
    }
    return {name: target for name, target in found.items() if name is not None}


def _is_dated(cells: list[str]) -> bool:
    """Whether cells say when something was: a first visit of last May is no yes or no."""
    return looks_like_time(cells) or looks_like_date(cells)
