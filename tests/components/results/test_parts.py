"""The parts of the results page: charts and their clicks, filters and their chips, table, states."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
import pandas as pd
import pytest
from dash import dcc, html

from components.base.format import estimate, expected_number
from components.results.address import View, address, page_query, view_of
from components.results.answer import audience_button, headline
from components.results.caveats import things_to_know
from components.results.charts import BREAKDOWNS, CHART, charts, clicked
from components.results.downloads import downloads
from components.results.filters import (
    ALL_FILTERS,
    chips,
    control_id,
    control_values,
    filter_bar,
    read_control,
    removed,
)
from components.results.kpis import how_right
from components.results.list import is_busy, list_page, result_list
from components.results.orders import orders_and_refunds
from components.results.page import answer, body, meaning, result_page
from components.results.status import waiting_page
from components.results.table import (
    COLUMNS,
    column_chooser,
    column_defs,
    grid_rows,
    session_grid,
    whatif_link,
)
from components.shared.labels import column_name, country_name, value_name
from core.explain import Likely
from core.ingest.base.assumptions import Assumption, Money
from core.results.caveats import CLUSTERS_ONLY
from core.results.columns import Sort
from core.results.filters import Filters
from core.results.table.ag_grid import GridRequest
from core.results.table.rows import page
from core.results.trust import Trust
from core.results.view import ResultView
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA
from core.storage import Basis, Place, Result
from tests.components.reading import of_class, of_type, text
from tests.core.results.scored import scored_frame, write_scored


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> ResultView:
    frame = scored_frame(500)
    frame["country"] = ["DE", "FR", "XK", None] * 125
    # Two days, one of each half of the sessions.
    later = frame.index >= 250
    frame.loc[later, "started_at"] += pd.Timedelta(days=1)
    frame.loc[later, "day_of_week"] = frame["day_of_week"].max() % 7 + 1
    frame["hour"] = frame["started_at"].dt.hour
    return ResultView(write_scored(frame, tmp_path_factory.mktemp("parts") / "sessions.parquet"))


@pytest.fixture(scope="module")
def untold(tmp_path_factory: pytest.TempPathFactory) -> ResultView:
    frame = scored_frame(300, outcomes=False).drop(columns=["started_at", "day_of_week", "country_group"])
    return ResultView(write_scored(frame, tmp_path_factory.mktemp("untold") / "sessions.parquet"))


def result(**more: Any) -> Result:
    told: dict[str, Any] = {
        "id": "r1",
        "dataset_id": "d1",
        "dataset_name": "October",
        "synthetic": False,
        "bundle": "demo-shop",
        "state": "done",
        "step": "done",
        "share": 1.0,
        "message": "Done",
        "error": None,
        "created_at": dt.datetime(2026, 1, 6, tzinfo=dt.UTC),
        "finished_at": dt.datetime(2026, 1, 6, 1, tzinfo=dt.UTC),
        "n_sessions": 500,
        "currency": "EUR",
        "has_outcomes": True,
        "has_revenue": True,
        "notes": ("Amounts are in PLN.",),
        "folder": Path("/nowhere"),
    }
    return Result(**{**told, **more})


def _charts(view: ResultView, filters: Filters = Filters(), measure: str = "sessions") -> Any:  # noqa: B008
    return charts(
        view=view,
        filters=filters,
        measure=measure,
        currency="EUR",
        quality=view.quality(filters),
        threshold=0.2,
    )


def _names(shown: Any) -> list[str]:
    return [plot.id["chart"] for plot in of_type(shown, dcc.Graph)]


def test_there_is_a_chart_of_everything_told(view: ResultView) -> None:
    assert _names(_charts(view)) == [
        *("p", "expected", "if_bought", "cluster", "map", "funnel", "day", "calibration"),
        *("country", "country_group", "category", "weekday", "hour"),
    ]


def test_charts_of_what_is_not_told_are_left_out(untold: ResultView) -> None:
    assert _names(_charts(untold)) == ["p", "expected", "if_bought", "cluster", "map", "funnel", "category"]


def test_one_day_has_no_chart_of_days(tmp_path: Path) -> None:
    one_day = ResultView(write_scored(scored_frame(100), tmp_path / "sessions.parquet"))
    shown = _names(_charts(one_day))
    assert "device" in shown or "category" in shown
    assert not {"day", "weekday"} & set(shown)


def test_every_chart_has_a_table_and_its_n(view: ResultView) -> None:
    shown = _charts(view)
    tables = [json.loads(getattr(place, "data-table")) for place in of_class(shown, "chart-table")]
    assert len(tables) == len(_names(shown))
    assert all(table["rows"] for table in tables)
    assert all("n = " in text(note) for note in of_class(shown, "chart-note"))
    countries = next(table for table in tables if table["columns"][0] == "Country")
    assert sum(int(row[1]) for row in countries["rows"]) == 500
    assert {row[0] for row in countries["rows"]} == {"Germany", "France", "XK", "Not known"}


def test_a_filtered_chart_keeps_its_other_bars(view: ResultView) -> None:
    shown = _charts(view, Filters(country=("DE",)))
    plot = next(plot for plot in of_type(shown, dcc.Graph) if plot.id == {"type": CHART, "chart": "country"})
    assert len(plot.figure.data[0].y) == 4
    weekday = next(plot for plot in of_type(shown, dcc.Graph) if plot.id["chart"] == "weekday")
    assert sum(weekday.figure.data[0].y) == 125
    assert "(pale)" not in text(shown)
    # What is said of all of them would contradict the figures of those that are chosen.
    assert text(_charts(view, Filters(p=(0.1, None)))).count("with those outside the filter (pale)") == 1


def _click(*customdata: Any) -> dict[str, Any]:
    return {"points": [{"customdata": list(customdata)}]}


@pytest.mark.parametrize(
    ("chart", "click", "query"),
    [
        ("p", _click("0.02", "0.04", "2–4%"), "min_p=0.02&max_p=0.04"),
        ("expected", _click("500", "", "€500+"), "min_expected=500"),
        ("cluster", _click("2", "…"), "cluster=2"),
        ("map", _click(2, "s1", 0.4), "cluster=2"),
        ("country", _click("(none)"), "country=(none)"),
        ("category", _click("a%2Cb"), "category=a%252Cb"),
        ("hour", _click("0"), "hour=0"),
        ("day", _click("2026-01-05", "2026-01-05"), "from=2026-01-05&to=2026-01-05"),
        ("funnel", _click("cart"), "reached=cart"),
    ],
)
def test_a_click_filters_and_a_second_one_takes_it_back(
    chart: str, click: dict[str, Any], query: str
) -> None:
    once = clicked(Filters(), chart, click)
    assert once.to_query() == query
    assert clicked(once, chart, click) == Filters()


@pytest.mark.parametrize("click", [None, {}, {"points": []}, _click(None), {"points": [{"x": 1}]}])
def test_a_click_on_nothing_changes_nothing(click: Any) -> None:
    for chart in ("p", "map", "funnel", *BREAKDOWNS):
        assert clicked(Filters(q="x"), chart, click) == Filters(q="x")


QUERY = {
    "min_p": "0.1",
    "max_expected": "50",
    "cluster": "1",
    "country": "DE,(none)",
    "buyer": "yes",
    "reached": "cart",
    "from": "2026-01-05",
    "q": "s00",
    "area": "0:0,1:0,1:1",
    "because": "cart_adds:up",
    "col.n_events": "gt:3",
    "col.purchase_probability": "between:0.1:0.4",
}


def test_every_filter_has_a_chip_that_removes_it(view: ResultView) -> None:
    filters = Filters.from_query(QUERY)
    shown = chips(filters=filters, clusters=view.cluster_names, currency="EUR")
    assert [text(chip) for chip in shown] == [
        "Probability: 10–100%",
        "Expected revenue: €0.00–€50",
        "Cluster: Comparers",
        "Country: Germany, Not known",
        "Likely buyer: yes",
        "Got as far as: added to cart",
        "Days: from 5 Jan 2026",
        "Session or visitor: contains “s00”",
        "Drawn on the map",
        "Strong reason: Added to cart (raises the probability)",
        "Events > 3",
        "Purchase probability: 10% to 40%",
        "Clear all",
    ]
    for chip in shown[:-1]:
        filters = removed(filters, chip.id["name"])
    assert filters == Filters()
    assert removed(Filters.from_query(QUERY), ALL_FILTERS) == Filters()


def test_no_filter_has_no_chips(view: ResultView) -> None:
    assert chips(filters=Filters(), clusters={}, currency=None) == []


def test_controls_say_what_the_filters_are_and_read_back(view: ResultView) -> None:
    filters = Filters.from_query({**QUERY, "max_p": "0.55"})
    values = control_values(filters)
    assert values["min_p"] == 10
    read = {name: read_control(name, value) for name, value in values.items()}
    assert Filters.from_query(read) == filters


def test_controls_of_what_is_not_told_are_left_out(view: ResultView, untold: ResultView) -> None:
    def named(of: ResultView) -> set[str]:
        bar = filter_bar(view=of, filters=Filters(), measure="sessions")
        return {part.id["name"] for part in bar._traverse() if isinstance(getattr(part, "id", None), dict)}

    assert {"purchased", "country", "from", "to"} <= named(view)
    assert named(untold) == {"q", "min_p", "max_p", "buyer", "cluster", "category", "measure"}


def test_a_filter_from_a_link_can_be_seen_in_its_list(view: ResultView) -> None:
    bar = filter_bar(view=view, filters=Filters(country=("AT",)), measure="sessions")
    country = next(part for part in of_type(bar, dcc.Dropdown) if part.id["name"] == "country")
    assert country.value == ["AT"]
    assert "AT" in {option["value"] for option in country.options}


def test_the_table_knows_only_columns_of_the_schemas() -> None:
    known = {*SESSION_SCHEMA.names, *PREDICTION_SCHEMA.names}
    assert set(COLUMNS) <= known


def test_the_table_hides_what_is_not_told_and_says_units(untold: ResultView, view: ResultView) -> None:
    heads = {
        c["field"]: c["headerName"] for c in column_defs(told=untold.told, filters=Filters(), currency="EUR")
    }
    assert {"purchased", "revenue", "country", "started_at"}.isdisjoint(heads)
    assert heads["expected_revenue"] == "Expected revenue, EUR"
    assert heads["duration_seconds"] == "Time spent, s"
    told = {
        c["field"]: c["headerName"] for c in column_defs(told=view.told, filters=Filters(), currency=None)
    }
    assert told["started_at"] == "Started"
    assert told["revenue"] == "Revenue"


def test_the_table_shows_few_columns_until_more_are_chosen(view: ResultView) -> None:
    def shown(**query: str) -> set[str]:
        filters = Filters.from_query(query)
        columns = column_defs(told=view.told, filters=filters, currency="EUR", own=view.own)
        return {column["field"] for column in columns if not column.get("hide")}

    usual = shown()
    assert {"session_id", "predicted_purchase", "expected_revenue", "cluster_name"} < usual
    assert len(usual) <= 9
    # What is sorted or filtered by can be seen.
    assert shown(sort="-clicks") == usual | {"clicks"}
    chooser = column_chooser(told=view.told, filters=Filters(), currency="EUR", own=view.own)
    (choice,) = of_type(chooser, dcc.Dropdown)
    assert set(choice.value) == usual - {"session_id", "purchase_probability"}
    assert set(choice.value) < {option["value"] for option in choice.options}


def test_the_table_writes_no_probability_as_certain_and_no_estimate_to_the_cent(view: ResultView) -> None:
    columns = {c["field"]: c for c in column_defs(told=view.told, filters=Filters(), currency="EUR")}
    written = {name: column.get("valueFormatter", {}).get("function") for name, column in columns.items()}
    assert "PredictorShare(params.value)" in written["purchase_probability"]
    assert "params.value < 9.995 ? ',.2f' : ',.0f'" in written["expected_revenue"]
    assert "',.2f'" in written["revenue"], "what was paid is known to the cent"
    assert " ? ',.2f'" not in written["revenue"]


def test_what_a_session_pays_if_it_buys_is_shown_with_its_range(view: ResultView) -> None:
    def written(told: frozenset[str]) -> str:
        columns = {c["field"]: c for c in column_defs(told=told, filters=Filters(), currency="EUR")}
        assert {"revenue_low", "revenue_high"}.isdisjoint(columns)
        return columns["revenue_if_purchase"]["valueFormatter"]["function"]

    assert "params.data.revenue_low" in written(view.told)
    # Sessions scored by an older version have no range.
    assert "params.data" not in written(view.told - {"revenue_low"})
    rows, _ = page(view, Filters(), GridRequest(start=0, stop=5))
    shown = grid_rows(rows=rows, result_id="r1", told=view.told)
    assert {(row["revenue_low"], row["revenue_high"]) for row in shown} == {(30.0, 115.0)}


def test_the_table_never_runs_code(view: ResultView) -> None:
    grid = session_grid(view=view, filters=Filters.from_query({"sort": "-revenue"}), currency="EUR")
    assert not getattr(grid, "dangerously_allow_code", False)
    (sorted_by,) = [c for c in grid.columnDefs if "sort" in c]
    assert (sorted_by["field"], sorted_by["sort"]) == ("revenue", "desc")


def test_rows_are_as_json_can_take_them(view: ResultView) -> None:
    rows, _ = page(view, Filters(), GridRequest(start=0, stop=30))
    shown = grid_rows(rows=rows, result_id="r1", told=view.told)
    json.dumps(shown, allow_nan=False)
    assert shown[0]["open"] == f"/what-if?result=r1&session={shown[0]['session_id']}"
    assert pd.Timestamp(shown[0]["started_at"]) == pd.Timestamp(rows[0]["started_at"]).tz_localize("UTC")
    assert {row["predicted_purchase"] for row in shown} <= {"Yes", "No"}
    assert "device" not in shown[0]


def test_links_hold_any_session_id() -> None:
    assert whatif_link("r1", "a&b=c/d é") == "/what-if?result=r1&session=a%26b%3Dc%2Fd%20%C3%A9"


def test_without_outcomes_it_says_so_plainly(untold: ResultView) -> None:
    assert "Purchases are missing from this file, so accuracy can't be measured" in text(
        how_right(quality=None, told=False, currency="EUR")
    )
    assert "Accuracy" not in text(body(result=result(), view=untold, filters=Filters(), measure="sessions"))


def test_with_outcomes_every_figure_has_its_interval(view: ResultView) -> None:
    shown = how_right(quality=view.quality(Filters()), told=True, currency="EUR")
    figures = {text(label): text(note) for label, note in zip(
        of_class(shown, "kpi-label"), of_class(shown, "kpi-note"), strict=True
    )}  # fmt: skip
    for name in ("Conversion", "ROC-AUC", "PR-AUC", "Likely buyers who bought", "Buyers it catches"):
        assert " to " in figures[name], name
    assert "guessing: 0.0" in figures["PR-AUC"]
    assert figures["Actual buyers"].startswith("expected ")
    assert "%" in figures["Actual revenue"]


def test_of_a_handful_no_ranking_is_shown(tmp_path: Path) -> None:
    """Two buyers ranked above two others are an accident once in six times: no ROC-AUC of 1.000."""
    frame = scored_frame(4).assign(
        purchased=[True, True, False, False],
        purchase_probability=[0.9, 0.8, 0.1, 0.2],
        predicted_purchase=[True, True, False, False],
    )
    few = ResultView(write_scored(frame, tmp_path / "few.parquet"))
    shown = how_right(quality=few.quality(Filters()), told=True, currency="EUR")
    figures = {text(label): text(note) for label, note in zip(
        of_class(shown, "kpi-label"), of_class(shown, "kpi-note"), strict=True
    )}  # fmt: skip
    for name in ("Buyers in the top 10%", "ROC-AUC", "PR-AUC"):
        assert figures[name] == "too few to say: 2 buyers, 2 others"
    assert "1.000" not in text(shown)
    assert " to " in figures["Likely buyers who bought"]


def test_the_headline_says_of_how_many(view: ResultView) -> None:
    filters = Filters(cluster=(1,))
    words = text(headline(sums=view.kpis(filters), n_all=500, currency="EUR"))
    assert "% of 500" in words
    everything = view.kpis(Filters())
    assert "all of this result" in text(headline(sums=everything, n_all=500, currency="EUR"))
    assert "Actual buyers" not in text(headline(sums=everything, n_all=500, currency="EUR"))
    doubtful = text(headline(sums=everything, n_all=500, currency="EUR", trusted=False))
    assert doubtful.index("Actual buyers") < doubtful.index("Expected buyers")
    assert doubtful.count("Sessions") == 1


def test_filters_that_leave_nothing_offer_the_way_back(view: ResultView) -> None:
    assert body(result=result(), view=view, filters=Filters(q="nobody"), measure="sessions") == []
    shown = answer(result=result(), view=view, filters=Filters(q="nobody"))
    assert "No sessions match these filters" in text(shown)
    assert not of_type(shown, dcc.Graph)
    assert [part.id["name"] for part in of_type(shown, html.Button)] == [ALL_FILTERS]


def test_the_page_has_header_notes_and_downloads(view: ResultView) -> None:
    filters = Filters.from_query({"cluster": "1", "sort": "-revenue"})
    shown = result_page(
        result=result(), route="r1", view=view, filters=filters, measure="sessions", refused=3
    )
    words = text(shown)
    for said in ("October", "500 sessions  ·  5 Jan 2026 – 6 Jan 2026  ·  scored with  demo-shop",
                 "3 rows of the file are not used", "2 things to know", "Amounts are in PLN."):  # fmt: skip
        assert said in words
    hrefs = {link.href for link in [*of_type(shown, html.A), *of_type(shown, dbc.DropdownMenuItem)]}
    assert "/api/datasets/d1/rejected.csv" in hrefs
    assert {
        f"/api/results/r1/download.{fmt}?cluster=1&sort=-revenue" for fmt in ("csv", "parquet", "xlsx")
    } <= hrefs


@pytest.mark.parametrize("in_use", ["demo-shop", "my-shop"])
def test_the_page_tells_which_model_scored_it_and_whether_another_is_in_use(
    view: ResultView, in_use: str
) -> None:
    shown = result_page(
        result=result(), route="r1", view=view, filters=Filters(), measure="sessions", in_use=in_use
    )
    links = {link.href for link in of_type(shown, dcc.Link)}
    assert {"/models/demo-shop", "/train?dataset=d1"} <= links
    assert ("Another model is in use now" in text(shown)) is (in_use == "my-shop")
    assert ("/models/my-shop" in links) is (in_use == "my-shop")


def test_an_export_that_tells_no_outcomes_leads_to_no_training(view: ResultView) -> None:
    shown = result_page(
        result=result(has_outcomes=False), route="r1", view=view, filters=Filters(), measure="sessions"
    )
    assert "Train on this export" not in text(shown)


def test_a_result_without_sessions_says_so(tmp_path: Path) -> None:
    view = ResultView(write_scored(scored_frame(5).iloc[:0], tmp_path / "empty.parquet"))
    shown = result_page(result=result(), route="r1", view=view, filters=Filters(), measure="sessions")
    assert "No sessions in this export" in text(shown)
    assert not of_type(shown, dcc.Graph)


def test_downloads_without_filters_have_no_query() -> None:
    links = _files(downloads(result_id="r1", filters=Filters()))
    assert [link.href for link in links] == [
        "/api/results/r1/report.html",
        *(f"/api/results/r1/download.{fmt}" for fmt in ("csv", "parquet", "xlsx")),
        "/api/results/r1/download.csv?reasons=yes",
    ]
    assert len(_files(downloads(result_id="r1", filters=Filters(), reasons=False))) == len(links) - 1


def _files(shown: Any) -> list[Any]:
    return [*of_type(shown, html.A), *of_type(shown, dbc.DropdownMenuItem)]


def test_what_is_made_of_a_result_is_made_of_its_filtered_sessions() -> None:
    filters = Filters(cluster=(1,), sort=(Sort(name="n_events"),))
    links = _files(downloads(result_id="r1", filters=filters))
    assert audience_button("r1", filters, primary=True).href == "/audiences/new?result=r1&cluster=1"
    assert [link.href.partition("?")[2] for link in links] == [
        "cluster=1",
        *["cluster=1&sort=n_events"] * 3,
        "cluster=1&sort=n_events&reasons=yes",
    ]


def test_the_measure_is_part_of_the_address_unless_it_is_the_usual_one() -> None:
    assert page_query(Filters(cluster=(1,)), "expected_revenue") == "cluster=1&measure=expected_revenue"
    assert page_query(Filters(), "sessions") == ""


def test_a_running_result_shows_its_step() -> None:
    shown = waiting_page(result=result(state="running", step="features", share=0.5, message="2 of 4 parts"))
    assert text(of_class(shown, "results-step-now")) == "now:  Building sessions"
    assert len(of_class(shown, "results-step-done")) == 2
    (bar,) = of_class(shown, "progress")
    assert getattr(bar, "aria-valuenow") == "50"
    assert "2 of 4 parts" in text(shown)


@pytest.mark.parametrize(
    ("number", "seconds", "said"),
    [
        (1, 0.0, "Starts at once"),
        (1, 20.0, "Next in line, less than a minute"),
        (3, 250.0, "3rd in line, about 4 min"),
        (22, 90.0, "22nd in line, about 2 min"),
        (112, 6000.0, "112th in line, about 100 min"),
    ],
)
def test_a_waiting_result_tells_its_place_in_line(number: int, seconds: float, said: str) -> None:
    waiting = result(state="queued", step="queued", share=0.0, message="Waiting for its turn")
    place = Place(number=number, seconds=seconds)
    assert said in text(waiting_page(result=waiting, place=place))
    listed = result_list(results=[(waiting, None)], places={waiting.id: place})
    assert said.partition(",")[0] in text(listed)


def test_a_stopped_result_can_be_scored_again() -> None:
    shown = waiting_page(result=result(state="cancelled"))
    assert "Scoring was cancelled" in text(shown)
    assert "Score it again" in text(shown)
    stopping = waiting_page(result=result(state="running", step="predict", cancelling=True))
    assert "Stopping" in text(stopping)
    assert [b.disabled for b in of_type(stopping, html.Button)] == [True]


def test_a_failed_result_says_what_where_and_what_to_do() -> None:
    error = {"code": "mapping", "message": "No column tells when.", "where": "row 3", "remedy": "Map it."}
    shown = waiting_page(result=result(state="failed", error=error))
    for said in ("No column tells when.", "row 3", "Map it.", "Correct the columns"):
        assert said in text(shown)
    assert "/upload/d1" in {link.href for link in of_type(shown, dcc.Link)}


def test_the_list_tells_the_state_of_each(view: ResultView) -> None:
    results = [
        (result(), view.kpis(Filters())),
        (result(id="r2", state="running", share=0.4, n_sessions=None), None),
    ]
    words = text(list_page(results=results))
    assert "Scored" in words
    bare = text(result_list(results=[(result(basis=Basis(kind="none")), None)]))
    assert "No predictions" in bare
    assert "Scored" not in bare
    assert "Scoring 40%" in words
    assert is_busy(results)
    assert not is_busy(results[:1])
    assert "Nothing scored yet" in text(list_page(results=[]))


def test_the_list_marks_what_not_to_act_on(view: ResultView) -> None:
    sums = view.kpis(Filters())
    shown = result_list(
        results=[(result(), sums), (result(id="r2", dataset_id="d2"), sums)], doubts={"r2": "Hardly better."}
    )
    trusted, doubted = (text(row) for row in of_type(shown, html.Tr)[1:])
    assert "Don't act on it" in doubted
    assert "Don't act on it" not in trusted
    (mark,) = [one for one in of_type(shown, html.Span) if getattr(one, "title", None) == "Hardly better."]
    assert text(mark) == "Don't act on it"
    muted = [
        one for one in of_type(shown, html.Span) if getattr(one, "className", None) == "text-body-tertiary"
    ]
    # Its likely buyers and expected revenue.
    assert ["€" in text(one) for one in muted] == [False, True]


def test_the_list_has_no_revenue_where_none_is_known(view: ResultView) -> None:
    sums = view.kpis(Filters())
    assert "€" in text(result_list(results=[(result(), sums)]))
    assert "€" not in text(result_list(results=[(result(), replace(sums, expected_revenue=math.nan))]))


def test_the_list_names_no_model_where_none_predicted() -> None:
    assert "demo-shop" in text(result_list(results=[(result(bundle="demo-shop"), None)]))
    bare = result(bundle="demo-shop", basis=Basis(kind="none"))
    assert "demo-shop" not in text(result_list(results=[(bare, None)]))


def test_values_are_written_for_people() -> None:
    assert value_name("weekday", 1) == "Monday"
    assert value_name("hour", 9) == "9:00"
    assert value_name("cluster", 7, {}) == "Cluster 7"
    assert country_name("CZ") == "Czechia"
    assert column_name("cluster_name") == "Cluster"


def _page(view: ResultView, filters: Filters) -> Any:
    return result_page(result=result(), route="r1", view=view, filters=filters, measure="sessions")


def test_a_threshold_says_what_it_means(view: ResultView) -> None:
    asked = Filters(threshold=0.03)
    called, by_model = view.kpis(asked).predicted_buyers, view.kpis(Filters()).predicted_buyers
    words = " ".join(text(of_class(_page(view, asked), "results-threshold-says")[0]).split())
    assert called > by_model > 0
    assert f"{called} of 500 sessions" in words
    assert f"{by_model} by the model's own cut-off" in words
    assert "actually bought" in words
    assert "of all who bought" in words
    assert "Back to the model's cut-off" in words


def test_without_a_threshold_of_ones_own_the_models_stands_there(view: ResultView) -> None:
    page = _page(view, Filters())
    assert "Back to" not in text(page)
    shown = view.threshold("demo-shop")
    assert shown is not None
    entry = next(part for part in of_type(page, dbc.Input) if part.id == control_id("threshold"))
    assert not entry.value
    assert entry.placeholder == f"{100 * shown:.3g}"


def test_a_threshold_stays_when_filters_are_cleared_and_has_a_way_back_of_its_own() -> None:
    told = Filters(threshold=0.4, cluster=(1,))
    assert removed(told, ALL_FILTERS) == Filters(threshold=0.4)
    assert removed(told, "threshold") == Filters(cluster=(1,))
    assert read_control("threshold", 40) == "0.4"
    assert control_values(told)["threshold"] == 40
    assert "threshold=0.4" in page_query(told, "sessions")


def test_no_threshold_where_no_purchase_is_predicted(tmp_path: Path) -> None:
    frame = scored_frame(60, outcomes=False)
    for name in ("purchase_probability", "predicted_purchase", "revenue_if_purchase", "predicted_revenue"):
        frame[name] = None
    view = ResultView(write_scored(frame, tmp_path / "clusters.parquet"))
    assert view.threshold("demo-shop") is None
    assert not of_class(_page(view, Filters(threshold=0.5)), "results-threshold")


def test_a_model_that_predicts_no_revenue_shows_none(tmp_path: Path) -> None:
    frame = scored_frame(60)
    for name in ("revenue_if_purchase", "predicted_revenue", "expected_revenue"):
        frame[name] = None
    view = ResultView(write_scored(frame, tmp_path / "unpaid.parquet"))
    words = text(_page(view, Filters()))
    assert "Likely buyers" in words
    assert "Expected revenue – The model predicts no amounts" in " ".join(words.split())
    assert "€0.00" not in words


def test_where_clusters_alone_are_known_nothing_else_is_shown(view: ResultView, tmp_path: Path) -> None:
    frame = pd.read_parquet(view.path)
    unknown = [name for name in PREDICTION_SCHEMA.names if not name.startswith("cluster")]
    frame = frame.assign(**dict.fromkeys(unknown))
    bare = ResultView(write_scored(frame, tmp_path / "sessions.parquet"))
    page = result_page(
        result=result(notes=(CLUSTERS_ONLY, "Another note.")),
        route="r1",
        view=bare,
        filters=Filters(),
        measure="sessions",
    )
    said = text(page)

    assert said.count(CLUSTERS_ONLY) == 1
    assert "Another note." in said
    for words in ("Likely buyers", "Expected revenue", "Average probability", "Probability, %", "ROC-AUC"):
        assert words not in said
    charts_shown = {part.id["chart"] for part in of_type(page, dcc.Graph)}
    assert {"cluster", "map"} <= charts_shown
    assert not charts_shown & {"p", "expected", "if_bought", "calibration"}


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(cluster=(2,), p=(0.02, None), reached="cart", start=dt.date(2026, 1, 5), threshold=0.1),
        Filters(cluster=(1,), start=dt.date(2026, 1, 5), threshold=0.1),
    ],
    ids=["all", "many filters", "some filters"],
)
def test_what_the_page_shows_was_prepared_on_all_cores(
    view: ResultView, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.prepare(filters)

    def late(*_: Any, **__: Any) -> None:
        raise AssertionError("asked one by one")

    for name in ("ask", "ask_one", "arrays"):
        monkeypatch.setattr(f"core.results.query.{name}", late)
    assert answer(result=result(), view=view, filters=filters)
    assert body(result=result(), view=view, filters=filters, measure="sessions")
    assert meaning(result=result(), view=view, filters=filters)


def _trust(*, act: bool) -> Trust:
    return Trust(
        act=act,
        cause=None if act else "guessing",
        sentence="It finds 68% of buyers in the top 10%."
        if act
        else "No better than guessing. Don't act on it.",
        detail="It expected 30 buyers; 31 bought.",
        measured="export",
    )


LIKELY = (
    Likely(session_id="s1", probability=0.9, expected_revenue=54.0, purchased=True, reason="long visit"),
    Likely(session_id="s2", probability=0.4, expected_revenue=24.0, purchased=None, reason=None),
)


def _answer(view: ResultView, trust: Trust, filters: Filters = Filters(), **more: Any) -> list[Any]:  # noqa: B008
    return answer(result=result(**more), view=view, filters=filters, trust=trust, likely=LIKELY)


def test_a_result_leads_with_buyers_worth_trust_and_the_likeliest(view: ResultView) -> None:
    shown = _answer(view, _trust(act=True))
    words = " ".join(text(shown).split())
    sums = view.kpis(Filters())
    told = [
        f"Expected buyers {expected_number(sums.probability * sums.n)}",
        f"Expected revenue {estimate(sums.expected_revenue, 'EUR')}",
        f"Likely buyers {sums.predicted_buyers}",
        "It finds 68% of buyers",
        "The 2 likeliest to buy",
        "Long visit",
    ]
    places = [words.index(said) for said in told]
    assert places == sorted(places)
    links = {link.href: link.className for link in of_type(shown, dcc.Link)}
    assert "btn-primary" in links["/audiences/new?result=r1"]
    assert "btn-primary" not in links["/train?dataset=d1"]
    assert "/results/r1/session?session=s1" in links


def test_an_export_that_has_trained_its_model_is_not_offered_to_training_again(view: ResultView) -> None:
    shown = _answer(view, _trust(act=True), basis=Basis(kind="own"))
    links = {link.href for link in of_type(shown, dcc.Link)}
    assert "/audiences/new?result=r1" in links
    assert "/train?dataset=d1" not in links


def test_where_one_should_not_act_training_leads_and_the_audience_stands_back(view: ResultView) -> None:
    shown = _answer(view, _trust(act=False))
    words = text(shown)
    assert words.index("Don't act on it") < words.index("Expected buyers")
    assert "don't rely on this" in words
    assert of_class(shown, "alert-danger")
    links = {link.href: link.className for link in of_type(shown, dcc.Link)}
    assert "btn-primary" in links["/train?dataset=d1"]
    (folded,) = of_type(shown, html.Details)
    assert "btn-primary" not in links["/audiences/new?result=r1"]
    assert "/audiences/new?result=r1" in {link.href for link in of_type(folded, dcc.Link)}


def test_where_one_should_not_act_no_revenue_is_drawn(view: ResultView) -> None:
    def drawn(*, act: bool) -> set[str]:
        trust = _trust(act=act)
        return set(
            _names(body(result=result(), view=view, filters=Filters(), measure="sessions", trust=trust))
        )

    assert drawn(act=True) - drawn(act=False) == {"expected", "if_bought"}


def test_without_purchases_an_export_with_some_is_what_comes_next(view: ResultView) -> None:
    shown = _answer(view, _trust(act=False), has_outcomes=False)
    links = {link.href: link.className for link in of_type(shown, dcc.Link)}
    assert "btn-primary" in links["/upload"]


@pytest.mark.parametrize(
    "filters",
    [
        Filters(p=(0.2, None)),
        Filters(buyer=True),
        Filters(purchased=False),
        Filters.from_query({"col.expected_revenue": "gt:3"}),
    ],
    ids=["probability", "likely", "outcome", "the table's own"],
)
def test_accuracy_is_not_shown_of_what_was_picked_by_the_prediction(
    view: ResultView, filters: Filters
) -> None:
    shown = body(result=result(), view=view, filters=filters, measure="sessions")
    words = text(shown)
    assert "Accuracy isn't shown" in words
    assert "ROC-AUC" not in words
    assert "calibration" not in _names(shown)
    assert "ROC-AUC" in text(
        body(result=result(), view=view, filters=Filters(cluster=(1,)), measure="sessions")
    )


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, "overview"),
        ({"cluster": "1"}, "overview"),
        ({"view": "sessions"}, "sessions"),
        ({"sort": "-revenue"}, "sessions"),
        ({"col.n_events": "gt:3"}, "sessions"),
        ({"col.n_events": "gt:3", "view": "overview"}, "overview"),
        ({"view": "nonsense"}, "overview"),
    ],
)
def test_an_address_opens_its_tab_and_old_ones_of_the_table_the_table(query: dict, shown: str) -> None:
    assert view_of(query) == shown


def test_an_address_says_its_tab_where_it_would_open_another() -> None:
    assert address("r1", "cluster=1", "")["query"] == "cluster=1"
    assert address("r1", "col.n_events=gt:3", "")["query"] == "view=overview&col.n_events=gt:3"
    assert address("r1", "", "-revenue", "sessions")["query"] == "view=sessions&sort=-revenue"


def test_the_table_is_a_tab_of_its_own_probability_first(view: ResultView) -> None:
    shown = result_page(
        result=result(), route="r1", view=view, filters=Filters(), measure="sessions", shown="sessions"
    )
    assert not of_type(shown, dcc.Graph)
    (grid,) = of_type(shown, dag.AgGrid)
    assert [column["field"] for column in grid.columnDefs][:2] == ["purchase_probability", "session_id"]
    assert not of_type(_page(view, Filters()), dag.AgGrid)


@pytest.mark.parametrize("tab", ["overview", "sessions"])
def test_what_there_is_to_know_is_one_line_worst_first(view: ResultView, tab: View) -> None:
    """On both tabs: a link to either may be all that somebody is sent."""
    shown = result_page(
        result=result(notes=("A note.",)),
        route="r1",
        view=view,
        filters=Filters(),
        measure="sessions",
        shown=tab,
        refused=1,
        assumptions=(Assumption("error", "Prices are lost."), Assumption("info", "UTC.")),
    )
    line = next(part for part in of_type(shown, html.Details) if "to know" in text(part))
    words = " ".join(text(line).split())
    assert words.startswith("4 things to know about this file 2 to check Wrong Prices are lost.")
    assert "In total, 1 row of the file is not used" in words
    assert not getattr(line, "open", None)


def test_orders_and_refunds_are_shown_where_money_was_given_back() -> None:
    paid = Money(currency="EUR", orders=2, gross=100, refunded=25)
    shown = text(orders_and_refunds(money=[paid]))
    assert all(amount in shown for amount in ("€100.00", "€25.00", "€75.00", "25.0% of what was paid"))
    table = text(orders_and_refunds(money=[paid, Money(currency="USD", orders=1, gross=40, refunded=0)]))
    assert all(amount in table for amount in ("€75.00", "$40.00", "Refunded"))
    assert orders_and_refunds(money=[Money(currency="EUR", orders=2, gross=100, refunded=0)]) is None
    assert orders_and_refunds(money=[]) is None
    unnamed = Money(currency="", orders=1, gross=59.9, refunded=20)
    assert "€39.90" in text(orders_and_refunds(money=[unnamed], currency="EUR"))


def test_dates_that_may_be_turned_lead_to_where_they_are() -> None:
    said = Assumption("warning", "The dates in “time” could be day/month or month/day; they are read as …")
    shown = things_to_know(result=result(), assumptions=[said, Assumption("info", "Times are in UTC.")])
    (link,) = of_type(shown, dcc.Link)
    assert link.href == f"/upload/{result().dataset_id}?change=dates"
