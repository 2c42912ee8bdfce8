"""Two columns that could be one: which is read is clear from their names, and said; else it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

LOG = "visit,visitor,{0},event,sku,{1}"


@pytest.fixture
def unasked(tmp_path: Path):
    def read(head: str, *rows: str, asked: bool = False) -> Export:
        path = write(tmp_path, lines(head, *rows))
        assert inspect(path).needs_mapping is asked
        return export_of(path)

    return read


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("event_time", "received_at"),
        ("occurred_at", "loaded_at"),
        ("created_at", "updated_at"),
        ("timestamp", "processed_at"),
        ("start_time", "end_time"),
        ("event_time", "server_time"),
        ("Zeitstempel", "empfangen am Datum"),
        ("time_utc", "time_local"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_times_that_of_the_event_is_read_and_said(unasked, early, late, swapped):
    times = [("2026-03-02 10:00:00", "2026-03-02 12:00:00"), ("2026-03-02 10:05:00", "2026-03-02 12:00:00")]
    names = (late, early) if swapped else (early, late)
    rows = [
        f"s1,v1,{','.join(reversed(pair) if swapped else pair)},{word},p1,40"
        for pair, word in zip(times, ("add to cart", "order placed"), strict=True)
    ]
    found = unasked(LOG.format(",".join(names), "unit_price"), *rows)
    assert str(found.rows[0]["started_at"]) == "2026-03-02 10:00:00"
    assert found.says(f"“{early}” is read as the time", late) == "info"


def test_two_times_of_which_neither_is_the_events_are_asked_about(unasked):
    rows = ["s1,v1,2026-03-02 10:00:00,2026-03-02 12:00:00,add to cart,p1,40",
            "s1,v1,2026-03-02 10:05:00,2026-03-02 12:00:00,order placed,p1,40"]  # fmt: skip
    unasked(LOG.format("time,datetime", "unit_price"), *rows, asked=True)
    same = [row.replace("12:00:00", row.split(",")[2][11:]) for row in rows]
    assert unasked(LOG.format("time,datetime", "unit_price"), *same).revenue == 40


def test_a_day_and_its_hour_are_a_moment_without_minutes(unasked):
    rows = ["s1,v1,2026-03-02,21,add to cart,p1,40", "s1,v1,2026-03-02,21,order placed,p1,40"]
    found = unasked(LOG.format("date,hour", "unit_price"), *rows)
    assert (found.rows[0]["hour"], found.n_buyers) == (21, 1)
    assert found.says("“hour” has no minutes") == "warning"


@pytest.mark.parametrize("prefix", ["properties.", "properties_", "event_params__", "data.", "payload:"])
def test_properties_of_events_are_read_by_their_own_names(unasked, prefix):
    names = ",".join(f"{prefix}{name}" for name in ("product_id", "price", "order_id", "revenue"))
    found = unasked(
        f"anonymousId,timestamp,event,{names}",
        "a1,2026-03-02T10:00:00Z,Product Viewed,p1,40,,",
        "a1,2026-03-02T10:05:00Z,Order Completed,,,T1,75",
    )
    assert (found.revenue, found.rows[0]["price_max"]) == (75, 40)


@pytest.mark.parametrize("words", ["page_view,purchase", "Seitenaufruf,Kauf", "product_view,product_view"])
def test_logs_without_a_cart_are_logs_of_shops(unasked, words):
    first, last = words.split(",")
    rows = [f"v1,2026-03-02 10:00:00,{first},p1,", f"v1,2026-03-02 10:05:00,{last},p1,40"]
    found = unasked("visitor,time,event,sku,order_value", *rows)
    assert found.revenue == (0 if last == first else 40)


def test_words_of_pages_and_clicks_alone_are_asked_about(unasked):
    unasked("visitor,time,event,page", "v1,2026-03-02 10:00:00,page_view,/", "v1,2026-03-02 10:01:00,click,/",
            asked=True)  # fmt: skip


LINES = "session_id,visitor_id,timestamp,event_type,product_id"


@pytest.mark.parametrize(
    ("head", "cells", "revenue"),
    [
        ("quantity,line_total", ["2,80", "1,15"], 95),
        ("quantity,Zeilensumme", ["2,80", "2,80"], 160),
        ("line_total", ["80", "80"], 160),
        ("price,quantity,line_total", ["40,2,72", "15,1,15"], 87),
        ("price,quantity,line_total", ["40,2,", "15,1,15"], 95),
    ],
)
def test_totals_of_lines_add_up(unasked, head, cells, revenue):
    rows = [f"s1,v1,2026-03-02 10:05:00,purchase,p{i},{cell}" for i, cell in enumerate(cells)]
    found = unasked(f"{LINES},{head}", *rows)
    assert found.revenue == revenue
    assert found.says("what a whole line paid") == "info"


def test_an_amount_beside_a_quantity_is_said(unasked):
    found = unasked(f"{LINES},amount,quantity", "s1,v1,2026-03-02 10:05:00,purchase,p1,80,2")
    assert found.says("“amount”", "paid in total") == "warning"


def test_an_event_delivered_twice_by_its_uuid(unasked):
    head = "uuid,session_id,visitor_id,timestamp,event_type,price,received_at"
    rows = [f"e1,s1,v1,2026-03-02 10:00:00,purchase,40,2026-03-02 10:0{minute}:01" for minute in (0, 9)]
    assert unasked(head, *rows).revenue == 40


def test_a_piece_returned_whose_amount_is_above_zero_is_no_visit(unasked):
    head = f"{LINES},price,quantity,revenue,order_id"
    rows = [
        "s1,v1,2026-03-02 10:00:00,purchase,p1,50,1,50,T1",
        "s2,v1,2026-03-05 10:00:00,purchase,p1,50,-1,50,T1",
    ]
    found = unasked(head, *rows)
    assert (len(found.rows), found.revenue, found.report.money[0].refunded) == (1, 50, 50)


def test_times_that_a_spreadsheet_spoilt_are_said_in_red(unasked):
    rows = [f"s{i},v{i},1.77245E+12,product_view,p1" for i in range(2)]
    assert unasked(LINES, *rows).says("Times in “timestamp” lost digits") == "error"


def test_dinars_have_thousandths(unasked):
    head = "session_id;visitor_id;timestamp;event_type;revenue;currency"
    rows = [
        f"s{i};v{i};2026-03-02 10:00:00;purchase;{cell};KWD" for i, cell in enumerate(("12.500", "9.250"))
    ]
    found = unasked(head, *rows)
    assert (found.revenue, found.says("thousands or decimals")) == (21.75, None)


def test_a_hash_in_capital_and_in_small_letters_is_one_person(unasked):
    ids = ["AB01" * 16, "ab01" * 16, "cd01" * 16]
    rows = [f"{each},2026-03-02 10:0{i}:00,product_view" for i, each in enumerate(ids)]
    found = unasked("visitor_id,timestamp,event_type", *rows)
    assert len(found.rows) == 2
    assert found.says("1 hashed or hexadecimal id in several spellings") == "info"


@pytest.mark.parametrize(("currency", "price"), [("USD", None), ("EUR", 40)])
def test_a_currency_in_the_name_of_the_revenue_holds_whatever_the_order_was_in(unasked, currency, price):
    head = "session_id,visitor_id,timestamp,event_type,price,quantity,revenue_eur,currency"
    rows = [
        f"s1,v1,2026-03-02 10:00:00,cart_add,40,1,,{currency}",
        f"s1,v1,2026-03-02 10:05:00,purchase,40,1,37,{currency}",
    ]
    found = unasked(head, *rows)
    assert (found.report.currency, found.revenue, found.rows[0]["price_max"]) == ("EUR", 37, price)
    assert found.says("“revenue_eur” is in EUR by its name") == ("warning" if currency == "USD" else None)
    visits = unasked(
        "session_id,page_views,clicks,revenue_eur,currency", f"a,1,2,40,{currency}", "b,1,3,0,EUR"
    )
    assert (visits.report.currency, visits.revenue) == ("EUR", 40)


def test_the_pieces_of_a_nested_item_count(unasked):
    head = "session_id,visitor_id,timestamp,event_type,item.sku,item.price,item.qty"
    found = unasked(head, "s1,v1,2026-03-02 10:05:00,purchase,p1,40,2")
    assert found.revenue == 80


def test_session_rows_of_a_query_on_an_analytics_table(unasked):
    head = "session_id,user_pseudo_id,session_start,session_end,pageviews,add_to_carts,purchases,revenue"
    found = unasked(head, "a,u1,1772445600,1772449200,5,1,1,40", "b,u2,1772445600,1772445660,2,0,0,0")
    assert (found.n_buyers, found.rows[0]["visitor_id"], found.rows[0]["hour"]) == (1, "u1", 10)
    assert found.says("“session_start” is read as the start", "session_end") == "info"


def test_what_sessions_may_have_paid_is_named_where_it_is_not_read(unasked):
    found = unasked("session_id,page_views,clicks,purchased,basket sum", "a,3,4,1,40.5", "b,1,1,0,0")
    assert found.says("“basket sum” may hold what was paid") == "warning"


@pytest.mark.parametrize(
    ("start", "other"),
    [
        ("Sitzungsbeginn", "Datum"),
        ("session_start", "timestamp"),
        ("first event", "Time"),
        ("start ts", "end ts"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_times_of_a_session_row_its_start_is_read(unasked, start, other, swapped):
    pair = ["2026-03-02 10:00:00", "2026-03-02 12:00:00"]
    names, times = ([other, start], pair[::-1]) if swapped else ([start, other], pair)
    rows = [f"s{i},{','.join(times)},3,{i}" for i in range(2)]
    found = unasked(f"session_id,{','.join(names)},page_views,clicks", *rows)
    assert [row["hour"] for row in found.rows] == [10, 10]
    assert found.says(f"“{start}” is read as the start", other) == "info"


def test_the_start_of_its_session_beside_each_event_is_not_its_time(unasked):
    head = "session_id,visitor_id,session_start,event_time,event_type,price"
    rows = [
        f"s1,v1,2026-03-02 10:00:00,2026-03-02 10:0{i}:00,{kind},40"
        for i, kind in ((0, "cart_add"), (5, "purchase"))
    ]
    found = unasked(head, *rows)
    assert (found.rows[0]["n_events"], found.says("“event_time” is read as the time", "session_start")) == (
        1,
        "info",
    )
