"""Exports of trackers and shops, made up in their layouts: known without a question, read as they mean."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.ingest import inspect
from core.ingest.formats.snowplow.events import COLUMNS as SNOWPLOW
from tests.core.ingest.made import make
from tests.core.ingest.reading import write

START = 1_772_445_600  # 2 March 2026, 10:00 UTC


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def iso(second: int) -> str:
    return f"2026-03-02T10:{second // 60:02}:{second % 60:02}Z"


def ga4(name: str, second: int, visitor: str = "u.1", session: int = START, **more: Any) -> dict[str, Any]:
    """Return an event as BigQuery's newline JSON has it: integers are texts."""
    params = {"ga_session_id": session, "page_location": "https://shop.example/", **more.pop("params", {})}
    kinds = {int: "int_value", str: "string_value", float: "double_value"}
    return {
        "event_date": "20260302",
        "event_timestamp": str((START + second) * 1_000_000),
        "event_name": name,
        "event_params": [
            {"key": key, "value": {kinds[type(value)]: str(value) if isinstance(value, int) else value}}
            for key, value in params.items()
        ],
        "user_pseudo_id": visitor,
        "device": {"category": "mobile"},
        "geo": {"country": "Germany"},
        "items": more.pop("items", []),
        **more,
    }


def ga4_visit(visitor: str = "u.1") -> list[dict[str, Any]]:
    cap = {"item_id": "A1", "item_category": "Hats", "price": 20.0, "quantity": "1"}
    sock = {"item_id": "B2", "item_category": "Socks", "price": 5.0, "quantity": "2"}
    return [
        ga4("session_start", 0, visitor),
        ga4("page_view", 0, visitor, params={"ga_session_number": 1}),
        ga4("view_item_list", 5, visitor, items=[cap, sock]),
        ga4("view_item", 10, visitor, items=[cap]),
        ga4("user_engagement", 12, visitor),
        ga4("add_to_cart", 20, visitor, items=[cap, sock]),
        ga4("begin_checkout", 30, visitor, items=[cap, sock]),
        ga4(
            "purchase", 60, visitor, items=[cap, sock], params={"currency": "EUR", "value": 34.9},
            ecommerce={"purchase_revenue": 30.0, "transaction_id": "T1"},
        ),
    ]  # fmt: skip


GA4_TYPES = {
    "other": 2, "page_view": 1, "list_view": 1, "product_view": 1, "cart_add": 2, "checkout": 1,
    "purchase": 1,
}  # fmt: skip


def test_ga4_counts_events_once_and_each_item_of_a_change_of_the_cart(tmp_path):
    path = write(tmp_path, lines(*ga4_visit(), *ga4_visit("u.2")[:4]), "events.json")
    assert inspect(path).format == "ga4"
    made = make(tmp_path, path)
    assert {kind: n for kind, n in made.types.items() if n} == {
        kind: n + (kind in ("page_view", "list_view", "product_view")) + (kind == "other")
        for kind, n in GA4_TYPES.items()
    }
    assert (len(made.sessions), made.visitors, made.buyers, made.revenue) == (2, 2, 1, 30.0)
    assert made.report.currency == "EUR"
    buyer = next(row for row in made.sessions if row["purchased"])
    assert (buyer["cart_adds"], buyer["cart_value"], buyer["checkouts"]) == (2, 30.0, 1)
    assert buyer["is_returning"] is False
    assert not {"brand", "channel"} & made.report.told.columns  # no event has any


def test_ga4_robots_are_told_by_the_user_agent_a_shop_sends_along(tmp_path):
    robot = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    rows = [*ga4_visit(), ga4("page_view", 5, "u.9", params=robot)]
    made = make(tmp_path, write(tmp_path, lines(*rows), "events.json"))
    assert (made.report.robots, len(made.sessions)) == (1, 1)


