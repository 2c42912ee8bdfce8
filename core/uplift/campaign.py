"""What a campaign has brought: those who were contacted beside those who were held out, by chance.

Who is held out is drawn at random, so the two groups differ in nothing but the contact: what their outcomes
differ by is its effect, and chance. How much chance can do is said with every figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from core.base.errors import UpliftError
from core.base.written import number
from core.stats import two_groups
from core.stats.estimate import Estimate
from core.stats.proportions import wilson
from core.uplift import sentences
from core.uplift.power import ALPHA, power_of, sample_size, smallest_effect
from core.uplift.records import Group, Needed, Uplift, Verdict

#: Below so many buyers in a group its figures are shaky, those of revenue above all.
FEW_BUYERS = 20


def measure(
    *,
    treated: Group,
    held_out: Group,
    cost_per_contact: float = 0.0,
    margin: float = 1.0,
    assumed_effect: float | None = None,
) -> Uplift:
    """Return what a campaign has brought; nothing at all where a group is empty or nobody of it is listed.

    Parameters
    ----------
    cost_per_contact
        In the currency of the revenue.
    margin
        What of a revenue of 1 is left once the goods are paid for.
    assumed_effect
        The gain in points (as a share of 1) the needed sizes are told for, instead of the observed one.

    Raises
    ------
    UpliftError
        If the counts can't be: less than nobody, or more buyers than people.
    """
    for name, group in (("contacted", treated), ("held out", held_out)):
        _check(name, group)
    if not (math.isfinite(cost_per_contact) and cost_per_contact >= 0 and 0 <= margin <= 1):
        raise UpliftError(
            f"A contact at {cost_per_contact:g} with a margin of {100 * margin:g}% isn't possible.",
            remedy="Enter a cost of 0 or more, and a margin between 0 and 100%.",
        )
    share, other = _share(treated), _share(held_out)
    if share is None or other is None or 0 in (treated.listed, held_out.listed):
        return Uplift(
            treated=treated,
            held_out=held_out,
            cost_per_contact=cost_per_contact,
            margin=margin,
            verdict="unknown",
            sentence=sentences.nothing_to_say(treated, held_out),
            chance="",
            cautions=(),
            share=share,
            share_held_out=other,
        )
    counts = (treated.buyers, treated.n, held_out.buyers, held_out.n)
    difference = _estimate(share.value - other.value, two_groups.difference, counts)
    p_value = float(two_groups.p_value(*counts))
    verdict: Verdict = "unclear"
    if p_value < ALPHA:
        verdict = "more" if difference.value > 0 else "fewer"
    revenue = _revenue(treated, held_out)
    extra = revenue.times(treated.n) if revenue else None
    profit = extra.times(margin).plus(-cost_per_contact * treated.n) if extra else None
    needed = _needed(treated, held_out, difference.value, assumed_effect)
    return Uplift(
        treated=treated,
        held_out=held_out,
        cost_per_contact=cost_per_contact,
        margin=margin,
        verdict=verdict,
        sentence=sentences.verdict(
            share=share.value, other=other.value, difference=difference, verdict=verdict
        ),
        chance=sentences.chance(p_value),
        cautions=_cautions(treated, held_out),
        share=share,
        share_held_out=other,
        difference=difference,
        relative=_relative(share.value, other.value, counts),
        p_value=p_value,
        extra_buyers=difference.times(treated.n),
        revenue_per_contact=revenue,
        extra_revenue=extra,
        profit=profit,
        needed=needed,
        power=None
        if needed is None
        else power_of(base=other.value, effect=needed.effect, n=treated.n, n_others=held_out.n),
        smallest=smallest_effect(base=other.value, n=treated.n, n_others=held_out.n),
    )


def _check(name: str, group: Group) -> None:
    if group.n < 0 or not 0 <= group.buyers <= group.n:
        raise UpliftError(
            f"{number(group.buyers)} of {number(group.n)} people {name} can't have bought.",
            remedy="Check how buyers and people were counted.",
        )


def _share(group: Group) -> Estimate | None:
    if not group.n or group.listed == 0:
        return None
    low, high = wilson(group.buyers, group.n)
    return Estimate(value=group.buyers / group.n, low=low, high=high)


def _estimate(
    value: float,
    interval: Callable[..., tuple[two_groups.Numbers, two_groups.Numbers]],
    counts: tuple[float, ...],
) -> Estimate:
    low, high = interval(*counts)
    return Estimate(value=value, low=float(low), high=float(high))


def _relative(share: float, other: float, counts: tuple[int, int, int, int]) -> Estimate | None:
    """Return the gain over those held out; None where none of them bought: there is nothing to relate to."""
    if not other:
        return None
    return _estimate(share / other, two_groups.ratio, counts).plus(-1.0)


def _revenue(treated: Group, held_out: Group) -> Estimate | None:
    if treated.mean is None or held_out.mean is None:
        return None
    if treated.variance is None or held_out.variance is None:
        return None
    ends = two_groups.mean_difference(
        treated.mean, treated.variance, treated.n, held_out.mean, held_out.variance, held_out.n
    )
    return Estimate(value=treated.mean - held_out.mean, low=float(ends[0]), high=float(ends[1]))


def _needed(treated: Group, held_out: Group, observed: float, assumed: float | None) -> Needed | None:
    base = held_out.buyers / held_out.n
    effect = observed if assumed is None else assumed
    ratio = held_out.n / treated.n
    per_group = sample_size(base=base, effect=effect)
    contacted = sample_size(base=base, effect=effect, others=ratio)
    if per_group is None or contacted is None:
        return None
    return Needed(
        effect=effect,
        assumed=assumed is not None,
        per_group=per_group,
        contacted=contacted,
        held_out=math.ceil(contacted * ratio),
    )


def _cautions(treated: Group, held_out: Group) -> tuple[str, ...]:
    found = []
    for name, group in (("contacted", treated), ("held out", held_out)):
        if group.buyers < FEW_BUYERS:
            found.append(sentences.few(name, group.buyers))
    return tuple(found)
