"""What follows of a look: half of a file waits, what was missed is caught up, many looks at once are one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from core.schedules.definition import Definition
from core.schedules.looking import look
from core.storage import Run, Schedule
from tests.core.schedules.mornings import Shop, shop_at

#: 07:00 in Berlin on a Monday.
DUE = datetime(2026, 11, 30, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with shop_at(tmp_path, monkeypatch, model=False) as made:
        yield made


def watching(shop: Shop, *, since: datetime = DUE - 12 * HOUR, **more: object) -> Schedule:
    """Keep a schedule that is on since a moment, without a queue."""
    told = {"source": str(shop.inbox), **more}
    made = shop.store.add_schedule("Mornings", Definition(**told).to_dict(), secret="whsec_")  # type: ignore[arg-type]
    shop.store.change_schedule(made.id, is_on=True, ran_until=since, created_at=since)
    return shop.store.schedule(made.id)


def done(shop: Shop, run: Run) -> list[str]:
    """End a run as if its exports had been taken in; return their names."""
    arrivals = shop.store.arrivals_of(run.id)
    for one in arrivals:
        shop.store.change_arrival(one.id, state="done")
    shop.store.change_run(run.id, state="done" if arrivals else "missed")
    return [one.name for one in arrivals]


def put(shop: Shop, name: str, text: str = "session_id,clicks\na,1\n") -> Path:
    path = shop.inbox / name
    path.write_text(text)
    return path


def test_half_of_a_file_waits_until_it_was_the_same_twice(shop: Shop) -> None:
    watching(shop, when="arrival")
    path = put(shop, "2026-11-29.csv")
    assert shop.look() == []
    for _ in range(3):
        path.write_text(path.read_text() + "b,2\n")
        assert shop.look() == []
    (run,) = shop.look()
    assert done(shop, run) == ["2026-11-29.csv"]
    assert shop.look(3) == []


def test_an_empty_file_and_one_that_is_taken_away_are_not_taken(shop: Shop) -> None:
    watching(shop, when="arrival")
    put(shop, "2026-11-28.csv", "")
    path = put(shop, "2026-11-29.csv")
    shop.look()
    path.unlink()
    assert shop.look(3) == []
    put(shop, "2026-11-29.csv")
    assert shop.look() == []
    assert len(shop.look()) == 1


def test_with_a_marker_a_file_waits_for_its_own(shop: Shop) -> None:
    watching(shop, when="arrival", complete="marker")
    put(shop, "2026-11-28.csv")
    put(shop, "2026-11-29.csv")
    put(shop, "_SUCCESS", "")
    assert shop.look(3) == []
    put(shop, "2026-11-29.csv.done", "")
    assert done(shop, shop.look()[0]) == ["2026-11-29.csv"]


def test_days_that_were_missed_are_caught_up_in_order_by_one_run(shop: Shop) -> None:
    schedule = watching(shop, since=DUE - 96 * HOUR)
    for day in (29, 27, 28):
        put(shop, f"2026-11-{day}.csv")
    # Due for days: but what has just come is looked at twice first.
    assert shop.look(1, DUE + HOUR) == []
    (run,) = shop.look()
    assert (run.kind, run.slot) == ("due", DUE)
    assert done(shop, run) == [f"2026-11-{day}.csv" for day in (27, 28, 29)]
    assert shop.look(3, DUE + 2 * HOUR) == []
    assert len(shop.store.runs(schedule.id)) == 1


def test_a_run_waits_for_its_file_and_says_when_none_came(shop: Shop) -> None:
    watching(shop, wait_hours=2.0)
    assert shop.look(3, DUE - HOUR) == []
    assert shop.look(3, DUE + HOUR) == []
    (missed,) = shop.look(1, DUE + 2 * HOUR)
    assert done(shop, missed) == []
    # It comes late, and isn't left until tomorrow; nor is a correction.
    put(shop, "2026-11-29.csv")
    (late,) = shop.look(2, DUE + 5 * HOUR)
    assert (late.kind, done(shop, late)) == ("arrival", ["2026-11-29.csv"])
    put(shop, "2026-11-29.csv", "session_id,clicks\na,2\nb,3\n")
    (corrected,) = shop.look(2, DUE + 6 * HOUR)
    assert done(shop, corrected) == ["2026-11-29.csv"]
    # Another one's turn is tomorrow.
    put(shop, "2026-11-30.csv")
    shop.store.change_run(missed.id, state="done")
    assert [run.kind for run in shop.look(3, DUE + 7 * HOUR)] in ([], ["arrival"])


def test_looks_of_many_workers_at_once_are_one(shop: Shop) -> None:
    schedule = watching(shop, when="arrival")
    for day in (27, 28, 29):
        put(shop, f"2026-11-{day}.csv")
    for minute in range(3):
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(partial(look, shop.store), [DUE + minute * HOUR / 60] * 4))
        assert len(shop.store.runs(schedule.id)) == min(minute, 1)
    (run,) = shop.store.runs(schedule.id)
    assert len(shop.store.arrivals_of(run.id)) == len(shop.store.arrivals(schedule.id)) == 3
    # While it goes on there is no other one, and afterwards nothing is left to do.
    put(shop, "2026-11-30.csv")
    assert shop.look(3) == []
    done(shop, run)
    assert done(shop, shop.look()[0]) == ["2026-11-30.csv"]


def test_a_source_that_is_away_is_said_and_others_are_looked_at(shop: Shop) -> None:
    first, other = watching(shop, when="arrival", folder="day"), watching(shop, when="arrival")
    (shop.inbox / "day").mkdir()
    shop.look()
    assert shop.store.schedule(first.id).problem is None
    shutil.rmtree(shop.inbox / "day")
    put(shop, "2026-11-29.csv")
    assert [run.schedule_id for run in shop.look(2)] == [other.id]
    assert "not found" in str(shop.store.schedule(first.id).problem)
    (shop.inbox / "day").mkdir()
    shop.look()
    assert shop.store.schedule(first.id).problem is None


def test_a_query_is_asked_for_each_day_since_the_last_one(shop: Shop) -> None:
    schedule = watching(shop, since=DUE - 60 * HOUR, kind="query", database="shop", sql="SELECT 1")
    (run,) = shop.look(1, DUE)
    days = [date.fromisoformat(one.key) for one in shop.store.arrivals_of(run.id)]
    assert days == [date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 29)]
    done(shop, run)
    assert shop.look(2, DUE + HOUR) == []
    (tomorrow,) = shop.look(1, DUE + 24 * HOUR)
    assert done(shop, tomorrow) == ["Mornings 2026-11-30"]
    assert len(shop.store.arrivals(schedule.id)) == 5
