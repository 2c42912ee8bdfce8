"""What an order is worth where its lines, its total and its discount could be read in two ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,price,quantity,revenue,order_id\n"


def revenue(folder: Path, *purchases: str) -> dict[str, float | None]:
    """Return each session's revenue; a purchase is ``session time product,price,quantity,revenue,order``."""
    rows = (purchase.split(" ") for purchase in purchases)
    text = HEAD + "".join(f"{s},v{s},2026-03-02 {time},purchase,{cells}\n" for s, time, cells in rows)
    return {row["session_id"]: row["revenue"] for row in export_of(write(folder, text)).rows}


def test_a_total_on_every_line_is_net_of_the_discount_beside_it(tmp_path):
    lines = ["s1 10:05 p1,40,1,90,T-1", "s1 10:05 p2,60,1,90,T-1", "s1 10:05 C10,,,-10,T-1"]
    assert revenue(tmp_path, *lines) == {"s1": 90}


def test_an_order_that_two_sessions_sent_at_the_same_moment_counts_once(tmp_path):
    found = revenue(tmp_path, "s1 10:05 p1,40,1,40,T-1", "s2 10:05 p1,40,1,40,T-1")
    assert sum(amount or 0 for amount in found.values()) == 40


@pytest.mark.parametrize(("time", "other"), [("10:05", 30.0), ("10:06", 40.0)])
def test_less_than_nothing_is_a_discount_with_its_order_and_a_refund_after_it(tmp_path, time, other):
    assert revenue(tmp_path, "s1 10:05 p1,40,1,40,T-1", f"s1 {time} p1,,,-10,T-1") == {"s1": other}
