"""What mustn't move anything: order of rows, a cut, a second delivery, refunds, how zones are written."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.base.formulas import original
from core.ingest.cells import values
from core.ingest.cells.synonyms import NOBODY, ZERO
from core.ingest.columns.session_codes import day_numbers
from core.ingest.settling.spellings import one_spelling
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

pytestmark = pytest.mark.slow

FEW = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
HEADER = (
    "event_id,session_id,visitor_id,timestamp,event_type,product_id,price,quantity,revenue,order_id,currency,"
    "device\n"
)
PRODUCTS = {"p1": 40, "p2": 60, "p3": 15}


@st.composite
def logs(draw: st.DrawFn) -> list[str]:
    """Rows of a shop whose export has all that is settled: sessions that are shared, orders, refunds."""
    rows: list[str] = []
    total_on_lines = draw(st.booleans())
    for visit in range(draw(st.integers(2, 5))):
        session = draw(st.sampled_from(["1", "2", "-1", f"s{visit}"]))
        visitor, day = f"v{draw(st.integers(0, 2))}", draw(st.integers(1, 3))
        begun = 60 * (8 + 3 * visit)
        who = f"{session},{visitor},2026-03-0{day}"
        device = draw(st.sampled_from(["Mobile", "mobile", "desktop"]))
        currency = draw(st.sampled_from(["EUR", "EUR", "JPY"]))
        chosen = draw(st.lists(st.sampled_from(sorted(PRODUCTS)), min_size=1, max_size=3, unique=True))
        for step, product in enumerate(chosen):
            cells = f"cart_add,{product},{PRODUCTS[product]},1,,,{currency},{device}"
            rows.append(f"{who} {_clock(begun + step)},{cells}")
        if not draw(st.booleans()):
            continue
        total = sum(PRODUCTS[product] for product in chosen)
        for product in chosen:
            revenue = total if total_on_lines else PRODUCTS[product]
            cells = f"purchase,{product},{PRODUCTS[product]},1,{revenue},T-{visit},{currency},{device}"
            rows.append(f"{who} {_clock(begun + 9)},{cells}")
        if draw(st.booleans()):
            rows.append(f"{who} {_clock(begun + 12)},purchase,,,,{-total},T-{visit},{currency},{device}")
    return [f"e{number},{row}\n" for number, row in enumerate(rows)]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def read(*files: list[str], **more: Any) -> Export:
    with tempfile.TemporaryDirectory() as folder:
        paths = [write(Path(folder), HEADER + "".join(rows), f"{n}.csv") for n, rows in enumerate(files)]
        return _whole(export_of(*paths, **more))


def _whole(found: Export) -> Export:
    """Make the session rows of an export before its folder is gone."""
    assert found.rows
    return found


def same(one: Export, other: Export) -> None:
    assert one.rows == other.rows
    assert one.report.money == other.report.money
    assert one.report.currency == other.report.currency


@FEW
@given(rows=logs(), seed=st.integers(0, 99), data=st.data())
def test_the_order_of_rows_a_cut_and_second_deliveries(rows: list[str], seed: int, data: st.DataObject):
    first, shuffled = read(rows), read(random.Random(seed).sample(rows, len(rows)))
    same(first, shuffled)
    assert first.report.assumptions == shuffled.report.assumptions
    at = data.draw(st.integers(1, len(rows) - 1))
    same(first, read(rows[:at], rows[at:]))
    again = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=4))
    # The second delivery says when it arrived.
    same(first, read([*rows, *(row.replace(":00,", ":41,") for row in again)]))


@FEW
@given(rows=logs())
def test_a_refund_for_every_order(rows: list[str]):
    before = read([row for row in rows if ",-" not in row])
    orders = {row.split(",")[9]: row for row in rows if ",purchase," in row and ",-" not in row}
    refunds = []
    for number, row in enumerate(orders.values()):
        cells = row.split(",")
        cells[0], cells[5:9] = f"r{number}", ["", "", "", "-5"]
        cells[3] = cells[3][:-8] + "23:59:00"
        refunds.append(",".join(cells))
    after = read([*(row for row in rows if ",-" not in row), *refunds])
    assert after.n_buyers == before.n_buyers
    assert after.revenue == before.revenue
    assert [m.gross for m in after.report.money] == [m.gross for m in before.report.money]
    assert sum(m.refunded for m in after.report.money) == 5 * len(orders)


#: How the same moment may be written: of UTC, of another clock with its offset, by a zone, as a number.
NOTATIONS = {
    "Z": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}Z",
    "+00:00": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}+00:00",
    "UTC": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S} UTC",
    "+0530": lambda moment: f"{moment + timedelta(hours=5, minutes=30):%Y-%m-%dT%H:%M:%S}+0530",
    "-05:00": lambda moment: f"{moment - timedelta(hours=5):%Y-%m-%d %H:%M:%S}-05:00",
    "CET": lambda moment: f"{moment + timedelta(hours=1):%Y-%m-%d %H:%M:%S} CET",
    "New York": lambda moment: f"{moment - timedelta(hours=5):%Y-%m-%d %H:%M:%S} America/New_York",
    "browser": lambda moment: f"{moment + timedelta(hours=2):%a %b %d %Y %H:%M:%S} GMT+0200 (EET)",
    "p.m.": lambda moment: f"{moment:%Y/%m/%d %I:%M:%S %p}",
    "s": lambda moment: f"{moment.replace(tzinfo=UTC).timestamp():.0f}",
    "ms": lambda moment: f"{moment.replace(tzinfo=UTC).timestamp() * 1000:.0f}",
    "us": lambda moment: f"{moment.replace(tzinfo=UTC).timestamp() * 1_000_000:.0f}",
}  # fmt: skip


#: A visit over midnight in UTC that isn't by the shop's clock, with an order and what came back of it.
OVER_MIDNIGHT = [
    "e1,s1,v1,2026-03-01 22:50:00,cart_add,p1,40,1,,,EUR,mobile\n",
    "e2,s1,v1,2026-03-01 23:10:00,purchase,p1,40,1,40,T-1,EUR,Mobile\n",
    "e3,s1,v1,2026-03-01 23:30:00,purchase,,,,-15,T-1,EUR,mobile\n",
    "e4,s2,v2,2026-03-02 11:30:00,cart_add,p2,60,1,,,EUR,desktop\n",
]


def rewritten(rows: list[str], place: int, notation: str) -> list[str]:
    """Return rows with the moment in a cell written otherwise."""
    other = []
    for row in rows:
        cells = row.split(",")
        cells[place] = NOTATIONS[notation](datetime.fromisoformat(cells[place]))
        other.append(",".join(cells))
    return other


def test_the_notation_of_time_zones():
    """With the shop's clock set, nothing hangs on the clock that times are written by."""
    first = read(OVER_MIDNIGHT, time_zone="Europe/Berlin")
    assert [row["day_of_week"] for row in first.rows] == [7, 1]
    for notation in NOTATIONS:
        same(first, read(rewritten(OVER_MIDNIGHT, 3, notation), time_zone="Europe/Berlin"))


