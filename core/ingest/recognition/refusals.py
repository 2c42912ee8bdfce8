"""Tables that hold neither sessions nor events: reports of totals, orders, customers, single values.

Scored as sessions, each of their rows would look entirely normal. What gives them away is a column that
counts sessions or people, one row for each day, page or product, or what only orders and customers have.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.base.errors import IngestError
from core.ingest.cells.sniff import looks_like_time
from core.ingest.files.head import Head
from core.ingest.formats.guess import event_words, guess_columns, is_yes_or_no
from core.schema.countries import plain

EXPORT_EVENTS = (
    "Export the events instead, one row for each page, cart addition and purchase, with the session's id; "
    "in Google Analytics 4 that is the BigQuery export."
)


def _plain(words: str) -> frozenset[str]:
    return frozenset(plain(word) for word in words.split(", "))


#: Columns that count sessions or people: whoever has one sums up many.
_COUNTS = _plain(
    "sessions, total sessions, engaged sessions, visits, total visits, nb_visits, nb_uniq_visitors, "
    "visitors, unique visitors, total visitors, users, total users, active users, new users, returning "
    "users, unique users, nb_users, event count, total events per user, impressions, sitzungen, sitzungen "
    "mit interaktionen, besuche, besucher insgesamt, nutzer, nutzer insgesamt, aktive nutzer, neue "
    "nutzer, visites, visiteurs, utilisateurs, utilisateurs actifs, nouveaux utilisateurs, sesiones, "
    "visitas, usuarios, usuarios activos, usuarios nuevos, sessioni, visite, utenti, utenti attivi, "
    "sesje, wizyty, użytkownicy, sessies, bezoeken, gebruikers, actieve gebruikers"
)
#: What reports have one row of, and how that is called.
_DIMENSIONS: dict[str, frozenset[str]] = {
    "day": _plain("date, day, datum, tag, jour, fecha, giorno, data, dag, nth day"),
    "period": _plain(
        "week, month, year month, iso week, year week, quarter, woche, monat, mois, semaine, mes"
    ),
    "page": _plain(
        "page, page path, landing page, page title, url, page url, page path and screen class, page title "
        "and screen name, exit page, label, seite, zielseite, page de destination"
    ),
    "product": _plain(
        "item name, item id, item, product, product name, product title, product id, sku, product sku, "
        "produkt, artikel, produit, producto, prodotto, item category, product category, category"
    ),
    "campaign": _plain(
        "campaign, campaign name, session campaign, ad group, keyword, kampagne, campagne, campaña, campagna"
    ),
    "place": _plain("country, region, city, land, pays, país, paese, kraj, continent"),
    "device": _plain("device category, device, browser, operating system, platform, gerät, appareil"),
    "channel": _plain(
        "channel, channel group, default channel group, session default channel group, source medium, "
        "session source medium, first user source medium, source, medium, kanal, canal, canale"
    ),
}
#: From how many on a count, in the middle row, is one of many sessions: nobody buys twice in most visits.
_OF_MANY = {"purchased": 2} | dict.fromkeys(
    ("page_views", "product_views", "cart_adds", "clicks", "n_events", "checkouts"), 20
)

_ORDER_IDS = _plain(
    "order id, order number, order no, order, order name, invoice, invoice no, invoice id, invoice "
    "number, increment id, transaction id, bestellnummer, auftragsnummer, rechnungsnummer, numéro de "
    "commande, número de pedido, numero ordine, numer zamówienia, bestelnummer"
)
_ORDER_WORDS = _plain(
    "financial status, fulfillment status, paid at, fulfilled at, subtotal, total, order total, grand "
    "total, total price, taxes, tax, shipping, shipping cost, shipping method, discount code, discount "
    "amount, payment method, payment status, order status, status, lineitem name, lineitem price, "
    "lineitem quantity, lineitem sku, billing country, shipping country, billing address, shipping "
    "address, billing name, email, customer email, customer name, refunded amount, stock code, "
    "description, unit price, invoice date, order date, order currency, items count, number of items, "
    "bestellstatus, zahlungsart, versandkosten"
)
_CUSTOMER_WORDS = _plain(
    "email, e-mail, phone, first name, last name, full name, name, orders count, order count, total "
    "orders, number of orders, orders, total spent, amount spent, lifetime value, customer lifetime "
    "value, ltv, clv, recency, frequency, monetary, average order value, aov, last order, last order "
    "date, last purchase date, first order date, first purchase date, accepts marketing, accepts email "
    "marketing, accepts sms marketing, signup date, registered at, registration date, joined, member "
    "since, created at, birth date, birthday, age, gender, city, zip, tags, vorname, nachname, "
    "bestellungen, gesamtausgaben"
)
_SURELY_CUSTOMERS = _plain(
    "first name, last name, orders count, order count, total orders, number of orders, total spent, "
    "amount spent, lifetime value, customer lifetime value, ltv, clv, recency, last order, last order "
    "date, last purchase date, accepts marketing, accepts email marketing, vorname, nachname, "
    "gesamtausgaben"
)


def refuse_unless_sessions(head: Head) -> None:
    """Refuse a table whose rows can be neither sessions nor events.

    Raises
    ------
    IngestError
        Saying what its rows are, how that shows, and what to export instead.
    """
    if len(head.rows) < 1 or not head.has_header:
        return
    reason = _single_value(head) or _table_of_something_else(head)
    if reason:
        raise IngestError(reason, where=head.filename, remedy=EXPORT_EVENTS)


def _single_value(head: Head) -> str | None:
    if len(head.names) == 1:
        return f"It has a single column, “{head.names[0]}”, which says nothing of what happened in a session."
    return None


def _table_of_something_else(head: Head) -> str | None:
    events, sessions = guess_columns(head, "events"), guess_columns(head, "sessions")
    if "session_id" in events or "session_id" in sessions:
        return None
    counting = _counting(head)
    if counting:
        return counting
    if "event_type" in events and event_words(head.values(events["event_type"])):
        return None
    return _orders(head, events) or _customers(head) or _totals(head, sessions)


def _counting(head: Head) -> str | None:
    for name in _named(head, _COUNTS):
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
    if "purchased" in sessions and is_yes_or_no(head.values(sessions["purchased"])):
        return None
    names = [name for name in head.names if _dimension(name) or not _numbers(head.values(name))]
    kinds = [kind for name in names if (kind := _dimension(name)) and not looks_like_time(head.values(name))]
    if not kinds or len(head.rows) < 3:
        return None
    indices = [head.names.index(name) for name in names]
    if len({tuple(row[i] for i in indices) for row in head.rows}) < len(head.rows):
        return None
    for target in sorted(set(_OF_MANY) & set(sessions)):
        numbers = sorted(_numbers(head.values(sessions[target])) or [])
        if numbers and numbers[len(numbers) // 2] >= _OF_MANY[target]:
            return (
                f"Its rows are totals, one for each {kinds[0]}, not sessions: “{sessions[target]}” goes up "
                f"to {numbers[-1]:,.0f}, and no session has an id."
            )
    return None


def _orders(head: Head, events: dict[str, str]) -> str | None:
    ids = _named(head, _ORDER_IDS)
    words = _named(head, _ORDER_WORDS)
    if not ids and any(plain(name) == "financialstatus" for name in head.names):
        ids = _named(head, frozenset({"name", "id"}))
    if not ids or "page" in events or len(set(words) - set(ids)) < 2:
        return None
    listed = ", ".join(f"“{name}”" for name in dict.fromkeys([ids[0], *words[:3]]))
    return (
        f"It is a list of orders ({listed}), not of sessions: visits without an order are missing, so "
        "nothing can be learned or said about who buys. As the outcomes of a campaign, it is welcome "
        "on the page of that audience."
    )


def _customers(head: Head) -> str | None:
    words = _named(head, _CUSTOMER_WORDS)
    sure = _named(head, _SURELY_CUSTOMERS)
    if not sure or len(words) < 3:
        return None
    listed = ", ".join(f"“{name}”" for name in words[:3])
    return f"Its rows are customers ({listed}), not sessions: it doesn't say what happened in a visit."


def _named(head: Head, names: Iterable[str]) -> list[str]:
    return [name for name in head.names if plain(name) in names]


def _dimension(name: str) -> str | None:
    return next((kind for kind, names in _DIMENSIONS.items() if plain(name) in names), None)


def _numbers(cells: list[str]) -> list[float] | None:
    """Return the cells as numbers; None if one is none. Separators of thousands don't matter here."""
    try:
        return [float(cell.replace(",", "").replace("%", "").strip()) for cell in cells]
    except ValueError:
        return None
