"""What trackers send, however they send it: taken once, or refused with a reason, and always answered."""

from __future__ import annotations

import base64
import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.live.collecting import BURST
from core.live.keys import keys, make_key, revoke
from core.live.trackers.base import NOBODY
from core.live.trackers.taking import EVENT_BYTES
from tests.core.live.conftest import Shop, shop_at

NOW = datetime.now(UTC).replace(microsecond=0)
DONE = {"status": 1, "code": 200}


def event(name: str = "Product Viewed", **more: Any) -> dict[str, Any]:
    made = {
        "type": "track",
        "event": name,
        "anonymousId": "V",
        "timestamp": NOW.isoformat(),
        "properties": {},
    }
    return {**made, "messageId": str(time.perf_counter_ns()), **more}


def view(**more: Any) -> dict[str, Any]:
    return {"event_type": "product_view", "visitor_id": "V", "timestamp": NOW.isoformat(), **more}


def batch() -> bytes:
    return json.dumps({"batch": [event()]}).encode()


PACKED = json.dumps([{"event": "x", "distinct_id": "V"}]).encode()


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/batch", batch(), {}),
        ("/v1/batch", gzip.compress(batch(), mtime=0), {"content-encoding": "gzip"}),
        ("/v1/batch", gzip.compress(batch(), mtime=0), {"content-type": "text/plain"}),
        ("/v1/t", json.dumps(event()).encode(), {"content-type": "text/plain"}),
        ("/e/", b"data=" + base64.b64encode(PACKED), {}),
        ("/e/", urlencode({"data": PACKED}).encode(), {}),
        ("/e/", base64.b64encode(gzip.compress(PACKED, mtime=0)), {}),
        ("/matomo.php", b"rec=1&_id=V&action_name=x", {}),
    ],
)  # fmt: skip
def test_bodies_are_read_however_they_are_wrapped(
    shop: Shop, path: str, body: bytes, headers: dict[str, str]
) -> None:
    answer = shop.client.post(path, content=body, auth=(shop.write_key, ""), headers=headers)

    assert (answer.status_code, answer.json()) == (200, DONE)
    shop.worker.work_off()
    assert shop.visitor("V")["events_seen"] == 1


@pytest.mark.parametrize(
    "body", [b"no JSON", b"{", b"\x1f\x8bdamaged", b"data=%%%", b"[" * 100_000], ids=lambda b: repr(b[:12])
)
def test_a_body_that_holds_no_json_is_refused(shop: Shop, body: bytes) -> None:
    answer = shop.client.post("/v1/batch", content=body, auth=(shop.write_key, ""))

    assert (answer.status_code, answer.json()["code"]) == (400, "live")


def test_a_body_that_unpacks_to_too_much_is_refused(shop: Shop) -> None:
    answer = shop.client.post(
        "/v1/batch", content=gzip.compress(b" " * (20 << 20)), auth=(shop.write_key, "")
    )

    assert answer.status_code == 413


def test_pages_elsewhere_may_send_and_neednt_ask_again(shop: Shop) -> None:
    asked = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-retry-count",
        "sec-fetch-site": "cross-site",
    }
    answer = shop.client.options("/v1/t", headers=asked)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert int(answer.headers["access-control-max-age"]) > 3600

    sent = {"origin": "https://shop.example", "sec-fetch-site": "cross-site"}
    answer = shop.send("/v1/t", event(), **sent)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
        200,
        "https://shop.example",
    )


def test_a_key_only_sends_from_its_origins(shop: Shop) -> None:
    _, key = make_key(shop.settings, kind="write", name="Pages", origins=("https://shop.example/",))

    def status(**headers: str) -> int:
        return int(shop.client.post("/v1/t", json=event(), auth=(key, ""), headers=headers).status_code)

    assert status(origin="https://shop.example") == 200
    assert status() == 200  # a program has no origin
    assert status(origin="https://other.example") == 401


@pytest.mark.parametrize("key", ["", "wk_wrong", "sk_wrong"])
def test_a_wrong_key_is_refused_so_that_browsers_see_it(shop: Shop, key: str) -> None:
    answer = shop.client.post(
        "/v1/t", json=event(), auth=(key, ""), headers={"origin": "https://shop.example"}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "key")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_keys_do_one_thing_each_and_none_once_revoked(shop: Shop) -> None:
    assert shop.client.post("/v1/t", json=event(), auth=(shop.secret_key, "")).status_code == 401
    headers = {"authorization": f"Bearer {shop.write_key}"}
    assert shop.client.get("/api/live/visitors/V", headers=headers).status_code == 401

    revoke(shop.settings, shop.source)
    assert shop.send("/v1/t", event()).status_code == 401
    assert shop.write_key not in str(shop.rows("SELECT * FROM keys"))
    assert {key.hint for key in keys(shop.settings)} == {shop.write_key[-4:], shop.secret_key[-4:]}


