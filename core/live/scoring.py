"""Visits to session rows, and session rows to predictions: by the one definition and the one predictor."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.base.settings import Settings
from core.bundle.predictor import GOING_ON, Predictor
from core.explain import Reason, reasons_of
from core.features import rows_of
from core.ingest.base.model import IngestReport, Mapping
from core.ingest.settle import settle
from core.live.told import AT, Amounts, Event, Filled, number_of
from core.live.visits import Visit
from core.schema.events import EVENT_SCHEMA, EventType, Told
from core.schema.sessions import SESSION_SCHEMA

_AMOUNTS = (AT["price"], AT["revenue"])
RUNNING, ROBOT, OVER = "running", "robot", "over"
#: Where the reasons stand in what is kept of a prediction.
REASONS = "reasons"
#: From the furthest on: what of a session row says that a visit has come to it.
STEPS = ("bought", "checkout", "cart", "product", "browsing")
_REASON = tuple(field.name for field in fields(Reason))
#: As ``asdict``, which looks for more within, in a tenth of the time.
_reason_values = attrgetter(*_REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A visit's session row, what the model says of it and why; of a robot, nothing."""

    visit: Visit
    row: dict[str, Any]
    prediction: dict[str, Any]
    reasons: list[dict[str, Any]]
    model: str

    @property
    def is_robot(self) -> bool:
        """Whether nobody but a robot was there."""
        return not self.row

    @property
    def step(self) -> str:
        """How far the visit has come: one of ``STEPS``."""
        if self.row.get("purchased"):
            return STEPS[0]
        if self.row.get("checkouts"):
            return STEPS[1]
        if (self.row.get("cart_adds") or 0) > (self.row.get("cart_removes") or 0):
            return STEPS[2]
        return STEPS[3] if self.row.get("product_views") else STEPS[4]


def score_visits(
    visits: Sequence[Visit], filled: dict[str, Filled], settings: Settings, *, going_on: bool
) -> list[Score]:
    """Return a score for each visit, in their order."""
    predictor = Predictor.load(settings=settings)
    made: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]] = {}
    for source in {visit.source for visit in visits}:
        named = {
            visit.session_id: _customers(visit, settings.internal)
            for visit in visits
            if visit.source == source
        }
        rows = session_rows(named, filled[source], settings)
        if not rows.num_rows:
            continue
        asked = rows.append_column(GOING_ON, pa.array([going_on] * rows.num_rows))
        predictions = predictor.predict(asked).to_pylist()
        why = explained(predictor, asked)
        for row, prediction, reasons in zip(rows.to_pylist(), predictions, why, strict=True):
            made[source, row["session_id"]] = (row, prediction, reasons)
    scores = []
    for visit in visits:
        row, prediction, reasons = made.get((visit.source, visit.session_id), ({}, {}, []))
        scores.append(
            Score(visit=visit, row=row, prediction=prediction, reasons=reasons, model=predictor.name)
        )
    return scores


def explained(predictor: Predictor, sessions: pa.Table) -> list[list[dict[str, Any]]]:
    """Return what moves the probability of each session most.

    Here, for all sessions of a batch at once: asked for one at a time it costs fifty times as much.
    """
    if not predictor.predicts_purchase:
        return [[] for _ in range(sessions.num_rows)]
    found = reasons_of(predictor, sessions, threads=1)
    return [[dict(zip(_REASON, _reason_values(reason), strict=True)) for reason in each] for each in found]


def session_rows(named: dict[str, list[Event]], filled: Filled, settings: Settings) -> pa.Table:
    """Return the session rows of the events of sessions of one source, by their name."""
    plain: list[Event] = []
    unsettled: list[Event] = []
    amounts = filled.money(settings)
    for session_id, events in named.items():
        ours = [_in_currency((session_id, *event[1:]), amounts) for event in events]
        (unsettled if _needs_settling(ours) else plain).extend(ours)
    parts = [rows_of(as_table(plain), told=filled.told, settings=settings)] if plain else []
    if unsettled:
        parts.append(rows_of(_settled(unsettled, filled, settings), told=filled.told, settings=settings))
    return pa.concat_tables(parts) if parts else SESSION_SCHEMA.empty_table()


