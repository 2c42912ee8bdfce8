"""Tracking SDKs as they are, in processes of their own, against a real server, also one that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from core.base.settings import Settings
from core.live.keys import make_key
from core.services.demo import FACT
from core.storage import Store
from tests.core.live.test_same_numbers import START, VISIT, canonical, same
from tests.serving import Server, serving, wait_until

pytestmark = pytest.mark.server
SECONDS = 240

CALLS = """
from datetime import datetime, timedelta, UTC
import sys, time
url, key, start = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
at = [start + timedelta(seconds=s) for s in (0, 20.25, 61.5, 130)]
item = {"product_id": "A1", "category": "Shoes", "price": 39.9}
lines = [{**item, "quantity": 1}, {"product_id": "B2", "category": "Socks", "price": 10, "quantity": 2}]
order = {"order_id": "O-1", "revenue": 59.9, "currency": "EUR", "products": lines}
calls = list(zip(["Product List Viewed", "Product Viewed", "Product Added", "Order Completed"],
                 [{}, item, {**item, "quantity": 1}, order], at))
"""
SEGMENT = """
import segment.analytics as analytics
analytics.write_key, analytics.host = key, url
for name, properties, moment in calls:
    analytics.track(anonymous_id="segment", event=name, properties=properties, timestamp=moment)
analytics.shutdown()
"""
RUDDER = """
import rudderstack.analytics as analytics
analytics.write_key, analytics.dataPlaneUrl = key, url
for name, properties, moment in calls:
    analytics.track(anonymous_id="rudder", event=name, properties=properties, timestamp=moment)
analytics.shutdown()
"""
POSTHOG = """
from posthog import Posthog
posthog = Posthog(key, host=url, disable_geoip=True)
for name, properties, moment in calls:
    posthog.capture(name, distinct_id="posthog", properties=properties, timestamp=moment)
posthog.shutdown()
"""
SNOWPLOW = """
from snowplow_tracker import Emitter, SelfDescribing, SelfDescribingJson, Subject, Tracker
commerce = "iglu:com.snowplowanalytics.snowplow.ecommerce/{}/jsonschema/1-0-0"
def product(**more):
    data = {"id": "A1", "category": "Shoes", "price": 39.9, "currency": "EUR", **more}
    return SelfDescribingJson(commerce.format("product"), data)
paid = SelfDescribingJson(commerce.format("transaction"),
                          {"transaction_id": "O-1", "revenue": 59.9, "currency": "EUR"})
subject = Subject().set_domain_user_id("snowplow").set_domain_session_id("snowplow-1")
tracker = Tracker("shop", Emitter(url, batch_size=4), app_id=key, subject=subject)
actions = ["list_view", "product_view", "add_to_cart", "transaction"]
for action, entities, moment in zip(actions, [[], [product()], [product(quantity=1)], [paid]], at):
    event = SelfDescribingJson(commerce.format("snowplow_ecommerce_action"), {"type": action})
    tracker.track(SelfDescribing(event_json=event, context=entities,
                                 true_timestamp=int(moment.timestamp() * 1000)))
tracker.flush(is_async=False)
"""
CLIENTS = {"segment": SEGMENT, "rudder": RUDDER, "posthog": POSTHOG, "snowplow": SNOWPLOW}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Return a data folder with a write key and a secret key."""
    data_dir = tmp_path_factory.mktemp("live") / "data"
    settings = Settings(data_dir=data_dir)
    store = Store(settings)
    store.remember(FACT, "yes")
    store.close()
    _, write = make_key(settings, kind="write", name="Shop", rate=1_000_000)
    _, secret = make_key(settings, kind="secret", name="Scores")
    return data_dir, write, secret


#: Of a sender between two events, which leaves the processors to what is tested.
PAUSE = 0.02


@pytest.fixture(scope="module")
def server(keys: tuple[Path, str, str]) -> Iterator[Server]:
    with serving(keys[0]) as running:
        yield running


def visitor(server: Server, secret: str, name: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {secret}"}
    return dict(httpx.get(f"{server.url}/api/live/visitors/{name}", headers=headers, timeout=SECONDS).json())


@pytest.mark.parametrize("client", CLIENTS)
def test_a_real_client_s_visit_has_the_numbers_of_a_canonical_csv(
    server: Server, keys: tuple[Path, str, str], tmp_path: Path, client: str
) -> None:
    data_dir, write, secret = keys
    script = tmp_path / f"send_{client}.py"
    script.write_text(CALLS + CLIENTS[client])
    sent = subprocess.run(
        [sys.executable, str(script), server.url, write, START.isoformat()],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert sent.returncode == 0, sent.stderr

    def scored() -> bool:
        return visitor(server, secret, client).get("events_seen") == len(VISIT)

    wait_until(scored, seconds=SECONDS, what=f"the visit of {client}: {sent.stderr}")
    wanted = canonical(Settings(data_dir=data_dir), tmp_path / "csv", VISIT, set())
    answer = visitor(server, secret, client)
    same(answer["features"], wanted)
    assert (answer["purchased"], answer["step"]) == (True, "bought")


def test_killed_under_load_nothing_that_was_taken_is_lost_or_doubled(
    server: Server, keys: tuple[Path, str, str]
) -> None:
    faults = [partial(kill, server, name) for name in ("live-work", "gunicorn", "live-work")]
    each_counts_once(server, *keys[1:], faults)


def each_counts_once(server: Server, write: str, secret: str, faults: Sequence[Callable[[], object]]) -> None:
    """Send events as SDKs do while things go wrong, and count them."""
    headers = {"authorization": f"Bearer {write}"}
    taken: list[int] = []
    stopping = threading.Event()

    def send(sender: int) -> None:
        for n in range(sender * 100_000, (sender + 1) * 100_000):
            if stopping.is_set():
                return
            visit = {"visitor_id": f"killed-{n % 37}", "event_type": "page_view", "event_id": f"k{n}"}
            while not stopping.is_set():  # as SDKs do: again, until it was answered
                try:
                    answer = httpx.post(
                        f"{server.url}/api/live/events",
                        json={"events": [visit]},
                        headers=headers,
                        timeout=SECONDS,
                    )
                except httpx.TransportError:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    taken.append(n)
                    break
            stopping.wait(PAUSE)

    with ThreadPoolExecutor(4) as pool:
        for sender in range(4):
            pool.submit(send, sender)
        try:
            for fault in faults:
                enough = len(taken) + 60
                wait_until(lambda n=enough: len(taken) > n, seconds=SECONDS, what="events to be taken")
                fault()
        finally:
            wait_until(lambda: len(taken) > 200, seconds=SECONDS, what="events to be taken")
            stopping.set()

    def counted() -> int:
        return sum(visitor(server, secret, f"killed-{n}").get("events_seen") or 0 for n in range(37))

    wait_until(
        lambda: visitor(server, secret, "nobody").get("waiting") == 0,
        seconds=SECONDS,
        what="the inbox to be worked off",
    )
    assert len(taken) == len(set(taken))
    # What was sent but not answered may be there too: as many as there are senders, at most.
    assert len(taken) <= counted() <= len(taken) + 4


def kill(server: Server, name: str) -> None:
    """Kill the processes of a server that run something."""
    for process in psutil.Process(server.process.pid).children(recursive=True):
        if name in " ".join(process.cmdline()):
            os.kill(process.pid, signal.SIGKILL)
