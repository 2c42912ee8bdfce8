"""The map as a browser gets it, areas, time, crossings and pairs: against the same by pandas and NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from core.base.errors import NotFoundError
from core.base.identity import Identity, acting_as
from core.results.area import read_area
from core.results.clusters import session_map
from core.results.clusters.crossed import crossed, sides
from core.results.clusters.drawn_area import members, selection
from core.results.clusters.over_time import over_time
from core.results.clusters.pair import conversion_gap, feature_gaps, revenue_per_session, share_gaps
from core.results.clusters.profiles import ClusterView
from core.results.scored_sessions import ScoredSessions
from tests.core.results.scored import scored_frame, write_scored

AREA = "0.5:-0.2,1.6:-0.3,1.4:0.4,0.7:0.5"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    frame = scored_frame(900)
    frame["started_at"] = pd.Timestamp("2026-01-05") + pd.to_timedelta(np.arange(900) % 20, "D")
    frame["day_of_week"] = frame["started_at"].dt.day_of_week + 1
    return frame


@pytest.fixture(scope="module")
def file(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ScoredSessions:
    path = write_scored(frame, tmp_path_factory.mktemp("explorer") / "sessions.parquet")
    return ScoredSessions.of(path)


def test_the_dots_lie_where_their_sessions_do_and_keep_their_order(
    frame: pd.DataFrame, file: ScoredSessions
) -> None:
    head, places = session_map.unpack(session_map.places(file))
    ids = session_map.sessions(file)
    rows = frame.set_index("session_id").loc[ids]

    assert len(ids) == 900 == session_map.on_map(file)
    for axis in ("x", "y"):
        there = head[axis]["low"] + places[axis].astype(float) * head[axis]["step"]
        assert np.abs(there - rows[f"cluster_{axis}"].to_numpy()).max() < 0.001
    assert places["cluster"].tolist() == rows["cluster_id"].tolist()
    prices, values = session_map.unpack(session_map.values(file, "price_mean"))
    np.testing.assert_allclose(values["values"], rows["price_mean"], rtol=1e-6)
    assert prices["unknown"] == int(rows["price_mean"].isna().sum()) > 0
    bought, codes = session_map.unpack(session_map.values(file, "purchased"))
    assert [bought["names"][code] == "Yes" for code in codes["values"]] == rows["purchased"].tolist()
    groups, codes = session_map.unpack(session_map.values(file, "country_group"))
    assert [groups["names"][code] for code in codes["values"]] == rows["country_group"].tolist()


def test_the_map_is_bounded_and_does_not_depend_on_row_order(frame: pd.DataFrame, tmp_path: Path) -> None:
    one = write_scored(frame, tmp_path / "one.parquet")
    other = write_scored(frame.sample(frac=1, random_state=1), tmp_path / "other.parquet")

    assert len(session_map.sessions(ScoredSessions.of(one), 100)) == 100
    assert session_map.places(ScoredSessions.of(one), 100) == session_map.places(
        ScoredSessions.of(other), 100
    )


def test_many_values_share_the_last_colour(frame: pd.DataFrame, tmp_path: Path) -> None:
    many = frame.assign(dominant_category=[f"c{n % 30}" for n in range(len(frame))])
    path = write_scored(many, tmp_path / "many.parquet")
    head, codes = session_map.unpack(session_map.values(ScoredSessions.of(path), "dominant_category"))

    assert len(head["names"]) == session_map.MOST_VALUES + 1
    assert head["names"][-1] == "All others"
    assert codes["values"].max() == session_map.MOST_VALUES


def test_only_what_is_told_is_offered_as_a_colour(file: ScoredSessions) -> None:
    offered = {one.name for one in session_map.colourings(file)}

    assert {"cluster_id", "purchased", "purchase_probability", "expected_revenue", "price_mean"} <= offered
    assert not {"device", "session_id", "started_at"} & offered
    for unknown in ("cluster_id", "session_id", "1; DROP TABLE sessions"):
        with pytest.raises(NotFoundError):
            session_map.values(file, unknown)


def test_a_map_without_sessions_is_empty(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = write_scored(frame.iloc[:0], tmp_path / "empty.parquet")

    head, places = session_map.unpack(session_map.places(ScoredSessions.of(path)))
    assert head["x"] == {"low": 0.0, "step": 1.0}
    assert len(places["x"]) == 0
    assert session_map.unpack(session_map.values(ScoredSessions.of(path), "n_events"))[0]["high"] == 0.0


def test_an_area_holds_what_pandas_finds_within(frame: pd.DataFrame, file: ScoredSessions) -> None:
    box = read_area("0.5:-9,1.5:-9,1.5:9,0.5:9")
    within = frame[frame.cluster_x.astype(np.float32).astype(float).between(0.5, 1.5)]
    found = selection(file, box)
    price = next(cell for cell in found.cells if cell.feature == "price_mean")
    deviation = spread(frame.price_mean)

    assert (found.n, found.total) == (len(within), 900)
    assert dict(found.clusters) == within.cluster_id.value_counts().to_dict()
    assert found.conversion == pytest.approx(within.purchased.mean())
    assert found.low < found.conversion < found.high
    assert found.expected_buyers == pytest.approx(within.purchase_probability.sum())
    assert found.buyers_low < found.expected_buyers < found.buyers_high
    assert found.revenue == pytest.approx(within.revenue.sum())
    assert price.difference == pytest.approx((within.price_mean.mean() - frame.price_mean.mean()) / deviation)
    listed = [row["purchase_probability"] for row in members(file, box, 5)]
    assert listed == sorted(within.purchase_probability, reverse=True)[:5]
    assert selection(file, read_area("80:80,81:80,81:81")).n == 0


def spread(values: pd.Series) -> float:
    return float(values.std(ddof=0))


def test_shares_of_every_day_add_up_and_long_spans_get_longer_steps(
    frame: pd.DataFrame, file: ScoredSessions, tmp_path: Path
) -> None:
    told = over_time(file)
    days = frame.groupby([frame.started_at.dt.date, "cluster_id"]).purchased.agg(["size", "mean"])

    assert told.step == "day"
    assert told.observed
    assert {(m.start, m.cluster_id): (m.n, m.conversion) for m in told.moments} == {
        place: (row["size"], pytest.approx(row["mean"])) for place, row in days.iterrows()
    }
    for start in {m.start for m in told.moments}:
        assert sum(m.share for m in told.moments if m.start == start) == pytest.approx(1)
    weeks = over_time(file, "week")
    assert {m.start.isoweekday() for m in weeks.moments} == {1}
    long = frame.assign(started_at=pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(900) * 2, "D"))
    path = write_scored(long, tmp_path / "long.parquet")
    assert over_time(ScoredSessions.of(path)).step == "month"
    assert over_time(ScoredSessions.of(path), "day").step == "week"


def test_crossings_count_every_session_once(frame: pd.DataFrame, file: ScoredSessions) -> None:
    told = crossed(file, "country_group", "weekday")
    of_one = crossed(file, "country_group", "weekday", 2)
    plain = frame.groupby(["country_group", "day_of_week"]).agg(
        n=("n_events", "size"), paid=("revenue", "sum")
    )

    assert sum(one.n for one in told.crossings) == told.n == told.total == 900
    assert of_one.n == int((frame.cluster_id == 2).sum())
    assert {(one.row, one.column): one.revenue for one in told.crossings} == {
        place: pytest.approx(row.paid) for place, row in plain.iterrows()
    }
    assert told.columns == (1, 2, 3, 4, 5, 6, 7)
    assert sides(file) == ["cluster", "country_group", "weekday", "category"]


def test_what_two_clusters_differ_in_comes_first(frame: pd.DataFrame, file: ScoredSessions) -> None:
    view = ClusterView(file.path)
    gaps = feature_gaps(view.profile(), 2, 0)
    sizes = [abs(gap.gap) for gap in gaps]
    per = revenue_per_session(file)["2"]
    own = frame[frame.cluster_id == 2].revenue
    low, high = stats.norm.interval(0.95, own.mean(), own.sem())

    assert sizes == sorted(sizes, reverse=True)
    assert gaps[0].gap > 1
    assert (per.n, per.mean) == (len(own), pytest.approx(own.mean()))
    assert (per.low, per.high) == pytest.approx((max(0, low), high))
    shares = share_gaps(file, 2, 0)
    assert {gap.side for gap in shares} == {"country_group", "dominant_category"}


def test_the_difference_of_conversions_has_newcombes_interval(
    file: ScoredSessions, frame: pd.DataFrame
) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    view = ClusterView(file.path)
    outcomes = view.outcomes()
    first, second = (next(c for c in outcomes.clusters if c.cluster_id == place) for place in (2, 0))
    counts = frame.groupby("cluster_id").purchased.agg(["sum", "size"])
    expected = confint_proportions_2indep(*counts.loc[2], *counts.loc[0], method="newcomb", compare="diff")

    gap, low, high = conversion_gap(outcomes, first, second)
    assert gap == pytest.approx(first.conversion - second.conversion)
    assert (low, high) == pytest.approx(expected, abs=1e-6)


def test_the_browser_reads_what_is_packed() -> None:
    content = session_map.pack(
        {"né": 1}, {"a": np.array([1, 2, 3], "u1"), "b": np.array([1.5, np.nan], "<f4")}
    )

    head, arrays = session_map.unpack(content)
    assert head == {"né": 1}
    assert arrays["a"].tolist() == [1, 2, 3]
    assert np.isnan(arrays["b"][1])
    assert len(content) % 4 == 0


def test_a_shops_own_columns_colour_the_map(frame: pd.DataFrame, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    own = {
        'Tier "A/B"': random.choice(["gold", "silver", None], len(frame)),
        "basket_score": random.normal(size=len(frame)),
        "opted_in": random.random(len(frame)) < 0.5,
        "order_id": np.arange(len(frame)),
        "email": [f"{number}@shop.example" for number in range(len(frame))],
        "nothing": [None] * len(frame),
    }
    path = write_scored(frame, tmp_path / "own.parquet")
    table = pq.read_table(path)
    for name, values in own.items():
        table = table.append_column(name, pa.array(values, from_pandas=True))
    pq.write_table(table, path)
    key = ScoredSessions.of(path)
    offered = {one.label: one for one in session_map.colourings(key) if one.group == session_map.OWN_GROUP}
    rows = frame.assign(**own).set_index("session_id").loc[session_map.sessions(key)]

    assert {name: one.kind for name, one in offered.items()} == {
        'Tier "A/B"': "category",
        "basket_score": "count",
        "opted_in": "category",
    }, "ids and empty columns tell nothing"
    head, codes = session_map.unpack(session_map.values(key, offered['Tier "A/B"'].name))
    tiers = rows['Tier "A/B"']
    assert head["label"] == 'Tier "A/B"'
    assert head["unknown"] == int(tiers.isna().sum()) > 0
    named = [None if code == session_map.UNKNOWN else head["names"][code] for code in codes["values"]]
    assert named == [None if pd.isna(tier) else tier for tier in tiers]
    _, scores = session_map.unpack(session_map.values(key, offered["basket_score"].name))
    np.testing.assert_allclose(scores["values"], rows["basket_score"], rtol=1e-6)
    head, codes = session_map.unpack(session_map.values(key, offered["opted_in"].name))
    assert [head["names"][code] == "Yes" for code in codes["values"]] == rows["opted_in"].tolist()
    with pytest.raises(NotFoundError):
        session_map.values(key, "own_99")
    with acting_as(Identity(role="viewer", via="account")):
        assert not any(one.group == session_map.OWN_GROUP for one in session_map.colourings(key))
