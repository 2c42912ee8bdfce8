"""Exports of trackers in other versions, of other warehouses and loaders: the same three visits."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.ingest import SourceFile, inspect_files
from core.ingest.formats.snowplow.events import COLUMNS as SNOWPLOW
from tests.core.ingest.variants.test_ids_left_off import ga4
from tests.core.ingest.variants.visits import EVENTS, SPEC, Event, check, lines, read, table, write

_SCHEMA = "com_snowplowanalytics_snowplow_ecommerce"


def upper(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name columns as Snowflake does."""
    return [{name.upper(): cell for name, cell in row.items()} for row in rows]


def snake(word: str) -> str:
    return word.lower().replace(" ", "_")


def segment_row(number: int, event: Event) -> dict[str, Any]:
    return {
        "id": f"m{number}", "anonymous_id": event.visitor, "received_at": event.plain,
        "original_timestamp": event.plain, "timestamp": event.plain, "event": snake(SPEC[event.kind]),
        "context_page_url": "https://shop.example/",
        **event.filled(product_id="product", category="category", price="price", quantity="quantity",
                       revenue="revenue", order_id="order", currency="currency"),
    }  # fmt: skip


def segment_tables() -> dict[str, str]:
    """A table for each event, and that of pages, which has no name of an event."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for number, event in enumerate(EVENTS):
        row = {name: cell for name, cell in segment_row(number, event).items() if cell != ""}
        if event.kind == "page":
            del row["event"]
            row |= {"url": "https://shop.example/", "path": "/", "title": "Shop", "referrer": ""}
        tables.setdefault(snake(SPEC[event.kind]) if event.kind != "page" else "pages", []).append(row)
    return {f"{name}.csv": table(rows) for name, rows in tables.items()}


def jitsu_row(number: int, event: Event) -> dict[str, Any]:
    return {
        "_timestamp": event.iso, "eventn_ctx_event_id": f"e{number}", "event_type": snake(SPEC[event.kind]),
        "eventn_ctx_user_anonymous_id": event.visitor, "eventn_ctx_utc_time": event.iso,
        **event.filled(product_id="product", price="price", quantity="quantity", order_id="order",
                       revenue="revenue", currency="currency"),
    }  # fmt: skip


_ACTIONS = {"list": "list_view", "view": "product_view", "add": "add_to_cart", "checkout": "checkout_step",
            "purchase": "transaction"}  # fmt: skip


def snowplow_base(number: int, event: Event) -> dict[str, Any]:
    return {
        "event_id": f"00000000-0000-4000-8000-{number:012}", "collector_tstamp": event.plain,
        "derived_tstamp": event.plain, "event": "page_view" if event.kind == "page" else "unstruct",
        "event_name": "page_view" if event.kind == "page" else "snowplow_ecommerce_action",
        "domain_userid": event.visitor, "domain_sessionid": f"{event.visitor}-{event.session}",
    }  # fmt: skip


def snowplow_wide(number: int, event: Event, version: str = "1") -> dict[str, Any]:
    """An event as warehouses have it, with a column for each schema."""
    row = snowplow_base(number, event)
    if event.kind != "page":
        row[f"unstruct_event_{_SCHEMA}_snowplow_ecommerce_action_{version}"] = {"type": _ACTIONS[event.kind]}
    if event.product:
        product = {
            "id": event.product.id, "category": event.product.category, "price": event.product.price,
            "quantity": event.product.quantity, "currency": "EUR",
        }  # fmt: skip
        row[f"contexts_{_SCHEMA}_product_{version}"] = [product]
    if event.kind == "purchase":
        paid = {"transaction_id": "T1", "revenue": 37.5, "currency": "EUR"}
        row[f"contexts_{_SCHEMA}_transaction_{version}"] = [paid]
    return row


def snowplow_packed(number: int, event: Event) -> dict[str, Any]:
    """An event as the enriched format has it, with its schemas in JSON."""
    wide, row = snowplow_wide(number, event), dict.fromkeys(SNOWPLOW, "") | snowplow_base(number, event)
    if event.kind != "page":
        action = wide[f"unstruct_event_{_SCHEMA}_snowplow_ecommerce_action_1"]
        row["unstruct_event"] = json.dumps({"data": {"data": action}})
    entities = [
        {"schema": f"iglu:com.snowplowanalytics.snowplow.ecommerce/{name}/jsonschema/1-0-0", "data": each}
        for name in ("product", "transaction")
        for each in wide.get(f"contexts_{_SCHEMA}_{name}_1", [])
    ]
    row["contexts"] = json.dumps({"data": entities}) if entities else ""
    return row


_GOOGLE = "com_google_analytics_enhanced_ecommerce"
_GOOGLES = {"list": "view", "view": "detail", "add": "add", "checkout": "checkout", "purchase": "purchase"}


def snowplow_enhanced(number: int, event: Event) -> dict[str, Any]:
    """An event of the plugin for Google's enhanced e-commerce, with a column for each schema."""
    row = snowplow_wide(number, event)
    names = [name for name in row if name.startswith(("unstruct_event_", "contexts_"))]
    for value in [row.pop(name) for name in names]:
        if isinstance(value, dict):
            row[f"unstruct_event_{_GOOGLE}_action_1"] = {"action": _GOOGLES[event.kind]}
        elif "revenue" in value[0]:
            order = {"id": "T1", "revenue": 37.5, "currency": "EUR"}
            row[f"contexts_{_GOOGLE}_action_field_object_1"] = [order]
        else:
            kind = "impression" if event.kind == "list" else "product"
            row[f"contexts_{_GOOGLE}_{kind}_field_object_1"] = value
    if event.kind == "list" and not event.product:
        row[f"contexts_{_GOOGLE}_impression_field_object_1"] = [{"id": "A1"}, {"id": "B2"}]
    return row | ({} if event.kind == "page" else {"event_name": "action"})


