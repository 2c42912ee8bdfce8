"""Figures of the clusters page: what they draw is what they are given."""

from __future__ import annotations

import pytest

from components.clusters.difference_bars import difference_bars
from components.clusters.side_by_side import cluster_names
from components.figures import clusters as figures
from core.results.clusters.profiles import ClusterView, ProfileCell
from core.results.filters import Filters
from core.results.view import ResultView
from core.schema.sessions import FIELD
from tests.core.results.scored import NAMES, scored_frame, write_scored


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> ClusterView:
    return ClusterView(write_scored(scored_frame(), tmp_path_factory.mktemp("s") / "sessions.parquet"))


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> ClusterView:
    frame = scored_frame(200, outcomes=False)
    return ClusterView(write_scored(frame, tmp_path_factory.mktemp("s") / "sessions.parquet"))


def test_the_map_has_every_point_in_its_clusters_colour(view: ClusterView) -> None:
    points, names = ResultView(view.path).points(Filters()), cluster_names(view.outcomes())
    figure = figures.map_figure(points=points, names=names, selected=None, horizontal="more: events →")

    assert [trace.name for trace in figure.data] == list(names.values())
    assert sum(len(trace.x) for trace in figure.data) == len(points["session_id"])
    for trace, cluster_id in zip(figure.data, names, strict=True):
        assert trace.marker.color == figures.colour(cluster_id)
        assert {about[0] for about in trace.customdata} == {cluster_id}
    assert figure.layout.xaxis.title.text == "more: events →"


def test_selecting_a_cluster_fades_the_others_and_nothing_else(view: ClusterView) -> None:
    points, names = ResultView(view.path).points(Filters()), cluster_names(view.outcomes())
    selected = figures.map_figure(points=points, names=names, selected=1)

    faded = figures.faded(points, names, 1)
    assert [trace.marker.opacity for trace in selected.data] == faded
    assert {opacity for cluster, opacity in zip(names, faded, strict=True) if cluster != 1} == {figures.FADED}
    assert faded[list(names).index(1)] == figures.SHOWN
    assert figures.faded(points, names, None) == [figures.SHOWN] * 3


def test_a_cluster_without_points_has_no_trace() -> None:
    points = {
        name: [] for name in ("session_id", "cluster_id", "cluster_x", "cluster_y", "purchase_probability")
    }

    assert len(figures.map_figure(points=points, names={0: "A"}, selected=None).data) == 0
    assert figures.faded(points, {0: "A"}, 0) == []


@pytest.mark.parametrize(
    ("click", "cluster"),
    [
        (None, None),
        ({"points": []}, None),
        ({"points": [{"x": 1}]}, None),
        ({"points": [{"customdata": [0, "s1", 0.2]}]}, 0),
        ({"points": [{"customdata": [2, "12%"]}]}, 2),
    ],
)
def test_a_click_names_its_cluster(click: dict | None, cluster: int | None) -> None:
    assert figures.clicked_cluster(click) == cluster


def test_every_bar_carries_its_cluster_for_a_click(view: ClusterView) -> None:
    outcomes = view.outcomes()
    for figure in (
        figures.size_figure(outcomes=outcomes),
        figures.conversion_figure(outcomes=outcomes),
        figures.revenue_figure(outcomes=outcomes, currency="EUR"),
    ):
        ids = [about[0] for about in figure.data[0].customdata]
        assert ids == [cluster.cluster_id for cluster in outcomes.clusters]


def test_conversion_has_its_interval_only_where_it_was_observed(
    view: ClusterView, predicted: ClusterView
) -> None:
    observed = figures.conversion_figure(outcomes=view.outcomes())
    guessed = figures.conversion_figure(outcomes=predicted.outcomes())
    first = view.outcomes().clusters[0]

    assert observed.data[0].error_x.array[0] == pytest.approx(100 * (first.high - first.conversion))
    assert observed.layout.xaxis.title.text == "% of sessions that bought"
    assert guessed.data[0].error_x.array is None
    assert "predicted" in guessed.layout.xaxis.title.text


def test_revenue_says_whether_it_is_expected(view: ClusterView, predicted: ClusterView) -> None:
    paid = figures.revenue_figure(outcomes=view.outcomes(), currency="EUR")
    expected = figures.revenue_figure(outcomes=predicted.outcomes(), currency=None)

    assert paid.layout.xaxis.title.text == "revenue, EUR"
    assert expected.layout.xaxis.title.text == "expected revenue"


def test_labels_have_room_at_the_end_of_the_longest_bar(view: ClusterView) -> None:
    outcomes = view.outcomes()
    figure = figures.size_figure(outcomes=outcomes)
    longest = max(cluster.n for cluster in outcomes.clusters)

    assert figure.layout.xaxis.range[1] > 1.3 * longest


def test_the_heat_map_is_the_profile(view: ClusterView) -> None:
    cells, names = view.profile(), cluster_names(view.outcomes())
    heat = figures.profile_figure(cells=cells, names=names, currency="EUR").data[0]
    features = figures.profile_features(cells)
    by_place = {(cell.feature, cell.cluster_id): cell for cell in cells}

    assert "searches" not in features, "the same everywhere: nothing to compare"
    for row, feature in enumerate(features):
        for column, cluster_id in enumerate(names):
            assert heat.z[row][column] == by_place[feature, cluster_id].difference
    assert {name.replace("<br>", " ") for name in heat.x} == set(NAMES)


def test_a_difference_that_rounds_to_nothing_is_written_without_a_sign(view: ClusterView) -> None:
    cell = ProfileCell(cluster_id=0, feature="clicks", mean=1.0, overall_mean=1.0, difference=-0.02)
    other = ProfileCell(cluster_id=0, feature="cart_adds", mean=0.0, overall_mean=1.0, difference=-1.26)
    heat = figures.profile_figure(cells=[cell, other], names={0: "A"}, currency=None).data[0]

    assert [line[0] for line in heat.text] == ["0", "−1.3"]


def test_the_strongest_differences_come_first_whichever_way_they_go(view: ClusterView) -> None:
    own = figures.strongest(view.profile(), 2, 4)
    sizes = [abs(cell.difference) for cell in own]

    assert own[0].feature in {"cart_adds", "cart_value"}
    assert sizes == sorted(sizes, reverse=True)
    rows = difference_bars(cells=view.profile(), cluster_id=2, currency="EUR").children[:-1]
    assert [row.children[0].children for row in rows[:4]] == [FIELD[cell.feature].label for cell in own]
    assert rows[0].children[1].children[0].style["width"].endswith("* 1.000)"), "the strongest is the longest"
    sides = {"difference-more" if cell.difference > 0 else "difference-less" for cell in own}
    assert {row.children[1].className.split()[1] for row in rows[:4]} == sides


def test_averages_carry_their_unit() -> None:
    assert figures.raw("is_returning", 0.31, None) == "31% of sessions"
    assert figures.raw("price_mean", 41.5, "EUR") == "€41.50"
    assert figures.raw("duration_seconds", 1234.5, None) == "20 min 34 s"
    assert figures.raw("clicks", None, None) == "not known"


@pytest.mark.parametrize(
    ("feature", "value", "said"),
    [
        ("duration_seconds", 2501.0, "41 min 41 s"),
        ("product_views", 58.93, "58.9"),
        ("product_views", 0.62, "0.62"),
        ("cart_value", 31.5, "€31.50"),
    ],
)
def test_averages_are_as_fine_as_they_need_to_be(feature: str, value: float, said: str) -> None:
    assert figures.raw(feature, value, "EUR") == said
