"""Why the model answers as it does to the session in the form."""

from __future__ import annotations

from dataclasses import dataclass

from core.base.errors import CoreError
from core.bundle.predictor import Predictor
from core.explain import Explanation, Reason, explain_one, reasons
from core.results.cache import Recent
from core.whatif.form import Values
from core.whatif.state import State, Target

#: Sessions taken apart that are kept. The answer and the curves below it ask for the same one, one after the
#: other; a few people may be at it at once.
LATEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What each feature adds to the answer, and the strongest of them in words.

    Without an ``explanation`` ``problem`` says why there is none.
    """

    explanation: Explanation | None = None
    reasons: tuple[Reason, ...] = ()
    problem: str | None = None

    @property
    def strongest(self) -> str | None:
        """The field with the strongest reason."""
        return self.reasons[0].feature if self.reasons else None


_latest = Recent(LATEST)


def why(state: State, target: Target = "purchase") -> Why:
    """Take the probability of the session in the form apart, or the revenue if it buys; once a session."""
    scenario = state.scenario
    if state.invalid:
        return Why(problem="No prediction while a field is invalid.")
    row = scenario.row(state.values, going_on=state.going_on)
    # As written, since 1 and True are the same to a dict and aren't to a reader.
    key = (scenario.predictor, repr(sorted(row.items())), scenario.currency, target)
    return _latest.get(key, lambda: _explained(scenario.predictor, row, scenario.currency, target))


def _explained(predictor: Predictor, row: Values, currency: str | None, target: Target) -> Why:
    try:
        explanation = explain_one(predictor, row, target)
        strongest = reasons(predictor, explanation, currency=currency)
    except CoreError as error:
        return Why(problem=str(error))
    return Why(explanation=explanation, reasons=tuple(strongest))
