"""What is known about a file: what it was recognised as, how its columns map, what came of reading it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import available_timezones

from core.base.errors import MappingError
from core.ingest.base.assumptions import Assumption, Money
from core.schema.events import EVENT_SCHEMA, EventType, Told
from core.schema.sessions import SESSION_SCHEMA

Kind = Literal["events", "sessions"]
KINDS: tuple[Kind, ...] = ("events", "sessions")
TIME_UNITS = ("s", "ms", "us", "ns")

_OBJECTS = ("columns", "event_types", "rates", "internal")

#: In ``Mapping.event_types``: what every row is, in a file without a column that says so.
EVERY_ROW = "*"
#: In front of an event type, while a file is read: a word of the source that isn't known yet.
UNSEEN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Which source column is what, and how its cells are to be read.

    ``columns`` maps a canonical column to the source column it comes from, ``event_types`` a word of
    the source to an event type (``"*"`` stands for every row). What is None is found out from the file.
    ``format`` is the key of a known format, whose code books and derived columns then apply.

    ``time_zone`` is the shop's (IANA name), which decides hours, weekdays and days; ``local_times`` says
    that times without a zone of their own are by its clock rather than UTC. ``rates`` say what
    one unit of another currency is worth in ``currency``. ``internal`` are patterns (``*`` stands for
    anything) of a canonical column that tell the team's own visits, which are left out as robots are,
    unless ``keep_robots`` says that those count.
    """

    kind: Kind
    format: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    event_types: dict[str, str] = field(default_factory=dict)
    time_unit: str | None = None
    day_first: bool | None = None
    decimal: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    local_times: bool = False
    rates: dict[str, float] = field(default_factory=dict)
    internal: dict[str, list[str]] = field(default_factory=dict)
    keep_robots: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_dict(cls, mapping: MappingABC[str, Any]) -> Mapping:
        """Read what ``to_dict`` wrote, or a recipe's file, which holds that; unknown keys are refused.

        Raises
        ------
        MappingError
            If a key or value can't be one of a mapping.
        """
        if not isinstance(mapping, MappingABC):
            raise MappingError(
                "A mapping must be a JSON object.", remedy="Start from what `inspect --json` prints."
            )
        if isinstance(inner := mapping.get("mapping"), MappingABC) and "fingerprint" in mapping:
            mapping = inner
        unknown = sorted(set(mapping) - set(cls.__slots__))
        if unknown or "kind" not in mapping:
            found = f"It has {', '.join(unknown)}." if unknown else "It has no “kind”."
            raise MappingError(
                f"The mapping can't be read. {found}", remedy="Use the keys of a mapping only."
            )
        if not all(isinstance(mapping.get(name, {}), MappingABC) for name in _OBJECTS):
            raise MappingError(
                f"Of a mapping, {', '.join(f'“{name}”' for name in _OBJECTS)} are JSON objects."
            )
        made = cls(**{**mapping, **{name: dict(mapping.get(name, {})) for name in _OBJECTS}})
        made.validate()
        return made

    def validate(self, source: Iterable[str] | None = None) -> None:
        """Check the mapping by itself and, if given, against the names of the source's columns.

        Raises
        ------
        MappingError
            Naming the first thing that can't be.
        """
        if self.kind not in KINDS:
            raise MappingError(f"“{self.kind}” isn't a kind of file.", remedy="Use events or sessions.")
        known = (EVENT_SCHEMA if self.kind == "events" else SESSION_SCHEMA).names
        for target in self.columns:
            if target not in known:
                raise MappingError(
                    f"There is no column “{target}”.", remedy=f"Use one of {', '.join(known)}."
                )
        self._validate_words()
        if source is not None:
            self._validate_columns(set(source))
        self._validate_required()

    def _validate_words(self) -> None:
        for word, event_type in self.event_types.items():
            if event_type not in set(EventType):
                raise MappingError(
                    f"“{event_type}”, given for “{word}”, isn't an event type.",
                    remedy=f"Use one of {', '.join(EventType)}.",
                )
        if self.time_unit not in (None, *TIME_UNITS):
            raise MappingError(f"“{self.time_unit}” isn't a unit of time.", remedy="Use s, ms, us or ns.")
        if self.decimal not in (None, ".", ","):
            raise MappingError(f"“{self.decimal}” isn't a decimal sign.", remedy="Use a point or a comma.")
        if self.time_zone is not None and not is_time_zone(self.time_zone):
            raise MappingError(
                f"“{self.time_zone}” isn't a time zone.", remedy="Use a name such as Europe/Berlin."
            )
        for code, rate in self.rates.items():
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
                raise MappingError(f"“{rate}” isn't a rate for {code}.", remedy="Use a number above 0.")
        for name, patterns in self.internal.items():
            if name not in EVENT_SCHEMA.names or not isinstance(patterns, list | tuple):
                raise MappingError(
                    f"“{name}” can't identify internal visits.",
                    remedy='Use an event column and a list of patterns: {"user_id": ["qa-*"]}.',
                )

    def _validate_columns(self, source: set[str]) -> None:
        for target, name in self.columns.items():
            if name not in source:
                raise MappingError(
                    f"The file has no column “{name}”, mapped as the {target}.",
                    remedy="Choose one of the file's own columns.",
                )

    def _validate_required(self) -> None:
        if self.kind == "sessions":
            if not set(self.columns) - {"session_id", "visitor_id", "purchased", "revenue"}:
                raise MappingError(
                    "No column records what happened in a session.",
                    remedy="Map at least one such column, for example the number of clicks.",
                )
            return
        if not {"session_id", "visitor_id", "user_id"} & set(self.columns):
            raise MappingError(
                "No column shows which events belong together.", remedy="Map a session id or a visitor id."
            )
        if "session_id" not in self.columns and "timestamp" not in self.columns:
            raise MappingError(
                "Without a session id, a time is needed to find where one visit ends.", remedy="Map a time."
            )
        if self.format is None and "event_type" not in self.columns and EVERY_ROW not in self.event_types:
            raise MappingError(
                "No column records what happened.",
                remedy="Map the column of event types, or say what every row is.",
            )


