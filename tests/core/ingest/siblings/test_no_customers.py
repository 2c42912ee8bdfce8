"""Rows that the file itself marks as a robot's, the team's or a test: they are no visits of customers."""

from __future__ import annotations

import json

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

EVENTS = "session_id,timestamp,event_type,revenue"
ROWS = (
    "s1,2026-03-02 10:00:00,product_view,",
    "s1,2026-03-02 10:02:00,purchase,30",
    "s2,2026-03-02 10:04:00,product_view,",
    "s2,2026-03-02 10:05:00,purchase,999",
)


def log(folder, heading, customers, others):
    cells = (customers, customers, others, others)
    return write(folder, "\n".join([f"{EVENTS},{heading}", *map(",".join, zip(ROWS, cells, strict=True))]))


@pytest.mark.parametrize(
    ("heading", "customers", "others", "robots"),
    [
        ("is_bot", "0", "1", 2),
        ("Known Bot", "no", "yes", 2),
        ("is_human", "true", "false", 2),
        ("traffic_quality", "human", "bad bot", 2),
        ("is_internal", "nein", "ja", 0),
        ("traffic_type", "", "internal", 0),
        ("Traffic Type", "external", "developer", 0),
        ("environment", "production", "staging", 0),
        ("context.app.env", "prod", "dev", 0),
        ("user_role", "customer", "shop_manager", 0),
        ("hostname", "www.test.de", "staging.test.de", 0),
        ("properties.$host", "shop.de", "localhost:3000", 0),
    ],
)
def test_marked_events_are_left_out(tmp_path, heading, customers, others, robots):
    path = log(tmp_path, heading, customers, others)
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (1, 1, 30)
    assert made.report.robots == robots
    assert made.says(heading, "left out") == "info"
    notes = {column.name: column.note for column in inspect(path).columns}
    assert notes[heading] == "Read to leave out robots, your own team and tests."
    assert (made.says("33%") or made.says("50%")) == "warning"


def test_pages_of_a_shop_that_is_only_tried_are_no_customers(tmp_path):
    path = log(tmp_path, "page", "https://test.de/p", "http://localhost:8080/p")
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (1, 1, 30)
    assert made.says("page", "left out") == "info"


@pytest.mark.parametrize("page", ["dev.index.php", "https://shop-test.de/", "https://latest.shop.de/"])
def test_a_path_is_no_host(tmp_path, page):
    """Nor is a shop tried whose address only has such a word within."""
    made = export_of(log(tmp_path, "page", "/p", page))
    assert made.n_buyers == 2


def test_marked_events_count_where_robots_do(tmp_path):
    made = export_of(log(tmp_path, "is_bot", "0", "1"), keep_robots=True)
    assert made.n_buyers == 2


def test_a_mark_of_every_row_is_not_taken_at_its_word(tmp_path):
    made = export_of(log(tmp_path, "is_bot", "1", "1"))
    assert made.n_buyers == 2
    assert made.says("is_bot", "every row") == "error"


@pytest.mark.parametrize(("customers", "others"), [("organic", "internal"), ("direct", "paid")])
def test_a_channel_is_no_mark(tmp_path, customers, others):
    """That of a visit which came from the shop's own pages, say."""
    made = export_of(log(tmp_path, "traffic_type", customers, others))
    assert made.n_buyers == 2


def test_marked_session_rows_are_left_out(tmp_path):
    made = export_of(
        write(
            tmp_path,
            "session_id,started_at,page_views,purchases,revenue,is_crawler,session_type,landing_page\n"
            "s1,2026-03-02 10:00:00,5,1,30,false,normal,https://shop.de/\n"
            "s2,2026-03-02 11:00:00,900,1,999,true,normal,https://shop.de/\n"
            "s3,2026-03-02 12:00:00,9,1,999,false,employee,https://shop.de/\n"
            "s4,2026-03-02 12:00:00,9,1,999,false,normal,https://staging.shop.de/\n",
        )
    )
    assert (len(made.rows), made.n_buyers, made.revenue) == (1, 1, 30)
    assert made.report.robots == 1


@pytest.mark.parametrize(
    ("heading", "customers", "others"),
    [
        ("browser", "Chrome", "Googlebot"),
        ("br_type", "Browser", "Robot"),
        ("device_category", "desktop", "bot"),
    ],
)
def test_browsers_and_devices_of_robots_are_left_out(tmp_path, heading, customers, others):
    made = export_of(log(tmp_path, heading, customers, others))
    assert (len(made.rows), made.n_buyers, made.revenue, made.report.robots) == (1, 1, 30, 2)


def test_a_phone_whose_name_ends_like_a_robots_is_a_phone(tmp_path):
    assert export_of(log(tmp_path, "browser", "Chrome", "Cubot")).n_buyers == 2


def ga4(name, minute, visitor, traffic, revenue=None):
    texts = {"traffic_type": traffic} if traffic else {}
    return {
        "event_date": "20260302", "event_timestamp": str(1772445600000000 + minute * 60_000_000),
        "event_name": name, "user_pseudo_id": visitor, "items": [],
        "event_params": [{"key": "ga_session_id", "value": {"int_value": "1"}},
                         *({"key": key, "value": {"string_value": text}} for key, text in texts.items())],
        "ecommerce": {"purchase_revenue": revenue, "transaction_id": visitor if revenue else None},
    }  # fmt: skip


def test_internal_traffic_of_ga4_is_left_out(tmp_path):
    events = [
        ga4("view_item", 0, "u1", None), ga4("purchase", 1, "u1", None, 30),
        ga4("view_item", 0, "u2", "internal"), ga4("purchase", 1, "u2", "internal", 999),
    ]  # fmt: skip
    made = export_of(write(tmp_path, "\n".join(map(json.dumps, events)), "file.ndjson"))
    assert (len(made.rows), made.n_buyers, made.revenue) == (1, 1, 30)
    rows = (
        "1772445600000000,view_item,u1,1,,\n1772445900000000,purchase,u1,1,,30\n"
        "1772445900000000,purchase,u2,1,internal,999\n"
    )
    head = "event_timestamp,event_name,user_pseudo_id,ga_session_id,param_traffic_type,value\n"
    assert export_of(write(tmp_path, head + rows)).revenue == 30
