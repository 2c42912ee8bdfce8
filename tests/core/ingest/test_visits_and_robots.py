"""Ids that start again within hours, monitors without a name, and days of the week without a date."""

from __future__ import annotations

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of
from tests.core.ingest.test_meaning_siblings import HEAD, lines


def events(*rows: str) -> str:
    """Write page views: ``session visitor day clock``."""
    return lines(HEAD, *("{},{},2026-03-{} {}:00,page_view".format(*row.split(" ")) for row in rows))


@pytest.mark.parametrize(
    ("files", "n_sessions", "says"),
    [
        # two files of half a day each
        ([[f"{i} v{i} 02 0{i}:00" for i in (1, 2, 3)], [f"{i} v{i} 02 1{i}:00" for i in (1, 2, 3)]], 6, True),
        # the same visitor, hours later
        ([["1 v1 02 08:00", "1 v1 02 08:10", "1 v1 02 13:00", "2 v2 02 08:00"]], 3, True),
        # numbers that start again every two hours
        ([[f"{i} v{i} 02 {h:02}:{10 * i}" for h in (8, 10, 12) for i in (1, 2, 3)]], 9, True),
        # a long lunch, once
        ([["a v1 02 11:00", "a v1 02 13:00", "b v2 02 11:00", "c v3 02 11:00"]], 3, False),
        # a day without a time of day is read as midnight, which is no silence
        ([[f"{i} v{i} 0{i} {clock}" for i in range(1, 5) for clock in ("00:00", "10:00")]], 4, False),
    ],
)
def test_ids_that_start_again_within_hours(tmp_path, files, n_sessions, says):
    paths = [write(tmp_path, events(*rows), f"{n}.csv") for n, rows in enumerate(files)]
    found = export_of(*paths)
    assert len(found.rows) == n_sessions
    assert (found.says("start") == "warning") is says


MINUTES = [f"{2 + i // 1440:02} {i // 60 % 24:02}:{i % 60:02}" for i in range(0, 2880, 5)]
PEOPLE = ["a p1 02 10:02", "b p2 02 11:13", "b p2 02 11:21", "c p3 03 09:48"]


@pytest.mark.parametrize("page", ["/health", "/p{}"], ids=["one page", "any page"])
def test_a_monitor_with_a_new_visitor_id_each_time(tmp_path, page):
    rows = [f"m{i} x{i} {moment}" for i, moment in enumerate(MINUTES)]
    text = events(*PEOPLE, *rows).replace("event_type", "event_type,page").replace("page_view", "page_view,/")
    head, *body = text.splitlines()
    body = [row[:-1] + page.format(i % 7) if row[0] == "m" else row for i, row in enumerate(body)]
    found = export_of(write(tmp_path, lines(head, *body)))
    assert found.column("visitor_id") == ["p1", "p2", "p3"]
    assert (found.report.robots, found.says("robots")) == (len(rows), "warning")


def test_people_who_come_at_random_are_no_monitor(tmp_path):
    clocks = [
        f"{2 + i // 1440:02} {i // 60 % 24:02}:{i % 60:02}" for i in range(2880) if i * i % 101 % 5 == 0
    ]
    found = export_of(write(tmp_path, events(*(f"s{i} v{i} {clock}" for i, clock in enumerate(clocks)))))
    assert (found.report.robots, len(found.rows)) == (0, len(clocks))


@pytest.mark.parametrize("visitor", ["x{}", "monitor"])
def test_monitors_among_session_rows(tmp_path, visitor):
    rows = [f"m{i},{visitor.format(i)},2026-03-{moment}:00,1,0,0" for i, moment in enumerate(MINUTES)]
    people = [f"{i},p{i},2026-03-02 1{i}:17:00,{i},2,1" for i in (2, 3, 4)]
    found = export_of(
        write(tmp_path, lines("session_id,visitor_id,start,page_views,clicks,purchased", *people, *rows))
    )
    assert found.column("visitor_id") == ["p2", "p3", "p4"]
    assert (found.report.robots, found.says("robots left out")) == (len(rows), "warning")


@pytest.mark.parametrize(
    ("heading", "first", "weekend"),
    [
        ("is_weekend", 1, (1, 7)),
        ("Wochenende", 0, (0, 6)),
        ("is_weekend", 1, (6, 7)),
        ("is_weekend", 0, (5, 6)),
    ],
)
def test_days_of_the_week_by_what_is_a_weekend(tmp_path, heading, first, weekend):
    rows = [f"s{d},3,{d},{d + first},{int(d + first in weekend)},1" for d in range(7)]
    found = export_of(
        write(tmp_path, lines(f"session_id,page_views,clicks,weekday,{heading},purchased", *rows))
    )
    assert [row["is_weekday"] for row in found.rows] == [row["day_of_week"] <= 5 for row in found.rows]


def test_a_numbering_that_nothing_confirms_is_said(tmp_path):
    text = lines(
        "session_id,page_views,clicks,weekday,purchased", *(f"s{d},3,{d},{d},1" for d in range(1, 8))
    )
    assert export_of(write(tmp_path, text)).says("read with 1 as Monday") == "warning"
