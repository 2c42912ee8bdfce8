"""Orders that were called off or paid back by a day, sold in a store, or renewed with nobody visiting."""

from __future__ import annotations

import pytest

from core.ingest import inspect
from core.ingest.cells.marks import MARKED_STORE
from core.ingest.settling.refunds import ORDER_CHANGED
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import HEAD, lines

LOG = f"{HEAD},product_id,revenue,order_id"
VISITS = "session_id,started_at,page_views,cart_adds,revenue"


def money(found: Export) -> tuple[int, float, float]:
    (made,) = found.report.money
    return found.n_buyers, made.gross, made.refunded


@pytest.mark.parametrize(
    ("heading", "right"),
    [
        ("cancelled_at", (1, 40, 0)),
        ("Canceled Date", (1, 40, 0)),
        ("Storniert am", (1, 40, 0)),
        ("date_annulation", (1, 40, 0)),
        ("refunded_at", (2, 90, 50)),
        ("Erstattet am", (2, 90, 50)),
        # a journey's, which says nothing of its order
        ("return_date", (2, 90, 0)),
    ],
)
@pytest.mark.parametrize("of_sessions", [False, True], ids=["log", "sessions"])
def test_a_day_says_what_became_of_an_order(tmp_path, heading, right, of_sessions):
    never, day = "", "2026-03-03 09:15:00"
    if of_sessions:
        rows = [
            f"s1,2026-03-02 10:00:00,5,1,40,{never}",
            f"s2,2026-03-02 11:00:00,5,1,50,{day}",
            f"s3,2026-03-02 12:00:00,2,0,0,{never}",
        ]
        found = export_of(write(tmp_path, lines(f"{VISITS},{heading}", *rows)))
    else:
        rows = [
            f"s1,v1,2026-03-02 10:00:00,purchase,p1,40,T1,{never}",
            f"s2,v2,2026-03-02 10:00:00,purchase,p1,50,T2,{day}",
            f"s3,v3,2026-03-02 10:00:00,product_view,p1,,,{never}",
        ]
        found = export_of(write(tmp_path, lines(f"{LOG},{heading}", *rows)))
    assert money(found) == right


@pytest.mark.parametrize(
    ("never", "day"),
    [
        ("", "2026-03-03"),
        ("0000-00-00 00:00:00", "2026-03-03 09:15:00"),
        ("1970-01-01 00:00:00", "2026-03-03 09:15:00"),
        ("0001-01-01T00:00:00Z", "2026-03-03T09:15:00Z"),
    ],
)
def test_no_day_says_nothing(tmp_path, never, day):
    rows = [
        f"s1,v1,2026-03-02 10:00:00,purchase,p1,40,T1,{never}",
        f"s2,v2,2026-03-02 10:00:00,purchase,p1,50,T2,{day}",
    ]
    assert money(export_of(write(tmp_path, lines(f"{LOG},cancelled_at", *rows)))) == (1, 40, 0)


def test_a_day_beside_a_status(tmp_path):
    rows = [
        "s1,v1,2026-03-02 10:00:00,purchase,p1,40,T1,paid,",
        "s2,v2,2026-03-02 10:00:00,purchase,p1,50,T2,paid,2026-03-03 09:15:00",
        "s3,v3,2026-03-02 10:00:00,purchase,p1,60,T3,refunded,",
    ]
    found = export_of(write(tmp_path, lines(f"{LOG},order_status,cancelled_at", *rows)))
    assert money(found) == (2, 100, 60)
    assert found.says("a day in “cancelled_at”", "don't count") == "info"


def test_a_day_raises_no_question_in_a_log_of_known_names(tmp_path):
    head = "Sitzung;Besucher;Zeit;Ereignis;Artikel;Umsatz;Bestellnummer;Storniert am"
    rows = [
        "s1;v1;02.03.2026 10:00;Kauf;p1;40,00;B1;",
        "s2;v2;02.03.2026 10:00;Kauf;p1;50,00;B2;03.03.2026",
        "s3;v3;13.03.2026 10:00;Produktansicht;p1;;;",
    ]
    path = write(tmp_path, lines(head, *rows))
    assert not inspect(path).needs_mapping
    assert money(export_of(path)) == (1, 40, 0)


@pytest.mark.parametrize(
    ("heading", "online", "store"),
    [
        ("sales_channel", "web", "POS"),
        ("source_name", "web", "pos"),
        ("Verkaufskanal", "Onlineshop", "Filiale"),
        ("canal_de_vente", "en ligne", "En magasin"),
        ("channel", "email", "in-store"),
        ("action_source", "website", "physical_store"),
    ],
)
def test_what_a_store_sold_is_no_visit(tmp_path, heading, online, store):
    rows = [
        f"s1,v1,2026-03-02 10:00:00,product_view,p1,,,{online}",
        f"s1,v1,2026-03-02 10:05:00,purchase,p1,20,T1,{online}",
        f"s2,v2,2026-03-02 11:05:00,purchase,p1,50,T2,{store}",
    ]
    found = export_of(write(tmp_path, lines(f"{LOG},{heading}", *rows)))
    assert (len(found.rows), money(found)) == (1, (1, 20, 0))
    assert found.report.rejected == {MARKED_STORE: 1}
    assert found.says(f"“{heading}”", "sold in a store") == "info"


def test_where_all_was_sold_in_a_store_it_is_said_in_red(tmp_path):
    rows = [f"s{n},v{n},2026-03-02 10:0{n}:00,purchase,p1,20,T{n},pos" for n in range(2)]
    found = export_of(write(tmp_path, lines(f"{LOG},sales_channel", *rows)))
    assert (len(found.rows), found.says("every row as sold in a store")) == (2, "error")


@pytest.mark.parametrize(
    "word", ["subscription_renewed", "Recurring Payment", "RENEWAL", "Abo verlängert", "abonnement renouvelé"]
)
def test_a_subscription_that_goes_on_is_no_visit(tmp_path, word):
    rows = [
        "s1,v1,2026-03-02 10:00:00,product_view,p1,,",
        "s1,v1,2026-03-02 10:05:00,purchase,p1,20,T1",
        f",v1,2026-04-02 03:00:00,{word},p1,20,T2",
        f"s2,v2,2026-04-02 03:00:00,{word},p1,20,T3",
    ]
    found = export_of(write(tmp_path, lines(LOG, *rows)))
    assert (len(found.rows), money(found)) == (1, (1, 20, 0))
    assert found.report.rejected == {ORDER_CHANGED: 2}
