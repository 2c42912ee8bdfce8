"""Visitors with several sessions, which have much in common: counted once each, the interval holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.audiences import Definition, select
from core.audiences.members import write
from core.stats import two_groups
from core.uplift.outcome_table import read_sheet
from core.uplift.outcomes import from_file
from tests.core.results.scored import scored_frame, write_scored
from tests.core.uplift.test_outcomes import source_of

CAMPAIGNS, TREATED, HELD_OUT = 1500, 300, 150
#: Share of visitors who buy at all if they come often enough, and in which share of their sessions these do.
BUYERS, BUYERS_CONTACTED, OFTEN = 0.1, 0.2, 0.6
MOST_SESSIONS = 8


def _campaigns(random: np.random.Generator, n: int, buyers: float) -> tuple[np.ndarray, np.ndarray]:
    """Return of each campaign's ``n`` visitors their sessions, and how many of these bought."""
    sessions = random.integers(1, MOST_SESSIONS + 1, (CAMPAIGNS, n))
    return sessions, random.binomial(sessions, OFTEN * (random.random((CAMPAIGNS, n)) < buyers))


def test_the_interval_of_visitors_holds_where_that_of_sessions_does_not() -> None:
    random = np.random.default_rng(8)
    sessions, bought = _campaigns(random, TREATED, BUYERS_CONTACTED)
    others, bought_others = _campaigns(random, HELD_OUT, BUYERS)
    low, high = two_groups.difference(
        (bought > 0).sum(axis=1), TREATED, (bought_others > 0).sum(axis=1), HELD_OUT
    )
    at_all = 1 - np.mean([(1 - OFTEN) ** count for count in range(1, MOST_SESSIONS + 1)])
    truth = (BUYERS_CONTACTED - BUYERS) * at_all
    assert 0.935 < ((low <= truth) & (truth <= high)).mean() < 0.965
    # As if each session were somebody else's, chance would be taken for an effect.
    low, high = two_groups.difference(
        bought.sum(axis=1), sessions.sum(axis=1), bought_others.sum(axis=1), others.sum(axis=1)
    )
    truth = (BUYERS_CONTACTED - BUYERS) * OFTEN
    assert ((low <= truth) & (truth <= high)).mean() < 0.8


def test_revenue_of_all_sessions_is_the_visitors(tmp_path: Path) -> None:
    frame = scored_frame(600, seed=3)
    frame["visitor_id"] = [f"visitor-{number // 3}" for number in range(600)]
    source = source_of(write_scored(frame, tmp_path / "scored.parquet"), "March")
    chosen = select(
        source, Definition(pick="all", held_out=0.4, salt="s", leave_out_buyers=False, one_row_per="session")
    )
    random = np.random.default_rng(5)
    rows = frame[["visitor_id"]].assign(revenue=random.choice([0.0, 0.0, 12.5, 40.0], 600))
    told = rows.assign(bought=rows["revenue"] > 0).to_csv(index=False).encode()
    found = from_file(write(chosen, tmp_path / "members.parquet"), read_sheet(told, "orders.csv"))
    paid = rows.groupby("visitor_id")["revenue"].sum()
    sides = (found.treated, found.held_out)
    assert sum(side.n for side in sides) == len(paid) == 200
    assert sum(side.buyers for side in sides) == (paid > 0).sum()
    assert sum(side.revenue or 0.0 for side in sides) == pytest.approx(paid.sum())
    assert sum(side.squares or 0.0 for side in sides) == pytest.approx((paid**2).sum())
    assert found.repeated == 400
