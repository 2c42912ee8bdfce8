"""Events without a session id are the visitor's session's around them; those of nobody are left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.ingest.variants.visits import EVENTS, SPEC, Event, check, lines, read, table

GA4 = {
    "page": "page_view", "list": "view_item_list", "view": "view_item", "add": "add_to_cart",
    "checkout": "begin_checkout", "purchase": "purchase",
}  # fmt: skip

OWN = {"page": "page_view", "list": "list_view", "view": "product_view", "add": "cart_add"}


def ga4(event: Event, *, with_session: bool = True, visitor: str | None = "") -> dict[str, Any]:
    params = [{"key": "page_location", "value": {"string_value": "https://shop.example/"}}]
    if with_session:
        params.append({"key": "ga_session_id", "value": {"int_value": str(event.session_epoch)}})
    if event.kind == "purchase":
        params.append({"key": "currency", "value": {"string_value": "EUR"}})
    product = event.product
    item = product and {
        "item_id": product.id, "price": product.price, "quantity": str(product.quantity)
    }  # fmt: skip
    paid = {"purchase_revenue": 37.5, "transaction_id": "T1"} if event.kind == "purchase" else None
    return {
        "event_date": "20260302", "event_timestamp": str(event.epoch * 10**6), "event_name": GA4[event.kind],
        "event_params": params, "user_pseudo_id": event.visitor if visitor == "" else visitor,
        "items": [item] if item else [], "ecommerce": paid,
    }  # fmt: skip


def test_ga4_events_without_a_session_id_join_the_session_around_them(tmp_path):
    left_off = {0, 5, 9}
    rows = [ga4(event, with_session=i not in left_off) for i, event in enumerate(EVENTS)]
    form, made = read(tmp_path, {"events.json": lines(rows)})
    assert form == "ga4"
    check(made)
    assert any(
        "3 events without a session id belong to the visitor's session" in a.text
        for a in made.report.assumptions
    )


def test_pings_of_visitors_who_declined_cookies_are_counted_and_left_out(tmp_path):
    pings = [
        ga4(EVENTS[0], with_session=False, visitor=None),
        ga4(EVENTS[7], with_session=False, visitor=None),
    ]
    _, made = read(tmp_path, {"events.json": lines([*map(ga4, EVENTS), *pings])})
    check(made)
    ((reason, n),) = made.report.rejected.items()
    assert "cookies were declined" in reason
    assert n == 2


def amplitude(event: Event, number: int, **other: Any) -> dict[str, Any]:
    sent = event.filled(product_id="product", price="price", quantity="quantity")
    if event.kind == "purchase":
        sent = {"$revenue": 37.5, "$productId": "A1", "$price": 18.75, "$quantity": 2, "$currency": "EUR"}
    return {
        "$insert_id": f"i{number}", "amplitude_id": {"u1": 111, "u2": 222}[event.visitor],
        "device_id": f"device-{event.visitor}", "user_id": None, "event_type": SPEC[event.kind],
        "event_time": f"{event.plain}.123000", "event_properties": sent,
        "session_id": event.session_epoch * 1000,
        **other,
    }  # fmt: skip


@pytest.mark.parametrize(
    "left_off", [{"session_id": -1}, {"device_id": None}, {"session_id": -1, "device_id": None}]
)
@pytest.mark.parametrize("which", [{1, 5}, set(range(10))])
def test_amplitude_knows_its_visitors_without_device_or_session(tmp_path, left_off, which):
    rows = [amplitude(event, i, **(left_off if i in which else {})) for i, event in enumerate(EVENTS)]
    form, made = read(tmp_path, {"events.json": lines(rows)})
    assert form == "amplitude"
    check(made)


def test_a_table_of_amplitude_falls_back_to_its_own_id(tmp_path):
    rows = [
        {
            "amplitude_id": {"u1": 111, "u2": 222}[event.visitor],
            "device_id": "" if i in (1, 5) else event.visitor,
            "session_id": "-1" if i in (1, 5) else event.session_epoch * 1000,
            "event_time": event.plain,
            "event_type": SPEC[event.kind],
            **event.filled(product_id="product", price="price", quantity="quantity", revenue="revenue",
                           currency="currency", order_id="order"),
        }
        for i, event in enumerate(EVENTS)
    ]  # fmt: skip
    form, made = read(tmp_path, {"events.csv": table(rows)})
    assert form == "amplitude"
    check(made)


@given(left_off=st.sets(st.integers(0, 9), max_size=7), order=st.permutations(range(10)))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_left_off_move_no_session_whatever_the_order_of_rows(tmp_path_factory, left_off, order):
    kept = {event.session for i, event in enumerate(EVENTS) if i not in left_off}
    rows = [
        {
            "session_id": "" if i in left_off and EVENTS[i].session in kept else f"s{EVENTS[i].session}",
            "visitor_id": EVENTS[i].visitor,
            "timestamp": EVENTS[i].iso,
            "event_type": OWN.get(EVENTS[i].kind, EVENTS[i].kind),
            **EVENTS[i].filled(order_id="order", revenue="revenue", currency="currency"),
        }
        for i in order
    ]  # fmt: skip
    _, made = read(tmp_path_factory.mktemp("left"), {"events.csv": table(rows)})
    check(made, cart_adds=2)
    assert {row["session_id"] for row in made.sessions} == {"s1", "s2", "s3"}


def test_a_visit_without_any_id_stays_one_of_its_own(tmp_path):
    rows = [
        {"session_id": "" if event.session == 3 else f"s{event.session}", "visitor_id": event.visitor,
         "timestamp": event.iso, "event_type": "product_view", "product_id": "p"}
        for event in EVENTS
    ]  # fmt: skip
    _, made = read(tmp_path, {"events.csv": table(rows)})
    assert len(made.sessions) == 3
    assert json.dumps(sorted(row["n_events"] for row in made.sessions)) == "[2, 2, 6]"
