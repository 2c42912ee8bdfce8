"""Exports of pixels, app trackers and mailing tools, told by the names of their columns and words alone."""

from __future__ import annotations

import json

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of


def lines(*records):
    return "\n".join(json.dumps(record) for record in records)


def meta(name, minute, who, value, event):
    return {
        "event_name": name, "event_time": 1772445600 + 60 * minute, "event_id": event,
        "action_source": "website",
        "user_data": {"fbp": f"fb.{who}", "external_id": who},
        "custom_data": {"content_ids": ["p1"], "value": value, "currency": "EUR"},
    }  # fmt: skip


def braze(name, minute, who, **more):
    return {
        "id": f"{name}{minute}",
        "user_id": who,
        "time": 1772445600 + 60 * minute,
        "event_type": name,
        **more,
    }


SOURCES = {
    "meta.jsonl": lines(
        meta("ViewContent", 0, "u1", 40, "1"), meta("AddToCart", 1, "u1", 40, "2"),
        *[meta("Purchase", 2, "u1", 40, "3")] * 2, meta("ViewContent", 0, "u2", 40, "4"),
    ),
    "tiktok.json": json.dumps({"data": [
        {"event": "ViewContent", "event_time": 1772445600, "event_id": "1", "user": {"external_id": "u1"},
         "properties": {"contents": [{"content_id": "p1", "price": 40, "quantity": 1}], "value": 40}},
        {"event": "CompletePayment", "event_time": 1772445660, "event_id": "2", "user": {"external_id": "u1"},
         "properties": {"contents": [{"content_id": "p1", "price": 20, "quantity": 2}], "value": 40}},
        {"event": "ViewContent", "event_time": 1772445600, "event_id": "3", "user": {"external_id": "u2"},
         "properties": {"contents": [{"content_id": "p1", "price": 40, "quantity": 1}], "value": 40}},
    ]}),
    "criteo.csv": (
        "event;timestamp;uid;deviceType;product_id;price;quantity;transaction_id\n"
        "viewHome;2026-03-02T10:00:00Z;u1;d;;;;\nviewItem;2026-03-02T10:01:00Z;u1;d;p1;20;;\n"
        "trackTransaction;2026-03-02T10:03:00Z;u1;d;p1;20;2;T1\nviewHome;2026-03-02T10:00:00Z;u2;m;;;;\n"
    ),
    "adjust.csv": (
        "{activity_kind},{adid},{created_at},{event_name},{revenue_float},{currency}\n"
        "event,A1,1772445660,add_to_cart,,\nevent,A1,1772445720,purchase,40.0,EUR\n"
        "event,A2,1772445600,page_view,,\n"
    ),
    "braze.jsonl": lines(
        braze("users.behaviors.app.SessionStart", 0, "u1"),
        braze("users.behaviors.Purchase", 1, "u1", price=40.0),
        braze("ecommerce.cart_updated", 0, "u2"), braze("ecommerce.order_placed", 9, "u3", price=9.0),
        braze("ecommerce.order_cancelled", 10, "u3", price=9.0),
    ),
    "layer.jsonl": lines(
        {"client_id": "c1", "ts": "2026-03-02T10:00:00Z", "event": "view_item", "ecommerce": {"value": 40}},
        {"client_id": "c1", "ts": "2026-03-02T10:05:00Z", "event": "purchase", "ecommerce":
         {"transaction_id": "T1", "value": 40.0, "tax": 6.4, "shipping": 4.9}},
        {"client_id": "c2", "ts": "2026-03-02T10:00:00Z", "event": "view_item", "ecommerce": {"value": 40}},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_a_source_whose_names_and_words_are_known_is_read_unasked(tmp_path, name):
    path = write(tmp_path, SOURCES[name], name)
    assert not inspect(path).needs_mapping
    made = export_of(path)
    buyers, revenue = (2, 49) if name == "braze.jsonl" else (1, 40)
    assert (made.n_buyers, made.revenue) == (buyers, revenue)
    assert len(made.rows) == buyers + 1


def test_of_two_columns_of_events_the_one_that_tells_more_is_read(tmp_path):
    """A cart addition is a conversion, too, where a search engine's events are counted so."""
    head = "eventType,eventName,userToken,timestamp,value\n"
    rows = (
        "view,Product Viewed,u1,1772445600000,\nconversion,Added To Cart,u1,1772445660000,\n"
        "conversion,Purchased,u1,1772445720000,40\nconversion,Added To Cart,u2,1772445600000,\n"
    )
    path = write(tmp_path, head + rows)
    assert inspect(path).mapping.columns["event_type"] == "eventName"
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 40)


def test_of_two_amounts_the_one_in_the_currency_beside_it_is_read(tmp_path):
    head = "Event Time,Event Name,Event Revenue USD,Event Revenue,Event Revenue Currency,AppsFlyer ID\n"
    rows = (
        "2026-03-02 10:00:00,af_content_view,,,,A1\n2026-03-02 10:05:00,af_purchase,43.2,40,EUR,A1\n"
        "2026-03-02 10:05:00,af_purchase,42.0,6400,JPY,A2\n"
    )
    path = write(tmp_path, head + rows)
    assert not inspect(path).needs_mapping
    money = {each.currency: each.gross for each in export_of(path).report.money}
    assert money == {"EUR": 40, "JPY": 6400}


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("product_id,amount,quantity", [",,", "p1,80,2", "p1,40,1"]),
        ("price,amount", ["40,", ",80", ",40"]),
        ("price_cents,amount_cents", ["4000,", ",8000", ",4000"]),
    ],
)
def test_an_amount_that_only_purchases_have_is_what_was_paid(tmp_path, head, cells):
    events = ("page_view", "purchase", "purchase")
    rows = [
        f"s{i},2026-03-02 10:0{i}:00,{event},{cell}"
        for i, (event, cell) in enumerate(zip(events, cells, strict=True))
    ]
    path = write(tmp_path, "\n".join([f"session_id,timestamp,event,{head}", *rows]))
    assert not inspect(path).needs_mapping
    assert export_of(path).revenue == 120


