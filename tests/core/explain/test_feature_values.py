"""Values of a feature in steps and groups: nobody is lost, no value is cut in two, ranks rise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from core.explain import Explained
from core.explain.feature_values import STEPS, Categories, Numbers, column_of, is_ordered, ranks_of


def explained(**columns: list) -> Explained:
    n = len(next(iter(columns.values())))
    points = np.arange(n * len(columns), dtype=float).reshape(n, len(columns))
    return Explained(
        target="purchase",
        features=tuple(columns),
        base=0.1,
        effects=points,
        points=points,
        prediction=0.1 + points.sum(axis=1),
        table=pa.table(columns),
    )


def test_steps_hold_every_shown_session_once_and_cut_no_value() -> None:
    rng = np.random.default_rng(4)
    values = np.concatenate([np.zeros(900), rng.integers(1, 80, 100), [np.nan] * 7]).astype(float)
    points = rng.normal(size=len(values))
    column = Numbers(values=values)
    steps = column.steps(points)

    assert sum(step.n for step in steps) == column.shown.sum()
    assert steps[0].low == steps[0].high == 0
    assert steps[0].n == 900
    assert len(steps) > STEPS / 3, "what most sessions have leaves room for the others"
    ends = [end for step in steps for end in (step.low, step.high)]
    assert ends == sorted(ends)
    for before, after in pairwise(steps):
        assert before.high < after.low
    for step in steps:
        within = (values >= step.low) & (values <= step.high)
        assert step.n == within.sum()
        assert step.mean == pytest.approx(points[within].mean())


def test_few_values_are_a_step_each() -> None:
    column = Numbers(values=np.repeat([0.0, 1.0, 5.0], 20))
    assert [(step.low, step.high, step.n) for step in column.steps(np.ones(60))] == [
        (0, 0, 20), (1, 1, 20), (5, 5, 20),
    ]  # fmt: skip


def test_the_few_highest_values_are_not_shown() -> None:
    column = Numbers(values=np.concatenate([np.arange(200.0), [1e9]]))
    assert column.limit < 1e6
    assert column.shown.sum() >= 198


def test_ranks_go_from_the_lowest_to_the_highest() -> None:
    ranks = Numbers(values=np.array([3.0, 1.0, np.nan, 1.0, 9.0])).ranks()
    assert ranks[4] == 1
    assert ranks[1] == ranks[3] == 0
    assert np.isnan(ranks[2])
    assert 0 < ranks[0] < 1
    assert set(Numbers(values=np.full(4, 2.0)).ranks()) == {0.5}


def test_few_whole_numbers_are_drawn_beside_each_other() -> None:
    values = np.repeat([1.0, 2.0], 50)
    across = Numbers(values=values).across()
    assert len(np.unique(across)) == 100
    assert np.array_equal(np.round(across), values)
    halves = values + 0.5
    assert np.array_equal(Numbers(values=halves).across(), halves)


def test_yes_and_no_and_days_are_categories_in_their_own_order() -> None:
    told = explained(
        is_returning=[True, False, None, True],
        day_of_week=[7, 1, 1, 1],
        dominant_category=["shoes", "shoes", "bags", None],
        n_events=[1, 2, 3, None],
    )
    column = column_of(told, "is_returning")
    assert isinstance(column, Categories)
    groups = column.groups(np.array([4.0, 1.0, 0.0, 2.0]), 9, ordered=is_ordered("is_returning"))
    assert [(group.value, group.n, group.mean) for group in groups] == [
        (False, 1, 1.0), (True, 2, 3.0), (None, 1, 0.0),
    ]  # fmt: skip
    assert column_of(told, "day_of_week").values == (1, 7)
    assert column_of(told, "dominant_category").values == ("shoes", None, "bags")
    assert isinstance(column_of(told, "n_events"), Numbers)
    assert np.isnan(ranks_of(told, "dominant_category")).all()
    assert ranks_of(told, "is_returning")[0] == 1


def test_groups_that_add_most_come_first() -> None:
    told = explained(dominant_category=["shoes", "bags", "bags", "hats"])
    column = column_of(told, "dominant_category")
    groups = column.groups(np.array([5.0, 1.0, 2.0, 9.0]), 2, ordered=False)
    assert [group.value for group in groups] == ["hats", "bags"]
