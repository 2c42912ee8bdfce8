"""Codes in session rows: −1 for no amount, 1 and 2 for yes and no, and words of other languages."""

from __future__ import annotations

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

HEAD = "session_id,started_at,page_views,cart_adds"


@pytest.fixture
def visits(tmp_path):
    def read(more: str, *cells: str) -> Export:
        rows = [f"s{n},2026-03-02 1{n}:00:00,{5 + n},1,{each}" for n, each in enumerate(cells)]
        return export_of(write(tmp_path, lines(f"{HEAD},{more}", *rows)))

    return read


@pytest.mark.parametrize("code", ["-1", "-999", "-1.00"])
def test_a_code_for_no_amount_is_no_refund(visits, code):
    found = visits("purchased,revenue", "1,40", f"0,{code}", f"0,{code}", f"1,{code}")
    assert found.column("revenue") == [40, 0, 0, None]
    assert [each.refunded for each in found.report.money] == [0]
    assert found.says("read as no amount", "“revenue”") == "warning"


def test_a_code_for_no_amount_where_nothing_else_says_who_bought(visits):
    found = visits("revenue", "40", "-1", "-1")
    assert found.column("purchased") == [True, False, False]


@pytest.mark.parametrize("amounts", [("40", "-1"), ("40", "-1", "-30"), ("40", "-40", "-40")])
def test_other_amounts_below_zero_are_refunds(visits, amounts):
    found = visits("revenue", *amounts)
    (made,) = found.report.money
    assert made.refunded == -sum(float(each) for each in amounts[1:])


def test_two_is_no_where_revenue_shows_it(visits):
    found = visits("purchased,revenue", "1,40", "2,0", "2,", "1,30")
    assert [row["purchased"] for row in found.rows] == [True, False, False, True]
    assert found.says("2 is read as no") == "warning"


@pytest.mark.parametrize(
    ("more", "cells", "said"),
    [
        ("purchased", ("1", "2", "1"), "error"),
        ("converted,revenue", ("1,40", "2,80", "1,30"), "error"),
        ("purchased", ("1", "2", "0"), None),
        ("purchases", ("1", "2", "1"), None),
        ("purchased", ("1", "1", "1"), None),
    ],
)
def test_ones_and_twos_that_nothing_explains_are_said(visits, more, cells, said):
    assert visits(more, *cells).says("1 or 2 and never 0") == said


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("購入", "未購入"),
        ("已购买", "未购买"),
        ("구매", "미구매"),
        ("Success", "FAILURE"),
        ("купил", "не купил"),
    ],
)
def test_more_words_for_bought(visits, yes, no):
    assert visits("purchased", yes, no, yes).column("purchased") == [True, False, True]
