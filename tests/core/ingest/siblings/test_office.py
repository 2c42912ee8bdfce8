"""What a shop's office does to orders makes no visits: cancellations, updates, refunds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from core.ingest.settling.refunds import NO_VISIT, ORDER_CHANGED
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,timestamp,event_type,order_id,revenue"
#: More rows than the head of a file has.
MANY = 2500


def log(folder: Path, head: str, *rows: str) -> Export:
    return export_of(write(folder, "\n".join([head, *rows, ""])))


def calls(folder: Path, *events: tuple[str, int, str, dict[str, object]]) -> Export:
    records = [
        {
            "anonymousId": who,
            "messageId": f"m{n}",
            "timestamp": f"2026-03-{day:02}T10:{n:02}:00Z",
            "type": "track",
            "event": event,
            "properties": properties,
        }
        for n, (who, day, event, properties) in enumerate(events)
    ]
    return export_of(write(folder, "\n".join(map(json.dumps, records)), "events.ndjson"))


def money(found: Export) -> tuple[int, float, float]:
    (made,) = found.report.money
    return found.n_buyers, made.gross, made.refunded


@pytest.mark.parametrize(
    "word", ["Order Updated", "Order Shipped", "Fulfilled Order", "Bestellung versendet"]
)
def test_a_change_of_an_order_is_no_visit(tmp_path, word):
    order = {"order_id": "o1", "total": 40, "currency": "EUR"}
    found = calls(
        tmp_path,
        ("a", 2, "Product Viewed", {"product_id": "p"}),
        ("a", 2, "Order Completed", order),
        ("a", 4, word, order),
    )
    assert (len(found.rows), money(found)) == (1, (1, 40, 0))
    assert found.report.rejected == {ORDER_CHANGED: 1}
    assert found.says("1 change of orders", "no session") == "info"


def test_a_cancellation_is_no_visit_and_gives_its_order_back(tmp_path):
    order = {"order_id": "o1", "total": 40, "currency": "EUR"}
    found = calls(
        tmp_path, ("a", 2, "Order Completed", order), ("a", 4, "Order Cancelled", {"order_id": "o1"})
    )
    assert (len(found.rows), money(found)) == (1, (1, 40, 40))
    assert found.report.rejected == {NO_VISIT: 1}


@pytest.mark.parametrize("properties", [{"order_id": "o9", "total": 30}, {"order_id": "o9"}, {}])
def test_a_cancellation_of_an_order_nobody_placed_is_no_visit(tmp_path, properties):
    order = {"order_id": "o1", "total": 40, "currency": "EUR"}
    found = calls(tmp_path, ("a", 2, "Order Completed", order), ("b", 4, "Order Cancelled", properties))
    assert (len(found.rows), money(found)) == (1, (1, 40, 0))


def test_a_change_among_a_visitors_own_events_leaves_the_visit(tmp_path):
    rows = [
        "s1,v1,2026-03-02 10:00:00,page_view,,",
        "s1,v1,2026-03-02 10:05:00,purchase,o1,40",
        "s1,v1,2026-03-02 10:06:00,order updated,o1,40",
        "s2,v1,2026-03-03 10:00:00,page_view,,",
        "s2,v1,2026-03-03 10:01:00,order shipped,o1,40",
    ]
    found = log(tmp_path, HEAD, *rows)
    assert (len(found.rows), money(found), found.report.rejected) == (2, (1, 40, 0), {})


def test_an_update_to_cancelled_calls_its_order_off(tmp_path):
    rows = [
        "s1,v1,2026-03-02 10:05:00,purchase,o1,40,paid",
        "s2,v1,2026-03-04 10:00:00,order updated,o1,40,cancelled",
        "s3,v2,2026-03-02 10:05:00,purchase,o2,30,paid",
        "s4,v2,2026-03-04 10:00:00,order updated,o2,30,refunded",
        "s5,v3,2026-03-02 10:05:00,purchase,o3,20,paid",
        "s6,v3,2026-03-04 10:00:00,order updated,o3,20,shipped",
    ]
    found = log(tmp_path, f"{HEAD},order_status", *rows)
    assert (found.column("session_id"), money(found)) == (["s1", "s3", "s5"], (2, 50, 30))


def test_a_later_row_that_calls_an_order_off_is_no_visit(tmp_path):
    rows = [
        "s1,v1,2026-03-02 10:05:00,purchase,o1,40,pending",
        "s2,v1,2026-03-04 10:00:00,purchase,o1,40,cancelled",
        "s3,v2,2026-03-02 10:05:00,purchase,o2,30,failed",
        "s4,v3,2026-03-02 10:05:00,purchase,o3,20,paid",
    ]
    found = log(tmp_path, f"{HEAD},order_status", *rows)
    assert (found.column("session_id"), money(found)) == (["s1", "s3", "s4"], (1, 20, 0))


def test_a_payment_that_failed_is_a_visitors_own(tmp_path):
    rows = [
        "s1,v1,2026-03-02 10:05:00,purchase,o1,40,paid",
        "s2,v2,2026-03-02 10:05:00,payment failed,o2,0,failed",
    ]
    found = log(tmp_path, f"{HEAD},order_status", *rows)
    assert (len(found.rows), money(found)) == (2, (1, 40, 0))


def test_words_of_the_office_are_known_below_the_head_of_a_file(tmp_path):
    views = [f"s{i},v{i},2026-03-02 10:00:00,product_view,," for i in range(MANY)]
    rows = [
        "a,a,2026-03-02 10:00:00,purchase,o1,40",
        "b,b,2026-03-02 10:00:00,purchase,o2,30",
        *views,
        "x,a,2026-03-05 10:00:00,Order Refunded,o1,15",
        "y,b,2026-03-05 10:00:00,Order Cancelled,o2,",
        "z,b,2026-03-05 11:00:00,Order Shipped,o2,30",
    ]
    found = log(tmp_path, HEAD, *rows)
    assert (len(found.rows), money(found)) == (MANY + 2, (2, 70, 45))


LINES = "session_id,visitor_id,timestamp,event_type,product_id,price,quantity,revenue,order_id,refund_amount"


@pytest.mark.parametrize(
    ("lines", "back"),
    [
        (["p1,40,1,40,o1,20", "p2,60,1,60,o1,20"], 20),  # the order's, on each of its lines
        (["p1,40,1,100,o1,20", "p2,60,1,100,o1,20"], 20),
        (["p1,40,1,40,o1,100", "p2,60,1,60,o1,100"], 100),
        (["p1,40,1,40,o1,50", "p2,60,1,60,o1,"], 50),  # on the first line only
        (["p1,40,1,40,o1,10", "p2,60,1,60,o1,20"], 30),  # line by line
        (["p1,40,1,40,o1,40", "p2,60,1,60,o1,0"], 40),
        (["p1,40,1,40,o1,120", "p2,60,1,60,o1,120"], 100),  # with shipping
    ],
)
def test_what_an_order_gave_back_counts_once(tmp_path, lines, back):
    found = log(tmp_path, LINES, *(f"s1,v1,2026-03-02 10:00:00,purchase,{line}" for line in lines))
    assert (found.revenue, money(found)) == (100, (1, 100, back))


def test_of_what_line_or_order_refunds_are_is_decided_for_the_file(tmp_path):
    rows = [
        f"s{n},v{n},2026-03-02 10:00:00,purchase,{line}"
        for n, lines in enumerate(
            [("p1,40,1,40,o1,10", "p2,60,1,60,o1,20"), ("p1,50,1,50,o2,5", "p2,50,1,50,o2,5")]
        )
        for line in lines
    ]
    found = log(tmp_path, LINES, *rows)
    assert money(found) == (2, 200, 40)
    assert found.says("In 2 orders of several lines", "of its line and adds up") == "info"


def test_an_amount_given_back_goes_before_a_status(tmp_path):
    rows = [
        "s1,v1,2026-03-02 10:00:00,purchase,o1,40,Partially refunded,20",
        "s2,v2,2026-03-02 10:00:00,purchase,o2,50,refunded,",
        "s3,v3,2026-03-02 10:00:00,purchase,o3,60,cancelled,0",
    ]
    found = log(tmp_path, f"{HEAD},order_status,refund_amount", *rows)
    assert (found.revenue, money(found)) == (90, (2, 90, 70))


@pytest.mark.parametrize(
    ("heading", "cell", "back"),
    [
        ("refund_amount_cents", 1500, 15),
        ("refunded_amount_micros", 15e6, 15),
        ("refund_amount_eur", 15, 15),
    ],
)
def test_what_was_given_back_is_read_in_the_unit_of_its_heading(tmp_path, heading, cell, back):
    found = log(tmp_path, f"{HEAD},{heading}", f"s1,v1,2026-03-02 10:00:00,purchase,o1,40,{cell}")
    assert money(found) == (1, 40, back)


def test_a_later_row_tells_what_was_given_back_by_then(tmp_path):
    rows = ["s1,v1,2026-03-02 10:00:00,purchase,o1,40,0", "s1,v1,2026-03-05 10:00:00,purchase,o1,40,15"]
    assert money(log(tmp_path, f"{HEAD},refund_amount", *rows)) == (1, 40, 15)


def sold(cell: str) -> list[str]:
    return [f"s{i},v{i},2026-03-02 10:00:00,purchase,,{cell}" for i in range(MANY)]


def sums(found: Export) -> dict[str | None, float]:
    return {made.currency: made.gross for made in found.report.money}


def test_signs_of_currencies_are_seen_below_the_head_of_a_file(tmp_path):
    late = ["x,x,2026-03-05 10:00:00,purchase,,$100", "y,y,2026-03-05 10:00:00,purchase,,n/a"]
    found = log(tmp_path, HEAD, *sold("€20"), *late)
    assert sums(found) == {"EUR": 20 * MANY, "USD": 100}


def test_amounts_without_a_sign_beside_late_ones_in_two_currencies_are_unknown(tmp_path):
    late = ["x,x,2026-03-05 10:00:00,purchase,,$100", "y,y,2026-03-05 10:00:00,purchase,,50 €"]
    found = log(tmp_path, HEAD, *sold("20"), *late)
    assert sums(found) == {"EUR": 50, "USD": 100}
    assert found.says("2,500 amounts have no currency", "count as unknown") == "error"


def test_amounts_without_a_sign_beside_late_ones_in_one_are_taken_for_it(tmp_path):
    found = log(tmp_path, HEAD, *sold("20"), "x,x,2026-03-05 10:00:00,purchase,,£100")
    assert sums(found) == {"GBP": 20 * MANY + 100}
    assert found.says("2,500 amounts without a currency", "GBP") == "info"


def test_a_file_without_signs_has_no_currency(tmp_path):
    found = log(tmp_path, HEAD, *sold("20"))
    assert (sums(found), "currency" in found.report.told.columns) == ({None: 20 * MANY}, False)


def timed(folder: Path, first: str, last: str, **more: object) -> Export:
    rows = [f"s{i},v{i},{first},purchase,,20" for i in range(MANY)]
    return export_of(write(folder, "\n".join([HEAD, *rows, f"x,x,{last},purchase,,20", ""])), **more)


@pytest.mark.parametrize(
    ("first", "last", "hour"),
    [
        ("2026-03-02 10:00:00", "2026-03-05 10:00:00+02:00", 10),
        ("2026-03-02 10:00:00Z", "2026-03-05T10:00:00-0500", 10),
        ("2026-03-02T10:00:00", "2026-03-05T10:00:00+02:00", 10),
    ],
)
def test_offsets_are_seen_below_the_head_of_a_file(tmp_path, first, last, hour):
    found = timed(tmp_path, first, last)
    assert (found.by_id["x"]["hour"], found.by_id["s1"]["hour"]) == (hour, 10)
    assert found.by_id["x"]["started_at"].hour == (15 if "-0500" in last else 8)
    assert found.says("Some times in “timestamp” have a UTC offset") == "warning"
    assert found.says("no time zone is set") is None


def test_a_late_time_with_an_offset_is_no_local_one(tmp_path):
    more = {"time_zone": "Europe/Berlin", "local_times": True}
    found = timed(tmp_path, "2026-03-02 10:00:00", "2026-03-05 10:00:00+05:00", **more)
    assert (found.by_id["x"]["hour"], found.by_id["s1"]["hour"]) == (6, 10)


def test_starts_of_session_rows_have_late_offsets_too(tmp_path):
    rows = [f"s{i},2026-03-02 10:00:00,{i % 7},{i % 5},{i % 9 == 0}" for i in range(MANY)]
    head = "session_id,started_at,page_views,clicks,purchased"
    found = log(tmp_path, head, *rows, "x,2026-03-05 10:00:00+02:00,1,2,False")
    assert (found.by_id["x"]["hour"], found.by_id["x"]["started_at"].hour) == (10, 8)
    assert found.says("Some times in “started_at” have a UTC offset") == "warning"


def test_a_spoilt_id_is_shown_as_the_file_has_it(tmp_path):
    rows = [f"9.44E+18,v{n},2026-03-02 1{n}:00:00,page_view,," for n in range(3)]
    assert log(tmp_path, HEAD, *rows).says("lost digits in a spreadsheet (9.44E+18)") == "error"


TABLE = "id,anonymous_id,original_timestamp,received_at,timestamp"
#: Tables of a warehouse, one for each event: visits and their order.
VISIT = {
    "pages": f"{TABLE},path,url\n"
    + "".join(f"g{n},a{n}{',2026-03-02 10:00:00+00' * 3},/,https://shop/\n" for n in (1, 2)),
    "order_completed": f"{TABLE},event,event_text,order_id,revenue,total,currency\n"
    f"c1,a1{',2026-03-02 10:05:00+00' * 3},order_completed,Order Completed,o1,40,44,EUR\n",
}


def tables(folder: Path, event: str, names: str, cells: str) -> Export:
    word = event.lower().replace(" ", "_")
    row = f"s1,server{',2026-03-09 09:00:00+00' * 3},{word},{event},{cells}\n"
    texts = {**VISIT, word: f"{TABLE},event,event_text,{names}\n{row}"}
    return export_of(*(write(folder, text, f"{name}.csv") for name, text in texts.items()))


@pytest.mark.parametrize(
    ("event", "names", "cells", "back"),
    [
        ("Order Updated", "order_id,revenue", "o1,40", 0),
        ("Order Fulfilled", "order_id,revenue", "o1,40", 0),
        ("Order Cancelled", "order_id,revenue", "o1,40", 40),
        ("Order Cancelled", "order_id", "o1", 40),
        ("Order Refunded", "order_id,total", "o1,10", 10),
        ("Order Refunded", "order_id,total", "o1,-10", 10),
        ("Order Refunded", "order_id", "o1", 40),
    ],
)
def test_a_table_of_what_the_office_did_belongs_to_those_of_visits(tmp_path, event, names, cells, back):
    found = tables(tmp_path, event, names, cells)
    assert (len(found.rows), money(found)) == (2, (1, 40, back))


@pytest.mark.parametrize("offset", ["+00", "+00:00", "Z"])
def test_times_that_are_all_in_utc_are_not_said_to_differ(tmp_path, offset):
    rows = (f"s{n},v{n},2026-03-0{n} 10:00:00{offset},page_view,," for n in (1, 2))
    found = log(tmp_path, HEAD, *rows)
    assert found.says("have a UTC offset and others don't") is None
    assert found.says("are in UTC") == "info"


def test_what_the_office_did_alone_is_no_visit(tmp_path):
    row = f"s1,server{',2026-03-09 09:00:00+00' * 3},order_cancelled,Order Cancelled,o1\n"
    path = write(tmp_path, f"{TABLE},event,event_text,order_id\n{row}", "order_cancelled.csv")
    with pytest.raises(IngestError, match="no visits"):
        export_of(path)


@pytest.mark.parametrize(
    ("head", "rows", "paid"),
    [
        (
            "SESSION_ID,EVENT,EVENT_TIME,ORDER_ID,REVENUE,REFUND_AMOUNT",
            ["s1,view,2026-03-02 10:00:00,,,", "s1,purchase,2026-03-02 10:02:00,T1,40,10"],
            40,
        ),
        (
            "Sitzungs-ID;Zeitpunkt;Ereignis;Bestellnummer;Umsatz;Erstattungsbetrag",
            ["s1;02.03.2026 10:00;Produktansicht;;;", "s1;13.03.2026 10:05;Kauf;T1;1.040,00;10,00"],
            1040,
        ),
    ],
)
def test_a_column_of_refunds_raises_no_question_in_a_log_of_known_names(tmp_path, head, rows, paid):
    path = write(tmp_path, "\n".join([head, *rows, ""]))
    found = inspect(path)
    assert (found.format, found.needs_mapping, found.unused) == ("named_columns", False, ())
    assert money(export_of(path)) == (1, paid, 10)


@pytest.mark.parametrize("name", ["revenue", "refund_amount"])
def test_a_refund_is_worth_what_it_says(tmp_path, name):
    order = {"order_id": "o1", "revenue": 40, "currency": "EUR"}
    back = {"order_id": "o1", name: 15, "currency": "EUR"}
    found = calls(tmp_path, ("a", 2, "Order Completed", order), ("a", 4, "Order Refunded", back))
    assert money(found) == (1, 40, 15)
