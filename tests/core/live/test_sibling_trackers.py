"""One visit as Snowplow's and Matomo's trackers may send it: the same as a canonical CSV of what it is."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.core.live.conftest import Shop
from tests.core.live.test_same_numbers import Row, at, ms
from tests.core.live.test_sibling_forms import (
    ADD,
    BUY,
    OTHER,
    SECONDS,
    SOCKS,
    VIEW,
    fresh,
    is_the_visit,
)

pytestmark = pytest.mark.slow

__all__ = ["fresh"]

ECOMMERCE = "iglu:com.snowplowanalytics.snowplow.ecommerce/{}/jsonschema/1-0-0"
OWN = "iglu:com.snowplowanalytics.snowplow/{}/jsonschema/1-0-0"
ENHANCED = "iglu:com.google.analytics.enhanced-ecommerce/{}/jsonschema/1-0-0"
ITEM = {"id": "A1", "category": "Shoes", "price": 39.9, "currency": "EUR"}
PAIR = [
    {**ITEM, "quantity": 1},
    {"id": "B2", "category": "Socks", "price": 10, "quantity": 2, "currency": "EUR"},
]


def action(kind: str, *entities: tuple[str, Row]) -> Row:
    """Return an event of the e-commerce plugin."""
    contexts = {"data": [{"schema": ECOMMERCE.format(name), "data": data} for name, data in entities]}
    event = {"schema": ECOMMERCE.format("snowplow_ecommerce_action"), "data": {"type": kind}}
    return {"e": "ue", "ue_pr": json.dumps({"data": event}), "co": json.dumps(contexts)}


def enhanced(kind: str, *entities: tuple[str, Row]) -> Row:
    """Return an event of the plugin for Google's enhanced e-commerce."""
    contexts = [{"schema": ENHANCED.format(f"{name}FieldObject"), "data": data} for name, data in entities]
    event = {"schema": ENHANCED.format("action"), "data": {"action": kind}}
    co = {"co": json.dumps({"data": contexts})} if contexts else {}
    return {"e": "ue", "ue_pr": json.dumps({"data": event}), **co}


def own(name: str, data: Row) -> Row:
    """Return an event that describes itself, in base64."""
    event = {"data": {"schema": OWN.format(name), "data": data}}
    return {"e": "ue", "ue_px": base64.urlsafe_b64encode(json.dumps(event).encode()).decode()}


PAIR_SHOWN = [("product", each) for each in PAIR]
IN_EUR = {"currency": "EUR"}
PAYING = ("transaction", {"transaction_id": "O-1", "revenue": 59.9, "currency": "EUR"})
SOLD = action("transaction", PAYING, *PAIR_SHOWN)
SAID = {"sku": "A1", "category": "Shoes", "unitPrice": 39.9, "quantity": 2, "currency": "EUR"}
SNOWPLOW: dict[str, tuple[list[Row], list[Row]]] = {
    "the plugin's list, click, cart and order": (
        [action("list_view", *PAIR_SHOWN), action("list_click", ("product", ITEM)),
         action("add_to_cart", *PAIR_SHOWN),
         action("remove_from_cart", ("product", PAIR[0])),
         action("checkout_step", ("checkout_step", {"step": 1})), SOLD],
        [{"event_type": "list_view", **IN_EUR}, {**VIEW, "event_type": "click", **IN_EUR},
         {**ADD, **IN_EUR}, {**ADD, **SOCKS, "quantity": 2, **IN_EUR},
         {**ADD, "event_type": "cart_remove", **IN_EUR}, {"event_type": "checkout"}, BUY],
    ),
    "the plugin's refund": (
        [action("product_view", ("product", ITEM)), SOLD,
         action("refund", ("refund", {"transaction_id": "O-1", "refund_amount": 10, "currency": "EUR"}))],
        [{**VIEW, **IN_EUR}, BUY, {**BUY, "event_type": "other", "revenue": -10}],
    ),
    "an order that failed": (
        [action("product_view", ("product", ITEM)),
         action("trns_error", PAYING)],
        [{**VIEW, **IN_EUR}, {**OTHER, **IN_EUR}],
    ),
    "carts that describe themselves": (
        [own("add_to_cart", SAID), own("remove_from_cart", {**SAID, "quantity": 1})],
        [{**ADD, "quantity": 2, **IN_EUR}, {**ADD, "event_type": "cart_remove", **IN_EUR}],
    ),
    "Google's list, detail, cart and order": (
        [enhanced("view", *[("impression", {**each, "list": "New"}) for each in PAIR]),
         enhanced("view", ("promo", {"id": "sale", "name": "Sale"})),
         enhanced("click", ("product", ITEM)), enhanced("detail", ("product", ITEM), ("impression", PAIR[1])),
         enhanced("add", *[("product", each) for each in PAIR]),
         enhanced("remove", ("product", PAIR[0])),
         enhanced("checkout", ("action", {"step": 1}), *[("product", each) for each in PAIR]),
         enhanced("purchase", ("action", {"id": "O-1", "revenue": 59.9, "currency": "EUR"}),
                  *[("product", each) for each in PAIR])],
        [{"event_type": "list_view", **IN_EUR}, OTHER, {**VIEW, "event_type": "click", **IN_EUR},
         {**VIEW, **IN_EUR}, {**ADD, **IN_EUR}, {**ADD, **SOCKS, "quantity": 2, **IN_EUR},
         {**ADD, "event_type": "cart_remove", **IN_EUR}, {"event_type": "checkout", **IN_EUR}, BUY],
    ),
    "Google's order without its revenue, and its refund": (
        [enhanced("detail", ("product", ITEM)),
         enhanced("purchase", ("action", {"id": "O-1"}), *[("product", each) for each in PAIR]),
         enhanced("refund", ("action", {"id": "O-1", "revenue": 10}), ("product", PAIR[1]))],
        [{**VIEW, **IN_EUR}, BUY, {**BUY, "event_type": "other", "revenue": -10}],
    ),
    "an action of somebody else's": (
        [own("action", {"action": "purchase"}), action("product_view", ("product", ITEM))],
        [OTHER, {**VIEW, **IN_EUR}],
    ),
    "a text of JSON once more": (
        [{**SOLD, "co": json.dumps(SOLD["co"]), "ue_pr": json.dumps(SOLD["ue_pr"])}], [BUY],
    ),
    "an order of old": (
        [{"e": "pv", "url": "https://shop.example/?utm_medium=email", "refr": "https://mail.example/"},
         {"e": "tr", "tr_id": "O-1", "tr_tt": "59.90", "tr_tx": "9.56", "tr_sh": "5", "tr_cu": "EUR"},
         {"e": "ti", "ti_id": "O-1", "ti_sk": "A1", "ti_ca": "Shoes", "ti_pr": "39.90", "ti_qu": "1",
          "ti_cu": "EUR"}],
        [{"event_type": "page_view", "page": "/", "channel": "email"}, BUY,
         {**ADD, "event_type": "other", "order_id": "O-1", **IN_EUR}],
    ),
    "a tracker's own words": (
        [{"e": "se", "se_ca": "shop", "se_ac": "add-to-cart", "se_la": "A1"}, {"e": "pp"}],
        [{"event_type": "cart_add"}, OTHER],
    ),
}  # fmt: skip


