"""Whole mornings: a real folder, a real worker, a real receiver; nothing is lost, and nothing done twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from standardwebhooks import Webhook

from core.schedules import service
from core.schedules.definition import Definition, read_definition
from core.services.dashboard import Choice, dashboard
from core.storage import Schedule
from tests.core.rules.conftest import Receiver, receiver
from tests.core.schedules.mornings import Shop, first_result, older, settled, shop_at, working
from tests.s3 import content, keys, put, s3
from tests.serving import wait_until

__all__ = ["receiver", "s3"]

HELD_WORKER = str(Path(__file__).with_name("held_worker.py"))

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with shop_at(tmp_path, monkeypatch) as made:
        yield made


def test_a_week_of_exports_comes_in_by_itself(shop: Shop, receiver: Receiver) -> None:
    shop.write("2026-11-02.csv", day=2)
    (shop.inbox / "2026-11-03.csv.part").write_text("session_id,clicks\n")
    schedule = shop.schedule(pattern="*.csv")
    with working(shop.settings):
        settled(shop, schedule, came=1)
        result = first_result(shop, schedule)
        assert (result.state, result.n_sessions, result.bundle) == ("done", 400, "own")
        audience = shop.audience(result)
        told = {"audience": audience, "destination": str(shop.lists), "webhook": receiver.url}
        schedule = service.save("Mornings", changed(schedule, **told), schedule_id=schedule.id)
        shop.write("2026-11-04.csv", day=4)
        shop.write("2026-11-03.csv", day=3)
        settled(shop, schedule, came=3)
        assert [one.state for one in shop.arrivals(schedule).values()] == ["done"] * 3
        # The corrected export of a day takes the place of the first.
        shop.write("2026-11-03.csv", day=3, n=300)
        settled(shop, schedule, came=4)
        told_home = dashboard(Choice(range="all"))
        assert told_home is not None
        assert told_home.total.n == 400 + 300 + 400
        # A column nobody knows waits for a person, and isn't scored.
        shop.write("2026-11-05.csv", day=5, coupon="X")
        settled(shop, schedule, came=5)
        asked = shop.arrivals(schedule)["2026-11-05.csv"]
        assert (asked.state, asked.result_id) == ("needs_person", None)
        assert "new: “coupon”" in str((asked.problem or {})["message"])
        service.accept(asked.id)
        settled(shop, schedule, came=5)
        went_on = shop.arrivals(schedule)["2026-11-05.csv"]
        assert went_on.state == "done", went_on.problem
        # The same content under another name is left alone, and so is what was only touched.
        (shop.inbox / "2026-11-06.csv").write_bytes((shop.inbox / "2026-11-04.csv").read_bytes())
        older(shop.inbox / "2026-11-04.csv", hours=1)
        settled(shop, schedule, came=7)
        assert [one.state for one in shop.store.arrivals(schedule.id)].count("same") == 2
        assert len(shop.store.datasets()) == 5
    lists = sorted(path.name for path in shop.lists.iterdir())
    assert lists == [f"mornings_likely-buyers_2026-11-0{day}.csv" for day in (3, 4, 5)]
    ids = pd.read_csv(shop.lists / lists[1])
    assert list(ids) == ["visitor_id"]
    done = shop.store.arrivals(schedule.id, states=("done",))
    drawn = next(one.list for one in done if one.name == "2026-11-04.csv") or {}
    assert (len(ids), drawn["n"]) == (drawn["treated"], 200)
    assert 50 < drawn["held_out"] < 150
    # One message each: two days, the correction, and the accepted one.
    assert len(receiver.ids) == len(set(receiver.ids)) == 4
    for headers, body in receiver.requests:
        data = Webhook(schedule.secret).verify(body, headers)["data"]
        assert data["csv"].startswith("visitor_id\n")


def test_exports_come_from_a_bucket_and_lists_go_to_one(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = {
        "PREDICTOR_SOURCES": '["s3://bucket/in"]',
        "PREDICTOR_DESTINATIONS": '["s3://bucket/lists"]',
        "PREDICTOR_S3_ENDPOINT_URL": s3,
    }
    with shop_at(tmp_path, monkeypatch, **bucket) as shop:

        def arrive(name: str, day: int, **more: object) -> None:
            put(s3, **{f"in/shop/{name}": shop.write(name, day=day, **more).read_text()})

        arrive("2026-11-02.csv", 2)
        put(s3, **{"in/shop/2026-11-03.csv.part": "session_id,clicks\n", "in/other/x.csv": "a,b\n"})
        schedule = shop.schedule(source="s3://bucket/in", folder="shop", pattern="*.csv")
        with working(shop.settings):
            settled(shop, schedule, came=1)
            audience = shop.audience(first_result(shop, schedule))
            told = {"audience": audience, "destination": "s3://bucket/lists"}
            schedule = service.save("Mornings", changed(schedule, **told), schedule_id=schedule.id)
        # What came while no worker ran is caught up, in the order of its days.
        arrive("2026-11-04.csv", 4)
        arrive("2026-11-03.csv", 3)
        with working(shop.settings):
            settled(shop, schedule, came=3)
            assert [one.state for one in shop.arrivals(schedule).values()] == ["done"] * 3
            arrive("2026-11-03.csv", 3, n=300)
            # Put there again as it was, with a new time.
            put(s3, **{"in/shop/2026-11-04.csv": content(s3, "in/shop/2026-11-04.csv")})
            settled(shop, schedule, came=5)
        assert [one.state for one in shop.store.arrivals(schedule.id)].count("same") == 1
        assert len(shop.store.datasets()) == 4
    lists = sorted(key for key in keys(s3) if key.startswith("lists/"))
    assert lists == [f"lists/mornings_likely-buyers_2026-11-0{day}.csv" for day in (3, 4)]
    assert content(s3, lists[1]).count("\n") == 1 + 200 - _held_out(shop, schedule, "2026-11-04.csv")


def _held_out(shop: Shop, schedule: Schedule, name: str) -> int:
    done = shop.store.arrivals(schedule.id, states=("done",))
    drawn = next(one.list for one in done if one.name == name) or {}
    return int(drawn["held_out"])


def changed(schedule: Schedule, **more: object) -> Definition:
    return replace(read_definition(schedule.definition), **more)  # type: ignore[arg-type]


def test_a_run_that_is_killed_in_every_step_ends_right_once(shop: Shop, receiver: Receiver) -> None:
    shop.write("2026-11-02.csv", day=2)
    schedule = shop.schedule()
    with working(shop.settings):
        settled(shop, schedule, came=1)
    audience = shop.audience(first_result(shop, schedule))
    told = {"audience": audience, "destination": str(shop.lists), "webhook": receiver.url}
    service.save("Mornings", changed(schedule, **told), schedule_id=schedule.id)
    shop.write("2026-11-03.csv", day=3)
    for step in ("fetch", "check", "score", "send", "finish"):
        with working(shop.settings, HELD_WORKER, step) as worker:
            wait_until((shop.settings.data_dir / f"held-{step}").exists, what=f"the worker to hold in {step}")
            os.kill(int(worker.pid or 0), signal.SIGKILL)
    # Two at once go on with it, and with the day that came meanwhile.
    shop.write("2026-11-04.csv", day=4)
    with working(shop.settings), working(shop.settings):
        settled(shop, schedule, came=3)
    assert [one.state for one in shop.store.arrivals(schedule.id)] == ["done"] * 3
    assert sorted(dataset.name for dataset in shop.store.datasets()) == [
        f"2026-11-0{day}.csv" for day in (2, 3, 4)
    ]
    assert len(shop.store.results()) == 3
    assert len(list(shop.lists.iterdir())) == len(set(receiver.ids)) == 2
    home = dashboard(Choice(range="all"))
    assert home is not None
    assert home.total.n == 1200
