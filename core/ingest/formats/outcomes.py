"""Which column of session rows says who bought, and which only sound like it.

A heading that speaks of buying may say the opposite (``no_purchase``), that it failed, or that it was or
will be at another time (``purchased_before``, ``will_purchase``). Such columns are never read as the outcome
by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from itertools import pairwise

from core.ingest.cells.sniff import order_status
from core.ingest.cells.synonyms import (
    EVENT_COLUMNS,
    EVENT_WORDS,
    NO,
    ORDER_STATUSES,
    SESSION_COLUMNS,
    STATUS_FLAGS,
    YES,
)
from core.ingest.files.head import Head
from core.ingest.formats.twins import name_words
from core.schema.countries import plain
from core.schema.events import EventType

#: Words in the name of a column that says yes or no of buying.
_BUYING = frozenset(
    "purchase purchased bought buyer converted conversion convert ordered gekauft kauf konvertiert achat "
    "converti compra comprado convertido acquisto convertito zakup aankoop".split()
)
#: More words that speak of buying, though none of them is an outcome by itself.
_OF_BUYING = frozenset(
    map(
        plain,
        "purchaser converter käufer acheteur acheteuse comprador compradora acquirente koper purchasing "
        "kaufen kauft acheter comprar acquistare zakupu kupić kopen".split(),
    )
)
#: “Purchased (yes/no)” negates nothing.
_YES_OR_NO = (frozenset("yes y ja oui si tak".split()), frozenset("no n non nein nie nee".split()))
_TELLING = frozenset({EventType.PURCHASE, EventType.CART_ADD, EventType.CHECKOUT})


class Other(StrEnum):
    """What a heading says of buying, where it isn't who bought in this session."""

    UNDONE = "that somebody didn't buy"
    EXPECTED = "what is expected later"
    PAST = "what happened in other visits"


def _plain_words(text: str) -> frozenset[str]:
    return frozenset(map(plain, text.split()))


#: Words by what they make of a heading: English, German, French, Spanish, Italian, Polish, Dutch.
_WORDS: dict[Other, frozenset[str]] = {
    Other.UNDONE: _plain_words(
        "no not non never without didn didnt doesn doesnt hasn hasnt isn isnt wasn wasnt neither nicht "
        "kein keine keinen ohne nie niemals pas sans aucun aucune sin ningún ninguna nunca nessun nessuno "
        "nessuna senza nie brak bez niet geen nooit zonder abandon abandonment cancellation fail fails "
        "rejection attempt attempted unsuccessful missed dropped lost unfinished abbruch verloren "
        "gescheitert nichtkäufer perdu échec intento tentative tentativo perdido perso porzucony "
        "porzucona porzucone odrzucony nieudany nieudana anulowany verlaten afgebroken abandonné "
        "abandonado abandonada abbandonato abbandonata refus"
    ),
    Other.EXPECTED: _plain_words(
        "will would future next intent intention intends likely likelihood probability prob probable "
        "propensity predicted predict prediction predictive forecast expected potential prospective score "
        "planned wird künftig zukünftig nächste nächster nächsten absicht wahrscheinlich "
        "wahrscheinlichkeit prognose vorhersage erwartet va futur future prochain prochaine probabilité "
        "prévu prévue prévision attendu futuro futura próximo próxima intención probabilidad previsto "
        "prevista predicción esperado prossimo prossima intenzione probabilità probabile previsione "
        "atteso przyszły przyszła przyszłe następny zamiar prawdopodobieństwo prognoza będzie zal "
        "toekomstig toekomstige volgende intentie kans waarschijnlijk waarschijnlijkheid voorspeld "
        "verwacht"
    ),
    Other.PAST: _plain_words(
        "before previous previously prior past ever last earlier already lifetime history historical "
        "first repeat repeated returning existing ago since recent recency new day days week weeks month "
        "months year years vorher zuvor bereits schon früher frühere frueher letzte letzter letzten "
        "letztes erste erster erstes jemals bisher wiederholt tag tage tagen wochen monate monaten seit "
        "déjà avant précédent précédente précédemment dernier dernière derniers première premier ancien "
        "jours mois depuis antes previo previa previamente anterior anteriores último última últimos "
        "primera primer primero repetido días meses desde prima primo precedente precedentemente ultimo "
        "ultima ultimi già giorni mesi wcześniej wcześniejszy poprzedni poprzednia ostatni ostatnia "
        "ostatnie pierwszy pierwsza kiedykolwiek już dni eerder eerdere vorige laatste eerste ooit reeds "
        "dagen maanden sinds"
    ),
}
#: What stands in one word with that of buying: ``nonbuyer``, ``unconverted``, ``Erstkauf``.
_JOINED = re.compile(r"(?P<undone>non|not|no|nicht|niet|un)?(?P<past>re|erst|wieder)?(?P<buying>.+)")
#: A window of time: ``30d``, ``7days``.
_WINDOW = re.compile(r"\d+(d|w|m|y|days?|weeks?|months?|tagen?|wochen?|monaten?|jours|dias|giorni|dni|dagen)")


