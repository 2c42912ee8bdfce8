"""Single steps of a run: what is asked, what is sent once, and what its message says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.audit import entries
from core.base.errors import ScheduleError
from core.base.identity import Identity, acting_as
from core.rules.webhook import NotDelivered
from core.schedules import running, service
from core.schedules.definition import Definition, read_definition
from core.sources.base import SourceError
from core.storage import Arrival, Run, Schedule
from tests.core.results.history.exports import add_result, sessions
from tests.core.schedules.mornings import Shop, shop_at
from tests.s3 import failing, put, s3

__all__ = ["s3"]

MAIL = "mailtos://shop:secret@mail.example.com"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with shop_at(tmp_path, monkeypatch, model=False) as made:
        yield made


def run_of(
    shop: Shop, *states: str, kind: str = "due", **more: object
) -> tuple[Schedule, Run, list[Arrival]]:
    """Return a run with an export in each of some states; those that are done have a result."""
    told = {"source": str(shop.inbox), "messages": [MAIL], **more}
    schedule = shop.store.add_schedule("Mornings", Definition(**told).to_dict(), secret="whsec_c2VjcmV0")  # type: ignore[arg-type]
    ids = []
    for place, _ in enumerate(states):
        name = f"2026-11-{place + 1:02d}.csv"
        told = {"key": name, "stamp": "1", "name": name, "turn": name, "paths": [name], "size_bytes": 9}
        ids.append(shop.store.add_arrival(schedule.id, **told).id)  # type: ignore[union-attr]
    run = shop.store.add_run(schedule.id, slot=schedule.created_at, kind=kind, arrival_ids=ids)  # type: ignore[arg-type]
    assert run is not None
    for place, (arrival_id, state) in enumerate(zip(ids, states, strict=True)):
        more = {"state": state}
        if state == "done":
            result = add_result(shop.store, sessions(14, seed=place), f"{place}.csv")
            more |= {"result_id": result.id, "dataset_id": result.dataset_id}
        elif state != "taken":
            more["problem"] = ScheduleError(
                "Its columns differ: new: “coupon”.", remedy="Accept them."
            ).to_dict()
        shop.store.change_arrival(arrival_id, **more)
    return schedule, run, [shop.store.arrival(one) for one in ids]


def test_a_message_says_what_came_what_changed_and_what_needs_a_person(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str, str]] = []
    monkeypatch.setattr(running, "notify", lambda url, title, body, _: sent.append((url, title, body)))
    _, run, arrivals = run_of(shop, "done", "needs_person")
    told = {
        "audience": "Likely buyers",
        "audience_id": "a",
        "n": 20,
        "treated": 18,
        "held_out": 2,
        "sent": [],
    }
    shop.store.change_arrival(arrivals[0].id, list=told)
    for _ in range(2):
        running.tell(run.id, shop.store)
    ((url, title, body),) = sent
    assert (url, title) == (MAIL, "Mornings: 1 new export, 1 to look at")
    assert "- 2026-11-01.csv: 2,800 sessions; list “Likely buyers” with 18 to contact, 2 held out." in body
    assert "- 2026-11-02.csv: Its columns differ: new: “coupon”. Accept them." in body
    assert "against the 7 days before" in body
    assert "Conversion: " in body
    assert "secret" not in body
    assert running.end(run.id, shop.store) == "needs_person"


def test_a_message_that_may_have_gone_out_is_not_sent_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    _, run, _ = run_of(shop)
    monkeypatch.setattr(running, "notify", die)
    with pytest.raises(SystemExit):
        running.tell(run.id, shop.store)
    monkeypatch.setattr(running, "notify", lambda *_: pytest.fail("sent again"))
    running.tell(run.id, shop.store)
    assert (shop.store.run(run.id).digest or {})["state"] == "sending"
    assert running.end(run.id, shop.store) == "missed"


def test_a_message_that_is_refused_is_said_without_its_address(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NotDelivered("The message was not taken.")

    monkeypatch.setattr(running, "notify", refuse)
    _, run, _ = run_of(shop)
    running.tell(run.id, shop.store)
    digest = shop.store.run(run.id).digest or {}
    assert (digest["state"], digest["problem"]) == ("failed", "mailtos: The message was not taken.")
    assert "No export came in time" in digest["text"]


@pytest.mark.parametrize(("told", "sent"), [("always", 1), ("problems", 0), ("never", 0)])
def test_messages_are_sent_when_they_are_wanted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, told: str, sent: int
) -> None:
    calls: list[object] = []
    monkeypatch.setattr(running, "notify", lambda *given: calls.append(given))
    _, run, _ = run_of(shop, "done", told=told)
    running.tell(run.id, shop.store)
    assert len(calls) == sent


def test_a_place_that_is_away_is_tried_again_and_one_that_has_the_list_is_left_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def send(_s: Schedule, _d: Definition, _a: Arrival, place: str, _st: object) -> str:
        tries.append(place)
        if tries.count("webhook") == 1 and place == "webhook":
            raise SourceError("It answered 503.")
        return place

    monkeypatch.setattr(running.lists, "send", send)
    monkeypatch.setattr(running, "PAUSES", (0.0,))
    schedule, _, (arrival,) = run_of(
        shop, "taken", audience="a", destination="d", webhook="https://crm.example"
    )
    told = {"audience": "A", "audience_id": "a", "n": 2, "treated": 2, "held_out": 0, "sent": []}
    shop.store.change_arrival(arrival.id, list=told)
    for _ in range(2):
        assert running.take_step("send", arrival.id, shop.store) == "ok"
    assert tries == ["destination", "webhook", "webhook"]
    assert [one["to"] for one in (shop.store.arrival(arrival.id).list or {})["sent"]] == [
        "destination",
        "webhook",
    ]
    # Ids that leave are in the audit log as those that are downloaded: to where, and of how many.
    logged = [entry for entry in entries(settings=shop.settings) if entry.action == "ids_sent"]
    assert [(one.subject, one.detail["to"], one.detail["people"]) for one in logged] == [
        ("A", "webhook", 2), ("A", "destination", 2),
    ]  # fmt: skip
    # One that stays away fails, says so, and can be tried again.
    shop.store.change_arrival(arrival.id, list=told)
    tries[:] = []
    monkeypatch.setattr(running, "PAUSES", ())
    assert running.take_step("send", arrival.id, shop.store) == "over"
    failed = shop.store.arrival(arrival.id)
    assert (failed.state, (failed.problem or {})["message"]) == ("failed", "It answered 503.")
    assert read_definition(schedule.definition).webhook == "https://crm.example"


def test_what_has_changed_since_it_was_whole_is_looked_at_again(shop: Shop) -> None:
    (shop.inbox / "2026-11-01.csv").write_text("session_id,clicks\na,1\n")
    _, _, (arrival,) = run_of(shop, "taken")
    assert running.take_step("fetch", arrival.id, shop.store) == "over"
    assert shop.store.arrival(arrival.id).state == "seen"
    assert shop.store.datasets() == ()


def test_a_bucket_that_fails_in_passing_while_a_run_looks_again_is_asked_again(
    s3: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAUSES", (0.0,))
    bucket = {"sources": ("s3://bucket/in",), "s3_endpoint_url": s3}
    shop.store.settings = shop.settings.model_copy(update=bucket)
    put(s3, **{"in/2026-11-01.csv": "session_id,clicks\na,1\n"})
    _, _, (arrival,) = run_of(shop, "taken", source="s3://bucket/in")
    with failing(1):
        assert running.take_step("fetch", arrival.id, shop.store) == "over"
    # Its stamp isn't that of the bucket: it was asked for, and is looked at again.
    assert shop.store.arrival(arrival.id).state == "seen"


def test_whoever_may_not_write_schedules_changes_nothing(shop: Shop) -> None:
    schedule, _, (arrival,) = run_of(shop, "needs_person")
    with acting_as(Identity(role="analyst", via="account")):
        for change in (
            lambda: service.save("Other", Definition(source=str(shop.inbox))),
            lambda: service.switch(schedule.id, on=True),
            lambda: service.run_now(schedule.id),
            lambda: service.accept(arrival.id),
            lambda: service.leave_out(arrival.id),
            lambda: service.delete(schedule.id),
        ):
            with pytest.raises(Exception, match="Not allowed for the role of analyst"):
                change()
    assert len(shop.store.schedules()) == 1
    assert shop.store.arrival(arrival.id).state == "needs_person"
