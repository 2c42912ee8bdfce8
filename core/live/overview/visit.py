"""One visit event by event, with the probability of a purchase after each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.base.settings import Settings
from core.base.shop import shop_settings
from core.bundle.predictor import GOING_ON, Predictor
from core.live.database import reader
from core.live.schema import EVENT_COLUMNS
from core.live.scores import session_score
from core.live.scoring import RUNNING, session_rows
from core.live.told import AT, Event, read_filled

#: Latest events of a visit that are shown.
FOLLOWED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An event of a visit, and the probability of a purchase after it (None from the purchase on)."""

    at: int
    event_type: str
    what: str | None
    probability: float | None


def journey(settings: Settings, session_id: str) -> tuple[dict[str, Any], tuple[Moment, ...]]:
    """Return a session's score and its latest events, each with the probability after it.

    Events are there while the session goes on; of one that is over, only the score is.
    """
    score = session_score(settings, session_id)
    settings = shop_settings(settings)
    found = (
        reader(settings)
        .execute(
            "SELECT source, own, visitor_id, first_at, last_at FROM sessions "
            "WHERE session_id = ? AND state = ? ORDER BY received_at DESC LIMIT 1",
            [session_id, RUNNING],
        )
        .fetchone()
    )
    if found is None:
        return score, ()
    source, own, visitor, first, last = found
    names = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
    where, values = "session_id = ?", [session_id]
    if not own:
        where = 'session_id IS NULL AND visitor_id = ? AND "timestamp" BETWEEN ? AND ?'
        values = [visitor, first, last]
    events: list[Event] = (
        reader(settings)
        .execute(
            f'SELECT {names} FROM events WHERE source = ? AND {where} ORDER BY "timestamp", n',
            [source, *values],
        )
        .fetchall()
    )
    return score, _moments(settings, source, events)


def _moments(settings: Settings, source: str, events: list[Event]) -> tuple[Moment, ...]:
    """Ask the model after every event at once: each beginning of the visit is a session of its own."""
    bought = next((i for i, e in enumerate(events) if e[AT["event_type"]] == "purchase"), len(events))
    lengths = range(max(1, len(events) - FOLLOWED + 1), bought + 1)
    filled = read_filled(reader(settings), [source])[source]
    beginnings = {f"{length:06}": events[:length] for length in lengths}
    rows = session_rows(beginnings, filled, settings) if beginnings else None
    probabilities: dict[str, float | None] = {}
    if rows is not None and rows.num_rows:
        asked = rows.append_column(GOING_ON, pa.array([True] * rows.num_rows))
        answers = Predictor.load(settings=settings).predict(asked)["purchase_probability"].to_pylist()
        probabilities = dict(zip(rows["session_id"].to_pylist(), answers, strict=True))
    shown = list(enumerate(events, 1))[-FOLLOWED:]
    return tuple(
        Moment(
            at=int(str(event[AT["timestamp"]])),
            event_type=str(event[AT["event_type"]]),
            what=_what(event),
            probability=probabilities.get(f"{length:06}"),
        )
        for length, event in shown
    )


def _what(event: Event) -> str | None:
    """Return what an event was about, as far as it says."""
    named = [event[AT[name]] for name in ("product_id", "category", "order_id", "page")]
    return next((str(value) for value in named if value is not None), None)
