"""Files of several countries in one export: each is read by the order of days and months that it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

HEAD = "session_id,started_at,page_views,cart_adds,purchased,revenue"


@pytest.fixture
def read(tmp_path: Path):
    def read(**starts: list[str]) -> Export:
        files = []
        for name, found in starts.items():
            rows = (f"{name}{n},{start} 10:00:00,5,1,1,40" for n, start in enumerate(found))
            files.append(write(tmp_path, lines(HEAD, *rows), f"{name}.csv"))
        return export_of(*files)

    return read


def days(found: Export, name: str) -> list[str]:
    return [f"{row['started_at']:%m-%d}" for row in found.rows if row["session_id"].startswith(name)]


GERMAN, BRITISH, AMERICAN = (
    ["02.03.2026", "14.03.2026"],
    ["04/03/2026", "14/03/2026"],
    ["03/04/2026", "03/14/2026"],
)


@pytest.mark.parametrize("european", [GERMAN, BRITISH])
def test_each_file_shows_its_own_order(read, european):
    for found in (read(eu=european, us=AMERICAN), read(a=AMERICAN, eu=european)):
        us = "us" if days(found, "us") else "a"
        assert days(found, us) == ["03-04", "03-14"]
        assert days(found, "eu") == [f"03-{start[:2]}" for start in european]
        assert not found.report.rejected


def test_a_file_that_shows_none_is_read_as_the_others_that_do(read):
    found = read(us=AMERICAN, more=["03/05/2026", "03/06/2026"], iso=["2026-03-07", "2026-03-08"])
    assert days(found, "more") == ["03-05", "03-06"]
    assert days(found, "iso") == ["03-07", "03-08"]


def test_a_file_that_shows_none_is_in_doubt_where_others_differ(read):
    found = read(de=GERMAN, us=AMERICAN, more=["03/05/2026", "03/06/2026"])
    assert days(found, "us") == ["03-04", "03-14"]
    assert found.says("could be day/month or month/day", "read as day/month") == "warning"


def test_each_file_shows_its_own_decimal_sign(tmp_path):
    head = HEAD.replace(",", ";")
    amounts = {"de": ["1.299,50", "8,90", "7,25"], "us": ["1,299.50", "8.90"], "no": ["12", "5"]}
    files = []
    for name, found in amounts.items():
        rows = (f"{name}{n};2026-03-0{n + 1} 10:00:00;5;1;1;{a}" for n, a in enumerate(found))
        files.append(write(tmp_path, lines(head, *rows), f"{name}.csv"))
    revenue = {row["session_id"]: row["revenue"] for row in export_of(*files).rows}
    assert revenue == {
        "de0": 1299.5,
        "de1": 8.9,
        "de2": 7.25,
        "us0": 1299.5,
        "us1": 8.9,
        "no0": 12,
        "no1": 5,
    }