def test_ga4_parquet_reads_as_its_json(tmp_path):
    path = write(tmp_path, lines(*ga4_visit()), "events.json")
    columns = dict.fromkeys(key for row in ga4_visit() for key in row)
    table = pa.Table.from_pylist([{**columns, **row} for row in ga4_visit()])
    pq.write_table(table, tmp_path / "events.parquet")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = make(tmp_path / "a", path), make(tmp_path / "b", tmp_path / "events.parquet")
    assert first.types == second.types == GA4_TYPES
    assert first.sessions == second.sessions


def test_ga4_daily_gzipped_files_are_one_export(tmp_path):
    """The first order, with all it needs, stands in the last file only; a visit goes over midnight."""
    days = []
    for day in range(7):
        rows = [
            {**row, "event_timestamp": str(int(row["event_timestamp"]) + day * 86_400_000_000)}
            for row in ga4_visit(f"u.{day}")[: 8 if day == 6 else 5]
        ]
        path = tmp_path / f"events_2026030{2 + day}.json.gz"
        path.write_bytes(gzip.compress(lines(*rows).encode()))
        days.append(path)
    made = make(tmp_path, *days)
    assert (len(made.sessions), made.visitors, made.buyers, made.revenue) == (7, 7, 1, 30.0)
    assert (made.report.format, made.report.currency, made.report.rejected) == ("ga4", "EUR", {})


def test_a_key_first_seen_late_is_read(tmp_path):
    views = [ga4("page_view", i % 3000, f"u.{i}", START + i) for i in range(2500)]
    made = make(tmp_path, write(tmp_path, lines(*views, *ga4_visit("late")), "events.json"))
    assert (len(made.sessions), made.buyers, made.revenue) == (2501, 1, 30.0)


@pytest.mark.slow
def test_ga4_events_that_are_no_json_are_refused_and_counted(tmp_path):
    path = write(tmp_path, lines(*ga4_visit()) + '{"event_name": "purch\n17\n', "events.json")
    made = make(tmp_path, path)
    assert made.report.rejected == {"The line is not a JSON object.": 2}
    assert made.types == GA4_TYPES


def test_ga4_console_table_with_items_below_their_event(tmp_path):
    header = (
        "event_date,event_timestamp,event_name,event_params.key,event_params.value.string_value,"
        "event_params.value.int_value,user_pseudo_id,items.item_id,items.price,items.quantity\n"
    )
    rows = (
        f"20260302,{START}000000,add_to_cart,ga_session_id,,{START},u.1,A1,20.0,1\n"
        ",,,page_location,https://shop.example/,,,B2,5.0,2\n"
        f"20260302,{START + 9}000000,purchase,ga_session_id,,{START},u.1,A1,20.0,1\n"
        ",,,currency,EUR,,,B2,5.0,2\n"
        ",,,transaction_id,T1,,,,,\n"
    )
    made = make(tmp_path, write(tmp_path, header + rows))
    assert made.types == {"cart_add": 2, "purchase": 1}
    assert (made.buyers, made.revenue, made.report.currency) == (1, 30.0, "EUR")


def test_ga4_in_a_table_with_json_in_its_cells(tmp_path):
    sink = io.StringIO()
    writer = csv.DictWriter(sink, dict.fromkeys(key for row in ga4_visit() for key in row))
    writer.writeheader()
    for row in ga4_visit():
        cells = {
            key: json.dumps(cell) if isinstance(cell, (dict, list)) else cell for key, cell in row.items()
        }
        writer.writerow(cells)
    made = make(tmp_path, write(tmp_path, sink.getvalue()))
    assert (made.report.format, made.types) == ("ga4", GA4_TYPES)
    assert (made.buyers, made.revenue) == (1, 30.0)


def test_fivetran_table_in_dollars(tmp_path):
    text = (
        "event_timestamp,event_name,user_pseudo_id,param_ga_session_id,param_page_location,"
        "ecommerce_purchase_revenue_in_usd,ecommerce_transaction_id,geo_country\n"
        f"2026-03-02 10:00:00,page_view,u.1,{START},/,,,Germany\n"
        f"2026-03-02 10:01:00,purchase,u.1,{START},/,40,T1,Germany\n"
    )
    made = make(tmp_path, write(tmp_path, text))
    assert (made.report.format, made.report.currency) == ("ga4", "USD")
    assert (len(made.sessions), made.buyers, made.revenue) == (1, 1, 40)


