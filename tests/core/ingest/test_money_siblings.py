"""Amounts, currencies and orders in other writings, and columns of money under other names."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,timestamp,event_type"


def purchases(folder: Path, head: str, *cells: str) -> Export:
    rows = "".join(f"s{i},v{i},2026-03-02 10:00:00,purchase,{cell}\n" for i, cell in enumerate(cells))
    return export_of(write(folder, f"{HEAD},{head}\n{rows}"))


@pytest.mark.parametrize(
    ("cells", "revenue", "currency"),
    [
        (["A$12.50", "A$8.00"], 20.5, "AUD"),
        (["CA$12.50", "CA$8.00"], 20.5, "CAD"),
        (["HK$120", "HK$80"], 200, "HKD"),
        (['"Rs. 1,250"', "Rs. 80"], 1330, "INR"),
        (['"¥1,200"', "¥800"], 2000, "JPY"),
        (["CN¥120", "CN¥80"], 200, "CNY"),
        (['"12,50 TL"', '"8,00 TL"'], 20.5, "TRY"),
        (["120.000 ₫", "80.000 ₫"], 200_000, "VND"),
        (["Rp 120.000", "Rp 80.000"], 200_000, "IDR"),
        (["CHF 1'299.50", "Fr. 80.00"], 1379.5, "CHF"),
        (['"€1,299"', "€80"], 1379, "EUR"),
    ],
)
def test_signs(tmp_path, cells, revenue, currency):
    found = purchases(tmp_path, "revenue", *cells)
    assert (found.revenue, found.report.currency) == (revenue, currency)


def test_a_sign_that_currencies_share_is_said(tmp_path):
    assert purchases(tmp_path, "revenue", "$40").says("“$”", "taken for USD") == "info"


@pytest.mark.parametrize("cell", ["12.5k", "8 Mio", "1.2M"])
def test_rounded_amounts_are_unknown(tmp_path, cell):
    found = purchases(tmp_path, "revenue", cell)
    assert found.rows[0]["revenue"] is None
    assert found.says("can't be read") == "warning"


@pytest.mark.parametrize(
    ("head", "currency"),
    [("revenueUSD", "USD"), ("revenue_brutto", None), ("Grand Total", None), ("amountPaid", None)],
)
def test_names_of_revenue(tmp_path, head, currency):
    found = purchases(tmp_path, head, "1250", "899")
    assert (found.revenue, found.report.currency) == (2149, currency)


def test_whole_amounts_under_a_name_nobody_knows_are_asked_about(tmp_path):
    text = f"{HEAD},basket_total_x\ns1,v1,2026-03-02 10:00:00,purchase,1250\n"
    assert inspect(write(tmp_path, text)).needs_mapping


def test_order_numbers_as_data_frames_write_them(tmp_path):
    found = purchases(tmp_path, "revenue,order_id", "40,1001.0", "40,1001", "50,1002.0")
    assert found.revenue == 90


@pytest.mark.parametrize(
    ("head", "words", "paid", "refunded"),
    [
        ("order_status", ["wc-completed", "wc-cancelled", "wc-refunded"], 60, 20),
        ("statut", ["payée", "annulée", "remboursée"], 60, 20),
        ("estado", ["pagado", "anulado", "devuelto"], 60, 20),
        ("status", ["Bezahlt", "Storno", "Teilweise erstattet"], 60, 0),
        ("refunded", ["false", "false", "true"], 90, 20),
        ("is_cancelled", ["0", "1", "0"], 60, 0),
        ("refund_amount", ["", "30", "5"], 90, 35),
    ],
)
def test_orders_that_came_to_nothing_or_were_refunded(tmp_path, head, words, paid, refunded):
    rows = [f"{amount},T-{amount},{word}" for amount, word in zip([40, 30, 20], words, strict=True)]
    found = purchases(tmp_path, f"revenue,order_id,{head}", *rows)
    (money,) = found.report.money
    assert (found.revenue, money.gross, money.refunded) == (paid, paid, refunded)


def test_a_status_nobody_knows_is_said(tmp_path):
    found = purchases(tmp_path, "revenue,status", "40,paid", "30,zurückgestellt")
    assert found.says("Unknown order statuses", "zurückgestellt (1)") == "warning"


@pytest.mark.parametrize("other", ["net_revenue", "revenue_eur"])
def test_of_two_columns_of_revenue_it_is_said_which_is_read(tmp_path, other):
    found = purchases(tmp_path, f"gross_revenue,{other}", "47.60,40.00")
    assert found.revenue == 47.6
    assert found.says("“gross_revenue” is read as revenue", f"“{other}”") == "warning"


@pytest.mark.parametrize("word", ["order_placed", "Placed Order", "payment_completed"])
def test_words_for_a_purchase(tmp_path, word):
    rows = f"s1,v1,2026-03-02 10:00:00,page_view\ns1,v1,2026-03-02 10:01:00,{word}\n"
    assert export_of(write(tmp_path, f"{HEAD}\n{rows}")).n_buyers == 1


def test_an_order_that_failed_is_no_purchase(tmp_path):
    rows = "s1,v1,2026-03-02 10:00:00,page_view\ns1,v1,2026-03-02 10:01:00,purchase_failed\n"
    assert export_of(write(tmp_path, f"{HEAD}\n{rows}")).n_buyers == 0
