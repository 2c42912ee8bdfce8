"""What is odd, too much, or goes wrong underneath: each has an answer, and nothing accepted is lost by it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.live import inbox
from core.live.collecting import MOST_EVENTS
from core.live.connection import Connection
from core.live.database import connect_inbox
from core.live.processing import TOO_LONG, events
from core.live.trackers.bodies import TOO_DEEP
from core.security.guard import BODY_LIMIT
from tests.core.live.conftest import Shop, shop_at

NOW = datetime.now(UTC).isoformat()


def view(visitor: str = "V", **more: Any) -> dict[str, Any]:
    return {"event_type": "product_view", "visitor_id": visitor, "timestamp": NOW, **more}


def reasons(shop: Shop) -> list[str]:
    return [reason for (reason,) in shop.rows("SELECT reason FROM quarantine ORDER BY n")]


def test_an_event_of_5_mb_is_put_aside_and_the_others_count(shop: Shop) -> None:
    large = view(page="x" * 5_000_000)
    answer = shop.events(view(), large, view(event_type="search")).json()
    shop.worker.work_off()

    assert answer["accepted"] == 2
    assert answer["refused"] == [{"index": 1, "reason": "It is larger than 262,144 bytes."}]
    assert reasons(shop) == ["It is larger than 262,144 bytes."]
    assert shop.rows("SELECT length(line) < 3000 FROM quarantine") == [(True,)]
    assert shop.visitor("V")["events_seen"] == 2


def test_bodies_have_a_limit_packed_or_not(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    headers = {"authorization": f"Bearer {shop.write_key}"}

    def status(body: bytes) -> int:
        return int(shop.client.post("/api/live/events", content=body, headers=headers).status_code)

    many = json.dumps({"events": [{"event_type": "search", "visitor_id": "V"}] * (MOST_EVENTS + 1)}).encode()
    assert status(b'{"events": []}' + b" " * BODY_LIMIT) == 413
    assert status(many) == status(gzip.compress(many)) == 413
    assert shop.inbox() == []


def test_ids_that_no_index_holds_are_refused(shop: Shop) -> None:
    shop.events(view("x" * 501), view("V", previous_id="x" * 501, event_id="1"), view("ä" * 500))
    shop.worker.work_off()

    assert reasons(shop) == [TOO_LONG]
    assert shop.visitor("ä" * 500)["events_seen"] == shop.visitor("V")["events_seen"] == 1


def test_text_that_a_database_can_not_hold_stops_nothing(shop: Shop) -> None:
    events = [view("V\0W", page="\0", product_id="\ud800"), view("other")]
    headers = {"authorization": f"Bearer {shop.write_key}"}
    answer = shop.client.post(
        "/api/live/events", content=json.dumps({"events": events}).encode(), headers=headers
    )
    assert answer.json()["accepted"] == 2
    shop.worker.work_off()

    assert shop.visitor("other")["events_seen"] == 1
    assert shop.rows("SELECT count(*) FROM events")[0][0] + len(reasons(shop)) == 2


def test_what_is_nested_too_deeply_to_be_written_is_put_aside(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    page: Any = "home"
    for _ in range(800):
        page = [page]
    answer = shop.events(view(page=page), view("other")).json()
    shop.worker.work_off()

    assert answer["refused"] == [{"index": 0, "reason": TOO_DEEP}]
    assert reasons(shop) == [TOO_DEEP]
    assert shop.visitor("other")["events_seen"] == 1


def test_an_event_nobody_foresaw_holds_up_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = events.visits_of

    def failing(arrived: list[Any], gap: int) -> Any:
        if any(event[events.AT["visitor_id"]] == "odd" for _, _, event in arrived):
            raise ValueError("what is this?")
        return whole(arrived, gap)

    monkeypatch.setattr(events, "visits_of", failing)
    shop.events(*(view("odd" if i == 7 else f"v{i}", event_id=str(i)) for i in range(20)))
    shop.worker.work_off()

    assert reasons(shop) == ["It could not be processed: what is this?"]
    assert shop.rows("SELECT sum(n_events) FROM sessions")[0][0] == 19

    monkeypatch.undo()
    from core.live.quarantine import play_back

    play_back(shop.settings)
    shop.worker.work_off()
    assert shop.visitor("odd")["events_seen"] == 1


def test_a_full_disk_is_503_until_there_is_room_and_keeps_what_it_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limited(settings: Any) -> Connection:
        connection = connect_inbox(settings)
        connection.execute("PRAGMA max_page_count = 60")  # of 4 kB
        return connection

    for shop in shop_at(tmp_path, min_free_bytes=0):
        monkeypatch.setattr(inbox, "connect_inbox", limited)
        answers = [shop.events(view(f"v{i}", page="x" * 20_000)) for i in range(20)]
        taken = [i for i, answer in enumerate(answers) if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert taken
        assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(503, "30")}
        assert len(shop.inbox()) == len(taken)

        monkeypatch.undo()  # there is room again, and whoever was refused sends again
        for i in set(range(20)) - set(taken):
            assert shop.events(view(f"v{i}", page="x" * 20_000)).status_code == 200
        shop.worker.work_off()
        assert shop.rows("SELECT count(*), sum(n_events) FROM sessions") == [(20, 20)]
