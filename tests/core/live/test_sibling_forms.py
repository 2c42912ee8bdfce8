"""One visit in the forms each SDK may send it in, beside what it is: the same as a canonical CSV of it."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from core.live.trackers.base import NOBODY
from core.schema.events import EVENT_SCHEMA
from tests.core.live.conftest import Shop, shop_at
from tests.core.live.test_same_numbers import Row, at, iso, read, same

pytestmark = pytest.mark.slow

SECONDS = 13.5
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
SHOES = {"product_id": "A1", "category": "Shoes", "price": 39.9}
SOCKS = {"product_id": "B2", "category": "Socks", "price": 10}
LINES = [{**SHOES, "quantity": 1}, {**SOCKS, "quantity": 2}]
ORDER = {"order_id": "O-1", "revenue": 59.9, "currency": "EUR"}
VIEWED, ADDED = ("Product Viewed", SHOES), ("Product Added", {**SHOES, "quantity": 1})
COMPLETED = ("Order Completed", {**ORDER, "products": LINES})

#: What they are: rows of a canonical CSV.
VIEW = {"event_type": "product_view", **SHOES}
ADD = {"event_type": "cart_add", **SHOES, "quantity": 1}
BUY = {"event_type": "purchase", **ORDER}
OTHER = {"event_type": "other"}
Call = tuple[str, dict[str, Any]]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Shop]:
    """Return a shop whose sources have told nothing yet, as the CSV of one visit hasn't."""
    yield from shop_at(tmp_path / "shop", min_free_bytes=0)


def is_the_visit(shop: Shop, folder: Path, rows: list[Row], times: list[float] | None = None) -> None:
    """Compare the visit that a shop has heard of with rows of a canonical CSV, and find nothing put aside."""
    shop.worker.work_off()
    folder = folder / "wanted"
    folder.mkdir()
    names = [name for name in EVENT_SCHEMA.names if any(name in row for row in rows)]
    with (folder / "visit.csv").open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["session_id", "visitor_id", "timestamp", *names])
        for row, seconds in zip(rows, times or [SECONDS * n for n in range(len(rows))], strict=True):
            writer.writerow(["S", "V", iso(seconds), *(row.get(name) for name in names)])
    wanted = read(folder / "visit.csv", shop.settings)
    told = shop.worker._connection.execute("SELECT told FROM filled").fetchone()[0]
    # What a source can't say at all is unknown of its visits; a CSV can say everything.
    said = set(json.loads(told)["types"])
    features = shop.visitor("V")["features"]
    unknown = {name for name, types in TOLD_BY.items() if not types <= said}
    same(features, {name: None if name in unknown else value for name, value in wanted.items()})
    assert shop.rows("SELECT reason FROM quarantine") == []


TOLD_BY = {
    "list_views": {"list_view"}, "cart_adds": {"cart_add"}, "cart_removes": {"cart_remove"},
    "cart_value": {"cart_add"}, "checkouts": {"checkout"}, "searches": {"search"},
}  # fmt: skip


def segment(calls: list[Call]) -> list[Row]:
    return [
        {"type": "track", "event": name, "anonymousId": "V", "messageId": f"m{n}", "properties": properties,
         "timestamp": iso(SECONDS * n), "context": {"sessionId": "V.1"}}
        for n, (name, properties) in enumerate(calls)
    ]  # fmt: skip


def by_segment(shop: Shop, calls: list[Call]) -> Any:
    sent = {"batch": segment(calls), "writeKey": shop.write_key, "sentAt": datetime.now(UTC).isoformat()}
    return shop.client.post("/v1/batch", json=sent)


def by_rudder(shop: Shop, calls: list[Call]) -> Any:
    """Send as with ``useBeacon``: as text, with the key in the address and times by another name."""
    batch = segment(calls)
    for event in batch:
        event |= {"originalTimestamp": event.pop("timestamp"), "userId": ""}
    sent = json.dumps({"batch": batch, "sentAt": datetime.now(UTC).isoformat()})
    return shop.client.post(f"/beacon/v1/batch?writeKey={shop.write_key}", content=sent)


