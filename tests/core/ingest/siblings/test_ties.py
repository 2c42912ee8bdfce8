"""Events at the purchase's own moment are said; ids that were made harmless for a spreadsheet come back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core.base.formulas import harmless
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

HEAD = "session_id,visitor_id,timestamp,event_type"
SAID = ("the very same", "purchase", "too coarse")


def visits(*events: tuple[str, str], n: int = 6, start: int = 0) -> list[str]:
    return [
        f"s{i},v{i},2026-03-02 {10 + i}:{at},{kind}" for i in range(start, start + n) for at, kind in events
    ]


def read(folder: Path, rows: list[str], *, with_sessions: bool = True, head: str = HEAD) -> Export:
    if not with_sessions:
        head, rows = head.partition(",")[2], [row.partition(",")[2] for row in rows]
    return export_of(write(folder, lines(head, *rows)))


TIED = [("05", "product_view"), ("05", "cart_add"), ("05", "purchase")]
LATE_CART = [("04", "product_view"), ("05", "cart_add"), ("05", "purchase")]
ORDERED = [("05:01", "product_view"), ("05:02", "cart_add"), ("05:03", "purchase")]
THANKED = [("04", "product_view"), ("04", "cart_add"), ("05", "purchase"), ("05", "page_view")]
LINES = [("04", "product_view"), ("05", "purchase"), ("05", "other")]
AGAIN = [*ORDERED, ("09:00", "cart_add"), ("09:00", "purchase")]


@pytest.mark.parametrize("with_sessions", [True, False])
@pytest.mark.parametrize(
    ("events", "n", "said"),
    [
        (TIED, 6, True), (LATE_CART, 6, True), (TIED, 4, False), (ORDERED, 6, False), (THANKED, 6, False),
        (LINES, 6, False), (AGAIN, 6, False),
    ],
)  # fmt: skip
def test_events_that_may_have_come_before_the_purchase_are_said(tmp_path, events, n, said, with_sessions):
    found = read(tmp_path, visits(*events, n=n), with_sessions=with_sessions)
    assert found.n_buyers == n
    assert found.says(*SAID) == ("warning" if said else None)
    if said:
        assert found.says(f"In {n} of {n} sessions with a purchase", "seconds or finer") == "warning"
        assert any("too coarse" in note for note in found.report.notes)


def test_a_few_among_many_buyers_are_chance(tmp_path):
    # Visits of one visitor each day, cut at silence where there are no ids of sessions.
    days = [f"v,2026-{1 + d // 28:02}-{1 + d % 28:02} 10:{at},{kind}" for d in range(60)
            for at, kind in (TIED if d < 5 else ORDERED)]  # fmt: skip
    head = HEAD.partition(",")[2]
    assert export_of(write(tmp_path, lines(head, *days))).says(*SAID) is None
    more = export_of(write(tmp_path, lines(head, *days[:75]), "more.csv"))
    assert more.says("In 5 of 25 sessions", *SAID) == "warning"


def test_an_order_that_gives_all_events_of_a_session_one_place(tmp_path):
    rows = [f"s{i},1,{kind}" for i in range(5) for kind in ("product_view", "cart_add", "purchase")]
    found = read(tmp_path, rows, head="session_id,sequence,event_type")
    assert found.says("the very same order", "own place in the order") == "warning"


IDS = ["+1 (800) 555-0102", "-5", "=a", "@shop", "'tis", "plain", "o'neill"]


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (("session_id", "visitor_id", "page_views", "clicks"), (None, None, "3", "1")),
        (("session_id", "visitor_id", "timestamp", "event_type"),
         (None, None, "2026-03-02 10:00:00", "page_view")),
    ],
)  # fmt: skip
def test_ids_that_were_made_harmless_are_read_as_they_were(tmp_path, head, row):
    path = tmp_path / "ours.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        writer.writerows([harmless(each) if cell is None else cell for cell in row] for each in IDS)
    found = export_of(path)
    assert found.column("visitor_id") == sorted(IDS)
    assert found.column("session_id") == sorted(IDS)


def test_products_and_orders_come_back_and_nobody_stays_nobody(tmp_path):
    head = f"{HEAD},product_id,order_id,revenue"
    rows = ["s1,'-,2026-03-02 10:00:00,purchase,'-7,'=9,40", "s2,v2,2026-03-02 10:00:00,purchase,-7,=9,40"]
    found = export_of(write(tmp_path, lines(head, *rows)))
    assert found.revenue == 40
    assert found.column("visitor_id")[0] is None
