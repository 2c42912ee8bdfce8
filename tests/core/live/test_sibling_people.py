"""Two devices of an account, an hour off, late, in disorder and twice: the visits of a canonical CSV."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.features import build_sessions
from core.ingest import ingest
from tests.core.live.conftest import Shop
from tests.core.live.test_same_numbers import Row, at, iso, same
from tests.core.live.test_sibling_forms import SHOES, fresh

pytestmark = pytest.mark.slow

__all__ = ["fresh"]

HOUR = 3600
#: Visitor, account, seconds, what happened. The second device is at work at the same time.
STEPS: tuple[tuple[str, str | None, float, str, Row], ...] = (
    ("V", None, 0, "product_view", SHOES),
    ("W", None, 10, "product_view", SHOES),
    ("V", "U", 30, "cart_add", {**SHOES, "quantity": 1}),
    ("W", "U", 45, "cart_add", {**SHOES, "quantity": 2}),
    ("V", "U", 90, "purchase", {"order_id": "O-1", "revenue": 39.9, "currency": "EUR"}),
)
NAMES = {"product_view": "Product Viewed", "cart_add": "Product Added", "purchase": "Order Completed"}
KINDS = {"product_view": "product_view", "cart_add": "add_to_cart", "purchase": "transaction"}


def ahead(seconds: float) -> str:
    return iso(seconds + HOUR)


def sent_at() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def by_segment(shop: Shop, order: list[int], when: str = "timestamp") -> Any:
    batch = [
        {"type": "track", "event": NAMES[kind], "anonymousId": visitor, "userId": user or "",
         "properties": told, "messageId": f"m{n}", when: ahead(seconds)}
        for n in order for visitor, user, seconds, kind, told in [STEPS[n]]
    ]  # fmt: skip
    sent = {"batch": batch, "writeKey": shop.write_key, "sentAt": sent_at().isoformat()}
    return shop.client.post("/v1/batch", json=sent)


def by_rudder(shop: Shop, order: list[int]) -> Any:
    return by_segment(shop, order, when="originalTimestamp")


def by_snowplow(shop: Shop, order: list[int]) -> Any:
    shop_of = "iglu:com.snowplowanalytics.snowplow.ecommerce/{}/jsonschema/1-0-0".format
    data = []
    for n in order:
        visitor, user, seconds, kind, told = STEPS[n]
        item = {("id" if key == "product_id" else key): value for key, value in told.items()}
        paid = {"transaction_id": "O-1", "revenue": 39.9, "currency": "EUR"}
        entity = ("transaction", paid) if kind == "purchase" else ("product", item)
        action = {"schema": shop_of("snowplow_ecommerce_action"), "data": {"type": KINDS[kind]}}
        data.append(
            {"e": "ue", "eid": f"e{n}", "aid": shop.write_key, "duid": visitor, "uid": user,
             "dtm": str(int(at(seconds + HOUR).timestamp() * 1000)),
             "stm": str(int(sent_at().timestamp() * 1000)), "ue_pr": json.dumps({"data": action}),
             "co": json.dumps({"data": [{"schema": shop_of(entity[0]), "data": entity[1]}]})}
        )  # fmt: skip
    return shop.client.post("/com.snowplowanalytics.snowplow/tp2", json={"data": data})


def by_hand(shop: Shop, order: list[int]) -> Any:
    events = [
        {"visitor_id": visitor, "user_id": user, "event_type": kind, "timestamp": ahead(seconds),
         "event_id": f"p{n}", **told}
        for n in order for visitor, user, seconds, kind, told in [STEPS[n]]
    ]  # fmt: skip
    return shop.events(*events, sent_at=sent_at().isoformat())


@pytest.mark.parametrize(
    "send", [by_segment, by_rudder, by_snowplow, by_hand], ids=lambda send: send.__name__
)
def test_two_devices_of_an_account_are_the_visits_of_the_csv(fresh: Shop, tmp_path: Path, send: Any) -> None:
    for order in ([2, 0], [4], [3, 1, 0]):
        assert send(fresh, order).status_code == 200
        fresh.worker.work_off()

    columns = ["product_id", "category", "price", "quantity", "order_id", "revenue", "currency"]
    path = tmp_path / "visits.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["visitor_id", "user_id", "timestamp", "event_type", *columns])
        for visitor, user, seconds, kind, told in STEPS:
            writer.writerow([visitor, user, iso(seconds), kind, *(told.get(name) for name in columns)])
    told = ingest(path, tmp_path / "read", settings=fresh.settings).told
    rows = tmp_path / "rows.parquet"
    build_sessions(tmp_path / "read" / "events.parquet", rows, told=told, settings=fresh.settings)
    wanted = sorted(pq.read_table(rows).to_pylist(), key=lambda row: row["started_at"])
    live = [json.loads(row) for (row,) in fresh.rows("SELECT row FROM sessions ORDER BY first_at")]
    assert len(live) == len(wanted)
    for features, row in zip(live, wanted, strict=True):
        same(features, row)
