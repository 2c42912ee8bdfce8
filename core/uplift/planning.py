"""Before a campaign: what effect it could show, and how many to hold out for that."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.base.errors import UpliftError
from core.uplift.power import POWER, power_of, sample_size, smallest_effect
from core.uplift.sentences import percent, points

#: Shares of the audience a hold-out is advised from, smallest first.
SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a campaign of ``n`` people with some of them held out could show.

    ``smallest`` is the least gain (a share of 1) it shows in four of five cases; None where it shows none.
    With an ``effect`` in mind: ``power`` is how likely that is shown, ``needed`` how many people in all
    it takes with this hold-out, ``advised`` the smallest share to hold out that shows it (None: none does).
    """

    n: int
    n_contacted: int
    n_held_out: int
    holdout: float
    base_rate: float
    smallest: float | None
    sentence: str
    effect: float | None = None
    power: float | None = None
    needed: int | None = None
    advised: float | None = None


def planned(*, n: int, base_rate: float, holdout: float, effect: float | None = None) -> Plan:
    """Return what a campaign could show.

    Parameters
    ----------
    n
        People in the audience, those to be held out included.
    base_rate
        The share of them who buy without a contact, of 1: the average predicted probability, say.
    holdout
        The share that is held out, of 1.
    effect
        The gain one hopes for, in points as a share of 1 (0.01: from 3% to 4%).

    Raises
    ------
    UpliftError
        If a number can't be.
    """
    if n < 0 or not 0 <= base_rate <= 1 or not 0 <= holdout <= 1:
        raise UpliftError(
            f"{n:,} people of whom {100 * base_rate:g}% buy and {100 * holdout:g}% are held out can't be.",
            remedy="Use a number of people, and shares between 0 and 100%.",
        )
    held = round(n * holdout)
    contacted = n - held
    smallest = smallest_effect(base=base_rate, n=contacted, n_others=held) if held and contacted else None
    sentence = _sentence(held=held, holdout=holdout, base=base_rate, n=n, smallest=smallest)
    plan = {
        "n": n,
        "n_contacted": contacted,
        "n_held_out": held,
        "holdout": holdout,
        "base_rate": base_rate,
        "smallest": smallest,
    }
    if effect is None or not held or not contacted:
        return Plan(**plan, sentence=sentence, effect=effect)  # type: ignore[arg-type]
    return Plan(
        **plan,  # type: ignore[arg-type]
        sentence=sentence,
        effect=effect,
        power=power_of(base=base_rate, effect=effect, n=contacted, n_others=held),
        needed=_needed(base=base_rate, effect=effect, holdout=holdout),
        advised=_advised(n=n, base=base_rate, effect=effect),
    )


def _needed(*, base: float, effect: float, holdout: float) -> int | None:
    contacted = sample_size(base=base, effect=effect, others=holdout / (1 - holdout))
    return None if contacted is None else math.ceil(contacted / (1 - holdout))


def _advised(*, n: int, base: float, effect: float) -> float | None:
    for share in SHARES:
        held = round(n * share)
        if power_of(base=base, effect=effect, n=n - held, n_others=held) >= POWER:
            return share
    return None


def _sentence(*, held: int, holdout: float, base: float, n: int, smallest: float | None) -> str:
    if not held:
        return "Without anybody held out, nothing will tell what the campaign has changed."
    if held == n:
        return "With everybody held out there is no campaign."
    out = f"With {100 * holdout:.3g}% held out ({held:,} of {n:,} people)"
    if smallest is None:
        return f"{out} no effect could be told from chance: there are too few people."
    return (
        f"{out} you would see a gain of {points(smallest).lstrip('+')} or more in four of five campaigns: "
        f"from {percent(base)} buyers to {percent(base + smallest)}."
    )
