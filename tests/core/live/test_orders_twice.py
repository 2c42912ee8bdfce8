"""An order that comes twice counts once: from page and server of a shop, or from a page opened again."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.core.live.conftest import Shop
from tests.core.live.test_same_siblings import rows, send

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = 3600
ORDER = {"order_id": "O-1", "revenue": 59.9, "currency": "EUR"}


def call(name: str, seconds: float, properties: dict[str, Any], **who: str) -> dict[str, Any]:
    at = NOW - timedelta(days=1) + timedelta(seconds=seconds)
    message = f"{name}{seconds}{who}"
    return {"type": "track", "event": name, "messageId": message, "timestamp": at.isoformat(),
            "properties": properties, **who}  # fmt: skip


BEFORE = [
    call("Product Viewed", 0, {"product_id": "A", "price": 59.9}, anonymousId="A"),
    call("Order Completed", 60, ORDER, anonymousId="A"),
]


def bought(shop: Shop) -> list[tuple[Any, ...]]:
    """Return whose visits have bought, and for how much."""
    query = "SELECT visitor_id, row FROM sessions WHERE step = 'bought' ORDER BY first_at"
    return [(who, row.partition('"revenue": ')[2].rstrip("}")) for who, row in shop.rows(query)]


def test_the_server_knows_the_account_alone(sqlite_shop: Shop, tmp_path: Path) -> None:
    server = [
        call("Order Completed", 62, ORDER, userId="U"),
        call("Product Viewed", 300, {"product_id": "A", "price": 59.9}, userId="U"),
    ]
    exported = rows(sqlite_shop, tmp_path, send(sqlite_shop, BEFORE + server))
    assert [(row["visitor_id"], row["purchased"]) for row in exported] == [("A", True), ("U", False)]
    assert bought(sqlite_shop) == [("A", "59.9")]
    assert sqlite_shop.visitor("U")["events_seen"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("again", "wanted"),
    [
        (call("Order Completed", 62, ORDER, userId="U"), ["A"]),
        (call("Order Completed", 58, ORDER, userId="U"), ["A"]),
        (call("Order Completed", 62, {**ORDER, "revenue": 20}, userId="U"), ["A", "U"]),
        (call("Order Completed", 7 * HOUR, ORDER, userId="U"), ["A", "U"]),
        (call("Order Completed", 62, {**ORDER, "order_id": "O-2"}, userId="U"), ["A", "U"]),
        (call("Order Completed", 62, ORDER, anonymousId="A"), ["A"]),
        (call("Order Completed", 20 * HOUR, ORDER, anonymousId="A"), ["A"]),
        (call("Order Completed", 20 * HOUR, {**ORDER, "order_id": "O-2"}, anonymousId="A"), ["A", "A"]),
    ],
    ids=["account", "account, before", "other amount", "hours later", "other number", "same visit",
         "opened again", "ordered again"],
)  # fmt: skip
def test_it_counts_where_it_came_first(shop: Shop, again: dict[str, Any], wanted: list[str]) -> None:
    send(shop, BEFORE)
    send(shop, [again])
    assert [who for who, _ in bought(shop)] == wanted


@pytest.mark.parametrize("is_one_batch", [True, False])
def test_whoever_was_in_the_shop_before_has_ordered(shop: Shop, is_one_batch: bool) -> None:
    other = [
        call("Product Viewed", 20, {"product_id": "A", "price": 59.9}, anonymousId="B"),
        call("Order Completed", 62, ORDER, anonymousId="B"),
    ]
    for batch in [BEFORE + other] if is_one_batch else [BEFORE, other[:1], other[1:]]:
        send(shop, batch)
    assert [who for who, _ in bought(shop)] == ["A", "B"]


def test_it_comes_after_its_visit_is_over(sqlite_shop: Shop) -> None:
    send(sqlite_shop, BEFORE)
    sqlite_shop.worker.close_idle(time.time_ns() // 1000 + 2 * HOUR * 1_000_000)
    send(sqlite_shop, [call("Order Completed", 63, ORDER, anonymousId="A")])
    assert bought(sqlite_shop) == [("A", "59.9")]


def test_lines_of_one_order_stay_together(sqlite_shop: Shop) -> None:
    lines = [
        {"event_type": "purchase", "visitor_id": "V", "order_id": "O-1", "product_id": product,
         "price": price, "quantity": 1, "event_id": product}
        for product, price in (("A", 40.0), ("B", 19.9))
    ]  # fmt: skip
    for line in lines:
        sqlite_shop.events(line)
        sqlite_shop.worker.work_off()
    assert bought(sqlite_shop) == [("V", "59.9")]


def test_it_is_forgotten_after_a_week(sqlite_shop: Shop) -> None:
    send(sqlite_shop, BEFORE)
    sqlite_shop.worker.forget(time.time_ns() // 1000 + 8 * 24 * HOUR * 1_000_000)
    assert sqlite_shop.rows("SELECT count(*) FROM orders") == [(0,)]
