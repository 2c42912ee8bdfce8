"""The effect of a campaign in plain sentences."""

from __future__ import annotations

from core.base.written import MINUS, decimals, number
from core.stats.estimate import Estimate
from core.uplift.records import Group, Verdict


def verdict(*, share: float, other: float, difference: Estimate, verdict: Verdict) -> str:
    """Return what has come out, in one sentence."""
    bought = f"{percent(share)} of the contacted bought, {percent(other)} of the hold-out"
    between = f"{points(difference.value)} (95% interval {span(difference.low, difference.high)})"
    if verdict == "more":
        return f"The campaign lifted purchases: {bought}, a difference of {between}."
    if verdict == "fewer":
        return f"The campaign lowered purchases: {bought}, a difference of {between}."
    return f"No effect shown: {bought}. The difference of {between} could be chance."


def chance(p_value: float) -> str:
    """Return how often chance alone makes such a difference."""
    if p_value < 0.001:
        return "Chance alone makes such a difference in fewer than 1 in 1,000 campaigns."
    often = f"{p_value * 1000:.0f} in 1,000" if p_value < 0.0195 else f"{p_value * 100:.0f} in 100"
    if p_value < 0.05:
        return f"Chance alone makes such a difference in only about {often} campaigns."
    return f"It could be chance: without any effect, about {often} campaigns show a difference as large."


def nothing_to_say(treated: Group, held_out: Group) -> str:
    """Return why nothing can be said: a group is empty, or none of its people are in the outcomes."""
    if not held_out.n and treated.n:
        return "There was no hold-out, so there is nothing to compare the campaign with."
    if not treated.n and held_out.n:
        return "Nobody was contacted, so there is no campaign to measure."
    if not treated.n or treated.listed == held_out.listed == 0:
        return "None of these people are in the outcomes, so the campaign can't be measured."
    name = "contacted" if treated.listed == 0 else "held out"
    return (
        f"The campaign can't be measured: nobody who was {name} is in the outcomes. Either none of them "
        "bought, or the file leaves them out. Export both groups, including those who didn't buy."
    )


def few(name: str, buyers: int) -> str:
    """Say that a group has few buyers."""
    told = {0: "None", 1: "Only one"}.get(buyers, f"Only {number(buyers)}")
    return f"{told} of the {name} bought: a few more or fewer would change the picture."


def percent(share: float) -> str:
    """Write a share in percent, with enough digits that it is not nothing."""
    digits = 1 if share == 0 or share >= 0.01 else 2
    return f"{100 * share:.{digits}f}%"


def points(difference: float) -> str:
    """Write a difference of shares in points, as in "+1.2 points"."""
    return f"{_signed(difference)} points"


def span(low: float, high: float) -> str:
    """Write between which two differences of shares something lies, as in "+0.4 to +2.0 points"."""
    return f"{_signed(low)} to {_signed(high)} points"


def _signed(difference: float) -> str:
    size = abs(100 * difference)
    text = decimals(size, 2) if size < 1 else decimals(size, 1)
    sign = "" if float(text) == 0 else "+" if difference > 0 else MINUS
    return f"{sign}{text}"