def test_ga360_sessions_with_hits(tmp_path):
    def visit(visitor: str, *actions: str, **totals: str) -> dict[str, Any]:
        return {
            "visitId": str(START), "visitStartTime": str(START), "fullVisitorId": visitor,
            "channelGrouping": "Direct", "device": {"deviceCategory": "desktop"},
            "geoNetwork": {"country": "Germany"}, "totals": {"hits": str(len(actions)), **totals},
            "hits": [{"type": "PAGE", "eCommerceAction": {"action_type": action}} for action in actions],
        }  # fmt: skip

    path = write(
        tmp_path,
        lines(
            visit("1", "0", "2", "2", "3", "5", "6", transactions="1", transactionRevenue="8990000"),
            visit("2", "0", "2", newVisits="1"),
        ),
        "ga_sessions.json",
    )
    assert inspect(path).format == "ga360"
    made = make(tmp_path, path)
    assert (len(made.sessions), made.visitors, made.buyers, made.revenue) == (2, 2, 1, 8.99)
    buyer = next(row for row in made.sessions if row["purchased"])
    assert (buyer["product_views"], buyer["cart_adds"], buyer["checkouts"]) == (2, 1, 1)
    assert [row["is_returning"] for row in made.sessions] == [True, False]


def segment(event: str, second: int, **properties: Any) -> dict[str, Any]:
    return {
        "anonymousId": "a1", "messageId": f"m{second}", "type": "track", "event": event,
        "timestamp": iso(second), "context": {"sessionId": START}, "properties": properties,
    }  # fmt: skip


def test_rudderstack_with_pages_identities_and_an_order_of_two(tmp_path):
    page = {**segment("", 0), "type": "page", "event": None, "name": "Home"}
    identify = {**segment("", 2), "type": "identify", "event": None, "userId": "c7"}
    products = [
        {"product_id": "p1", "price": 20, "quantity": 1},
        {"product_id": "p2", "price": 5, "quantity": 2},
    ]
    records = [
        page,
        identify,
        segment("Product Viewed", 5, product_id="p1", price=20),
        segment("Product Added", 9, product_id="p1", price=20, quantity=1),
        segment("Order Completed", 20, order_id="T1", currency="EUR", products=products),
    ]
    made = make(tmp_path, write(tmp_path, lines(*records, records[-1]), "track.jsonl"))
    assert made.report.format == "segment"
    assert made.types == {"page_view": 1, "other": 1, "product_view": 1, "cart_add": 1, "purchase": 1}
    assert (len(made.sessions), made.buyers, made.revenue) == (1, 1, 30.0)
    assert made.report.currency == "EUR"


def test_amplitude_ids_restart_and_minus_one_is_none(tmp_path):
    def event(kind: str, second: int, device: str, session: int, **properties: Any) -> dict[str, Any]:
        return {
            "event_type": kind, "event_time": f"2026-03-02 10:{second:02}:00.000000", "device_id": device,
            "user_id": None, "amplitude_id": 7, "session_id": session, "$insert_id": f"{device}{second}",
            "country": "Germany", "event_properties": properties,
        }  # fmt: skip

    records = [
        event("session_start", 0, "d1", 5_000),
        event("Product Viewed", 1, "d1", 5_000, product_id="p1", price=40),
        event("Order Completed", 2, "d1", 5_000, order_id="T1", revenue=40, currency="EUR"),
        event("Product Viewed", 1, "d2", 5_000, product_id="p1", price=40),
    ]
    made = make(tmp_path, write(tmp_path, lines(*records), "amplitude.json"))
    assert made.report.format == "amplitude"
    # Amplitude's own id says that both devices are one person's.
    assert (len(made.sessions), made.visitors, made.buyers, made.revenue) == (2, 1, 1, 40)


