"""Lists within records of an unknown source: what an order's products, or a visit's orders, come to."""

from __future__ import annotations

import json

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of


def lines(folder, *records):
    return export_of(write(folder, "\n".join(map(json.dumps, records)), "file.jsonl"))


def events(folder, *orders):
    return lines(
        folder,
        {
            "session": "s0",
            "ts": "2026-03-02T10:00:00Z",
            "event": "product_view",
            "items": [{"sku": "p"}],
        },
        *(
            {"session": f"s{n}", "ts": "2026-03-02T10:05:00Z", "event": "purchase", **o}
            for n, o in enumerate(orders)
        ),
    )


@pytest.mark.parametrize(
    "items",
    [
        [{"sku": "p1", "price": 40, "qty": 1}, {"sku": "p2", "price": 30, "qty": 2}],
        [{"sku": "p1", "price": "40.00"}, {"sku": "p2", "price": "60.00"}],
        [
            {"sku": "p1", "price": 40, "qty": 1, "line_total": 40},
            {"sku": "p2", "price": 30, "qty": 2, "line_total": 60},
        ],
        [{"sku": "p1", "value": 50}, {"sku": "p2", "value": 50}],
        [{"sku": "p1", "price_cents": 4000, "qty": 1}, {"sku": "p2", "price_cents": 3000, "qty": 2}],
        [
            {"sku": "p1", "price": {"amount": "40.00", "currency": "EUR"}},
            {"sku": "p2", "price": {"amount": "60.00", "currency": "EUR"}},
        ],
    ],
)
def test_an_order_is_worth_its_products(tmp_path, items):
    made = events(tmp_path, {"items": items}, {"items": [{**items[0]}]})
    assert made.n_buyers == 2
    assert made.by_id["s0"]["revenue"] == 100
    assert made.by_id["s1"]["revenue"] == (50 if "value" in items[0] else 40)


def test_an_order_that_says_what_was_paid_is_worth_that(tmp_path):
    items = [{"sku": "p1", "price": 40, "qty": 1}, {"sku": "p2", "price": 30, "qty": 2}]
    made = events(tmp_path, {"total": 95, "items": items})
    assert made.revenue == 95
    assert made.says("is read as revenue") is None


def test_a_product_whose_price_cannot_be_read_leaves_its_order_unknown(tmp_path):
    made = events(
        tmp_path,
        {"items": [{"sku": "p1", "price": "?"}, {"sku": "p2", "price": 30}]},
        {"items": [{"sku": "p2", "price": 30}]},
    )
    assert made.by_id["s0"]["revenue"] is None
    assert made.says("1 of 2 purchases without an amount") == "warning"


def test_a_visit_is_worth_its_orders(tmp_path):
    made = lines(
        tmp_path,
        {"session_id": "s1", "started_at": "2026-03-02T10:00:00Z", "page_views": 5,
         "orders": [{"id": "T1", "total": 40}, {"id": "T2", "total": 10}]},
        {"session_id": "s2", "started_at": "2026-03-02T11:00:00Z", "page_views": 3, "orders": []},
    )  # fmt: skip
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 50)


def test_purchases_without_an_amount_beside_others_are_said(tmp_path):
    made = export_of(
        write(
            tmp_path,
            "session_id,timestamp,event,revenue\n"
            "s1,2026-03-02 10:00:00,purchase,\ns2,2026-03-02 10:00:00,purchase,30\n"
            "s3,2026-03-02 10:00:00,page_view,\n",
        )
    )
    assert made.says("1 of 2 purchases without an amount") == "warning"


def test_an_order_with_a_product_that_has_no_amount_is_said(tmp_path):
    head = "session_id,timestamp,event,product_id,price,order_id\n"
    rows = "s1,2026-03-02 10:00:00,purchase,p1,40,T1\ns1,2026-03-02 10:00:00,purchase,p2,,T1\n"
    made = export_of(write(tmp_path, f"{head}{rows}s2,2026-03-02 10:00:00,page_view,,,\n"))
    assert made.revenue == 40
    assert made.says("1 order with products that have no amount") == "warning"


def test_a_refund_is_no_purchase_without_an_amount(tmp_path):
    head = "session_id,timestamp,event,order_id,product_id,price,quantity,total\n"
    rows = (
        "s1,2026-03-02 10:00,view_item,,p1,40,,\ns1,2026-03-02 10:05,purchase,T1,p1,40,2,80\n"
        "s2,2026-03-03 10:05,purchase,R1,p1,40,-1,40\n"
    )
    made = export_of(write(tmp_path, head + rows))
    assert (made.revenue, made.report.money[0].refunded) == (80, 40)
    assert made.says("without an amount") is None
