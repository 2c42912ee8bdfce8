"""What stands under the title of each chart: true of what it shows, of three sessions and of many."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from components.figures.results import MEASURES, Bar
from components.results import findings
from core.results.distributions import Histogram
from core.results.sums import NOBODY
from core.results.view import Step

SPREAD = Histogram(edges=(0.0, 0.02, 0.04, 1.0), counts=(60, 30, 10), n=100, total=3.0)


def bar(label: str, n: int, *, buyers: int = 0, value: str | None = "x") -> Bar:
    return Bar(label=label, sums=replace(NOBODY.sums, n=n, n_known=n, buyers=buyers), value=value)


def groups(measure: str, *bars: Bar) -> str:
    names = [one.label for one in bars]
    return findings.groups(bars=bars, names=names, measure=MEASURES[measure], currency="EUR")


@pytest.mark.parametrize(
    ("likely", "said"),
    [
        (5, "60% of sessions are below 2%; 5 are likely buyers"),
        (1, "60% of sessions are below 2%; 1 is a likely buyer"),
        (0, "60% of sessions are below 2%; none is a likely buyer"),
    ],
)
def test_most_probabilities_lie_below_what_is_said(likely: int, said: str) -> None:
    assert findings.probability(histogram=SPREAD, likely=likely) == said


def test_few_sessions_are_counted_and_not_made_shares_of() -> None:
    three = Histogram(edges=(0.0, 0.02, 1.0), counts=(2, 1), n=3, total=1.0)
    assert findings.probability(histogram=three, likely=1).startswith("2 of 3 sessions are below 2%")
    assert findings.funnel(steps=[Step(stage="bought", n=1, of=3)], n=3) == "1 of 3 sessions bought"


def test_one_session_is_no_sessions() -> None:
    alone = Histogram(edges=(0.0, 0.02, 1.0), counts=(1, 0), n=1, total=0.0)
    assert (
        findings.probability(histogram=alone, likely=0)
        == "1 of 1 session is below 2%; none is a likely buyer"
    )
    spent = findings.amounts(histogram=alone, currency="EUR", who="sessions", what="are worth")
    assert spent == "1 of 1 session is worth less than €0.02"
    assert findings.funnel(steps=[Step(stage="bought", n=0, of=1)], n=1) == "0 of 1 session bought"


def test_an_amount_without_an_upper_end_is_said_from_below() -> None:
    spend = {"currency": "EUR", "who": "likely buyers", "what": "would spend"}
    low = Histogram(edges=(0.0, 50.0, math.inf), counts=(30, 10), n=40, total=900.0)
    assert findings.amounts(histogram=low, **spend) == "75% of likely buyers would spend less than €50"
    high = Histogram(edges=(0.0, 50.0, math.inf), counts=(10, 30), n=40, total=9000.0)
    assert findings.amounts(histogram=high, **spend) == "Most likely buyers would spend €50 or more"


@pytest.mark.parametrize(
    ("edges", "counts", "said"),
    [
        ((0.0, 0.002, 0.005), (30, 10), "100% of sessions are worth less than €0.01"),
        ((0.0, 0.005, 0.02, 1.0), (30, 6, 4), "90% of sessions are worth less than €0.02"),
    ],
)
def test_nothing_is_less_than_no_cent(edges: tuple[float, ...], counts: tuple[int, ...], said: str) -> None:
    spread = Histogram(edges=edges, counts=counts, n=40, total=0.1)
    words = findings.amounts(histogram=spread, currency="EUR", who="sessions", what="are worth")
    assert words == said


def test_the_largest_group_leads_but_never_the_rest() -> None:
    rest = bar("9 others", 70, value=None)
    assert groups("sessions", bar("Germany", 20), bar("Austria", 10), rest) == "Most sessions: Germany (20%)"
    # Nobody leads a tie, and of three sessions no share is made.
    assert groups("sessions", bar("shoes", 1), bar("bags", 1)) == "Sessions"
    assert groups("sessions", bar("Sun", 2), bar("Mon", 1)) == "Most sessions: Sun (2 of 3)"


def test_a_rate_of_a_handful_leads_nothing() -> None:
    many, few = bar("email", 100, buyers=5), bar("direct", 3, buyers=3)
    assert groups("conversion", many, few) == "Highest conversion: email (5.0%)"
    assert groups("conversion", few) == "Conversion"


def test_more_in_a_later_step_is_said() -> None:
    steps = [Step(stage="cart", n=117, of=5066), Step(stage="bought", n=200, of=5066)]
    assert findings.skipped(steps) is not None
    assert findings.skipped(steps[:1]) is None
    assert findings.funnel(steps=steps, n=5066) == "2.3% of sessions added to cart, 3.9% bought"
