"""Counts of steps against pandas, on REES46 and on the simulated shop; filters; what is put together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import CoreError
from core.journeys import first_steps, last_steps, paths_of
from core.journeys import paths as laid_aside
from core.journeys.labels import OTHER
from core.journeys.steps import Journeys
from core.results.filters import Filters
from core.results.sources import Source, find_source
from tests.core.journeys import independent

REES46_TYPES = {
    "view": "product_view",
    "cart": "cart_add",
    "remove_from_cart": "cart_remove",
    "purchase": "purchase",
}


def counted(found: Journeys) -> Counter:
    return Counter({(flow.column, flow.source, flow.target): flow.n for flow in found.flows})


@pytest.fixture(scope="module")
def logs(events: pa.Table, shared_data: Path) -> dict[str, pd.DataFrame]:
    # A row that is there twice is one event; one without a session belongs to none.
    rees46 = (
        pd.read_csv(shared_data / "rees46_2019-10-01.csv").drop_duplicates().dropna(subset="user_session")
    )
    return {
        "simulated": events.to_pandas(),
        "rees46": pd.DataFrame(
            {
                "session_id": rees46.user_session,
                "timestamp": pd.to_datetime(rees46.event_time, utc=True),
                "event_type": rees46.event_type.map(REES46_TYPES),
                "category": rees46.category_code,
            }
        ),
    }


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("name", ["simulated", "rees46"])
def test_counts_are_those_of_an_independent_computation(
    request: pytest.FixtureRequest, logs: dict[str, pd.DataFrame], name: str, merge: bool
) -> None:
    source = request.getfixturevalue(name)
    every = independent.names(independent.of_log(logs[name], merge=merge))
    bought = [steps for steps in every if steps[-1] == "bought"]
    left = [steps for steps in every if steps[-1] == "left"]
    assert bought
    assert left

    found = first_steps(source, Filters(), 4, merge=merge, rare=0)
    assert counted(found) == independent.first(every, 4)
    assert found.n == found.of == len(every)
    for before, paths in (("purchase", bought), ("exit", left), ("all", every)):
        found = last_steps(source, Filters(), 3, before, merge=merge, rare=0)
        assert counted(found) == independent.last(paths, 3), before
        assert (found.n, found.of) == (len(paths), len(every))


def test_categories_are_steps_and_the_rarer_ones_are_one(
    simulated: Source, logs: dict[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logs["simulated"]
    looked = log[log.event_type.isin(independent.LOOKED)].category.dropna()
    commonest = sorted(looked.value_counts().items(), key=lambda item: (-item[1], item[0]))[:3]
    monkeypatch.setattr(laid_aside, "NAMES", 3)
    laid_aside._paths.clear()
    known = {f"category:{name}" for name, _ in commonest}

    # Of what is put together, one follows another as often as before.
    paths = independent.names(independent.of_log(log, level="category", merge=False))
    expected: Counter = Counter()
    for (column, source, target), n in independent.first(paths, 3).items():
        together = [
            step if step is None or step in known or ":" not in step else "category:*"
            for step in (source, target)
        ]
        expected[column, together[0], together[1]] += n
    found = first_steps(simulated, Filters(), 3, level="category", merge=False, rare=0)
    laid_aside._paths.clear()
    assert counted(found) == expected


def test_filters_choose_the_sessions(simulated: Source, logs: dict[str, pd.DataFrame]) -> None:
    rows = pq.read_table(simulated.path).to_pandas()
    filters = Filters(
        cluster=(1,), country_group=("Germany", "EU"), device=("mobile",), p=(0.0, 0.5), purchased=False
    )
    wanted = rows[
        (rows.cluster_id == 1)
        & rows.country_group.isin(["Germany", "EU"])
        & (rows.device == "mobile")
        & (rows.purchase_probability < 0.5)
        & ~rows.purchased
    ]
    assert 20 < len(wanted) < len(rows) / 2
    log = logs["simulated"]
    paths = independent.names(independent.of_log(log[log.session_id.isin(wanted.session_id)]))

    found = first_steps(simulated, filters, 5, rare=0)
    assert counted(found) == independent.first(paths, 5)
    assert found.of == len(wanted)
    nobody = first_steps(simulated, Filters(cluster=(77,)), 5)
    assert (nobody.n, nobody.flows) == (0, ())


def test_sessions_cut_by_silence_have_the_same_journeys(keyless: Source, simulated: Source) -> None:
    # The simulated shop's visits lie far apart: cut by silence they are nearly the same ones.
    own, cut = first_steps(simulated, Filters(), 3), first_steps(keyless, Filters(), 3)
    assert cut.n == cut.of == pq.read_metadata(keyless.path).num_rows
    assert abs(own.n - cut.n) < 0.05 * own.n
    assert {flow.target for flow in cut.flows} == {flow.target for flow in own.flows}


def test_rarer_steps_are_put_together_and_nobody_gets_lost(simulated: Source) -> None:
    whole = first_steps(simulated, Filters(), 5, rare=0)
    found = first_steps(simulated, Filters(), 5, rare=0.06)

    assert any(node.step == OTHER for node in found.nodes)
    for column in range(1, 6):
        before = [node for node in whole.nodes if node.column == column]
        after = [node for node in found.nodes if node.column == column]
        assert sum(node.n for node in after) == sum(node.n for node in before)
        ends = {node.step: node.n for node in before if node.step in ("left", "bought")}
        assert ends == {node.step: node.n for node in after if node.step in ("left", "bought")}
        for node in after:
            went = sum(
                flow.n for flow in found.flows if (flow.column, flow.source) == (column + 1, node.step)
            )
            assert went <= node.n
            assert node.step in ("left", "bought") or column == 5 or went == node.n


def test_a_large_result_is_looked_at_by_a_sample_that_stays_the_same(
    simulated: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laid_aside, "SAMPLE", 250)
    laid_aside._paths.clear()
    try:
        paths = paths_of(simulated)
        found = last_steps(simulated, Filters(), 3)
        assert paths.is_sample
        assert (paths.n, paths.total) == (250, 700)
        assert (found.n, found.of, found.is_sample) == (250, 700, True)
        rows = pq.read_table(paths.file, columns=["row"])["row"].to_pylist()
        laid_aside._paths.clear()
        paths.file.unlink()
        assert pq.read_table(paths_of(simulated).file, columns=["row"])["row"].to_pylist() == rows
    finally:
        laid_aside._paths.clear()


def test_what_is_missing_is_said_in_words(folder: Path) -> None:
    with pytest.raises(CoreError, match="steps of these sessions aren't known") as error:
        first_steps(find_source("training"), Filters())
    assert "one row for each page view" in str(error.value.remedy)
