"""Intervals of shares: against R and statsmodels, and with visitors who come several times."""

from __future__ import annotations

import pytest

from core.stats.proportions import wilson


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
