"""Amounts whose currency is named twice, differently or nowhere: never added up, never guessed in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_money_siblings import purchases

VISITS = "session_id,page_views,clicks,purchased"


def visits(folder: Path, head: str, *cells: str) -> Export:
    rows = "".join(f"s{i},3,{i + 1},1,{cell}\n" for i, cell in enumerate(cells))
    return export_of(write(folder, f"{VISITS},{head}\n{rows}"))


def money(found: Export) -> dict[str | None, float]:
    return {each.currency: each.gross for each in found.report.money if each.gross}


@pytest.mark.parametrize("read", [purchases, visits])
@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("revenue,currency", ["$40,EUR", "$50,EUR"]),
        ("revenue,currency", ["40 USD,EUR", "50 USD,EUR"]),
        ("revenue,currency", ["€40,Zloty", "40 €,GBP"]),
        ("revenue_eur", ["$40", "$50"]),
        ("Revenue (GBP)", ["40 €", "50 €"]),
    ],
)
def test_a_sign_beside_another_currency_is_said_in_red(tmp_path, read, head, cells):
    found = read(tmp_path, head, *cells)
    assert found.says("whose sign isn't of the currency named", "unknown") == "error"
    assert found.rows[-1]["revenue"] is None
    assert found.n_buyers == 2


@pytest.mark.parametrize("read", [purchases, visits])
def test_only_the_row_that_contradicts_itself_is_unknown(tmp_path, read):
    found = read(tmp_path, "revenue,currency", "€40,USD", "$50,USD", "60,USD")
    assert money(found) == {"USD": 110}


def test_a_contradiction_behind_the_head_of_the_file_is_unknown_too(tmp_path):
    found = purchases(tmp_path, "revenue,currency", *["40,EUR"] * 2100, "$50,EUR")
    assert money(found) == {"EUR": 84_000}
    assert found.says("“revenue”", "can't be read") == "warning"


@pytest.mark.parametrize("read", [purchases, visits])
@pytest.mark.parametrize(
    ("cell", "code"),
    [("$40", "CAD"), ("40 kr", "NOK"), ("¥40", "CNY"), ("£40", "EGP"), ("40 Fr.", "XOF"), ("40 €", "Euros")],
)
def test_a_sign_that_its_currency_has_is_no_contradiction(tmp_path, read, cell, code):
    found = read(tmp_path, "revenue,currency", f"{cell},{code}", f"{cell},{code}")
    assert found.revenue == 80
    assert found.says("whose sign") is None


@pytest.mark.parametrize(
    "heads", ["price_eur,revenue_usd", "Price (EUR),Revenue (USD)", "priceEUR,revenueUSD"]
)
def test_columns_in_two_currencies_are_never_one_sum(tmp_path, heads):
    found = purchases(tmp_path, heads, "40,", ",45", "30,33")
    assert money(found) == {"EUR": 40, "USD": 78}
    assert found.says("different currencies", "EUR", "USD") == "error"


def test_amounts_of_session_rows_in_other_currencies_are_unknown(tmp_path):
    found = visits(tmp_path, "revenue_usd,cart_value_eur,price_max_gbp,price_mean_usd", "40,30,20,10")
    (row,) = found.rows
    assert (row["revenue"], row["price_mean"]) == (40, 10)
    assert (row["cart_value"], row["price_max"]) == (None, None)
    assert found.says("different currencies", "“cart_value_eur” in EUR") == "error"


@pytest.mark.parametrize("read", [purchases, visits])
@pytest.mark.parametrize(
    "cells",
    [["250000", "1250000", "990000"], ["15000000", "1250000", "990000"], ["19990000", "5990000", "40000"]],
)
def test_large_round_amounts_without_a_currency_are_whole_and_said_in_red(tmp_path, read, cells):
    found = read(tmp_path, "revenue", *cells)
    assert found.revenue == sum(map(int, cells))
    assert found.says("no currency", "whole units") == "error"


@pytest.mark.parametrize("code", ["VND", "IDR", "KRW", "COP"])
def test_amounts_in_small_units_are_whole(tmp_path, code):
    found = purchases(tmp_path, "revenue,currency", f"250000,{code}", f"1250000,{code}")
    assert (found.revenue, found.says("whole units")) == (1_500_000, None)


@pytest.mark.parametrize(("head", "more"), [("revenue,currency", ",USD"), ("transactionRevenue", "")])
def test_millionths_are_told_by_a_currency_or_googles_names(tmp_path, head, more):
    found = purchases(tmp_path, head, f"19990000{more}", f"5990000{more}")
    assert found.revenue == 25.98
    assert found.says("read as millionths") == "warning"


@pytest.mark.parametrize(
    ("cell", "code", "amount"),
    [('"¥6,400"', "JPY", 6400), ("₩16.400", "KRW", 16_400), ('"₫1,250,000"', "VND", 1_250_000),
     ("Rp 120.000", "IDR", 120_000), ('"JPY 6,400"', "JPY", 6400)],
)  # fmt: skip
def test_signs_before_three_digits_of_a_small_unit_group_thousands(tmp_path, cell, code, amount):
    found = purchases(tmp_path, "revenue", cell, '"12,50 €"', '"8,50 €"', '"1.299,00 €"')
    assert money(found) == {"EUR": 1320, code: amount}


def test_small_units_by_a_column_of_currencies(tmp_path):
    found = purchases(tmp_path, "revenue,currency", '"6,400",JPY', '"12,50",EUR', '"8,50",EUR')
    assert money(found) == {"EUR": 21, "JPY": 6400}


@pytest.mark.parametrize(
    ("cells", "revenue"),
    [
        (['"1,00,000"', '"12,34,567"'], 1_334_567),
        (['"1,00,000.50"', '"2,50,000"'], 350_000.5),
        (['"€ 1.234,-"', '"€ 80,-"'], 1314),
        (['"1.234,–"', '"80,–"'], 1314),
        (["CHF 1'234.-", "CHF 80.–"], 1314),
        (["١٢٫٥٠", "٨٠"], 92.5),
        (["۱۲۰", "۸۰"], 200),
        (["４０", "１，２００"], 1240),
        (["40 dollars", "50 Dollars"], 90),
        (["40 Euros", "50 euros"], 90),
        (["'40.00", "'50.00"], 90),
        (['"1\u2009234,50"', '"12\u202f500,00"'], 13_734.5),
        (["40", "-", " – ", "$ -"], 40),
    ],
)  # fmt: skip
def test_amounts_as_others_write_them(tmp_path, cells, revenue):
    found = purchases(tmp_path, "revenue", *cells)
    assert found.revenue == revenue
    assert found.says("can't be read") is None


@pytest.mark.parametrize(
    "cells", [["50", "$(40.00)"], ["50", "($40.00)"], ["50", "(40.00) $"], ["50", "40.00-"]]
)
def test_amounts_below_zero_as_accounts_write_them(tmp_path, cells):
    (sums,) = purchases(tmp_path, "revenue", *cells).report.money
    assert (sums.gross, sums.refunded) == (50, 40)


@pytest.mark.parametrize("head", ["revenue", "price"])
def test_a_share_is_no_amount(tmp_path, head):
    found = purchases(tmp_path, head, "40%", "50")
    assert found.revenue == 50
    assert found.says(f"“{head}”", "can't be read") == "warning"


@pytest.mark.parametrize(
    ("cells", "revenue", "currency"),
    [(["1050p", "99 p"], 11.49, "GBP"), (["50¢", "99¢"], 1.49, "USD"), (["50 cents", "99 ct"], 1.49, None)],
)
def test_amounts_in_small_coins(tmp_path, cells, revenue, currency):
    found = purchases(tmp_path, "revenue", *cells)
    assert (found.revenue, found.report.currency) == (revenue, currency)


@pytest.mark.parametrize("code", ["GBX", "GBp"])
def test_pence_by_their_code_are_never_pounds(tmp_path, code):
    found = purchases(tmp_path, "revenue,currency", f"1050,{code}", "20,GBP", "30,GBP")
    assert money(found) == {"GBP": 50, "GBX": 1050}


def test_a_sign_that_no_currency_has_is_said(tmp_path):
    assert (
        purchases(tmp_path, "revenue", "0.005 BTC", "40").says("BTC", "isn't a known currency") == "warning"
    )


def test_three_decimals_among_amounts_of_two_are_said(tmp_path):
    found = purchases(tmp_path, "revenue", "€1.299", "€12.50", "€8.00")
    assert found.says("“€1.299”", "thousands or decimals") == "warning"


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        (["1.234", "3"], [1234, 3]),
        (['"1,234"', "3"], [1234, 3]),
        (["3.000", "4.000"], [3, 4]),
        (["3.0", ""], [3, None]),
    ],
)
def test_counts_have_thousands_and_no_decimals(tmp_path, cells, counts):
    text = "session_id,page_views,clicks,purchased\n" + "".join(
        f"{i},{cell},1,0\n" for i, cell in enumerate(cells)
    )
    assert export_of(write(tmp_path, text)).column("page_views") == counts


def test_a_share_is_no_duration(tmp_path):
    found = visits(tmp_path, "duration", "40%", "50")
    assert found.column("duration_seconds") == [None, 50]


def test_a_probability_is_no_purchase(tmp_path):
    text = "session_id,page_views,clicks,purchased\na,3,1,0.7\nb,3,2,0.1\nc,3,2,1\nd,3,2,0\n"
    found = export_of(write(tmp_path, text))
    assert found.column("purchased") == [None, None, True, False]
    assert found.says("“purchased”", "0.7") == "warning"
