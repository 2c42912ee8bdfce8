"""What the shop is set to: its name, money, clock and market, and how it writes dates and numbers.

The environment says what holds at first (``core.base.settings``), and the page of settings what holds
instead; ``shop_settings`` is both. Whoever keeps what the page says registers with ``read_with``: storage,
which lies above.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.base.settings import Settings, Shop, current_settings, get_settings, installation_settings

#: What the page may set.
NAMES: tuple[str, ...] = tuple(Shop.model_fields)
#: Seconds after which another process' change is seen here, and for which each number needn't ask anew.
FRESH_SECONDS, KEPT_SECONDS = 1.0, 0.1

#: How ``date_format`` writes a day, but for "1 Oct 2019": that has no zero before the day.
DATES = {
    "yyyy-mm-dd": "%Y-%m-%d",
    "dd/mm/yyyy": "%d/%m/%Y",
    "mm/dd/yyyy": "%m/%d/%Y",
    "dd.mm.yyyy": "%d.%m.%Y",
}

Reader = Callable[[Settings], Mapping[str, Any]]

_reader: list[Reader] = []
_read: dict[tuple[int, str], tuple[float, Mapping[str, Any]]] = {}
_made: dict[tuple[int, int], tuple[Settings, Mapping[str, Any], Settings]] = {}
_written: dict[int, tuple[Settings, float, Settings]] = {}
_lock = threading.Lock()


def read_with(reader: Reader) -> None:
    """Say what reads the values that were set in the page."""
    _reader[:] = [reader]


def shop_settings(settings: Settings | None = None, reader: Reader | None = None) -> Settings:
    """Return the settings as they hold now: those of the environment, with what the page says on top.

    Every process sees a change within ``FRESH_SECONDS``; the one that made it, at once (``forget``).
    """
    settings = get_settings(settings)
    readers = [reader] if reader else _reader
    if not readers:
        return settings
    key = (os.getpid(), settings.metadata_url)
    found = _read.get(key)
    if found is None or time.monotonic() - found[0] > FRESH_SECONDS:
        values = readers[0](settings)
        # The same object as long as nothing changed: what is made of it is kept by it.
        values = found[1] if found is not None and found[1] == values else values
        found = _read[key] = (time.monotonic(), values)
    return _with(settings, found[1])


def written_as() -> Settings:
    """Return how numbers and days are written: as the environment says where that is of no project."""
    at_work = current_settings.get()
    asked = at_work or installation_settings()
    now = time.monotonic()
    known = _written.get(id(asked))
    # Ids are used again: it counts only for the very same object.
    if known is None or known[0] is not asked or now - known[1] > KEPT_SECONDS:
        said = asked if at_work is None and asked.has_projects else shop_settings()
        if len(_written) > 32:
            _written.clear()
        known = _written[id(asked)] = (asked, now, said)
    return known[2]


def forget(settings: Settings) -> None:
    """Read what the page says anew, the next time it is asked for."""
    _read.pop((os.getpid(), settings.metadata_url), None)
    _written.clear()


def week_begins(settings: Settings | None = None) -> int:
    """Return the day weeks begin on, 1 (Monday) to 7: the first working day."""
    return int(shop_settings(settings).working_week[0])


def place_in_week(day: int, settings: Settings | None = None) -> int:
    """Return a weekday's place (1 is Monday) in a week of the shop: 0 is its first working day."""
    return (day - week_begins(settings)) % 7


def written_date(day: date) -> str:
    """Write a day as set, as in "1 Oct 2019"."""
    form = DATES.get(written_as().date_format)
    return f"{day.day} {day:%b %Y}" if form is None else f"{day:{form}}"


def by_clock(moment: datetime, zone: str | None = None) -> datetime:
    """Return a moment (UTC where it doesn't say) by a time zone's clock: the shop's unless one is named."""
    known = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    zone = zone or written_as().time_zone
    return known.astimezone(ZoneInfo(zone) if zone else UTC)


def written_time(moment: datetime, zone: str | None = None) -> str:
    """Write a moment with its clock, as in "1 Oct 2019, 14:05 UTC"."""
    known = by_clock(moment, zone)
    return f"{written_date(known.date())}, {known:%H:%M} {known.tzname()}"


def _with(settings: Settings, values: Mapping[str, Any]) -> Settings:
    if not values:
        return settings
    key = (id(settings), id(values))
    with _lock:
        made = _made.get(key)
        # Ids are used again: it counts only for the very same objects.
        if made is None or made[0] is not settings or made[1] is not values:
            if len(_made) > 32:
                _made.clear()
            made = _made[key] = (settings, values, settings.model_copy(update=dict(values)))
        return made[2]
