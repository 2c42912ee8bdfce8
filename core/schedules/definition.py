"""What a schedule is: where exports come from and when, what is drawn of them, where it goes, who is told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

from core.audiences.platforms import PLATFORMS
from core.base.errors import ScheduleError
from core.base.settings import Settings
from core.rules.message import check_address
from core.schedules.destinations import destinations
from core.security.outgoing import check_url
from core.sources.allowed import sources
from core.sources.base import checked_path
from core.sources.databases import check_sql

Kind = Literal["files", "query"]
When = Literal["daily", "arrival"]
Complete = Literal["unchanged", "marker"]
Told = Literal["always", "problems", "never"]

MOST_NAME, MOST_SQL, MOST_URLS = 80, 20_000, 10
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
#: What a list may have: ids alone, figures too, or what an ad platform takes.
COLUMNS = ("id", "all", *PLATFORMS)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A schedule's settings.

    Parameters
    ----------
    kind
        Whether exports are files of a source, or what a query gives for a day.
    source, folder
        One of ``PREDICTOR_SOURCES``, and the folder in it that is watched.
    pattern
        Which names are exports: ``*.csv``; several by commas.
    complete
        When a file is whole: it looked the same twice, or a marker is beside it (``export.csv.done``,
        ``_SUCCESS``).
    database, sql
        One of ``PREDICTOR_DATABASES``, and the query; ``:since`` and ``:until`` are the beginning and the end
        of the day, ``:day`` its date.
    when, time, days
        Daily at a time by the shop's clock, on some weekdays (1 is Monday), or as soon as something arrives.
    wait_hours
        How long a daily run waits for its file before somebody is told that none came.
    audience, columns
        The audience that is drawn, none without one; what its list has, one of ``COLUMNS``.
    destination, webhook
        Where the list goes: one of ``PREDICTOR_DESTINATIONS``, an address; either may be empty.
    messages, told
        Apprise addresses of e-mail and chat, and when a message is sent there.
    """

    kind: Kind = "files"
    source: str = ""
    folder: str = ""
    pattern: str = "*"
    complete: Complete = "unchanged"
    database: str = ""
    sql: str = ""
    when: When = "daily"
    time: str = "07:00"
    days: tuple[int, ...] = EVERY_DAY
    wait_hours: float = 3.0
    audience: str = ""
    columns: str = "id"
    destination: str = ""
    webhook: str = ""
    messages: tuple[str, ...] = field(default_factory=tuple)
    told: Told = "always"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {**asdict(self), "days": list(self.days), "messages": list(self.messages)}

    def checked(self, settings: Settings) -> Self:
        """Return it with its texts trimmed.

        Raises
        ------
        CoreError
            If something of it can't be, naming it.
        """
        trimmed = replace(self, pattern=self.pattern.strip() or "*", folder=self.folder.strip().strip("/"))
        _one_of(self)
        if self.kind == "files":
            _check_files(trimmed, settings)
        else:
            _check_query(trimmed, settings)
        if not _TIME.fullmatch(self.time):
            raise _bad("time", f"“{self.time}” isn't a time.", "Write it as 07:00.")
        if not self.days or not set(self.days) <= set(EVERY_DAY):
            raise _bad("days", "No weekday is chosen.", "Choose at least one.")
        if not 0 <= self.wait_hours <= 20:
            raise _bad("wait_hours", f"{self.wait_hours:g} hours is out of range.", "Use 0 to 20.")
        self._check_sending(settings)
        return replace(trimmed, days=tuple(sorted(set(self.days))))

    def _check_sending(self, settings: Settings) -> None:
        if (self.destination or self.webhook) and not self.audience:
            raise _bad("audience", "There is no list to send.", "Choose an audience, or nowhere to send to.")
        if self.destination and self.destination not in {one.name for one in destinations(settings)}:
            raise _bad(
                "destination",
                f"“{self.destination}” is none of the places lists may be put in.",
                "Choose one from the list; PREDICTOR_DESTINATIONS names them.",
            )
        if self.webhook:
            check_url(self.webhook, private=settings.webhook_private)
        if len(self.messages) > MOST_URLS:
            raise _bad("messages", "These are too many addresses.", f"Use up to {MOST_URLS}.")
        for address in self.messages:
            check_address(address)


def read_definition(told: Mapping[str, Any]) -> Definition:
    """Return a definition from plain JSON; what isn't told is as at the beginning.

    Raises
    ------
    ScheduleError
        If it has a name no schedule has, or a value of the wrong kind.
    """
    known = {each.name: each for each in fields(Definition)}
    for name in told:
        if name not in known:
            raise _bad(name[:40], "A schedule has no such setting.", f"It has {', '.join(known)}.")
    return Definition(**{name: _read(name, known[name].default, value) for name, value in told.items()})


def clean_name(name: str) -> str:
    """Return a schedule's name on one line; ScheduleError if it is none."""
    cleaned = " ".join(name.split())[:MOST_NAME]
    if not cleaned:
        raise _bad("name", "The schedule has no name.", "Enter a name, so you can find it again.")
    return cleaned


def _read(name: str, default: object, value: Any) -> Any:  # noqa: ANN401
    if name in ("days", "messages"):
        kind: type = int if name == "days" else str
        listed = value if isinstance(value, Sequence) and not isinstance(value, str) else [None]
        if all(isinstance(one, kind) and not isinstance(one, bool) for one in listed):
            return tuple(listed)
        raise _bad(name, f"{json.dumps(value, default=str)[:60]} is no such list.", "Correct it.")
    if isinstance(default, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, str) and isinstance(value, str):
        return value
    raise _bad(name, f"{json.dumps(value, default=str)[:60]} is of the wrong kind.", "Correct it.")


def _one_of(definition: Definition) -> None:
    choices = {"kind": get_args(Kind), "when": get_args(When), "complete": get_args(Complete)}
    choices |= {"told": get_args(Told), "columns": COLUMNS}
    for name, known in choices.items():
        if getattr(definition, name) not in known:
            said = f"“{getattr(definition, name)}” can't be chosen."
            raise _bad(name, said, f"Use {', '.join(known)}.")


def _check_files(definition: Definition, settings: Settings) -> None:
    if definition.source not in {one.name for one in sources(settings)}:
        raise _bad(
            "source",
            f"“{definition.source}” isn't a source." if definition.source else "No source is chosen.",
            "Choose one from the list; PREDICTOR_SOURCES names them.",
        )
    checked_path(definition.folder, may_be_empty=True)


def _check_query(definition: Definition, settings: Settings) -> None:
    if definition.database not in settings.databases:
        raise _bad(
            "database",
            f"“{definition.database}” isn't a database." if definition.database else "No database is chosen.",
            "Choose one from the list; PREDICTOR_DATABASES names them.",
        )
    if definition.when != "daily":
        raise _bad("when", "A query can't arrive by itself.", "Run it daily.")
    check_sql(definition.sql[:MOST_SQL])


def _bad(name: str, message: str, remedy: str) -> ScheduleError:
    return ScheduleError(message, where=name, remedy=remedy)
