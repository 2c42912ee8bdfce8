"""A period against the one before: how figures changed, how sure that is, and which groups changed most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.results.comparison.mix_and_rate import Effect, decompose
from core.results.history.daily import GROUPINGS
from core.results.history.history import History, Total
from core.stats.estimate import Z95, Estimate
from core.stats.two_groups import difference, mean_difference

#: Days a period needs for its counts to be compared, and sessions for its shares.
FEWEST_DAYS, FEWEST_SESSIONS = 7, 100
#: Buyers of both periods together below which a change of conversion says nothing.
FEWEST_BUYERS = 10
#: Groups that are told to have changed most.
MOST_EFFECTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Some days, both ends included, and which of them have sessions."""

    first: date
    last: date
    days: tuple[date, ...]

    @property
    def length(self) -> int:
        """How many days it has, with sessions or without."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure of a period beside the period before; ``difference`` is None where there are too few to tell.

    Of a ``count`` (sessions, buyers, revenue) the difference is relative, of 1, and of what a day with
    sessions has on average; of a ``share`` it is absolute, of 1.
    """

    name: str
    kind: str
    now: float | None
    before: float | None
    difference: Estimate | None

    @property
    def is_sure(self) -> bool:
        """Whether the change is beyond chance."""
        return self.difference is not None and (self.difference.low > 0 or self.difference.high < 0)


def period(history: History, first: date, last: date) -> Period:
    """Return some days with those of them that have sessions."""
    return Period(first=first, last=last, days=tuple(day for day in history.days if first <= day <= last))


def before(history: History, now: Period) -> Period:
    """Return as many days just before."""
    return period(history, now.first - timedelta(days=now.length), now.first - timedelta(days=1))


def changes(history: History, now: Period, then: Period) -> dict[str, Change]:
    """Return how sessions, buyers, conversion and revenue changed, by name."""
    one, other = history.total(now.first, now.last), history.total(then.first, then.last)
    counts = {
        "sessions": ("n", True),
        "buyers": ("buyers", one.n_known),
        "revenue": ("revenue", one.n_revenue),
    }
    found = [
        _count(name, [_by_day(history, side, field) for side in (now, then)])
        for name, (field, told) in counts.items()
        if told
    ]
    if one.n_known:
        found.append(_share(one, other))
    return {change.name: change for change in found}


def foreseen(total: Total) -> Estimate | None:
    """Return the buyers that were expected, with the range chance gives if the predictions are right."""
    if not total.n_paired:
        return None
    reach = Z95 * math.sqrt(max(total.spread, 0.0))
    return Estimate(value=total.foreseen, low=max(total.foreseen - reach, 0.0), high=total.foreseen + reach)


def effects(history: History, now: Period, then: Period, measured: str) -> dict[str, tuple[Effect, ...]]:
    """Return what each group adds to the change of an average (``conversion`` or ``revenue``), by grouping.

    The effects of one grouping add up to the whole change; groupings tell the same change in another way.
    """
    if not now.days or not then.days:
        return {}
    old, new = history.cells(then.first, then.last), history.cells(now.first, now.last)
    found = {}
    for by in GROUPINGS:
        # A grouping that only one period knows tells of the exports, not of the shop.
        if by in old and by in new and (why := decompose(by, old[by], new[by], measured)):
            found[by] = why.effects
    return found


def strongest(effects: dict[str, tuple[Effect, ...]], most: int = MOST_EFFECTS) -> list[Effect]:
    """Return the groups that add most, of all groupings."""
    every = [effect for there in effects.values() if len(there) > 1 for effect in there]
    every.sort(key=lambda effect: (-abs(effect.total), effect.by, str(effect.key)))
    return every[:most]


def _by_day(history: History, period: Period, name: str) -> list[float]:
    return [float(getattr(history.days[day], name)) for day in period.days]


def _count(name: str, sides: Sequence[Sequence[float]]) -> Change:
    """Compare what a day has on average: days differ more than chance would have sessions differ."""
    now, then = sides
    change = None
    if min(len(now), len(then)) >= FEWEST_DAYS and sum(then) > 0:
        means, spreads = [math.fsum(side) / len(side) for side in sides], [_variance(side) for side in sides]
        low, high = mean_difference(means[0], spreads[0], len(now), means[1], spreads[1], len(then))
        change = Estimate(value=means[0] - means[1], low=float(low), high=float(high)).times(1 / means[1])
        # Nothing falls by more than all of it: such days differ too much to tell.
        change = change if change.low > -1 else None
    return Change(
        name=name,
        kind="count",
        now=math.fsum(now),
        before=math.fsum(then) if then else None,
        difference=change,
    )


def _share(now: Total, then: Total) -> Change:
    change = None
    enough = min(now.n_known, then.n_known) >= FEWEST_SESSIONS and now.buyers + then.buyers >= FEWEST_BUYERS
    if enough:
        low, high = difference(now.buyers, now.n_known, then.buyers, then.n_known)
        value = now.buyers / now.n_known - then.buyers / then.n_known
        change = Estimate(value=value, low=float(low), high=float(high))
    return Change(
        name="conversion", kind="share", now=now.conversion, before=then.conversion, difference=change
    )


def _variance(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
