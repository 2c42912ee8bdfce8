"""Which of day and month stands first where no date shows it: told by what else the file says, or asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.base.errors import MappingError
from core.ingest import SourceFile, ingest_files, inspect, inspect_files
from core.ingest.columns import date_order
from tests.core.ingest.reading import SETTINGS, write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,visitor_id,timestamp,event_type,revenue"


def rows(*days: str, head: str = HEAD, more: tuple[str, ...] = ()) -> str:
    cells = [f",{cell}" for cell in more] or [""] * len(days)
    made = (
        f"s{n},v{n},{day},purchase,20{cell}" for n, (day, cell) in enumerate(zip(days, cells, strict=True))
    )
    return "\n".join([head, *made, ""])


def asks(path: Path) -> bool:
    found = inspect(path)
    assert found.needs_mapping == bool(found.question)
    return found.needs_mapping


@pytest.mark.parametrize(
    "days", [("3/2/2026 10:00", "4/5/2026 11:00"), ("03-02-2026", "04-05-2026"), ("3/2/26 9:00",)]
)
def test_what_nothing_tells_is_asked(tmp_path, days):
    path = write(tmp_path, rows(*days))
    assert asks(path)
    assert f"“timestamp” ({days[0]})" in (inspect(path).question or "")
    with pytest.raises(MappingError, match="day/month or month/day") as told:
        ingest_files([SourceFile(path, path.name)], tmp_path / "out", settings=SETTINGS)
    assert "day_first" in str(told.value.remedy)


@pytest.mark.parametrize(("day_first", "month"), [(True, 2), (False, 3)])
def test_the_answer_is_followed(tmp_path, day_first, month):
    found = export_of(write(tmp_path, rows("3/2/2026 10:00", "4/5/2026 11:00")), day_first=day_first)
    assert found.by_id["s0"]["started_at"].month == month
    assert found.says("could be day/month") is None
    assert found.says("are read as day/month" if day_first else "are read as month/day") is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "month", "why"),
    [
        (
            rows("3/2/2026", "4/5/2026", head=f"{HEAD},shipped", more=("14/2/2026", "9/5/2026")),
            2,
            "“shipped”",
        ),
        (
            rows("3/2/2026", "4/5/2026", head=f"{HEAD},shipped", more=("2/14/2026", "5/9/2026")),
            3,
            "“shipped”",
        ),
        (rows("3/2/2026", "4/5/2026", head=f"{HEAD},day", more=("2026-02-03", "2026-05-04")), 2, "“day”"),
        (rows("3/2/2026", "4/5/2026", head=f"{HEAD},weekday", more=("Monday", "Sunday")), 3, "“weekday”"),
        (rows("3/2/2026", "4/5/2026", head=f"{HEAD},tag", more=("Dienstag", "Montag")), 2, "“tag”"),
        (rows("1/12/2025", "2/1/2025", "3/2/2025", "4/1/2025", "5/3/2025", "6/2/2025"), 1, "in order"),
        (
            rows("12/10/2025", "1/11/2025", "2/12/2025", "4/12/2025", "3/1/2026", "4/1/2026"),
            10,
            "in order",
        ),
        (rows(*(f"{day}/2/2026" for day in (4, 3, 7, 5, 8, 6))), 2, "spread over"),
        (rows(*(f"2/{day}/2026" for day in (4, 3, 7, 5, 8, 6))), 2, "spread over"),
    ],
)
def test_what_else_the_file_says_tells(tmp_path, text, month, why):
    path = write(tmp_path, text)
    assert not asks(path)
    found = export_of(path)
    assert found.by_id["s0"]["started_at"].month == month
    assert found.says("are read as", why) == "info"


def test_no_visit_is_of_the_future(tmp_path, monkeypatch):
    monkeypatch.setattr(date_order, "today", lambda: date(2026, 2, 1))
    path = write(tmp_path, rows("1/11/2026", "1/12/2026"))
    assert not asks(path)
    assert export_of(path).by_id["s0"]["started_at"].month == 1


@pytest.mark.parametrize(("name", "month"), [("visits_2026-02.csv", 2), ("visits-202603.csv", 3)])
def test_the_name_of_the_file_tells(tmp_path, name, month):
    path = write(tmp_path, rows("3/2/2026 10:00", "3/2/2026 11:00"), name)
    assert not asks(path)
    assert export_of(path).by_id["s0"]["started_at"].month == month


@pytest.mark.parametrize(
    ("text", "month"),
    [
        (rows("3/2/2026", "4/5/2026").replace(",", ";"), 2),
        (rows("3/2/2026 10:00 PM", "4/5/2026 1:00 AM"), 3),
        (rows("3/2/2026", "4/5/2026", head=HEAD.replace("timestamp", "zeitstempel")), 2),
    ],
)
def test_what_is_usual_is_said_to_be_checked(tmp_path, text, month):
    path = write(tmp_path, text)
    assert inspect(path).question is None
    found = export_of(path)
    assert found.by_id["s0"]["started_at"].month == month
    assert found.says("could be day/month or month/day", "as is usual") == "warning"


def test_another_file_tells(tmp_path):
    first = write(tmp_path, rows("3/2/2026", "4/5/2026"), "a.csv")
    second = write(tmp_path, rows("3/25/2026", "4/5/2026").replace("s0", "t0").replace("s1", "t1"), "b.csv")
    found = inspect_files([SourceFile(path, path.name) for path in (first, second)])
    assert (found.needs_mapping, found.question) == (False, None)
    assert export_of(first, second).by_id["s0"]["started_at"].month == 3


def test_a_file_longer_than_its_head_is_not_asked_about(tmp_path):
    days = ["3/2/2026", "4/5/2026"] * 1200
    assert not asks(write(tmp_path, rows(*days, "3/25/2026")))
    found = export_of(tmp_path / "file.csv")
    assert found.by_id["s0"]["started_at"].month == 3


@pytest.mark.parametrize(
    "days", [("2026-03-02",), ("3.2.2026", "4.5.2026"), ("3/3/2026",), ("25/3/2026", "1/2/2026")]
)
def test_dates_that_show_it_are_not_asked_about(tmp_path, days):
    assert not asks(write(tmp_path, rows(*days)))
