"""The smallest change that would make the bundle call a session a likely buyer.

A search for counterfactual explanations (Wachter, Mittelstadt and Russell 2017): of all sessions that
differ from this one in one field, or else in two, those the bundle says yes to, the nearest first. It
changes only what a shop could influence (``core.whatif.reach``) unless asked otherwise, tries only values
a field can really take, and only sessions that don't contradict themselves. It says what the model would
answer, not what would happen: nothing here is a cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from pyarrow import types

from core.bundle.models import signed_log
from core.bundle.predictor import FormField
from core.whatif.batch import ask
from core.whatif.checks import check, usual_range
from core.whatif.constraints import coherent
from core.whatif.curves import moved
from core.whatif.form import Value, Values, as_number, shown
from core.whatif.reach import out_of_reach
from core.whatif.state import State

#: Ways that are told, values of a field that are tried alone and in pairs, and fields that make pairs.
WAYS = 3
ALONE, IN_PAIRS, PAIRED = 60, 10, 8
#: Values that are tried between the old one and one that is enough.
CLOSER = 24
#: What one changed category or flag counts, in standard deviations of a number.
ONE_OTHER = 1.0
#: What a category nobody knows is called; nobody can change into it.
NOT_KNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One field that changes; ``follows`` says that it only comes along with another."""

    field: FormField
    before: Value
    after: Value
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A session like the asked one, and what the bundle answers to it.

    ``distance`` is the sum over its steps, in standard deviations of the fields' logs among the bundle's
    reference sessions; another category counts 1.
    """

    steps: tuple[Step, ...]
    values: Values
    probability: float
    expected_revenue: float | None
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the search came to.

    ``ways`` reach the threshold, the smallest change first. Without any, ``nearest`` is the session with
    the highest probability that was tried, None if nothing raises it. ``tried`` sessions were asked about,
    with other values of ``fields``.
    """

    likely: bool
    probability: float
    threshold: float
    ways: tuple[Way, ...]
    nearest: Way | None
    tried: int
    fields: tuple[FormField, ...]


def smallest_change(state: State) -> Found | None:
    """Search for up to three ways to a likely buyer.

    None where the bundle knows clusters only, and while a field is invalid.
    """
    threshold = state.scenario.predictor.threshold
    if threshold is None or state.invalid:
        return None
    return _Search(state, threshold).found()


def changeable(state: State) -> tuple[FormField, ...]:
    """Return the fields a change may be made of, as long as this session has a value for them.

    Those asked for (``state.may``), else those a shop could influence.
    """
    return tuple(
        field
        for field in could_change(state)
        if (field.name in state.may if state.may else out_of_reach(field.name) is None)
    )


def could_change(state: State) -> tuple[FormField, ...]:
    """Return the fields that may be asked for: those with a value that follow from no other field."""
    followers = set(state.scenario.form.linked) if state.linked else set()
    return tuple(
        field
        for field in state.scenario.form.fields
        if field.name not in followers and state.values.get(field.name) is not None
    )


@dataclass(slots=True)
class _Tried:
    """Sessions that were asked about: what was changed on purpose, all that changed, and the answers."""

    asked: list[Values]
    sessions: list[Values]
    probability: Sequence[float]
    expected: Sequence[float | None]


