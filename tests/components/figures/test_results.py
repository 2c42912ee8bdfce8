"""Figures of the results page: units on axes, what a click finds, what is faded."""

from __future__ import annotations

import datetime as dt
import math

import plotly.graph_objects as go
import pytest

from components.figures.dates import DAY_MS, date_axis
from components.figures.distributions import (
    MOST_EDGES,
    amount_range,
    amounts_figure,
    calibration_figure,
    edge_axis,
    probability_figure,
)
from components.figures.results import (
    FADED,
    MEASURES,
    SHOWN,
    Bar,
    bars_figure,
    days_figure,
    funnel_figure,
)
from core.results.distributions import Histogram
from core.results.view import Step, Sums
from core.stats.calibration import CalibrationBin


def sums(n: int, expected: float = 10.0, buyers: int = 0) -> Sums:
    return Sums(
        n=n,
        predicted_buyers=1,
        expected_revenue=expected,
        predicted_revenue=5.0,
        probability=0.25,
        n_known=n,
        buyers=buyers,
        n_revenue=n,
        revenue=3.5,
    )


BARS = [
    Bar(label="Germany", sums=sums(30, buyers=3), value="DE"),
    Bar(label="France", sums=sums(20), value="FR"),
    Bar(label="7 others", sums=sums(10), value=None),
]


def _bars(**more: object) -> go.Bar:
    arguments = {"bars": BARS, "measure": MEASURES["sessions"], "currency": "EUR", **more}
    return bars_figure(**arguments)


@pytest.mark.parametrize(
    ("measure", "drawn", "axis"),
    [
        ("sessions", 30, "sessions"),
        ("expected_revenue", 10.0, "expected revenue, EUR"),
        ("probability", 25.0, "average probability, %"),
        ("conversion", 10.0, "conversion, %"),
        ("revenue", 3.5, "revenue, EUR"),
    ],
)
def test_a_breakdown_shows_its_measure_with_unit(measure: str, drawn: float, axis: str) -> None:
    figure = _bars(measure=MEASURES[measure])
    assert figure.data[0].x[0] == pytest.approx(drawn)
    assert figure.layout.xaxis.title.text == axis


def test_only_what_is_selected_has_full_colour() -> None:
    assert list(_bars().data[0].marker.opacity) == [SHOWN] * 3
    assert list(_bars(selected=["FR"]).data[0].marker.opacity) == [FADED, SHOWN, FADED]


def test_the_rest_filters_nothing() -> None:
    assert [told[0] for told in _bars().data[0].customdata] == ["DE", "FR", None]


def test_upright_bars_name_their_groups() -> None:
    figure = _bars(upright=True, axis="weekday (UTC)")
    assert figure.layout.xaxis.title.text == "weekday (UTC)"
    assert list(figure.data[0].x) == ["Germany", "France", "7 others"]


def test_a_week_is_filtered_as_seven_days() -> None:
    starts = [dt.date(2026, 1, 5), dt.date(2026, 1, 12)]
    figure = days_figure(
        bars=BARS[:2],
        starts=starts,
        measure=MEASURES["sessions"],
        currency=None,
        weekly=True,
        selected=(dt.date(2026, 1, 12), dt.date(2026, 1, 18)),
    )
    assert [list(told[:2]) for told in figure.data[0].customdata] == [
        ["2026-01-05", "2026-01-11"],
        ["2026-01-12", "2026-01-18"],
    ]
    assert list(figure.data[0].marker.opacity) == [FADED, SHOWN]


@pytest.mark.parametrize(
    ("step", "span", "dtick"),
    [("day", 1, 3 * DAY_MS), ("week", 7, 3 * 7 * DAY_MS), ("month", 30, "M3")],
)
def test_charts_of_the_same_days_have_the_same_ticks(step: str, span: int, dtick: object) -> None:
    starts = [dt.date(2026, 1, 5) + dt.timedelta(days=span * place) for place in range(15)]
    axis = date_axis(starts, step)
    assert axis == date_axis(list(reversed([starts[0], *starts[7:]])), step)
    assert (axis["tick0"], axis["dtick"], axis["tickangle"]) == ("2026-01-05", dtick, 0)


