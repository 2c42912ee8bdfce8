"""Cart changes of less than nothing, and without a price."""

from __future__ import annotations

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,price,quantity\n"


@pytest.mark.parametrize("change", ["cart_remove,p1,40,1", "cart_add,p1,40,-1", "cart_remove,p1,40,-1"])
def test_one_of_two_taken_out_leaves_one(tmp_path, change):
    text = f"{HEAD}s1,v1,2026-03-02 10:01:00,cart_add,p1,40,2\ns1,v1,2026-03-02 10:02:00,{change}\n"
    (row,) = export_of(write(tmp_path, text)).rows
    assert (row["cart_value"], row["cart_adds"], row["cart_removes"]) == (40, 1, 1)


def test_what_is_taken_out_without_a_price_was_put_in_for_one(tmp_path):
    text = f"{HEAD}s1,v1,2026-03-02 10:01:00,cart_add,p1,40,2\ns1,v1,2026-03-02 10:02:00,cart_remove,p1,,\n"
    (row,) = export_of(write(tmp_path, text)).rows
    assert row["cart_value"] == 40