def test_what_orders_were_worth_before_and_after_tax_in_one_heading(tmp_path):
    head = "Sitzungs-ID;Zeitpunkt;Ereignis;Einzelpreis;Bestellwert netto;Bestellwert brutto\n"
    rows = "s1;13.03.2026 10:00;Produktansicht;40,00;;\ns1;13.03.2026 10:05;Kauf;;33,61;40,00\n"
    made = export_of(write(tmp_path, head + rows))
    assert made.revenue == 40
    assert made.says("“Bestellwert brutto”", "not “Bestellwert netto”") == "warning"


def test_people_who_share_a_browser_are_told_apart_by_their_accounts(tmp_path):
    head = "device_id,user_id,timestamp,event_type,revenue\n"
    rows = (
        "d1,,2026-03-02 09:59:00,page_view,\nd1,u1,2026-03-02 10:00:00,product_view,\n"
        "d1,u1,2026-03-02 10:02:00,purchase,30\nd1,,2026-03-02 10:02:10,page_view,\n"
        "d1,u2,2026-03-02 10:04:00,product_view,\nd1,u2,2026-03-02 10:05:00,purchase,40\n"
        "d2,u3,2026-03-02 10:05:00,product_view,\n"
    )
    made = export_of(write(tmp_path, head + rows))
    paid = {row["visitor_id"]: (row["n_events"], row["revenue"]) for row in made.rows}
    assert paid["u1"] == (2, 30)
    assert paid["u2"] == (1, 40)
    assert made.n_buyers == 2
    assert made.says("1 browser was used with several accounts") == "info"


def test_an_order_number_with_its_sign_is_the_same_order(tmp_path):
    head = "session_id,timestamp,event,order_id,revenue\n"
    rows = (
        "s1,2026-03-02 10:00:00,view_item,,\ns1,2026-03-02 10:05:00,purchase,#1001,40\n"
        "s1,2026-03-02 10:05:30,purchase,1001,40\n"
    )
    assert export_of(write(tmp_path, head + rows)).revenue == 40


def test_a_conversion_in_percent_is_yes_or_no(tmp_path):
    rows = "s1,2026-03-02 10:00,5,100%,40\ns2,2026-03-02 11:00,5,0%,0\n"
    made = export_of(write(tmp_path, f"session_id,started_at,pages,conversion,Conversion value\n{rows}"))
    assert (made.n_buyers, made.revenue) == (1, 40)


def test_a_report_with_its_name_above_and_below_is_read(tmp_path):
    text = (
        "Report: Sessions\nPeriod: March 2026\n\nsession_id,started_at,page_views,purchases,revenue\n"
        "s1,2026-03-02 10:00:00,5,1,40\ns2,2026-03-02 11:00:00,3,0,0\n\nTotal,,8,1,40\n"
        "Generated on 2026-03-05\n"
    )
    made = export_of(write(tmp_path, text))
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 40)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "session_id,event,price,revenue\ns1,page_view,80,20,\ns1,purchase,80,80,50\n",
            "4 columns.*5 cells.*must stand in quotes",
        ),
        ('"session_id,event,revenue"\n"s1,page_view"\n"s1,purchase,80"\n', "in quotes as a whole"),
        (
            '"ID";"Client";"Total";"Paiement";"État"\n1;A;"61,80 €";CB;Paiement accepté\n'
            '2;B;"9,90 €";CB;Annulé\n',
            "list of orders",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(tmp_path, text, said):
    with pytest.raises(IngestError, match=said):
        inspect(write(tmp_path, text))


@pytest.mark.parametrize(
    ("bought", "goal", "buyers", "revenue"), [("purchase", 5, 1, 40), ("add_to_cart", 40, 2, 80)]
)
def test_beside_purchases_a_conversion_is_another_goal(tmp_path, bought, goal, buyers, revenue):
    """A newsletter's, say, with a value of its own; where nothing else is bought, it is the purchase."""
    rows = (
        f"s1,2026-03-02 10:00:00,pageview,\ns1,2026-03-02 10:01:00,conversion,{goal}\n"
        f"s1,2026-03-02 10:03:00,{bought},40\ns2,2026-03-02 10:00:00,pageview,\n"
        f"s2,2026-03-02 10:00:30,conversion,{goal}\n"
    )
    made = export_of(write(tmp_path, f"session_id,timestamp,event_type,value\n{rows}"))
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, buyers, revenue)