def by_pixel(shop: Shop, calls: list[Call]) -> Any:
    for event in segment(calls):
        data = json.dumps({**event, "writeKey": shop.write_key}).encode()
        query = urlencode({"data": base64.b64encode(data).decode()})
        answer = shop.client.get(f"/v1/pixel/track?{query}")
    return answer


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what is in an event, each by its keys with points between them."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if inner is None:
        yield path, value
        return
    for key, each in inner:
        yield from fields(each, f"{path}.{key}" if path else str(key))


def by_rudder_pixel(shop: Shop, calls: list[Call]) -> Any:
    """Ask for RudderStack's image, with a parameter a field."""
    for event in segment(calls):
        del event["type"]
        query = urlencode({**dict(fields(event)), "anonymousId": '"V"', "writeKey": shop.write_key})
        answer = shop.client.get(f"/pixel/v1/track?{query}")
    return answer


def posthog(calls: list[Call]) -> list[Row]:
    return [
        {"event": name, "distinct_id": "V", "uuid": f"u{n}", "timestamp": iso(SECONDS * n),
         "properties": {**properties, "$session_id": "V.1"}}
        for n, (name, properties) in enumerate(calls)
    ]  # fmt: skip


def by_posthog(shop: Shop, calls: list[Call]) -> Any:
    return shop.client.post("/batch/", json={"api_key": shop.write_key, "batch": posthog(calls)})


def by_posthog_image(shop: Shop, calls: list[Call]) -> Any:
    for event in posthog(calls):
        event["properties"]["token"] = shop.write_key
        query = urlencode({"data": base64.b64encode(json.dumps(event).encode()).decode(), "ip": 1})
        answer = shop.client.get(f"/e/?{query}")
    return answer


#: By name: calls of the specification that Segment, RudderStack and PostHog share, and what they are.
SPEC: dict[str, tuple[list[Call], list[Row]]] = {
    "an order of two items": ([VIEWED, ADDED, COMPLETED], [VIEW, ADD, BUY]),
    "amounts in text": (
        [("Product Viewed", {**SHOES, "price": "39,90"}),
         ("Product Added", {**SHOES, "price": "€39.90", "quantity": "2"}),
         ("Order Completed", {**ORDER, "revenue": "1.299,00 €"})],
        [VIEW, {**ADD, "quantity": 2}, {**BUY, "revenue": 1299}],
    ),
    "lakh": (
        [("Product Viewed", {**SHOES, "price": "₹1,00,000.00"}),
         ("Order Completed", {**ORDER, "revenue": "1,00,000", "currency": "INR"})],
        [{**VIEW, "price": 100000}, {**BUY, "revenue": 100000, "currency": "INR"}],
    ),
    "revenue beside its total, tax and shipping": (
        [VIEWED, ("Order Completed", {**ORDER, "total": 71.9, "tax": 7, "shipping": 5, "coupon": "X"})],
        [VIEW, BUY],
    ),
    "a total alone": (
        [VIEWED, ("Order Completed", {"order_id": "O-1", "total": "71.90", "currency": "EUR"})],
        [VIEW, {**BUY, "revenue": 71.9}],
    ),
    "products alone": (
        [VIEWED, ("Order Completed", {"order_id": "O-1", "products": LINES, "discount": "5"})],
        [VIEW, {**BUY, "revenue": 54.9, "currency": None}],
    ),
    "products of which one has no price": (
        [VIEWED, ("Order Completed", {"order_id": "O-1", "products": [{"product_id": "A1"}, LINES[1]]})],
        [VIEW, {**BUY, "revenue": None, "currency": None}],
    ),
    "products of which one has a price in text": (
        [VIEWED, ("Order Completed", {"order_id": "O-1", "products": [{**SHOES, "price": "€39.90"}, SOCKS]})],
        [VIEW, {**BUY, "revenue": None, "currency": None}],
    ),
    "no price": (
        [("Product Viewed", {"product_id": "A1"}), ("Product Added", {"product_id": "A1", "quantity": 2})],
        [{"event_type": "product_view", "product_id": "A1"},
         {"event_type": "cart_add", "product_id": "A1", "quantity": 2, "price": None}],
    ),
    "one product in a list": (
        [("Product Viewed", {"products": [SHOES]}), ("Product Added", {"products": LINES[:1]})], [VIEW, ADD],
    ),
    "the order twice": ([VIEWED, COMPLETED, COMPLETED], [VIEW, BUY, BUY]),
    "the order twice by another name": (
        [VIEWED, *[("purchase", {"transaction_id": "T-1", "value": 20.0, "currency": "EUR"})] * 2],
        [VIEW, *[{**BUY, "order_id": "T-1", "revenue": 20}] * 2],
    ),
    "updated": ([VIEWED, COMPLETED, ("Order Updated", {**ORDER, "revenue": 49.9})], [VIEW, BUY]),
    "lists, wishes and coupons": (
        [("Product List Viewed", {"list_id": "new", "products": LINES}),
         ("Product Added to Wishlist", SHOES), ("Product Removed from Wishlist", SHOES),
         ("Coupon Entered", {"coupon_id": "X"}), ("Coupon Denied", {"coupon_id": "X"}),
         ("Wishlist Product Added to Cart", {**SHOES, "quantity": 1}),
         ("Product Removed", {**SHOES, "quantity": 1})],
        [{"event_type": "list_view"}, {**OTHER, **SHOES}, {**OTHER, **SHOES}, OTHER, OTHER, ADD,
         {**ADD, "event_type": "cart_remove"}],
    ),
    "another currency": (
        [("Product Viewed", {**SHOES, "currency": "EUR"}), COMPLETED,
         ("Order Completed", {"order_id": "O-2", "revenue": 20, "currency": "USD"})],
        [{**VIEW, "currency": "EUR"}, BUY, {**BUY, "order_id": "O-2", "revenue": 20, "currency": "USD"}],
    ),
    "signs and no currency": (
        [VIEWED, *[("Order Completed", {"order_id": f"O-{n}", "total": total})
                   for n, total in enumerate(("£59.90", "20,00 €", "20,00 €"))]],
        [VIEW, {**BUY, "order_id": "O-0", "currency": "GBP"},
         *[{**BUY, "order_id": f"O-{n}", "revenue": 20} for n in (1, 2)]],
    ),
    "names nobody knows": ([("Quiz Won", {"price": 5, "revenue": 9}), VIEWED], [{**OTHER, "price": 5}, VIEW]),
}  # fmt: skip


