"""Events from a topic, on the mock cluster of confluent-kafka: each once, whatever comes in between."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.base.errors import LiveError, NotFoundError
from core.live import kafka
from core.live.keys import make_key
from tests.core.live.conftest import Shop
from tests.serving import wait_until

confluent_kafka = pytest.importorskip("confluent_kafka")
SECONDS = 60


@pytest.fixture(scope="module")
def producer() -> Iterator[Any]:
    """Start a mock cluster of one broker; it lasts as long as its producer."""
    made = confluent_kafka.Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1})
    yield made
    made.flush(SECONDS)


def send(producer: Any, topic: str, *values: object) -> None:
    for value in values:
        producer.produce(topic, value if isinstance(value, bytes) else json.dumps(value).encode())
    producer.flush(SECONDS)


def view(visitor: str, **more: Any) -> dict[str, Any]:
    return {"event_type": "product_view", "visitor_id": visitor, **more}


def consume(shop: Shop, producer: Any, topic: str, until: Callable[[], bool]) -> None:
    """Take what is in the topic until something holds."""
    (broker,) = producer.list_topics(timeout=SECONDS).brokers.values()
    config = {
        "bootstrap.servers": f"{broker.host}:{broker.port}",
        "group.id": shop.source,
        # The mock cluster lets a group go on only when those who left are taken for dead.
        "session.timeout.ms": 6000,
    }
    stopping = threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            kafka.take_from(shop.settings, config, topic, shop.source, "live", stopping)
        except BaseException as error:  # noqa: BLE001 - seen by the test
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_until(lambda: failed or until(), seconds=SECONDS, what="events from the topic")
    finally:
        stopping.set()
        thread.join(SECONDS)
    if failed:
        raise failed[0]


def test_events_of_a_topic_count_once_and_what_is_none_is_put_aside(sqlite_shop: Shop, producer: Any) -> None:
    shop = sqlite_shop
    same = view("a", event_id="1")
    send(
        producer,
        "once",
        same,
        same,
        {"events": [view("b"), view("b")]},
        b"no JSON",
        view("c", event_type="hop"),
    )
    consume(shop, producer, "once", lambda: len(shop.inbox()) == 6)
    shop.worker.work_off()

    seen = {name: shop.visitor(name).get("events_seen") for name in "abc"}
    assert seen == {"a": 1, "b": 2, "c": None}
    reasons = sorted(reason for (reason,) in shop.rows("SELECT reason FROM quarantine"))
    assert (reasons[0], len(reasons)) == ("The body is not JSON.", 2)

    send(producer, "once", view("d"))
    consume(shop, producer, "once", lambda: bool(shop.inbox()))
    assert len(shop.inbox()) == 1  # what was committed doesn't come again


def test_stopped_before_offsets_are_committed_nothing_is_lost_or_doubled(
    sqlite_shop: Shop, producer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, whole = sqlite_shop, kafka._kept

    def cut(*arguments: Any) -> bool:
        whole(*arguments)
        raise KeyboardInterrupt

    send(producer, "cut", view("cut"), view("cut"))
    with monkeypatch.context() as patched:
        patched.setattr(kafka, "_kept", cut)
        with pytest.raises(KeyboardInterrupt):
            consume(shop, producer, "cut", lambda: False)
    assert shop.inbox()

    def both_seen() -> bool:
        shop.worker.work_off()
        return shop.visitor("cut")["events_seen"] == 2

    consume(shop, producer, "cut", both_seen)
    assert both_seen()


def test_only_a_write_key_in_use_may_send(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    key, _ = make_key(shop.settings, kind="secret", name="Scores")
    for source, error in ((key.id, LiveError), ("nobody", NotFoundError)):
        with pytest.raises(error):
            kafka.take_from(shop.settings, {}, "any", source, "live", threading.Event())
