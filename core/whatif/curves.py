"""How the answer to one session moves along one of its fields, everything else as it is.

These are individual conditional expectation curves (Goldstein, Kapelner, Bleich and Pitkin 2015) of the
one session in the form. Fields that follow from others follow here as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.bundle.predictor import FormField
from core.whatif.batch import ask
from core.whatif.checks import check, usual_range
from core.whatif.form import HARD_LIMITS, Value, Values, as_number
from core.whatif.scenario import Scenario
from core.whatif.state import State, Target

#: Points of a curve that is looked at by itself, and of one among many.
MANY, FEW = 61, 21
#: How far a curve goes on beyond the usual range, as a share of it, and how far to reach the session.
BEYOND, FARTHEST = 0.25, 3.0
#: Counts of a small range go on by so many steps.
LEAST_BEYOND = 2.0
#: From this width on seconds and amounts are tried in whole numbers.
WHOLE = 60
#: Curves of other fields that are shown beside the large one.
OTHERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The answer along one field.

    ``probability`` and ``expected`` (revenue, None where the bundle answers none) belong to ``values``;
    ``sure`` is false outside of what the bundle has learned from and where the session would contradict
    itself. ``here`` is the place of the session's own value, None where it is unknown or too far away.
    ``usual`` is the range of nearly all sessions of the training data.
    """

    field: FormField
    values: tuple[Value, ...]
    probability: tuple[float, ...]
    expected: tuple[float | None, ...]
    sure: tuple[bool, ...]
    own: Value
    here: int | None
    usual: tuple[float, float] | None

    @property
    def is_line(self) -> bool:
        """Whether its values are on a scale; those of categories and flags stand side by side."""
        return self.field.kind not in {"category", "flag"}

    def answers(self, target: Target) -> tuple[float | None, ...]:
        """Return probabilities (shares of 1) or expected revenues (in the bundle's currency)."""
        return self.probability if target == "purchase" else self.expected

    def span(self, target: Target) -> float:
        """Return how far apart its answers are where they are sure."""
        pairs = zip(self.answers(target), self.sure, strict=True)
        known = [answer for answer, sure in pairs if sure and answer is not None]
        return max(known) - min(known) if known else 0.0


def curve_fields(scenario: Scenario, *, linked: bool) -> tuple[FormField, ...]:
    """Return the fields a curve can go along: not those that are worked out."""
    followers = set(scenario.form.linked) if linked else set()
    return tuple(
        field
        for field in scenario.form.fields
        if field.name not in followers
        and (field.kind == "flag" or field.choices or usual_range(field) is not None)
    )


def curves(state: State, *, large: str | None = None) -> dict[str, Curve]:
    """Return a curve for every field, by name, asked for in one pass; ``large`` in more points."""
    fields = curve_fields(state.scenario, linked=state.linked)
    grids = [_grid(f, state.values.get(f.name), MANY if f.name == large else FEW) for f in fields]
    sessions = [
        moved(state, {field.name: value}) for field, grid in zip(fields, grids, strict=True) for value in grid
    ]
    if not sessions:
        return {}
    answered = ask(state.scenario, sessions, going_on=state.going_on)
    probability = answered["purchase_probability"].to_pylist()
    expected = answered["expected_revenue"].to_pylist()
    made, start = {}, 0
    for field, grid in zip(fields, grids, strict=True):
        stop = start + len(grid)
        own, usual = state.values.get(field.name), usual_range(field)
        made[field.name] = Curve(
            field=field,
            values=tuple(grid),
            probability=tuple(probability[start:stop]),
            expected=tuple(expected[start:stop]),
            sure=tuple(
                _is_sure(state.scenario, field, session[field.name], session)
                for session in sessions[start:stop]
            ),
            own=own,
            here=grid.index(own) if own in grid else None,
            usual=usual if field.kind not in {"category", "flag"} else None,
        )
        start = stop
    return made


def strongest(made: Mapping[str, Curve], target: Target) -> tuple[str, ...]:
    """Return the names of the fields along which the answer moves at all, the farthest first."""
    spans = {name: curve.span(target) for name, curve in made.items()}
    return tuple(name for name in sorted(spans, key=lambda name: (-spans[name], name)) if spans[name] > 0)


def moved(state: State, changes: Mapping[str, Value]) -> Values:
    """Return the state's session with some values changed; what follows from them follows."""
    values = {**state.values, **changes}
    return state.scenario.form.link(values) if state.linked else values


def _grid(field: FormField, own: Value, points: int) -> list[Value]:
    """Return the values to try, in order; the session's own is among them if it isn't too far away."""
    if field.kind == "flag":
        return [False, True] if own is not None else [False, True, None]
    if field.kind == "category":
        choices: list[Value] = list(field.choices or ())
        return choices if own in choices else [*choices, own]
    usual = usual_range(field)
    if usual is None:
        return []
    low, high = usual
    width = (high - low) or 1.0
    beyond = BEYOND * width if field.kind != "count" else max(BEYOND * width, LEAST_BEYOND)
    first, last = low - beyond, high + beyond
    number = as_number(own)
    if number is not None and low - FARTHEST * width <= number <= high + FARTHEST * width:
        first, last = min(first, number), max(last, number)
    least, most = HARD_LIMITS.get(field.name, (0 if low >= 0 else -np.inf, np.inf))
    first, last = max(first, least), min(last, most)
    tried = np.linspace(first, last, points)
    if field.kind == "count" or width >= WHOLE:
        tried = np.unique(np.round(tried))
    whole = field.kind == "count"
    made = {_plain(value, whole) for value in (*tried, low, high) if first <= value <= last}
    if number is not None and first <= number <= last:
        made = {value for value in made if value != number} | {own}
    return sorted(made, key=lambda value: as_number(value) or 0.0)


def _plain(value: float, whole: bool) -> Value:
    return round(value) if whole else round(float(value), 2)


def _is_sure(scenario: Scenario, field: FormField, value: Value, session: Values) -> bool:
    usual, number = usual_range(field), as_number(value)
    if usual is not None and number is not None and not usual[0] <= number <= usual[1]:
        return False
    return not contradictory(scenario, session)


def contradictory(scenario: Scenario, session: Values) -> bool:
    """Tell whether nobody can have had such a session."""
    return any(problem.level == "contradiction" for problem in check(scenario.form, session))


def shown_curves(
    state: State, made: Mapping[str, Curve], large: str | None
) -> tuple[Curve | None, Sequence[Curve]]:
    """Return the large curve (None if there is none to draw), and those of other fields beside it."""
    names = strongest(made, state.shown_target)
    first = large if large in made else next(iter(names), next(iter(made), None))
    return (made[first] if first else None), [made[name] for name in names if name != first][:OTHERS]