SESSIONS = "session_id,visitor_id,start,page_views,clicks,purchased,revenue,order_id,status,device\n"


@st.composite
def sessions(draw: st.DrawFn) -> list[str]:
    """Session rows with orders named twice, statuses, refunds and devices in several spellings."""
    rows = []
    for number in range(draw(st.integers(2, 8))):
        visitor, clicks = f"v{draw(st.integers(0, 2))}", draw(st.integers(1, 9))
        amount = draw(st.sampled_from([0, 0, 40, 55, -10]))
        order = f"T-{draw(st.integers(0, 3))}" if amount > 0 else ""
        status = draw(st.sampled_from(["paid", "paid", "cancelled", "refunded"])) if order else ""
        device = draw(st.sampled_from(["Mobile", "mobile", "desktop"]))
        start = f"2026-03-02 {8 + number:02}:00:00"
        cells = f"{start},3,{clicks},{int(amount > 0)},{amount},{order},{status},{device}"
        rows.append(f"s{number},{visitor},{cells}\n")
    return rows


def read_sessions(*files: list[str], **more: Any) -> Export:
    with tempfile.TemporaryDirectory() as folder:
        paths = [write(Path(folder), SESSIONS + "".join(rows), f"{n}.csv") for n, rows in enumerate(files)]
        return _whole(export_of(*paths, **more))