@pytest.mark.parametrize("name", SPEC)
def test_calls_of_segment_are_what_they_say(fresh: Shop, tmp_path: Path, name: str) -> None:
    calls, rows = SPEC[name]
    assert by_segment(fresh, calls).status_code == 200
    is_the_visit(fresh, tmp_path, rows)


@pytest.mark.parametrize("name", ["amounts in text", "the order twice by another name", "another currency"])
@pytest.mark.parametrize("send", [by_rudder, by_posthog], ids=lambda send: send.__name__)
def test_calls_of_others_are_what_they_say(fresh: Shop, tmp_path: Path, name: str, send: Any) -> None:
    calls, rows = SPEC[name]
    assert send(fresh, calls).status_code == 200
    is_the_visit(fresh, tmp_path, rows)


@pytest.mark.parametrize(
    "send", [by_pixel, by_rudder_pixel, by_posthog_image], ids=lambda send: send.__name__
)
def test_images_carry_events(fresh: Shop, tmp_path: Path, send: Any) -> None:
    assert send(fresh, [VIEWED, ADDED, COMPLETED]).headers["content-type"] == "image/gif"
    is_the_visit(fresh, tmp_path, [VIEW, ADD, BUY])


@pytest.mark.parametrize(
    ("packed", "query"),
    [
        (gzip.compress, ""),
        (zlib.compress, ""),
        (lambda body: base64.b64encode(body), ""),
        (lambda body: b"data=" + base64.urlsafe_b64encode(body).rstrip(b"="), "?compression=base64"),
        (lambda body: urlencode({"data": body.decode(), "ver": 1}).encode(), ""),
        (lambda body: base64.b64encode(gzip.compress(body)), "?compression=gzip-js"),
    ],
    ids=["gzip", "deflate", "base64", "form", "plain form", "gzip in base64"],
)
def test_however_it_is_wrapped(fresh: Shop, tmp_path: Path, packed: Any, query: str) -> None:
    sent = {"api_key": fresh.write_key, "batch": posthog([VIEWED, ADDED, COMPLETED])}
    body = packed(json.dumps(sent).encode())
    assert fresh.client.post(f"/e/{query}", content=body).status_code == 200
    is_the_visit(fresh, tmp_path, [VIEW, ADD, BUY])


