"""A best guess at which column is what, from names in several languages and from the values below them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.ingest.base.model import Kind
from core.ingest.cells.sniff import looks_like_time
from core.ingest.cells.synonyms import (
    EVENT_COLUMNS,
    EVENT_WORDS,
    HEADING_CURRENCIES,
    HUNDREDTHS,
    MILLIONTHS,
    NEGATED_COLUMNS,
    NO,
    SESSION_COLUMNS,
    YES,
)
from core.ingest.files.head import Head
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType
from core.schema.sessions import SESSION_SCHEMA

#: Units and the like at the end of a name: ``price_usd``, ``Time (UTC)``, ``duration sec``.
_ENDINGS = frozenset(
    "utc gmt ms s sec secs seconds min mins minutes h hours code name iso in local".split()
) | {*(code.lower() for code in HEADING_CURRENCIES), *HUNDREDTHS, *MILLIONTHS}
MOST_WORDS = 200
#: A column with words for these two says what happened, whatever else it says.
_TELLING = {EventType.CART_ADD.value, EventType.PURCHASE.value}
_START = re.compile(r"start|beg[iu]n|beginn|d[ée]but|inicio|inizio|pocz[ąa]t", re.I)
#: Where several columns could be it, the fullest is.
_IDS = frozenset({"session_id", "visitor_id", "user_id"})


def guess_target(name: str, known: dict[str, str]) -> str | None:
    """Return the canonical column a name stands for; None if it is unknown."""
    for spelling in (name, re.sub(r"\(.*?\)|\[.*?\]|[€$£]", "", name)):
        bare = plain(spelling)
        if bare in known:
            return known[bare]
    words = [word for word in re.split(r"[\W_]+", name.lower()) if word]
    while len(words) > 1 and words[-1] in _ENDINGS:
        words.pop()
        if (target := known.get(plain("".join(words)))) is not None:
            return target
    return None


def guess_columns(head: Head, kind: Kind) -> dict[str, str]:
    """Return canonical column -> source column, in the order of the schema."""
    known = EVENT_COLUMNS if kind == "events" else SESSION_COLUMNS
    found: dict[str, str] = {}
    exact = {name: name for name in head.names if name in known.values()}
    for name in head.names:
        target = exact.get(name) or guess_target(name, known)
        if kind == "sessions" and target is None:
            target = NEGATED_COLUMNS.get(plain(name))
        if target == "revenue" and kind == "sessions" and is_flags(head.values(name)):
            target = "purchased"
        if target is None:
            continue
        if target not in found or name in exact or _is_better(head, target, name, found[target]):
            found[target] = name
    if kind == "events":
        _guess_from_values(head, found)
        _guess_visitor(found)
    order = (EVENT_SCHEMA if kind == "events" else SESSION_SCHEMA).names
    return {target: found[target] for target in order if target in found}


def _guess_from_values(head: Head, found: dict[str, str]) -> None:
    """Find a time and an event type by what the cells hold, where no name told."""
    if "timestamp" not in found and "date" in found and looks_like_time(head.values(found["date"])):
        found["timestamp"] = found.pop("date")
    free = [name for name in head.names if name not in found.values()]
    if "timestamp" not in found:
        timely = next((name for name in free if looks_like_time(head.values(name))), None)
        if timely:
            found["timestamp"] = timely
    if not event_words(head.values(found["event_type"])) if "event_type" in found else True:
        telling = next((name for name in free if event_words(head.values(name))), None)
        if telling:
            found["event_type"] = telling


def _guess_visitor(found: dict[str, str]) -> None:
    """Let the id of an account be the visitor's where there is no other."""
    if "user_id" in found and "visitor_id" not in found:
        found["visitor_id"] = found.pop("user_id")


def _is_better(head: Head, target: str, name: str, other: str) -> bool:
    """Whether a column tells more of a target than another: an empty one tells nothing."""
    if target == "started_at" and head.values(name) and _START.search(name) and not _START.search(other):
        return True  # beside a start, a time of a session is its end or its last event
    filled, before = len(head.values(name)), len(head.values(other))
    return filled > before if target in _IDS else bool(filled and not before)


def event_words(cells: Iterable[str]) -> dict[str, str]:
    """Return word of the source -> event type, of a column that says what happened; else nothing.

    At least half of its few words are known ones, or of any number those of buying or of the cart.
    """
    words = {cell.strip() for cell in cells}
    known = known_words(words)
    if not known or len(words) > MOST_WORDS:
        return {}
    return known if len(known) * 2 >= len(words) or set(known.values()) >= _TELLING else {}


def known_words(cells: Iterable[str]) -> dict[str, str]:
    """Return word of the source -> event type for the words that are known, however many others there are."""
    words = sorted({cell.strip() for cell in cells})
    return {word: EVENT_WORDS[plain(word)] for word in words if plain(word) in EVENT_WORDS}


def is_flags(cells: list[str]) -> bool:
    """Whether all cells are yes or no in words (0 and 1 may be amounts too)."""
    words = {cell.strip().lower() for cell in cells}
    return bool(words) and words <= {word for word in (*YES, *NO) if not word[0].isdigit()}