def as_table(events: Iterable[Event]) -> pa.Table:
    """Return events as a table of EVENT_SCHEMA."""
    columns = list(zip(*events, strict=True))
    arrays = []
    for field, values in zip(EVENT_SCHEMA, columns or [()] * len(EVENT_SCHEMA), strict=True):
        if pa.types.is_timestamp(field.type):
            arrays.append(pa.array(values, pa.int64()).cast(field.type))
        elif pa.types.is_boolean(field.type):
            arrays.append(pa.array([None if v is None else bool(v) for v in values], field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=EVENT_SCHEMA)


def _in_currency(event: Event, amounts: Amounts) -> Event:
    """Return an event with amounts in the main currency: converted where there is a rate, else unknown."""
    told = event[AT["currency"]]
    if told == amounts.currency or (told is None and not amounts.are_mixed):
        return event
    rate, made = amounts.rates.get(str(told)), list(event)
    for place in _AMOUNTS:
        value = None if event[place] is None else float(str(event[place]))
        # Nothing is nothing in any currency, as long as none is said.
        if value is not None and (value != 0 or told is not None):
            made[place] = None if rate is None else value * rate
    if rate is not None:
        made[AT["currency"]] = amounts.currency
    return tuple(made)


def _customers(visit: Visit, internal: MappingABC[str, list[str]]) -> list[Event]:
    """Return the events of a visit that are neither robots' nor the team's own."""
    people = visit.people()
    return [event for event in people if not _is_internal(event, internal)] if internal else people


def _is_internal(event: Event, patterns: MappingABC[str, list[str]]) -> bool:
    """Whether an event is one of the team's own visits, by the patterns of the settings."""
    return any(
        value is not None and fnmatchcase(str(value).lower(), _escaped(pattern))
        for name, listed in patterns.items()
        for pattern in listed
        for value in (event[AT[name]],)
    )


def _escaped(pattern: str) -> str:
    # Only the star has a meaning in these patterns.
    return pattern.lower().replace("[", "[[]").replace("?", "[?]")


def _needs_settling(events: Sequence[Event]) -> bool:
    """Whether what some events mean depends on the others: orders sent twice, refunds, odd cart changes."""
    kinds = Counter(str(event[AT["event_type"]]) for event in events)
    if kinds[EventType.PURCHASE] > 1 or (kinds[EventType.PURCHASE] and _has(events, "order_status")):
        return True
    return any(
        (number_of(event, "quantity") or 0) < 0
        or (number_of(event, "revenue") or 0) < 0
        or (event[AT["event_type"]] == EventType.CART_REMOVE and event[AT["price"]] is None)
        for event in events
    )


def _settled(events: Sequence[Event], filled: Filled, settings: Settings) -> pa.Table:
    """Return events as the rules for whole exports settle them."""
    told, currency = filled.told, filled.money(settings).currency
    report = IngestReport(
        format="live", title="Live events", kind="events", rows_read=len(events), rows_kept=len(events),
        rejected={}, told=Told(columns=told.columns, event_types=told.event_types | {EventType.PURCHASE}),
        currency=currency, first=None, last=None,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="live-") as made:
        folder = Path(made)
        pq.write_table(as_table(events), folder / "events.parquet")
        # Robots were told before, with a whole visit in view.
        mapping = Mapping(kind="events", currency=currency, keep_robots=True)
        settle(folder, report, mapping=mapping, settings=settings)
        return pq.read_table(folder / "events.parquet").cast(EVENT_SCHEMA)


def _has(events: Sequence[Event], name: str) -> bool:
    return any(event[AT[name]] is not None for event in events)


def row_text(row: dict[str, Any]) -> str:
    """Return a session row as JSON; times in ISO 8601."""
    return json.dumps(row, default=lambda moment: moment.isoformat())
