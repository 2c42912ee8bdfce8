"""One thing written in several ways: ``Mobile``, ``mobile`` and ``MOBILE `` are one device."""

from __future__ import annotations

from collections.abc import Mapping

from core.ingest.columns.codes import add_codes
from core.ingest.settling.log import Log, fact, listed
from core.schema.countries import plain

COLUMNS = ("device", "channel")
FACTS = {f"n_{name}": fact(f"count({name})") for name in COLUMNS}


def one_spelling(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the spellings that differ from another only in case, blanks and punctuation, with that one.

    The most frequent one stands; of equals one in small letters, then the shortest.
    """
    spellings: dict[str, list[str]] = {}
    for value in counts:
        spellings.setdefault(plain(value) or value, []).append(value)
    same: dict[str, str] = {}
    for values in spellings.values():
        usual = min(values, key=lambda value: (-counts[value], value != value.lower(), len(value), value))
        same |= {value: usual for value in values if value != usual}
    return same


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
        same = one_spelling(dict(log.connection.execute(query).fetchall()))
        if same:
            table = f"spellings_{name}"
            add_codes(log.connection, table, [(value, usual, None) for value, usual in same.items()])
            log.replace(
                {name: f"coalesce({table}.code, e.{name})"}, f"LEFT JOIN {table} ON {table}.raw = e.{name}"
            )
            log.say("info", sentence(name, same))
