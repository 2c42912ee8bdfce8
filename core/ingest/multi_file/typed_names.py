"""What files are called where no column says what happened: ``views.csv``, ``carts.csv``, ``purchases.csv``.

Published logs and exports made by hand are often one file for each type of event. Read as one table, a file
of purchases would be one of views, and nobody would have bought.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from core.ingest.cells.synonyms import EVENT_WORDS
from core.ingest.files.head import Head
from core.ingest.formats.guess import guess_columns
from core.ingest.formats.twins import name_words
from core.ingest.multi_file.names import MOST_NAMES
from core.schema.countries import plain
from core.schema.events import EventType

#: What somebody does in a shop; without one of these, names of files don't tell buyers from others.
_TELLING = frozenset({EventType.CART_ADD.value, EventType.PURCHASE.value})
#: Files of what else was done, beside one of purchases.
_OF_VISITS = frozenset("session sessions visit visits browsing clickstream".split())
#: How types of events are called.
_CALLED = {
    kind.value: kind.value.replace("_", " ") + ("es" if kind.value.endswith("h") else "s")
    for kind in EventType
}


def types_by_names(tables: Sequence[tuple[str, Head]]) -> list[str | None]:
    """Return the type of the events of each file, as its name says; None of all where that isn't clear.

    It is where no table has a column of types, the names of all files tell one, and they differ.
    """
    unknown: list[str | None] = [None] * len(tables)
    found = [_type_of(filename) for filename, _ in tables]
    if not _TELLING & set(found):
        return unknown
    columns = [guess_columns(head, "events") for _, head in tables]
    found = [
        kind or _of_visits(filename, each)
        for kind, (filename, _), each in zip(found, tables, columns, strict=True)
    ]
    if None in found or len(set(found)) < 2:
        return unknown
    has_who = all({"session_id", "visitor_id"} & set(each) for each in columns)
    if not has_who or any("event_type" in each or "timestamp" not in each for each in columns):
        return unknown
    return [*found]


def said_of(named: Iterable[tuple[str, str]]) -> str:
    """Say which file is read as what."""
    pairs = [f"{filename} as {_CALLED[kind]}" for filename, kind in named]
    more = f" and {len(pairs) - MOST_NAMES} more" if len(pairs) > MOST_NAMES else ""
    return (
        f"No column says what happened, so each file is read as its name says: "
        f"{', '.join(pairs[:MOST_NAMES])}{more}."
    )


def _of_visits(filename: str, columns: Collection[str]) -> str | None:
    if not _OF_VISITS & set(name_words(PurePosixPath(filename).stem)):
        return None
    return (EventType.PRODUCT_VIEW if "product_id" in columns else EventType.PAGE_VIEW).value


def _type_of(filename: str) -> str | None:
    """Return the type of event a file is called after: the longest word that is known, by itself."""
    words = [word for word in name_words(PurePosixPath(filename).stem) if not word.isdigit()]
    runs = [
        "".join(map(plain, words[start:stop]))
        for start in range(len(words))
        for stop in range(start + 1, len(words) + 1)
    ]
    known = {
        run: kind
        for run in runs
        if (kind := EVENT_WORDS.get(run) or EVENT_WORDS.get(run.removesuffix("s")))
        and kind != EventType.OTHER
    }
    longest = max(known, key=len, default=None)
    rest = {kind for run, kind in known.items() if longest and run not in longest}
    return EventType(known[longest]).value if longest and rest <= {known[longest]} else None
