"""One thing written in several ways: ``Mobile``, ``mobile``, ``MOBILE `` and ``Handy`` are one device."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

from core.ingest.cells.synonyms import DEVICES
from core.ingest.columns.codes import add_codes
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import Log, listed
from core.schema.countries import plain

COLUMNS = ("device", "channel")
#: Column -> what a word for it, plain, is called in English.
NAMES: Mapping[str, Mapping[str, str]] = {"device": DEVICES}
#: Marks without width: they come along when a value is copied from a page.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
#: A value as addresses carry it: “paid%20search”, “paid+search”.
_CARRIED = re.compile(r"%[0-9A-Fa-f]{2}|[^\W\d_]\+[^\W\d_]")
FACTS = {f"n_{name}": Fact(f"count({name})") for name in COLUMNS}


def one_spelling(counts: Mapping[str, int], name: str) -> dict[str, str]:
    """Return the spellings of a column's values that stand for another one, with that one.

    They differ only in case, blanks and punctuation, and the most frequent one stands; of equals one in
    small letters, then the shortest. Words of other languages stand for the English one.
    """
    names = NAMES.get(name, {})
    spellings: dict[str, list[str]] = {}
    bare = {value: _bare(value) for value in counts}
    for value in counts:
        key = plain(bare[value]) or value
        spellings.setdefault(names.get(key, key), []).append(value)
    same: dict[str, str] = {}
    for key, values in spellings.items():
        english = [value for value in values if plain(bare[value]) == key] if key in names else values
        usual = min(
            english,
            key=lambda value: (
                -counts[value],
                bare[value] != value,
                value != value.lower(),
                len(value),
                value,
            ),
            default=key,
        )
        usual = bare.get(usual, usual)
        same |= {value: usual for value in values if value != usual}
    return same


def _bare(value: str) -> str:
    """Return a value without marks nobody sees, and as it was before an address carried it."""
    seen = _UNSEEN.sub("", value).strip()
    is_carried = bool(_CARRIED.search(seen)) and " " not in seen
    return unquote_plus(seen).strip() or seen if is_carried else seen


def sentence(name: str, same: Mapping[str, str]) -> str:
    """Say which spellings were taken for one."""
    pairs = listed((f"{value} → {usual}" for value, usual in sorted(same.items())), 4)
    return f"Spellings of one {name} count as one: {pairs}."


def settle(log: Log) -> None:
    """Give each device and channel one spelling."""
    for name in COLUMNS:
        if not log.facts[f"n_{name}"]:
            continue
        query = f"SELECT {name}, count(*) FROM {log.live} WHERE {name} IS NOT NULL GROUP BY 1"
        same = one_spelling(dict(log.execute(query).fetchall()), name)
        if same:
            table = f"spellings_{name}"
            add_codes(log.connection, table, [(value, usual, None) for value, usual in same.items()])
            log.replace(
                {name: f"coalesce({table}.code, e.{name})"}, f"LEFT JOIN {table} ON {table}.raw = e.{name}"
            )
            log.say("info", sentence(name, same))