def other_outcome(name: str) -> Other | None:
    """Return what a heading says of buying that isn't who bought in this session; None if nothing else.

    It is decided by its words alone: a negation or a failure, one of the future, one of the past.
    """
    words = [plain(word) for word in name_words(name)]
    yes, no = _YES_OR_NO
    if yes.intersection(words):
        words = [word for word in words if word not in no]
    joined = [found for word in words if not _is_buying(word) and (found := _joined(word))]
    if not joined and not any(_is_of_orders(word) for word in words):
        return None
    if any(word in _WORDS[Other.UNDONE] or _is_failure(word) for word in words) or Other.UNDONE in joined:
        return Other.UNDONE
    if _WORDS[Other.EXPECTED].intersection(words):
        return Other.EXPECTED
    if any(word in _WORDS[Other.PAST] or _WINDOW.fullmatch(word) for word in words) or joined:
        return Other.PAST
    return None


def of_window(name: str) -> bool:
    """Whether a heading is of so many days, weeks or months: ``bought_last_30_days``, ``converted_7d``."""
    words = name_words(name)
    joined = (f"{number}{unit}" for number, unit in pairwise(words) if number.isdigit())
    return any(_WINDOW.fullmatch(word) for word in (*words, *joined))


def other_outcomes(head: Head, used: Collection[str]) -> dict[str, Other]:
    """Return the columns not used otherwise that only sound like the outcome, with what they say."""
    return {
        name: other
        for name in head.names
        if name not in used
        and plain(name) not in STATUS_FLAGS  # read as what became of an order
        and (other := other_outcome(name))
        and (cells := head.values(name))
        and (is_yes_or_no(cells) or _stands_for_bought(name))
    }


def say_of_others(others: Mapping[str, Other], *, has_outcome: bool) -> list[str]:
    """Return what is said of columns that only sound like the outcome.

    Beside an outcome, those of other visits are columns as any other: they were known before the session.
    """
    said = []
    for other in Other:
        names = [f"“{name}”" for name, found in others.items() if found == other]
        if not names or (has_outcome and other == Other.PAST):
            continue
        leak = " If that is only known after the visit, leave it out of the file: it gives the outcome away."
        said.append(
            f"{', '.join(names)} {'says' if len(names) == 1 else 'say'} {other}, so not read as who bought; "
            f"kept as {'it is' if len(names) == 1 else 'they are'}.{'' if other == Other.PAST else leak}"
        )
    return said


def bought(head: Head, used: Collection[str]) -> str | None:
    """Return a column that says yes or no of buying, whatever else its name says."""
    free = (name for name in head.names if name not in used and _BUYING & set(name_words(name)))
    free = (name for name in free if not other_outcome(name))
    return next((name for name in free if (cells := head.values(name)) and is_yes_or_no(cells)), None)


def status_names(head: Head) -> list[str]:
    """Return the columns called like a status."""
    return [name for name in head.names if EVENT_COLUMNS.get(plain(name)) == "order_status"]


def status_of_buying(head: Head, used: Collection[str]) -> str | None:
    """Return the status whose words all say whether somebody bought: some that they did, some that not."""
    for name in status_names(head):
        says = {says_bought(word) for word in head.values(name)}
        if name not in used and says == {True, False}:
            return name
    return None


def says_bought(word: str) -> bool | None:
    """Whether a status says that somebody bought; None if it says neither, as “active” and “new” do."""
    low, status = word.strip().lower(), order_status(word)
    if low in YES and (status == "paid" or _is_buying(plain(low))):
        return True
    return False if low in NO and not low[:1].isdigit() and status != "paid" else None


def is_flags(cells: list[str]) -> bool:
    """Whether all cells are yes or no in words (0 and 1 may be amounts too)."""
    words = {cell.strip().lower() for cell in cells}
    return bool(words) and words <= {word for word in (*YES, *NO) if not word[0].isdigit()}


def is_yes_or_no(cells: list[str]) -> bool:
    """Whether all cells are yes or no, in words or as 1 and 0."""
    return is_flags(cells) or {cell.strip() for cell in cells} <= {"0", "1", "0.0", "1.0"}


def _stands_for_bought(name: str) -> bool:
    """Whether a heading is one of the outcome but for what stands in brackets: “orders (last 30 days)”."""
    return SESSION_COLUMNS.get(plain(re.sub(r"\(.*?\)|\[.*?\]", "", name))) == "purchased"


def _is_buying(word: str) -> bool:
    return (
        word in _BUYING
        or word in _OF_BUYING
        or SESSION_COLUMNS.get(word) == "purchased"
        or EVENT_WORDS.get(word) == EventType.PURCHASE
    )


def _is_of_orders(word: str) -> bool:
    return _is_buying(word) or EVENT_WORDS.get(word) in _TELLING


def _is_failure(word: str) -> bool:
    return ORDER_STATUSES.get(word) in ("cancelled", "refunded")


def _joined(word: str) -> Other | None:
    found = _JOINED.fullmatch(word)
    if found is None or not _is_buying(found["buying"]):
        return None
    return Other.UNDONE if found["undone"] else Other.PAST if found["past"] else None
