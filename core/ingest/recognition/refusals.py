"""Tables that hold neither sessions nor events: reports of totals, orders, customers, single values.

Scored as sessions, each of their rows would look entirely normal. What gives them away is a column that
counts sessions or people, one row for each day, page or product, or what only orders and customers have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.base.errors import IngestError
from core.base.written import number
from core.ingest.cells.sniff import looks_like_time
from core.ingest.cells.synonyms import EVENT_COLUMNS, ORDER_STATUSES
from core.ingest.files.head import Head
from core.ingest.files.lookup_files import HEADERS
from core.ingest.formats.guess import event_words, guess_columns, guess_target
from core.ingest.formats.outcomes import is_yes_or_no
from core.ingest.formats.session_rows import SUMMARIES
from core.ingest.formats.twins import is_time_name, name_words
from core.ingest.recognition.foreign_names import (
    COUNTS,
    CUSTOMER_WORDS,
    DIMENSIONS,
    OF_MANY,
    ORDER_IDS,
    ORDER_WORDS,
    PRODUCT_WORDS,
    SOLD,
    SUBSCRIBER_WORDS,
    SURELY_CUSTOMERS,
    plain_words,
)
from core.schema.countries import plain

EXPORT_EVENTS = (
    "Export the events instead, one row for each page, cart addition and purchase, with the session's id: "
    "Google Analytics 4 gives them through BigQuery, Shopify through a custom pixel."
)


#: What lists of orders and of payments have whose number is called "id", or nothing.
_PAYMENTS = frozenset({"financialstatus", "amountrefunded", "fee"})
#: What grids of shop systems call the number of an order.
_NUMBERS = plain_words("id, #, no, number, reference, nummer, référence, referencia, numero")
#: How pages write times: "2 hours ago", "a few seconds ago", "just now".
_AGO = re.compile(
    r"(an?|\d+|(a )?few) (second|minute|hour|day|week|month|year)s? ago|just now|yesterday", re.I
)
#: What MD5, SHA-1 and SHA-256 make of anything.
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.I)
_HASHED = frozenset(
    "email mail emails phone phones mobile em ph hash hashed sha sha256 sha1 md5 hem maid idfa".split()
)
_ADDRESSES = frozenset({"email", "emailaddress", "mail", "emailadresse", "adresseemail", "correoelectronico"})

#: Columns of session rows that count what a list of orders may spell out.
_LISTED = frozenset({"unique_products", "unique_categories"})

#: Of what reports have one row each where no time is among it.
_LABELS = frozenset(DIMENSIONS) - {"day", "hour", "weekday", "period"}


def refuse_unless_sessions(head: Head) -> None:
    """Refuse a table whose rows can be neither sessions nor events.

    Raises
    ------
    IngestError
        Saying what its rows are, how that shows, and what to export instead.
    """
    if len(head.rows) < 1:
        return
    if not head.has_header:
        _refuse_bare_feed(head)
        return
    if len(head.names) == 1 and len(re.split(r"[,;\t|]", head.names[0])) > 2:
        raise IngestError(
            f"Each of its lines stands in quotes as a whole, so all of it is one column, “{head.names[0]}”.",
            where=head.filename,
            remedy="Export it again, or take away the quotes around whole lines.",
        )
    _refuse_times_ago(head)
    reason = _single_value(head) or _table_of_something_else(head)
    if reason:
        raise IngestError(reason, where=head.filename, remedy=EXPORT_EVENTS)


def _refuse_bare_feed(head: Head) -> None:
    """Refuse hits of Adobe's that came without the file of their columns' names: nobody maps a thousand."""
    if "hit_data" in head.filename.lower() and head.table == "tsv":
        raise IngestError(
            "It is a data feed of Adobe Analytics without the names of its columns.",
            where=head.filename,
            remedy=f"Upload it together with {HEADERS}, which comes with it, or both in one zip.",
        )


def _refuse_times_ago(head: Head) -> None:
    """Refuse what a page copied as it shows it: how long ago something was, without saying when."""
    for name in head.names:
        cells = head.values(name)
        if cells and is_time_name(name) and all(_AGO.fullmatch(cell.strip()) for cell in cells):
            raise IngestError(
                f"Its times say how long ago something was (“{name}”: {cells[0]}), not when.",
                where=head.filename,
                remedy="Export it again with the times themselves, such as 2026-03-02 10:04:00.",
            )


def _single_value(head: Head) -> str | None:
    if len(head.names) == 1:
        return f"It has a single column, “{head.names[0]}”, which doesn't show what happened in a session."
    values = [name for name in head.names if not _is_index(head, name)]
    if len(head.names) == 2 and len(values) == 1 and len(head.rows) > 2 and _numbers(head.values(values[0])):
        return (
            f"Beside “{next(name for name in head.names if name != values[0])}” it has a single value, "
            f"“{values[0]}”, which doesn't show what happened in a session."
        )
    return None


def _is_index(head: Head, name: str) -> bool:
    """Whether a column says which row it is: a day, a moment, a number that counts them, another label."""
    cells = head.values(name)
    is_named = _dimension(name) is not None or looks_like_time(cells) or plain(name) in ("metric", "key", "")
    counted = [str(i) for i in range(len(cells))], [str(i) for i in range(1, len(cells) + 1)]
    return len(set(cells)) == len(cells) > 0 and (is_named or cells in counted)


def _table_of_something_else(head: Head) -> str | None:
    events, sessions = guess_columns(head, "events"), guess_columns(head, "sessions")
    if not has_words(head, events) and (reason := _only_orders(head, events, sessions)):
        return reason
    if "session_id" in events or "session_id" in sessions:
        return None
    counting = _counting(head)
    if counting:
        return counting
    if has_words(head, events):
        return None
    bought = sessions.get("purchased")
    of_visits = bought is not None and plain(bought) not in SOLD and is_yes_or_no(head.values(bought))
    return (
        _orders(head, events)
        or _orders_by_status(head, events, sessions)
        or _hashes(head, events, sessions)
        or (None if of_visits else _customers(head))
        or _subscribers(head)
        or (None if of_visits else _totals(head, sessions))
        or _products(head, events)
    )


def _counting(head: Head) -> str | None:
    for name in _named(head, COUNTS):
        numbers = _numbers(head.values(name))
        if numbers and max(numbers) > 1:
            shown = ", ".join(head.values(name)[:3])
            return (
                f"Its rows are totals of many sessions, not sessions: “{name}” counts them ({shown}"
                f"{', …' if len(head.rows) > 3 else ''})."
            )
    return None


def _totals(head: Head, sessions: dict[str, str]) -> str | None:
    """Recognise one row for each day, page or product by that it comes once, with counts of many."""
    names = [name for name in head.names if _dimension(name) or not _numbers(head.values(name))]
    kinds = [kind for name in names if (kind := _dimension(name)) and not looks_like_time(head.values(name))]
    is_labelled = _is_labelled(head, sessions)
    if not kinds or len(head.rows) < (2 if is_labelled else 3):
        return None
    indices = [head.names.index(name) for name in names]
    if len({tuple(row[i] for i in indices) for row in head.rows}) < len(head.rows):
        return None
    counts = {sessions[target]: OF_MANY[target] for target in sorted(set(OF_MANY) & set(sessions))}
    counts.update(dict.fromkeys(_named(head, SOLD), 2))
    for name, many in counts.items():
        if is_labelled and _numbers(head.values(name)):
            return (
                f"Its rows are totals, one for each {kinds[0]}, not sessions: “{head.names[0]}” comes first, "
                f"“{name}” counts beside it, and no session or visitor has an id or a time."
            )
        numbers = sorted(_numbers(head.values(name)) or [])
        if numbers and numbers[len(numbers) // 2] >= many:
            return (
                f"Its rows are totals, one for each {kinds[0]}, not sessions: “{name}” goes up "
                f"to {number(numbers[-1], 0)}, and no session has an id."
            )
    return None


def _is_labelled(head: Head, sessions: dict[str, str]) -> bool:
    """Whether rows begin with the name of a page, device or the like, and nothing says whose visit it was."""
    whose = {"session_id", "visitor_id", "user_id", "timestamp", "date", "started_at", "hour"}
    known = {*guess_columns(head, "events"), *sessions}
    return not whose & known and _dimension(head.names[0]) in _LABELS


def has_words(head: Head, events: dict[str, str]) -> bool:
    """Whether a column says what happened, in words that are known."""
    return "event_type" in events and bool(event_words(head.values(events["event_type"])))


def _subscribers(head: Head) -> str | None:
    """Recognise one row for each address, with what only lists of subscribers say of it."""
    address = next((name for name in head.names if plain(name) in _ADDRESSES), None)
    words = _named(head, SUBSCRIBER_WORDS)
    if address is None or not words or len(set(head.values(address))) < len(head.rows):
        return None
    listed = ", ".join(f"“{name}”" for name in (address, *words[:2]))
    return f"It is a list of addresses ({listed}), not of sessions: it doesn't show what happened in a visit."


def _hashes(head: Head, events: dict[str, str], sessions: dict[str, str]) -> str | None:
    """Recognise one row for each person, by a hash of an address or a number, as ad platforms take them."""
    if {*SUMMARIES, "page", "event_type"} & {*events, *sessions}:
        return None
    for name in head.names:
        cells = head.values(name)
        if not _HASHED & set(name_words(name)) or len(set(cells)) < len(head.rows):
            continue
        if all(_HASH.fullmatch(cell.strip()) for cell in cells):
            return (
                f"It is a list of hashed ids (“{name}”), one for each person, not of sessions: it doesn't "
                "show what happened in a visit. To measure a campaign with it, upload it on the audience's "
                "page."
            )
    return None


def _products(head: Head, events: dict[str, str]) -> str | None:
    """Recognise one row for each product, without anybody who looked at it."""
    words = _named(head, PRODUCT_WORDS)
    if {"visitor_id", "user_id", "timestamp", "date", "event_type", "page"} & set(events) - _urls(events):
        return None
    if len(words) < 3 or len(words) * 2 < len(head.names):
        return None
    if not any(len(set(head.values(name))) == len(head.rows) for name in words[:3]):
        return None
    listed = ", ".join(f"“{name}”" for name in words[:3])
    return f"It is a list of products ({listed}), not of sessions: it doesn't show who viewed them."


def _urls(events: dict[str, str]) -> set[str]:
    """Return the page, where it is the link of a product."""
    return {"page"} if plain(events.get("page", "")) in ("link", "url") else set()


def _orders(head: Head, events: dict[str, str]) -> str | None:
    ids = _named(head, ORDER_IDS)
    words = _named(head, ORDER_WORDS)
    if not ids and _PAYMENTS & {plain(name) for name in head.names}:
        ids = _named(head, frozenset({"name", "id"}))
    if len(words) >= 4 and _PAYMENTS & {plain(name) for name in words}:
        ids = ids or words[:1]
    if not ids or "page" in events or len(set(words) - set(ids)) < 2:
        return None
    return _orders_said([ids[0], *words[:3]])


def _only_orders(head: Head, events: dict[str, str], sessions: dict[str, str]) -> str | None:
    """Recognise orders with their visitor or visit, by the number that every row has."""
    name = events.get("order_id")
    # What is called products may list them rather than count them.
    summed = {
        *events,
        *(to for to, each in sessions.items() if to not in _LISTED or _numbers(head.values(each))),
    }
    if name is None or len(head.values(name)) < len(head.rows) or {*SUMMARIES, "page"} & summed:
        return None
    return _orders_said([name, *(events[known] for known in ("timestamp", "revenue") if known in events)])


def _orders_by_status(head: Head, events: dict[str, str], sessions: dict[str, str]) -> str | None:
    """Recognise one row for each order, by its number, its status and what it comes to."""
    if not {"order_status", "revenue"} <= set(events) or {*SUMMARIES, "page"} & {*events, *sessions}:
        return None
    status, total = events["order_status"], events["revenue"]
    numbers = [name for name in _named(head, _NUMBERS) if len(set(head.values(name))) == len(head.rows)]
    if not numbers or len(head.values(total)) < len(head.rows):
        return None
    if not any(plain(cell) in ORDER_STATUSES for cell in head.values(status)):
        return None
    return _orders_said([numbers[0], status, total])


def _orders_said(names: list[str]) -> str:
    listed = ", ".join(f"“{name}”" for name in dict.fromkeys(names))
    return (
        f"It is a list of orders ({listed}), not of sessions: visits without an order are missing, so "
        "it can't show who buys. To measure a campaign with it, upload it on the audience's page."
    )


def _customers(head: Head) -> str | None:
    words = _named(head, CUSTOMER_WORDS)
    sure = _named(head, SURELY_CUSTOMERS)
    if not sure or len(words) < 3 or not _comes_once(head):
        return None
    listed = ", ".join(f"“{name}”" for name in words[:3])
    return f"Its rows are customers ({listed}), not sessions: it doesn't show what happened in a visit."


def _comes_once(head: Head) -> bool:
    """Whether each customer has one row, as far as a column names them."""
    names = [name for name in head.names if guess_target(name, EVENT_COLUMNS) in ("visitor_id", "user_id")]
    return all(len(set(cells := head.values(name))) == len(cells) for name in names)


def _named(head: Head, names: Iterable[str]) -> list[str]:
    return [name for name in head.names if plain(name) in names]


def _dimension(name: str) -> str | None:
    return next((kind for kind, names in DIMENSIONS.items() if plain(name) in names), None)


def _numbers(cells: list[str]) -> list[float] | None:
    """Return the cells as numbers; None if one is none. Separators of thousands don't matter here."""
    try:
        return [float(cell.replace(",", "").replace("%", "").strip()) for cell in cells]
    except ValueError:
        return None
