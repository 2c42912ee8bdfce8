"""What a dry run found: how often a rule would have fired, what the model said then, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.base.written import counted, number

DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a rule would have done in the last days of some visits.

    ``fired`` counts firings, ``held_out`` those of them held out. What became of them is what happened:
    ``bought`` are firings after which the visitor bought without it, within the rule's window of
    ``window_days``, and ``revenue`` what they paid; of ``n_open`` the window wasn't over at the last event
    and nothing had been bought, and of ``n_unknown`` it can't be known: their source tells of no purchases.
    ``predicted`` is how many of those that can be known the model expected to buy in the same visit, None
    where it doesn't say. Of ``all_visitors`` these are ``visitors``, whose figures they are. ``first`` and
    ``last`` are times of events.
    """

    name: str
    visits: int
    visitors: int
    all_visitors: int
    fired: int
    held_out: int
    bought: int
    n_open: int
    n_unknown: int
    predicted: float | None
    window_days: float
    revenue: float
    currency: str
    first: datetime
    last: datetime

    @property
    def n_known(self) -> int:
        """Of how many firings it is known, or will be, whether the visitor bought."""
        return self.fired - self.n_unknown

    @property
    def a_week(self) -> float:
        """How often it would fire in a week, of all visitors."""
        days = max((self.last - self.first).total_seconds() / 86_400, 1.0)
        return self.fired * self.all_visitors / max(self.visitors, 1) * DAYS / days

    @property
    def window(self) -> str:
        """The rule's window in words."""
        return f"{number(self.window_days)} {'day' if self.window_days == 1 else 'days'}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """How often it would have fired, and what happened afterwards as far as the data say."""
        if not self.fired:
            return (f"It wouldn't have fired in {counted(self.visits, 'visit')}.",)
        fired = f"It would have fired {counted(self.fired, 'time')}."
        if not self.n_known:
            return (fired, "Whether these visitors bought anyway isn't known: the data have no purchases.")
        return (fired, *self._outcomes)

    @property
    def _outcomes(self) -> tuple[str, ...]:
        known = f"the {number(self.n_known)} where purchases are known" if self.n_unknown else "these"
        said = [f"After {number(self.bought)} of {known}, the visitor bought anyway within {self.window}."]
        if self.n_open:
            said.append(
                f"After {number(self.n_open)} more, the visitor may still buy: the data end before "
                f"{self.window} have passed."
            )
        if self.n_unknown:
            said.append(f"Of {number(self.n_unknown)} it isn't known: their source sends no purchases.")
        return tuple(said)
