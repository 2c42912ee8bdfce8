"""The stream of scores: what it sends, where it goes on, who may listen, and how it ends."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.api.base.stopping import noticing_signals
from core.live import database, feed
from core.live.feed import Feed, last_number, scored_after
from tests.core.live.conftest import Shop, shop_at
from tests.core.live.serving import served
from tests.core.live.test_sign_in import HASH
from tests.serving import wait_until


def event(visitor: str, kind: str = "page_view", **more: Any) -> dict[str, Any]:
    return {"event_type": kind, "visitor_id": visitor, **more}


def lines_of(answer: httpx.Response, n: int) -> list[dict[str, str]]:
    """Return the next events of a stream that have data."""
    found: list[dict[str, str]] = []
    current: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name:
            current[name] = value
            continue
        if "data" in current:
            found.append(current)
        current = {}
        if len(found) == n:
            break
    return found


def test_the_stream_says_what_is_answered_of_the_session(shop: Shop) -> None:
    headers = {"authorization": f"Bearer {shop.secret_key}"}
    with served(shop) as running, httpx.stream("GET", f"{running.url}/api/live/stream", headers=headers,
                                               timeout=60) as answer:  # fmt: skip
        assert answer.headers["content-type"].startswith("text/event-stream")
        shop.events(event("a", "product_view", product_id="P", price=20.0))
        (first,) = lines_of(answer, 1)
    told = json.loads(first["data"])
    assert told == shop.visitor("a")
    assert (told["source"], told["events_seen"], first["id"]) == (
        shop.source,
        1,
        str(last_number(shop.settings)),
    )
    assert len(told["reasons"]) == 3


def test_a_session_scored_again_comes_once_and_what_came_before_doesn_t_come_again(shop: Shop) -> None:
    for visitor in ("a", "b", "a"):
        shop.events(event(visitor))
        shop.worker.work_off()
    everything = scored_after(shop.settings, 0)
    assert [(s.n, json.loads(s.body)["visitor_id"]) for s in everything] == [(2, "b"), (3, "a")]
    assert [s.n for s in scored_after(shop.settings, 2)] == [3]

    shop.worker.close_idle(2**52)
    assert [json.loads(s.body)["state"] for s in scored_after(shop.settings, 3)] == ["over", "over"]


def test_who_listens_shares_one_reader_and_who_is_behind_misses_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    monkeypatch.setattr(feed, "RECENT", 3)
    monkeypatch.setattr(feed, "PAUSE", 0.0)
    monkeypatch.setattr(feed, "scored_after", lambda settings, n: read.append(n) or scored_after(settings, n))

    async def listen() -> tuple[list[int], list[int], list[int]]:
        shared = Feed(shop.settings)
        assert await shared.after(0) == []
        for visitor in "abcde":
            shop.events(event(visitor))
        await asyncio.to_thread(shop.worker.work_off)
        read.clear()
        near = await asyncio.gather(*(shared.after(3) for _ in range(50)))
        assert all([s.n for s in found] == [4, 5] for found in near)
        at_first = list(read)
        return at_first, [s.n for s in await shared.after(0)], read

    at_first, behind, all_reads = asyncio.run(listen())
    assert at_first == [0]
    assert behind == [1, 2, 3, 4, 5]
    assert all_reads == [0, 0]


def test_robots_have_no_score_and_a_deleted_model_s_scores_stand(shop: Shop) -> None:
    shop.events(event("bot", user_agent="Googlebot/2.1"), event("person"))
    shop.worker.work_off()
    shop.worker._connection.execute("UPDATE sessions SET model = 'deleted'")
    (only,) = scored_after(shop.settings, 0)
    told = json.loads(only.body)
    assert (told["visitor_id"], told["model"]) == ("person", "deleted")
    assert len(told["reasons"]) == 3
    assert "accuracy" not in told


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Shop]:
    yield from shop_at(tmp_path, min_free_bytes=0, password_hash=HASH)


def test_only_who_may_read_scores_may_listen(locked: Shop) -> None:
    with served(locked) as running, httpx.Client(base_url=running.url) as client:
        for key in (None, locked.write_key, "sk_wrong"):
            headers = {} if key is None else {"authorization": f"Bearer {key}"}
            assert client.get("/api/live/stream", headers=headers).status_code == http.client.UNAUTHORIZED
        headers = {"authorization": f"Bearer {locked.secret_key}"}
        with client.stream("GET", "/api/live/stream", headers=headers) as answer:
            assert answer.status_code == http.client.OK


@pytest.mark.parametrize("given", ["x", "-1", "1.5", "²", "9" * 30])
def test_an_id_that_is_none_is_said_and_one_that_never_was_begins_anew(shop: Shop, given: str) -> None:
    shop.events(event("a"))
    shop.worker.work_off()
    with served(shop) as running:
        query = {"after": given}
        with httpx.stream("GET", f"{running.url}/api/live/stream", params=query, timeout=60) as answer:
            if given.startswith("9"):
                assert json.loads(lines_of(answer, 1)[0]["data"])["visitor_id"] == "a"
            else:
                assert (answer.status_code, "isn't the id" in answer.read().decode()) == (400, True)


def test_a_listener_who_leaves_is_no_failure(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), served(shop) as running:
        with httpx.stream("GET", f"{running.url}/api/live/stream", timeout=60) as answer:
            assert answer.status_code == http.client.OK
            assert running.answering()
        wait_until(lambda: not running.answering(), what="the end of the answer")
    assert not caplog.records


def test_the_signal_to_stop_is_noticed_and_passed_on() -> None:
    passed: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: passed.append(number))
    stopping = threading.Event()
    try:
        with noticing_signals(stopping):
            signal.raise_signal(signal.SIGTERM)
        assert (stopping.is_set(), passed) == (True, [signal.SIGTERM])
        signal.raise_signal(signal.SIGTERM)
        assert len(passed) == 2
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_database_from_before_scores_were_counted_is_taken_on(shop: Shop) -> None:
    shop.events(event("a"))
    shop.worker.work_off()
    connection = shop.worker._connection
    connection.execute("DROP INDEX sessions_by_score")
    connection.execute("ALTER TABLE sessions DROP COLUMN scored_n")
    connection.execute("DELETE FROM facts WHERE name = 'scored_n'")
    database._made.discard(database.address(shop.settings))  # as in a process of a later version
    database.connect(shop.settings).close()
    assert shop.rows("SELECT scored_n FROM sessions") == [(0,)]
    assert (last_number(shop.settings), scored_after(shop.settings, 0)) == (0, [])

    shop.events(event("b"))
    shop.worker.work_off()
    assert [s.n for s in scored_after(shop.settings, 0)] == [1]


def test_the_stream_is_described(shop: Shop) -> None:
    described = shop.client.get("/api/openapi.json").json()["paths"]["/api/live/stream"]["get"]
    content = described["responses"]["200"]["content"]["text/event-stream"]["itemSchema"]
    assert content["properties"]["data"]["contentSchema"]["$ref"].endswith("/LiveScore")
    assert {p["name"] for p in described["parameters"]} >= {
        "min_probability",
        "source",
        "after",
        "last-event-id",
    }
