"""Read session rows: any subset of the known columns, the unknown ones kept, one row a session."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from core.base.formulas import original_sql
from core.base.progress import Progress, part
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.base.written import agree, counted
from core.ingest.base.assumptions import unusable_cells
from core.ingest.base.database import one, run
from core.ingest.base.duplicates import find_doubles
from core.ingest.base.model import Mapping
from core.ingest.cells import values
from core.ingest.cells.hours import hour_of_day
from core.ingest.cells.sniff import are_grouped_counts, are_numbers, decimal_sign, is_total
from core.ingest.columns.amounts import amount_columns
from core.ingest.columns.codes import add_codes
from core.ingest.columns.session_codes import colour_group, country_groups, day_numbers
from core.ingest.columns.times import AS_WRITTEN
from core.ingest.events import DUPLICATE, Outcome
from core.ingest.files.source import HEADER, ROW, Source
from core.ingest.formats import Format
from core.ingest.formats.base import by_plain_name
from core.ingest.formats.guess import currency_column
from core.ingest.recognition.recognise import fill, told_by
from core.ingest.session_currencies import MONEY, mark_currencies
from core.ingest.session_durations import seconds
from core.ingest.session_flags import flag, say_of_flags, say_of_outcomes
from core.ingest.session_hours import say_of_hours
from core.ingest.session_ids import tell_spoilt_ids
from core.ingest.session_merging import PUT_TOGETHER, put_together, say_unlike
from core.ingest.session_reading import SessionReading
from core.ingest.session_robots import leave_out
from core.ingest.session_rules import day_shift, settle_sessions, tell_reused_ids
from core.ingest.session_times import (
    say_of_midnights,
    say_of_offsets,
    say_of_other_times,
    say_of_unread_starts,
    start_columns,
)
from core.ingest.settling.moments import FUTURE, LATEST
from core.schema.countries import country_code, plain
from core.schema.sessions import FIELD, PREDICTION_SCHEMA, SESSION_FIELDS, SESSION_SCHEMA

SAME_ID = "Another row has the same session id."
NOTHING = "The row has nothing but an id."
TOTAL = "It is a totals row, not a session."
SQL_TYPES = {pa.string(): "VARCHAR", pa.timestamp("us"): "TIMESTAMP", pa.int64(): "BIGINT",
             pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}  # fmt: skip
_CODED = ("country", "country_group", "dominant_colour_group", "day_of_week")
_PER_CELL = ("count", "amount", "seconds")
#: Digits that aren't a number: a postcode or a phone number, whose first 0 or + would be lost.
_SPELT = r"^\s*(0\d{3,}\s*$|\+\d{7})"


def read_sessions(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    form: Format | None,
    work: Path,
    *,
    settings: Settings,
    progress: Progress,
) -> tuple[Outcome, Path]:
    """Write the source's session rows as Parquet into ``work``; refused rows go to the table ``refused``."""
    reading = SessionReading(connection, source, mapping, form, settings)
    # Which of two rows with one id is kept, and the id of a row without one, hang on the order of rows.
    connection.execute("SET preserve_insertion_order = true")
    currency = currency_column(source.head, mapping.columns.values())
    told = {"currency": currency} if currency else {}
    made = amount_columns(source, replace(mapping, columns={**mapping.columns, **told}), MONEY)
    reading.amounts = made.sql
    for assumption in made.assumptions:
        reading.say(assumption.severity, assumption.text)
    reading.start = start_columns(reading)
    given = _stage(reading, part(progress, 0.0, 0.6))
    say_of_offsets(reading)
    progress(0.6, "Checking the sessions")
    tell_spoilt_ids(reading, given)
    say_of_unread_starts(reading, given)
    say_of_other_times(reading, given)
    repeats = "session_id" in given and _repeats_ids(reading)
    if repeats:
        tell_reused_ids(reading, given)
    mark_currencies(reading)
    alike = put_together(reading, given) if repeats else "false"
    _refuse(reading, given, alike, repeats=repeats)
    say_unlike(reading, SAME_ID)
    reading.robots = leave_out(reading, given)
    settle_sessions(reading, given)
    say_of_midnights(reading, given)
    say_of_hours(reading, given)
    say_of_flags(reading, given)
    say_of_outcomes(reading, given)
    extras = _extras(reading)
    for name in _CODED:
        if name in given:
            _recode(reading, name, given)
    progress(0.8, "Writing the sessions")
    out = work / "sessions.parquet"
    columns = {**_final(reading, given), **extras}
    select = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.items())
    joins = " ".join(f"LEFT JOIN codes_{n} ON codes_{n}.raw = s.{n}" for n in _CODED if n in given)
    kept = f"{ROW} NOT IN (SELECT {ROW} FROM refused)"
    connection.execute(
        f"COPY (SELECT {select} FROM staged s {joins} WHERE {kept} ORDER BY {ROW}) "
        f"TO {literal(out)} (FORMAT parquet)"
    )
    return _outcome(reading, given, extras, out), out


