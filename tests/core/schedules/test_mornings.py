"""Whole mornings: a real folder, a real worker, a real receiver; nothing is lost, and nothing done twice."""

from __future__ import annotations

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
from tests.core.schedules.mornings import Shop, first_result, settled, shop_at, working

__all__ = ["receiver"]

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
        settled(shop, schedule)
        result = first_result(shop, schedule)
        assert (result.state, result.n_sessions, result.bundle) == ("done", 400, "own")
        audience = shop.audience(result)
        told = {"audience": audience, "destination": str(shop.lists), "webhook": receiver.url}
        schedule = service.save("Mornings", changed(schedule, **told), schedule_id=schedule.id)
        # Two days at once, the later one first.
        shop.write("2026-11-04.csv", day=4)
        shop.write("2026-11-03.csv", day=3)
        runs = settled(shop, schedule, runs=2)
        arrivals = shop.arrivals(schedule)
        assert [one.state for one in arrivals.values()] == ["done"] * 3, arrivals
        names = [one.name for run in runs[1:] for one in shop.store.arrivals_of(run.id)]
        assert names == sorted(names)
        # The corrected export of a day takes the place of the first.
        shop.write("2026-11-03.csv", day=3, n=300)
        settled(shop, schedule, runs=len(runs) + 1)
        told_home = dashboard(Choice(range="all"))
        assert told_home is not None
        assert told_home.total.n == 400 + 300 + 400
        # A column nobody knows waits for a person, and isn't scored.
        shop.write("2026-11-05.csv", day=5, coupon="X")
        last = settled(shop, schedule, runs=len(runs) + 2)[-1]
        asked = shop.arrivals(schedule)["2026-11-05.csv"]
        assert (last.state, asked.state, asked.result_id) == ("needs_person", "needs_person", None)
        assert "new: “coupon”" in str((asked.problem or {})["message"])
        service.accept(asked.id)
        settled(shop, schedule, runs=len(runs) + 3)
        assert shop.arrivals(schedule)["2026-11-05.csv"].state == "done"
    lists = sorted(path.name for path in shop.lists.iterdir())
    assert lists == [f"mornings_likely-buyers_2026-11-0{day}.csv" for day in (3, 4, 5)]
    ids = pd.read_csv(shop.lists / lists[1])
    assert list(ids) == ["visitor_id"]
    drawn = shop.arrivals(schedule)["2026-11-04.csv"].list or {}
    assert (len(ids), drawn["n"]) == (drawn["treated"], 200)
    assert 50 < drawn["held_out"] < 150
    # One message each: two days, the correction, and the accepted one.
    assert len(receiver.ids) == len(set(receiver.ids)) == 4
    for headers, body in receiver.requests:
        data = Webhook(schedule.secret).verify(body, headers)["data"]
        assert data["csv"].startswith("visitor_id\n")


def changed(schedule: Schedule, **more: object) -> Definition:
    return replace(read_definition(schedule.definition), **more)  # type: ignore[arg-type]
