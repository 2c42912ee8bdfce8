"""The population stability index against its formula, and against what chance adds to it."""

from __future__ import annotations

import numpy as np
import pytest

from core.stats.psi import stability


@pytest.mark.parametrize("n", [40, 400, 40_000])
def test_samples_of_one_population_have_not_changed(n: int) -> None:
    random = np.random.default_rng(n)
    shares = np.full(11, 1 / 11)
    found = [stability(random.multinomial(4_000, shares), random.multinomial(n, shares)) for _ in range(200)]
    assert sum(level != "none" for _, level in found) <= 2
    assert abs(float(np.mean([index for index, _ in found]))) < 0.12


def test_the_index_is_what_the_formula_gives_on_many_sessions() -> None:
    then, now = [500_000, 300_000, 200_000], [300_000, 300_000, 400_000]
    shares = [(count / 1e6, other / 1e6) for count, other in zip(then, now, strict=True)]
    expected = sum((b - a) * np.log(b / a) for a, b in shares)
    assert stability(then, now) == (pytest.approx(expected, abs=1e-4), "some")
    assert stability([10_000, 0], [0, 10_000])[1] == "serious"
    assert stability([10, 0], [10, 0]) == (0.0, "none")
