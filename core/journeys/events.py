"""The events behind a result: which export they lie in, which session each belongs to, in which order.

Sessions are cut by ``core.features.events.in_sessions``, the same definition that made the result's
rows: a session's id leads to exactly the events it was made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.base.errors import NotFoundError
from core.base.settings import get_settings
from core.base.sql import literal
from core.results import query
from core.results.scored_sessions import ScoredSessions, stamp_of
from core.results.sources import Source
from core.schema.events import EVENT_SCHEMA, EventType, Told
from core.storage import get_store

#: What people are shown of an event, and features don't read.
MORE = ("brand", "currency", "page")

#: Events of the same moment are put in the order people do such things.
NATURAL_ORDER: tuple[EventType, ...] = (
    EventType.PAGE_VIEW,
    EventType.LIST_VIEW,
    EventType.SEARCH,
    EventType.CLICK,
    EventType.OTHER,
    EventType.PRODUCT_VIEW,
    EventType.CART_ADD,
    EventType.CART_REMOVE,
    EventType.CART_VIEW,
    EventType.CHECKOUT,
    EventType.PURCHASE,
)
#: The place of an event's type among them, in SQL.
RANK = f"list_position([{', '.join(literal(kind) for kind in NATURAL_ORDER)}], event_type)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The events a result was made of: where they lie, when they were written, what they tell."""

    path: Path
    stamp: int
    told: Told


def log_of(source: Source) -> Log | None:
    """Return the events behind a source; None where it has session rows only, or they are gone."""
    if source.dataset_id is None:
        return None
    try:
        dataset = get_store().dataset(source.dataset_id)
        if dataset.report is None or dataset.report.kind != "events":
            return None
        return Log(path=dataset.events_path, stamp=stamp_of(dataset.events_path), told=dataset.report.told)
    except NotFoundError:
        return None


def has_events(source: Source) -> bool:
    """Tell whether the steps of a source's sessions are known."""
    return log_of(source) is not None


def session_events(source: Source, session_id: str) -> list[dict[str, Any]]:
    """Return the canonical events of one session, in order, each with every column of ``EVENT_SCHEMA``.

    Events of the same moment come in the order people do such things: a product is seen before it is put
    in the cart. There are none where the export has session rows only, or the training data is asked.
    """
    log = log_of(source)
    if log is None:
        return []
    events = _events(source.scored, log, session_id)
    return [dict(event) for event in events]


@lru_cache(maxsize=128)
def _events(sessions: ScoredSessions, log: Log, session_id: str) -> tuple[dict[str, Any], ...]:
    told = log.told
    key = "session_id" if told.has_session_key else "visitor_id"
    owner = session_id if told.has_session_key else session_id.rsplit("@", 1)[0]
    order = [name for name in ("timestamp", "date", '"order"') if name.strip('"') in told.columns]
    rows = query.ask(
        sessions,
        f", events AS (SELECT * FROM read_parquet({literal(log.path)}) WHERE {key} = ?) "
        f"SELECT * FROM ({sessions_sql(told)}) WHERE session_id = ? "
        f"ORDER BY {', '.join(f'{name} NULLS LAST' for name in [*order, RANK, 'product_id'])}",
        [owner, session_id],
    )
    return tuple({name: row.get(name) for name in EVENT_SCHEMA.names} for row in rows)


def sessions_sql(told: Told) -> str:
    """Return the query that gives each event of ``events`` its ``session_id``."""
    if told.has_session_key:
        return "SELECT * FROM events WHERE session_id IS NOT NULL"
    return _cut(told, get_settings().session_gap_minutes)


@lru_cache(maxsize=16)
def _cut(told: Told, gap_minutes: int) -> str:
    # Ibis takes half a second to import, and only exports without a session key need it.
    import ibis

    from core.features.events import in_sessions

    events = ibis.table(ibis.Schema.from_pyarrow(EVENT_SCHEMA), name="events")
    return str(ibis.to_sql(in_sessions(events, told, gap_minutes, MORE), dialect="duckdb"))
