"""How large a campaign has to be to show an effect, and how small an effect it can show.

By the usual normal approximation: the spread is pooled where there is no effect, and each group's own where
there is one (Fleiss, Levin and Paik 2003, chapter 4).
"""

from __future__ import annotations

import math

from core.base.libraries.lean_imports import scipy_special

#: Who looks for an effect of this size finds it in four of five campaigns.
POWER = 0.8
#: Of campaigns without any effect, so many seem to have one.
ALPHA = 0.05
_HALVINGS = 60


def power_of(*, base: float, effect: float, n: float, n_others: float, alpha: float = ALPHA) -> float:
    """Return how likely a campaign shows an effect, of 1.

    Parameters
    ----------
    base
        Share of buyers without a contact.
    effect
        What contacts add to it, as a share of 1; negative where they put people off.
    n, n_others
        How many are contacted, and how many held out.
    """
    if n <= 0 or n_others <= 0:
        return 0.0
    null, real = _spreads(base, effect, n_others / n)
    size, reach = abs(effect) * math.sqrt(n), -scipy_special().ndtri(alpha / 2) * null
    if real == 0:
        return float(size > reach)
    return float(scipy_special().ndtr((size - reach) / real) + scipy_special().ndtr((-size - reach) / real))


def sample_size(
    *, base: float, effect: float, others: float = 1.0, power: float = POWER, alpha: float = ALPHA
) -> int | None:
    """Return how many contacts show an effect; None where there is no effect, or no such share.

    Parameters
    ----------
    others
        How many are held out for each who is contacted.
    power
        How likely it is shown, of 1.
    """
    if effect == 0 or not 0 <= base <= 1 or not 0 <= base + effect <= 1 or others <= 0:
        return None
    null, real = _spreads(base, effect, others)
    needed = (-scipy_special().ndtri(alpha / 2) * null + scipy_special().ndtri(power) * real) / abs(effect)
    # A whole number of people that chance in the last digit must not raise by one.
    return math.ceil(float(needed) ** 2 - 1e-9)


def smallest_effect(
    *, base: float, n: float, n_others: float, power: float = POWER, alpha: float = ALPHA
) -> float | None:
    """Return the smallest gain that is shown so likely, as a share of 1; None where none is."""
    low, high = 0.0, 1 - base
    if power_of(base=base, effect=high, n=n, n_others=n_others, alpha=alpha) < power:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if power_of(base=base, effect=middle, n=n, n_others=n_others, alpha=alpha) < power:
            low = middle
        else:
            high = middle
    return high


def _spreads(base: float, effect: float, others: float) -> tuple[float, float]:
    """Return the spread of a difference times the root of the contacted: without an effect, and with it."""
    other = base + effect
    pooled = (other + others * base) / (1 + others)
    null = pooled * (1 - pooled) * (1 + 1 / others)
    real = other * (1 - other) + base * (1 - base) / others
    return math.sqrt(max(null, 0.0)), math.sqrt(max(real, 0.0))
