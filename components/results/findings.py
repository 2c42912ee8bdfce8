"""What each chart of a result shows, in one sentence under its title: pure functions, in words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from components.base.format import money, number, percent
from components.figures.results import STAGE_NAMES, Bar, Measure
from core.base.written import agree
from core.results.accuracy import Quality
from core.results.distributions import Histogram
from core.results.filters import UNKNOWN
from core.results.view import Step

#: Shares of fewer than so many are written as counts, and say nothing of a group.
FEW = 30
#: Amounts are written to the cent: none is said to be below a smaller one.
CENT = 0.01


def probability(*, histogram: Histogram, likely: int) -> str:
    """Say below what most sessions are, and how many are likely buyers."""
    below, edge = _most_below(histogram)
    who = f"{number(likely)} {'is a likely buyer' if likely == 1 else 'are likely buyers'}"
    if not math.isfinite(edge) or edge >= 1:
        return who
    most = f"{_of(below, histogram.n, 'sessions', 0)} {_are(below, histogram.n)} below {100 * edge:g}%"
    return f"{most}; {who if likely else 'none is a likely buyer'}"


def amounts(*, histogram: Histogram, currency: str | None, who: str, what: str) -> str:
    """Say below what amount most are: ``what`` as in "are worth"."""
    below, edge = _most_below(histogram, least=CENT)
    if not math.isfinite(edge):
        return f"Most {who} {what} {money(histogram.edges[-2], currency, 0)} or more"
    amount = money(max(edge, CENT), currency, 0 if edge >= 1 else 2)
    if what.startswith("are "):
        what = f"{_are(below, histogram.n)} {what.removeprefix('are ')}"
    return f"{_of(below, histogram.n, who, 0)} {what} less than {amount}"


def groups(*, bars: Sequence[Bar], names: Sequence[str], measure: Measure, currency: str | None) -> str:
    """Say which group leads; the measure alone where none does, or nobody knows which that is.

    Parameters
    ----------
    bars, names
        The groups in any order, and what each is called in a sentence. A group of its own is one a click
        filters by.
    """
    known = [(bar, name) for bar, name in zip(bars, names, strict=True) if bar.value is not None]
    if measure.unit == "share":
        known = [(bar, name) for bar, name in known if bar.sums.n >= FEW]
    valued = [(measure.value(bar.sums) or 0.0, bar, name) for bar, name in known]
    if not valued or not max(value for value, _, _ in valued):
        return measure.label
    value, bar, name = max(valued, key=lambda found: found[0])
    if sum(other == value for other, _, _ in valued) > 1 or bar.value == UNKNOWN:
        return measure.label
    if measure.unit == "share":
        return f"Highest {measure.label.lower()}: {name} ({measure.written(bar.sums, currency)})"
    total = sum(measure.value(one.sums) or 0.0 for one in bars)
    few = measure.unit == "count" and total < FEW
    share = f"{number(value)} of {number(total)}" if few else percent(value / total, 0)
    return f"Most {measure.label.lower()}: {name} ({share})"


def days(*, bars: Sequence[Bar], measure: Measure, currency: str | None) -> str:
    """Say on which day (or in which week) there was most."""
    valued = [
        (measure.value(bar.sums) or 0.0, bar) for bar in bars if measure.unit != "share" or bar.sums.n >= FEW
    ]
    if not valued or not max(value for value, _ in valued):
        return measure.label
    value, bar = max(valued, key=lambda found: found[0])
    if sum(other == value for other, _ in valued) > 1:
        return measure.label
    most = "Highest" if measure.unit == "share" else "Most"
    return f"{most} {measure.label.lower()}: {bar.label} ({measure.written(bar.sums, currency)})"


def funnel(*, steps: Sequence[Step], n: int) -> str:
    """Say how many came to the cart and to the purchase; shares are of all sessions."""
    told = {step.stage: step.n for step in steps}
    said = [stage for stage in ("cart", "bought") if stage in told] or list(told)[-1:]
    if not n:
        return "Steps before any purchase, then the purchase itself"
    first, *more = (f"{_of(told[stage], n, 'sessions', 1)} {STAGE_NAMES[stage].lower()}" for stage in said)
    return ", ".join([first, *(part.replace(" of sessions", "") for part in more)])


def skipped(steps: Sequence[Step]) -> str | None:
    """Say that more came to a step than to the one before it, where that is so."""
    if any(later.n > earlier.n for earlier, later in itertools.pairwise(steps)):
        return "Some skip a step, or it isn't recorded"
    return None


def calibration(quality: Quality) -> str:
    """Say how many buyers were expected and came, and whether chance explains the difference."""
    expected, bought = quality.buyers_predicted, quality.buyers
    if expected.value is None or expected.low is None or expected.high is None:
        return (
            "Each dot is a tenth of the sessions, by probability; on the dotted line, predictions are exact"
        )
    verdict = "within chance" if expected.low <= bought <= expected.high else "off by more than chance"
    digits = 1 if expected.value < FEW else 0
    return f"{number(expected.value, digits)} expected, {number(bought)} bought: {verdict}"


def _most_below(histogram: Histogram, *, least: float = 0.0) -> tuple[int, float]:
    """Return how many are below the lowest edge from ``least`` on that half are below, and that edge."""
    for below, edge in zip(itertools.accumulate(histogram.counts), histogram.edges[1:], strict=False):
        if 2 * below >= histogram.n and edge >= least:
            return below, edge
    return histogram.n, histogram.edges[-1]


def _are(part: int, n: int) -> str:
    return agree(part if n < FEW else n, "is", "are")


def _of(part: int, n: int, who: str, digits: int) -> str:
    # "1 of 1 session"
    who = who.removesuffix("s") if n == 1 else who
    return f"{number(part)} of {number(n)} {who}" if n < FEW else f"{percent(part / n, digits)} of {who}"
