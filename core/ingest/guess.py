"""A best guess at which column is what, from names in several languages and from the values below them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.ingest.model import Kind
from core.ingest.sniff import looks_like_time
from core.ingest.source import Head
from core.ingest.synonyms import EVENT_COLUMNS, EVENT_WORDS, NEGATED_COLUMNS, NO, SESSION_COLUMNS, YES
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA
from core.schema.sessions import SESSION_SCHEMA

#: Units and the like at the end of a name: ``price_usd``, ``Time (UTC)``, ``duration sec``.
_ENDINGS = frozenset(
    "eur usd gbp pln utc gmt ms s sec secs seconds min mins minutes h hours code name iso".split()
)
MOST_WORDS = 60


def guess_target(name: str, known: dict[str, str]) -> str | None:
    """Return the canonical column a name stands for; None if it is unknown."""
    for spelling in (name, re.sub(r"\(.*?\)|\[.*?\]|[€$£]", "", name)):
        bare = plain(spelling)
        if bare in known:
            return known[bare]
    words = [word for word in re.split(r"[\W_]+", name.lower()) if word]
    if len(words) > 1 and words[-1] in _ENDINGS:
        return known.get(plain("".join(words[:-1])))
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
        if target and (target not in found or name in exact):
            found[target] = name
    if kind == "events":
        _guess_from_values(head, found)
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


def event_words(cells: Iterable[str]) -> dict[str, str]:
    """Return word of the source -> event type, if at least half of a column's few words are known ones."""
    words = {cell.strip() for cell in cells}
    if not words or len(words) > MOST_WORDS:
        return {}
    known = {word: EVENT_WORDS[plain(word)] for word in sorted(words) if plain(word) in EVENT_WORDS}
    return known if len(known) * 2 >= len(words) else {}


def is_flags(cells: list[str]) -> bool:
    """Whether all cells are yes or no in words (0 and 1 may be amounts too)."""
    words = {cell.strip().lower() for cell in cells}
    return bool(words) and words <= {word for word in (*YES, *NO) if not word[0].isdigit()}