def _stage(reading: SessionReading, progress: Progress) -> set[str]:
    """Make the table ``staged``: row number, cells, and each known column as read; return those."""
    made = {name: _expression(reading, name) for name in reading.mapping.columns}
    if reading.form:
        cells = {plain(name): reading.source.cell(name) for name in reversed(reading.source.names)}
        made.update({name: fill(template, cells) for name, template in reading.form.derived.items()})
    select = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in made.items())
    offset = reading.start.sql.get("utc_offset") if reading.start else None
    extra = f", {offset or 'NULL::BIGINT'} AS utc_offset, {reading.source.cells}"
    table = f"SELECT {ROW}, {select}{extra} FROM {reading.source.numbered}"
    query = f"CREATE OR REPLACE TEMP TABLE staged AS {table}"
    run(reading.connection, query, progress, "Reading the sessions")
    may_be_total = values.may_be_total("session_id") if "session_id" in made else "false"
    rows = one(reading.connection, f"SELECT count(*), count(*) FILTER ({may_be_total}) FROM staged")
    reading.n_rows, n_totals = (int(str(n)) for n in rows)
    if n_totals:
        reading.is_total = values.is_total("session_id")
    return set(made)


def _repeats_ids(reading: SessionReading) -> bool:
    """Whether some rows may have the same session id."""
    ids = "SELECT hash(session_id) AS h FROM staged WHERE session_id IS NOT NULL"
    return find_doubles(reading.connection, ids, reading.n_rows, table="repeated_ids")


def _expression(reading: SessionReading, name: str) -> str:
    cell, kind = reading.cell(name), FIELD[name].kind
    if name in _CODED:
        return values.text(cell)
    if name == "hour":
        return hour_of_day(cell)
    if kind == "flag":
        return flag(reading, name)
    if kind == "time" and reading.start:
        return reading.start.sql.get("timestamp") or f"CAST({reading.start.sql['date']} AS TIMESTAMP)"
    if kind in _PER_CELL:
        return _number(reading, name, cell)
    # Our own files are read again: their ids have an apostrophe where a spreadsheet would run them.
    return original_sql(values.text(cell)) if kind == "id" else values.text(cell)


def _number(reading: SessionReading, name: str, cell: str) -> str:
    if name in MONEY:
        return reading.amounts[name]
    dialect, cells = reading.source.head.dialect, reading.values(name)
    separator = dialect.separator if dialect else None
    if values.has_foreign_digits(cells):
        cell, cells = values.western_digits(cell), values.in_western_digits(cells)
    sign = reading.mapping.decimal or decimal_sign(cells, separator=separator) or "."
    if FIELD[name].kind == "count" and are_grouped_counts(cells):
        grouped = f"regexp_matches(trim({cell}), {literal(values.GROUPED)})"
        return f"CASE WHEN {grouped} THEN {values.whole_amount(cell)} ELSE {values.amount(cell, sign)} END"
    if FIELD[name].kind != "seconds":
        return values.amount(cell, sign)
    read = seconds(reading, name, cell, values.number(cell, sign))
    return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({read}, {values.UNREADABLE}) END"


def _refuse(reading: SessionReading, given: set[str], alike: str, *, repeats: bool) -> None:
    connection, source = reading.connection, reading.source
    fault = "WHEN fault IS NOT NULL THEN fault" if source.faults else ""
    if source.is_header:
        fault += f"WHEN {source.is_header} THEN {literal(HEADER)}"
    if "session_id" in given:
        first = f"first_value({ROW}) OVER (PARTITION BY session_id ORDER BY {ROW})"
        twin = f"first_value({ROW}) OVER (PARTITION BY {source.data_cells} ORDER BY {ROW})"
        cases = (
            f"WHEN session_id IS NULL THEN 'The session id is empty.' "
            f"WHEN {reading.is_total} THEN {literal(TOTAL)} {_empty_but_id(reading)}"
        )
        rows = "SELECT * FROM staged"
        if repeats:
            cases += (
                f"WHEN twin < {ROW} THEN {literal(DUPLICATE)} "
                f"WHEN first < {ROW} AND alike THEN {literal(PUT_TOGETHER)} "
                f"WHEN first < {ROW} THEN {literal(SAME_ID)} "
            )
            rows = f"SELECT *, {first} AS first, {twin} AS twin, {alike} AS alike FROM staged"
        cases += _future(reading, given)
    else:
        totals = _labelled_total(reading)
        cases = f"WHEN {totals} THEN {literal(TOTAL)} {_future(reading, given)}"
        rows = "SELECT * FROM staged"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE refused AS SELECT {ROW}, reason, {source.data_cells} FROM "
        f"(SELECT *, CASE {fault} {cases} END AS reason FROM ({rows})) WHERE reason IS NOT NULL"
    )