def test_a_page_that_rudderstacks_image_tells_is_one(fresh: Shop, tmp_path: Path) -> None:
    page = {
        "anonymousId": "V", "originalTimestamp": iso(0), "context.page.url": "https://shop.example/",
        "properties.products": "none", "properties.products.0.price": "9", "writeKey": fresh.write_key,
    }  # fmt: skip
    assert fresh.client.get(f"/pixel/v1/page?{urlencode(page)}").headers["content-type"] == "image/gif"
    deep = {**page, "originalTimestamp": iso(SECONDS), "event": "Quiz Won", ".".join("a" * 5000): "1"}
    assert fresh.client.get(f"/pixel/v1/track?{urlencode(deep)}").status_code == 200
    is_the_visit(fresh, tmp_path, [{"event_type": "page_view", "page": "https://shop.example/"}, OTHER])


def test_a_pixel_without_a_visitor_is_told_apart(fresh: Shop) -> None:
    assert fresh.client.get(f"/pixel/v1/track?event=x&writeKey={fresh.write_key}").status_code == 200
    fresh.worker.work_off()
    assert fresh.rows("SELECT reason FROM quarantine") == [(NOBODY,)]


def with_texts(event: Row) -> Row:
    """Return an event with its properties, its products and each of them as a text of JSON."""
    properties = dict(event["properties"])
    if "products" in properties:
        properties["products"] = json.dumps([json.dumps(line) for line in properties["products"]])
    return {**event, "properties": json.dumps(properties)}


@pytest.mark.parametrize("make", [segment, posthog], ids=lambda make: make.__name__)
@pytest.mark.parametrize("whole", [False, True], ids=["fields", "events and body"])
def test_texts_of_json_within_json_are_what_they_say(
    fresh: Shop, tmp_path: Path, make: Any, *, whole: bool
) -> None:
    order = ("Order Completed", {"order_id": "O-1", "currency": "EUR", "products": LINES})
    events: list[Any] = [with_texts(event) for event in make([VIEWED, ADDED, order])]
    events = [json.dumps(event) for event in events] if whole else events
    path, name = ("/v1/batch", "writeKey") if make is segment else ("/batch/", "api_key")
    body = json.dumps({"batch": events, name: fresh.write_key})
    assert fresh.client.post(path, content=json.dumps(body) if whole else body).status_code == 200
    is_the_visit(fresh, tmp_path, [VIEW, ADD, BUY])


def test_what_only_looks_like_json_stays_a_text(fresh: Shop, tmp_path: Path) -> None:
    shoes = {**SHOES, "product_id": "[1]", "category": "{Shoes}"}
    assert by_segment(fresh, [("Product Viewed", shoes)]).status_code == 200
    is_the_visit(fresh, tmp_path, [{**VIEW, "product_id": "[1]", "category": "{Shoes}"}])


def test_what_cannot_be_unpacked_says_what_to_do(fresh: Shop) -> None:
    answer = fresh.client.post("/e/?compression=lz64", content=b"data=N4Ig5gTg9grg&compression=lz64")
    assert (answer.status_code, "posthog-js" in answer.json()["remedy"]) == (400, True)
    assert fresh.client.post("/e/", content=zlib.compress(b"{}" * 99)[:-9]).status_code == 400


def test_older_trackers_of_posthog_say_how_long_ago_it_was(fresh: Shop) -> None:
    batch = [
        {**event, "offset": 30_000 * (3 - n)} for n, event in enumerate(posthog([VIEWED, ADDED, COMPLETED]))
    ]
    for event in batch:
        del event["timestamp"]
    fresh.client.post("/e/", json={"api_key": fresh.write_key, "batch": batch})
    fresh.worker.work_off()
    # Of a visit that buys, what came before it.
    assert fresh.visitor("V")["features"]["duration_seconds"] == pytest.approx(30)


