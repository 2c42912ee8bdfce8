"""Visits of Yandex Metrica and of Matomo's database, and names of sources that no format knows."""

from __future__ import annotations

import json

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

#: A visit with an order, one with two, one without, one paid in two currencies.
VISITS = """ym:s:visitID\tym:s:clientID\tym:s:dateTime\tym:s:pageViews\tym:s:visitDuration\tym:s:isNewUser\t\
ym:s:lastsignTrafficSource\tym:s:regionCountry\tym:s:deviceCategory\tym:s:purchaseID\tym:s:purchaseRevenue\t\
ym:s:purchaseCurrency
1\t1608117440123456789\t2026-03-02 10:00:00\t5\t320\t1\torganic\tGermany\t1\t['A-1']\t[40.5]\t['EUR']
2\t1608117440123456790\t2026-03-02 11:00:00\t9\t620\t0\tad\tFrance\t2\t['A-2','A-3']\t[10,20]\t['EUR','EUR']
3\t1608117440123456791\t2026-03-02 12:00:00\t1\t0\t0\tdirect\tFrance\t3\t[]\t[]\t[]
4\t1608117440123456792\t2026-03-02 13:00:00\t7\t99\t0\tdirect\tFrance\t4\t['A-4','A-5']\t[5,7]\t['EUR','USD']
"""


@pytest.mark.parametrize("quote", ["'", "\\'"])
def test_orders_in_the_arrays_of_yandex_metrica(tmp_path, quote):
    path = write(tmp_path, VISITS.replace("'", quote), "visits.tsv")
    found = inspect(path)
    assert (found.format, found.needs_mapping, found.unused) == ("yandex_metrica", False, ())
    export = export_of(path)
    assert {money.currency: money.gross for money in export.report.money} == {"EUR": 70.5}
    rows = [export.by_id[str(n)] for n in (1, 2, 3, 4)]
    assert [row["purchased"] for row in rows] == [True, True, False, True]
    assert [row["revenue"] for row in rows] == [40.5, 30, 0, None]
    assert [row["is_returning"] for row in rows] == [False, True, True, True]
    assert [row["channel"] for row in rows] == ["organic", "ad", "direct", "direct"]
    assert (rows[0]["country"], rows[0]["device"], rows[0]["started_at"].hour) == ("DE", "desktop", 10)


def test_without_the_fields_of_orders_nobody_is_said_not_to_have_bought(tmp_path):
    lines = ["\t".join(line.split("\t")[:9]) for line in VISITS.splitlines()]
    export = export_of(write(tmp_path, "\n".join(lines), "visits.tsv"))
    assert {(row["purchased"], row["revenue"]) for row in export.rows} == {(None, None)}


def test_visits_in_matomos_database(tmp_path):
    data = """idvisit,idvisitor,visit_first_action_time,visit_total_actions,visit_total_time,\
visit_goal_buyer,visitor_returning,referer_type,location_country,config_device_type
1,a1b2c3d4e5f60718,2026-03-02 10:00:00,7,300,1,0,2,de,0
2,b1b2c3d4e5f60718,2026-03-02 11:00:00,4,60,2,1,1,fr,1
3,c1b2c3d4e5f60718,2026-03-02 11:00:00,9,90,3,1,6,fr,2
"""
    path = write(tmp_path, data)
    assert inspect(path).format == "matomo_log_visit"
    rows = export_of(path).by_id
    assert [rows[n]["purchased"] for n in "123"] == [True, False, True]
    assert {row["revenue"] for row in rows.values()} == {None}
    assert [rows[n]["device"] for n in "123"] == ["desktop", "mobile", "tablet"]
    assert [rows[n]["channel"] for n in "123"] == ["search", "direct", "campaign"]


def commerce(event_id, minute, action, products, **more):
    return {
        "event_type": "commerce_event",
        "data": {
            "timestamp_unixtime_ms": 1772445600000 + minute * 60_000, "event_id": event_id, "session_id": 77,
            "currency_code": "EUR", "product_action": {"action": action, "products": products, **more},
        },
    }  # fmt: skip


SHOES = {"id": "p1", "name": "Shoes", "price": 39.9, "quantity": 1}
SOCKS = {"id": "p2", "price": 10, "quantity": 2}
HOME = {"screen_name": "Home", "timestamp_unixtime_ms": 1772445600000, "event_id": 1, "session_id": 77}
#: A visit with an order of 59.90, over two batches, and a look of somebody else.
BATCHES = [
    {"mpid": 5551, "device_info": {"platform": "iOS"}, "events": [
        {"event_type": "screen_view", "data": HOME},
        commerce(2, 1, "view_detail", [SHOES]), commerce(3, 2, "add_to_cart", [SHOES, SOCKS])]},
    {"mpid": 5551, "device_info": {"platform": "iOS"},
     "events": [commerce(4, 3, "purchase", [SHOES, SOCKS], transaction_id="o1")]},
    {"mpid": 5552, "events": [commerce(5, 4, "view_detail", [SHOES])]},
]  # fmt: skip


