"""Random parts of rows: both outcomes are in them, however few buyers there are."""

from __future__ import annotations

import numpy as np
import pytest

from core.training.purchase.samples import LEAST_DRAWN, draw


@pytest.mark.parametrize("buyers", [1, 20, 40])
@pytest.mark.parametrize("is_rare", [True, False], ids=["few buy", "few don't"])
def test_a_part_has_both_outcomes_however_rare_one_is(buyers: int, is_rare: bool) -> None:
    outcome = np.zeros(100_000, dtype=bool)
    outcome[np.random.default_rng(1).choice(len(outcome), buyers, replace=False)] = True
    outcome = outcome if is_rare else ~outcome
    for seed in range(5):
        there = draw(outcome, 500, np.random.default_rng(seed))
        assert len(np.unique(there)) == 500
        assert (np.diff(there) > 0).all()
        assert (outcome[there] == is_rare).sum() == min(buyers, LEAST_DRAWN)


def test_where_both_are_there_a_part_is_what_was_drawn() -> None:
    outcome = np.arange(10_000) % 5 == 0
    drawn = np.sort(np.random.default_rng(7).choice(len(outcome), 2_000, replace=False))
    assert (draw(outcome, 2_000, np.random.default_rng(7)) == drawn).all()