def test_mixpanel_visits_end_in_silence(tmp_path):
    def event(name: str, second: int, **properties: Any) -> dict[str, Any]:
        own = {"time": START + second, "distinct_id": "u1", "$device_id": "d1", "$insert_id": f"i{second}"}
        return {"event": name, "properties": {**own, "mp_country_code": "DE", **properties}}

    records = [
        event("$mp_web_page_view", 0),
        event("Product Viewed", 10, product_id="p1", price=40),
        event("Order Completed", 20, order_id="T1", revenue=40, currency="EUR"),
        event("$mp_web_page_view", 7_000),
    ]
    made = make(tmp_path, write(tmp_path, lines(*records), "mixpanel.jsonl"))
    assert made.report.format == "mixpanel"
    assert (len(made.sessions), made.visitors, made.buyers, made.revenue) == (2, 1, 1, 40)
    assert made.types["page_view"] == 2


def test_shopify_pixel(tmp_path):
    variant = {"id": "v1", "sku": "S1", "price": {"amount": 20.0, "currencyCode": "EUR"},
               "product": {"id": "p1", "type": "Hats", "vendor": "Demo"}}  # fmt: skip

    def event(name: str, second: int, **data: Any) -> dict[str, Any]:
        return {
            "id": f"e{second}", "name": name, "clientId": "c1", "timestamp": iso(second), "data": data,
            "context": {"document": {"location": {"href": "https://shop.example/"}}},
        }  # fmt: skip

    total = {"amount": 44.9, "currencyCode": "EUR"}
    records = [
        event("page_viewed", 0),
        event("product_viewed", 1, productVariant=variant),
        event("product_added_to_cart", 2, cartLine={"merchandise": variant, "quantity": 2}),
        event("checkout_started", 3, checkout={"totalPrice": total}),
        event("checkout_completed", 9, checkout={"totalPrice": total, "order": {"id": "o1"}}),
    ]
    made = make(tmp_path, write(tmp_path, lines(*records), "pixel.jsonl"))
    assert (made.report.format, made.report.currency) == ("shopify_pixel", "EUR")
    assert (len(made.sessions), made.buyers, made.revenue) == (1, 1, 44.9)
    assert (made.total("cart_value"), made.total("checkouts")) == (40.0, 1)


def test_matomo_visits_with_actions(tmp_path):
    item = {"itemSKU": "p1", "itemName": "Cap", "price": 20, "quantity": 2}
    visit = {
        "idVisit": "1", "visitorId": "v1", "countryCode": "de", "deviceType": "Desktop",
        "siteCurrency": "EUR",
        "serverTimestamp": START + 60,
        "actionDetails": [
            {"type": "action", "timestamp": START, "url": "/"},
            {"type": "search", "timestamp": START + 5},
            {"type": "action", "timestamp": START + 9, "productViewSku": "p1", "productViewPrice": "20"},
            {"type": "ecommerceAbandonedCart", "timestamp": START + 20, "revenue": "40",
             "itemDetails": [item]},
            {"type": "ecommerceOrder", "timestamp": START + 60, "orderId": "T1", "revenue": "44.90",
             "itemDetails": [item]},
        ],
    }  # fmt: skip
    other = {**visit, "idVisit": "2", "visitorId": "v2", "actionDetails": visit["actionDetails"][:3]}
    path = write(tmp_path, json.dumps([visit, other]), "live.json")
    made = make(tmp_path, path)
    assert made.report.format == "matomo"
    assert made.types == {"page_view": 2, "search": 2, "product_view": 2, "other": 1, "purchase": 1}
    assert (len(made.sessions), made.visitors, made.buyers, made.revenue) == (2, 2, 1, 44.9)


