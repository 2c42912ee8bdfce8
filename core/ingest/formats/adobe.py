"""Adobe Analytics data feed: hits with numbered events and a packed list of products.

Layout: Adobe's "Data feed contents" and "products" variable. Of ``event_list`` (better
``post_event_list``) 1 is a purchase, 2 a product view, 10 a cart opened, 11 a checkout, 12 and 13 a
product put into and taken out of the cart, 14 a cart view; what stands behind a number (``1:T1``,
``200=5.00``) is its serial number or its value. ``product_list`` is ``category;product;quantity;price``
with commas between products; the price is that of the whole quantity and written where it brings
revenue. A visit is ``visid_high``, ``visid_low`` and ``visit_num`` (and when it began); a feed may have
the ``post_`` columns alone. Names come in a file of their own, ``column_headers.tsv``: read with the hits.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.schema.events import EventType

#: Numbers of events, the most telling first: a hit has one type.
_EVENTS = (
    ("1", EventType.PURCHASE),
    ("11", EventType.CHECKOUT),
    ("13", EventType.CART_REMOVE),
    ("12", EventType.CART_ADD),
    ("10", EventType.CART_ADD),
    ("14", EventType.CART_VIEW),
    ("2", EventType.PRODUCT_VIEW),
)
_CHANGES = (EventType.CART_ADD.value, EventType.CART_REMOVE.value)
_TEXTS = (
    "visid_high", "visid_low", "post_visid_high", "post_visid_low", "visit_num", "visit_start_time_gmt",
    "hit_time_gmt", "cust_hit_time_gmt", "event_list", "post_event_list", "product_list",
    "post_product_list", "pagename", "post_pagename", "page_url", "post_page_url", "page_event",
    "post_page_event", "purchaseid", "post_purchaseid", "currency", "post_currency", "geo_country",
    "cust_visid", "user_agent", "hitid_high", "hitid_low", "exclude_hit",
)  # fmt: skip
_CASES = " ".join(f"WHEN list_contains(numbers, '{number}') THEN '{kind.value}'" for number, kind in _EVENTS)
_PAGE = "coalesce(r.post_pagename, r.pagename, r.post_page_url, r.page_url)"
_IS_PAGE = f"{_PAGE} IS NOT NULL AND coalesce(r.post_page_event, r.page_event, '0') = '0'"
_VISITOR = "coalesce(r.post_visid_high, r.visid_high) || '.' || coalesce(r.post_visid_low, r.visid_low)"
_QUANTITY = "coalesce(nullif(try_cast(split_part(item, ';', 3) AS DOUBLE), 0), 1)"
_SUM = (
    "CAST(list_sum(list_transform(products, lambda p: try_cast(split_part(p, ';', 4) AS DECIMAL(18, 4)))) "
    "AS VARCHAR)"
)


def _layout(visitor: str, events: str, products: str) -> Layout:
    """Return the layout of feeds with these columns; the others, with ``post_`` or without, are read too."""
    return Layout(
        needs=(f"{visitor}_high", f"{visitor}_low", "visit_num", events, products),
        shape=dict.fromkeys(_TEXTS, TEXT),
        left_out={"Adobe excluded this hit from its reports.": "coalesce(r.exclude_hit, '0') <> '0'"},
        once={
            "numbers": "list_transform(string_split(coalesce(r.post_event_list, r.event_list, ''), ','), "
            "lambda n: regexp_extract(n, '^\\s*(\\d+)', 1))",
            "products": "list_filter(string_split(coalesce(r.post_product_list, r.product_list, ''), "
            "','), lambda p: contains(p, ';'))",
        },
        rows=f"CASE WHEN len(products) = 1 OR CASE {_CASES} END IN {_CHANGES} THEN products END",
        columns={
            "visit": f"{_VISITOR} || '.' || r.visit_num || coalesce('.' || r.visit_start_time_gmt, '')",
            "visid": _VISITOR,
            "cust_visid": "r.cust_visid",
            "hit_time_gmt": "coalesce(r.cust_hit_time_gmt, r.hit_time_gmt)",
            "event": f"CASE {_CASES} WHEN {_IS_PAGE} THEN 'page_view' ELSE 'other' END",
            "hitid": "r.hitid_high || '.' || r.hitid_low",
            "page": _PAGE,
            "order revenue": f"CASE WHEN list_contains(numbers, '1') THEN {_SUM} END",
            "purchaseid": "CASE WHEN list_contains(numbers, '1') THEN "
            "coalesce(r.post_purchaseid, r.purchaseid) END",
            "currency": "coalesce(r.post_currency, r.currency)",
            "geo_country": "r.geo_country",
            "user_agent": "r.user_agent",
        },
        item_columns={
            "product": "split_part(item, ';', 2)",
            "product category": "split_part(item, ';', 1)",
            "product price": f"CAST(try_cast(split_part(item, ';', 4) AS DOUBLE) / {_QUANTITY} AS VARCHAR)",
            "product quantity": "split_part(item, ';', 3)",
        },
    )


FORMAT = Format(
    key="adobe",
    title="Adobe Analytics data feed",
    kind="events",
    columns={
        "session_id": ("visit",),
        "visitor_id": ("visid",),
        "user_id": ("cust_visid",),
        "timestamp": ("hit_time_gmt",),
        "event_type": ("event",),
        "event_id": ("hitid",),
        "page": ("page",),
        "revenue": ("order revenue",),
        "order_id": ("purchaseid",),
        "currency": ("currency",),
        "country": ("geo_country",),
        "user_agent": ("user_agent",),
        "product_id": ("product",),
        "category": ("product category",),
        "price": ("product price",),
        "quantity": ("product quantity",),
    },
    event_types={kind.value: kind.value for kind in EventType},
    told_types=frozenset(kind for _, kind in _EVENTS) | {EventType.PAGE_VIEW},
    layouts=tuple(
        _layout(visitor, events, products)
        for visitor in ("visid", "post_visid")
        for events in ("event_list", "post_event_list")
        for products in ("product_list", "post_product_list")
    ),
    is_open=True,
)  # fmt: skip
