"""What is read of columns that become none of ours: discounts, refunds, statuses, zones, user agents.

For a log the answer isn't a list of names: the SQL that would read the file is made, and the cells in it are
the columns used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingABC
from dataclasses import replace
from pathlib import Path

import duckdb

from core.base.errors import CoreError
from core.base.memory_database import scratch_database
from core.ingest.base.model import EXTRA, Mapping, Recognition
from core.ingest.cells.marks import is_marking
from core.ingest.cells.status_dates import STATUS_DATES
from core.ingest.cells.synonyms import DISCOUNTS, EVENT_COLUMNS, REFUND_AMOUNTS, STATUS_FLAGS
from core.ingest.columns.event_columns import event_columns
from core.ingest.columns.zones import ZONE_NAMES
from core.ingest.files.head import Head
from core.ingest.files.source import Source
from core.ingest.recognition.recognise import form_of
from core.schema.countries import plain

_CELL = re.compile(r"\bc(\d+)\b")
_TEXT = re.compile(r"'(?:[^']|'')*'")
_AGENT = "Read to recognise robots."
_MARK = "Read to leave out robots, your own team and tests."
#: What is said of a column by what its name, plain, means: of session rows, and of those of a log.
_OF_ORDERS: MappingABC[str, str] = {
    **dict.fromkeys({*STATUS_FLAGS, *STATUS_DATES}, "Read as what became of its row's order."),
    **dict.fromkeys(REFUND_AMOUNTS, "Read as what was given back of its row's order."),
}
_SAID: MappingABC[str, str] = {
    **_OF_ORDERS,
    **dict.fromkeys(DISCOUNTS, "Read as what was taken off the price."),
    **dict.fromkeys(ZONE_NAMES, "Read as the time zone of its row's time."),
}


def with_uses(found: Recognition, head: Head) -> Recognition:
    """Return a recognition that says of each column without a target whether, and as what, it is read."""
    if found.needs_mapping:
        return found
    said: dict[str, str] = {}
    if any(column.target is None for column in found.columns):
        said = _of_events(found.mapping, head) if found.kind == "events" else _of_sessions(found, head)
    columns = tuple(
        replace(column, note=said[column.name]) if column.target is None and column.name in said else column
        for column in found.columns
    )
    unused = {column.name for column in columns if column.note in (None, EXTRA)}
    return replace(found, columns=columns, unused=tuple(name for name in found.unused if name in unused))


def _of_events(mapping: Mapping, head: Head) -> dict[str, str]:
    """Return column -> what is said of it, for those whose cells the SQL of the log's columns reads."""
    head = head.narrowed(mapping.columns.values())
    try:
        with scratch_database() as connection:
            made = event_columns(Source(path=Path(), head=head), mapping, form_of(mapping), connection)
    except (duckdb.Error, CoreError):  # said where the file is read
        return {}
    sql = " ".join([*made.sql.values(), *(condition for condition, _ in made.refusals)])
    places = {int(place) for place in _CELL.findall(_TEXT.sub("", sql))}
    free = (name for i, name in enumerate(head.names) if i in places)
    return {
        name: _MARK if is_marking(name, head.values(name)) else _sentence(name)
        for name in free
        if name not in mapping.columns.values()
    }


def _sentence(name: str) -> str:
    if sentence := _SAID.get(plain(name)):
        return sentence
    status = EVENT_COLUMNS.get(plain(name)) == "order_status"
    return "Read as what became of its row's order." if status else "Read beside the columns above."


def _of_sessions(found: Recognition, head: Head) -> dict[str, str]:
    """Return column -> what is said of it: each column of session rows is kept, some are read as well."""
    kept = head.narrowed(found.mapping.columns.values()).names
    said = {column.name: column.note for column in found.columns}
    agents = {name for name in kept if EVENT_COLUMNS.get(plain(name)) == "user_agent"}
    own = {
        **dict.fromkeys(agents, _AGENT),
        **{name: _MARK for name in kept if is_marking(name, head.values(name))},
    }
    return {
        name: said.get(name) or own.get(name) or _OF_ORDERS.get(plain(name), EXTRA)
        for name in kept
        if not head.layout
    }
