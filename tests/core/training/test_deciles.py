"""Tenths by expected revenue add up to all sessions, and tell an honest model from a blind one."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pyarrow as pa
import pytest

from core.training.deciles import revenue_deciles

N = 20_000


def _scored(*, blind: bool = False) -> pa.Table:
    random = np.random.default_rng(3)
    probability, basket = random.beta(1, 9, N), random.lognormal(4, 0.7, N)
    bought = random.random(N) < probability
    expected = probability * basket
    return pa.table(
        {
            "session_id": [f"s{number}" for number in range(N)],
            "purchased": bought,
            "revenue": np.where(bought, basket, 0.0),
            "expected_revenue": random.permutation(expected) if blind else expected,
        }
    )


def test_the_tenths_add_up_and_follow_what_was_expected() -> None:
    scored = _scored()
    rows = revenue_deciles(scored)

    assert [row["decile"] for row in rows] == list(range(1, 11))
    assert {row["n"] for row in rows} == {N // 10}
    assert sum(row["buyers"] for row in rows) == scored["purchased"].to_numpy(zero_copy_only=False).sum()
    assert sum(row["share"] for row in rows) == pytest.approx(1.0)
    total = sum(row["n"] * row["actual"] for row in rows)
    assert total == pytest.approx(scored["revenue"].to_numpy().sum())
    assert all(one["expected"] > other["expected"] for one, other in itertools.pairwise(rows))
    assert sum(row["low"] <= row["expected"] <= row["high"] for row in rows) >= 8
    assert rows[0]["share"] > 0.3 > 0.05 > rows[-1]["share"]
    json.dumps(rows)


def test_blind_expectations_show_as_tenths_that_all_bring_the_same() -> None:
    shares = [row["share"] for row in revenue_deciles(_scored(blind=True))]

    assert max(shares) < 0.15


def test_sessions_of_unknown_amount_are_left_out() -> None:
    scored = _scored()
    amount = scored["revenue"].to_numpy().copy()
    amount[:5_000] = np.where(amount[:5_000] > 0, np.nan, 0.0)
    unknown = int((scored["revenue"].to_numpy()[:5_000] > 0).sum())
    rows = revenue_deciles(scored.set_column(2, "revenue", pa.array(amount)))

    assert sum(row["n"] for row in rows) == N - unknown


@pytest.mark.parametrize(
    "change",
    [
        {"expected_revenue": pa.nulls(N, pa.float64())},
        {"revenue": pa.nulls(N, pa.float64())},
        {"revenue": pa.array(np.zeros(N))},
    ],
)
def test_nothing_is_said_where_nothing_is_known(change: dict[str, pa.Array]) -> None:
    scored = _scored()
    for name, column in change.items():
        scored = scored.set_column(scored.column_names.index(name), name, column)

    assert revenue_deciles(scored) == []
    assert revenue_deciles(_scored().slice(0, 50)) == []