@pytest.mark.parametrize("write_batches", [json.dumps, lambda batches: "\n".join(map(json.dumps, batches))])
def test_batches_of_mparticle(tmp_path, write_batches):
    path = write(tmp_path, write_batches(BATCHES), "batches.json")
    found = inspect(path)
    assert (found.format, found.needs_mapping) == ("mparticle", False)
    bought, looked = sorted(export_of(path).rows, key=lambda row: row["session_id"])
    counted = ("page_views", "product_views", "cart_adds", "cart_value", "purchased", "revenue")
    assert [bought[name] for name in counted] == [1, 1, 2, 59.9, True, 59.9]
    assert [looked[name] for name in counted] == [0, 1, 0, 0, False, 0]


def test_names_with_the_prefix_of_their_source_are_guessed(tmp_path):
    hits = """ym:pv:watchID,ym:pv:clientID,ym:pv:dateTime,ym:pv:URL
5001,1608117440123456789,2026-03-02 10:00:00,https://shop.example/
"""
    found = inspect(write(tmp_path, hits)).mapping.columns
    assert {name: found[name] for name in ("visitor_id", "timestamp", "page")} == {
        "visitor_id": "ym:pv:clientID", "timestamp": "ym:pv:dateTime", "page": "ym:pv:URL",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("record", "people"),
    [
        ({"type": "view_item", "timestamp": 1772445600.5, "properties": {"price": 39.9},
          "customer_ids": {"cookie": "c1", "registered": "u1"}},
         {"visitor_id": "customer_ids.cookie", "user_id": "customer_ids.registered"}),
        ({"attributes": {"datetime": "2026-03-02 10:00:00+00:00", "event_properties": {"Price": 39.9}},
          "relationships": {"profile": {"data": {"type": "profile", "id": "p1"}},
                            "metric": {"data": {"type": "metric", "id": "Viewed Product"}}}},
         {"visitor_id": "relationships.profile.data.id"}),
    ],
)  # fmt: skip
def test_who_it_was_is_guessed_in_nested_records(tmp_path, record, people):
    found = inspect(write(tmp_path, json.dumps(record), "a.jsonl")).mapping.columns
    assert found.items() >= people.items()


@pytest.mark.parametrize("left_out", ["ym:s:visitID", "ym:s:clientID", "ym:s:pageViews"])
def test_a_field_that_a_shop_did_not_choose_loses_no_orders(tmp_path, left_out):
    rows = [line.split("\t") for line in VISITS.splitlines()]
    at = rows[0].index(left_out)
    path = write(tmp_path, "\n".join("\t".join(row[:at] + row[at + 1 :]) for row in rows), "visits.tsv")
    assert inspect(path).format == "yandex_metrica"
    export = export_of(path)
    assert (len(export.rows), export.n_buyers, export.revenue) == (4, 3, 70.5)


@pytest.mark.parametrize("name", ["purchasedProductPurchaseID", "productsPurchaseID"])
def test_the_orders_of_products_and_days_alone_tell_who_bought(tmp_path, name):
    rows = [line.split("\t")[:10] for line in VISITS.splitlines()]
    data = "\n".join("\t".join(row) for row in rows)
    data = data.replace("purchaseID", name).replace("ym:s:dateTime", "ym:s:date")
    export = export_of(write(tmp_path, data, "visits.tsv"))
    found = [export.by_id[str(n)] for n in (1, 2, 3, 4)]
    assert [row["purchased"] for row in found] == [True, True, False, True]
    assert [row["revenue"] for row in found] == [None, None, 0, None]


def test_what_mysql_writes_for_nothing_is_nothing_far_down_too(tmp_path):
    head = (
        "idvisit,idvisitor,visit_first_action_time,visit_total_actions,visit_total_time,visit_goal_buyer,"
        "location_country,visitor_returning,referer_type,config_device_type"
    )
    rows = [f"{n},{n:016x},2026-03-02 10:{n % 60:02}:00,7,300,0,de,0,2,1" for n in range(1, 2300)]
    rows.append("9001,\\N,2026-03-02 10:00:00,7,\\N,1,\\N,1,\\N,\\N")
    row = export_of(write(tmp_path, "\n".join([head, *rows]))).by_id["9001"]
    assert [row[name] for name in ("visitor_id", "country", "device", "purchased")] == [
        None,
        None,
        None,
        True,
    ]


def test_an_order_that_bloomreach_calls_failed_is_no_sale(tmp_path):
    events = [
        {"type": "purchase", "timestamp": 1772445600.5 + 977 * n, "customer_ids": {"cookie": f"c{n}"},
         "properties": {"total_price": 39.9, "purchase_id": f"o{n}", "purchase_status": status}}
        for n, status in enumerate(["success", "failed", "success"])
    ]  # fmt: skip
    events.append({**events[0], "type": "view_item", "properties": {"price": 39.9}})
    export = export_of(write(tmp_path, "\n".join(map(json.dumps, events)), "a.jsonl"))
    assert (len(export.rows), export.n_buyers, export.revenue) == (3, 2, 79.8)
