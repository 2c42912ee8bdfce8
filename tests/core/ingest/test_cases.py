"""Small exports in layouts real ones have, each with the right answer worked out by hand beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from tests.conftest import SHARED_DATA
from tests.core.ingest.made import make

CASES = SHARED_DATA.parent / "cases"
#: File -> format, sessions, visitors, buyers, revenue; None where the file doesn't tell.
NUMBERS = {
    "made_ga4_nested.ndjson": ("ga4", 40, 40, 5, 100.0),
    "made_ga4_console_flat.csv": ("ga4", 40, 40, 5, 100.0),
    "made_ga4_sql_flat.csv": ("ga4", 40, 40, 5, None),
    "ga4_session.csv": ("ga4", 2, 2, 1, 40.0),
    "made_ga360_kaggle_train.csv": ("ga360", 80, None, 8, 448.0),
    "a3_matomo_visits_log_flat.csv": ("matomo_visits", 40, None, 7, 349.3),
    "a6_segment_track.ndjson": ("segment", 10, 10, 10, 200.0),
    "a8_adobe_feed.tsv": ("adobe", 10, 10, 10, 200.0),
    "made_retailrocket_events.csv": ("retailrocket", 60, 60, 6, None),
    "made_otto.jsonl": ("otto", 60, None, 8, None),
    "items_json.jsonl": ("segment", 2, 2, 1, 70.0),
}
REFUSED = {
    "b1_daily_report.csv": "totals of many sessions.*“Sessions” counts them",
    "b3_landing_pages.csv": "totals of many sessions.*“Sessions” counts them",
    "b4_product_report.csv": "totals, one for each product",
    "made_shopify_orders_export.csv": "list of orders.*measure a campaign",
}


def case(name: str) -> Path:
    if not (CASES / name).is_file():
        pytest.skip("the small exports (../shared/cases) are not on this machine")
    return CASES / name


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(tmp_path, name):
    form, n_sessions, n_visitors, n_buyers, revenue = NUMBERS[name]
    found = inspect(case(name))
    assert (found.format, found.needs_mapping) == (form, False)
    made = make(tmp_path, case(name))
    assert len(made.sessions) == n_sessions
    assert n_visitors is None or made.visitors == n_visitors
    assert made.buyers == n_buyers
    assert made.revenue == (revenue or 0.0)
    assert revenue is not None or "revenue" not in made.report.told.columns
    assert made.report.rejected == {}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_session_is_refused(name):
    with pytest.raises(IngestError, match=REFUSED[name]) as refused:
        inspect(case(name))
    assert "Export" in str(refused.value)


@pytest.mark.parametrize("name", ["made_ga4_nested.ndjson", "made_ga4_console_flat.csv"])
def test_ga4_starts_of_sessions_are_no_page_views(tmp_path, name):
    made = make(tmp_path, case(name))
    assert made.types == {"other": 40, "page_view": 40, "product_view": 40, "cart_add": 10, "purchase": 5}
    assert made.total("page_views") == 40
    assert {(row["country"], row["device"]) for row in made.events} == {("DE", "mobile")}


def test_ga4_order_delivered_twice_and_a_refund_of_somebody_else(tmp_path):
    made = make(tmp_path, case("ga4_full.csv"))
    assert (made.report.format, made.buyers, made.revenue) == ("ga4", 1, 59.9)
    assert sorted(row["visitor_id"] for row in made.sessions if row["purchased"]) == ["u.1"]
    assert sum(row["visitor_id"] == "u.1" for row in made.sessions) == 1
    assert made.total("page_views") == 1


def test_ga4_items_are_read(tmp_path):
    made = make(tmp_path, case("made_ga4_nested.ndjson"))
    added = [row for row in made.events if row["event_type"] == "cart_add"]
    assert {row["product_id"] for row in added} == {"A1"}
    assert all(row["price"] and row["quantity"] == 1 for row in added)
    assert {row["order_id"] for row in made.events if row["event_type"] == "purchase"} == {
        f"T{i}" for i in range(0, 40, 8)
    }


def test_posthog_sessions_and_pages(tmp_path):
    assert inspect(case("a5_posthog_events.csv")).format == "posthog"
    made = make(tmp_path, case("a5_posthog_events.csv"))
    assert (len(made.sessions), made.visitors) == (10, 10)
    assert made.total("page_views") == made.types["page_view"] == 20
    assert not made.report.told.has_outcomes
    assert {row["country"] for row in made.events} == {"DE"}


def test_adobe_numbers_are_events(tmp_path):
    made = make(tmp_path, case("a8_adobe_feed.tsv"))
    assert made.types == {"product_view": 10, "cart_add": 10, "checkout": 10, "purchase": 10}


def test_otto_lines_are_sessions_of_events(tmp_path):
    made = make(tmp_path, case("made_otto.jsonl"))
    assert sum(made.types.values()) == 203


def test_synonyms_in_a_recognised_log(tmp_path):
    made = make(tmp_path, case("canonical_synonyms.csv"))
    bought = next(row for row in made.events if row["event_type"] == "purchase")
    assert (bought["revenue"], bought["price"], bought["quantity"]) == (80, 40, 2)
    assert (bought["country"], bought["device"], bought["channel"]) == ("DE", "mobile", "email")
    assert made.revenue == 80


def test_known_words_are_offered_among_many(tmp_path):
    found = inspect(case("r10_many_words.csv"))
    assert found.mapping.event_types == {"add_to_cart": "cart_add", "purchase": "purchase"}
    assert found.mapping.columns["event_type"] == "event_name"


def test_words_of_outcomes(tmp_path):
    made = make(tmp_path, case("outcome_words.csv"))
    assert [row["purchased"] for row in made.sessions] == [True, False, False]


def test_a_row_of_totals_is_no_session(tmp_path):
    made = make(tmp_path, case("total_row.csv"))
    assert [row["session_id"] for row in made.sessions] == ["s1", "s2"]
    assert (made.buyers, made.revenue) == (1, 40)
    assert any("total" in reason.lower() for reason in made.report.rejected)
