"""Funnels, times, where likely buyers leave and typical journeys, against plain counting."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.proportion import proportion_confint

from core.base.errors import CoreError
from core.journeys import abandonment, funnel, step_times, typical_path
from core.journeys.abandonment import likely_and_gone
from core.results.filters import Filters
from core.results.sources import Source, find_source
from core.results.view import ResultView
from tests.core.journeys import independent


@pytest.fixture(scope="module")
def rows(simulated: Source) -> pd.DataFrame:
    return pq.read_table(simulated.path).to_pandas()


@pytest.fixture(scope="module")
def paths(events: pa.Table) -> dict[str, list[tuple]]:
    return independent.of_log(events.to_pandas())


def test_a_funnel_counts_who_goes_on_by_group(simulated: Source, rows: pd.DataFrame) -> None:
    found = funnel(simulated, Filters(), "device")
    reached = {
        "viewed": rows.product_views > 0,
        "cart": rows.cart_adds > 0,
        "checkout": rows.checkouts > 0,
        "bought": rows.purchased,
    }
    on_page = {step.stage: step.n for step in ResultView(simulated.path).funnel(Filters())}
    assert {stage.stage: stage.n for stage in found.whole.stages} == on_page
    assert {group.key: group.n for group in found.groups} == rows.device.value_counts().to_dict()
    for group in (found.whole, *found.groups):
        own = rows.device == group.key if group.key else np.ones(len(rows), bool)
        before = own
        for stage in group.stages:
            passed = int((before & reached[stage.stage] & own).sum())
            assert (stage.n, stage.before) == (int((own & reached[stage.stage]).sum()), int(before.sum()))
            assert stage.passed == passed
            if stage.before:
                interval = proportion_confint(passed, stage.before, method="wilson")
                assert (stage.low, stage.high) == pytest.approx(interval)
            before = own & reached[stage.stage]


def test_a_funnel_needs_no_events(folder: object) -> None:
    found = funnel(find_source("training"), Filters(), "cluster")

    assert [stage.stage for stage in found.whole.stages] == ["viewed", "cart", "checkout", "bought"]
    assert sum(group.n for group in found.groups) == found.whole.n
    assert all(group.label for group in found.groups)


def test_times_are_between_steps_that_follow_each_other(
    simulated: Source, paths: dict[str, list[tuple]]
) -> None:
    took: dict[tuple, list[float]] = {}
    ways: list[float] = []
    for steps in paths.values():
        known = [(step, moment) for step, moment in steps if moment is not None]
        for (source, start), (target, end) in itertools.pairwise(known):
            took.setdefault((source, target), []).append((end - start).total_seconds())
        firsts = dict(reversed(known))
        if {"product_view", "cart_add"} <= set(firsts):
            way = (firsts["cart_add"] - firsts["product_view"]).total_seconds()
            ways += [way] if way > 0 else []

    found = step_times(simulated, Filters())
    assert [time.n for time in found.pairs] == sorted((time.n for time in found.pairs), reverse=True)
    assert found.pairs[0].n == max(len(times) for times in took.values())
    for time in found.pairs:
        expected = np.quantile(took[time.source, time.target], [0.25, 0.5, 0.75])
        assert (time.low, time.median, time.high) == pytest.approx(expected)
        assert time.n == len(took[time.source, time.target])
    (to_cart,) = [time for time in found.ways if (time.source, time.target) == ("product_view", "cart_add")]
    assert to_cart.n == len(ways)
    assert to_cart.median == pytest.approx(np.median(ways))


def test_likely_buyers_leave_somewhere(
    simulated: Source, rows: pd.DataFrame, paths: dict[str, list[tuple]]
) -> None:
    at_least = float(rows.purchase_probability.quantile(0.9))
    found = abandonment(simulated, Filters(), at_least)
    last = rows.session_id.map(lambda session: paths[session][-2][0] if len(paths[session]) > 1 else None)
    gone = ~rows.purchased & (rows.purchase_probability >= at_least)

    assert {step.step: step.likely for step in found.steps if step.likely} == last[
        gone
    ].value_counts().to_dict()
    assert {step.step: step.every for step in found.steps} == last[~rows.purchased].value_counts().to_dict()
    assert (found.n, found.total) == (gone.sum(), gone.sum())
    assert found.expected == pytest.approx(rows.expected_revenue[gone].sum())
    assert sum(step.expected for step in found.steps) == pytest.approx(found.expected)
    # The same sessions by the filters an audience is made of.
    audience = likely_and_gone(Filters(), at_least)
    assert ResultView(simulated.path).kpis(audience).n == gone.sum()
    assert likely_and_gone(Filters(p=(0.9, None)), 0.2).p == (0.9, None)


def test_without_amounts_no_revenue_is_left_behind_which_is_not_none(
    simulated: Source, tmp_path: Path
) -> None:
    table = pq.read_table(simulated.path)
    for name in (
        "expected_revenue",
        "predicted_revenue",
        "revenue_if_purchase",
        "revenue_low",
        "revenue_high",
    ):
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.nulls(table.num_rows, pa.float64()))
    pq.write_table(table, tmp_path / "sessions.parquet")
    source = replace(simulated, path=tmp_path / "sessions.parquet")
    found = abandonment(source, Filters(), 0.1)
    assert found.total > 0
    assert found.expected is None
    assert {step.expected for step in found.steps} == {None}


def test_the_typical_journey_is_one_somebody_took(simulated: Source, rows: pd.DataFrame, paths: dict) -> None:
    def far(one: list[str], other: list[str]) -> int:
        line = list(range(len(other) + 1))
        for row, left in enumerate(one, start=1):
            last, line[0] = line[0], row
            for place, right in enumerate(other, start=1):
                last, line[place] = (
                    line[place],
                    min(line[place] + 1, line[place - 1] + 1, last + (left != right)),
                )
        return line[-1]

    cluster = 2
    own = [
        [step for step, _ in paths[session]][:5] for session in rows[rows.cluster_id == cluster].session_id
    ]
    found = typical_path(simulated, cluster, steps=5)
    steps = [step.step for step in found.steps]
    assert found.n == len(own)
    assert found.n_same == own.count(steps)
    assert found.compared == 1
    # By sums of distances: several journeys may be as typical.
    totals = {tuple(path): sum(far(path, other) for other in own) for path in own}
    assert totals[tuple(steps)] == min(totals.values())
    for place, step in enumerate(found.steps):
        there = [path[place] for path in own if len(path) > place]
        assert step.share == pytest.approx(there.count(step.step) / len(there))
        assert step.reached == pytest.approx(len(there) / len(own))
    assert typical_path(simulated, 77) is None


def test_times_and_predictions_that_are_not_there_are_asked_for_in_words(
    simulated: Source, folder: object
) -> None:
    with pytest.raises(CoreError, match="steps of these sessions aren't known"):
        step_times(find_source("training"), Filters())
    with pytest.raises(CoreError, match="steps of these sessions aren't known"):
        abandonment(replace(simulated, dataset_id=None), Filters(), 0.5)
