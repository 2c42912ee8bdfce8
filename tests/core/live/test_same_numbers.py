"""The same visit live, by each tracker, and as a canonical CSV: the same features, the same scores."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.settings import Settings
from core.bundle.predictor import GOING_ON, Predictor
from core.features import build_sessions
from core.ingest import ingest
from core.live.database import reader
from core.live.inbox import take_apart
from core.schema.sessions import PREDICTION_SCHEMA
from tests.core.live.conftest import Shop

START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
#: Of a session, and of its features, what tells who it was and not what was done.
IDS = {"session_id", "visitor_id"}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def iso(seconds: float) -> str:
    return at(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms(seconds: float) -> str:
    return str(int(at(seconds).timestamp() * 1000))


#: The visit: seconds from its start, event type, product columns, order columns.
VISIT: list[dict[str, Any]] = [
    {"at": 0, "event_type": "list_view"},
    {"at": 20.25, "event_type": "product_view", "product_id": "A1", "category": "Shoes", "price": 39.9},
    {
        "at": 61.5,
        "event_type": "cart_add",
        "product_id": "A1",
        "category": "Shoes",
        "price": 39.9,
        "quantity": 1,
    },
    {"at": 130, "event_type": "purchase", "order_id": "O-1", "revenue": 59.9, "currency": "EUR"},
]
COLUMNS = ["event_type", "product_id", "category", "price", "quantity", "order_id", "revenue", "currency"]


Row = dict[str, Any]


def canonical(settings: Settings, folder: Path, steps: list[Row], leave_out: set[str]) -> Row:
    """Return the session row of the visit read from a CSV."""
    folder.mkdir()
    path = folder / "visit.csv"
    names = [name for name in COLUMNS if name not in leave_out]
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["session_id", "visitor_id", "timestamp", *names])
        for step in steps:
            writer.writerow(["S", "V", iso(step["at"]), *(step.get(name) for name in names)])
    return read(path, settings)


def read(path: Path, settings: Settings) -> Row:
    """Return the only session row of an export."""
    folder = path.parent / "read"
    told = ingest(path, folder, settings=settings).told
    build_sessions(folder / "events.parquet", folder / "rows.parquet", told=told, settings=settings)
    (row,) = pq.read_table(folder / "rows.parquet").to_pylist()
    return dict(row)


def same(features: Row, wanted: Row) -> None:
    """Compare the features of two session rows, of which the first was JSON."""
    for name, value in wanted.items():
        if name in IDS:
            continue
        expected = value.isoformat() if isinstance(value, datetime) else value
        close = pytest.approx(expected, abs=1e-6) if isinstance(value, float) else expected
        assert features[name] == close, name


def segment(shop: Shop) -> None:
    item = {"product_id": "A1", "category": "Shoes", "price": 39.9}
    products = [
        {**item, "quantity": 1},
        {"product_id": "B2", "category": "Socks", "price": 10, "quantity": 2},
    ]
    calls = [
        ("Product List Viewed", {}),
        ("Product Viewed", item),
        ("Product Added", {**item, "quantity": 1}),
        ("Order Completed", {"order_id": "O-1", "revenue": 59.9, "currency": "EUR", "products": products}),
    ]
    batch = [
        {"type": "track", "event": name, "anonymousId": "V", "messageId": f"m{i}", "properties": properties,
         "timestamp": iso(step["at"]), "context": {"sessionId": 1}}
        for i, ((name, properties), step) in enumerate(zip(calls, VISIT, strict=True))
    ]  # fmt: skip
    sent = {"batch": batch, "writeKey": shop.write_key, "sentAt": datetime.now(UTC).isoformat()}
    assert shop.client.post("/v1/batch", json=sent).json() == {"status": 1, "code": 200}


def posthog(shop: Shop) -> None:
    item = {"product_id": "A1", "category": "Shoes", "price": 39.9}
    calls = [
        ("Product List Viewed", {}),
        ("Product Viewed", item),
        ("Product Added", {**item, "quantity": 1}),
        ("Order Completed", {"order_id": "O-1", "revenue": 59.9, "currency": "EUR"}),
    ]
    batch = [
        {"event": name, "distinct_id": "V", "uuid": f"u{i}", "timestamp": iso(step["at"]),
         "properties": {**properties, "$session_id": "V.1"}}
        for i, ((name, properties), step) in enumerate(zip(calls, VISIT, strict=True))
    ]  # fmt: skip
    sent = {"api_key": shop.write_key, "batch": batch, "sent_at": datetime.now(UTC).isoformat()}
    assert shop.client.post("/batch/", json=sent).json() == {"status": 1, "code": 200}


def snowplow(shop: Shop) -> None:
    def schema(name: str) -> str:
        return f"iglu:com.snowplowanalytics.snowplow.ecommerce/{name}/jsonschema/1-0-0"

    item = {"id": "A1", "category": "Shoes", "price": 39.9, "currency": "EUR"}
    product = {"schema": schema("product"), "data": item}
    added = {"schema": schema("product"), "data": {**item, "quantity": 1}}
    order = {
        "schema": schema("transaction"),
        "data": {"transaction_id": "O-1", "revenue": 59.9, "currency": "EUR"},
    }
    calls = [
        ("list_view", []),
        ("product_view", [product]),
        ("add_to_cart", [added]),
        ("transaction", [order]),
    ]
    data = []
    for i, ((name, entities), step) in enumerate(zip(calls, VISIT, strict=True)):
        action = {"schema": schema("snowplow_ecommerce_action"), "data": {"type": name}}
        packed = base64.urlsafe_b64encode(json.dumps({"data": entities}).encode()).decode().rstrip("=")
        data.append(
            {"e": "ue", "eid": f"e{i}", "aid": shop.write_key, "duid": "V", "sid": "V.1",
             "dtm": ms(step["at"]), "ue_pr": json.dumps({"data": action}), "cx": packed}
        )  # fmt: skip
    sent = {"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": data}
    answer = shop.client.post("/com.snowplowanalytics.snowplow/tp2", json=sent)
    assert answer.json() == {"status": 1, "code": 200}


def matomo(shop: Shop) -> None:
    items = json.dumps([["A1", "Shoe", "Shoes", 39.9, 1], ["B2", "Sock", ["Socks"], 10, 2]])
    actions = [
        {"url": "https://shop.example/shoes"},
        {"_pks": "A1", "_pkp": "39.9", "_pkc": "Shoes"},
        {"search": "socks"},
        {"idgoal": "0", "ec_id": "O-1", "revenue": "59.9", "ec_items": items},
    ]
    requests = []
    for action, step in zip(actions, VISIT, strict=True):
        query = {"idsite": shop.write_key, "rec": 1, "_id": "V", "cdt": f"{at(step['at']).timestamp():.3f}"}
        requests.append("?" + urlencode(query | action))
    assert shop.client.post("/matomo.php", json={"requests": requests}).json() == {"status": 1, "code": 200}


def plain(shop: Shop) -> None:
    events = [
        {"session_id": "V.1", "visitor_id": "V", "timestamp": iso(step["at"]), "event_id": f"p{i}"}
        | {name: step[name] for name in COLUMNS if name in step}
        for i, step in enumerate(VISIT)
    ]
    assert shop.events(*events).json()["accepted"] == len(VISIT)


#: What Matomo can't say: what is put into a cart (it says what the cart held last), and lists.
MATOMO = [
    {"at": 0, "event_type": "page_view"},
    VISIT[1],
    {"at": 61.5, "event_type": "search"},
    {"at": 130, "event_type": "purchase", "order_id": "O-1", "revenue": 59.9},
]
MATOMO_UNKNOWN = {"cart_adds", "cart_removes", "cart_value", "checkouts"}


@pytest.mark.parametrize(
    ("send", "steps", "unknown"),
    [(segment, VISIT, set()), (posthog, VISIT, set()), (snowplow, VISIT, set()), (plain, VISIT, set()),
     (matomo, MATOMO, MATOMO_UNKNOWN)],
    ids=["segment", "posthog", "snowplow", "plain", "matomo"],
)  # fmt: skip
def test_a_visit_has_the_numbers_of_its_export(
    shop: Shop, tmp_path: Path, send: Callable[[Shop], None], steps: list[dict[str, Any]], unknown: set[str]
) -> None:
    wanted = canonical(shop.settings, tmp_path / "csv", steps, {"quantity", "currency"} if unknown else set())
    wanted |= dict.fromkeys(unknown)
    send(shop)
    assert shop.worker.work_off() == len(steps)

    answer = shop.visitor("V")
    features = answer["features"]
    same(features, wanted)
    assert answer["purchased"] is True
    assert (answer["step"], answer["features"]["revenue"]) == ("bought", 59.9)

    # Running, it is scored as a session that goes on; over, as one of an export.
    table = pa.Table.from_pylist([wanted])
    predictor = Predictor.load(settings=shop.settings)
    going_on = predictor.predict(table.append_column(GOING_ON, pa.array([True]))).to_pylist()[0]
    assert kept(shop) == pytest.approx(numbers(going_on), abs=1e-6)

    later = int((START + timedelta(days=1)).timestamp() * 1e6)
    shop.worker.close_idle(later)
    assert shop.visitor("V")["state"] == "over"
    assert kept(shop) == pytest.approx(numbers(predictor.predict(table).to_pylist()[0]), abs=1e-6)


def kept(shop: Shop) -> dict[str, float]:
    """Return the prediction as it is kept."""
    ((text,),) = reader(shop.settings).execute("SELECT prediction FROM sessions").fetchall()
    return numbers(json.loads(text))


def numbers(prediction: dict[str, Any]) -> dict[str, float]:
    return {
        name: value for name in PREDICTION_SCHEMA.names if isinstance(value := prediction[name], int | float)
    }


@pytest.mark.parametrize("send", [segment, posthog, snowplow, matomo], ids=lambda send: send.__name__)
def test_a_visit_has_the_numbers_of_the_export_its_tracker_would_write(
    shop: Shop, tmp_path: Path, send: Callable[[Shop], None]
) -> None:
    send(shop)
    take_apart(shop.worker._inbox)
    lines = shop.inbox()
    if send is matomo:  # whose export has all actions of a visit in one record
        visits = [json.loads(line) for line in lines]
        actions = [action for visit in visits for action in visit["actionDetails"]]
        lines = [json.dumps({**visits[0], "idVisit": 1, "actionDetails": actions})]
    export = tmp_path / "export.ndjson"
    export.write_text("".join(line + "\n" for line in lines))
    shop.worker.work_off()

    same(shop.visitor("V")["features"], read(export, shop.settings))
