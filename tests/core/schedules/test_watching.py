"""What counts as an export, in which order they come, and when one is whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.base.errors import ScheduleError
from core.base.settings import Settings
from core.schedules import watching
from core.schedules.definition import Definition
from core.schedules.watching import day_of, watch


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", sources=(str(tmp_path / "in"),), DATABASE_URL=None)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def names(settings: Settings, inbox: Path, **more: object) -> list[str]:
    return [one.name for one in watch(Definition(source=str(inbox), **more), settings)]  # type: ignore[arg-type]


def test_what_is_half_or_a_marker_is_no_export(settings: Settings, inbox: Path) -> None:
    for name in (
        "b.csv",
        "a.csv.part",
        "c.csv.tmp",
        ".d.csv",
        "~e.csv",
        "b.csv.done",
        "_SUCCESS",
        "f.CSV",
        "g.txt",
    ):
        (inbox / name).write_text("x\n")
    assert sorted(names(settings, inbox, pattern="*.csv, *.gz")) == ["b.csv", "f.CSV"]
    marked = {one.name: one.marked for one in watch(Definition(source=str(inbox), pattern="*.csv"), settings)}
    assert marked == {"b.csv": True, "f.CSV": False}


def test_exports_come_in_the_order_of_their_days(settings: Settings, inbox: Path) -> None:
    for name in ("shop_20261103.csv", "shop_2026-11-01.csv", "shop.2026.11.02.csv"):
        (inbox / name).write_text("x\n")
    assert [name[5:].replace("-", "").replace(".", "")[:8] for name in names(settings, inbox)] == [
        "20261101", "20261102", "20261103"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-11-29.csv", date(2026, 11, 29)),
        ("export_20261129_v2.csv", date(2026, 11, 29)),
        ("2026-13-01.csv", None),
        ("2026-02-30.csv", None),
        ("order-1202611291.csv", None),
        ("latest.csv", None),
    ],
)
def test_a_day_is_read_from_a_name(name: str, day: date | None) -> None:
    assert day_of(name) == day


def test_a_folder_of_a_day_is_one_export_once_no_part_is_half(settings: Settings, inbox: Path) -> None:
    day, other = inbox / "2026-11-29", inbox / "archive"
    for folder in (day, other):
        folder.mkdir()
        (folder / "part-1.csv").write_text("x\n")
    (day / "part-2.csv.part").write_text("x\n")
    assert names(settings, inbox) == []
    (day / "part-2.csv.part").rename(day / "part-2.csv")
    (day / "_SUCCESS").touch()
    (found,) = watch(Definition(source=str(inbox)), settings)
    assert (found.paths, found.marked) == (("2026-11-29/part-1.csv", "2026-11-29/part-2.csv"), True)
    (day / "part-3.csv").write_text("x\n")
    assert watch(Definition(source=str(inbox)), settings)[0].stamp != found.stamp


def test_a_folder_with_too_much_in_it_is_refused(
    settings: Settings, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_FILES", 2)
    for name in ("a.csv", "b.csv"):
        (inbox / name).write_text("x\n")
    with pytest.raises(ScheduleError, match="what is new can't be told"):
        watch(Definition(source=str(inbox)), settings)
