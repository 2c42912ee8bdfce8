"""Events from a topic of Kafka instead of requests: for who has one, or outgrows several collectors.

What a message holds is what the same source would send in a request: an event, or a batch of them. Offsets
are committed only once the events are in the inbox; what comes again after a crash counts once, by its
message id or else by its place in the topic.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.base.errors import CoreError, LiveError, UnavailableError
from core.base.settings import Settings
from core.live.inbox import inbox_of
from core.live.keys import get_key
from core.live.trackers import BY_FORMAT, Request
from core.live.trackers.bodies import parsed
from core.live.trackers.taken import Taken
from core.live.trackers.taking import SHOWN_BYTES, take_event

log = logging.getLogger(__name__)

GROUP = "session-predictor"
#: Messages taken at a time, seconds to wait for the first of them, and between two tries to keep them.
TOGETHER, PATIENCE, AGAIN = 1_000, 0.5, 1.0


def take_from(
    settings: Settings,
    config: Mapping[str, Any],
    topic: str,
    source: str,
    tracker: str,
    stopping: threading.Event,
) -> None:
    """Take events from a topic until asked to stop.

    Parameters
    ----------
    config
        Of librdkafka: at least ``bootstrap.servers``.
    source
        The id of the write key the events count for.
    tracker
        What form they have: ``live`` (our own), ``segment``, ``posthog``, ``snowplow`` or ``matomo``.

    Raises
    ------
    LiveError
        If confluent-kafka isn't installed, or the key may not send.
    NotFoundError
        If there is no such key.
    """
    # Here: it is optional, and brings a library of its own.
    try:
        from confluent_kafka import Consumer, KafkaException
    except ImportError as error:
        raise LiveError(
            "Reading from Kafka needs confluent-kafka.", remedy="pip install -r requirements-kafka.txt"
        ) from error
    _check(settings, source)
    consumer = Consumer(
        {"group.id": GROUP, "auto.offset.reset": "earliest", **config, "enable.auto.commit": False}
    )
    consumer.subscribe([topic])
    try:
        while not stopping.is_set():
            messages = [m for m in consumer.consume(TOGETHER, PATIENCE) if _is_whole(m)]
            taken = [each for message in messages for each in events_of(message, tracker, source)]
            if messages and _kept(settings, taken, stopping):
                try:
                    consumer.commit(asynchronous=False)
                except KafkaException as error:
                    _go_on_after(error.args[0])
    finally:
        consumer.close()


def events_of(message: Any, tracker: str, source: str) -> list[Taken]:  # noqa: ANN401 - has no type
    """Return the events of a message as they are kept, with the reason where one can't be used."""
    _, millis = message.timestamp()
    # When it came to Kafka, not when it is read: a consumer may have stood still for a day.
    received = datetime.fromtimestamp(millis / 1000, UTC) if millis > 0 else datetime.now(UTC)
    request = Request(path="/v1/batch", query={}, headers={}, received=received)
    place = f"{message.topic()}/{message.partition()}/{message.offset()}"
    form = BY_FORMAT[tracker]
    try:
        batch = form.batch(parsed(message.value() or b""), request)
    except CoreError as error:
        line = (message.value() or b"")[:SHOWN_BYTES].decode("utf-8", "replace")
        return [Taken(source, tracker, b"", int(received.timestamp() * 1e6), line, reason=error.message)]
    return [
        take_event(form, event, batch, request, source, delivery=f"{place}/{n}")
        for n, event in enumerate(batch.events)
    ]


def _kept(settings: Settings, taken: Sequence[Taken], stopping: threading.Event) -> bool:
    """Keep events, waiting for room or for a database that is away; False if asked to stop before."""
    while not stopping.is_set():
        try:
            inbox_of(settings).add(taken).result()
        except UnavailableError as error:
            log.warning("events from Kafka wait: %s", error)
            stopping.wait(AGAIN)
        else:
            return True
    return False


def _is_whole(message: Any) -> bool:  # noqa: ANN401 - has no type
    if message.error() is None:
        return True
    _go_on_after(message.error())
    return False


def _go_on_after(error: Any) -> None:  # noqa: ANN401 - has no type
    """Go on after what passes, as when a group shares its partitions anew.

    What could not be committed comes again, and counts once.
    """
    if error.fatal():
        raise UnavailableError(f"Kafka: {error.str()}", remedy="See the broker's log.")
    log.warning("Kafka: %s", error.str())


def _check(settings: Settings, source: str) -> None:
    key = get_key(settings, source)
    if key.kind != "write" or key.revoked_at:
        raise LiveError(
            f"Key {source} may not send events.", remedy="Choose a write key in use: python -m core live-keys"
        )
