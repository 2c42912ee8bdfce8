"""Orders that session rows name: free, repeated, restarted, cancelled and refunded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,page_views,clicks,revenue"


@pytest.fixture
def read(tmp_path: Path):
    def export(head: str, *files: list[str]) -> Export:
        paths = [write(tmp_path, "\n".join([head, *rows, ""]), f"{n}.csv") for n, rows in enumerate(files)]
        return export_of(*paths)

    return export


def money(found: Export) -> tuple[float, float, float]:
    (each,) = found.report.money
    return each.gross, each.refunded, each.net


@pytest.mark.parametrize(
    "column", ["order_id", "Order Number", "order #", "Bestell-Nr.", "numéro de commande", "transactionId"]
)
@pytest.mark.parametrize("paid", ["0", ""])
def test_a_free_order_is_a_purchase(read, column, paid):
    found = read(f"{HEAD},{column}", [f"a,v1,3,4,{paid},T1", "b,v2,3,4,40,T2", f"c,v3,2,1,{paid},"])
    assert [row["purchased"] for row in found.rows] == [True, True, False]
    assert found.revenue == 40
    assert found.says("1 session names an order without revenue", "a purchase") == "warning"


def test_numbers_of_carts_in_every_row_make_no_buyers(read):
    found = read(f"{HEAD},order_id", ["a,v1,3,4,0,1", "b,v2,3,4,40,2", "c,v3,2,1,0,3"])
    assert found.n_buyers == 1


@pytest.mark.parametrize("column", ["order_id", "order #", "Bestellnr", "ecommerce.transactionId"])
def test_an_order_in_two_rows_counts_once(read, column):
    found = read(f"{HEAD},{column}", ["a,v1,3,4,40,7", "b,v1,3,5,40,7", "c,v3,2,1,0,"])
    assert (found.n_buyers, found.revenue) == (1, 40)


def test_an_order_in_two_rows_for_other_amounts_is_said(read):
    found = read(f"{HEAD},order_id", ["a,v1,3,4,40,7", "b,v1,3,5,45,7", "c,v3,2,1,0,"])
    assert (found.n_buyers, found.revenue) == (1, 40)
    assert found.says("names an order another session already names (1 with another amount)") == "warning"


@pytest.mark.parametrize("together", [True, False], ids=["one file", "daily files"])
def test_numbers_start_again_with_the_day(read, together):
    days = [
        [f"{day}{n},v{day}{n},3,4,{30 + 10 * n},2026-03-0{day} 1{n}:00:00,{n}" for n in (1, 2)]
        for day in (2, 3)
    ]
    found = read(f"{HEAD},started_at,order_id", *([[*days[0], *days[1]]] if together else days))
    assert (found.n_buyers, found.revenue) == (4, 180)
    assert found.says("2 order numbers come again") == "warning"


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("order_status", ["paid", "refunded", "cancelled"]),
        ("is_refund,is_cancelled", ["no,no", "yes,no", "no,yes"]),
        ("order_state,payment_state", ["completed,paid", "completed,refunded", "cancelled,paid"]),
        ("status,refund_amount", ["paid,0", "refunded,40", "cancelled,20"]),
    ],
)
def test_what_was_refunded_was_sold_and_what_was_cancelled_was_not(read, columns, cells):
    rows = [
        f"s{n},v{n},3,4,{amount},{cell}"
        for n, (amount, cell) in enumerate(zip([50, 40, 20], cells, strict=True))
    ]
    found = read(f"{HEAD},{columns}", rows)
    assert (money(found), found.n_buyers) == ((90, 40, 50), 2)


@pytest.mark.parametrize("column", ["is_refund", "refunded", "retoure"])
def test_a_lone_flag_of_refunds_leaves_the_others_as_they_are(read, column):
    found = read(f"{HEAD},{column}", ["a,v1,3,4,50,no", "b,v2,3,4,40,yes"])
    assert (money(found), found.n_buyers) == ((90, 40, 50), 2)