def parquet(rows: list[dict[str, Any]]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows]), out)
    return out.getvalue()


def posthog(number: int, event: Event) -> dict[str, Any]:
    word = "$pageview" if event.kind == "page" else SPEC[event.kind]
    sent = event.filled(product_id="product", price="price", quantity="quantity", order_id="order",
                        revenue="revenue", currency="currency")  # fmt: skip
    properties = {"$session_id": f"{event.visitor}-{event.session}", "$lib": "web", **sent}
    return {
        "uuid": f"u{number}", "event": word, "distinct_id": event.visitor, "timestamp": event.iso,
        "properties": json.dumps({name: cell for name, cell in properties.items() if cell != ""}),
    }  # fmt: skip


def of_all(make: Callable[[int, Event], dict[str, Any]]) -> list[dict[str, Any]]:
    return [make(number, event) for number, event in enumerate(EVENTS)]


def ga4_extract(number: int, event: Event) -> dict[str, Any]:
    return {
        "event_timestamp": event.epoch * 10**6, "event_name": ga4(event)["event_name"],
        "user_pseudo_id": event.visitor, "ga_session_id": event.session_epoch,
        **event.filled(item_id="product", price="price", quantity="quantity", purchase_revenue="revenue",
                       transaction_id="order", currency="currency"),
    }  # fmt: skip


