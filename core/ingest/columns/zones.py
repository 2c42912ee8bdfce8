"""The zone of a time: written behind it, named beside it, or nowhere at all."""

from __future__ import annotations

import re

from core.base.sql import literal
from core.schema.countries import plain

OFFSET = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?\s*(?:\([^)]*\))?\s*$"
_ZONE = re.compile(rf"\d\s*(Z|UTC|GMT)\s*$|{OFFSET}")
#: A zone by its name, behind a time: its own clock is what stands before it.
NAMED = re.compile(r"\d\s+(?!(?:AM|PM|UTC|GMT)\s*$)([A-Z]{2,5}|[A-Z][A-Za-z]+(?:/[A-Za-z_]+)+)\s*$")
#: SQL pattern of a time of day without a zone behind it.
_NAIVE = r"\d:\d{2}(:\d{2}([.,]\d+)?)?\s*([AaPp]\.?\s?[Mm]\.?)?\s*$"
#: What common names of zones are ahead of UTC; the database takes some for others (BST for Bangladesh's).
ABBREVIATED = {
    "WET": "+00:00", "WEST": "+01:00", "BST": "+01:00", "CET": "+01:00", "MEZ": "+01:00", "CEST": "+02:00",
    "MESZ": "+02:00", "EET": "+02:00", "EEST": "+03:00", "MSK": "+03:00", "IST": "+05:30", "SGT": "+08:00",
    "HKT": "+08:00", "JST": "+09:00", "KST": "+09:00", "AEST": "+10:00", "AEDT": "+11:00", "BRT": "-03:00",
    "EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00",
    "PST": "-08:00", "PDT": "-07:00",
}  # fmt: skip
#: What a column is called that names the zone, or the offset, of the time beside it.
ZONE_NAMES = frozenset(
    plain(name)
    for name in (
        "timezone, time zone, tz, tz name, zone, utc offset, tz offset, timezone offset, time offset, "
        "gmt offset, "
        "zeitzone, fuseau horaire, fuseau, zona horaria, huso horario, fuso orario, strefa czasowa, tijdzone"
    ).split(", ")
)
ZONE_OFFSET = re.compile(r"\s*(?:UTC|GMT)?\s*[+-]\d{1,2}(:?\d{2})?\s*|\s*(?:Z|UTC|GMT)\s*")


def is_zoned(cell: str) -> bool:
    """Whether a time says its zone, or counts from 1970 in UTC."""
    return bool(_ZONE.search(cell) or NAMED.search(cell) or re.fullmatch(r"\s*\d{9,19}(\.\d+)?\s*", cell))


def is_naive(cell: str) -> bool:
    """Whether a time of day stands without a zone."""
    return bool(re.search(_NAIVE, cell)) and not is_zoned(cell)


def naive(cell: str) -> str:
    """Return SQL of whether a time of day stands without a zone."""
    return f"(regexp_matches({cell}, {literal(_NAIVE)}) AND NOT regexp_matches({cell}, {literal(OFFSET)}))"


def with_offset(cell: str) -> str:
    """Return a time with the offset of the zone that it names, where that is a common one."""
    match = NAMED.search(cell)
    if match is None or match[1] not in ABBREVIATED:
        return cell
    return cell[: match.start(1)].rstrip() + ABBREVIATED[match[1]]


def written_offset(cell: str) -> str:
    """Return SQL for the minutes that a time's own offset is ahead of UTC."""
    minutes = "try_cast(m.h AS BIGINT) * 60 + coalesce(try_cast(m.m AS BIGINT), 0)"
    signed = f"CASE m.sign WHEN '-' THEN -1 ELSE 1 END * ({minutes})"
    found = f"regexp_extract({cell}, {literal(OFFSET)}, ['sign', 'h', 'm'])"
    return f"list_transform([{found}], lambda m: {signed})[1]"
