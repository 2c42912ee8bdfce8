"""Google Analytics 4 exports of one day, of which one replaces the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.ingest import SourceFile
from core.ingest.files.daily_tables import find_superseded
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of


def event(n: int, name: str, medium: str, **more: object) -> str:
    record = {
        "event_timestamp": str(1772445600000123 + n * 1_000_000), "event_name": name, "user_pseudo_id": "u.1",
        "event_params": [{"key": "ga_session_id", "value": {"int_value": "1772445600"}}],
        "traffic_source": {"medium": medium}, **more,
    }  # fmt: skip
    return json.dumps(record) + "\n"


def day(medium: str) -> str:
    bought = event(9, "purchase", medium, ecommerce={"transaction_id": "T1", "purchase_revenue": "40"})
    return "".join(event(n, "page_view", medium) for n in range(3)) + bought


def read(folder: Path, **files: str) -> Export:
    return export_of(*(write(folder, text, f"{name}.json") for name, text in files.items()))


@pytest.mark.parametrize("early", ["events_intraday_20260302", "events_fresh_20260302"])
@pytest.mark.parametrize("final_first", [True, False])
def test_the_final_day_replaces_what_came_before_it(tmp_path, early, final_first):
    files = {early: day("(none)"), "events_20260302": day("email") + event(5, "page_view", "email")}
    found = read(tmp_path, **dict(sorted(files.items(), reverse=not final_first)))
    assert (len(found.rows), found.rows[0]["page_views"], found.revenue) == (1, 4, 40)
    assert found.rows[0]["channel"] == "email"
    assert found.says(early, "final table") == "info"


def test_an_intraday_day_without_a_final_one_counts(tmp_path):
    found = read(tmp_path, events_intraday_20260303=day("(none)"))
    assert found.rows[0]["page_views"] == 3


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_one_day_exported_twice_under_other_names(tmp_path, names):
    """What stands in both for different details counts once, as the file with more rows has it."""
    early, late = names
    found = read(tmp_path, **{early: day("(none)"), late: day("email") + event(5, "page_view", "email")})
    assert (found.rows[0]["page_views"], found.rows[0]["channel"], found.revenue) == (4, "email", 40)
    assert found.says("4 events are in two files", "more rows") == "warning"


def test_two_days_are_both_read():
    names = [
        "events_20260301.json",
        "events_intraday_20260302.json",
        "x/events_20260303/events_intraday_20260304",
    ]
    assert find_superseded([SourceFile(Path(name), name) for name in names]) == []