VERSIONS: dict[str, tuple[str, dict[str, str | bytes]]] = {
    "ga4 in capitals": ("ga4", {"a.csv": table(upper(of_all(ga4_extract)))}),
    "segment in capitals": ("segment", {"a.csv": table(upper(of_all(segment_row)))}),
    "segment, a table an event": ("segment", dict(segment_tables())),
    "jitsu with its context": ("jitsu", {"a.csv": table(of_all(jitsu_row))}),
    "snowplow in capitals": ("snowplow", {"a.csv": table(upper(of_all(snowplow_packed)))}),
    "snowplow's Google columns": ("snowplow", {"a.csv": table(of_all(snowplow_enhanced))}),
    "snowplow, a column a schema": ("snowplow", {"a.csv": table(of_all(snowplow_wide))}),
    "snowplow, a column a schema, lines": ("snowplow", {"a.jsonl": lines(of_all(snowplow_wide))}),
    "snowplow, a column a version": (
        "snowplow", {"a.parquet": parquet(of_all(lambda n, event: snowplow_wide(n, event, "1_0_2")))},
    ),
    "posthog with properties in a text": ("posthog", {"a.jsonl": lines(of_all(posthog))}),
    "posthog with properties in a text, as a list": ("posthog", {"a.json": json.dumps(of_all(posthog))}),
    "posthog as parquet": ("posthog", {"a.parquet": parquet(of_all(posthog))}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", VERSIONS)
def test_every_version_tells_the_same_visits(tmp_path, name):
    expected, files = VERSIONS[name]
    form, made = read(tmp_path, files)
    assert form == expected
    check(made)


@pytest.mark.slow
def test_properties_that_are_no_json_are_refused_not_read_as_nothing(tmp_path):
    rows = of_all(posthog)
    rows.append({**rows[5], "uuid": "cut", "properties": rows[5]["properties"][:-4]})
    padding = [{**rows[0], "uuid": f"more{i}"} for i in range(30)]
    _, made = read(tmp_path, {"a.jsonl": lines([*rows[:10], *padding, rows[10]])})
    assert sum(made.report.rejected.values()) == 1
    assert made.revenue == 37.5


def legacy_snowplow(*, total: float | None) -> list[dict[str, Any]]:
    """Events of trackers before the e-commerce schemas: lines of a transaction are events of their own."""
    rows = []
    for number, event in enumerate(EVENTS):
        word = {"page": "page_view", "purchase": "transaction"}.get(event.kind, "struct")
        row = dict.fromkeys(SNOWPLOW, "") | snowplow_base(number, event) | {"event": word, "event_name": word}
        row["se_action"] = _ACTIONS[event.kind] if word == "struct" else ""
        if word == "struct" and event.product:
            row |= {"ti_sku": event.product.id, "ti_price": event.product.price,
                    "ti_quantity": event.product.quantity, "ti_currency": "EUR"}  # fmt: skip
        if word == "transaction":
            row |= {"tr_orderid": "T1", "tr_total": total or "", "tr_currency": "EUR"}
            rows.append({**row, "event": "transaction_item", "event_name": "transaction_item",
                         "event_id": "00000000-0000-4000-8000-00000000aaaa", "tr_orderid": "", "tr_total": "",
                         "ti_orderid": "T1", "ti_sku": "A1", "ti_price": 20, "ti_quantity": 2})  # fmt: skip
        rows.append(row)
    return rows


def test_lines_of_carts_and_transactions_of_older_snowplow_trackers_are_read(tmp_path):
    form, made = read(tmp_path, {"a.csv": table(legacy_snowplow(total=37.5))})
    assert form == "snowplow"
    check(made)
    assert made.total("cart_value") == pytest.approx(45.5)
    assert {row["product_id"] for row in made.events if row["event_type"] == "cart_add"} == {"A1", "B2"}


ASKED = {
    "hits of Universal Analytics": [
        {"fullVisitorId": event.visitor, "visitId": event.session_epoch,
         "visitStartTime": event.session_epoch,
         "totals.hits": 6, "totals.transactions": 1 if event.session == 1 else "",
         "totals.transactionRevenue": 37_500_000 if event.session == 1 else "", "hits.hitNumber": i,
         "hits.type": "PAGE"}
        for i, event in enumerate(EVENTS)
    ],
    "events whose name stands beside their kind": [
        {"eventType": "pageview" if event.kind == "page" else "event",
         "eventName": "" if event.kind == "page" else snake(SPEC[event.kind]),
         "timestamp": event.epoch * 1000,
         "sessionId": event.session, "deviceId": event.visitor, "path": "/"}
        for event in EVENTS
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_what_several_columns_may_say_is_asked(tmp_path, name):
    paths = write(tmp_path, {"a.csv": table(ASKED[name])})
    assert inspect_files([SourceFile(path, path.name) for path in paths]).needs_mapping
