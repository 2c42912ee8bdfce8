"""The effect of a campaign in plain sentences."""

from __future__ import annotations

from core.stats.estimate import Estimate
from core.uplift.records import Verdict

_MINUS = "−"


def verdict(*, share: float, other: float, difference: Estimate, verdict: Verdict) -> str:
    """Return what has come out, in one sentence."""
    bought = f"{percent(share)} of the contacted bought, {percent(other)} of those held out"
    between = f"{points(difference.value)} (95% interval {span(difference.low, difference.high)})"
    if verdict == "more":
        return f"The campaign made more of them buy: {bought}, a difference of {between}."
    if verdict == "fewer":
        return f"The campaign made fewer of them buy: {bought}, a difference of {between}."
    return f"No effect has been shown: {bought}. The difference of {between} could be chance."


def chance(p_value: float) -> str:
    """Return how often chance alone makes such a difference."""
    if p_value < 0.001:
        return "Chance alone makes such a difference in fewer than 1 of 1,000 campaigns."
    often = f"{p_value * 1000:.0f} of 1,000" if p_value < 0.0195 else f"{p_value * 100:.0f} of 100"
    if p_value < 0.05:
        return f"Chance alone makes such a difference in only about {often} campaigns."
    return f"It could be chance: without any effect, about {often} campaigns show a difference as large."


def empty(treated: int, held_out: int) -> str:
    """Return why nothing can be said where a group is empty."""
    if not treated and not held_out:
        return "None of these people are in the outcomes, so nothing can be said."
    if not held_out:
        return "Nobody was held out, so nothing tells what would have happened without the campaign."
    return "Nobody was contacted, so there is no campaign to judge."


def few(name: str, buyers: int) -> str:
    """Say that a group has few buyers."""
    told = {0: "None", 1: "Only one"}.get(buyers, f"Only {buyers:,}")
    return f"{told} of those who were {name} bought: a few more or fewer would change the picture."


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
    text = f"{size:.2f}" if size < 1 else f"{size:.1f}"
    sign = "" if float(text) == 0 else "+" if difference > 0 else _MINUS
    return f"{sign}{text}"