class _Search:
    def __init__(self, state: State, threshold: float) -> None:
        self._state = state
        self._threshold = threshold
        self._fields = changeable(state)
        self._reference = _reference(str(state.scenario.predictor.reference_path))
        self._known = {(problem.field, problem.text) for problem in check(self._form, state.values)}
        self._tried = 0

    @property
    def _form(self) -> Any:  # noqa: ANN401
        return self._state.scenario.form

    def found(self) -> Found:
        now = ask(self._state.scenario, [self._state.values], going_on=self._state.going_on)
        probability = float(now["purchase_probability"][0].as_py())
        ways: list[Way] = []
        nearest = None
        if probability < self._threshold:
            grids = {field.name: list(self._values(field)) for field in self._fields}
            alone = self._ask([{name: value} for name, grid in grids.items() for value in grid])
            ways = self._ways(alone)
            tried = [alone]
            if len(ways) < WAYS:
                enough = {name for way in ways for name in self._meant(way)}
                pairs = self._ask(list(self._pairs(grids, alone, enough)))
                ways += self._ways(pairs, WAYS - len(ways))
                tried.append(pairs)
            ways = sorted((self._closer(way) for way in ways), key=self._order)
            nearest = None if ways else self._nearest(tried, probability)
        return Found(
            likely=probability >= self._threshold,
            probability=probability,
            threshold=self._threshold,
            ways=tuple(ways),
            nearest=nearest,
            tried=self._tried,
            fields=self._fields,
        )

    def _ask(self, candidates: list[Values]) -> _Tried:
        before = self._state.values
        known = self._form.by_name
        sessions = []
        for changes in candidates:
            together = {n: v for n, v in coherent(before, changes).items() if n in known}
            sessions.append(moved(self._state, together))
        if not sessions:
            return _Tried([], [], [], [])
        self._tried += len(sessions)
        answered = ask(self._state.scenario, sessions, going_on=self._state.going_on)
        return _Tried(
            candidates,
            sessions,
            answered["purchase_probability"].to_pylist(),
            answered["expected_revenue"].to_pylist(),
        )

    def _values(self, field: FormField) -> Iterator[Value]:
        """Yield what a field could be instead, the nearest first; what was done stays done."""
        own = self._state.values[field.name]
        if field.kind == "flag":
            yield not own
            return
        if field.kind == "category":
            yield from (c for c in field.choices or () if str(c) not in (str(own), NOT_KNOWN))
            return
        usual, number = usual_range(field), as_number(own)
        if usual is None or number is None:
            return
        low, high = usual
        if self._state.going_on and field.kind in {"count", "seconds"}:
            low = max(low, number)
        if field.kind == "count":
            tried = np.arange(np.ceil(low), np.floor(high) + 1)
        else:
            reference = self._reference.get(field.name)
            spread = (
                np.linspace(low, high, ALONE)
                if reference is None
                else np.quantile(reference, np.linspace(0, 1, ALONE))
            )
            tried = np.unique(np.round(spread, 0 if high - low >= ALONE else 2))
        inside = sorted(
            (v for v in tried if low <= v <= high and v != number), key=lambda v: (abs(v - number), v)
        )
        for place in _spread(len(inside), ALONE):
            value = float(inside[place])
            yield int(value) if field.kind == "count" else value

    def _pairs(self, grids: Mapping[str, list[Value]], alone: _Tried, enough: set[str]) -> Iterator[Values]:
        """Yield pairs of the fields that help most; none in which one of them is enough by itself."""
        best: dict[str, float] = {}
        for changes, probability in zip(alone.asked, alone.probability, strict=True):
            name = next(iter(changes))
            best[name] = max(best.get(name, 0.0), probability)
        order = {field.name: place for place, field in enumerate(self._fields)}
        names = sorted((n for n in best if n not in enough), key=lambda n: (-best[n], order[n]))[:PAIRED]
        few = {name: [grids[name][place] for place in _spread(len(grids[name]), IN_PAIRS)] for name in names}
        for one, other in combinations(names, 2):
            for first, second in product(few[one], few[other]):
                yield {one: first, other: second}

    def _ways(self, tried: _Tried, limit: int = WAYS) -> list[Way]:
        """Return the nearest ways that are enough, one for each set of fields."""
        reached = [i for i, p in enumerate(tried.probability) if p >= self._threshold]
        ways: list[Way] = []
        seen: list[frozenset[str]] = []
        for way in sorted((self._way(tried, i) for i in reached), key=self._order):
            meant = frozenset(self._meant(way))
            if meant not in seen and self._possible(way.values):
                seen.append(meant)
                ways.append(way)
                if len(ways) == limit:
                    break
        return ways

    def _closer(self, way: Way) -> Way:
        """Return the way with each of its numbers as near to the old one as is still enough."""
        for step in way.steps:
            if step.follows or step.field.kind in {"category", "flag"}:
                continue
            changed = {s.field.name: s.after for s in way.steps if not s.follows}
            between = [changed | {step.field.name: value} for value in _between(step)]
            ways = [way, *self._ways(self._ask(between), 1)]
            way = min(ways, key=self._order)
        return way

    def _nearest(self, tried: list[_Tried], probability: float) -> Way | None:
        ranked = sorted(
            (
                (p, -t, -i)
                for t, one in enumerate(tried)
                for i, p in enumerate(one.probability)
                if p > probability
            ),
            reverse=True,
        )
        for _, t, i in ranked:
            way = self._way(tried[-t], -i)
            if self._possible(way.values):
                return way
        return None

    def _way(self, tried: _Tried, place: int) -> Way:
        session, meant = tried.sessions[place], tried.asked[place]
        before = self._state.values
        worked_out = set(self._form.linked) if self._state.linked else set()
        steps = [
            Step(field=f, before=before.get(f.name), after=session[f.name], follows=f.name not in meant)
            for f in self._form.fields
            if f.name not in worked_out and session.get(f.name) != before.get(f.name)
        ]
        return Way(
            steps=tuple(sorted(steps, key=lambda step: step.follows)),
            values=session,
            probability=float(tried.probability[place]),
            expected_revenue=tried.expected[place],
            distance=sum(self._distance(step) for step in steps),
        )

    def _distance(self, step: Step) -> float:
        before, after = as_number(step.before), as_number(step.after)
        if step.field.kind in {"category", "flag"} or before is None or after is None:
            return ONE_OTHER
        reference = self._reference.get(step.field.name)
        spread = float(np.std(signed_log(reference))) if reference is not None else 0.0
        logs = signed_log(np.array([before, after]))
        return abs(float(logs[1] - logs[0])) / (spread or 1.0)

    def _possible(self, session: Values) -> bool:
        """Tell whether nothing is contradictory or unusual about it that wasn't before."""
        problems = {(problem.field, problem.text) for problem in check(self._form, session)}
        return problems <= self._known

    @staticmethod
    def _meant(way: Way) -> tuple[str, ...]:
        return tuple(step.field.name for step in way.steps if not step.follows)

    def _order(self, way: Way) -> tuple[Any, ...]:
        names = [field.name for field in self._fields]
        return len(self._meant(way)), round(way.distance, 9), [names.index(name) for name in self._meant(way)]


