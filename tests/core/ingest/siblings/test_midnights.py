"""Visits that an export cuts at midnight, or while the visitor is still there: said with their number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

CUT = "after midnight under another session id"
SOON = "minutes of the same visitor's last one"


def visits(folder: Path, *rows: str, **more: object) -> Export:
    events = "".join(f"{row},page_view\n" for row in rows)
    return export_of(write(folder, f"session_id,visitor_id,timestamp,event_type\n{events}"), **more)


@pytest.mark.parametrize(
    ("rows", "cut", "soon"),
    [
        (["a,v1,2026-03-02 23:50:00", "b,v1,2026-03-03 00:05:00"], "warning", None),
        (["a,v1,2026-03-02 23:50:00", "b,v1,2026-03-03 00:25:00"], None, None),
        (["a,v1,2026-03-02 23:50:00", "b,v2,2026-03-03 00:05:00"], None, None),
        (["a,v1,2026-03-02 23:50:00", "a,v1,2026-03-03 00:05:00"], None, None),
        (["a,,2026-03-02 23:50:00", "b,,2026-03-03 00:05:00"], None, None),
        (["a,v1,2026-03-02 12:50:00", "b,v1,2026-03-02 13:05:00"], None, "info"),
        (["a,v1,2026-03-02T23:50:00+01:00", "b,v1,2026-03-03T00:05:00+01:00"], "warning", None),
        (["a,v1,2026-03-03T00:50:00+01:00", "b,v1,2026-03-03T01:05:00+01:00"], None, "info"),
    ],
)
def test_visits_that_go_on_under_another_id_are_said(tmp_path, rows, cut, soon):
    found = visits(tmp_path, *rows)
    assert (found.says("1 visit goes", CUT), found.says("1 session begins", SOON)) == (cut, soon)


def test_without_the_session_id_they_are_one_as_is_said(tmp_path):
    rows = ("a,v1,2026-03-02 23:50:00", "b,v1,2026-03-03 00:05:00")
    apart = visits(tmp_path, *rows)
    assert (len(apart.rows), apart.says(CUT, "leave the session id unmapped")) == (2, "warning")
    columns = {"visitor_id": "visitor_id", "timestamp": "timestamp", "event_type": "event_type"}
    joined = visits(tmp_path, *rows, columns=columns)
    assert (len(joined.rows), joined.says(CUT)) == (1, None)


def test_the_shops_midnight_counts(tmp_path):
    rows = ("a,v1,2026-03-02T22:50:00Z", "b,v1,2026-03-02T23:05:00Z")
    assert visits(tmp_path, *rows).says(CUT) is None
    assert visits(tmp_path, *rows, time_zone="Europe/Berlin").says(CUT) == "warning"


@pytest.mark.parametrize(
    ("second", "cut"), [("2026-03-03 00:01:00", "warning"), ("2026-03-03 00:40:00", None)]
)
def test_session_rows_that_go_on_after_midnight_are_said(tmp_path, second, cut):
    rows = f"a,v1,2026-03-02 23:20:00,2340,4\nb,v1,{second},120,3\n"
    head = "session_id,visitor_id,started_at,duration,page_views"
    found = export_of(write(tmp_path, f"{head}\n{rows}"))
    assert found.says("1 visit goes", CUT, "export events") == cut


@pytest.mark.parametrize("small", [0, 1 << 20])
def test_a_long_log_is_looked_at_around_midnight(tmp_path, monkeypatch, small):
    monkeypatch.setattr("core.ingest.settling.midnights._MOST_EVENTS", 0)
    monkeypatch.setattr("core.ingest.settling.log.SMALL_BYTES", small)
    rows = ("a,v1,2026-03-02 23:50:00", "b,v1,2026-03-03 00:05:00", "c,v2,2026-03-02 12:50:00")
    found = visits(tmp_path, *rows, "d,v2,2026-03-02 13:05:00")
    assert (found.says("1 visit goes", CUT), found.says(SOON)) == ("warning", None)
