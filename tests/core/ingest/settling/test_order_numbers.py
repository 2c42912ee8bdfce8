"""Order numbers that start again, orders that come again, and discounts beside a price."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,price,quantity,revenue,order_id"


def day(folder: Path, number: int, *orders: str, head: str = HEAD) -> Path:
    """Write a daily file of purchases, each ``visitor time product,price,quantity,revenue,order``."""
    rows = (order.split(" ") for order in orders)
    text = "".join(
        f"s{number}{who},{who},2026-03-0{number} {at},purchase,{cells}\n" for who, at, cells in rows
    )
    return write(folder, f"{head}\n{text}", f"{number}.csv")


def money(found: Export) -> tuple[int, float]:
    (each,) = found.report.money
    return each.orders, each.gross


@pytest.mark.parametrize("again", ["50,1,50", "60,1,60"], ids=["same amount", "other amount"])
def test_numbers_of_daily_files_start_again(tmp_path, again):
    first = day(tmp_path, 2, "v1 10:00 p1,50,1,50,1", "v2 11:00 p1,40,1,40,2")
    second = day(tmp_path, 3, f"v3 10:00 p1,{again},1", "v4 11:00 p1,40,1,40,2")
    found = export_of(first, second)
    assert (money(found), found.n_buyers) == ((4, 130 + float(again.split(",")[2])), 4)
    assert found.says("2 order numbers come again") == "warning"


def test_an_order_reloaded_by_its_visitor_days_later_is_one(tmp_path):
    found = export_of(day(tmp_path, 2, "v1 10:00 p1,50,1,50,1"), day(tmp_path, 5, "v1 10:00 p1,50,1,50,1"))
    assert money(found) == (1, 50)


def test_an_order_of_two_lines_sent_under_two_visitors_is_one(tmp_path):
    lines = [
        f"{who} 10:0{n} {line},T1"
        for n, who in enumerate(("v1", "v2"))
        for line in ("a,40,1,40", "b,60,1,60")
    ]
    assert money(export_of(day(tmp_path, 2, *lines))) == (1, 100)


def test_a_random_number_is_one_order_whoever_sends_it(tmp_path):
    number = "6f1f2c1e-6f0d-4f0e-9a55-7d2f0a3c9b11"
    files = [day(tmp_path, n, f"v{n} 10:00 p1,50,1,50,{number}") for n in (2, 4)]
    assert money(export_of(*files)) == (1, 50)


def test_numbers_of_an_export_without_visitors_start_again_for_other_amounts(tmp_path):
    rows = "s1,2026-03-02 10:00,purchase,p1,50,1,50,1\ns2,2026-03-03 10:00,purchase,p1,60,1,60,1\n"
    found = export_of(write(tmp_path, f"{HEAD.replace('visitor_id,', '')}\n{rows}"))
    assert money(found) == (2, 110)


def test_a_refund_is_of_the_order_of_its_visitor(tmp_path):
    text = (
        f"{HEAD}\ns1,v1,2026-03-02 10:00,purchase,p1,50,1,50,1\n"
        "s2,v2,2026-03-03 10:00,purchase,p1,60,1,60,1\n"
        "s3,v1,2026-03-04 10:00,refund,,,,,1\n"
    )
    (each,) = export_of(write(tmp_path, text)).report.money
    assert (each.gross, each.refunded) == (110, 50)


@pytest.mark.parametrize("minute", ["10:05", "10:45"])
def test_an_order_that_comes_again_for_another_amount_is_said(tmp_path, minute):
    found = export_of(day(tmp_path, 2, "v1 10:00 p1,50,1,50,T1", f"v1 {minute} p1,45,1,45,T1"))
    assert money(found) == (1, 50)
    assert found.says("1 order comes again with another amount", "first one counts") == "warning"


def test_one_purchase_repeats_a_total(tmp_path):
    found = export_of(day(tmp_path, 2, "v1 10:00 p1,50,1,50,", "v1 10:05 p1,50,1,50,"))
    assert found.says("1 purchase repeats the total") == "warning"


@pytest.mark.parametrize("column", ["discount", "Rabatt", "remise", "Discount Amount", "descuento"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_discount_beside_a_price_is_deducted(tmp_path, column, sign):
    head = f"{HEAD.replace(',revenue', '')},{column}"
    orders = [f"v1 10:00 p1,50,2,T1,{sign}10.5", "v2 10:00 p1,40,1,T2,"]
    found = export_of(day(tmp_path, 2, *orders, head=head))
    assert money(found) == (2, 129.5)
    assert found.says(f"“{column}”", "price times quantity less") == "warning"


def test_a_discount_of_the_order_on_its_first_line(tmp_path):
    head = f"{HEAD.replace(',revenue', '')},discount"
    found = export_of(day(tmp_path, 2, "v1 10:00 a,8,1,T1,10", "v1 10:00 b,40,1,T1,0", head=head))
    assert money(found) == (1, 38)


@pytest.mark.parametrize("cell", ["10%", "0.1"])
def test_a_discount_that_may_be_a_share_is_said_and_not_deducted(tmp_path, cell):
    head = f"{HEAD.replace(',revenue', '')},discount"
    found = export_of(day(tmp_path, 2, f"v1 10:00 p1,50,2,T1,{cell}", head=head))
    assert money(found) == (1, 100)
    assert found.says("“discount”", "isn't deducted") == "warning"


def test_revenue_that_equals_the_goods_beside_a_discount_is_said(tmp_path):
    found = export_of(day(tmp_path, 2, "v1 10:00 p1,50,1,50,T1,10", head=f"{HEAD},discount"))
    assert found.says("“revenue” is price times quantity", "“discount”") == "warning"
    found = export_of(day(tmp_path, 3, "v1 10:00 p1,50,1,40,T1,10", head=f"{HEAD},discount"))
    assert found.says("“discount”") is None