def _between(step: Step) -> Iterator[Value]:
    """Yield values from the old one to the new one, rounded as they are shown."""
    before, after = as_number(step.before), as_number(step.after)
    if before is None or after is None:
        return
    digits = 0 if step.field.kind == "count" or abs(after - before) >= CLOSER else 2
    tried = {round(float(v), digits) for v in np.linspace(before, after, CLOSER + 2)[1:-1]}
    for value in sorted(tried - {before, after}):
        yield int(value) if step.field.kind == "count" else shown(value)


def _spread(n: int, wanted: int) -> list[int]:
    """Return up to ``wanted`` of ``n`` places, evenly spread, the first and last among them."""
    return sorted({round(place) for place in np.linspace(0, n - 1, min(n, wanted))}) if n else []


@lru_cache(maxsize=8)
def _read_reference(path: str, _stamp: int) -> Mapping[str, Any]:
    table = pq.read_table(path)
    by_column = {}
    for name in table.column_names:
        kind = table.schema.field(name).type
        if types.is_integer(kind) or types.is_floating(kind):
            values = np.asarray(table[name].to_numpy(), dtype=np.float64)
            known = values[np.isfinite(values)]
            if known.size:
                by_column[name] = known
    return by_column


def _reference(path: str) -> Mapping[str, Any]:
    """Return the known numbers of the bundle's reference sessions by column; none if it keeps none."""
    try:
        return _read_reference(path, Path(path).stat().st_mtime_ns)
    except OSError:
        return {}
