"""When an event happened, in UTC and by the shop's clock, from whatever columns tell it.

Hours, weekdays and days are the shop's: by its time zone where one is set, else by the offsets that times
are written with, else UTC. ``utc_offset`` holds the minutes in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from core.base.sql import literal
from core.ingest.base.assumptions import Assumption, Severity
from core.ingest.base.model import Mapping, is_time_zone
from core.ingest.cells import moments
from core.ingest.cells.hours import hour_in, hour_of_day
from core.ingest.cells.plain import is_plain_time
from core.ingest.cells.sniff import (
    SERIAL,
    SPOILT_ID,
    TimeStyle,
    fits_format,
    is_order_open,
    looks_like_time,
    time_style,
)
from core.ingest.columns import zones
from core.ingest.columns.date_order import order_of_dates
from core.ingest.columns.time_texts import TimeTexts, rewritten
from core.ingest.files.source import Source
from core.ingest.formats.twins import is_time_name
from core.schema.countries import plain

#: A time of day and nothing else: its day stands in another column.
CLOCK_ONLY = re.compile(
    r"\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s*[ap]\.?m\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?\s*", re.I
)
#: A time of day without marks between hours, minutes and seconds, or of hours alone.
_BARE_CLOCK = re.compile(r"\s*(([01]?\d|2[0-3])[0-5]\d[0-5]\d|[01]?\d|2[0-3])\s*")
#: A time of day that says the hour alone.
_HOUR_ONLY = re.compile(r"\s*\d{1,2}(:00(:00(\.0+)?)?)?(\s*[ap]\.?m\.?)?\s*", re.I)
_BARE_PARTS, _MARKED = r"^\s*(\d{1,2})(\d{2})(\d{2})\s*$", r"\1:\2:\3"
_NOTHING = r"[ T]0?0:00(:00(\.0+)?)?\s*$"
#: A date whose year stands first and its month last.
_DAY_SECOND = re.compile(r"\s*\d{4}[-/](1[3-9]|2\d|3[01])[-/](0?[1-9]|1[0-2])(?!\d)")
AS_WRITTEN = "as written"
#: Formats that nobody's tracker writes.
_OPEN_FORMATS = (None, "canonical", "named_columns", "session_rows")


@dataclass(slots=True)
class TimeColumns:
    """SQL by canonical column of time, the cell that a moment or a day comes from, and what was assumed.

    ``has_open_offset`` says that offsets are looked for in every row, though the head of the file has none.
    """

    sql: dict[str, str] = field(default_factory=dict)
    cell: str | None = None
    time_zone: str | None = None
    assumptions: list[Assumption] = field(default_factory=list)
    has_open_offset: bool = False


def is_clock(cells: list[str]) -> bool:
    """Whether all cells are a time of day and nothing else, and there are some."""
    return bool(cells) and (_has_minutes(cells) or all(hour_in(cell) is not None for cell in cells))


def _has_minutes(cells: list[str]) -> bool:
    """Whether times of day may have minutes, written with marks between them or without."""
    return any(all(way.fullmatch(cell) for cell in cells) for way in (CLOCK_ONLY, _BARE_CLOCK))


def time_columns(source: Source, mapping: Mapping, connection: duckdb.DuckDBPyConnection) -> TimeColumns:
    """Work out how ``timestamp``, ``date`` and ``utc_offset`` are made."""
    reader = _Reader(source, mapping, connection)
    for target in ("timestamp", "date"):
        if target in mapping.columns:
            reader.read(target)
    if "timestamp" in reader.made.sql:
        reader.read_zone()
        reader.say_of_twins()
    return reader.made


class _Reader:
    def __init__(self, source: Source, mapping: Mapping, connection: duckdb.DuckDBPyConnection) -> None:
        self.source, self.mapping, self.connection = source, mapping, connection
        self.made = TimeColumns()
        self._texts: dict[str, TimeTexts] = {}
        self._way = ""
        self.is_split = self._is_split()

    def _is_split(self) -> bool:
        """Whether the date and the time of day stand in two columns."""
        columns = self.mapping.columns
        if not {"timestamp", "date"} <= columns.keys():
            return False
        clocks = self.source.head.values(columns["timestamp"])
        return is_clock(clocks)

    def values(self, target: str) -> list[str]:
        return [zones.with_offset(cell) for cell in self.texts(target).cells]

    def texts(self, target: str) -> TimeTexts:
        """Return the cells of a time and their SQL, in writings that are known."""
        if target not in self._texts:
            self._texts[target] = rewritten(self._values(target), self._cell(target))
        return self._texts[target]

    def _values(self, target: str) -> list[str]:
        names, rows = self.source.names, self.source.head.rows
        if not (self.is_split and target == "timestamp"):
            return self.source.head.values(self.mapping.columns[target])
        day, clock = (names.index(self.mapping.columns[name]) for name in ("date", "timestamp"))
        if not _has_minutes(self.source.head.values(self.mapping.columns["timestamp"])):
            hours = [hour_in(row[clock] or "") for row in rows]
            clocks = ["" if hour is None else f"{hour:02}" for hour in hours]
        else:
            clocks = [re.sub(_BARE_PARTS, _MARKED, row[clock] or "") for row in rows]
        return [
            f"{re.sub(_NOTHING, '', row[day] or '')} {time if ':' in time else f'{time}:00'}"
            for row, time in zip(rows, clocks, strict=True)
            if row[day] and time
        ]

    def cell(self, target: str) -> str:
        texts = self.texts(target)
        cell = texts.sql
        if not any(zones.NAMED.search(text) for text in texts.cells):
            return cell
        # Before anything reads it: a file of a year names two zones, and the head shows one.
        name = f"regexp_extract({cell}, '\\s([A-Z]{{3,4}})\\s*$', 1)"
        cases = " ".join(f"WHEN '{zone}' THEN '{offset}'" for zone, offset in zones.ABBREVIATED.items())
        bare = f"regexp_replace({cell}, '\\s+[A-Z]{{3,4}}\\s*$', '')"
        return f"coalesce({bare} || CASE {name} {cases} END, {cell})"

    def _cell(self, target: str) -> str:
        cell = self.source.cell(self.mapping.columns[target])
        if not (self.is_split and target == "timestamp"):
            return cell
        day = self.source.cell(self.mapping.columns["date"])
        if not _has_minutes(self.source.head.values(self.mapping.columns[target])):
            cell = f"coalesce(lpad(CAST({hour_of_day(cell)} AS VARCHAR), 2, '0') || ':00', {cell})"
        elif all(map(_BARE_CLOCK.fullmatch, self.source.head.values(self.mapping.columns[target]))):
            cell = f"regexp_replace({cell}, {literal(_BARE_PARTS)}, {literal(_MARKED)})"
            cell = f"CASE WHEN contains({cell}, ':') THEN {cell} ELSE {cell} || ':00' END"
        return f"(regexp_replace({day}, {literal(_NOTHING)}, '') || ' ' || {cell})"

    def read(self, target: str) -> None:
        """Make the column of a time or a day."""
        made = self.made
        if target == "date" and self.is_split:
            return
        style, cell = self._style(target), self.cell(target)
        read = moments.moment(
            cell, style.way, day_first=style.day_first is not False, unit=self.mapping.time_unit
        )
        if next_day := self.texts(target).is_next_day:
            read = f"({read} + CASE WHEN {next_day} THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END)"
        self._say_of_writing(target, style)
        spoilt = next((each for each in self._values(target) if SPOILT_ID.fullmatch(each)), None)
        if spoilt:
            self._assume(
                "error",
                f"Times in “{self.mapping.columns[target]}” lost digits in a spreadsheet ({spoilt.strip()}), "
                "so they are off by hours or days. Export again without opening the file in a spreadsheet.",
            )
        if target == "timestamp" and style.date_only:
            made.sql["date"], made.cell = f"CAST({read} AS DATE)", cell
            name = self.mapping.columns[target]
            self._assume("warning", f"“{name}” has the day but no time of day.")
        elif target == "timestamp":
            made.sql["timestamp"], made.cell, self._way = read, cell, style.way
        else:
            made.sql["date"] = f"CAST({read} AS DATE)"

    def _say_of_writing(self, target: str, style: TimeStyle) -> None:
        """Say which of several things a way of writing times may mean it is read as."""
        name, cells, texts = self.mapping.columns[target], self.values(target), self.texts(target)
        for said in texts.said:
            self._assume("warning", f"“{name}” {said}.")
        if style.way == SERIAL:
            day = date(1899, 12, 30) + timedelta(days=float(cells[0].replace(",", ".")))
            self._assume(
                "warning",
                f"“{name}” holds days as spreadsheets store them, counted from 1900: {cells[0].strip()} is "
                f"{day:%d %B %Y}. Some Macs count from 1904, which is four years and a day later.",
            )
        if style.way.startswith("%y"):
            self._assume("warning", f"Dates in “{name}” ({cells[0].strip()}) are read as year, month, day.")
        if odd := next((cell.strip() for cell in cells if _DAY_SECOND.match(cell)), None):
            self._assume(
                "error",
                f"Dates in “{name}” have the day before the month ({odd}): they can't be read, and "
                "those that "
                "could be either are read as year-month-day. Export them as 2026-12-31.",
            )
        if texts.is_next_day:
            self._assume("info", f"24:00 in “{name}” is read as midnight at the end of that day.")

    def _style(self, target: str) -> TimeStyle:
        cells = self.values(target)
        style = time_style(cells, day_first=self.mapping.day_first)
        if style.way.startswith("%y") or not is_order_open(cells):
            return style
        if self.mapping.day_first is not None:
            read = "day/month" if self.mapping.day_first else "month/day"
            self._assume("info", f"The dates in “{self.mapping.columns[target]}” are read as {read}.")
            return style
        return time_style(cells, day_first=self._day_first(target, usual=style.day_first is not False))

    def _day_first(self, target: str, *, usual: bool) -> bool:
        # The head of the file doesn't tell 1/2 from 2/1: look at the whole column.
        cell, pattern = self.cell(target), r"'^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}'"
        query = ", ".join(f"max(try_cast(regexp_extract({cell}, {pattern}, {n}) AS INT))" for n in (1, 2))
        first, second = self.connection.execute(f"SELECT {query} FROM {self.source.relation}").fetchall()[0]
        name = self.mapping.columns[target]
        if (second or 0) > 12 >= (first or 0):
            return False
        if (first or 0) > 12 >= (second or 0):
            return True
        told = order_of_dates(self.source.head, name) if (first or 0) <= 12 else None
        usual = told.day_first if told else usual
        read = "day/month" if usual else "month/day"
        if told and told.is_proof:
            self._assume("info", f"The dates in “{name}” are read as {read}, {told.why}.")
        elif (first or 0) <= 12:
            why = f", {told.why}" if told else ""
            self._assume(
                "warning",
                f"The dates in “{name}” could be day/month or month/day; they are read as {read}{why}.",
            )
        else:
            self._assume(
                "error",
                f"Some dates in “{name}” have the day first and others the month; those that could be either "
                f"are read as {read}. Export them in one format, such as 2026-12-31.",
            )
        return usual

    def read_zone(self) -> None:
        """Bring times into UTC, and make the minutes between it and the shop's clock where they are known."""
        cells, zone = self.values("timestamp"), self.mapping.time_zone
        is_told = any(map(zones.is_zoned, cells))
        bare = next((cell.strip() for cell in cells if zones.is_naive(cell)), None)
        is_naive = bare is not None and not is_told
        is_local = is_naive and zone is not None and self.mapping.local_times
        beside = None if is_local else self._zone_beside()
        if beside and is_naive:
            self._read_zone_beside(beside)
            is_told = True
        elif is_local:
            # First, so that everything that follows starts from the right moment.
            instant = f"timezone('UTC', timezone({literal(zone)}, m))"
            if self._quick or self._way == "iso":  # further down, times may say their zone
                bare = zones.naive(self.made.cell or "")
                bare = f"{self._quick} IS NOT NULL OR {bare}" if self._quick else bare
                instant = f"CASE WHEN {bare} THEN {instant} ELSE m END"
            self.made.sql["timestamp"] = _of(self.made.sql["timestamp"], instant)
            self._assume(
                "warning",
                f"Times are read as local time in {zone}; when clocks go back, one hour occurs twice and "
                "its times are ambiguous.",
            )
        elif is_naive:
            self._assume("warning" if zone else "info", zones.READ_AS_UTC)
        elif bare is not None:
            self._read_mixed(bare, zone)
        if beside and bare is None and "utc_offset" not in self.mapping.columns:
            self._read_offset_beside(beside)
        self._offsets(cells, zone)

    def _read_offset_beside(self, name: str) -> None:
        """Take the clock from offsets beside times in UTC; names of zones there are often the browser's."""
        if not zones.unread_offsets(self.connection, self.source.head.values(name)):
            self.made.sql["utc_offset"] = zones.offset_minutes(self.source.cell(name))

    def _read_mixed(self, example: str, zone: str | None) -> None:
        """Read times without a zone beside others that have one."""
        read_as = "UTC"
        if zone is not None and self.mapping.local_times:
            read_as = f"local time in {zone}"
            instant = f"CASE WHEN {zones.naive(self.made.cell or '')} THEN timezone('UTC', timezone("
            self.made.sql["timestamp"] = _of(
                self.made.sql["timestamp"], f"{instant}{literal(zone)}, m)) ELSE m END"
            )
        name = self.mapping.columns["timestamp"]
        self._assume(
            "warning",
            f"Some times in “{name}” have a time zone and others don't ({example}); those without are read "
            f"as {read_as}.",
        )

    def say_of_twins(self) -> None:
        """Say which of several times is read, and that hours alone leave the order within them open."""
        name = self.mapping.columns["timestamp"]
        is_log = self.mapping.kind == "events"
        if (
            is_log
            and self.is_split
            and all(_HOUR_ONLY.fullmatch(cell) for cell in self.source.head.values(name))
        ):
            self._assume(
                "warning",
                f"“{name}” has no minutes, so the order of events within an hour is unknown, and none in the "
                "hour of a purchase counts as before it.",
            )
        if self.mapping.format not in _OPEN_FORMATS:
            return  # a tracker's formats say which of its times is meant
        free = (each for each in self.source.names if each not in self.mapping.columns.values())
        others = [
            each for each in free if is_time_name(each) and looks_like_time(self.source.head.values(each))
        ]
        others = [each for each in others if self.source.head.column(each) != self.source.head.column(name)]
        if others:
            listed = ", ".join(f"“{each}”" for each in others[:3])
            self._assume(
                "info", f"“{name}” is read as {'the time' if is_log else 'the start'}, not {listed}."
            )

    def _zone_beside(self) -> str | None:
        """Return the column that names the zone of each time, or its offset."""
        if self.mapping.format not in _OPEN_FORMATS:
            return None  # a tracker's times are in UTC, and its zone is the browser's
        for name in self.source.names:
            cells = self.source.head.values(name)
            if name in self.mapping.columns.values() or plain(name) not in zones.ZONE_NAMES or not cells:
                continue
            if all(zones.ZONE_OFFSET.fullmatch(cell) or is_time_zone(cell.strip()) for cell in cells):
                return name
        return None

    def _read_zone_beside(self, name: str) -> None:
        """Bring local times into UTC by the zone that stands beside each."""
        made, cell = self.made, f"trim({self.source.cell(name)})"
        local = made.sql["timestamp"]
        offset = zones.offset_minutes(cell)
        zone = f"CASE WHEN contains({cell}, '/') THEN {cell} ELSE 'UTC' END"
        made.sql["timestamp"] = _of(
            local, f"coalesce(m - to_minutes({offset}), timezone('UTC', timezone({zone}, m)))"
        )
        made.sql["utc_offset"] = f"date_diff('minute', {made.sql['timestamp']}, {local})"
        self._assume("warning", f"Times are read as local times of the zone in “{name}”.")

    def _offsets(self, cells: list[str], zone: str | None) -> None:
        made = self.made
        told = [match for cell in cells if (match := re.search(zones.OFFSET, cell))]
        is_written = any(match[2] != "00" or match[3] not in (None, "00") for match in told)
        if zone is not None:
            minutes = f"date_diff('minute', m, timezone({literal(zone)}, timezone('UTC', m)))"
            made.sql["utc_offset"] = _of(made.sql["timestamp"], minutes)
            made.time_zone = zone
            self._assume("info", f"Hours, weekdays and days are in {zone} time.")
        elif any(zones.NAMED.search(cell) for cell in cells):
            clock = f"try_cast(regexp_replace({made.cell}, '\\s+[A-Za-z_/]+\\s*$', '') AS TIMESTAMP)"
            made.sql["utc_offset"] = _of(made.sql["timestamp"], f"date_diff('minute', m, {clock})")
            made.time_zone = AS_WRITTEN
            self._assume("info", "Hours, weekdays and days follow the zone given with each time.")
        elif is_written or "utc_offset" in made.sql or self._has_offsets():
            if is_written:
                made.sql["utc_offset"] = zones.written_offset(made.cell or "")
            made.time_zone = AS_WRITTEN
            self._assume("info", zones.BY_OFFSET)
        else:
            self._assume("info", zones.IN_UTC)
            if self._quick and is_plain_time(made.cell or "", self._way, fits_format):
                return  # a time with an offset would not be plain
            if self._quick or self._way == "iso":
                made.sql["utc_offset"] = zones.late_offset(made.cell or "", self._quick)
                made.has_open_offset = True

    @property
    def _quick(self) -> str | None:
        """SQL that reads times as most are written in the head of the file; None if that is no one way."""
        return f"try_strptime({self.made.cell}, {literal(self._way)})" if self._way.startswith("%") else None

    def _has_offsets(self) -> bool:
        """Whether a column of offsets has one that can be read."""
        if "utc_offset" not in self.mapping.columns:
            return False
        cells = self.source.head.values(self.mapping.columns["utc_offset"])
        return len(zones.unread_offsets(self.connection, cells)) < len(set(cells))

    def _assume(self, severity: Severity, text: str) -> None:
        self.made.assumptions.append(Assumption(severity, text))


def _of(moment: str, made: str) -> str:
    """Return SQL that makes something of a moment, called ``m``, which is worked out once."""
    return f"list_transform([{moment}], lambda m: {made})[1]"
