"""Odd visits live and in the export their tracker would write the next day: the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.features import build_sessions
from core.ingest import ingest
from core.live.inbox import take_apart
from tests.core.live.conftest import Shop, shop_at
from tests.core.live.test_same_numbers import iso, same

pytestmark = pytest.mark.slow

ITEM = {"product_id": "A1", "category": "Shoes", "price": 39.9}
PRODUCTS = [{**ITEM, "quantity": 1}, {"product_id": "B2", "category": "Socks", "price": 10, "quantity": 2}]
ORDER = {"order_id": "O-1", "revenue": 59.9, "currency": "EUR", "products": PRODUCTS}
#: Before them, a visitor looks at a product and puts it into the cart.
BEFORE = [("Product Viewed", ITEM), ("Product Added", {**ITEM, "quantity": 1})]
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
Call = tuple[str, dict[str, Any]]

#: By name: calls of a visit, in their order.
CASES: dict[str, list[Call]] = {
    "refunded whole": [*BEFORE, ("Order Completed", ORDER), ("Order Refunded", {"order_id": "O-1"})],
    "refunded with its amount": [
        *BEFORE, ("Order Completed", ORDER),
        ("Order Refunded", {"order_id": "O-1", "revenue": 59.9, "currency": "EUR"}),
    ],
    "refunded in part": [
        *BEFORE, ("Order Completed", ORDER),
        ("Order Refunded", {"order_id": "O-1", "revenue": 10, "currency": "EUR"}),
    ],
    "refunded by its products": [
        *BEFORE, ("Order Completed", ORDER),
        ("Order Refunded", {"order_id": "O-1", "currency": "EUR", "products": PRODUCTS[1:]}),
    ],
    "refund of another day's order": [*BEFORE, ("Order Refunded", {"order_id": "O-0", "revenue": 12})],
    "cancelled": [
        *BEFORE, ("Order Completed", ORDER), ("Order Cancelled", {"order_id": "O-1", "revenue": 59.9}),
    ],
    "updated": [*BEFORE, ("Order Completed", ORDER), ("Order Updated", {**ORDER, "revenue": 49.9})],
    "two orders": [
        *BEFORE, ("Order Completed", ORDER),
        ("Order Completed", {"order_id": "O-2", "revenue": 20, "currency": "EUR"}),
    ],
    "two currencies": [
        *BEFORE, ("Order Completed", ORDER),
        ("Order Completed", {"order_id": "O-2", "revenue": 20, "currency": "USD"}),
    ],
    "price in another currency": [
        ("Product Viewed", {**ITEM, "currency": "USD"}), ("Product Added", {**ITEM, "currency": "USD"}),
        ("Order Completed", ORDER),
    ],
    "the order sent twice": [*BEFORE, ("Order Completed", ORDER), ("Order Completed", ORDER)],
    "amounts as text": [
        ("Product Viewed", {**ITEM, "price": "39.90"}),
        ("Product Added", {**ITEM, "price": "39.90", "quantity": "2"}),
        ("Order Completed", {**ORDER, "revenue": "59.90"}),
    ],
    "total, tax and shipping": [
        *BEFORE,
        ("Order Completed", {**ORDER, "total": 71.9, "tax": 7, "shipping": 5, "discount": 2, "coupon": "X"}),
    ],
    "removed from the cart": [*BEFORE, ("Product Removed", {"product_id": "A1"}), ("Product Viewed", ITEM)],
    "free": [
        ("Product Added", {**ITEM, "price": 0, "quantity": 1}), ("Order Completed", {**ORDER, "revenue": 0}),
    ],
    "goes on after the order": [
        *BEFORE, ("Order Completed", ORDER), *BEFORE, ("Checkout Started", {"value": 9}),
    ],
    "no order, checkout steps": [
        *BEFORE, ("Cart Viewed", {"products": PRODUCTS}), ("Checkout Started", {**ORDER}),
        ("Checkout Step Viewed", {"step": 1}), ("Payment Info Entered", {"step": 2}),
    ],
    "searches": [("Products Searched", {"query": "shoes"}), *BEFORE],
    "unnamed things": [("Signed Up", {}), *BEFORE, ("Something Of Ours", {"price": 3})],
}  # fmt: skip


def calls_of(visitor: str, calls: list[Call]) -> list[dict[str, Any]]:
    return [
        {"type": "track", "event": name, "anonymousId": visitor, "messageId": f"{visitor}-{i}",
         "properties": properties, "timestamp": iso(13.5 * i), "context": {"sessionId": f"{visitor}.1"}}
        for i, (name, properties) in enumerate(calls)
    ]  # fmt: skip


def send(shop: Shop, *batches: list[dict[str, Any]]) -> list[str]:
    """Send batches; return them as lines of the export their tracker would write."""
    for batch in batches:
        sent = {"batch": batch, "writeKey": shop.write_key, "sentAt": datetime.now(UTC).isoformat()}
        assert shop.client.post("/v1/batch", json=sent).json() == {"status": 1, "code": 200}
    take_apart(shop.worker._inbox)
    lines = shop.inbox()
    shop.worker.work_off()
    return lines


def rows(shop: Shop, folder: Path, lines: list[str]) -> list[dict[str, Any]]:
    """Return the session rows of an export of these lines."""
    export = folder / "export.ndjson"
    export.write_text("".join(line + "\n" for line in lines))
    told = ingest(export, folder / "read", settings=shop.settings).told
    out = folder / "rows.parquet"
    build_sessions(folder / "read" / "events.parquet", out, told=told, settings=shop.settings)
    return pq.read_table(out).to_pylist()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Shop]:
    """Return a shop whose sources have told nothing yet, as the export of one visit hasn't."""
    yield from shop_at(tmp_path / "data", min_free_bytes=0)


