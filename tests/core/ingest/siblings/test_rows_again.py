"""Rows of one session in several daily files come to what they come to in one file."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from core.ingest.base.assumptions import added_up
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

HEAD = "session_id,started_at,page_views,cart_adds,purchased,revenue,order_id"
START = "2026-03-02 23:50:00"
NOTHING, BOUGHT = f"s1,{START},5,1,0,0,", f"s1,{START},9,2,1,40,o1"
OTHER = "s2,2026-03-03 10:00:00,3,0,0,0,"
OTHERS = [OTHER.replace("s2", f"s{n}") for n in range(2, 8)]


@pytest.fixture
def days(tmp_path: Path):
    def read(*days: list[str], head: str = HEAD) -> Export:
        path = tmp_path / "days.zip"
        with ZipFile(path, "w") as made:
            for n, rows in enumerate(days):
                made.writestr(f"d{n}.csv", lines(head, *rows))
        return export_of(path)

    return read


def test_a_purchase_in_a_later_file_counts(days):
    found = days([NOTHING], [BOUGHT, OTHER])
    assert (found.n_buyers, found.revenue, len(found.rows)) == (1, 40, 2)
    assert found.by_id["s1"]["page_views"] == 5
    assert found.says("1 session bought by a later row") == "warning"
    assert found.says("1 row says something else") == "warning"
    assert [(money.orders, money.gross) for money in found.report.money] == [(1, 40)]


CASES = {
    "the first row bought": ([BOUGHT], [NOTHING], 1, 40),
    "both bought": ([BOUGHT], [f"s1,{START},12,2,1,60,o2"], 1, 40),
    "the larger of two later orders": ([NOTHING], [BOUGHT], [f"s1,{START},12,2,1,60,o2"], 1, 60),
    "two orders alike": ([BOUGHT], [f"s1,{START},9,2,1,60,o2"], 1, 100),
    "a day exported again": ([BOUGHT], [f"s1,{START},9,2,1,60,o2"], [f"s1,{START},9,2,1,60,o2"], 1, 100),
    "one order twice": ([BOUGHT], [f"s1,{START},9,2,1,41,o1"], 1, 40),
    "only said to have bought": ([NOTHING], [f"s1,{START},9,2,1,,"], 1, 0),
    "nobody bought": ([NOTHING], [f"s1,{START},9,2,0,0,"], 0, 0),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_several_files_come_to_what_one_does(days, tmp_path, case):
    *files, n_buyers, revenue = CASES[case]
    files[-1] = [*files[-1], *OTHERS]
    found = days(*files)
    alone = export_of(write(tmp_path, lines(HEAD, *(row for rows in files for row in rows))))
    for each in (found, alone):
        assert (each.n_buyers, each.revenue, len(each.rows)) == (n_buyers, revenue, 7)
        assert sum(money.gross for money in added_up(each.report.money)) == revenue
    said = ("had several rows", "bought by a later row", "something else of a session")
    assert [found.says(text) for text in said] == [alone.says(text) for text in said]


@pytest.mark.parametrize("together", [True, False])
def test_revenue_alone_says_who_bought_later(days, together):
    head = "session_id,started_at,page_views,cart_adds,revenue"
    first, later = f"s1,{START},5,1,0", f"s1,{START},9,2,40"
    rows = [[first, later, OTHER[:-3]]] if together else [[first], [later, OTHER[:-3]]]
    found = days(*rows, head=head)
    assert (found.n_buyers, found.revenue) == (1, 40)
    assert found.says("1 session bought by a later row") == "warning"
