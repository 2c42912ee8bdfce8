"""The list of time zones: searched by typing, by region, country or offset, the reader's own first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH, ZoneInfo, available_timezones

from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc

#: What the names of places begin with; others are offsets and old names of these (US/Eastern, EST5EDT, GB).
REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@lru_cache(maxsize=1)
def time_zones() -> dict[str, str]:
    """Return the time zones of places, by IANA name, each as it is shown: "Europe · Berlin"."""
    places = (name for name in sorted(available_timezones()) if name.partition("/")[0] in REGIONS)
    return {"UTC": "UTC", **{name: _shown(name) for name in places if "/" in name}}


def zone_list(*, id: str | dict[str, Any], value: str, first: Mapping[str, str]) -> dcc.Dropdown:
    """Return the list with ``value`` chosen; ``first`` are other choices than a zone, in words.

    A zone that is chosen by an old name is in it as well.
    """
    others = {name: text for name, text in time_zones().items() if text not in first.values()}
    listed = {**first, **({} if value in first else {value: _shown(value)}), **others}
    return dcc.Dropdown(
        id=id,
        value=value,
        options=[
            {"label": text, "value": name, "search": f"{text} {name} {found_by().get(name, '')}"}
            for name, text in listed.items()
        ],
        clearable=False,
        maxHeight=320,
        className="small",
    )


@lru_cache(maxsize=1)
def found_by() -> dict[str, str]:
    """Return by what else zones are found, by IANA name: their countries, and their offsets of a year."""
    countries, years = _countries(), (datetime(2026, 1, 1), datetime(2026, 7, 1))
    found = {}
    for name in time_zones():
        offsets = {day.replace(tzinfo=ZoneInfo(name)).utcoffset() for day in years}
        words = dict.fromkeys(word for offset in offsets if offset is not None for word in _offset(offset))
        found[name] = " ".join((name.replace("_", " "), *countries[name], *words))
    return found


def _offset(offset: timedelta) -> tuple[str, ...]:
    """Return how an offset from UTC is written."""
    minutes = abs(offset) // timedelta(minutes=1)
    sign = "-" if offset < timedelta() else "+"
    hours = f"{minutes // 60}" + (f":{minutes % 60:02}" if minutes % 60 else "")
    return f"UTC{sign}{hours}", f"UTC{sign}{minutes // 60:02}:{minutes % 60:02}", f"GMT{sign}{hours}"


def _countries() -> defaultdict[str, list[str]]:
    """Return the names of the countries of each zone, as the database of time zones has them."""
    import pycountry  # lazily: it reads its lists from disk

    package = find_spec("tzdata")
    places = package.submodule_search_locations if package else None
    folders = [*map(Path, TZPATH), *(Path(place) / "zoneinfo" for place in places or ())]
    found: defaultdict[str, list[str]] = defaultdict(list)
    path = next((path for folder in folders if (path := folder / "zone.tab").is_file()), None)
    for line in path.read_text(encoding="utf-8").splitlines() if path else ():
        code, _, name, *_ = (*line.split("\t"), "", "", "")
        if not line.startswith("#") and (country := pycountry.countries.get(alpha_2=code)):
            found[name] += dict.fromkeys((getattr(country, "common_name", country.name), country.name))
    return found


def own_zone_first(id: str | dict[str, Any]) -> None:
    """Put the zone of the reader's own clock on top of a list, wherever it comes onto a page."""
    clientside_callback(
        ClientsideFunction(namespace="predictor", function_name="ownZoneFirst"),
        Output(id, "options"),
        Input(id, "id"),
        State(id, "options"),
    )


def _shown(name: str) -> str:
    return name.replace("_", " ").replace("/", " · ")