def _empty_but_id(reading: SessionReading) -> str:
    """Return SQL that refuses a row that holds nothing but what stands in the place of its id."""
    own = reading.mapping.columns.get("session_id")
    others = [reading.source.cell(name) for name in reading.source.names if name != own]
    if own is None or not others:
        return ""
    return f"WHEN {' AND '.join(f'{cell} IS NULL' for cell in others)} THEN {literal(NOTHING)} "


def _labelled_total(reading: SessionReading) -> str:
    """Return SQL of whether a row without an id is one of totals, by the word in its first cell of text."""
    cells = {name: reading.source.head.values(name) for name in reading.source.names}
    named = [name for name, texts in cells.items() if any(map(is_total, texts)) and not are_numbers(texts)]
    return " OR ".join(values.is_total(reading.source.cell(name)) for name in named) or "false"


def _future(reading: SessionReading, given: set[str]) -> str:
    """Return SQL that refuses sessions of the future, unless most are: then our own clock is in doubt."""
    if "started_at" not in given:
        return ""
    late = f"started_at > {LATEST}"
    n = reading.count(f"SELECT count(*) FROM staged WHERE {late}")
    if not n:
        return ""
    if n * 2 > reading.n_rows:
        reading.say("warning", "Most sessions are in the future: check this computer's clock, or the export.")
        return ""
    reading.say(
        "warning", f"{counted(n, 'session')} with a time in the future {agree(n, 'is', 'are')} left out."
    )
    return f"WHEN {late} THEN {literal(FUTURE)}"


def _recode(reading: SessionReading, name: str, given: set[str]) -> None:
    """Make the table ``codes_<name>``: each value of a column and what it stands for."""
    query = f"SELECT DISTINCT {name} FROM staged WHERE {name} IS NOT NULL ORDER BY 1"
    found = [str(value) for (value,) in reading.connection.execute(query).fetchall()]
    book = (reading.form.codes if reading.form else {}).get(name, {})
    meaning = {value: book.get(value, value) for value in found}
    groups = (
        country_groups(meaning, reading.settings.home_market) if name in ("country", "country_group") else {}
    )
    codes: MappingABC[str, str | int | None]
    if name == "day_of_week":
        codes, note = day_numbers(found, day_shift(reading, given))
        for text in note:
            reading.say("warning", text)
    elif name == "country_group":
        codes = groups
    elif name == "country":
        codes = {value: country_code(meant) for value, meant in meaning.items()}
    else:
        codes = {value: colour_group(meant) for value, meant in meaning.items()}
    add_codes(reading.connection, f"codes_{name}", [(v, code, groups.get(v)) for v, code in codes.items()])
    lost = [value for value, code in codes.items() if code is None and groups.get(value) is None]
    if lost:
        label = reading.mapping.columns.get(name, name)
        listed = ", ".join(lost[:8]) + (" …" if len(lost) > 8 else "")
        reading.say("warning", f"Values of “{label}” that count as unknown: {listed}.")


def _extras(reading: SessionReading) -> dict[str, str]:
    """Return title -> SQL of the columns we have no name for, with the narrowest type that holds them all."""
    used = set(reading.mapping.columns.values())
    if reading.form:
        names = by_plain_name(reading.source.head)
        kept = {plain(name) for name in reading.form.kept}
        used |= {
            names[plain(name)]
            for name in reading.form.sources()
            if plain(name) in names and plain(name) not in kept
        }
    taken = {name.lower() for name in (*SESSION_SCHEMA.names, *PREDICTION_SCHEMA.names)}
    extras: dict[str, str] = {}
    for name in reading.source.names:
        if name in used:
            continue
        title = name if name.lower() not in taken else f"file_{name}"
        while title.lower() in taken:
            title += "_"
        taken.add(title.lower())
        extras[title] = _narrowest(reading, name)
    return extras


def _narrowest(reading: SessionReading, name: str) -> str:
    cell = reading.source.cell(name)
    dialect = reading.source.head.dialect
    sign = reading.mapping.decimal or decimal_sign(
        reading.source.head.values(name), separator=dialect.separator if dialect else None
    )
    number = (
        f"try_cast(replace({cell}, ',', '.') AS DOUBLE)" if sign == "," else f"try_cast({cell} AS DOUBLE)"
    )
    finite = f"CASE WHEN isfinite({number}) THEN {number} END"
    flag = f"CASE lower(trim({cell})) WHEN 'true' THEN true WHEN 'false' THEN false END"
    whole = f"try_cast({cell} AS BIGINT)"
    counts = one(
        reading.connection,
        f"SELECT count({cell}), count({flag}), count({finite}), "
        f"count(CASE WHEN {finite} = {whole} THEN 1 END), "
        f"count(CASE WHEN regexp_matches({cell}, '{_SPELT}') THEN 1 END) FROM staged",
    )
    filled, flags, numbers, wholes, spelt = (int(str(n)) for n in counts)
    if filled and flags == filled:
        return flag
    if filled and numbers == filled and not spelt:
        return whole if wholes == filled else finite
    return values.text(cell)


