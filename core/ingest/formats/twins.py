"""Which of several columns called alike is read: the start and not the end, what was paid and not the net.

Where names don't settle it, nothing does: the first that is filled is read or, of a file of no known
source, it is asked about.
"""

from __future__ import annotations

import re

from core.ingest.cells.synonyms import HEADING_CURRENCIES, LINE_TOTALS
from core.ingest.files.head import Head
from core.schema.countries import plain

#: Where several columns could be it, the fullest is.
_IDS = frozenset({"session_id", "visitor_id", "user_id"})
#: Words in the name of a time: of what happened, and of what became of its record afterwards.
_EARLY = frozenset(
    "event occurred happened original client hit action activity derived ereignis événement evento "
    "gebeurtenis".split()
)
_FIRST = frozenset("first began begun event".split())
_LATE = frozenset(
    "received receive receipt loaded load processed process updated update ingested ingestion ingest "
    "inserted imported import collected collector collection server sent synced sync etl modified "
    "extracted stored saved uploaded upload arrived arrival end ended last exported written recorded "
    "delivered batch ende empfangen geladen verarbeitet aktualisiert geändert letzte reçu chargé traité "
    "modifié fin recibido cargado procesado actualizado ricevuto caricato elaborato aggiornato fine "
    "odebrano ontvangen einde bijgewerkt".split()
)
_TIMES = frozenset(
    "time timestamp ts date datetime at on when tstamp epoch zeit zeitpunkt zeitstempel uhrzeit datum heure "
    "horodatage hora fecha ora data czas tijd tijdstip".split()
)
#: In languages that write words together: Sitzungsbeginn, sessiestart.
_START = re.compile(r"start|beg[iu]n|beginn|anfang|d[ée]but|inicio|inizio|pocz[ąa]t", re.I)
#: What a column is called, plain, that says when a record was made.
_CREATIONS = frozenset(
    map(
        plain,
        "created at, created on, created, creation date, creation time, date created, created time, "
        "created date, created timestamp, erstellt am, erstellt, angelegt am, erstellungsdatum, créé le, "
        "date de création, date création, creado el, creado en, fecha de creación, fecha creación, "
        "creato il, data creazione, data di creazione, utworzono, data utworzenia, aangemaakt op, "
        "aangemaakt, aanmaakdatum".split(", "),
    )
)
_ENDS = frozenset("end ended last ende fin fine koniec einde".split())
#: Words in the name of an amount from which taxes and the like were taken off.
_NET = frozenset("net nett netto netta nette neto netos neta netas ht excl".split())
#: Currencies that a name may hold.
_CODES = frozenset(code.lower() for code in HEADING_CURRENCIES)
#: What a column is called, plain, that holds a price less what was taken off it.
_SOLD_FOR = frozenset(("unitsaleprice",))
#: What a column is called, plain, that may hold a product's place in its cart, or its address.
_PLACES = frozenset(("itemno", "itemnumber", "itemnr", "productlistitemsproduct"))
#: Where a container of properties stands in front of a name, or a source's own prefix: ``properties.price``,
#: ``event_params.value``, ``ym:pv:clientID``.
_INSIDE = re.compile(
    r"^(?:user_event|event|raw|hit|track)?[._]?(?:(?:properties|property|params|parameters|props|attributes|attrs|"
    r"payload|metadata)(?:[.:/]|__?)|(?:custom|event|order)_?data[.:/]|"
    r"(?:items?|products?|contents?|line_?items?|article|ecommerce|transaction|purchase|order|"
    r"user|visitor|geo)(?:[.:/]|__)|(?:data|body|details|fields|custom|context|values)(?:[.:/]|__)|"
    r"ym:(?:s|pv):|ga:|customer_ids[.:/]|evt_|"
    # Experience events of Adobe's.
    r"(?:identitymap|productlistitems|web[.:/]webpagedetails|placecontext[.:/]geo|commerce[.:/]order"
    r"(?:[.:/]payments)?|environment[.:/]browserdetails)[.:/])(?=.)",
    re.I,
)


def name_words(name: str) -> list[str]:
    """Return the words of a column's name: ``orderTotal_EUR`` has three."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[\W_]+", parted.lower()) if word]


def without_container(name: str) -> str:
    """Return a name without the container its value stands in; as it is where it stands in none."""
    return _INSIDE.sub("", name)


def is_time_name(name: str) -> bool:
    """Whether a column is called like a time."""
    return bool((_TIMES | _ENDS) & set(name_words(name))) or is_start_name(name)


def is_start_name(name: str) -> bool:
    """Whether a column is called like the start of something."""
    return bool(_START.search(name))


def of_creation(name: str) -> bool:
    """Whether a column says when a record was made: of a session, that is near its start."""
    return plain(name) in _CREATIONS


def rank(target: str, name: str) -> tuple[int, ...]:
    """Return how far a column is from being what a target means, by its name; of the nearest, the lowest."""
    words = set(name_words(name))
    inside = int(without_container(name) != name)
    if target in ("timestamp", "started_at"):
        # Times without an offset are read as UTC.
        clock = ("local" in words) - bool(words & {"utc", "gmt"})
        # The start of an event's session stands beside each event, too.
        early = bool(words & _EARLY) if target == "timestamp" else is_start_name(name) or bool(words & _FIRST)
        return (1 + bool(words & _LATE) - early, clock, inside)
    if target == "revenue":
        is_net = bool(words & _NET) or any(word.startswith("netto") for word in words)
        return (
            int(is_net),
            2 if "value" in words else int("total" in words and "revenue" not in words),
            inside,
        )
    if target == "price":
        bare = plain(without_container(name))
        return (int(bare in LINE_TOTALS) - int(bare in _SOLD_FOR), inside)
    if target == "product_id":
        return (int(plain(name) in _PLACES), inside)
    return (inside,)


def is_better(head: Head, target: str, name: str, other: str) -> bool:
    """Whether a column tells more of a target than another: an empty one tells nothing."""
    filled, before = len(head.values(name)), len(head.values(other))
    if target in _IDS and filled != before:
        return filled > before
    if filled and before and (apart := _in_its_currency(head, target, name, other)) is not None:
        return apart
    if filled and before and (ranks := (rank(target, name), rank(target, other)))[0] != ranks[1]:
        return ranks[0] < ranks[1]
    return bool(filled and not before)


def is_settled(head: Head, target: str, name: str, other: str) -> bool:
    """Whether it is clear that ``name`` is read, not ``other``: by their names, or as they say the same."""
    if rank(target, name) < rank(target, other) or head.column(name) == head.column(other):
        return True
    return _in_its_currency(head, target, name, other) is True


def _in_its_currency(head: Head, target: str, name: str, other: str) -> bool | None:
    """Whether an amount and not the other is in the currency that stands beside it; None if nothing tells.

    The other one's name has a currency, into which it was converted.
    """
    if target not in ("price", "revenue") or not any("currency" in name_words(each) for each in head.names):
        return None
    converted, others = (bool(_CODES.intersection(name_words(each))) for each in (name, other))
    return others if converted != others else None
