"""What a look at events that were just written shows: what has to be set right, and what isn't known.

Every row is written at once; here it is asked, mostly of words and statistics, whether that was right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from core.base.sql import identifier, literal
from core.ingest.base.database import one
from core.ingest.base.duplicates import find_doubles
from core.ingest.base.model import UNSEEN, Mapping
from core.ingest.cells.plain import UnlikeHeadError
from core.ingest.cells.sniff import currency_code
from core.ingest.cells.values import LARGEST_AMOUNT
from core.ingest.columns.amounts import AMOUNTS, unusable
from core.ingest.columns.codes import Recode, recoders
from core.ingest.columns.event_columns import EventColumns
from core.ingest.columns.office import office_status
from core.ingest.formats import Format
from core.schema.events import EVENT_SCHEMA, EventType

CODED = ("country", "colour", "currency", "order_status")
_TYPES = frozenset(EventType)
#: Rows that agree in this may be duplicates; those that do are compared in every cell of the file.
KEY = f"hash({', '.join(identifier(name) for name in EVENT_SCHEMA.names)})"
#: What is looked at first: nearly always it differs in all rows, and three columns are quickly read.
_ROUGH = ("timestamp", "date", "order")


@dataclass(slots=True)
class Findings:
    """What a look at the written columns showed."""

    rows: int
    refused: int
    unreadable: dict[str, int]
    recode: dict[str, dict[str, str | None]]
    unknown: dict[str, dict[str, int]]
    duplicates: bool
    types: set[str]
    #: Words for events that were read by their meaning, and those of the shop's office that were not.
    seen: frozenset[str] = frozenset()
    office: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing has to be set right."""
        return not (self.refused or self.duplicates or any(self.unreadable.values()) or self.recode)


def check_words(connection: duckdb.DuckDBPyConnection, raw: Path, columns: EventColumns) -> None:
    """Look once a word at what was taken as it stands.

    Raises
    ------
    UnlikeHeadError
        If one would be read as another, for blanks around it, say.
    """
    for name, read in columns.as_they_stand.items():
        words = f"SELECT DISTINCT {name} AS word FROM read_parquet({literal(raw)})"
        query = f"SELECT count(*) FROM ({words}) WHERE word IS DISTINCT FROM ({read})"
        if one(connection, query) != (0,):
            raise UnlikeHeadError(name)


def look(
    connection: duckdb.DuckDBPyConnection,
    raw: Path,
    columns: EventColumns,
    mapping: Mapping,
    form: Format | None,
) -> Findings:
    """Look at the events in ``raw``; keys that several rows have become the table ``suspects``."""
    written = f"read_parquet({literal(raw)})"
    amounts = _unusable_amounts(connection, written, [name for name in AMOUNTS if name in columns.given])
    marks = "".join(f", count(*) FILTER (event_type IS NOT NULL AND {unusable(name)})" for name in amounts)
    rows, kept, *unreadable = one(connection, f"SELECT count(*), count(event_type){marks} FROM {written}")
    findings = Findings(
        rows=int(str(rows)), refused=int(str(rows)) - int(str(kept)),
        unreadable={name: int(str(n)) for name, n in zip(amounts, unreadable, strict=True)},
        recode={}, unknown={}, duplicates=False, types=set(), seen=columns.words,
    )  # fmt: skip
    recode = recoders(mapping, form)
    if "currency" in columns.open_columns:  # whatever else stands beside a number is no currency
        recode["currency"] = lambda sign: currency_code(sign) or ""
    for name in ("event_type", *CODED):
        if name in columns.given:
            _look_at_codes(connection, written, name, recode[name], findings)
    if columns.is_timed:
        findings.duplicates = _look_for_duplicates(connection, written, columns, int(str(kept)))
    return findings


def _unusable_amounts(connection: duckdb.DuckDBPyConnection, written: str, names: Sequence[str]) -> list[str]:
    """Return the amounts that are anywhere below zero or absurd: mostly the largest and least deny it."""
    if not names:
        return []
    # Not-a-number counts as the largest.
    fine = ", ".join(
        f"coalesce(min({name}) >= 0 AND max({name}) <= {LARGEST_AMOUNT:g}, true)" for name in names
    )
    told = one(connection, f"SELECT {fine} FROM {written}")
    return [name for name, is_fine in zip(names, told, strict=True) if not is_fine]


def _look_for_duplicates(
    connection: duckdb.DuckDBPyConnection, written: str, columns: EventColumns, kept: int
) -> bool:
    """Make the table ``suspects`` of keys that several rows have; say whether there are any."""
    whose = "session_id" if "session_id" in columns.given else "visitor_id"
    told = [name for name in _ROUGH if name in columns.given]
    rough = f"hash({', '.join(identifier(name) for name in (whose, *told))})"
    rows = f"FROM {written} WHERE event_type IS NOT NULL"
    if not find_doubles(connection, f"SELECT {rough} AS h {rows}", kept, table="alike"):
        return False
    among = f"{rows} AND {rough} IN (SELECT h FROM alike)"
    return find_doubles(connection, f"SELECT {KEY} AS h {among}", kept, table="suspects")


def _look_at_codes(
    connection: duckdb.DuckDBPyConnection, written: str, name: str, recode: Recode, findings: Findings
) -> None:
    known = f"event_type IS NOT NULL AND {name} IS NOT NULL"
    query = f"SELECT {name}, count(*) FROM {written} WHERE {known} GROUP BY 1"
    for value, n in sorted(connection.execute(query).fetchall()):
        code: str | None = value
        if name != "event_type":
            code = recode(value)
        elif value not in _TYPES:
            code = recode(value.removeprefix(UNSEEN)) or EventType.OTHER.value
        if name == "event_type":
            findings.types.add(str(code))
            word = value.removeprefix(UNSEEN)
            if code != value and word not in findings.seen and (status := office_status(word)):
                findings.office[value] = status
        if code != value:
            findings.recode.setdefault(name, {})[value] = code or None
        if code is None or (
            name == "event_type" and code != value and not recode(value.removeprefix(UNSEEN))
        ):
            findings.unknown.setdefault(name, {})[value.removeprefix(UNSEEN)] = n
