"""Facts of an export: the same whether they are asked one by one or all at once."""

from __future__ import annotations

import duckdb
import pytest

from core.ingest.columns.event_columns import SQL_TYPES
from core.ingest.settle import FACTS
from core.ingest.settling.facts import READ, Facts
from core.schema.events import EVENT_SCHEMA

#: Rows by column: spoilt and padded ids, refunds, statuses, two currencies, a removal without a price.
CELLS = {
    "session_id": ("s1", "1.23E+12", "007", None),
    "visitor_id": ("A@x.org", "1.5E+11", "F" * 32, "f" * 32),
    "user_id": ("u1", None, None, "u2"),
    "event_id": ("e1", "e1", "1E+10", None),
    "timestamp": ("2026-03-01 10:00:00", "2026-03-01 10:00:01", "2026-03-01 10:05:00", "2999-01-01 00:00:00"),
    "event_type": ("purchase", "cart_add", "cart_remove", "other"),
    "product_id": ("p1", "p2", "p3", None),
    "price": (9.5, 3.0, None, None),
    "quantity": (1, -1, 1, None),
    "revenue": (9.5, None, None, -9.5),
    "currency": ("EUR", "USD", None, None),
    "order_id": ("o1", None, None, "2E+10"),
    "order_status": ("paid|20.0", None, None, "called_off"),
    "device": ("mobile", None, "desktop", None),
}


def _facts(connection: duckdb.DuckDBPyConnection, told: set[str], *, at_once: bool) -> dict[str, int]:
    facts = Facts(connection, FACTS, told, at_once=at_once)
    return {name: facts[name] for name in FACTS}


@pytest.mark.parametrize("told", [set(CELLS), {"session_id", "timestamp"}, set()])
def test_facts_are_the_same_one_by_one_and_at_once(told):
    columns = ", ".join(f'"{field.name}" {SQL_TYPES[str(field.type)]}' for field in EVENT_SCHEMA)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE {READ} ({columns})")
        for row in zip(*CELLS.values(), strict=True):
            names = ", ".join(f'"{name}"' for name in CELLS)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO {READ} ({names}) VALUES ({marks})", row)
        one_by_one = _facts(connection, told, at_once=False)
        assert _facts(connection, told, at_once=True) == one_by_one
    assert one_by_one["n_rows"] == 4
    assert one_by_one["n_purchases"] == 1
    assert one_by_one["n_currencies"] == (2 if "currency" in told else 0)
    assert one_by_one["n_spoilt_session_ids"] == (1 if "session_id" in told else 0)
