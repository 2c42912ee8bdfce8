"""What the values of session rows stand for: groups of countries and colours, days of the week."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from core.ingest.codes import colour_name
from core.ingest.synonyms import DAY_NUMBER
from core.schema.countries import country_code, country_group, group_named, plain
from core.schema.sessions import COLOUR_GROUPS, WEEKDAYS
from core.schema.vocabulary import COLOUR_GROUP_OF

_GROUPS = {plain(group): group for group in COLOUR_GROUPS}


def country_groups(meaning: Mapping[str, str], home_market: str) -> dict[str, str | None]:
    """Return value -> country group, of countries however written and of names of groups."""
    groups: dict[str, str | None] = {}
    for value, meant in meaning.items():
        code = country_code(meant)
        groups[value] = country_group(code, home_market) if code else group_named(meant)
    return groups


def colour_group(value: str) -> str:
    """Return the group of a colour or of a group's name; one that is unknown only in lower case."""
    colour = colour_name(value)
    return _GROUPS.get(plain(value)) or COLOUR_GROUP_OF.get(colour) or colour


def day_numbers(values: Iterable[str]) -> tuple[dict[str, int | None], list[str]]:
    """Return value -> day of the week (1 is Monday) and notes.

    Names are known in several languages. Numbers from 0 to 6 count from Monday, as most tools do.
    """
    values = list(values)
    numbers = {value: int(float(value)) for value in values if re.fullmatch(r"[0-9](\.0+)?", value)}
    from_zero = 0 in numbers.values() and len(WEEKDAYS) not in numbers.values()
    days: dict[str, int | None] = {}
    for value in values:
        day = numbers[value] + from_zero if value in numbers else DAY_NUMBER.get(plain(value))
        days[value] = day if day is not None and 1 <= day <= len(WEEKDAYS) else None
    return days, ["Days of the week are numbered from 0 and read as 0 = Monday."] if from_zero else []
