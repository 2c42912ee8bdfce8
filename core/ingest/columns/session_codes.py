"""What the values of session rows stand for: groups of countries and colours, days of the week."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from core.ingest.cells.synonyms import DAY_NUMBER
from core.ingest.columns.codes import colour_name
from core.schema.countries import country_code, country_group, group_named, plain
from core.schema.sessions import COLOUR_GROUPS, WEEKDAYS
from core.schema.vocabulary import COLOUR_GROUP_OF

#: The number before a day's name: "1 - Sunday".
_COUNTED = re.compile(r"^\s*\d+\W+")
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


def day_numbers(
    values: Iterable[str], proof: tuple[int, str] | None = None
) -> tuple[dict[str, int | None], list[str]]:
    """Return value -> day of the week (1 is Monday) and notes.

    Names are known in several languages. Numbers count from Monday, as most tools do, unless ``proof`` says
    how else and why: what makes Monday 0, added to a number, modulo 7.
    """
    shift, why = proof or (None, "")
    values = list(values)
    numbers = {value: int(float(value)) for value in values if re.fullmatch(r"[0-9](\.0+)?", value)}
    n_days = len(WEEKDAYS)
    from_zero = 0 in numbers.values() and n_days not in numbers.values()
    usual = 0 if from_zero else n_days - 1
    days: dict[str, int | None] = {}
    for value in values:
        if value not in numbers:
            days[value] = DAY_NUMBER.get(plain(value)) or DAY_NUMBER.get(plain(_COUNTED.sub("", value)))
        elif 0 <= numbers[value] <= n_days and (numbers[value] > 0 or from_zero or shift is not None):
            days[value] = (numbers[value] + (usual if shift is None else shift)) % n_days + 1
        else:
            days[value] = None
    if numbers and shift is not None and shift != usual:
        lowest = min(numbers.values())
        first = WEEKDAYS[(lowest + shift) % n_days]
        return days, [f"Days of the week are numbered with {lowest} as {first}, according to {why}."]
    if not numbers or shift is not None:
        return days, []
    text = f"Days of the week are numbered, and read with {0 if from_zero else 1} as Monday; nothing in the "
    return days, [text + "file confirms it."]
