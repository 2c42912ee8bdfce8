"""Small exports of situations users reported, each read as its right answer says, worked out by hand.

The files are kept beside the repository; without them these tests are skipped.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from core.ingest.session_merging import PUT_TOGETHER
from core.ingest.settling.deliveries import TWICE
from core.ingest.settling.moments import FUTURE
from core.ingest.settling.order_repeats import REPEATED
from tests.conftest import SHARED_DATA
from tests.core.ingest.sessions_of import Export, export_of

CASES = SHARED_DATA.parent / "cases"
pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the small exports (../shared/cases) are not on this machine"
)


@pytest.fixture
def case(tmp_path: Path):
    def read(name: str, **more: object) -> Export:
        path = tmp_path / f"{name}.csv"
        shutil.copyfile(CASES / path.name, path)
        return export_of(path, **more)

    return read


def test_an_order_seen_twice_counts_once(case):
    found = case("dup_purchase")
    assert found.by_id["s1"]["revenue"] == 40
    assert found.revenue == 80
    assert found.report.rejected == {REPEATED: 1}


def test_an_event_delivered_twice_counts_once(case):
    found = case("event_id_dup")
    (row,) = found.rows
    assert (row["cart_adds"], row["cart_value"], row["revenue"]) == (1, 40, 40)
    assert found.report.rejected == {TWICE: 2}


def test_the_orders_total_stands_on_each_line(case):
    found = case("order_total_per_item")
    assert found.revenue == 100
    assert found.says("“revenue” is the total of its order") == "info"


def test_the_total_stands_on_the_first_line_only(case):
    assert case("shopify_lines").revenue == 95


def test_refunds_stand_apart(case):
    found = case("refund")
    assert [row["session_id"] for row in found.rows if row["purchased"]] == ["s1", "s4"]
    (money,) = found.report.money
    assert (found.revenue, money.gross, money.refunded, money.net) == (110, 110, 110, 0)
    assert found.says("3 refunds") == "warning"


def test_a_coupon_lowers_its_order(case):
    assert case("discount_line").revenue == 30


def test_a_cart_change_of_minus_one_takes_one_out(case):
    assert case("cart_update").column("cart_value") == [80, 40, 40]


def test_refunds_among_session_rows(case):
    found = case("session_refund")
    assert [(row["purchased"], row["revenue"]) for row in found.rows] == [(True, 40), (True, 0), (False, 0)]
    (money,) = found.report.money
    assert (money.gross, money.refunded) == (40, 65)


@pytest.mark.parametrize("name", ["currencies", "currencies_sign"])
def test_several_currencies_are_never_one_sum(case, name):
    found = case(name)
    assert {money.currency: money.gross for money in found.report.money} == {"EUR": 80, "JPY": 6400}
    assert found.report.currency == "EUR"
    assert found.column("purchased") == [True, True, True]
    assert found.column("revenue") == [40, None, 40]
    assert found.says("EUR, JPY", "never added up") == "warning"


def test_several_currencies_become_one_at_a_rate_that_is_given(case):
    found = case("currencies", currency="EUR", rates={"JPY": 0.00625})
    assert found.column("revenue") == [40, 40, 40]
    assert found.says("1 JPY = 0.00625 EUR") == "warning"


def test_session_rows_say_their_currency(case):
    found = case("session_usd")
    assert (found.report.currency, found.revenue) == ("USD", 95)


def test_a_ga_session_is_unique_only_with_its_visitor(case):
    found = case("ga4_session")
    assert found.column("visitor_id") == ["u.1", "u.2"]
    assert found.column("purchased") == [True, False]


def test_session_ids_that_start_again(case):
    found = case("session_reused")
    assert len(found.rows) == 5
    assert max(row["duration_seconds"] for row in found.rows) <= 5 * 60


def test_ids_that_a_spreadsheet_spoilt(case):
    found = case("excel_ids")
    assert found.column("visitor_id") == ["v1", "v2", "v3", "v4"]
    assert found.says("spreadsheet") == "error"
    assert found.report.assumptions[0].severity == "error"


def test_minus_one_is_no_session(case):
    found = case("r3_minus1")
    assert sum(row["session_id"] != "1700000000" for row in found.rows) == 6
    assert found.by_id["1700000000"]["purchased"] is True


def test_signing_in_amid_a_session(case):
    found = case("login_mid")
    first, second = sorted(found.rows, key=lambda row: row["visitor_id"])
    assert (first["visitor_id"], first["n_events"], first["cart_adds"], first["checkouts"]) == ("a1", 3, 1, 1)
    assert (first["purchased"], second["visitor_id"], second["purchased"]) == (True, "a2", False)
    assert found.report.rejected == {}


def test_an_empty_column_is_not_the_visitor(case):
    found = case("r11_empty_user")
    assert found.report.rejected == {}
    assert found.column("visitor_id") == sorted(f"p{i}" for i in range(10))


def test_words_that_mean_nobody(case):
    found = case("null_words")
    assert found.column("visitor_id") == ["v7"]
    assert found.report.rejected == {"The visitor id is empty.": 9}


def test_date_and_time_in_two_columns(case):
    found = case("date_time_split")
    assert found.report.rejected == {}
    assert found.by_id["s1"]["started_at"] == datetime(2026, 3, 2, 10)
    assert found.by_id["s1"]["purchased"] is True
    assert (found.by_id["s2"]["started_at"], found.by_id["s2"]["duration_seconds"]) == (
        datetime(2026, 3, 3, 23, 59),
        120,
    )


def test_hours_are_as_written_without_a_time_zone(case):
    found = case("tz")
    assert found.column("hour") == [22, 0, 1]
    assert found.column("day_of_week") == [7, 1, 7]
    assert found.report.time_zone == "as written"


def test_hours_are_the_shops_with_a_time_zone(case):
    found = case("tz", time_zone="America/New_York")
    assert (found.by_id["s1"]["day_of_week"], found.by_id["s1"]["hour"]) == (7, 22)
    assert found.column("hour") == [22, 18, 20]
    assert found.report.time_zone == "America/New_York"
    assert found.says("America/New_York") == "info"


def test_day_or_month_first_is_said(case):
    assert case("us_dates").says("day/month or month/day") == "warning"


def test_weekdays_are_numbered_as_the_dates_prove(case):
    found = case("dow")
    assert found.column("day_of_week") == [7, 1, 6]
    assert found.says("1 as Sunday") == "warning"


def test_times_of_the_future_set_no_limit(case):
    found = case("future")
    assert found.report.last == "2026-03-02T10:01:00"
    assert found.report.rejected[FUTURE] == 1
    assert found.says("in the future") == "warning"


def test_the_start_is_the_start(case):
    found = case("c1_two_times")
    assert [row["started_at"] for row in found.rows] == [
        datetime(2026, 1, 1, 10),
        datetime(2026, 1, 1, 23, 40),
        datetime(2026, 1, 3, 9),
    ]


def test_dots_that_group_thousands(case):
    found = case("german_thousands")
    assert found.column("revenue") == [1299, 2499]
    assert found.column("price_max") == [1299, 2499]
    assert found.says("thousands or decimals") == "warning"


def test_amounts_in_millionths(case):
    found = case("r8_micros")
    assert found.column("revenue") == [8.99] * 6
    assert found.column("price_max") == [8.99] * 6


def test_empty_means_no_where_only_buyers_are_marked(case):
    found = case("r6b_purchased")
    assert (found.n_buyers, len(found.rows)) == (6, 60)
    assert found.column("purchased").count(False) == 54
    assert found.says("54 empty cells count as no") == "warning"


def test_several_rows_of_a_session_are_put_together(case):
    found = case("r7_rows_per_session")
    assert (found.n_buyers, found.revenue, len(found.rows)) == (20, 600, 70)
    assert found.report.rejected == {PUT_TOGETHER: 20}


def test_spellings_of_one_device_and_channel(case):
    found = case("utm_case")
    assert found.column("device") == ["mobile"] * 4 + ["desktop"] * 2
    assert found.column("channel")[:3] == ["email"] * 3


def test_a_ga4_extract(case):
    found = case("ga4_full")
    (first,) = (row for row in found.rows if row["visitor_id"] == "u.1")
    assert (first["page_views"], first["purchased"], first["revenue"]) == (1, True, 59.9)
    assert found.n_buyers == 1
    assert found.report.money[0].refunded == 20
