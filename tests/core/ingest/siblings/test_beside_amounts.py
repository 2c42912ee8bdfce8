"""Columns beside what was paid: parts of it, what was taken off, what goods cost before shipping."""

from __future__ import annotations

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,timestamp,event,order_id"
VIEW, BOUGHT = "s1,2026-03-02 10:00:00,view_item,", "s1,2026-03-02 10:05:00,purchase,T1"


@pytest.mark.parametrize(
    ("head", "viewed", "bought", "revenue", "said"),
    [
        ("total,coupon_value", ",", "36.00,4.00", 36, None),
        ("subtotal,shipping,tax,total", ",,,", "80.00,4.90,15.20,100.10", 100.1, None),
        ("ecommerce.value,ecommerce.tax,ecommerce.shipping", ",,", "104.90,15.00,4.90", 104.9, None),
        ("subtotal,shipping,tax", ",,", "100.00,4.90,19.00", 100, "shipping and taxes may not be part"),
        ("price,quantity,discount_percent", "40,,", "40,1,10", 40, "may hold percentages"),
    ],
)
def test_what_stands_beside_an_amount_raises_no_question(tmp_path, head, viewed, bought, revenue, said):
    path = write(tmp_path, f"{HEAD},{head}\n{VIEW},{viewed}\n{BOUGHT},{bought}\n")
    assert not inspect(path).needs_mapping
    made = export_of(path)
    assert made.revenue == revenue
    assert said is None or made.says(said) == "warning"


def test_amounts_under_a_name_nobody_knows_are_said(tmp_path):
    """Of a known tracker's table that has none of its own, too."""
    path = write(
        tmp_path,
        "user_id,session_id,event_id,time,event_table_name,basket_sum\n"
        "1,11,1,2026-03-02 10:00:00,pageviews,\n1,11,2,2026-03-02 10:05:00,order_completed,40.50\n",
    )
    assert export_of(path).says("“basket_sum” may hold what was paid") == "warning"
