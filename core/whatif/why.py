"""Why the model answers as it does to the session in the form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.base.errors import CoreError
from core.whatif.state import State, Target

if TYPE_CHECKING:
    from core.explain import Explanation, Reason


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


def why(state: State, target: Target = "purchase") -> Why:
    """Take the probability of the session in the form apart, or the revenue if it buys."""
    # Here, not above: a worker that shows other pages has no use for it.
    from core.explain import explain_one, reasons

    scenario = state.scenario
    row = scenario.row(state.values, going_on=state.going_on)
    try:
        explanation = explain_one(scenario.predictor, row, target)
        found = reasons(scenario.predictor, explanation, currency=scenario.currency)
    except CoreError as error:
        return Why(problem=str(error))
    return Why(explanation=explanation, reasons=tuple(found))