def _final(reading: SessionReading, given: set[str]) -> dict[str, str]:
    """Return SQL of each known column: as read, or from another one that tells it."""
    made = {name: f"codes_{name}.code" if name in _CODED else f"s.{name}" for name in given}
    if "day_of_week" in given:  # where no day is known, the column of their numbers has no type
        made["day_of_week"] = "CAST(codes_day_of_week.code AS BIGINT)"
    for name in given:
        if FIELD[name].kind in _PER_CELL and name not in ("hour", "day_of_week"):
            _note_unreadable(reading, name)
            known = f"CASE WHEN NOT ({values.unusable('s.' + name)}) THEN s.{name} END"
            made[name] = f"CAST(round({known}) AS BIGINT)" if FIELD[name].kind == "count" else known
    made.setdefault("session_id", f"CAST(s.{ROW} AS VARCHAR)")
    if "started_at" in made:
        zone = reading.mapping.time_zone
        local = f"timezone({literal(zone)}, timezone('UTC', s.started_at))" if zone else "s.started_at"
        if reading.start and "utc_offset" in reading.start.sql:
            local = "(s.started_at + to_minutes(coalesce(s.utc_offset, 0)))"
        is_timed = reading.start is None or "timestamp" in reading.start.sql
        made.setdefault("day_of_week", f"isodow({local if is_timed else 's.started_at'})")
        if is_timed:
            made.setdefault("hour", f"hour({local})")
        _say_of_start(reading, is_timed=is_timed)
    if "hour" in given:
        made["hour"] = "s.hour % 24"
    if "day_of_week" in made:
        made.setdefault("is_weekday", f"({made['day_of_week']} <= 5)")
    if "country" in given:
        made.setdefault("country_group", 'codes_country."group"')
    if "revenue" in given:
        made.setdefault("purchased", f"({made['revenue']} > 0)")
        # Who didn't buy paid nothing, whether or not the cell says so.
        made["revenue"] = (
            f"CASE WHEN NOT {made['purchased']} THEN 0 ELSE {made['revenue']} END"
            if ("purchased" in given)
            else made["revenue"]
        )
    return {
        f.name: f"CAST({made[f.name]} AS {SQL_TYPES[f.dtype]})"
        if f.name in made
        else f"NULL::{SQL_TYPES[f.dtype]}"
        for f in SESSION_FIELDS
    }


def _say_of_start(reading: SessionReading, *, is_timed: bool) -> None:
    zone = reading.mapping.time_zone
    if reading.start:
        reading.assumptions += [
            made for made in reading.start.assumptions if not made.text.startswith("Hours")
        ]
        zone = reading.start.time_zone or zone
    if is_timed:
        where = {None: "in UTC, because no time zone is set", AS_WRITTEN: "by each start's own UTC offset"}
        text = where.get(zone, f"those of {zone}")
        reading.say("info", f"Hours and weekdays taken from start times are {text}.")


def _note_unreadable(reading: SessionReading, name: str) -> None:
    n = int(
        str(
            one(
                reading.connection,
                f"SELECT count(*) FILTER ({values.unusable(name)}) FROM staged "
                f"WHERE {ROW} NOT IN (SELECT {ROW} FROM refused)",
            )[0]
        )
    )
    if n:
        made = unusable_cells(n, reading.label(name))
        reading.say(made.severity, made.text)


def _outcome(reading: SessionReading, given: set[str], extras: dict[str, str], out: Path) -> Outcome:
    kept, first, last = one(
        reading.connection,
        f"SELECT count(*), min(started_at), max(started_at) FROM read_parquet({literal(out)})",
    )
    if extras:
        reading.notes.append(f"Columns kept as they are: {', '.join(extras)}.")
    return Outcome(
        rows_read=reading.n_rows,
        rows_kept=int(str(kept)),
        told=told_by(reading.mapping, reading.form),
        currency=reading.currency,
        first=first.isoformat() if isinstance(first, datetime) else None,
        last=last.isoformat() if isinstance(last, datetime) else None,
        extras=tuple(extras),
        notes=reading.notes,
        assumptions=reading.assumptions,
        money=reading.money,
        time_zone=(reading.start.time_zone if reading.start else reading.mapping.time_zone)
        if "started_at" in given
        else None,
        robots=reading.robots,
    )