def test_amounts_are_named_where_two_bars_meet() -> None:
    edges = (0.0, 10.0, 20.0, 50.0, 1250.0, math.inf)
    axis = edge_axis(edges)
    assert list(zip(axis["tickvals"], axis["ticktext"], strict=True)) == [
        (-0.5, "0"), (0.5, "10"), (1.5, "20"), (2.5, "50"), (3.5, "1,250"),
    ]  # fmt: skip
    assert len(edge_axis(range(40))["tickvals"]) <= MOST_EDGES
    assert edge_axis((0.0, 0.25), 100)["ticktext"] == ["0", "25"]


def test_a_yes_begins_at_the_line() -> None:
    histogram = Histogram(edges=(0.0, 0.5, 1.0), counts=(9, 1), n=10, total=2.0)
    figure = probability_figure(histogram=histogram, threshold=0.4, selected=(0.5, 1.0))
    assert figure.layout.shapes[0].x0 == pytest.approx(40)
    assert figure.layout.annotations[0].text == "likely buyer from 40.0%"
    assert [list(told) for told in figure.data[0].customdata] == [
        ["0", "0.5", "0–50%", "90.0% of all"],
        ["0.5", "1", "50–100%", "10.0% of all"],
    ]
    assert list(figure.data[0].marker.opacity) == [FADED, SHOWN]


@pytest.mark.parametrize(("counts", "kind"), [((9, 8, 7), None), ((10_000, 20, 1), "log")])
def test_small_bars_beside_huge_ones_are_seen(counts: tuple[int, ...], kind: str | None) -> None:
    histogram = Histogram(edges=(0.0, 0.3, 0.6, 1.0), counts=counts, n=sum(counts), total=1.0)
    axis = probability_figure(histogram=histogram, threshold=None).layout.yaxis
    assert axis.type == kind
    assert ("log scale" in axis.title.text) == (kind == "log")


def test_the_last_range_of_an_amount_is_open() -> None:
    histogram = Histogram(edges=(0.0, 10.0, math.inf), counts=(3, 2), n=5, total=50.0)
    figure = amounts_figure(histogram=histogram, title="expected revenue", currency="EUR")
    assert list(figure.data[0].x) == ["0–10", "10+"]
    assert list(figure.data[0].customdata[1]) == ["10", "", "€10+", "40.0% of all"]
    assert figure.layout.xaxis.title.text == "expected revenue, EUR"


def test_ranges_are_written_with_their_currency() -> None:
    assert amount_range(0.5, 1.0, "EUR") == "€0.50–€1.00"
    assert amount_range(1000.0, math.inf) == "1,000+"


def test_the_funnel_begins_with_all_sessions() -> None:
    figure = funnel_figure(steps=[Step(stage="cart", n=5, of=50)], n=50, selected="cart")
    assert list(figure.data[0].x) == [50, 0, 5, 0, 0]
    assert list(figure.data[0].text) == ["50", "not recorded", "5 (10.0%)", "not recorded", "not recorded"]
    assert [told[0] for told in figure.data[0].customdata] == [None, None, "cart", None, None]


def test_calibration_shows_its_intervals() -> None:
    found = CalibrationBin(n=100, lowest=0.0, highest=0.2, predicted=0.1, actual=0.12, low=0.07, high=0.2)
    dots = calibration_figure(bins=[found]).data[1]
    assert (dots.x[0], dots.y[0]) == (pytest.approx(10), pytest.approx(12))
    assert (dots.error_y.array[0], dots.error_y.arrayminus[0]) == (pytest.approx(8), pytest.approx(5))