def test_adobe_takes_products_apart(tmp_path):
    header = (
        "hit_time_gmt\tvisid_high\tvisid_low\tvisit_num\tevent_list\tproduct_list\tpagename\tpurchaseid\n"
    )
    rows = (
        f"{START}\t1\t2\t1\t\t\tHome\t\n"
        f"{START + 5}\t1\t2\t1\t2\tHats;A1;;\tCap\t\n"
        f"{START + 9}\t1\t2\t1\t12\tHats;A1;1;,Socks;B2;2;\tCap\t\n"
        f"{START + 30}\t1\t2\t1\t1\tHats;A1;1;20,Socks;B2;2;10\tThanks\tT1\n"
        f"{START}\t1\t2\t2\t\t\tHome\t\n"
    )
    made = make(tmp_path, write(tmp_path, header + rows, "feed.tsv"))
    assert made.types == {"page_view": 2, "product_view": 1, "cart_add": 2, "purchase": 1}
    assert (len(made.sessions), made.visitors, made.buyers, made.revenue) == (2, 1, 1, 30.0)
    assert {row["product_id"] for row in made.events if row["event_type"] == "cart_add"} == {"A1", "B2"}


def test_adobe_hits_that_adobe_excluded_are_left_out(tmp_path):
    header = (
        "hit_time_gmt\tvisid_high\tvisid_low\tvisit_num\tevent_list\tproduct_list\tpagename\texclude_hit\n"
    )
    rows = f"{START}\t1\t2\t1\t\t\tHome\t0\n{START + 9}\t1\t2\t1\t1\tHats;A1;1;20\tThanks\t1\n"
    made = make(tmp_path, write(tmp_path, header + rows, "feed.tsv"))
    assert (made.types, made.report.rejected) == (
        {"page_view": 1},
        {"Adobe excluded this hit from its reports.": 1},
    )


def test_a_cell_of_broken_json_is_refused_as_such(tmp_path):
    text = (
        "uuid,event,properties,timestamp,distinct_id\n"
        '1,$pageview,"{""$session_id"": ""s1""}",2026-03-02T10:00:00Z,d1\n'
        '2,$pageview,"{""$session_id"": ""s1",2026-03-02T10:00:05Z,d1\n'
    )
    made = make(tmp_path, write(tmp_path, text))
    assert (made.types, made.report.rejected) == (
        {"page_view": 1},
        {"A cell that should hold JSON can't be read.": 1},
    )


def test_adobe_names_in_a_file_of_their_own(tmp_path):
    names = "hit_time_gmt\tvisid_high\tvisid_low\tvisit_num\tevent_list\tproduct_list\tpagename\tpurchaseid\n"
    rows = f"{START}\t1\t2\t1\t\t\tHome\t\n{START + 9}\t1\t2\t1\t1\tHats;A1;1;20\tThanks\tT1\n"
    lookups = {"column_headers.tsv": names, "browser.tsv": "1\tFirefox\n", "event.tsv": "1\tPurchase\n"}
    paths = [write(tmp_path, text, name) for name, text in lookups.items()]
    hits = tmp_path / "01-shop_20260302-100000.tsv.gz"
    hits.write_bytes(gzip.compress(rows.encode()))
    made = make(tmp_path, *paths, hits)
    assert (made.report.format, made.types) == ("adobe", {"page_view": 1, "purchase": 1})
    assert (len(made.sessions), made.buyers, made.revenue) == (1, 1, 20)


def snowplow(event: str, second: int, **cells: str) -> str:
    known = {
        "app_id": "shop", "platform": "web", "event": event, "event_name": event, "event_id":
        f"00000000-0000-4000-8000-{second:012}", "collector_tstamp": f"2026-03-02 10:00:{second:02}.000",
        "derived_tstamp": f"2026-03-02 10:00:{second:02}.000", "domain_userid": "d1", "domain_sessionid":
        "11111111-0000-4000-8000-000000000001", "geo_country": "DE", **cells,
    }  # fmt: skip
    return "\t".join(known.get(name, "") for name in SNOWPLOW) + "\n"


