"""Further small exports of the kinds that were read wrongly once, each with the right answer beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

LOG = "session_id,visitor_id,timestamp,event_type,product_id,price,quantity,revenue,transaction_id\n"
VISITS = "Session ID,Start,Page Views,Product Views,Cart adds,Purchased,Revenue\n"


def export(folder: Path, *texts: str) -> Export:
    """Read texts as the files of one export, asked nothing."""
    files = [write(folder, text, f"day{number}.csv") for number, text in enumerate(texts)]
    assert not inspect(files[0]).needs_mapping
    return export_of(*files)


def gross(read: Export) -> float:
    return sum(money.gross for money in read.report.money)


def test_ids_that_start_again_within_a_day_are_cut(tmp_path):
    read = export(
        tmp_path,
        f"{LOG}1,,2026-03-02 10:00:00,product_view,p1,40,,,\n1,,2026-03-02 10:05:00,purchase,p1,40,1,40,T1\n",
        f"{LOG}1,,2026-03-03 09:00:00,product_view,p1,40,,,\n1,,2026-03-03 09:05:00,purchase,p1,40,1,40,T2\n",
    )
    assert (len(read.rows), read.n_buyers, read.revenue) == (2, 2, 80)
    assert read.says("session id", "again") == "warning"


def test_a_long_session_without_long_silence_stays_one(tmp_path):
    hours = "".join(f"1,v1,2026-03-02 {hour:02}:00:00,page_view,,,,,\n" for hour in range(8, 20, 3))
    assert len(export(tmp_path, LOG + hours).rows) == 1


def test_session_rows_whose_ids_start_again_every_day(tmp_path):
    read = export(
        tmp_path,
        f"{VISITS}1,2026-03-02 10:00:00,5,3,1,1,40\n2,2026-03-02 11:00:00,6,4,2,0,0\n",
        f"{VISITS}1,2026-03-03 10:00:00,5,3,1,0,0\n2,2026-03-03 11:00:00,6,4,2,1,60\n",
    )
    assert (len(read.rows), read.n_buyers, read.revenue, gross(read)) == (4, 2, 100, 100)
    assert read.says("used again") == "warning"


def test_session_rows_numbered_for_each_visitor(tmp_path):
    rows = (
        "1,v1,2026-03-02 10:00:00,5,3,1,1,40\n2,v1,2026-03-02 12:40:00,5,3,1,0,0\n"
        "1,v2,2026-03-02 11:00:00,6,4,2,0,0\n2,v2,2026-03-02 13:00:00,6,4,2,1,60\n"
        "3,v3,2026-03-02 10:00:00,6,4,2,1,30\n4,v3,2026-03-03 10:00:00,6,4,2,0,0\n"
    )
    read = export(tmp_path, VISITS.replace("Start", "Visitor,Start") + rows)
    assert (len(read.rows), read.n_buyers, read.revenue) == (6, 3, 130)


def test_a_session_over_midnight_that_two_files_have_stays_one(tmp_path):
    late = f"{VISITS}1,2026-03-02 23:50:00,5,3,1,1,40\n2,2026-03-02 11:00:00,6,4,2,0,0\n"
    read = export(
        tmp_path, late, f"{VISITS}1,2026-03-03 00:01:00,2,0,0,0,0\n3,2026-03-03 10:00:00,6,4,2,0,0\n"
    )
    assert (len(read.rows), read.n_buyers) == (3, 1)


def test_rows_that_two_files_have_are_added_up_once(tmp_path):
    same = f"{VISITS}1,2026-03-02 10:00:00,5,3,1,1,40\n2,2026-03-02 11:00:00,6,4,2,0,0\n"
    read = export(tmp_path, same, same + "3,2026-03-03 11:00:00,6,4,2,1,25\n")
    assert (len(read.rows), read.revenue, gross(read)) == (3, 65, 65)
    assert [money.orders for money in read.report.money] == [2]


def test_an_order_that_session_rows_of_two_files_name_counts_once(tmp_path):
    header = VISITS.replace("\n", ",Order ID\n")
    read = export(
        tmp_path,
        f"{header}a1,2026-03-02 23:50:00,5,3,1,1,40,T1\na2,2026-03-02 11:00:00,6,4,2,0,0,\n",
        f"{header}b1,2026-03-03 00:10:00,2,0,0,1,40,T1\nb2,2026-03-03 11:00:00,6,4,2,1,30,T2\n",
    )
    assert (len(read.rows), read.n_buyers, read.revenue, gross(read)) == (4, 2, 70, 70)
    assert read.by_id["a1"]["purchased"] and not read.by_id["b1"]["purchased"]
    assert read.says("another file names already") == "warning"


def test_order_numbers_that_differ_in_letter_case(tmp_path):
    read = export(
        tmp_path,
        LOG + "s1,v1,2026-03-02 10:00:00,product_view,p1,40,,,\n"
        "s1,v1,2026-03-02 10:05:00,purchase,p1,40,1,40,T-a1\n"
        "s1,v1,2026-03-02 10:06:00,purchase,p1,40,1,40,T-A1\n"
        "s2,v2,2026-03-02 10:06:00,purchase,p1,40,1,40,x1\n"
        "s3,v3,2026-03-02 10:06:00,purchase,p1,40,1,40,X1\n",
    )
    assert (read.n_buyers, read.revenue) == (3, 120)


@pytest.mark.parametrize("priced", [False, True], ids=["revenue", "price"])
def test_what_a_column_gives_back_in_part_stands_beside_what_was_paid(tmp_path, priced):
    header = "session_id,visitor_id,timestamp,event_type,product_id,price,revenue,refund_amount,order_id\n"
    orders = (
        "s1,v1,2026-03-02 10:00:00,product_view,p1,40,,,\ns1,v1,2026-03-02 10:05:00,purchase,p1,,80,20,T1\n"
        "s2,v2,2026-03-02 10:05:00,purchase,p1,,50,0,T2\ns3,v3,2026-03-02 10:05:00,purchase,p1,,30,30,T3\n"
    )
    if priced:
        orders = orders.replace("p1,,", "p1,").replace("p1,40,,,", "p1,40,,")
        header = header.replace("revenue,", "")
    read = export(tmp_path, header + orders)
    assert (read.n_buyers, read.revenue) == (3, 160)
    assert read.report.money[0].net == 110
    assert read.says("refund_amount", "beside what was paid") == "info"


def test_rows_of_subtotals_are_no_sessions(tmp_path):
    rows = "s1,2026-03-02 10:00:00,5,3,1,1,40\nSubtotal,,5,3,1,1,40\ns2,2026-03-03 10:00:00,5,3,1,1,60\n"
    read = export(tmp_path, f"{VISITS}{rows}Subtotal,,5,3,1,1,60\nGrand total,,10,6,2,2,100\n")
    assert (len(read.rows), read.n_buyers, read.revenue) == (2, 2, 100)


def test_a_column_of_sessions_that_is_empty(tmp_path):
    rows = ",1001.0,2026-03-02 10:00:00,product_view,p1,40,,,\n"
    rows += ",1001,2026-03-02 10:05:00,purchase,p1,40,1,40,T1\n"
    read = export(tmp_path, f"{LOG}{rows},1002.0,2026-03-02 10:05:00,product_view,p1,40,,,\n")
    assert (len(read.rows), read.n_buyers) == (2, 1)
    assert read.column("visitor_id") == ["1001", "1002"]


def test_millionths_as_data_frames_write_them(tmp_path):
    rows = "s1,v1,2026-03-02 10:00:00,purchase,p1,,,8990000.0,T1\n"
    rows += "s2,v2,2026-03-02 10:00:00,purchase,p1,,,1299000000.0,T2\n"
    assert export(tmp_path, LOG + rows).revenue == 1307.99


def test_prices_that_may_be_cents_are_warned_of(tmp_path):
    def read(*prices: int) -> Export:
        rows = "".join(
            f"s{n},v{n},2026-03-02 10:00:00,purchase,p{n},{price},,,T{n}\n" for n, price in enumerate(prices)
        )
        return export(tmp_path, LOG + rows)

    assert read(3999, 1295, 125000).says("“price”", "cents") == "warning"
    assert read(3999, 1295, 95).says("cents") is None
    assert read(312, 1295, 799).says("cents") is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [("1 - Sunday,2 - Monday,7 - Saturday", [7, 1, 6]), ("?,??,???", [None, None, None])],
)
def test_days_of_the_week_however_written(tmp_path, days, expected):
    rows = zip("abc", days.split(","), (1, 2, 7), strict=True)
    text = "session_id,started_at,page_views,cart_adds,day_of_week,purchased\n" + "".join(
        f"{name},2026-03-0{date} 10:00:00,5,1,{day},{int(name == 'a')}\n" for name, day, date in rows
    )
    read = export(tmp_path, text)
    assert [read.by_id[name]["day_of_week"] for name in "abc"] == expected


def test_hours_of_another_zone_than_the_starts_are_said(tmp_path):
    header = "session_id,started_at,page_views,cart_adds,hour,purchased\n"
    apart = "a,2026-03-01 10:00:00,5,1,12,1\nb,2026-03-02 11:00:00,5,1,13,0\n"
    read = export(tmp_path, header + apart)
    assert read.says("“hour”", "+2 hours") == "warning"
    assert (
        export(tmp_path, header + apart.replace(",12,", ",10,").replace(",13,", ",11,")).says("“hour”")
        is None
    )


@pytest.mark.parametrize(
    "words", ["Sim,Não", "ano,ne", "да,нет", "Evet,Hayır", "kyllä,ei", "はい,いいえ", "ja,nej"]
)
def test_yes_and_no_in_other_languages(tmp_path, words):
    yes, no = words.split(",")
    rows = f"a,2026-03-01 10:00:00,5,3,1,{yes}\nb,2026-03-02 11:00:00,6,4,2,{no}\n"
    read = export(tmp_path, f"{VISITS.replace(',Revenue', '')}{rows}")
    assert (read.by_id["a"]["purchased"], read.by_id["b"]["purchased"]) == (True, False)


NAMED = {
    "de": "Sitzungs-ID;Besucher-ID;Datum;Uhrzeit;Ereignis;Artikel;Preis;Umsatz\n"
    "s1;v1;02.03.2026;10:00:00;Produktansicht;p1;40,00;\ns1;v1;02.03.2026;10:02:00;Warenkorb;p1;40,00;\n"
    "s1;v1;02.03.2026;10:05:00;Kauf;p1;40,00;80,00\ns2;v2;13.03.2026;10:05:00;Produktansicht;p2;1.040,00;\n",
    "fr": "Id session;Visiteur;Horodatage;Événement;Produit;Prix;Quantité\n"
    "s1;v1;02/03/2026 10:00:00;Vue produit;p1;40,00;\ns1;v1;02/03/2026 10:05:00;Achat;p1;40,00;2\n"
    "s2;v2;13/03/2026 10:05:00;Vue produit;p2;40,00;\n",
    "es": "Sesión;Visitante;Fecha y hora;Evento;Producto;Precio;Cantidad\n"
    "s1;v1;02/03/2026 10:00:00;Vista de producto;p1;40,00;\ns1;v1;02/03/2026 10:05:00;Compra;p1;40,00;2\n"
    "s2;v2;13/03/2026 10:05:00;Vista de producto;p2;40,00;\n",
}


@pytest.mark.parametrize("language", NAMED)
def test_a_log_whose_names_and_words_are_all_known_is_not_asked_about(tmp_path, language):
    found = inspect(write(tmp_path, NAMED[language]))
    assert (found.format, found.unused) == ("named_columns", ())
    read = export(tmp_path, NAMED[language])
    assert (len(read.rows), read.n_buyers, read.revenue) == (2, 1, 80)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Quantité", "Remise"),  # amounts that no name explains
        ("Vue produit", "Vue spéciale"),  # a word of the shop's own
        ("Produit;", "Type d'événement;"),  # two columns of events
        ("40,00", "quarante"),
    ],
)
def test_a_log_that_leaves_anything_in_doubt_is_asked_about(tmp_path, old, new):
    text = NAMED["fr"].replace(";2\n", ";2,50\n").replace(old, new)
    assert inspect(write(tmp_path, text)).needs_mapping


def test_a_word_that_only_later_rows_have_is_known_all_the_same(tmp_path):
    views = "".join(f"s{n};v{n};02/03/2026 10:00:00;Vue produit;p1;40,00;\n" for n in range(2100))
    views = views.replace("Vue produit", "Ajout panier", 1)
    rows = views + "s1;v1;02/03/2026 10:05:00;Achat;p1;40,00;2\n"
    read = export(tmp_path, NAMED["fr"].splitlines(keepends=True)[0] + rows)
    assert (read.n_buyers, read.revenue, read.report.told.has_outcomes) == (1, 80, True)


def test_a_quantity_that_cant_be_read_is_not_one(tmp_path):
    rows = "s1,v1,2026-03-02 10:05:00,purchase,p1,40,abc,,T1\n"
    rows += "s2,v2,2026-03-02 10:05:00,purchase,p1,40,2,,T2\n"
    read = export(tmp_path, LOG + rows)
    assert (read.n_buyers, read.revenue) == (2, 80)


def test_an_order_that_is_cancelled_later_is_money_given_back(tmp_path):
    rows = "s1,v1,2026-03-02 10:05:00,purchase,p1,40,1,40,T1\n"
    rows += "s2,v1,2026-03-02 12:05:00,order_cancelled,p1,,,40,T1\n"
    read = export(tmp_path, LOG + rows)
    assert [(money.gross, money.refunded) for money in read.report.money] == [(40, 40)]


@pytest.mark.parametrize(
    ("given_back", "refunded"),
    [
        ({"total": 40.0}, 40),
        ({"revenue": 40.0}, 40),
        ({"products": [{"product_id": "p1", "price": 10.0, "quantity": 2}]}, 20),
    ],
)
def test_a_refund_is_worth_what_its_order_would_be(tmp_path, given_back, refunded):
    def call(event: str, day: int, **properties: object) -> str:
        record = {
            "type": "track",
            "event": event,
            "anonymousId": "a1",
            "messageId": f"{event} {day}",
            "timestamp": f"2026-03-0{day}T10:00:00Z",
            "properties": {"currency": "EUR", **properties},
        }
        return json.dumps(record) + "\n"

    read = export_of(
        write(
            tmp_path,
            call("Product Viewed", 2, product_id="p1", price=40.0)
            + call("Order Completed", 2, order_id="o1", revenue=40.0, total=45.0)
            + call("Order Refunded", 3, order_id="o1", **given_back),
            "calls.jsonl",
        )
    )
    (money,) = read.report.money
    assert (money.gross, money.refunded, read.n_buyers) == (40, refunded, 1)


def test_purchases_without_an_amount_in_a_file_of_prices_are_said(tmp_path):
    head = "session_id,timestamp,event_type,product_id,price"
    rows = "s1,2026-01-01 10:00:00,product_view,p1,12.50{0}\ns1,2026-01-01 10:01:00,purchase,p1,{1}\n"
    silent = export(tmp_path, f"{head}\n{rows.format('', '')}")
    assert silent.says("1 purchase without an amount") == "warning"
    named = export(tmp_path, f"{head},Betrag\n{rows.format(',', ',1326.60')}")
    assert (named.revenue, named.says("without an amount")) == (1326.6, None)
