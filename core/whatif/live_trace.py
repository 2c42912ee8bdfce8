"""How the prediction moves while a session is going on: one answer a step, and what moved it.

The session rows come from the one definition of features (``core.features``), the answers from the bundle,
asked about a visit that still goes on; at the end also about the same visit, finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from core.base.errors import CoreError
from core.base.shop import shop_settings
from core.explain import explain
from core.features import rows_of
from core.journeys.events import log_of, session_events
from core.results.sources import Source
from core.schema.events import EventType, Told
from core.whatif.journey import Journey, Step, events_of, from_events
from core.whatif.scenario import GOING_ON, Scenario, open_scenario

#: Features that are named as what moved a prediction, at most.
NAMED = 3
#: Changes smaller than this share are none.
LEAST = 5e-5
#: Columns a journey brings with it whatever the export it is compared with has.
OWN_COLUMNS = frozenset({"session_id", "order"})
#: Features of the session row by what a step can say.
ASKED_FOR: dict[str, frozenset[str]] = {
    "product": frozenset({"unique_products"}),
    "price": frozenset({"price_mean", "price_max", "cart_value"}),
    "category": frozenset({"dominant_category", "unique_categories"}),
    "colour": frozenset({"dominant_colour_group"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the bundle says after a step, and how far that step moved it.

    ``change`` is in shares of 1 (None for the first step); ``because`` are the features whose contribution
    changed most, with the change, largest first: they add up to ``change`` over all features.
    """

    step: Step
    row: Mapping[str, Any]
    prediction: Mapping[str, Any]
    change: float | None = None
    because: tuple[tuple[str, float], ...] = ()

    @property
    def probability(self) -> float | None:
        """Probability of a purchase, a share of 1."""
        told: float | None = self.prediction["purchase_probability"]
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A journey's answers, one a step, and the answer if the visit ends after the last one."""

    moments: tuple[Moment, ...]
    finished: Mapping[str, Any] | None

    @property
    def last(self) -> Moment | None:
        """The latest moment."""
        return self.moments[-1] if self.moments else None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a journey is answered with: the bundle, what its steps can say, and where it starts.

    ``start`` is the journey of the recorded session it starts from, or an empty one; ``notes`` say what a
    link asked for and could not get.
    """

    scenario: Scenario
    told: Told
    start: Journey
    notes: tuple[str, ...] = field(default=())

    @property
    def kinds(self) -> tuple[EventType, ...]:
        """The steps this bundle's data could tell of."""
        return tuple(
            kind for kind in EventType if kind is not EventType.PURCHASE and kind in self.told.event_types
        )

    @property
    def says(self) -> frozenset[str]:
        """What of a product the bundle looks at: some of ``ASKED_FOR``."""
        names = {note.name for note in self.scenario.predictor.manifest.features}
        return frozenset(what for what, features in ASKED_FOR.items() if features & names)

    @property
    def origin(self) -> dict[str, str]:
        """The arguments of a link that lead to this start."""
        return self.scenario.origin

    def query(self, journey: Journey) -> str:
        """Return the link's query for a journey: the start, and the journey itself."""
        parts = (urlencode(self.origin), "" if journey == self.start else journey.to_query(self.start))
        return "&".join(part for part in parts if part)

    def form_query(self, moment: Moment) -> str:
        """Return the query that opens the what-if form with a moment's session row."""
        return self.scenario.query(self.scenario.form.from_row(moment.row))


def open_desk(
    *,
    result: str | None = None,
    session: str | None = None,
    bundle: str | None = None,
    drawn_with: str | None = None,
) -> Desk:
    """Open what a link names; what can't be had is said in ``notes``, and an empty journey takes its place.

    ``drawn_with`` is the bundle an open page was made for, as for ``open_scenario``.

    Raises
    ------
    BundleError
        If no bundle can be used at all.
    NotFoundError
        If the page's bundle is gone.
    """
    scenario = open_scenario(result=result, session=session, bundle=bundle, drawn_with=drawn_with)
    told, notes = _told(scenario), list(scenario.notes)
    visitor = Journey(country=shop_settings().home_market)
    if scenario.source is None or scenario.recorded is None:
        return Desk(scenario=scenario, told=told, start=visitor, notes=tuple(notes))
    start = visitor
    try:
        events = session_events(scenario.source, str(scenario.recorded["session_id"]))
    except CoreError as error:
        events = []
        notes.append(error.message)
    if events:
        told = _told_by(scenario.source) or told
        start, more = from_events(events, scenario.recorded)
        notes += more
    else:
        notes.append("This session's steps are missing: its export has one row per session, not per event.")
        start, _ = from_events([], scenario.recorded)
    return Desk(scenario=scenario, told=told, start=start, notes=tuple(notes))


def watch(desk: Desk, journey: Journey) -> Watched:
    """Answer after every step of a journey, and once more as if the visit ended there."""
    if not journey.steps:
        return Watched(moments=(), finished=None)
    rows = rows_of(events_of(journey), told=desk.told)
    scenario, n = desk.scenario, rows.num_rows
    states = pa.concat_tables([rows, rows.slice(n - 1)])
    if scenario.knows_going_on:
        states = states.append_column(GOING_ON, pa.array([True] * n + [False], pa.bool_()))
    *answers, finished = scenario.predictor.predict(states).to_pylist()
    reasons = _reasons(desk, states.slice(0, n))
    moments = []
    for place, (step, row, answer) in enumerate(zip(journey.steps, rows.to_pylist(), answers, strict=True)):
        before = answers[place - 1]["purchase_probability"] if place else None
        now = answer["purchase_probability"]
        moments.append(
            Moment(
                step=step,
                row=row,
                prediction=answer,
                change=None if before is None or now is None else now - before,
                because=reasons[place] if reasons and place else (),
            )
        )
    return Watched(moments=tuple(moments), finished=finished)


def _reasons(desk: Desk, rows: pa.Table) -> list[tuple[tuple[str, float], ...]]:
    """Return, for each step, the features whose contribution changed most since the step before."""
    if not desk.scenario.predictor.predicts_purchase:
        return []
    explained = explain(desk.scenario.predictor, rows)
    by_step: list[tuple[tuple[str, float], ...]] = [()]
    for place in range(1, rows.num_rows):
        moved = explained.points[place] - explained.points[place - 1]
        pairs = [
            (label, float(points))
            for name, label, points in zip(explained.features, explained.labels, moved, strict=True)
            if name != GOING_ON and abs(points) >= LEAST
        ]
        by_step.append(tuple(sorted(pairs, key=lambda pair: -abs(pair[1]))[:NAMED]))
    return by_step


def _told(scenario: Scenario) -> Told:
    """Return what the data the bundle learned from could tell of a session's steps."""
    told = scenario.predictor.manifest.training.get("told")
    if not told or "event_type" not in told.get("columns", ()):
        return _without_outcome(Told.everything())
    return _without_outcome(Told.from_dict(told))


def _told_by(source: Source) -> Told | None:
    log = log_of(source)
    return None if log is None else _without_outcome(log.told)


def _without_outcome(told: Told) -> Told:
    """Leave out purchases, which no journey has, and days without a time, which it doesn't need."""
    columns = told.columns | OWN_COLUMNS
    return Told(
        columns=columns - {"date"} if "timestamp" in columns else columns,
        event_types=told.event_types - {EventType.PURCHASE},
    )
