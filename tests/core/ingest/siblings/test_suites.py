"""Exports of analytics suites whose names and words say all that is needed, and of pages that don't."""

from __future__ import annotations

import json

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of


def experience(minute, event_type, who, commerce=None, *items):
    made = {
        "_id": f"{who}{minute}",
        "timestamp": f"2026-03-02T10:{minute:02}:00.000Z",
        "eventType": event_type,
        "identityMap": {"ECID": [{"id": who, "authenticatedState": "ambiguous", "primary": True}]},
        "web": {"webPageDetails": {"URL": "https://shop.example/", "pageViews": {"value": 1}}},
        "device": {"type": "desktop", "screenHeight": 900},
        "placeContext": {"geo": {"countryCode": "DE"}, "localTime": "2026-03-02T11:00:00+01:00"},
    }
    if commerce:
        made |= {"commerce": commerce}
    if items:
        keys = ("SKU", "quantity", "priceTotal")
        listed = [dict(zip(keys, item, strict=True)) for item in items]
        made |= {"productListItems": [{"product": f"https://shop.example/{i['SKU']}", **i} for i in listed]}
    return made


ORDER = {
    "purchases": {"value": 1},
    "order": {
        "purchaseID": "O1", "priceTotal": 54.9, "currencyCode": "EUR",
        "payments": [{"paymentType": "card", "paymentAmount": 54.9}],
    },
}  # fmt: skip
EXPERIENCE = [
    experience(0, "web.webpagedetails.pageViews", "A1"),
    experience(1, "commerce.productViews", "A1", {"productViews": {"value": 1}}, ("p1", 1, 20.0)),
    experience(2, "commerce.productListAdds", "A1", {"productListAdds": {"value": 1}}, ("p1", 2, 40.0)),
    experience(3, "commerce.checkouts", "A1", {"checkouts": {"value": 1}}, ("p1", 2, 40.0)),
    experience(4, "commerce.purchases", "A1", ORDER, ("p1", 2, 40.0), ("p2", 1, 10.0)),
    experience(0, "web.webpagedetails.pageViews", "A2"),
    experience(50, "commerce.productViews", "A2", {"productViews": {"value": 1}}, ("p2", 1, 10.0)),
]


def test_experience_events_of_adobe(tmp_path):
    path = write(tmp_path, "\n".join(map(json.dumps, EXPERIENCE)), "events.jsonl")
    assert not inspect(path).needs_mapping
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (3, 1, 54.9)
    bought = made.rows[[row["purchased"] for row in made.rows].index(True)]
    counted = ("visitor_id", "page_views", "product_views", "cart_adds", "checkouts", "country", "device")
    assert [bought[name] for name in counted] == ["A1", 1, 1, 1, 1, "DE", "desktop"]
    assert bought["cart_value"] == 40


def test_beside_what_was_paid_a_line_is_what_all_its_pieces_cost(tmp_path):
    text = (
        "session_id,timestamp,event,product_id,line_total,quantity,order_total\n"
        "s1,2026-03-02 10:00:00,add_to_cart,p1,40,2,\ns1,2026-03-02 10:04:00,purchase,,,,44.9\n"
        "s2,2026-03-02 10:00:00,view_item,p1,20,1,\n"
    )
    made = export_of(write(tmp_path, text))
    assert (made.n_buyers, made.revenue, made.by_id["s1"]["cart_value"]) == (1, 44.9, 40)


