"""Resampled intervals: as wide as theory says, with a visitor's sessions drawn together."""

from __future__ import annotations

import numpy as np
import pytest

from core.stats.bootstrap import with_intervals

RANDOM = np.random.default_rng(8)


def mean(values: np.ndarray):
    return lambda weight: {"mean": float(np.average(values, weights=weight))}


def test_an_interval_holds_the_figure_and_narrows_with_more_sessions() -> None:
    few, many = RANDOM.normal(1, 1, 100), RANDOM.normal(1, 1, 2_500)
    small = with_intervals(mean(few), np.arange(100), {"mean": "EUR"})["mean"]
    large = with_intervals(mean(many), np.arange(2_500), {})["mean"]

    assert small.low <= small.value <= small.high
    assert (small.n, small.unit, large.unit) == (100, "EUR", "share")
    assert (large.high - large.low) < (small.high - small.low) / 3
    assert large.high - large.low == pytest.approx(2 * 1.96 / 50, rel=0.2)


def test_a_visitors_sessions_are_drawn_together() -> None:
    values = np.repeat(RANDOM.normal(size=50), 20)

    apart = with_intervals(mean(values), np.arange(1_000), {})["mean"]
    together = with_intervals(mean(values), np.repeat(np.arange(50), 20), {})["mean"]

    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_what_cannot_be_told_has_no_interval() -> None:
    found = with_intervals(lambda weight: {"never": float("nan")}, np.arange(9), {"never": "score"})["never"]
    assert (found.value, found.low, found.high, found.n, found.unit) == (None, None, None, 9, "score")
    once = iter([1.0, *[float("nan")] * 9])
    found = with_intervals(lambda weight: {"once": next(once)}, np.arange(9), {}, resamples=9)["once"]
    assert (found.value, found.low, found.high) == (1.0, None, None)
