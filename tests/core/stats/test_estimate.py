"""Values with their intervals, moved and multiplied; intervals on the logit scale."""

from __future__ import annotations

import math

import pytest

from core.stats.estimate import Estimate, Figure, on_logit, unknown


def test_an_estimate_moves_with_its_interval() -> None:
    found = Estimate(value=2.0, low=1.0, high=math.inf).times(3).plus(-1)
    assert (found.value, found.low, found.high) == (5.0, 2.0, math.inf)


def test_a_figure_is_plain_json() -> None:
    figure = Figure(value=0.5, low=0.4, high=0.6, n=9, unit="score")
    assert Figure(**figure.to_dict()) == figure
    assert unknown(3, "EUR").to_dict() == {"value": None, "low": None, "high": None, "n": 3, "unit": "EUR"}


def test_on_the_logit_scale_an_interval_stays_between_0_and_1() -> None:
    middle = on_logit(0.5, 0.01**2, 10)
    # Around one half the scale is straight.
    assert (middle.low, middle.high) == pytest.approx((0.5 - 0.0196, 0.5 + 0.0196), abs=2e-5)
    wide = on_logit(0.98, 0.1**2, 10)
    assert 0 < wide.low < 0.98 < wide.high < 1
    # sigmoid(logit(0.98) - 1.96 * 0.1 / (0.98 * 0.02))
    assert wide.low == pytest.approx(1 / (1 + math.exp(-(math.log(49) - 1.959963984540054 * 0.1 / 0.0196))))
    far = on_logit(0.5, 1e6, 10)
    assert (far.low, far.high) == pytest.approx((0.0, 1.0), abs=1e-12)
    edge = on_logit(1.0, 0.3, 10)
    assert (edge.value, edge.low, edge.high) == (1.0, 1.0, 1.0)