def test_snowplow_enriched_without_a_header(tmp_path):
    vendor = "iglu:com.snowplowanalytics.snowplow"

    def commerce(kind: str, second: int, *entities: tuple[str, dict[str, Any]]) -> str:
        unstruct = {"schema": f"{vendor}/unstruct_event/jsonschema/1-0-0", "data": {
            "schema": f"{vendor}.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2",
            "data": {"type": kind}}}  # fmt: skip
        found = [
            {"schema": f"{vendor}.ecommerce/{name}/jsonschema/1-0-0", "data": data} for name, data in entities
        ]
        return snowplow(
            "unstruct", second, event_name="snowplow_ecommerce_action", unstruct_event=json.dumps(unstruct),
            contexts=json.dumps({"schema": f"{vendor}/contexts/jsonschema/1-0-0", "data": found}),
        )  # fmt: skip

    cap = ("product", {"id": "A1", "category": "Hats", "price": 20, "currency": "EUR", "quantity": 1})
    sock = ("product", {"id": "B2", "category": "Socks", "price": 5, "currency": "EUR", "quantity": 2})
    order = ("transaction", {"transaction_id": "T1", "revenue": 30, "currency": "EUR"})
    text = (
        snowplow("page_view", 0)
        + snowplow("page_ping", 5)
        + commerce("product_view", 9, cap)
        + commerce("add_to_cart", 12, cap, sock)
        + commerce("transaction", 30, order, cap, sock)
    )
    path = write(tmp_path, text, "run=2026-03-02.tsv")
    assert inspect(path).format == "snowplow"
    made = make(tmp_path, path)
    assert made.types == {"page_view": 1, "other": 1, "product_view": 1, "cart_add": 2, "purchase": 1}
    assert (len(made.sessions), made.buyers, made.revenue, made.report.currency) == (1, 1, 30.0, "EUR")
    assert made.total("cart_value") == 30.0


