"""Small exports that mix several of the kinds that are read wrongly, each with the right answer beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import HEAD, lines

ORDERS = f"{HEAD},product_id,price,quantity,revenue,order_id,currency"
VISITS = "session_id,page_views,clicks,purchased,revenue"


@pytest.fixture
def export(tmp_path: Path):
    def read(head: str, *rows: str, **more: object) -> Export:
        return export_of(write(tmp_path, lines(head, *rows)), **more)

    return read


def money(found: Export) -> dict[str | None, tuple[float, float]]:
    return {each.currency: (each.gross, each.refunded) for each in found.report.money}


def bought(*cells: str) -> list[str]:
    """Write purchases: one a session, with its cells."""
    return [f"s{i},v{i},2026-03-02 10:00:00,purchase,{cell}" for i, cell in enumerate(cells)]


@pytest.mark.parametrize("word", ["refunded", "Gutschrift"])
def test_an_order_paid_back_whose_total_stands_on_each_line(export, word):
    """In two currencies, and one of them delivered twice."""
    orders = [("EUR", "paid"), ("USD", word), ("USD", "paid"), ("EUR", "Cancelled")]
    rows = [
        f"s{i},v{i},2026-03-02 10:0{minute}:00,purchase,{goods},100,T{i},{code},{status}"
        for i, (code, status) in enumerate(orders)
        for minute in range(1 + (i == 1))
        for goods in ("p1,40,1", "p2,60,1")
    ]
    found = export(f"{ORDERS},order_status", *rows)
    assert money(found) == {"USD": (200, 100), "EUR": (100, 0)}
    assert [row["purchased"] for row in found.rows] == [True, True, True, False]


@pytest.mark.parametrize(
    ("heading", "words"),
    [("is_refund", "false,true"), ("transaction_type", "sale,refund"), ("Vorgangsart", "Verkauf,Gutschrift"),
     ("Gutschrift", "nein,ja"), ("tipo_de_transacción", "venta,reembolso")],
)  # fmt: skip
def test_what_says_that_a_row_gives_money_back(export, heading, words):
    cells = [f"p1,40,1,{n},T{n},EUR,{word}" for n, word in zip((80, 40), words.split(","), strict=True)]
    found = export(f"{ORDERS},{heading}", *bought(*cells))
    assert (money(found), found.n_buyers) == ({"EUR": (80, 40)}, 1)


def test_a_status_of_people_is_none_of_orders(export):
    found = export(f"{ORDERS},visitor_status", *bought("p,40,1,40,T1,EUR,new", "p,40,1,40,T2,EUR,returned"))
    assert found.n_buyers == 2


@pytest.mark.parametrize("heading", ["ccy", "Währungscode", "iso"])
@pytest.mark.parametrize("of_sessions", [False, True], ids=["log", "sessions"])
def test_a_currency_by_its_cells(export, heading, of_sessions):
    if of_sessions:
        found = export(f"{VISITS},{heading}", "a,1,2,1,40,USD", "b,1,2,1,50,USD", "c,1,3,1,6400,JPY")
    else:
        found = export(f"{HEAD},revenue,{heading}", *bought("40,USD", "50,USD", "6400,JPY"))
    assert money(found) == {"USD": (90, 0), "JPY": (6400, 0)}


def test_a_word_that_is_no_currency_is_never_added_to_one(export):
    found = export(
        f"{HEAD},revenue,currency", *bought("40,eur", "50,Euros", "60,US Dollar", "70,points", "5,n/a")
    )
    assert money(found) == {"EUR": (90, 0), "USD": (60, 0), "points": (70, 0)}
    assert found.says("points", "never added up") == "warning"
    assert found.says("as unknown", "currency") == "error", "which of them “n/a” is, isn't known"


@pytest.mark.parametrize(("heading", "yen"), [("revenue_minor", 125000), ("total_price_cents", 125000)])
def test_currencies_without_cents(export, heading, yen):
    found = export(f"{HEAD},{heading},currency", *bought("12500,EUR", "7500,EUR", "125000,JPY", "1250,BHD"))
    assert money(found) == {"EUR": (200, 0), "JPY": (yen, 0), "BHD": (1.25, 0)}


def test_a_discount_that_stands_apart_is_deducted_and_said(export):
    found = export(f"{HEAD},price,quantity,discount", *bought("40,1,10"))
    assert (found.revenue, found.says("less “discount”")) == (30, "warning")


@pytest.mark.parametrize(
    "word",
    ["Gesamt:", "Grand Total:", "TOTAL (2)", "Ogółem", "Łącznie", "Somme", "All", "Итого", "合計", "Totaal"],
)
def test_rows_of_totals_in_other_words(export, word):
    found = export(VISITS, "a,3,4,1,40", f"{word},3,4,1,40")
    assert ([row["session_id"] for row in found.rows], found.revenue) == (["a"], 40)


@pytest.mark.parametrize(
    ("heading", "words"),
    [("outcome", "Kauf,kein Kauf"), ("conversion_status", "Transaction completed,Cart abandoned"),
     ("converti", "oui,non"), ("did_buy_convert", "yes,no"), ("purchased", "order placed,no_purchase")],
)  # fmt: skip
def test_other_words_for_bought(export, heading, words):
    rows = [f"s{i},3,4,{word}" for i, word in enumerate(words.split(","))]
    found = export(f"session_id,page_views,clicks,{heading}", *rows)
    assert [row["purchased"] for row in found.rows] == [True, False]


def test_a_session_bought_if_any_of_its_rows_says_so(export):
    rows = ["a,1,2,0,0", "a,2,3,0,0", "a,3,5,1,40", "b,1,1,0,0", "c,1,1,0,0", "d,1,1,0,0", "e,1,1,0,0"]
    found = export(VISITS, *rows)
    assert (found.n_buyers, found.revenue, found.by_id["a"]["page_views"]) == (1, 40, 1)
    assert found.says("later row") == "warning"


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("date,time,timezone", ["2026-03-02,23:30:00,Europe/Berlin", "2026-03-02,17:30:00,America/New_York"]),
        ("timestamp,Zeitzone", ["2026-03-02 23:30:00,Europe/Berlin", "2026-03-02 22:30:00,UTC"]),
        ("timestamp,tz_offset", ["2026-03-02 23:30:00,+01:00", "2026-03-02 17:30:00,-0500"]),
    ],
)
def test_local_times_beside_their_zone(export, head, cells):
    rows = [
        f"s{i},v{i},{cell},{kind}"
        for cell, kind, i in zip(cells, ("product_view", "purchase"), "01", strict=True)
    ]
    found = export(f"session_id,visitor_id,{head},event_type", *rows)
    assert {row["started_at"] for row in found.rows} == {datetime(2026, 3, 2, 22, 30)}
    assert found.rows[0]["hour"] == 23
    assert found.says("local times of the zone") == "warning"


@pytest.mark.parametrize(
    ("head", "cell"),
    [("date,hour", "2026-03-02,9"), ("date,time", "20260302,090000"), ("Tag,Stunde", "2.3.2026,09")],
)
def test_a_day_and_bare_hours(export, head, cell):
    rows = [f"s{i},v{i},{cell},{kind}" for i, kind in enumerate(("product_view", "purchase"))]
    found = export(f"session_id,visitor_id,{head},event_type", *rows)
    assert {(row["started_at"], row["hour"]) for row in found.rows} == {(datetime(2026, 3, 2, 9), 9)}


@pytest.mark.parametrize("head", ["Ende,Anfang", "session_end,session_begin", "last_event,first_event"])
def test_a_start_behind_its_end(export, head):
    found = export(f"session_id,{head},page_views,clicks", "a,2026-03-02 10:30:00,2026-03-02 09:50:00,3,4")
    assert found.rows[0]["started_at"] == datetime(2026, 3, 2, 9, 50)


def test_an_address_in_capitals_is_the_same_person(export):
    rows = ["a1,,2026-03-02 10:00:00,page_view", "a1,ANNA@X.DE,2026-03-02 10:05:00,cart_add"]
    rows += ["a1,anna@x.de,2026-03-02 10:06:00,checkout", ",Anna@x.de,2026-03-02 10:08:00,purchase"]
    found = export("anonymous_id,user_id,timestamp,event_type", *rows)
    assert (found.column("visitor_id"), found.n_buyers) == (["a1"], 1)
    assert found.says("several spellings") == "info"


def test_long_numbers_that_a_spreadsheet_rounded_are_said(export):
    rows = [f"12345678901234{i % 3}0000,v{i},2026-03-02 1{i}:00:00,page_view" for i in range(6)]
    found = export(HEAD, *rows)
    assert (len(found.rows), found.says("end in zeros", "spreadsheet")) == (6, "error")


@pytest.mark.parametrize("word", ["?", "0000000000", "no_user", "NO_USER", "visiteur anonyme", "not-set"])
def test_other_words_for_nobody(export, word):
    rows = [f"{who},2026-03-02 10:0{i}:00,page_view" for i, who in enumerate((word, "v1", word))]
    assert export("visitor_id,timestamp,event_type", *rows).column("visitor_id") == ["v1"]


def test_names_without_their_small_words(export):
    head = "id_session;id_visiteur;horodatage;evenement;produit;prix;quantite;total_commande;numero_commande"
    rows = [
        f"s{i};v{i};2026-03-02 10:0{minute}:00;achat;p1;39,90;{i};{39.9 * i:.2f};C-{i}".replace(".", ",")
        for i, minute in ((1, 0), (1, 5), (2, 0))
    ]
    found = export(head, "s1;v1;2026-03-02 09:59:00;vue produit;p1;39,90;;;", *rows)
    assert (found.report.format, found.revenue) == ("named_columns", 119.7)


@pytest.mark.parametrize(
    "refunds",
    [
        # delivered twice, without an id of the event
        ["03 10:00:00,refund,p1,40,1,100", "03 10:00:07,refund,p1,40,1,100"],
        # the total on each line of what is given back
        ["03 10:00:00,refund,p1,40,1,100", "03 10:00:00,refund,p2,60,1,100"],
        # no amount: all of it
        ["03 10:00:00,refund,,,,"],
        ["02 11:00:00,order_cancelled,,,,"],
        # in two halves
        ["03 10:00:00,refund,p1,,,50", "04 10:00:00,refund,p2,,,50"],
    ],
)
def test_a_refund_gives_back_what_its_order_paid(export, refunds):
    rows = [f"s1,v1,2026-03-02 10:00:00,purchase,{goods},100,T1,EUR" for goods in ("p1,40,1", "p2,60,1")]
    rows += [f"s2,v1,2026-03-{refund},T1,EUR" for refund in refunds]
    found = export(ORDERS, *rows)
    assert (money(found), found.n_buyers, found.revenue) == ({"EUR": (100, 100)}, 1, 100)