def times_of(rows: list[Row]) -> list[float]:
    """Return when rows were: the second of two products that one event puts into the cart, as it."""
    n, times = -1, []
    for row, before in zip(rows, [{}, *rows], strict=False):
        n += not (row["event_type"] == before.get("event_type") == "cart_add")
        times.append(SECONDS * n)
    return times


@pytest.mark.parametrize(
    ("name", "by_get"), [*((name, False) for name in SNOWPLOW), ("an order of old", True)], ids=str
)
def test_events_of_snowplow_are_what_they_say(
    fresh: Shop, tmp_path: Path, name: str, *, by_get: bool
) -> None:
    events, rows = SNOWPLOW[name]
    data = [
        {"eid": f"e{n}", "aid": fresh.write_key, "duid": "V", "sid": "V.1", "dtm": ms(SECONDS * n), **event}
        for n, event in enumerate(events)
    ]
    if by_get:
        for event in data:
            assert fresh.client.get(f"/i?{urlencode(event)}").status_code == 200
    else:
        fresh.client.post("/com.snowplowanalytics.snowplow/tp2", json={"schema": "iglu:p", "data": data})
    is_the_visit(fresh, tmp_path, rows, times_of(rows))


ITEMS = json.dumps([["A1", "Shoe", "Shoes", 39.9, 1], ["B2", "Sock", ["Socks", "Sale"], "10,00", 2]])
FROM = {"url": "https://shop.example/shoes", "urlref": "https://www.google.com/"}
PAGE = {"event_type": "page_view", "page": "https://shop.example/shoes"}
SHOE = {"_pks": "A1", "_pkp": "39,90", "_pkc": '["Shoes","Men"]'}
PAID = {"idgoal": "0", "ec_id": "O-1", "revenue": "59.9", "ec_st": "50", "ec_tx": "4.9", "ec_sh": "5"}
MATOMO: dict[str, tuple[list[Row], list[Row]]] = {
    "an order, with its items": (
        [SHOE, {"ping": "1"}, {"idgoal": "0", "revenue": "59.9", "ec_items": ITEMS},
         {**PAID, "ec_items": ITEMS}],
        [VIEW, OTHER, {"event_type": "purchase", "order_id": "O-1", "revenue": 59.9}],
    ),
    "an order sent twice": ([SHOE, PAID, PAID], [VIEW, *[BUY | {"currency": None}] * 2]),
    "a goal is no order": ([SHOE, {"idgoal": "3", "revenue": "5"}], [VIEW, OTHER]),
    "from a search engine": ([FROM, SHOE], [{**PAGE, "channel": "search"}, VIEW]),
    "from page to page": (
        [{**FROM, "urlref": ""}, {**FROM, "urlref": "https://shop.example/"}], [PAGE, PAGE],
    ),
    "from a campaign": (
        [{**FROM, "url": "https://shop.example/?mtm_campaign=x"}],
        [{"event_type": "page_view", "channel": "campaign"}],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *((name, "bulk") for name in MATOMO),
        *(("an order, with its items", how) for how in ("images", "form")),
    ],
)
def test_actions_of_matomo_are_what_they_say(fresh: Shop, tmp_path: Path, name: str, how: str) -> None:
    actions, rows = MATOMO[name]
    times = [SECONDS * n for n, each in enumerate(actions) if "ping" not in each]
    queries = [
        urlencode({"idsite": fresh.write_key, "rec": 1, "_id": "V", "rand": n,
                   "cdt": f"{at(SECONDS * n).timestamp():.3f}", **each})
        for n, each in enumerate(actions)
    ]  # fmt: skip
    if how == "bulk":
        sent = {"requests": [f"?{query}" for query in queries], "token_auth": "x" * 32, "send_image": 0}
        assert fresh.client.post("/matomo.php", json=sent).json() == {"status": 1, "code": 200}
    for query in queries if how != "bulk" else ():
        if how == "images":
            assert fresh.client.get(f"/matomo.php?{query}").status_code == 200
        else:
            assert fresh.client.post("/piwik.php", content=query).status_code == 200
    is_the_visit(fresh, tmp_path, rows, times)