@pytest.mark.parametrize("name", CASES)
def test_an_odd_visit_has_the_numbers_of_its_export(fresh: Shop, tmp_path: Path, name: str) -> None:
    lines = send(fresh, calls_of("V", CASES[name]))
    (wanted,) = rows(fresh, tmp_path, lines)
    same(fresh.visitor("V")["features"], wanted)


def test_late_and_repeated_events_have_the_numbers_of_the_export(fresh: Shop, tmp_path: Path) -> None:
    first, second, *rest = calls_of("V", [*BEFORE, ("Product Viewed", ITEM), ("Order Completed", ORDER)])
    lines = send(fresh, rest)
    assert fresh.worker.work_off() == 0
    lines += send(fresh, [second, rest[0]])
    lines += send(fresh, [first, second])
    (wanted,) = rows(fresh, tmp_path, lines)
    same(fresh.visitor("V")["features"], wanted)
    assert wanted["n_events"] == 3


def test_signing_in_has_the_numbers_of_the_export(fresh: Shop, tmp_path: Path) -> None:
    calls = calls_of("V", [*BEFORE, ("Order Completed", ORDER)])
    calls[1] |= {"userId": "U"}
    calls[2] |= {"userId": "U"}
    told = {"type": "identify", "messageId": "i", "timestamp": iso(5), "context": {"sessionId": "V.1"}}
    lines = send(fresh, [calls[0], {**told, "anonymousId": "V", "userId": "U"}], calls[1:])
    (wanted,) = rows(fresh, tmp_path, lines)
    same(fresh.visitor("V")["features"], wanted)


def test_robots_are_left_out_as_in_the_export(fresh: Shop, tmp_path: Path) -> None:
    robot = calls_of("R", BEFORE)
    for call in robot:
        call["context"] = {"sessionId": "R.1", "userAgent": ROBOT}
    lines = send(fresh, robot, calls_of("V", BEFORE))
    (wanted,) = rows(fresh, tmp_path, lines)
    same(fresh.visitor("V")["features"], wanted)
    assert fresh.visitor("R")["state"] == "robot"


@pytest.mark.parametrize(
    "times",
    [
        ("2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00", "2026-10-25T02:20:00+01:00"),
        ("2026-03-29T01:50:00+01:00", "2026-03-29T03:05:00+02:00", "2026-03-29T03:10:00+02:00"),
        ("2026-10-24T23:59:30Z", "2026-10-25T00:00:30Z", "2026-10-25T00:01:00Z"),
    ],
    ids=["back", "forth", "midnight"],
)
def test_the_hour_that_comes_twice_has_the_numbers_of_the_export(
    tmp_path: Path, times: tuple[str, str, str]
) -> None:
    for shop in shop_at(tmp_path / "data", min_free_bytes=0, time_zone="Europe/Berlin"):
        calls = calls_of("V", [*BEFORE, ("Order Completed", ORDER)])
        for call, time in zip(calls, times, strict=True):
            call["timestamp"] = time
        lines = send(shop, calls)
        (wanted,) = rows(shop, tmp_path, lines)
        same(shop.visitor("V")["features"], wanted)