def same_sessions(one: Export, other: Export) -> None:
    assert one.by_id == other.by_id
    assert one.report.money == other.report.money


@FEW
@given(rows=sessions(), seed=st.integers(0, 99), data=st.data())
def test_the_order_of_session_rows_a_cut_and_second_deliveries(
    rows: list[str], seed: int, data: st.DataObject
):
    one, other = read_sessions(rows), read_sessions(random.Random(seed).sample(rows, len(rows)))
    same_sessions(one, other)
    assert one.report.assumptions == other.report.assumptions
    at = data.draw(st.integers(1, len(rows) - 1))
    same_sessions(one, read_sessions(rows[:at], rows[at:]))
    again = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=3))
    same_sessions(one, read_sessions([*rows, *again]))


@FEW
@given(rows=sessions())
def test_a_refund_beside_every_session_row(rows: list[str]):
    """A session of the same person that gives something back makes no buyer and no sale."""
    before = read_sessions(rows)
    refunds = [
        f"r{number},{row.split(',')[1]},2026-03-03 10:00:00,1,1,0,-5,,,desktop\n"
        for number, row in enumerate(rows)
    ]
    after = read_sessions([*rows, *refunds])
    assert (after.n_buyers, after.revenue) == (before.n_buyers, before.revenue)
    assert sum(m.refunded for m in after.report.money) == 5 * len(rows) + sum(
        m.refunded for m in before.report.money
    )


def test_the_notation_of_starts():
    rows = [
        "s1,v1,2026-03-01 22:50:00,3,4,1,40,T-1,paid,Mobile\n",
        "s2,v2,2026-03-01 23:30:00,3,2,0,0,,,mobile\n",
        "s3,v1,2026-03-02 11:30:00,3,1,1,55,T-2,cancelled,desktop\n",
    ]
    first = read_sessions(rows, time_zone="Europe/Berlin")
    assert [first.by_id[name]["day_of_week"] for name in ("s1", "s2")] == [7, 1]
    for notation in NOTATIONS:
        same_sessions(first, read_sessions(rewritten(rows, 2, notation), time_zone="Europe/Berlin"))


def _identities(cells: list[str]) -> dict[str, str | None]:
    query = f"SELECT x, {values.identity('x')} FROM (SELECT unnest(?::VARCHAR[]) AS x)"
    with duckdb.connect() as connection:
        return dict(connection.execute(query, [cells]).fetchall())


def test_every_word_for_nobody_in_every_spelling():
    words = [spelt(word) for word in (*NOBODY, *ZERO) for spelt in (str, str.upper, str.capitalize)]
    assert {word: who for word, who in _identities(words).items() if who is not None} == {}


@settings(max_examples=20, deadline=None)
@given(cells=st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)))
def test_any_other_id_stays_as_it_is(cells: list[str]):
    # An apostrophe before what a spreadsheet would run is our own.
    ids = [cell for cell in map(original, cells) if cell.lower() not in (*NOBODY, *ZERO)]
    ids = [cell for cell in ids if cell == original(cell)]
    assert _identities(ids) == {cell: cell for cell in ids}


@given(
    st.dictionaries(st.sampled_from(["Mail", "mail", "e-mail", "MAIL", "seo"]), st.integers(1, 9), min_size=1)
)
def test_one_spelling_stands_whatever_their_order(counts: dict[str, int]):
    same_spelling = one_spelling(counts, "device")
    assert same_spelling == one_spelling(dict(reversed(counts.items())), "device")
    assert not set(same_spelling) & set(same_spelling.values())


def test_names_of_days_need_no_numbering():
    assert day_numbers(["Sunday", "mo"], (3, ""))[0] == {"Sunday": 7, "mo": 1}
