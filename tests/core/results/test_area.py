"""Areas drawn on the map: what an address says, and which sessions lie within."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.results.area import MOST, Area, area_sql, read_area, write_area
from core.results.filters import Filters
from core.results.view import ResultView
from tests.core.results.scored import scored_frame, write_scored

#: A pentagram: every side crosses two others, its middle lies outside by the even-odd rule.
STAR: Area = tuple(
    (round(math.sin(4 * math.pi * n / 5), 3), round(math.cos(4 * math.pi * n / 5), 3)) for n in range(5)
)
_numbers = st.integers(-3000, 3000).map(lambda value: value / 1000)
_areas = st.lists(st.tuples(_numbers, _numbers), min_size=3, max_size=MOST, unique=True).map(tuple)


def _within(area: Area, points: list[tuple[float | None, float | None]]) -> list[bool]:
    """Ask DuckDB which points lie within."""
    sql, params = area_sql(area)
    rows = ", ".join("(?::FLOAT, ?::FLOAT)" for _ in points)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT coalesce({sql}, false) FROM (VALUES {rows}) AS t(cluster_x, cluster_y)",
            [*params, *(value for point in points for value in point)],
        )
        return [row[0] for row in found.fetchall()]


def _winding(area: Area, x: float, y: float) -> bool:
    """Tell whether a point lies within by another way: the number of turns the outline makes around it."""
    turns = 0.0
    for (x1, y1), (x2, y2) in zip(area, (*area[1:], area[0]), strict=True):
        turns += math.remainder(math.atan2(y2 - y, x2 - x) - math.atan2(y1 - y, x1 - x), math.tau)
    return round(turns / math.tau) % 2 == 1


@given(_areas)
@example(STAR)
@example(((-0.001, 3.0), (0.0, -3.0), (0.1, 0.2)))
@settings(max_examples=50)
def test_an_address_keeps_an_area(area: Area) -> None:
    assert read_area(write_area(area)) == area
    assert Filters.from_query({"area": write_area(area)}).to_dict() == {"area": write_area(area)}


@given(_areas, st.lists(st.tuples(_numbers, _numbers), min_size=1, max_size=20))
@example(STAR, [(0.0, 0.0), (0.0, 0.9), (2.0, 2.0)])
@settings(max_examples=30, deadline=None)
def test_any_outline_holds_what_it_goes_around_an_odd_number_of_times(
    area: Area, points: list[tuple[float, float]]
) -> None:
    # Away from every line between corners, where both ways agree whatever a float's last digit is.
    off = [(x + 0.000413, y + 0.000287) for x, y in points]
    as_stored = [(float(np.float32(x)), float(np.float32(y))) for x, y in off]
    clear = [point for point in as_stored if _distance(area, *point) > 1e-5]
    if clear:
        assert _within(area, clear) == [_winding(area, *point) for point in clear]


def _distance(area: Area, x: float, y: float) -> float:
    """Return how far a point is from an outline."""
    found = []
    for (x1, y1), (x2, y2) in zip(area, (*area[1:], area[0]), strict=True):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        along = max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length)) if length else 0.0
        found.append(math.hypot(x1 + along * (x2 - x1) - x, y1 + along * (y2 - y1) - y))
    return min(found)


def test_an_outline_that_crosses_itself_has_a_hole_where_it_lies_double() -> None:
    bow: Area = ((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0))

    assert _within(STAR, [(0.0, 0.0), (0.0, 0.8), (0.7, 0.7)]) == [False, True, False]
    assert _within(bow, [(0.2, 1.0), (1.8, 1.0), (1.0, 0.2), (1.0, 1.8)]) == [True, True, False, False]


def test_neighbouring_areas_share_no_session_and_leave_none_out() -> None:
    left: Area = ((0.0, 0.0), (1.0, 0.0), (1.0, 2.0), (0.0, 2.0))
    right: Area = ((1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (1.0, 2.0))
    points = [(x / 4, y / 4) for x in range(1, 8) for y in range(1, 8)]

    assert [a + b for a, b in zip(_within(left, points), _within(right, points), strict=True)] == [1] * 49


def test_what_is_not_on_the_map_lies_in_no_area() -> None:
    assert _within(((-1.0, -1.0), (1.0, -1.0), (0.0, 1.0)), [(None, None), (0.0, None), (0.0, 0.0)]) == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "1:1,2:2",
        "1:1,1:1,1:1,2:2",
        "1:1,2:2,3",
        "1:1,2:2,:",
        "1:1,2:2,x:y",
        "1:1,2:2,nan:0",
        "1:1,2:2,inf:0",
        "1:1,2:2,1e9:0",
        "1:1:1,2:2:2,3:3:3",
        "0:0,1:0,1:1) OR (1:1",
        ",".join(f"{n}:{n * n}" for n in range(MOST + 1)),
    ],
)
def test_what_is_no_area_is_left_out(text: str | None) -> None:
    assert read_area(text) == ()
    assert Filters.from_query({"area": text}) == Filters()


def test_an_area_counts_like_any_other_filter(tmp_path: Path) -> None:
    frame = scored_frame(400)
    view = ResultView(write_scored(frame, tmp_path / "sessions.parquet"))
    filters = Filters.from_query({"area": "0.5:-5,1.5:-5,1.5:5,0.5:5", "cluster": "1"})
    kept = frame.cluster_x.between(0.5, 1.5) & (frame.cluster_id == 1)

    assert filters.any
    assert view.kpis(filters).n == int(kept.sum()) > 50
    assert not filters.without("area").area