def test_older_trackers_of_posthog_that_send_again_after_days_say_when_it_was(
    fresh: Shop, tmp_path: Path
) -> None:
    # As posthog-js 1.150: what each waited for the first try, when this one is, ids that begin with a time.
    behind, days = timedelta(hours=1), 2 * 86_400
    moments = [SECONDS * n - days for n in range(3)]
    batch = posthog([VIEWED, ADDED, COMPLETED])
    for event, moment in zip(batch, moments, strict=True):
        event |= {"offset": 3_000, "uuid": uuid7(at(moment) - behind)}
        del event["timestamp"]
    for n in (2, 3):
        query = f"_={millis(datetime.now(UTC) - behind)}&retry_count={n}"
        answer = fresh.client.post(f"/e/?{query}", json={"api_key": fresh.write_key, "batch": batch})
        assert answer.status_code == 200
    fresh.worker.work_off()
    features = fresh.visitor("V")["features"]
    assert features["duration_seconds"] == pytest.approx(SECONDS, abs=0.01)
    begun = datetime.fromisoformat(features["started_at"]).replace(tzinfo=UTC)
    assert abs(begun - at(moments[0])) < timedelta(minutes=5)
    assert features["n_events"] == 2  # before the purchase


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def uuid7(moment: datetime) -> str:
    """Return an id that begins with a time."""
    return str(UUID(int=millis(moment) << 80 | 7 << 76 | 2 << 62))


@pytest.mark.parametrize("where", ["body", "events", "sent_at", "_"])
def test_a_clock_is_put_right_by_wherever_posthog_says_when_it_sent(
    fresh: Shop, tmp_path: Path, where: str
) -> None:
    behind = timedelta(hours=2)
    batch = posthog([VIEWED, ADDED, COMPLETED])
    for n, event in enumerate(batch):
        event["timestamp"] = (at(SECONDS * n) - behind).isoformat()
        event["properties"]["token"] = fresh.write_key
    sent = datetime.now(UTC) - behind
    body: Any = {"batch": batch, "sent_at": sent.isoformat()} if where == "body" else batch
    if where == "events":
        body = [event | {"sent_at": sent.isoformat()} for event in batch]
    query = f"?{where}={millis(sent)}" if where in ("sent_at", "_") else ""
    assert fresh.client.post(f"/e/{query}", json=body).status_code == 200
    is_the_visit(fresh, tmp_path, [VIEW, ADD, BUY])


def test_visitors_without_a_name_are_not_all_the_same_one(fresh: Shop) -> None:
    event = {"event": "$pageview", "distinct_id": "$posthog_cookieless", "properties": {}, "uuid": "u"}
    fresh.client.post("/e/", json={"api_key": fresh.write_key, "batch": [event]})
    fresh.client.post(
        "/v1/t", json={"writeKey": fresh.write_key, "event": "Product Viewed", "messageId": "m"}
    )
    fresh.client.get(f"/matomo.php?idsite={fresh.write_key}&rec=1&_id=&url=https://shop.example/")
    fresh.client.get(f"/i?e=pv&aid={fresh.write_key}&eid=e&url=https://shop.example/")
    fresh.worker.work_off()
    assert fresh.rows("SELECT reason FROM quarantine") == [(NOBODY,)] * 4


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/batch", {"batch": [], "writeKey": None}), ("/batch/", {"batch": [], "api_key": None}),
     ("/api/live/events", {"events": []})],
)  # fmt: skip
def test_an_empty_batch_is_taken(fresh: Shop, path: str, body: Row) -> None:
    assert (
        fresh.send(path, {name: value for name, value in body.items() if value is not None}).status_code
        == 200
    )
    assert fresh.worker.work_off() == 0


PLAIN: dict[str, tuple[list[Row], list[Row]]] = {
    "numbers in text": (
        [
            {**VIEW, "price": "39,90"},
            {**ADD, "quantity": "2", "price": "39.90 €"},
            {**BUY, "revenue": "€59.90"},
        ],
        [VIEW, {**ADD, "quantity": 2}, BUY],
    ),
    "no price": ([{**ADD, "price": None}, BUY], [{**ADD, "price": None}, BUY]),
    "given back": ([VIEW, BUY, {**BUY, "revenue": -59.9}], [VIEW, BUY, {**BUY, "revenue": -59.9}]),
    "the order twice": ([VIEW, BUY, BUY], [VIEW, BUY, BUY]),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_events_are_what_they_say(fresh: Shop, tmp_path: Path, name: str) -> None:
    events, rows = PLAIN[name]
    sent = [
        {"visitor_id": "V", "session_id": "V.1", "timestamp": iso(SECONDS * n), "event_id": f"p{n}", **event}
        for n, event in enumerate(events)
    ]
    assert fresh.events(*sent).json()["accepted"] == len(events)
    is_the_visit(fresh, tmp_path, rows)
