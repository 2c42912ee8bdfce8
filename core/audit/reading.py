"""Read the audit log: filtered, a page at a time; and check that nobody has changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, cast, func, or_, select

from core.audit.log import ACTIONS, BEGINNING, Entry, audit, chained
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.database import shared_engine

#: Entries fetched at a time where all are read.
BLOCK = 1_000
#: Texts a search looks into.
_SEARCHED = (audit.c.who, audit.c.subject, audit.c.address, cast(audit.c.detail, String))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are meant: all that meet every filter that is set.

    ``start`` and ``end`` are moments, the end not included; ``q`` is part of a name, an address or a detail,
    in capitals or not. ``project`` is the id of the one it was done in, where there are several.
    """

    who: str | None = None
    action: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    q: str | None = None
    hash: str | None = None
    project: str | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """Return the conditions."""
        found: list[ColumnElement[bool]] = []
        if self.who is not None:
            found.append(audit.c.who == self.who)
        if self.action:
            found.append(audit.c.action == self.action)
        if self.hash:
            found.append(audit.c.hash == self.hash)
        if self.project:
            found.append(audit.c.detail["project"].as_string() == self.project)
        if self.start:
            found.append(audit.c.at >= self.start)
        if self.end:
            found.append(audit.c.at < self.end)
        if self.q:
            found.append(
                or_(*(func.lower(part).contains(self.q.lower(), autoescape=True) for part in _SEARCHED))
            )
        return found


def within(settings: Settings, start: date | None, end: date | None, **more: Any) -> Wanted:  # noqa: ANN401
    """Return which entries are meant, by days of the shop, both included."""
    zone = ZoneInfo(shop_settings(settings).time_zone or "UTC")

    def midnight(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time(), zone)

    after = None if end is None or end == date.max else end + timedelta(days=1)
    return Wanted(start=midnight(start), end=midnight(after), **more)


def entries(
    wanted: Wanted | None = None,
    *,
    limit: int = 100,
    before: int | None = None,
    settings: Settings | None = None,
) -> list[Entry]:
    """Return entries, newest first; ``before`` is the id of the last one of the page before."""
    where = (wanted or Wanted()).where()
    if before is not None:
        where.append(audit.c.id < before)
    query = select(audit).where(*where).order_by(audit.c.id.desc()).limit(limit)
    with shared_engine(settings).connect() as connection:
        return [Entry(**row) for row in connection.execute(query).mappings()]


def every_entry(wanted: Wanted | None = None, *, settings: Settings | None = None) -> Iterator[Entry]:
    """Yield every entry that is meant, newest first, some thousand at a time."""
    before = None
    while block := entries(wanted, limit=BLOCK, before=before, settings=settings):
        yield from block
        before = block[-1].id


def count(wanted: Wanted | None = None, *, settings: Settings | None = None) -> int:
    """Return how many entries are meant."""
    query = select(func.count()).select_from(audit).where(*(wanted or Wanted()).where())
    with shared_engine(settings).connect() as connection:
        return connection.scalar(query) or 0


def people(*, settings: Settings | None = None) -> list[str]:
    """Return the names of everybody in the log, in order; empty stands for those without one."""
    query = select(audit.c.who).distinct().order_by(audit.c.who)
    with shared_engine(settings).connect() as connection:
        return list(connection.scalars(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found: how many entries there are, the last one's hash, and the first that doesn't fit."""

    entries: int
    last_hash: str
    broken_at: Entry | None


def verify(*, settings: Settings | None = None) -> Checked:
    """Go through the log from its beginning, and stop at the first entry that isn't as it was written.

    An entry that was changed doesn't fit its own hash, one that follows a missing one doesn't fit either.
    Entries cut off at the end leave no gap: compare the last hash with one that was kept elsewhere.
    """
    hash_before, n, after = BEGINNING, 0, 0
    while True:
        query = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(BLOCK)
        with shared_engine(settings).connect() as connection:
            block = connection.execute(query).mappings().all()
        if not block:
            return Checked(entries=n, last_hash=hash_before, broken_at=None)
        for row in block:
            if chained(hash_before, dict(row)) != row["hash"]:
                return Checked(entries=n, last_hash=hash_before, broken_at=Entry(**row))
            hash_before, n, after = row["hash"], n + 1, row["id"]


def action_name(action: str) -> str:
    """Return what an action is called; an unknown one, of a newer program, by itself."""
    return next((label for name, label in ACTIONS.items() if name == action), action)
