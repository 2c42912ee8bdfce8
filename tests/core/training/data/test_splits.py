"""Later sessions judge earlier ones, and no visitor stands on two sides."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from core.training.data.splits import (
    DROPPED,
    SHARES,
    SLICES,
    TEST,
    TRAIN,
    describe,
    split_sessions,
    thin_slice,
)
from tests.core.training.sessions import as_table, session_frame

FRAME = session_frame(4_000, visitors=0.7)


def test_slices_follow_each_other_in_time() -> None:
    split = split_sessions(as_table(FRAME))

    assert split.method == "time"
    for earlier in range(len(SLICES) - 1):
        last = FRAME.loc[split.rows(earlier), "started_at"].max()
        assert last < FRAME.loc[split.rows(earlier + 1), "started_at"].min()


@pytest.mark.parametrize("change", [{}, {"started_at": None}])
def test_no_visitor_stands_on_two_sides(change: dict) -> None:
    frame = FRAME.assign(**change)
    split = split_sessions(as_table(frame))
    placed = frame.assign(slice=split.slice_of)[split.slice_of != DROPPED]

    assert placed.groupby("visitor_id")["slice"].nunique().max() == 1
    assert frame["visitor_id"].duplicated().any()


def test_sessions_of_visitors_seen_before_are_dropped_and_counted() -> None:
    split = split_sessions(as_table(FRAME))
    told = describe(split, FRAME["purchased"].to_numpy(), FRAME["started_at"])

    dropped = (split.slice_of == DROPPED).sum()
    assert 0 < dropped == sum(told["dropped"].values())
    assert sum(told["slices"][name]["sessions"] for name in SLICES) + dropped == len(FRAME)
    seen_in_training = set(FRAME.loc[split.rows(TRAIN), "visitor_id"])
    assert seen_in_training.isdisjoint(FRAME.loc[split.rows(TEST), "visitor_id"])


def test_the_test_slice_keeps_every_session_of_its_days() -> None:
    """Dropping visitors seen before would leave the test only newcomers, who buy otherwise."""
    split = split_sessions(as_table(FRAME))
    first = FRAME.loc[split.rows(TEST), "started_at"].min()

    assert split.rows(TEST).sum() == (FRAME["started_at"] >= first).sum()
    assert set(split.dropped) == {"The visitor comes back in a later slice"}


def test_where_nearly_everybody_comes_back_the_train_slice_keeps_them() -> None:
    random = np.random.default_rng(1)
    regulars = FRAME.assign(visitor_id=[f"v{number}" for number in random.integers(0, 900, len(FRAME))])
    split = split_sessions(as_table(regulars))

    assert split.rows(TRAIN).sum() > 0.5 * len(FRAME)
    assert set(split.dropped) == {"The visitor was already in an earlier slice"}


def test_without_time_the_visitor_decides_in_any_order_of_rows() -> None:
    frame = FRAME.assign(started_at=None)
    split = split_sessions(as_table(frame))
    shuffled = frame.sample(frac=1, random_state=3)
    again = split_sessions(as_table(shuffled))

    assert split.method == "visitor"
    pd.testing.assert_series_equal(
        pd.Series(split.slice_of, frame["session_id"]).sort_index(),
        pd.Series(again.slice_of, shuffled["session_id"]).sort_index(),
    )
    np.testing.assert_allclose([split.rows(index).mean() for index in range(4)], SHARES, atol=0.03)


def test_without_visitors_each_session_is_one() -> None:
    assert split_sessions(as_table(FRAME.assign(visitor_id=None))).rows(TRAIN).mean() == pytest.approx(0.6)
    assert split_sessions(as_table(FRAME.assign(visitor_id=None, started_at=None))).method == "session"


def test_a_visitor_known_in_only_some_sessions_is_no_trouble() -> None:
    some = FRAME["visitor_id"].where(FRAME.index % 2 == 0)
    split = split_sessions(as_table(FRAME.assign(visitor_id=some, started_at=None)))

    assert split.method == "visitor"
    assert len(np.unique(split.visitor)) == some.nunique() + some.isna().sum()


def test_with_too_little_time_the_visitor_decides_which_is_said() -> None:
    frame = session_frame(500, days=0.82)
    split = split_sessions(as_table(frame))

    assert split.method == "visitor"
    assert re.search(r"cover (19|20) hours, too short .* split by visitor, not by time\.", split.reason)
    told = describe(split, frame["purchased"].to_numpy(), frame["started_at"])
    assert told["reason"] == split.reason


def test_where_returning_visitors_would_empty_a_slice_the_visitor_decides() -> None:
    """Whoever buys early comes back in the last days: the model would have no buyer to learn from."""
    bought = np.arange(len(FRAME)) % 20 == 0
    late = FRAME["visitor_id"].iloc[-200:].to_numpy()
    early_buyer = bought & (np.arange(len(FRAME)) < 3_700)
    visitor = np.where(early_buyer, late[np.arange(len(FRAME)) // 20 % 200], FRAME["visitor_id"])
    table = as_table(FRAME.assign(visitor_id=visitor, purchased=bought))

    assert split_sessions(table).method == "time"
    split = split_sessions(table, bought)
    assert split.method == "visitor"
    assert split.reason.startswith("Returning visitors would leave the train slice 0 sessions with and ")
    assert thin_slice(split, bought) is None


def test_purchases_that_end_half_way_are_no_reason_to_split_by_visitor() -> None:
    early = np.arange(len(FRAME)) < 300
    assert split_sessions(as_table(FRAME), early).method == "time"


def test_all_sessions_of_a_day_stay_together() -> None:
    frame = FRAME.assign(started_at=FRAME["started_at"].dt.normalize(), visitor_id=None)
    split = split_sessions(as_table(frame))

    assert frame.assign(slice=split.slice_of).groupby("started_at")["slice"].nunique().max() == 1
