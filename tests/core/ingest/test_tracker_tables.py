"""Flat tables of trackers in warehouses, made up in their layouts: known without a question."""

from __future__ import annotations

import pytest

from core.ingest import inspect
from tests.core.ingest.made import make
from tests.core.ingest.reading import write

START = 1_772_445_600  # 2 March 2026, 10:00 UTC
_PRODUCTS = (
    "product_event_id,event_id,domain_sessionid,event_in_session_index,domain_userid,derived_tstamp,"
    "product_id,product_category,product_currency,product_price,product_quantity,is_product_view,is_add_to_cart,"
    "is_remove_from_cart,is_product_transaction,transaction_id\n"
    "a,e1,s1,1,u1,2026-03-02 10:00:00,p1,Hats,EUR,20,,true,false,false,false,\n"
    "b,e2,s1,2,u1,2026-03-02 10:01:00,p1,Hats,EUR,20,2,false,true,false,false,\n"
    "c,e3,s1,3,u1,2026-03-02 10:02:00,p1,Hats,EUR,20,2,false,false,false,true,T1\n"
    "d,e3,s1,3,u1,2026-03-02 10:02:00,p2,Hats,EUR,5,1,false,false,false,true,T1\n"
    "e,e4,s2,1,u2,2026-03-02 10:02:00,p2,Hats,EUR,5,,true,false,false,false,\n"
)
#: Name -> format, text, and its sessions, visitors, buyers, revenue, currency.
TABLES = {
    "mixpanel": (
        "mixpanel",
        "event,time,distinct_id,$insert_id,$device_id,$user_id,mp_country_code,$current_url,sku,"
        "order_value,currency\n"
        f"$mp_web_page_view,{START},d1,i1,d1,,DE,/,,,\nProduct Viewed,{START + 5},d1,i2,d1,,DE,/,p1,,\n"
        f"Order Completed,{START + 60},u1,i3,d1,u1,DE,/,,40,EUR\n"
        f"Product Viewed,{START},d2,i4,d2,,DE,/,p1,,\n",
        (2, 2, 1, 40, "EUR"),
    ),
    "mixpanel through Airbyte": (
        "mixpanel",
        "_airbyte_raw_id,_airbyte_extracted_at,_airbyte_meta,event,time,distinct_id,insert_id,total\n"
        'a,2026-03-05T00:00:00Z,"{""changes"":[]}",Product Viewed,2026-03-02T10:00:00Z,d1,i1,\n'
        'b,2026-03-05T00:00:00Z,"{""changes"":[]}",Order Completed,2026-03-02T10:01:00Z,d1,i2,39.5\n',
        (1, 1, 1, 39.5, None),
    ),
    "umami_sessions": (
        "umami_sessions",
        "session_id,website_id,hostname,browser,os,device,screen,language,country,city,created_at\n"
        "s1,w,shop,chrome,Mac OS,desktop,1x1,de,DE,Berlin,2026-03-02 10:00:00+00\n"
        "s2,w,shop,chrome,Mac OS,mobile,1x1,de,DE,Berlin,2026-03-02 11:00:00+00\n",
        (2, None, 0, 0, None),
    ),
    "umami with its sessions' columns": (
        "umami",
        "website_id,session_id,visit_id,event_id,browser,device,country,url_path,event_type,event_name,"
        "created_at\nw,s1,v1,e1,c,mobile,DE,/,1,,2026-03-02 10:00:00\n"
        "w,s1,v1,e2,c,mobile,DE,/,2,purchase,2026-03-02 10:01:00\n",
        (1, 1, 1, 0, None),
    ),
    "snowplow_ecommerce": ("snowplow_ecommerce", _PRODUCTS, (2, 2, 1, 45, "EUR")),
    "snowplow_ecommerce_sessions": (
        "snowplow_ecommerce_sessions",
        "domain_sessionid,app_id,start_tstamp,end_tstamp,domain_userid,number_unique_cart_ids,"
        "number_checkout_steps_visited,first_product_view,number_product_views,number_add_to_carts,"
        "number_remove_from_carts,total_transaction_revenue,total_number_transactions\n"
        "s1,a,2026-03-02 10:00:00,2026-03-02 10:05:00,u1,1,3,2026-03-02 10:00:00,3,1,0,45.5,1\n"
        "s2,a,2026-03-02 10:00:00,2026-03-02 10:00:10,u2,0,0,,1,0,0,,0\n",
        (2, 2, 1, 45.5, None),
    ),
    "jitsu": (
        "jitsu",
        "message_id,anonymous_id,user_id,type,event,timestamp,context_page_url,product_id,price,order_id,"
        "revenue\n"
        "m1,a1,,page,,2026-03-02T10:00:00Z,/,,,,\n"
        "m2,a1,,track,Product Viewed,2026-03-02T10:01:00Z,/,p1,20,,\n"
        "m3,a1,u1,track,Order Completed,2026-03-02T10:02:00Z,/,,,T1,40\n"
        "m4,a2,,page,,2026-03-02T10:00:00Z,/,,,,\n",
        (2, 2, 1, 40, None),
    ),
    "jitsu of its first version": (
        "jitsu",
        "eventn_ctx_event_id,event_type,user_anonymous_id,utc_time,url,total\n"
        "m1,pageview,a1,2026-03-02T10:00:00Z,/,\nm2,add_to_cart,a1,2026-03-02T10:01:00Z,/,\n"
        "m3,purchase,a1,2026-03-02T10:02:00Z,/,40\n",
        (1, 1, 1, 40, None),
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_numbers(tmp_path, name):
    form, text, (n_sessions, n_visitors, n_buyers, revenue, currency) = TABLES[name]
    path = write(tmp_path, text)
    assert (inspect(path).format, inspect(path).needs_mapping) == (form, False)
    made = make(tmp_path, path)
    assert (len(made.sessions), made.buyers, made.revenue) == (n_sessions, n_buyers, revenue)
    assert n_visitors is None or made.visitors == n_visitors
    assert (made.report.currency, made.report.rejected) == (currency, {})


def test_pages_of_jitsu_are_page_views(tmp_path):
    made = make(tmp_path, write(tmp_path, TABLES["jitsu"][1]))
    assert made.types == {"page_view": 2, "product_view": 1, "purchase": 1}


def test_somebody_who_signs_in_stays_one_person_in_mixpanels_table(tmp_path):
    made = make(tmp_path, write(tmp_path, TABLES["mixpanel"][1]))
    assert {row["visitor_id"] for row in made.sessions if row["purchased"]} == {"d1"}


def test_sessions_of_umami_say_nothing_of_purchases(tmp_path):
    made = make(tmp_path, write(tmp_path, TABLES["umami_sessions"][1]))
    assert not made.report.told.has_outcomes
    assert {row["purchased"] for row in made.sessions} == {None}


def test_amounts_under_a_name_nobody_knows_are_asked_about(tmp_path):
    text = TABLES["mixpanel"][1].replace("order_value", "basket_total_paid")
    assert inspect(write(tmp_path, text.replace(",40,", ",40.50,"))).needs_mapping
