"""A file's words and codes into ours, one distinct value at a time: event types, countries, colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import pyarrow as pa

from core.base.sql import literal
from core.ingest.base.model import EVERY_ROW, UNSEEN, Mapping
from core.ingest.cells.sniff import currency_code
from core.ingest.cells.synonyms import COLOURS, EVENT_WORDS, NOBODY
from core.ingest.columns.office import status_code
from core.ingest.formats import Format
from core.schema.countries import country_code, plain
from core.schema.events import EventType

Recode = Callable[[str], str | None]

#: Most values that are told apart where they are read; others are told apart afterwards.
MOST_CASES = 60


def recoders(mapping: Mapping, form: Format | None) -> dict[str, Recode]:
    """Return, for each column with codes, what turns a value of the file into ours.

    None is an unknown value, empty one that is known to say nothing.

    Ours stay as they are, so that recoding twice is the same as once.
    """
    books = form.codes if form else {}
    made = {name: _by_book(books.get(name, {}), ours) for name, ours in _OURS.items()}
    made.update({name: _by_book(book, str) for name, book in books.items() if name not in made})
    made["event_type"] = event_type_recoder(mapping)
    return made


def _by_book(book: dict[str, str], ours: Recode) -> Recode:
    def recode(value: str) -> str | None:
        return book[value] if value in book else ours(value)

    return recode


def colour_name(value: str) -> str:
    """Return a colour's lower-case English name; one that is unknown only in lower case."""
    return COLOURS.get(plain(value)) or value.strip().lower()


def _currency(value: str) -> str | None:
    """Return the code of a currency; an unknown one stays as it is and is never added to another."""
    if value.strip().lower() in NOBODY:
        return ""
    return currency_code(value) or value.strip()


_OURS: dict[str, Recode] = {
    "country": country_code,
    "colour": colour_name,
    "currency": _currency,
    "order_status": status_code,
}


def event_type_recoder(mapping: Mapping) -> Recode:
    """Return what turns a file's word into an event type: its own list first, case aside."""
    words = {word.strip().lower(): kind for word, kind in mapping.event_types.items() if word != EVERY_ROW}
    known = set(EventType)

    def recode(value: str) -> str | None:
        low = value.strip().lower()
        if low in words or not mapping.format:
            return words.get(low)
        # What a word means can't hang on whether the head of the file shows it.
        return low if low in known else EVENT_WORDS.get(plain(value))

    return recode


def add_codes(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[tuple[str, str | int | None, str | None]],
) -> None:
    """Make a temporary table of value (``raw``), what it stands for (``code``), and its ``group``."""
    kind = pa.int64() if any(isinstance(code, int) for _, code, _ in rows) else pa.string()
    columns = [pa.array([row[i] for row in rows], kind if i == 1 else pa.string()) for i in range(3)]
    connection.register("new_codes", pa.table(columns, names=["raw", "code", "group"]))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM new_codes")
    connection.unregister("new_codes")


def coded(cell: str, values: list[str], recode: Recode) -> str:
    """Return SQL that recodes the values the head of a file showed and passes others on as they are.

    Unknown values pass too, so that they can be counted afterwards.
    """
    known = {value: code for value in dict.fromkeys(values) if (code := recode(value)) is not None}
    differing = {value: code for value, code in known.items() if code != value}
    if not differing or len(differing) > MOST_CASES:
        return cell
    cases = " ".join(f"WHEN {literal(v)} THEN {literal(c) if c else 'NULL'}" for v, c in differing.items())
    return f"CASE {cell} {cases} ELSE {cell} END"


def coded_event_type(cell: str, values: list[str], mapping: Mapping) -> str:
    """Return SQL that turns known words into event types and marks the others ``UNSEEN``.

    Where all words are ours already, they pass as they are.
    """
    recode = event_type_recoder(mapping)
    if all(recode(word) == word for word in mapping.event_types):
        return f"coalesce({cell}, '{UNSEEN}')"
    words = dict.fromkeys([*values, *(word for word in mapping.event_types if word != EVERY_ROW)])
    known = {word: code for word in words if (code := recode(word))}
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(code)}" for word, code in known.items())
    unseen = f"'{UNSEEN}' || coalesce(trim({cell}), '')"
    return f"CASE {cell} {cases} ELSE {unseen} END" if known else unseen
