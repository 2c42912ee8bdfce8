"""Intervals of shares: against R and statsmodels, and with visitors who come several times."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.api import OLS
from statsmodels.stats.proportion import proportion_confint

from core.stats.proportions import design_effect, share, wilson
from core.stats.ranked import RankedOutcomes


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Brown, Cai & DasGupta 2001 and R's prop.test(correct = FALSE).
    [
        (0, 10, 0.0, 0.2775328),
        (5, 10, 0.2365931, 0.7634069),
        (10, 10, 0.7224672, 1.0),
        (3, 100, 0.0102544, 0.0845213),
    ],
)
def test_wilson_interval_agrees_with_r(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-5)


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one session"):
        wilson(0, 0)


def test_a_share_tells_its_interval_and_nothing_of_nobody() -> None:
    found = share(30, 200)
    assert (found.value, found.n, found.unit) == (0.15, 200, "share")
    assert (found.low, found.high) == pytest.approx(proportion_confint(30, 200, method="wilson"))
    assert (share(0, 0).value, share(0, 0).low, share(0, 0).n) == (None, None, 0)


def test_a_design_effect_counts_as_that_many_fewer_sessions() -> None:
    assert wilson(80, 400, design_effect=4) == pytest.approx(wilson(20, 100), abs=1e-15)
    found = share(80, 400, design_effect=4)
    assert (found.value, found.low, found.high, found.n) == (0.2, *wilson(20, 100), 400)


def test_an_interval_stays_within_what_a_share_can_be() -> None:
    assert wilson(0, 50)[0] == pytest.approx(0.0, abs=1e-15)
    assert all(wilson(0, n)[0] >= 0.0 for n in range(1, 400))
    assert all(wilson(n, n)[1] <= 1.0 for n in range(1, 400))


def test_the_design_effect_is_that_of_statsmodels_errors_by_visitor() -> None:
    random = np.random.default_rng(3)
    visitor = np.sort(random.integers(0, 300, 2_000))
    bought = random.random(2_000) < random.beta(0.5, 4, 300)[visitor]
    model = OLS(bought.astype(float), np.ones(2_000))
    by_visitor = model.fit(cov_type="cluster", cov_kwds={"groups": visitor}).bse[0] ** 2
    alone = model.fit().bse[0] ** 2

    sizes = np.bincount(visitor)
    found = design_effect(np.bincount(visitor, bought)[sizes > 0], sizes[sizes > 0].astype(float))
    assert found == pytest.approx(by_visitor / alone, rel=1e-9)
    assert found > 1.5


def test_lone_visits_have_no_design_effect() -> None:
    bought = np.arange(50) < 7
    assert design_effect(bought.astype(float), np.ones(50)) == pytest.approx(1.0, abs=1e-12)
    assert RankedOutcomes.of(np.ones(50), bought).design_effect == 1.0
    # Whoever buys stays away: less than chance, which no interval counts on.
    assert design_effect(np.ones(40), np.full(40, 2.0)) == 1.0
    assert design_effect(np.zeros(5), np.full(5, 3.0)) == 1.0
    assert design_effect(np.ones(1), np.full(1, 3.0)) == 1.0
