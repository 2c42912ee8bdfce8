"""The home page says what there is, and what is missing where it is missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from dash import dcc

from components.home.page import CLOCK, home_page, is_busy, latest_exports, not_found
from core.base.errors import BundleError, StorageError
from core.services.overview import Entry, ModelInUse, Quality
from tests.components.reading import of_class, of_type, text

DONE = Entry(
    dataset_id="d1",
    result_id="r1",
    name="october.csv",
    synthetic=False,
    state="done",
    predicts=True,
    share=1.0,
    message="",
    made=dt.datetime.now(dt.UTC) - dt.timedelta(hours=3, minutes=5),
    n_sessions=20_000,
    predicted_buyers=600,
    expected_revenue=51_234.4,
    currency="EUR",
)
MODEL = ModelInUse(
    name="demo-shop",
    synthetic=True,
    source="demo",
    threshold=0.255,
    clusters=("Quick lookers", "Searchers", "Ready to buy"),
    captured=Quality(value=0.683, low=0.651, high=0.716, n=20_473),
    precision=Quality(value=0.464, low=0.428, high=0.501, n=20_473),
    recall=Quality(value=0.451, low=0.417, high=0.489, n=20_473),
)


def test_a_scored_export_tells_its_figures_and_leads_to_its_results() -> None:
    shown = latest_exports(entries=[DONE])
    assert [link.href for link in of_type(shown, dcc.Link)] == ["/results/r1"]
    for words in ("october.csv", "Scored", "20,000", "600 (3.0%)", "€51,234", "3 h ago"):
        assert words in text(shown)


@pytest.mark.parametrize(
    ("state", "result_id", "words", "href"),
    [
        ("needs_mapping", None, "Columns need mapping", "/upload/d1"),
        ("unscored", None, "Not scored yet", "/upload/d1"),
        ("running", "r1", "Scoring 42%", "/results/r1"),
        ("failed", "r1", "Failed", "/results/r1"),
    ],
)
def test_an_export_on_its_way_says_how_far_it_is(
    state: str, result_id: str | None, words: str, href: str
) -> None:
    entry = replace(
        DONE,
        state=state,
        result_id=result_id,
        share=0.42,
        n_sessions=None,
        predicted_buyers=None,
        expected_revenue=None,
    )
    shown = latest_exports(entries=[entry])
    assert words in text(shown)
    assert [link.href for link in of_type(shown, dcc.Link)] == [href]


def test_whoever_waits_for_a_first_export_is_not_asked_for_one() -> None:
    demo, running = replace(DONE, synthetic=True), replace(DONE, state="running", name="June.csv")
    assert "Start with your own data" in text(home_page(entries=[demo], model=MODEL))
    waits = home_page(entries=[running, demo], model=MODEL)
    assert "“June.csv” is being scored" in text(waits)
    assert "Start with your own data" not in text(waits)


def test_the_list_is_refreshed_only_while_something_is_scored() -> None:
    running = replace(DONE, state="running")
    assert is_busy([DONE, running])
    assert not is_busy([DONE])
    (clock,) = (part for part in of_type(home_page(entries=[DONE], model=MODEL), dcc.Interval))
    assert clock.id == CLOCK
    assert clock.disabled is True


def test_the_model_is_shown_in_plain_figures_with_n_and_interval() -> None:
    words = text(home_page(entries=[DONE], model=MODEL))
    for part in ("Buyers in the top 10%", "68%", "65% to 72%, n\u00a0=\u00a020,473", "46%", "45%", "25.5%"):
        assert part in words
    assert "AUC" not in words
    assert "trained on the synthetic demo shop" in words


def test_what_was_not_measured_is_not_invented() -> None:
    bare = replace(MODEL, synthetic=False, captured=None, precision=None, recall=None)
    words = text(home_page(entries=[], model=bare))
    assert words.count("not measured") == 3
    assert "synthetic" not in words


def test_nothing_missing_takes_the_page_down() -> None:
    page = home_page(
        entries=StorageError("The database is locked.", remedy="Try again."),
        model=BundleError("There is no model 'demo-shop'.", remedy="Train it."),
    )
    assert "The database is locked." in text(page)
    assert "There is no model 'demo-shop'." in text(page)
    assert "Nothing uploaded yet" in text(home_page(entries=[], model=MODEL))


def test_synthetic_exports_are_marked() -> None:
    assert of_class(latest_exports(entries=[replace(DONE, synthetic=True)]), "bg-warning-subtle")


def test_what_is_not_there_leads_on() -> None:
    (link,) = of_type(not_found(), dcc.Link)
    assert link.href == "/"


def test_a_model_of_clusters_alone_tells_its_clusters_and_what_it_cannot_answer() -> None:
    model = replace(MODEL, threshold=None, captured=None, precision=None, recall=None)
    said = text(home_page(entries=[], model=model))

    assert "This model has behaviour clusters only" in said
    assert "Quick lookers, Searchers, Ready to buy" in said
    assert "top 10%" not in said
    assert "Likely buyer from" not in said


@pytest.mark.parametrize(
    ("on_later", "said"),
    [(True, "later sessions than it learned from"), (False, "sessions it had not learned from")],
)
def test_a_test_is_called_one_of_later_sessions_only_where_it_is(on_later: bool, said: str) -> None:
    page = text(home_page(entries=[DONE], model=replace(MODEL, on_later=on_later)))
    assert f"Measured on {said}." in page