def test_a_message_that_comes_twice_counts_once_also_days_later(shop: Shop) -> None:
    twice = event(messageId="same")
    shop.send("/v1/batch", {"batch": [twice, twice, event()]})
    shop.worker.work_off()
    shop.send("/v1/batch", {"batch": [twice]})
    shop.worker.work_off()
    assert shop.visitor("V")["events_seen"] == 2

    shop.worker.close_idle(int((NOW + timedelta(days=2)).timestamp() * 1e6))
    shop.send("/v1/batch", {"batch": [twice]})
    shop.worker.work_off()
    assert shop.rows("SELECT count(*) FROM events") == [(0,)]


def test_one_bad_event_spoils_no_batch(shop: Shop) -> None:
    nan = '{"batch": [%s, 7, {"type": "track", "event": "Product Viewed", "messageId": "n", '
    nan += '"anonymousId": "V", "timestamp": "%s", "properties": {"price": NaN, "quantity": Infinity, '
    nan += '"product_id": "A"}}, %s, %s, %s]}'
    big = json.dumps(event(properties={"url": "x" * EVENT_BYTES}))
    body = nan % (
        json.dumps(event()), NOW.isoformat(), json.dumps(event(timestamp="soon")),
        json.dumps(event(anonymousId=None)), big,
    )  # fmt: skip
    answer = shop.client.post("/v1/batch", content=body.encode(), auth=(shop.write_key, ""))

    assert answer.json() == DONE
    shop.worker.work_off()
    assert shop.visitor("V")["events_seen"] == 2
    assert shop.visitor("V")["features"]["price_mean"] is None
    reasons = sorted(reason for (reason,) in shop.rows("SELECT reason FROM quarantine"))
    assert reasons == [
        "It is larger than 262,144 bytes.",
        "It is not a JSON object.",
        NOBODY,
        "The time can't be read.",
    ]


def test_our_own_interface_says_which_events_it_refuses(shop: Shop) -> None:
    answer = shop.events(view(), view(event_type="hop"), {"event_type": "search"}, view(timestamp="x")).json()

    assert answer["accepted"] == 1
    assert [refusal["index"] for refusal in answer["refused"]] == [1, 2, 3]
    assert "“hop” isn't an event type" in answer["refused"][0]["reason"]
    described = shop.client.get("/api/openapi.json").json()["paths"]
    assert "/api/live/events" in described
    assert "/v1/batch" not in described


def test_an_event_of_the_future_is_refused(shop: Shop) -> None:
    shop.events(view(timestamp=(NOW + timedelta(days=3)).isoformat()))
    shop.worker.work_off()

    assert shop.rows("SELECT reason FROM quarantine") == [("The time is in the future.",)]


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_is_off_is_put_right_and_pauses_stay(shop: Shop, off: timedelta) -> None:
    first, second = NOW + off - timedelta(seconds=90), NOW + off - timedelta(seconds=30.5)
    for at in (first, second):  # two requests, each on its way for another time
        shop.events(view(timestamp=at.isoformat()), sent_at=(datetime.now(UTC) + off).isoformat())
    shop.worker.work_off()

    answer = shop.visitor("V")
    assert answer["features"]["duration_seconds"] == 59.5
    assert abs(datetime.fromisoformat(answer["started_at"]) - (first - off)) < timedelta(seconds=31)


def test_a_sent_time_before_the_event_says_nothing_of_the_clock(shop: Shop) -> None:
    shop.events(view(), sent_at=(NOW - timedelta(hours=1)).isoformat())
    shop.worker.work_off()

    assert datetime.fromisoformat(shop.visitor("V")["started_at"]) == NOW


def test_too_many_events_are_told_to_wait(shop: Shop) -> None:
    _, key = make_key(shop.settings, kind="write", name="Slow", rate=2)
    batch = {"batch": [event() for _ in range(int(2 * BURST))], "writeKey": key}

    assert shop.client.post("/v1/batch", json=batch).status_code == 200
    answer = shop.client.post("/v1/batch", json=batch)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_a_full_disk_is_said_and_nothing_is_taken(tmp_path: Path) -> None:
    for shop in shop_at(tmp_path, min_free_bytes=1 << 60):
        answer = shop.send("/v1/t", event())

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert shop.inbox() == []


def test_posthog_in_a_browser_gets_what_it_asks_for(shop: Shop) -> None:
    assert shop.client.get("/array/wk_x/config").json()["supportedCompression"] == ["gzip-js"]
    assert shop.client.get("/array/wk_x/config.js").status_code == 200
    assert shop.client.post("/flags/", json={}).json()["featureFlags"] == {}
