"""Orders that a shop placed to try itself, codes for no product, and names of nested records."""

from __future__ import annotations

import json

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of
from tests.core.ingest.test_meaning_siblings import HEAD, lines

LOG = f"{HEAD},product_id,revenue,order_id"
VIEW = "s0,v0,2026-03-02 10:00:00,product_view,p1,,"


@pytest.mark.parametrize(
    ("flags", "n_buyers"),
    [
        ((",", "false", "true"), 1),
        (("0", "0", "1"), 1),
        # of the shop's pages: visits are marked
        (("true", "true", "false"), 2),
        # every order, so it says nothing
        (("false", "true", "true"), 2),
    ],
)
def test_a_column_that_marks_orders_alone_marks_tests(tmp_path, flags, n_buyers):
    rows = [
        f"{VIEW},{flags[0].strip(',')}",
        f"s1,v1,2026-03-02 10:05:00,purchase,p1,20,T1,{flags[1]}",
        f"s2,v2,2026-03-02 10:05:00,purchase,p1,9999,T2,{flags[2]}",
    ]
    found = export_of(write(tmp_path, lines(f"{LOG},test", *rows)))
    assert (len(found.rows), found.n_buyers) == (3, n_buyers)
    assert (found.says("“test” are tests") == "info") is (n_buyers == 1)


@pytest.mark.parametrize(
    ("number", "way", "said"),
    [
        ("TEST-1", "paypal", "TEST-1"),
        ("T2", "(for testing) Bogus Gateway", "Bogus"),
        ("T2", "test", "payment_gateway"),
        ("Testa-1", "paypal", None),
    ],
)
def test_what_looks_like_a_test_order_is_said(tmp_path, number, way, said):
    rows = [
        f"{VIEW},",
        "s1,v1,2026-03-02 10:05:00,purchase,p1,20,T1,paypal",
        f"s2,v2,2026-03-02 10:05:00,purchase,p1,99,{number},{way}",
    ]
    found = export_of(write(tmp_path, lines(f"{LOG},payment_gateway", *rows)))
    assert found.revenue == 119
    assert found.says("looks like test orders", said or "") == ("warning" if said else None)


def test_a_product_called_minus_one_is_none(tmp_path):
    rows = [
        "s1,v1,2026-03-02 10:00:00,page_view,-1,-1",
        "s1,v1,2026-03-02 10:01:00,product_view,p1,40",
        "s1,v1,2026-03-02 10:02:00,product_view,p1,40",
    ]
    (row,) = export_of(write(tmp_path, lines(f"{HEAD},product_id,price", *rows))).rows
    assert (row["unique_products"], row["price_mean"]) == (1, 40)


def test_the_sign_of_a_sum_is_a_total(tmp_path):
    rows = ["s1,5,1,1,40", "Σ,11,3,,40", "s2,6,2,0,0"]
    found = export_of(write(tmp_path, lines("session_id,page_views,cart_adds,purchased,revenue", *rows)))
    assert (len(found.rows), found.revenue) == (2, 40)


NESTED = {
    "price.amount": [{"session_id": "s1", "timestamp": "2026-03-02T10:05:00Z", "event_type": "purchase",
                      "product_id": "p1", "price": {"amount": "75.00", "currencyCode": "EUR"}}],
    "ordine.totale": [{"sessione": "s1", "data_ora": "2026-03-02T10:00:00Z", "prodotto": "p1",
                       "evento": "visualizzazione prodotto"}]
    + 2 * [{"sessione": "s1", "data_ora": "2026-03-02T10:05:00Z", "evento": "acquisto",
            "ordine": {"numero": "T-1", "totale": 75}}],
}  # fmt: skip


@pytest.mark.parametrize("name", NESTED)
def test_amounts_within_records_raise_no_question(tmp_path, name):
    path = write(tmp_path, "\n".join(map(json.dumps, NESTED[name])), "a.jsonl")
    assert not inspect(path).needs_mapping
    assert export_of(path).revenue == 75
