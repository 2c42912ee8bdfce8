"""Every number of the clusters page, against pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.errors import NotFoundError
from core.results.clusters.profiles import PROFILE_FIELDS, ClusterView
from tests.core.results.scored import scored_frame, write_scored


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return scored_frame()


@pytest.fixture(scope="module")
def view(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ClusterView:
    return ClusterView(write_scored(frame, tmp_path_factory.mktemp("scored") / "sessions.parquet"))


def test_sizes_conversion_and_revenue_are_what_pandas_says(view: ClusterView, frame: pd.DataFrame) -> None:
    outcomes = view.outcomes()
    expected = frame.groupby("cluster_id").agg(
        n=("session_id", "size"), conversion=("purchased", "mean"), revenue=("revenue", "sum")
    )

    assert outcomes.n == len(frame)
    assert outcomes.conversion_observed
    assert outcomes.revenue_observed
    assert outcomes.conversion == pytest.approx(frame["purchased"].mean())
    assert [cluster.n for cluster in outcomes.clusters] == sorted(expected["n"], reverse=True)
    for cluster in outcomes.clusters:
        row = expected.loc[cluster.cluster_id]
        assert (cluster.n, cluster.n_known) == (row["n"], row["n"])
        assert cluster.conversion == pytest.approx(row["conversion"])
        assert cluster.revenue == pytest.approx(row["revenue"])
        assert cluster.low <= cluster.conversion <= cluster.high


def test_without_outcomes_conversion_and_revenue_are_the_predicted_ones(tmp_path: Path) -> None:
    frame = scored_frame(200, outcomes=False)
    outcomes = ClusterView(write_scored(frame, tmp_path / "sessions.parquet")).outcomes()
    expected = frame.groupby("cluster_id")[["purchase_probability", "expected_revenue"]]

    assert not outcomes.conversion_observed
    assert not outcomes.revenue_observed
    assert outcomes.conversion == pytest.approx(frame["purchase_probability"].mean())
    for cluster in outcomes.clusters:
        assert cluster.conversion == pytest.approx(
            expected.mean()["purchase_probability"][cluster.cluster_id]
        )
        assert cluster.revenue == pytest.approx(expected.sum()["expected_revenue"][cluster.cluster_id])
        assert cluster.low is None


def test_profile_is_the_standardised_difference_of_the_means(view: ClusterView, frame: pd.DataFrame) -> None:
    names = [field.name for field in PROFILE_FIELDS if field.name in frame.columns]
    numbers = frame[names].astype(float)
    means = numbers.groupby(frame["cluster_id"]).mean()
    differences = (means - numbers.mean()) / numbers.std(ddof=0).replace(0, np.nan)

    cells = view.profile()

    assert len(cells) == 3 * len(names)
    for cell in cells:
        assert cell.mean == pytest.approx(means.loc[cell.cluster_id, cell.feature])
        assert cell.overall_mean == pytest.approx(numbers[cell.feature].mean())
        wanted = differences.loc[cell.cluster_id, cell.feature]
        assert cell.difference == (None if np.isnan(wanted) else pytest.approx(wanted))


def test_typical_sessions_are_the_closest_to_the_centre(view: ClusterView, frame: pd.DataFrame) -> None:
    names = [field.name for field in PROFILE_FIELDS if field.name in frame.columns]
    logs = np.log1p(frame[names].astype(float).clip(lower=0))
    members = logs[frame["cluster_id"] == 2]
    scaled = (members - members.mean()) / logs.std(ddof=0).where(lambda spread: spread > 1e-9)
    distance = (scaled**2).fillna(0).sum(axis="columns")
    wanted = (
        frame.loc[members.index, ["session_id"]]
        .assign(distance=distance.round(9))
        .sort_values(["distance", "session_id"])["session_id"]
        .head(5)
    )

    assert [row["session_id"] for row in view.typical(2, 5)] == list(wanted)


def test_where_all_sessions_are_alike_any_is_typical(tmp_path: Path) -> None:
    frame = pd.concat([scored_frame(1)] * 3, ignore_index=True)
    frame["session_id"] = ["c", "a", "b"]
    view = ClusterView(write_scored(frame, tmp_path / "sessions.parquet"))

    assert [row["session_id"] for row in view.typical(int(frame["cluster_id"][0]), 2)] == ["a", "b"]


def test_an_axis_means_what_grows_along_it(tmp_path: Path) -> None:
    frame = scored_frame()
    frame["cluster_x"] = -np.log1p(frame["n_events"]) + 0.01 * np.arange(len(frame)) / len(frame)
    frame["cluster_y"] = np.random.default_rng(3).normal(size=len(frame))
    horizontal, vertical = ClusterView(write_scored(frame, tmp_path / "sessions.parquet")).axes()

    assert horizontal.features[0] == "n_events"
    assert not horizontal.rising
    assert vertical.features == ()


def test_columns_an_export_does_not_have_are_left_out(tmp_path: Path) -> None:
    frame = scored_frame(60).drop(columns=["price_mean", "price_max", "searches"])
    view = ClusterView(write_scored(frame, tmp_path / "sessions.parquet"))

    assert "price_mean" not in {cell.feature for cell in view.profile()}
    assert "price_mean" not in view.typical(0, 1)[0]


def test_a_file_that_is_gone_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no longer exist"):
        ClusterView(tmp_path / "gone.parquet")