def conversion(
    mapping: Mapping, *, currency: str, rates: MappingABC[str, float]
) -> tuple[str | None, dict[str, float]]:
    """Return the currency amounts are wanted in, if any, and the rates of others.

    That is as the mapping says; one that names neither rates nor another currency follows the shop's.
    """
    if mapping.rates or not rates or mapping.currency not in (None, currency):
        return mapping.currency, mapping.rates
    return currency, dict(rates)


def main_currency(found: Sequence[str], wanted: str | None, rates: MappingABC[str, float]) -> str:
    """Return the currency of sessions' amounts: the wanted one where any can be had in it, else the first."""
    if wanted and (wanted in found or any(code in rates for code in found)):
        return wanted
    return found[0]


def is_time_zone(name: str) -> bool:
    """Whether a name is one of the IANA time zones."""
    return name in available_timezones()


#: Said of values of nested records that a format reads already, and of those read only if somebody maps them.
READ_ALREADY = "Already read by this format."
NESTED = "A nested value; map it to use it."
UNREAD = "Not used; map it to use it."
#: Said of other columns of session rows.
EXTRA = "Kept as a column of its own."
OPENED = frozenset({READ_ALREADY, NESTED, UNREAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumn:
    """One column of the file: some of its values, and the canonical column it becomes (None: unused)."""

    name: str
    examples: tuple[str, ...] = ()
    target: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What a file was recognised as, from its head, and why.

    ``question`` is what only the shop can say of a file whose format is known.
    """

    filename: str
    container: str
    table: str
    encoding: str | None
    separator: str | None
    decimal: str | None
    format: str | None
    title: str
    kind: Kind
    reasons: tuple[str, ...]
    columns: tuple[SourceColumn, ...]
    mapping: Mapping
    needs_mapping: bool
    preview: dict[str, list[Any]]
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    told: Told
    question: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_dict(cls, found: MappingABC[str, Any]) -> Recognition:
        """Read what ``to_dict`` wrote."""
        lists = {name: tuple(found[name]) for name in ("reasons", "unused", "notes")}
        columns = tuple(
            SourceColumn(**{**column, "examples": tuple(column["examples"])}) for column in found["columns"]
        )
        mapping = Mapping.__new__(Mapping)
        for name in Mapping.__slots__:  # a best guess may lack what a mapping needs: not validated
            object.__setattr__(mapping, name, found["mapping"].get(name, {} if name in _OBJECTS else None))
        told = Told.from_dict(found["told"])
        return cls(**{**found, **lists, "columns": columns, "mapping": mapping, "told": told})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What came of one file of several."""

    filename: str
    rows_read: int
    rows_kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What came of reading a whole export; ``files`` tells of each file where it has several.

    ``assumptions`` are what its numbers rest on, worst first; ``money`` its orders by currency, the one
    sessions' revenue is in first; ``time_zone`` what hours and weekdays are in where that isn't UTC;
    ``robots`` how many rows were left out as robots'.
    """

    format: str | None
    title: str
    kind: Kind
    rows_read: int
    rows_kept: int
    rejected: dict[str, int]
    told: Told
    currency: str | None = None
    first: str | None = None
    last: str | None = None
    extras: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[FileReport, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    money: tuple[Money, ...] = ()
    time_zone: str | None = None
    robots: int = 0

    @property
    def rows_rejected(self) -> int:
        """How many rows were refused, for whatever reason."""
        return sum(self.rejected.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_dict(cls, report: MappingABC[str, Any]) -> IngestReport:
        """Read what ``to_dict`` wrote."""
        lists = {name: tuple(report[name]) for name in ("extras", "notes")}
        records = {
            "files": tuple(FileReport(**file) for file in report.get("files", ())),
            "assumptions": tuple(Assumption(**made) for made in report.get("assumptions", ())),
            "money": tuple(Money(**amounts) for amounts in report.get("money", ())),
        }
        return cls(**{**report, **lists, **records, "told": Told.from_dict(report["told"])})


def _plain(value: object) -> object:
    if isinstance(value, (Mapping, Told)):
        return value.to_dict()
    if isinstance(value, (SourceColumn, FileReport, Assumption, Money)):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, dict) else value
