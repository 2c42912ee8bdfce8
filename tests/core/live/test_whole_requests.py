"""Requests that are kept as they were sent: their events count as if each had been taken by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from core.live import inbox
from core.live.database import _made, address, connect_inbox
from core.live.processing import Processor, events
from core.live.schema import INBOX
from core.live.scores import waiting
from core.privacy.live import known_live, remove_live
from core.privacy.person import Person
from tests.core.live.conftest import Shop

NOW = datetime.now(UTC).isoformat()


def call(visitor: str = "V", **more: Any) -> dict[str, Any]:
    return {
        "type": "track", "event": "Product Viewed", "anonymousId": visitor, "timestamp": NOW,
        "properties": {"product_id": "A"}, **more,
    }  # fmt: skip


def send(shop: Shop, *calls: dict[str, Any]) -> None:
    assert shop.send("/v1/batch", {"batch": list(calls)}).status_code == 200


def test_a_request_is_one_row_and_all_of_its_events_wait(shop: Shop) -> None:
    send(shop, *(call(f"v{i}", messageId=f"m{i}") for i in range(5)))
    send(shop, call("v0", messageId="m9"))

    assert len(shop.inbox()) == 2
    assert waiting(shop.settings) == 6
    assert shop.worker.work_off() == 6
    assert waiting(shop.settings) == 0
    assert shop.visitor("v0")["events_seen"] == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_json_in_either_encoding_is_taken(shop: Shop, encoding: str) -> None:
    body = json.dumps({"batch": [call(properties={"product_id": "Schuhe ä"})]}, ensure_ascii=False)
    answer = shop.client.post("/v1/batch", content=body.encode(encoding), auth=(shop.write_key, ""))
    assert answer.status_code == 200
    shop.worker.work_off()
    assert shop.rows("SELECT product_id FROM events") == [("Schuhe ä",)]


def test_half_a_character_in_an_id_stops_nothing(shop: Shop) -> None:
    broken = json.dumps(call("odd", messageId="\ud800")).encode()
    body = b'{"batch": [' + broken + b", " + json.dumps(call("other")).encode() + b"]}"
    assert shop.client.post("/v1/batch", content=body, auth=(shop.write_key, "")).status_code == 200
    shop.worker.work_off()
    assert shop.visitor("other")["events_seen"] == 1


def test_a_request_nobody_can_look_into_holds_up_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(whole: Any) -> Any:
        if "odd" in whole.line:
            raise ValueError("what is this?")
        return opened(whole)

    opened = inbox.events_of
    monkeypatch.setattr(inbox, "events_of", failing)
    send(shop, call("odd"))
    send(shop, call("other"))
    shop.worker.work_off()

    assert shop.rows("SELECT reason FROM quarantine") == [("It could not be processed: what is this?",)]
    assert shop.visitor("other")["events_seen"] == 1


def test_stopped_within_a_request_its_events_count_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    whole, odd = events.visits_of, {"v6"}

    def failing(arrived: list[Any], gap: int) -> Any:
        visitors = {event[events.AT["visitor_id"]] for _, _, event in arrived}
        if visitors & odd and len(visitors) > 1:
            raise ValueError("what is this?")
        if visitors == odd:
            raise Killed
        return whole(arrived, gap)

    monkeypatch.setattr(events, "visits_of", failing)
    send(shop, *(call(f"v{i}", messageId=f"m{i}") for i in range(8)))
    with pytest.raises(Killed):
        shop.worker.work_off()
    assert 0 < shop.rows("SELECT count(*) FROM events")[0][0] < 8
    assert len(shop.inbox()) == 1

    monkeypatch.undo()
    again = Processor(shop.settings)
    again.work_off()
    again.close()
    assert shop.rows("SELECT count(*), max(n_events) FROM sessions") == [(8, 1)]
    assert shop.inbox() == []


def test_of_a_request_that_waits_one_person_is_deleted_and_the_others_stay(shop: Shop) -> None:
    send(shop, call("anna"), call("bert"), call("carla"))
    anna = Person(asked="anna", known={"anna"}, settings=shop.settings)
    assert [json.loads(row["line"])["anonymousId"] for row in known_live(shop.settings, anna)["inbox"]] == [
        "anna"
    ]
    assert remove_live(shop.settings, anna)["live inbox"] == 1
    shop.worker.work_off()
    assert shop.rows("SELECT visitor_id FROM sessions ORDER BY 1") == [("bert",), ("carla",)]


def test_an_inbox_of_an_earlier_version_is_taken_on(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    shop.events({"event_type": "product_view", "visitor_id": "V", "timestamp": NOW})
    shop.worker._inbox.execute("DROP INDEX inbox_counted")
    for column in ("request", "events"):
        shop.worker._inbox.execute(f"ALTER TABLE inbox DROP COLUMN {column}")

    _made.discard(address(shop.settings, INBOX))
    connect_inbox(shop.settings).close()
    again = Processor(shop.settings)
    assert again.work_off() == 1
    again.close()
    assert shop.visitor("V")["events_seen"] == 1
