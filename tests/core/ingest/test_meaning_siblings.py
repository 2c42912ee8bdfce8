"""Siblings of the shared cases: the same kinds of faults in other shapes, with their right answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ingest.settling.robots import INTERNAL, ROBOT, is_robot
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,timestamp,event_type"


@pytest.fixture
def export(tmp_path: Path):
    def read(text: str, name: str = "file.csv", **more: object) -> Export:
        return export_of(write(tmp_path, text, name), **more)

    return read


def lines(head: str, *rows: str) -> str:
    return "\n".join([head, *rows]) + "\n"


def log(*rows: str, more: str = "product_id,price,quantity,revenue,order_id") -> str:
    """Write purchases of s1 and others: ``session minute cells``, with the cells of ``more``."""
    made = []
    for row in rows:
        session, minute, kind, cells = row.split(" ", 3)
        made.append(f"{session},v{session},2026-03-02 10:{minute}:00,{kind},{cells}")
    return lines(f"{HEAD},{more}", *made)


@pytest.mark.parametrize(
    ("rows", "revenue"),
    [
        # the thank-you page was opened again in another session, a day later in the file's order
        (["s1 05 purchase ,,,40,T-1", "s2 45 purchase ,,,40,T-1"], {"s1": 40}),
        # an order that was sent again line by line
        (
            [f"s1 {m} purchase {line},T-1" for m in ("05", "09") for line in ("p1,40,1,40", "p2,60,1,60")],
            {"s1": 100},
        ),
        # lines of one order that come one after the other
        (["s1 05 purchase p1,40,1,40,T-1", "s1 06 purchase p2,60,1,60,T-1"], {"s1": 100}),
        # the order as a whole beside its lines
        (
            ["s1 05 purchase ,,,100,T-1", "s1 05 purchase p1,40,1,40,T-1", "s1 05 purchase p2,60,1,60,T-1"],
            {"s1": 100},
        ),
        # numbers that start again are other orders where visitor and amount differ
        (["s1 05 purchase ,,,40,1", "s2 06 purchase ,,,70,1"], {"s1": 40, "s2": 70}),
        # "(not set)" is no number: two orders
        (["s1 05 purchase ,,,40,(not set)", "s2 06 purchase ,,,40,(not set)"], {"s1": 40, "s2": 40}),
        # a free order is an order
        (["s1 05 purchase p1,0,1,0,T-1", "s1 06 page_view ,,,,"], {"s1": 0}),
    ],
)
def test_orders_count_once(export, rows, revenue):
    found = export(log(*rows))
    assert {row["session_id"]: row["revenue"] for row in found.rows if row["purchased"]} == revenue


@pytest.mark.parametrize(
    ("rows", "revenue"),
    [
        # amounts of lines that add up, two of them equal
        (["s1 05 purchase p1,40,1,40,T-1", "s1 05 purchase p2,40,1,40,T-1"], 80),
        # the total with shipping on each of three lines
        ([f"s1 05 purchase p{i},20,1,65,T-1" for i in range(3)], 65),
        # the total on the first of three lines, with a number
        (["s1 05 purchase p1,40,1,95,T-1", "s1 05 purchase p2,30,1,,T-1", "s1 05 purchase p3,20,1,,T-1"], 95),
        # no prices: all lines say the same
        (["s1 05 purchase p1,,,100,T-1", "s1 05 purchase p2,,,100,T-1"], 100),
        # no totals at all
        (["s1 05 purchase p1,40,2,,T-1", "s1 05 purchase p2,10,1,,T-1"], 90),
        # lines after a discount of each
        (["s1 05 purchase p1,40,1,36,T-1", "s1 05 purchase p2,40,1,36,T-1"], 72),
    ],
)
def test_what_revenue_stands_for(export, rows, revenue):
    assert export(log(*rows)).revenue == revenue


def test_what_revenue_stands_for_is_decided_once(export):
    clear = [
        row
        for i in range(3)
        for row in (f"s{i} 05 purchase a,1,1,3,T-{i}", f"s{i} 05 purchase b,2,1,3,T-{i}")
    ]
    unclear = ["s9 05 purchase a,,,50,T-9", "s9 05 purchase b,,,50,T-9"]
    assert export(log(*clear, *unclear)).by_id["s9"]["revenue"] == 50
    adding = [
        row
        for i in range(3)
        for row in (f"s{i} 05 purchase a,1,1,1,T-{i}", f"s{i} 05 purchase b,2,1,2,T-{i}")
    ]
    assert export(log(*adding, *unclear)).by_id["s9"]["revenue"] == 100


def test_equal_totals_without_a_number_are_warned_of(export):
    found = export(log("s1 05 purchase ,,,40,", "s1 06 purchase ,,,40,", "s2 06 purchase ,,,40,"))
    assert found.revenue == 120
    assert found.says("1 purchase repeats the total") == "warning"


@pytest.mark.parametrize(
    ("rows", "gross", "refunded", "buyers"),
    [
        # given back under the number of its order, later
        (["s1 05 purchase p1,60,1,60,T-1", "s1 50 purchase p1,60,1,-20,T-1"], 60, 20, 1),
        # a discount line with revenue
        (["s1 05 purchase p1,40,1,40,T-1", "s1 05 purchase C10,,,-10,T-1"], 30, 0, 1),
        # a discount larger than the order is none
        (["s1 05 purchase p1,40,1,40,T-1", "s1 05 purchase x,,,-70,T-1"], 40, 70, 1),
        # an event of its own, whatever its sign
        (["s1 05 purchase p1,60,1,60,T-1", "s2 06 refund ,,,25,T-1", "s3 06 refund ,,,-5,T-1"], 60, 30, 1),
        # accounts write (10.00) and 10.00-
        (
            ["s1 05 purchase p1,,,(10.00),T-1", "s2 05 purchase p1,,,12.50-,T-2", "s3 05 purchase p,,,9,"],
            9,
            22.5,
            1,
        ),
    ],
)
def test_refunds_and_discounts(export, rows, gross, refunded, buyers):
    found = export(log(*rows))
    (money,) = found.report.money
    assert (money.gross, money.refunded, found.n_buyers) == (gross, refunded, buyers)
    assert found.revenue == gross


def test_an_amount_that_cannot_be_read_is_never_made_up(export):
    found = export(
        log("s1 05 purchase p1,40,1,call us,", "s2 05 purchase p1,40,many,,", "s3 05 purchase p,5,2,,")
    )
    assert {row["session_id"]: row["revenue"] for row in found.rows} == {"s1": None, "s2": None, "s3": 10}
    assert found.n_buyers == 3


@pytest.mark.parametrize("word", ["Cancelled", "pending", "payment failed", "Storniert", "on-hold"])
def test_orders_that_came_to_nothing(export, word):
    word = {"payment failed": "failed"}.get(word, word)
    text = log(
        f"s1 05 purchase ,,,40,T-1,{word}",
        "s2 05 purchase ,,,30,T-2,completed",
        "s3 05 purchase ,,,20,T-3,refunded",
        more="product_id,price,quantity,revenue,order_id,order_status",
    )
    found = export(text)
    assert {row["session_id"] for row in found.rows if row["purchased"]} == {"s2", "s3"}
    (money,) = found.report.money
    assert (money.gross, money.refunded, money.net) == (50, 20, 30)


def test_the_latest_status_of_an_order_holds(export):
    text = log(
        "s1 05 purchase ,,,40,T-1,pending",
        "s1 06 purchase ,,,40,T-1,paid",
        "s2 05 purchase ,,,30,T-2,paid",
        "s2 07 purchase ,,,30,T-2,cancelled",
        more="product_id,price,quantity,revenue,order_id,order_status",
    )
    found = export(text)
    assert {row["session_id"]: row["revenue"] for row in found.rows if row["purchased"]} == {"s1": 40}


@pytest.mark.parametrize(
    ("heading", "cells", "revenue", "currency"),
    [
        ("revenue_usd", ["40", "55.5"], 95.5, "USD"),
        ("Order value (EUR)", ["40", "55.5"], 95.5, "EUR"),
        ("revenue_cents", ["4000", "5550"], 95.5, None),
        ("revenue_micros", ["40000000", "1250000000"], 1290, None),
        ("revenue", ["8990000", "1250000000"], 1258.99, None),
        ("revenue", ["CHF 40", "55.50 CHF"], 95.5, "CHF"),
        ("revenue", ["1.299.000,50", "1.000,00"], 1300000.5, None),
    ],
)
def test_amounts_in_other_units(export, heading, cells, revenue, currency):
    rows = [f's{i},v{i},2026-03-02 10:00:00,purchase,"{cell}"' for i, cell in enumerate(cells)]
    found = export(lines(f"{HEAD},{heading}", *rows))
    assert (found.revenue, found.report.currency) == (pytest.approx(revenue), currency)


def test_prices_in_rupiah_are_no_millionths(export):
    rows = [f"s{i},v{i},2026-03-02 10:00:00,purchase,{8990000 + 10000 * i},IDR" for i in range(3)]
    assert export(lines(f"{HEAD},revenue,currency", *rows)).column("revenue") == [8990000, 9000000, 9010000]


def test_session_rows_in_several_currencies(export):
    head = "session_id,page_views,clicks,purchased,revenue,currency"
    found = export(lines(head, "a,1,2,1,40,EUR", "b,1,3,1,50,EUR", "c,1,4,1,6400,JPY"))
    assert found.column("revenue") == [40, 50, None]
    assert {money.currency: money.gross for money in found.report.money} == {"EUR": 90, "JPY": 6400}
    converted = export(
        lines(head, "a,1,2,1,40,EUR", "b,1,3,1,50,EUR", "c,1,4,1,6400,JPY"), "b.csv", rates={"JPY": 0.01}
    )
    assert converted.column("revenue") == [40, 50, 64]


def test_signing_in_hands_a_session_over(export):
    rows = ["s1,anon1,2026-03-02 10:00:00,page_view", "s1,anon1,2026-03-02 10:02:00,product_view"]
    rows += ["s1,user9,2026-03-02 10:03:00,checkout", "s1,user9,2026-03-02 10:04:00,purchase"]
    found = export(lines(HEAD, *rows))
    (row,) = found.rows
    assert (row["session_id"], row["n_events"], row["purchased"]) == ("s1", 3, True)


def test_running_numbers_of_each_visitor_are_no_sign_in(export):
    rows = [
        f"{n},v{v},2026-03-0{n} 10:{10 * v + m:02}:00,page_view"
        for n in (1, 2)
        for v in range(4)
        for m in (0, 5)
    ]
    found = export(lines(HEAD, *rows))
    assert len(found.rows) == 8


def test_daily_files_whose_ids_restart(tmp_path):
    files = [
        write(
            tmp_path,
            lines(HEAD, *(f"{i},,2026-03-0{day} 1{i}:00:00,page_view" for i in range(1, 4))),
            f"{day}.csv",
        )
        for day in (2, 3, 4)
    ]
    found = export_of(*files)
    assert len(found.rows) == 9
    assert found.says("more than a day or start again") == "warning"


def test_an_order_that_only_the_server_sent_joins_its_visitor(export):
    rows = [
        "a1,,2026-03-02 10:00:00,page_view",
        "a1,u9,2026-03-02 10:02:00,cart_add",
        ",u9,2026-03-02 10:03:00,purchase",
    ]
    found = export(lines("visitor_id,user_id,timestamp,event_type", *rows))
    (row,) = found.rows
    assert (row["visitor_id"], row["n_events"], row["purchased"]) == ("a1", 2, True)


def test_a_fuller_account_wins_over_a_browser(export):
    rows = [f",u{i},2026-03-02 10:0{i}:00,page_view" for i in range(5)] + [
        "b1,u1,2026-03-02 10:03:00,cart_add"
    ]
    found = export(lines("visitor_id,user_id,timestamp,event_type", *rows))
    assert found.column("visitor_id") == [f"u{i}" for i in range(5)]


def test_sessions_counted_from_zero_have_a_session_zero(export):
    found = export(lines(HEAD, *(f"{i},v{i},2026-03-02 10:00:00,page_view" for i in range(4))))
    assert found.column("session_id") == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("date", "time"),
    [("2026-03-02", "10:00"), ("02.03.2026", "10:00:00"), ("2026-03-02 00:00:00", "10:00:00 AM")],
)
def test_a_day_and_a_clock(export, date, time):
    rows = [f"s{i},v{i},{date},{time},page_view" for i in range(3)]
    found = export(lines("session_id,visitor_id,date,time,event_type", *rows))
    assert {(row["started_at"].day, row["hour"]) for row in found.rows} == {(2, 10)}


def test_the_shops_clock_across_a_change(export):
    rows = ["s1,v1,2026-03-29T00:59:00Z,page_view", "s1,v1,2026-03-29T01:01:00Z,page_view"]
    rows += ["s2,v2,2026-10-25T00:30:00Z,page_view", "s3,v3,2026-10-25T01:30:00Z,page_view"]
    found = export(lines(HEAD, *rows), time_zone="Europe/Berlin")
    assert found.column("hour") == [1, 2, 2]
    assert found.by_id["s1"]["duration_seconds"] == 120


def test_an_offset_in_a_column_of_its_own(export):
    rows = ["s1,v1,2026-03-02 23:30:00,page_view,60", "s2,v2,2026-03-02 23:30:00,page_view,-300"]
    found = export(lines(f"{HEAD},utc_offset", *rows))
    assert (found.column("hour"), found.column("day_of_week")) == ([0, 18], [2, 1])
    assert found.report.time_zone == "as written"


def test_times_by_the_shops_own_clocks(export):
    rows = ["s1,v1,2026-01-05 23:30:00,page_view", "s2,v2,2026-07-05 00:30:00,page_view"]
    found = export(lines(HEAD, *rows), time_zone="Europe/Berlin", local_times=True)
    assert [str(row["started_at"]) for row in found.rows] == ["2026-01-05 22:30:00", "2026-07-04 22:30:00"]
    assert (found.column("hour"), found.column("day_of_week")) == ([23, 0], [1, 7])
    assert found.says("one hour occurs twice") == "warning"


@pytest.mark.parametrize("first", [0, 1])
def test_weekdays_numbered_from_saturday(export, first):
    days = [f"s{d},2026-03-{7 + d:02} 10:00:00,{d + first},{d},1" for d in range(7)]
    found = export(lines("session_id,started_at,day_of_week,clicks,searches", *days))
    assert [row["day_of_week"] for row in found.rows] == [6, 7, 1, 2, 3, 4, 5]


def test_robots_by_name_are_left_out_and_can_be_put_back(export):
    people = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36"
    rows = [f's{i},v{i},2026-03-02 10:00:00,page_view,"{people}"' for i in range(3)]
    rows += ['r1,r1,2026-03-02 10:00:00,page_view,"Mozilla/5.0 (compatible; Googlebot/2.1)"']
    rows += ['r2,r2,2026-03-02 10:00:00,page_view,"Mozilla/5.0 HeadlessChrome/120.0"']
    text = lines(f"{HEAD},user_agent", *rows)
    found = export(text)
    assert (len(found.rows), found.report.robots, found.report.rejected) == (3, 2, {ROBOT: 2})
    assert found.says("2 events from robots left out") == "warning"
    assert len(export(text, "b.csv", keep_robots=True).rows) == 5


def test_robots_by_what_they_do(export):
    rows = [f"s{i},v{i},2026-03-02 10:00:00,page_view" for i in range(3)]
    rows += [
        f"m{i},monitor,2026-03-0{1 + i // 1440} {i // 60 % 24:02}:{i % 60:02}:00,page_view"
        for i in range(1500)
    ]
    rows += [f"burst,b1,2026-03-02 10:00:00.{i:03},page_view" for i in range(300)]
    found = export(lines(HEAD, *rows))
    assert found.column("visitor_id") == ["v0", "v1", "v2"]
    assert found.report.robots == 1800


@pytest.mark.parametrize("moment", ["2026-03-02", "2026-03-02 10:05"])
def test_many_events_of_one_day_or_minute_are_no_robots(export, moment):
    rows = [f"s1,v1,{moment},page_view,p{i}" for i in range(300)] + [f"s2,v2,{moment},page_view,p1"]
    found = export(lines(f"{HEAD},product_id", *rows))
    assert (found.report.robots, len(found.rows)) == (0, 2)


def test_the_teams_own_visits_are_left_out(export):
    rows = [f"s1,qa-7,2026-03-02 10:0{i}:00,page_view" for i in range(3)] + [
        "s2,v2,2026-03-02 10:00:00,page_view"
    ]
    found = export(lines(HEAD, *rows), internal={"visitor_id": ["QA-*"]})
    assert found.column("visitor_id") == ["v2"]
    assert found.report.rejected == {INTERNAL: 3}


@pytest.mark.parametrize(
    ("moment", "robots"), [("2026-03-01T10:00:00Z", 150), ("2026-03-01T10:00", 0), ("2026-03-01", 0)]
)
def test_coarse_times_make_nobody_a_robot(export, moment, robots):
    crowd = "".join(f"v1,{moment},page_view,/p{place}\n" for place in range(150))
    calm = "v2,2026-03-01T11:12:13Z,page_view,/\n" if robots else f"v2,{moment},page_view,/\n"
    found = export("visitor_id,timestamp,event_type,page\n" + crowd + calm)
    assert (found.report.robots, len(found.rows)) == (robots, 1 if robots else 2)


@pytest.mark.parametrize(
    "agent", ["curl/8.0", "Cypress/13.1", "undici", "Java/17.0.2", "ReactorNetty/1.1", "node"]
)
def test_user_agents_of_robots(agent):
    assert is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 30) Chrome/117.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13) Chrome/117.0 Mobile Safari/537.36 Viber/21.0",
    ],
)
def test_user_agents_of_people(agent):
    assert not is_robot(agent)


def test_an_outcome_nobody_knows_is_counted(export):
    found = export(
        lines("session_id,page_views,clicks,purchased", "a,1,2,yes", "b,1,2,no", "c,1,2,perhaps", "d,1,2,")
    )
    assert found.column("purchased") == [True, False, None, None]
    assert found.says("perhaps (1)") == "warning"


def test_two_orders_of_one_session_row(export):
    head = "session_id,page_views,clicks,purchased,revenue,order number"
    found = export(lines(head, "a,1,2,1,40,T-1", "a,1,2,1,40,T-2", "b,1,2,0,0,"))
    assert found.column("revenue") == [80, 0]


def test_revenue_in_cents_beside_prices_in_euros(export):
    rows = [f"s{i} 05 purchase p{i},{9 + i}.90,1,{990 + 100 * i},T-{i}" for i in range(4)]
    found = export(log(*rows))
    assert found.column("revenue") == pytest.approx([9.9, 10.9, 11.9, 12.9])
    assert found.says("“revenue” is 100 times") == "warning"


def test_order_numbers_that_a_spreadsheet_spoilt_join_no_orders(export):
    found = export(log("s1 05 purchase ,,,40,1.00012E+11", "s2 06 purchase ,,,40,1.00012E+11"))
    assert found.column("revenue") == [40, 40]
    assert found.says("order number", "spreadsheet") == "error"


def test_event_ids_that_a_spreadsheet_spoilt_are_not_used(export):
    rows = [
        f"{HEAD_ROW},product_view,1.2E+10"
        for HEAD_ROW in ("s1,v1,2026-03-02 10:00:00", "s1,v1,2026-03-02 10:01:00")
    ]
    found = export(lines(f"{HEAD},event_id", *rows))
    assert found.rows[0]["n_events"] == 2
    assert found.says("Event ids", "spreadsheet") == "error"


def test_amounts_of_session_rows_in_other_writings(export):
    head = "session_id;page_views;clicks;purchased;revenue"
    assert export(lines(head, "a;1;2;1;1.299", "b;1;3;1;2.499")).column("revenue") == [1299, 2499]
    head = "session_id,page_views,clicks,purchased,revenue_cents_usd"
    found = export(lines(head, "a,1,2,1,4000", "b,1,3,1,5550"), "b.csv")
    assert (found.column("revenue"), found.report.currency) == ([40, 55.5], "USD")


def test_rows_that_contradict_each_other_are_said(export):
    found = export(lines("session_id,page_views,clicks,purchased", "a,1,2,1", "a,5,2,0", "b,1,1,0"))
    assert (found.by_id["a"]["page_views"], found.by_id["a"]["purchased"]) == (1, True)
    assert found.says("something else of a session") == "warning"


@pytest.mark.parametrize(
    "word",
    ["not logged in", "(not logged in)", "unbekannt", "inconnu", "Gastkunde", "guest_user", "N/D", "keine",
     "ffffffff-ffff-ffff-ffff-ffffffffffff", "Anonymous User"],
)  # fmt: skip
def test_nobody_in_other_words(export, word):
    rows = [f"{who},2026-03-02 10:0{i}:00,page_view" for i, who in enumerate((word, "v1", word))]
    assert export(lines("visitor_id,timestamp,event_type", *rows)).column("visitor_id") == ["v1"]


@pytest.mark.parametrize("heading", ["Order #", "order_reference", "Order Nr", "order", "receipt_number"])
def test_names_of_order_numbers(export, heading):
    rows = ["s1,v1,2026-03-02 10:00:00,page_view,,"]
    rows += [f"s1,v1,2026-03-02 10:{minute}:00,purchase,40,O-1" for minute in ("05", "25")]
    assert export(lines(f"{HEAD},revenue,{heading}", *rows)).revenue == 40


def test_an_order_of_events_stays_one(export):
    rows = [f"s1,{3 - i},{kind}" for i, kind in enumerate(("purchase", "cart_add", "page_view"))]
    found = export(lines("session_id,order,event_type", *rows))
    assert (found.rows[0]["n_events"], found.n_buyers) == (2, 1)


def test_events_by_the_id_of_their_hit_count_once(export):
    rows = [f"s1,v1,2026-03-02 10:00:0{i},purchase,40,h1" for i in (0, 3)]
    assert export(lines(f"{HEAD},revenue,hit_id", *rows)).revenue == 40
