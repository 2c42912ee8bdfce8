"""Orders that were refunded, cancelled or called off, in the ways exports say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,price,quantity,revenue,order_id"


def read(folder: Path, head: str, *rows: str) -> Export:
    """Read events, each ``session day cells`` with the time, the type and all other cells after the day."""
    made = []
    for row in rows:
        session, day, cells = row.split(" ", 2)
        made.append(f"{session},v{session[1:]},2026-03-{day} {cells}")
    return export_of(write(folder, "\n".join([head, *made, ""])))


def money(found: Export) -> tuple[float, float, float]:
    (each,) = found.report.money
    return each.gross, each.refunded, each.net


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "paid", "refunded"),
    [
        ("order_status", "completed", "refunded"),
        ("financial_status", "paid", "refunded"),
        ("Bestellstatus", "Bezahlt", "Erstattet"),
        ("statut", "payée", "remboursée"),
        ("payment_state", "captured", "chargeback"),
        ("refunded", "false", "true"),
    ],
)
@pytest.mark.parametrize("numbered", [True, False], ids=["order numbers", "none"])
def test_an_order_that_was_refunded_was_sold(tmp_path, column, paid, refunded, numbered):
    rows = [
        f"s1 02 10:00:00,purchase,p1,50,1,50,T1,{paid}",
        f"s2 02 11:00:00,purchase,p1,40,1,40,T2,{refunded}",
    ]
    if not numbered:
        rows = [row.replace("T1", "").replace("T2", "") for row in rows]
    found = read(tmp_path, f"{HEAD},{column}", *rows)
    assert (money(found), found.n_buyers, found.revenue) == ((90, 40, 50), 2, 90)


@pytest.mark.parametrize(
    ("rows", "right"),
    [
        # its later row says the amount: part of it
        (
            ["02 10:00:00,purchase,p1,50,1,50,T1,paid", "03 10:00:00,purchase,p1,,,15,T1,refunded"],
            (50, 15, 35),
        ),
        # no amount: all of it
        (["02 10:00:00,purchase,p1,50,1,50,T1,paid", "03 10:00:00,purchase,,,,,T1,refunded"], (50, 50, 0)),
        # one of two lines, whose amounts add up
        (
            ["02 10:00:00,purchase,p1,40,1,40,T1,paid", "02 10:00:00,purchase,p2,60,1,60,T1,refunded"],
            (100, 60, 40),
        ),
        (
            ["02 10:00:00,purchase,p1,40,1,40,T1,paid", "02 10:00:00,purchase,p2,60,1,60,T1,cancelled"],
            (40, 0, 40),
        ),
        # on the sale and by an event of its own: once
        (
            ["02 10:00:00,purchase,p1,40,1,40,T1,refunded", "03 10:00:00,refund,,,,40,T1,refunded"],
            (40, 40, 0),
        ),
        # a part by an event, all of it by the status
        (["02 10:00:00,purchase,p1,40,1,40,T1,refunded", "03 10:00:00,refund,,,,10,T1,"], (40, 40, 0)),
        # cancelled, and then refunded: nothing was sold
        (
            ["02 10:00:00,purchase,p1,40,1,40,T1,voided", "03 10:00:00,refund,,,,40,T1,voided",
             "02 10:00:00,purchase,p1,30,1,30,T2,paid"],
            (30, 0, 30),
        ),
    ],
)  # fmt: skip
def test_what_of_an_order_was_refunded(tmp_path, rows, right):
    found = read(tmp_path, f"{HEAD},order_status", *(f"s1 {row}" for row in rows))
    assert money(found) == right


@pytest.mark.parametrize("column", ["transaction_type", "Vorgangsart"])
def test_a_row_of_the_kind_of_a_refund_gives_back_its_own_amount(tmp_path, column):
    rows = ["s1 02 10:00:00,purchase,p1,50,1,50,T1,sale", "s1 03 10:00:00,purchase,p1,,,15,T1,refund"]
    assert money(read(tmp_path, f"{HEAD},{column}", *rows)) == (50, 15, 35)


@pytest.mark.parametrize(
    "word", ["order_cancelled", "Order Cancelled", "Bestellung storniert", "order canceled"]
)
@pytest.mark.parametrize(
    ("cells", "right"),
    [
        ("s2 02 12:00:00,{},p1,40,1,,", (50, 0, 50)),  # of nobody who bought
        ("s1 02 12:00:00,{},p1,40,1,,T9", (50, 0, 50)),  # of an order that isn't there
        ("s1 02 12:00:00,{},p1,50,1,,", (50, 50, 0)),  # of the visitor's own order
        ("s1 02 12:00:00,{},p1,,,,T1", (50, 50, 0)),
    ],
)
def test_a_cancellation_gives_back_only_what_was_sold(tmp_path, word, cells, right):
    found = read(tmp_path, HEAD, "s1 02 11:00:00,purchase,p1,50,1,50,T1", cells.format(word))
    assert money(found) == right
    assert (found.says("gives nothing back", "1 cancellation") == "warning") is (right[1] == 0)


def test_a_cancellation_where_nothing_was_sold(tmp_path):
    found = read(
        tmp_path, HEAD, "s1 02 11:00:00,product_view,p1,50,1,,", "s1 02 12:00:00,order_cancelled,p1,50,1,,"
    )
    assert (found.report.money, found.n_buyers) == ((), 0)


@pytest.mark.parametrize(("refund", "refunded"), [("59", 50), ("20", 20), ("", 50)])
def test_a_refund_with_shipping_gives_back_what_was_paid(tmp_path, refund, refunded):
    found = read(
        tmp_path, f"{HEAD},total", "s1 02 10:00:00,purchase,p1,50,1,50,T1,59",
        f"s1 03 10:00:00,refund,,,,,T1,{refund}",
    )  # fmt: skip
    assert money(found) == (50, refunded, 50 - refunded)
    assert (found.says("above what was paid") == "warning") is (refund == "59")


@pytest.mark.parametrize(
    ("columns", "cells", "right"),
    [
        (
            "order_state,payment_state",
            ["completed,paid", "completed,refunded", "cancelled,paid"],
            (90, 40, 50),
        ),
        # where a parcel is says nothing of its money
        (
            "financial_status,fulfillment_status",
            ["paid,pending", "refunded,fulfilled", "voided,pending"],
            (90, 40, 50),
        ),
        ("status,refund_amount", ["paid,0", "refunded,40", "cancelled,20"], (90, 40, 50)),
    ],
)
def test_two_columns_say_what_became_of_orders(tmp_path, columns, cells, right):
    rows = [
        f"s{n} 02 10:00:00,purchase,p1,{amount},1,{amount},T{n},{cell}"
        for n, (amount, cell) in enumerate(zip([50, 40, 20], cells, strict=True))
    ]
    assert money(read(tmp_path, f"{HEAD},{columns}", *rows)) == right


def test_a_column_of_refunds_beside_events_of_refunds(tmp_path):
    rows = ["s1 02 10:00:00,purchase,p1,50,1,50,T1,", "s1 03 10:00:00,refund,p1,,,,T1,20"]
    assert money(read(tmp_path, f"{HEAD},refund_value", *rows)) == (50, 20, 30)


def test_a_row_flagged_as_a_refund_is_no_purchase_where_amounts_are_missing(tmp_path):
    head = "session_id,visitor_id,timestamp,event_type,product_id,is_refund"
    rows = ["s1 02 10:00:00,purchase,p1,false", "s2 02 10:00:00,purchase,p1,true"]
    assert read(tmp_path, head, *rows).n_buyers == 1
