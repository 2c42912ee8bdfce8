"""The zone of a time: written behind it, named beside it, or nowhere at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

import duckdb

from core.base.sql import literal
from core.ingest.base.assumptions import Assumption
from core.schema.countries import plain

READ_AS_UTC = "Times have no time zone; they are read as UTC."
IN_UTC = "Hours, weekdays and days are in UTC, because no time zone is set."
BY_OFFSET = "Hours, weekdays and days follow each time's own UTC offset."
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
ZONE_OFFSET = re.compile(r"\s*(?:UTC|GMT)?\s*[+\u2212-]\s*\d{1,2}(:?\d{2})?\s*|\s*(?:Z|UTC|GMT|0)\s*")


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


def late_offset(cell: str, quick: str | None) -> str:
    """Return SQL of the offset of a time, for files whose head has none: ``quick`` reads times without.

    An offset of nothing is UTC, as all others are.
    """
    may_have = f"(contains({cell}, '+') OR {cell} LIKE '%-__:__' OR {cell} LIKE '%-____')"
    unread = f"{quick} IS NULL AND " if quick else ""
    return f"CASE WHEN {unread}{may_have} THEN nullif({written_offset(cell)}, 0) END"


def say_of_late_offsets(assumptions: Iterable[Assumption], name: str) -> list[Assumption]:
    """Return what is assumed of times where some have an offset, though the head of the file shows none."""
    every = list(assumptions)
    kept = [made for made in every if made.text not in (IN_UTC, READ_AS_UTC)]
    is_naive = any(made.text == READ_AS_UTC for made in every)
    others = "those without are read as UTC" if is_naive else "those are in UTC"
    return [
        *kept,
        Assumption("warning", f"Some times in “{name}” have a UTC offset and others don't; {others}."),
        Assumption("info", BY_OFFSET),
    ]


def offset_minutes(cell: str) -> str:
    """Return SQL for the minutes that an offset in a cell of its own is ahead of UTC; null if it is none.

    It is written as hours and minutes (``-05:00``, ``+0100``, ``UTC+5:30``, ``Z``), as hours (``GMT-5``), as
    minutes (``-300``) or as seconds (``-18000``): no zone is a few minutes ahead, or more than 14 hours.
    """
    bare = f"upper(trim(replace({cell}, '\u2212', '-')))"
    bare = f"regexp_replace(regexp_replace({bare}, '^(UTC|GMT)\\s*([+-])\\s*', '\\2'), '\\.0+$', '')"
    sign = "CASE WHEN starts_with(b, '-') THEN -1 ELSE 1 END"
    clock = f"{sign} * (try_cast(regexp_extract(b, '^[+-]?(\\d{{1,2}}):?\\d\\d$', 1) AS BIGINT) * 60 "
    clock += "+ try_cast(right(b, 2) AS BIGINT))"
    number, is_clock = "try_cast(b AS DOUBLE)", "try_cast(right(b, 2) AS BIGINT) < 60"
    ways = {
        "b IN ('Z', 'UTC', 'GMT')": "0",
        f"regexp_full_match(b, '[+-]?\\d{{1,2}}:\\d\\d') AND {is_clock}": clock,
        f"regexp_full_match(b, '[+-]?(0\\d|1[0-4])\\d\\d') AND {is_clock}": clock,
        f"regexp_full_match(b, '[+-]?\\d{{1,2}}(\\.\\d+)?') AND abs({number}) <= 14": f"{number} * 60",
        f"regexp_full_match(b, '[+-]?\\d{{2,3}}') AND {number} % 15 = 0": number,
        f"regexp_full_match(b, '[+-]?\\d{{3}}') AND {is_clock}": clock,
        f"regexp_full_match(b, '[+-]?\\d{{4,5}}') AND {number} % 900 = 0": f"{number} / 60",
    }
    cases = " ".join(f"WHEN {condition} THEN {minutes}" for condition, minutes in ways.items())
    read = f"list_transform([{bare}], lambda b: CAST(CASE {cases} END AS BIGINT))"
    return f"list_filter({read}, lambda minutes: minutes BETWEEN -840 AND 840)[1]"


def unread_offsets(connection: duckdb.DuckDBPyConnection, cells: Iterable[str]) -> list[str]:
    """Return the cells, once each, that are no offset from UTC."""
    query = f"SELECT cell FROM (SELECT unnest($1::VARCHAR[]) AS cell) WHERE {offset_minutes('cell')} IS NULL"
    found = connection.execute(query, [list(dict.fromkeys(cells))]).fetchall()
    return [str(cell) for (cell,) in found]