SOURCES = {
    "query.csv": (
        "_id,timestamp,eventType,ecid,web.webPageDetails.URL,commerce.purchases.value,"
        "commerce.order.purchaseID,commerce.order.priceTotal,commerce.order.currencyCode\n"
        "e1,2026-03-02T10:00:00Z,web.webpagedetails.pageViews,A1,https://s/,,,,\n"
        "e3,2026-03-02T10:02:00Z,commerce.productListAdds,A1,https://s/p,,,,\n"
        "e4,2026-03-02T10:04:00Z,commerce.purchases,A1,https://s/c,1,O1,40,EUR\n"
        "e5,2026-03-02T10:00:00Z,web.webpagedetails.pageViews,A2,https://s/,,,,\n"
    ),
    "simple_analytics.csv": (
        "added_iso,added_unix,datapoint,path,session_id,uuid,is_robot,duration_seconds,metadata.total_int\n"
        "2026-03-02T10:00:00.000Z,1772445600,pageview,/,s1,u1,false,12,\n"
        "2026-03-02T10:02:00.000Z,1772445720,add_to_cart,/p,s1,u3,false,,\n"
        "2026-03-02T10:03:00.000Z,1772445780,purchase,/thanks,s1,u4,false,,40\n"
        "2026-03-02T10:00:00.000Z,1772445600,pageview,/,s2,u5,false,3,\n"
        "2026-03-02T10:00:00.000Z,1772445600,pageview,/,s3,u6,true,3,\n"
    ),
    "insider.csv": (
        "iid,event_name,event_date,session_id,product_id,unit_price,unit_sale_price,quantity\n"
        "i1,homepage_view,2026-03-02 10:00:01,s1,,,,\n"
        "i1,product_detail_page_view,2026-03-02 10:01:00,s1,p1,25,20,\n"
        "i1,item_added_to_cart,2026-03-02 10:02:00,s1,p1,25,20,2\n"
        "i1,confirmation_page_view,2026-03-02 10:04:00,s1,p1,25,20,2\n"
        "i2,homepage_view,2026-03-02 10:00:00,s2,,,,\n"
    ),
    "piwik_pro.csv": (
        "timestamp,session_id,visitor_id,event_type,order_id,revenue\n"
        "2026-03-02 10:00:00,s1,v1,Page view,,\n"
        "2026-03-02 10:01:00,s1,v1,E-commerce product detail view,,\n"
        "2026-03-02 10:02:00,s1,v1,E-commerce add to cart,,\n"
        "2026-03-02 10:04:00,s1,v1,E-commerce order,O1,40.0\n"
        "2026-03-02 10:00:00,s2,v2,Page view,,\n"
        "2026-03-02 10:00:40,s2,v2,E-commerce abandoned cart,,30.0\n"
    ),
    "posthog_all_columns.csv": (
        "*.event,*.distinct_id,*.timestamp,*.properties.$session_id,*.properties.total\n"
        "$pageview,d1,2026-03-02T10:00:00.123000Z,0195-a,\n"
        "Product Added,d1,2026-03-02T10:02:00.123000Z,0195-a,\n"
        "Order Completed,d1,2026-03-02T10:04:00.123000Z,0195-a,40\n"
        "$pageview,d2,2026-03-02T10:00:00.123000Z,0195-b,\n"
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_names_and_words_of_suites_are_known(tmp_path, name):
    path = write(tmp_path, SOURCES[name], name)
    assert not inspect(path).needs_mapping
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 40)


def test_of_two_columns_of_events_the_one_that_says_who_bought_is_guessed(tmp_path):
    """FullStory writes "custom" for what a shop sends itself, and its name beside it."""
    text = (
        "UserId,SessionId,EventStart,EventType,EventCustomName,evt_total_real,PageUrl,PageStart\n"
        "11,1,2026-03-02T10:00:00.1Z,navigate,,,https://s/,2026-03-02T10:00:00.0Z\n"
        "11,1,2026-03-02T10:00:05.1Z,click,,,https://s/,2026-03-02T10:00:00.0Z\n"
        "11,1,2026-03-02T10:01:00.1Z,custom,Product Viewed,,https://s/p,2026-03-02T10:01:00.0Z\n"
        "11,1,2026-03-02T10:04:00.1Z,custom,Order Completed,44.9,https://s/t,2026-03-02T10:04:00.0Z\n"
        "12,2,2026-03-02T10:00:00.1Z,navigate,,,https://s/,2026-03-02T10:00:00.0Z\n"
    )
    path = write(tmp_path, text)
    found = inspect(path)
    assert found.needs_mapping
    names = ("timestamp", "event_type", "revenue")
    assert [found.mapping.columns[name] for name in names] == [
        "EventStart", "EventCustomName", "evt_total_real",
    ]  # fmt: skip
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 44.9)


def test_times_that_say_how_long_ago_something_was_are_refused(tmp_path):
    text = (
        "event,person,timestamp,properties.$session_id\n$pageview,a@x.de,2 hours ago,a\n"
        "Order Completed,a@x.de,an hour ago,a\n$pageview,b@x.de,a few seconds ago,b\n"
    )
    with pytest.raises(IngestError, match=r"how long ago something was.*2 hours ago"):
        inspect(write(tmp_path, text))


@pytest.mark.parametrize("header", ["", "user_id,item_id,category_id,behavior_type,timestamp\n"])
def test_the_log_of_taobao_with_and_without_its_header(tmp_path, header):
    rows = (
        "1,2268318,2520377,pv,1511544070\n1,2576651,149192,cart,1511544270\n1,2576651,149192,buy,1511544370\n"
        "100,2333346,2520771,pv,1511561733\n100,2333346,2520771,fav,1511561833\n"
        "100,2333346,2520771,pv,1511661833\n"
    )
    path = write(tmp_path, header + rows)
    assert not inspect(path).needs_mapping
    made = export_of(path)
    assert (len(made.rows), made.n_buyers) == (3, 1)
