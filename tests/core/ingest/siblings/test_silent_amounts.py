"""Amounts, offsets and totals that looked entirely normal while they were misread: now read, or said."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.base.errors import IngestError
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,timestamp,event_type"
SESSIONS = "session_id,visitor_id,page_views,duration,note,revenue"


def purchases(folder: Path, head: str, *cells: str, time: str = "2026-03-02 10:00:00") -> Export:
    rows = "".join(f"s{i},v{i},{time},purchase,{cell}\n" for i, cell in enumerate(cells))
    return export_of(write(folder, f"{HEAD},{head}\n{rows}"))


def sessions(folder: Path, head: str, *rows: str) -> Export:
    return export_of(write(folder, "\n".join([head, *rows, ""])))


def gross(found: Export) -> dict[str | None, float]:
    return {money.currency: money.gross for money in found.report.money}


LARGE = ["8990000", "24077333", "3333333"]


@pytest.mark.parametrize(
    "cells", [LARGE, ["150000", "120000", "90000"], ["150000.55", "120000.10", "99.95"], LARGE[:1]]
)
@pytest.mark.parametrize("code", ["USD", "EUR"])
def test_amounts_that_nobody_pays_are_said_in_red(tmp_path, cells, code):
    found = purchases(tmp_path, "revenue,currency", *(f"{cell},{code}" for cell in cells))
    assert found.revenue == pytest.approx(sum(map(float, cells)))
    assert found.says(f"very large amounts in {code}", cells[0], "revenue_micros") == "error"


def test_amounts_that_nobody_pays_are_said_of_session_rows(tmp_path):
    rows = [f"s{i},3,{cell},USD" for i, cell in enumerate(LARGE)]
    found = sessions(tmp_path, "session_id,page_views,revenue,currency", *rows)
    assert found.says("very large amounts in USD", "revenue_micros") == "error"


def test_amounts_that_nobody_pays_are_said_without_a_currency(tmp_path):
    assert purchases(tmp_path, "revenue", *LARGE).says("very large amounts", "set the currency") == "error"


@pytest.mark.parametrize("code", ["VND", "IDR", "JPY", "KRW"])
def test_large_amounts_in_small_units_are_ordinary(tmp_path, code):
    found = purchases(tmp_path, "revenue,currency", *(f"{cell},{code}" for cell in LARGE))
    assert (found.revenue, found.says("very large")) == (36_400_666, None)


@pytest.mark.parametrize("cells", [["40", "60"], ["99999", "120.50", "80"]])
def test_amounts_that_people_pay_are_ordinary(tmp_path, cells):
    found = purchases(tmp_path, "revenue,currency", *(f"{cell},USD" for cell in cells))
    assert found.says("very large") is None


@pytest.mark.parametrize(("head", "cells"), [("revenue_micros", LARGE), ("revenue_cents", LARGE)])
def test_what_a_name_says_is_not_doubted(tmp_path, head, cells):
    found = purchases(tmp_path, f"{head},currency", *(f"{cell},USD" for cell in cells))
    assert found.says("very large") is None
    assert found.says("its name says so") == "info"


def test_millionths_may_have_one_amount_that_is_no_whole_cent(tmp_path):
    cells = [*(f"{n}990000" for n in range(1, 20)), "24077333"]
    found = purchases(tmp_path, "revenue,currency", *(f"{cell},USD" for cell in cells))
    assert found.revenue == pytest.approx(sum(map(int, cells)) / 1e6)
    assert found.says("read as millionths") == "warning"


OFFSETS = [
    ("-05:00", 5), ("+0100", 11), ("0100", 11), ("-0500", 5), ("UTC-5", 5), ("UTC +5", 15), ("GMT+01:00", 11),
    ("utc+0530", 15), ("Z", 10), ("UTC", 10), ("-300", 5), ("-300.0", 5), ("60", 11), ("0", 10), ("-5", 5),
    ("+5.5", 15), ("-18000", 5), ("3600", 11), ("\N{MINUS SIGN}05:00", 5), ("+1000", 20), ("+05:45", 15),
]  # fmt: skip


@pytest.mark.parametrize("time", ["2026-03-02 10:00:00", "2026-03-02T10:00:00Z"])
@pytest.mark.parametrize(("offset", "hour"), OFFSETS)
def test_offsets_from_utc(tmp_path, offset, hour, time):
    found = purchases(tmp_path, "revenue,utc_offset", f"40,{offset}", f"50,{offset}", time=time)
    assert found.column("hour") == [hour, hour]
    assert found.says("own UTC offset") == "info"
    assert found.says("can't be read") is None


@pytest.mark.parametrize("cell", ["Europe/Berlin", "x", "+25:00", "-05:75", "900", "99999"])
def test_what_is_no_offset_is_named(tmp_path, cell):
    found = purchases(tmp_path, "revenue,utc_offset", f"40,{cell}", f"50,{cell}")
    assert found.column("hour") == [10, 10]
    assert found.says("utc_offset", "can't be read", cell) == "warning"
    assert found.says("own UTC offset") is None


@pytest.mark.parametrize(("offset", "hour"), [("-05:00", 5), ("+0100", 11), ("UTC-5", 5), ("-300", 5)])
def test_offsets_beside_the_starts_of_session_rows_in_utc(tmp_path, offset, hour):
    rows = [f"{name},2026-03-02T10:00:00Z,3,40,{offset}" for name in "ab"]
    found = sessions(tmp_path, "session_id,started_at,page_views,revenue,utc_offset", *rows)
    assert found.column("hour") == [hour, hour]


BLANK = [("40", "EUR"), ("40", "EUR"), ("6400", ""), ("6400", "JPY")]
SAME = [("40", "EUR"), ("40", "EUR"), ("60", "")]


@pytest.mark.parametrize("kind", ["events", "sessions"])
def test_a_blank_currency_among_several_is_unknown(tmp_path, kind):
    found = with_currencies(tmp_path, kind, BLANK)
    assert gross(found) == {"EUR": 80, "JPY": 6400}
    assert found.revenue == 80
    assert found.says("1 amount has no currency", "EUR, JPY", "counts as unknown") == "error"


@pytest.mark.parametrize("kind", ["events", "sessions"])
def test_a_blank_currency_beside_a_single_one_is_taken_for_it(tmp_path, kind):
    found = with_currencies(tmp_path, kind, SAME)
    assert gross(found) == {"EUR": 140}
    assert found.says("1 amount without a currency is taken for EUR") == "info"


@pytest.mark.parametrize("kind", ["events", "sessions"])
def test_nothing_is_said_of_nothing_without_a_currency(tmp_path, kind):
    found = with_currencies(tmp_path, kind, [("40", "EUR"), ("6400", "JPY"), ("0", "")])
    assert found.says("no currency") is None


def with_currencies(folder: Path, kind: str, cells: list[tuple[str, str]]) -> Export:
    if kind == "events":
        return purchases(folder, "revenue,currency", *map(",".join, cells))
    rows = [f"s{i},3,{amount},{code}" for i, (amount, code) in enumerate(cells)]
    return sessions(folder, "session_id,page_views,revenue,currency", *rows)


@pytest.mark.parametrize("kind", ["events", "sessions"])
def test_an_amount_without_a_sign_among_several_is_unknown(tmp_path, kind):
    cells = ["€40", "€40", "6400", "¥6400"]
    if kind == "events":
        found = purchases(tmp_path, "revenue", *cells)
    else:
        rows = [f"s{i},3,{cell}" for i, cell in enumerate(cells)]
        found = sessions(tmp_path, "session_id,page_views,revenue", *rows)
    assert gross(found) == {"EUR": 80, "JPY": 6400}
    assert found.says("1 amount has no currency", "EUR, JPY") == "error"


@pytest.mark.parametrize(
    ("label", "cells"),
    [
        ("Page path", ["/", "/a", "/b"]),
        ("Landing page", ["/", "/a", "/b"]),
        ("Browser", ["Chrome", "Safari", "Firefox"]),
        ("Device category", ["mobile", "desktop", "tablet"]),
        ("Session default channel group", ["Direct", "Email", "Paid Search"]),
        ("Campaign", ["spring", "summer", "brand"]),
        ("Item name", ["Shirt", "Hat", "Sock"]),
        ("Country", ["Germany", "France", "Spain"]),
    ],
)
@pytest.mark.parametrize("n", [2, 3])
def test_small_totals_are_refused_as_large_ones_are(tmp_path, label, cells, n):
    numbers = ["3,1,1,40", "2,1,0,0", "1,0,0,0"]
    rows = [f"{cell},{line}" for cell, line in zip(cells[:n], numbers[:n], strict=True)]
    with pytest.raises(IngestError, match="Its rows are totals, one for each"):
        sessions(tmp_path, f"{label},Views,Add to carts,Purchases,Revenue", *rows)


def test_session_rows_that_say_whose_they_are_may_begin_with_a_label(tmp_path):
    rows = ["mobile,a,3,1,1,40", "desktop,b,2,1,0,0", "tablet,c,1,0,0,0"]
    found = sessions(tmp_path, "Device,Session ID,Views,Add to carts,Purchases,Revenue", *rows)
    assert len(found.rows) == 3


def test_session_rows_without_ids_whose_labels_come_again_are_read(tmp_path):
    rows = ["mobile,3,1,1,40", "desktop,2,1,0,0", "mobile,1,0,0,0"]
    assert len(sessions(tmp_path, "Device,Views,Add to carts,Purchases,Revenue", *rows).rows) == 3


def test_revenue_that_every_row_of_its_session_repeats_counts_once(tmp_path):
    rows = ["a,v,3,60,shirt,70", "a,v,3,60,hat,70", "b,w,4,60,shirt,30", "b,w,4,60,hat,30", "c,x,2,60,,0"]
    found = sessions(tmp_path, SESSIONS, *rows)
    assert [found.by_id[name]["revenue"] for name in "abc"] == [70, 30, 0]
    assert gross(found) == {None: 100}
    assert found.says("2 sessions have the same “revenue” on each row", "counts once") == "error"
    assert found.says("added up.") is None


def test_revenue_that_one_session_repeats_is_added_up_in_red(tmp_path):
    rows = ["a,v,3,60,shirt,70", "a,v,3,60,hat,70", "b,w,4,60,shirt,30", "b,w,4,60,hat,20"]
    found = sessions(tmp_path, SESSIONS, *rows)
    assert [found.by_id[name]["revenue"] for name in "ab"] == [140, 50]
    assert found.says("1 session has the same “revenue” on each row", "is added up") == "error"
    assert found.says("1 session had several rows") == "info"


def test_orders_of_one_amount_with_numbers_of_their_own_are_added_up(tmp_path):
    rows = ["a,v,3,60,,70,T1", "a,v,3,60,,70,T2", "b,w,4,60,,30,T3", "b,w,4,60,,30,T4"]
    found = sessions(tmp_path, f"{SESSIONS},order_id", *rows)
    assert [found.by_id[name]["revenue"] for name in "ab"] == [140, 60]
    assert found.says("the same “revenue”") is None


def test_what_databases_write_for_nothing_is_no_currency(tmp_path):
    rows = (
        "s1,2026-03-02 10:00:00,product_view,\\N\ns1,2026-03-02 10:05:00,purchase,59.90\n"
        "s2,2026-03-02 10:00:00,product_view,NaN\n"
    )
    made = export_of(write(tmp_path, f"session_id,timestamp,event_type,revenue\n{rows}"))
    assert (made.n_buyers, made.revenue) == (1, 59.9)
    assert made.says("isn't a known currency") is None