FLAT = {
    "heap": (
        "event_id,time,user_id,session_id,event_table_name\n"
        "1,2026-03-02 10:00:00,7,70,pageviews\n2,2026-03-02 10:01:00,7,70,add_to_cart\n"
        "3,2026-03-02 10:02:00,7,70,order_completed\n4,2026-03-02 10:02:00,8,80,sessions\n",
        (2, 2, 1, 0.0),
    ),
    "plausible_sessions": (
        "session_id,user_id,domain,start,timestamp,duration,is_bounce,pageviews,events,country_code\n"
        "501,77,shop.example,2026-03-02 10:00:00,2026-03-02 10:05:00,300,0,3,5,DE\n"
        "502,78,shop.example,2026-03-02 10:00:00,2026-03-02 10:00:00,0,1,1,1,DE\n",
        (2, 2, 0, 0.0),
    ),
    "snowplow_sessions": (
        "domain_sessionid,domain_userid,start_tstamp,end_tstamp,page_views,engaged_time_in_s,geo_country\n"
        "s1,u1,2026-03-02 10:00:00,2026-03-02 10:05:00,3,200,DE\n"
        "s2,u2,2026-03-02 11:00:00,2026-03-02 11:00:10,1,10,DE\n",
        (2, 2, 0, 0.0),
    ),
    "plausible": (
        "timestamp,name,site_id,user_id,session_id,hostname,pathname,revenue_reporting_amount,"
        "revenue_reporting_currency\n"
        "2026-03-02 10:00:00,pageview,1,77,501,shop.example,/,,\n"
        "2026-03-02 10:00:30,engagement,1,77,501,shop.example,/,,\n"
        "2026-03-02 10:01:00,Purchase,1,77,501,shop.example,/thanks,40,EUR\n"
        "2026-03-02 10:00:00,pageview,1,78,502,shop.example,/,,\n",
        (2, 2, 1, 40.0),
    ),
    "umami": (
        "event_id,website_id,session_id,visit_id,created_at,url_path,event_type,event_name\n"
        "e1,w,s1,v1,2026-03-02 10:00:00,/,1,\n"
        "e2,w,s1,v1,2026-03-02 10:01:00,/p,2,Add to cart\n"
        "e3,w,s1,v1,2026-03-02 10:02:00,/p,2,purchase\n"
        "e4,w,s1,v2,2026-03-02 15:00:00,/,1,\n",
        (2, 1, 1, 0.0),
    ),
    "retailrocket": (
        "timestamp,visitorid,event,itemid,transactionid\n"
        "1772445600000,1,view,10,\n1772445660000,1,addtocart,10,\n1772445720000,1,transaction,10,5\n"
        "1772445720000,1,transaction,11,5\n1772485720000,1,view,10,\n",
        (2, 1, 1, 0.0),
    ),
    "coveo": (
        "session_id_hash,event_type,product_action,product_sku_hash,server_timestamp_epoch_ms,hashed_url\n"
        "s1,pageview,,,1772445600000,h1\ns1,event_product,detail,p1,1772445600100,h1\n"
        "s1,event_product,purchase,p1,1772445700100,h2\ns2,pageview,,,1772445600000,h1\n",
        (2, None, 1, 0.0),
    ),
    "rees46": (
        "2019-10-01 00:00:00 UTC,view,44600062,21,,shiseido,35.79,541312140,a\n"
        "2019-10-01 00:00:30 UTC,purchase,44600062,21,,shiseido,35.79,541312140,a\n",
        (1, 1, 1, 35.79),
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FLAT)
def test_flat_tables(tmp_path, form):
    text, (n_sessions, n_visitors, n_buyers, revenue) = FLAT[form]
    made = make(tmp_path, write(tmp_path, text))
    assert made.report.format == form
    assert (len(made.sessions), made.buyers, made.revenue) == (n_sessions, n_buyers, revenue)
    assert n_visitors is None or made.visitors == n_visitors
    assert made.report.rejected == {}


def pair(folder: Path, views: str, buys: str) -> tuple[Path, Path]:
    return write(folder, views, "clicks.dat"), write(folder, buys, "buys.dat")


def test_yoochoose_clicks_and_buys_are_one_export(tmp_path):
    paths = pair(
        tmp_path,
        "1,2014-04-07T10:51:09.277Z,214536502,0\n1,2014-04-07T10:54:09.868Z,214536500,S\n"
        "2,2014-04-07T13:56:37.614Z,214662742,0\n",
        "1,2014-04-07T10:58:00.306Z,214536502,1046,2\n",
    )
    made = make(tmp_path, *paths)
    assert (made.report.format, made.types) == ("yoochoose", {"product_view": 3, "purchase": 1})
    assert (len(made.sessions), made.buyers, made.revenue) == (2, 1, 2092)


def test_diginetica_views_and_purchases_are_one_export(tmp_path):
    paths = pair(
        tmp_path,
        "sessionId;userId;itemId;timeframe;eventdate\n1;NA;81766;526309;2016-05-09\n2;NA;31331;1031018;2016-05-09\n",
        "sessionId;userId;timeframe;eventdate;ordernumber;itemId\n1;NA;586309;2016-05-09;16421;81766\n",
    )
    made = make(tmp_path, *paths)
    assert (made.report.format, made.types) == ("diginetica", {"product_view": 2, "purchase": 1})
    assert (len(made.sessions), made.buyers) == (2, 1)


def test_an_unknown_nested_log_is_asked_about_with_its_parts_opened(tmp_path):
    record = {"id": 1, "who": {"cookie": "c"}, "what": {"thing": "gizmo", "tags": [{"key": "a", "value": 3}]}}
    found = inspect(write(tmp_path, lines(record, record), "odd.jsonl"))
    assert found.needs_mapping
    assert {column.name: column.examples for column in found.columns} == {
        "id": ("1",), "who.cookie": ("c",), "what.thing": ("gizmo",), "what.tags.a": ("3",),
    }  # fmt: skip


def test_json_in_the_cells_of_a_table_is_opened(tmp_path):
    text = 'when,kind,details\n2026-03-02 10:00:00,zap,"{""price"": 3, ""deep"": {""er"": true}}"\n'
    found = inspect(write(tmp_path, text))
    assert [column.name for column in found.columns] == ["when", "kind", "details.price", "details.deep.er"]
