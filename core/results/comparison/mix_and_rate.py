"""Why an average has changed: other groups have come (mix), or the same groups behave otherwise (rate).

Kitagawa (1955): with shares s and averages r of the groups before (a) and after (b), the change of the whole
average is the sum over groups of (s_b - s_a) * (r_a + r_b) / 2, the mix, and (r_b - r_a) * (s_a + s_b) / 2,
the rate; nothing is left over. A group's mix is told against the average of all, so that more sessions of a
group adds to the whole only where that group is better than the rest; the sum is the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.results.comparison.counts import NOBODY, Cell, Tally

#: So many standard errors are beyond chance: dozens of groups are looked at, and 2 would often be.
BEYOND = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one group adds to the change of an average.

    ``share`` is of the sessions that tell it; ``rate`` the group's average, None where it has no session.
    ``mix`` and ``change`` (of its rate) are in the average's unit. ``apart`` is what the group adds beyond a
    change that went through all groups alike; ``sure`` says that this is beyond chance.
    """

    by: str
    key: str | int | None
    n_a: int
    n_b: int
    share_a: float
    share_b: float
    rate_a: float | None
    rate_b: float | None
    mix: float
    change: float
    apart: float
    sure: bool

    @property
    def total(self) -> float:
        """What the group adds in all."""
        return self.mix + self.change


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """The change of an average by one grouping: ``mix + rate`` is the whole change."""

    by: str
    effects: tuple[Effect, ...]
    mix: float
    rate: float


def decompose(by: str, before: Sequence[Cell], after: Sequence[Cell], measured: str) -> Decomposition | None:
    """Return why an average has changed; None where one side tells nothing."""
    cells_a, cells_b = _by_key(before), _by_key(after)
    keys = [cell.key for cell in before]
    keys += [cell.key for cell in after if cell.key not in cells_a]
    pairs = [
        (key, cells_a.get(key, NOBODY).tally(measured), cells_b.get(key, NOBODY).tally(measured))
        for key in keys
    ]
    n_a, n_b = sum(a.n for _, a, _ in pairs), sum(b.n for _, _, b in pairs)
    if not n_a or not n_b:
        return None
    whole = (sum(a.total for _, a, _ in pairs) / n_a + sum(b.total for _, _, b in pairs) / n_b) / 2
    effects = [_effect(by, key, a, b, n_a, n_b, whole) for key, a, b in pairs if a.n or b.n]
    rate = math.fsum(effect.change for effect, _ in effects)
    return Decomposition(
        by=by,
        effects=tuple(_apart(effect, spread, rate) for effect, spread in effects),
        mix=math.fsum(effect.mix for effect, _ in effects),
        rate=rate,
    )


def _apart(effect: Effect, spread: float, rate: float) -> Effect:
    """Return an effect with what sets it apart from a change of all groups by ``rate``."""
    apart = effect.total - rate * (effect.share_a + effect.share_b) / 2
    sure = not math.isnan(spread) and abs(apart) > BEYOND * math.sqrt(spread)
    return replace(effect, apart=apart, sure=sure)


def _by_key(cells: Sequence[Cell]) -> Mapping[str | int | None, Cell]:
    return {cell.key: cell for cell in cells}


def _effect(
    by: str, key: str | int | None, a: Tally, b: Tally, n_a: int, n_b: int, whole: float
) -> tuple[Effect, float]:
    """Return what a group adds, and the variance of that."""
    share_a, share_b = a.n / n_a, b.n / n_b
    # A group that is new, or gone, has no rate to change: all it adds is by its sessions.
    rate_a, rate_b = a.mean, b.mean
    first = rate_a if rate_a is not None else rate_b or 0.0
    last = rate_b if rate_b is not None else first
    away, share = (first + last) / 2 - whole, (share_a + share_b) / 2
    mix, change = (share_b - share_a) * away, (last - first) * share
    spread = away**2 * (share_a * (1 - share_a) / n_a + share_b * (1 - share_b) / n_b)
    if a.n and b.n:
        # Of a single session nothing tells how far the next would be from it.
        spread += share**2 * (a.variance / a.n + b.variance / b.n)
    effect = Effect(
        by=by,
        key=key,
        n_a=a.n,
        n_b=b.n,
        share_a=share_a,
        share_b=share_b,
        rate_a=rate_a,
        rate_b=rate_b,
        mix=mix,
        change=change,
        apart=0.0,
        sure=False,
    )
    return effect, spread
