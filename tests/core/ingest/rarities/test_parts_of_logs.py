"""Logs in parts and orders in lines: few rows, ids in other letters, pieces that are discounts."""

from __future__ import annotations

import gzip

import pytest

from core.base.errors import IngestError
from core.ingest import SourceFile, inspect_files
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of
from tests.core.ingest.test_meaning_siblings import HEAD, lines

VIEWS = (
    "Sitzung\tBesucher\tZeitpunkt\tEreignis\tArtikel\tUmsatz\tBestell-Nr.\n"
    "s1\tv1\t2026-03-02 10:00:00\tProdukt angesehen\tp1\t\t\n"
    "s1\tv1\t2026-03-02 10:05:00\tKauf\tp1\t40,50\t1001\n"
)
PURCHASES = (
    "Bestell-Nr.\tUmsatz\tArtikel\tEreignis\tZeitpunkt\tBesucher\tSitzung\n"
    "1001\t40,50\tp1\tKauf\t2026-03-02 10:05:20\tv1\ts1\n"
    "1002\t30,00\tp1\tKauf\t2026-03-03 10:05:20\tv2\ts2\n"
)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_part_with_nothing_but_purchases_is_read_as_the_others(tmp_path, swapped):
    paths = [
        write(tmp_path, gzip.compress(text.encode()), name)
        for text, name in ((VIEWS, "a.tsv.gz"), (PURCHASES, "b.tsv.gz"))
    ]
    if swapped:
        paths.reverse()
    found = export_of(*paths)
    assert (len(found.rows), found.n_buyers, found.revenue) == (2, 2, 70.5)


def test_a_part_with_other_columns_is_still_refused(tmp_path):
    other = PURCHASES.replace("Bestell-Nr.", "Gutschein")
    paths = [write(tmp_path, VIEWS, "a.tsv"), write(tmp_path, other, "b.tsv")]
    with pytest.raises(IngestError, match="not of one kind"):
        export_of(*paths, mapping=None)
    assert inspect_files([SourceFile(paths[1], "b.tsv")]).needs_mapping


def test_an_event_id_in_capitals_is_the_same_event(tmp_path):
    number = "3F2504E0-4F89-41D3-9A0C-0305E82C3301"
    rows = [
        f"s1,v1,2026-03-02 10:01:0{n},cart_add,p1,{each}" for n, each in ((0, number), (4, number.lower()))
    ]
    found = export_of(write(tmp_path, lines(f"{HEAD},product_id,event_id", *rows)))
    assert [row["cart_adds"] for row in found.rows] == [1]


def test_short_ids_differ_in_their_letters(tmp_path):
    rows = [f"s1,v1,2026-03-02 10:01:0{n},cart_add,p1,{each}" for n, each in ((0, "aB3x"), (4, "Ab3x"))]
    found = export_of(write(tmp_path, lines(f"{HEAD},product_id,event_id", *rows)))
    assert [row["cart_adds"] for row in found.rows] == [2]


@pytest.mark.parametrize(
    ("rows", "right"),
    [
        (["05 p1,40,1,T1", "05 RABATT10,10,-1,T1"], (30, 0)),
        # one of what was bought, and after it
        (["05 p1,40,2,T1", "05 p1,40,-1,T1"], (80, 40)),
        (["05 p1,40,1,T1", "09 RABATT10,10,-1,T1"], (40, 10)),
        # more than the order: no discount
        (["05 p1,40,1,T1", "05 p9,70,-1,T1"], (40, 70)),
    ],
)
def test_a_piece_less_of_what_was_not_bought_is_a_discount(tmp_path, rows, right):
    made = (f"s1,v1,2026-03-02 10:{row[:2]}:00,purchase,{row[3:]}" for row in rows)
    found = export_of(write(tmp_path, lines(f"{HEAD},product_id,price,quantity,order_id", *made)))
    (money,) = found.report.money
    assert (money.gross, money.refunded) == right
