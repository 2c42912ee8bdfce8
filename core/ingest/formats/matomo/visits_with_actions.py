"""Matomo's Live API as JSON: a visit with all its actions, each of which becomes an event.

Layout: ``Live.getLastVisitsDetails`` (Matomo's plugins Live, Actions and Ecommerce): ``idVisit``,
``visitorId``, ``actionDetails`` with ``type`` action, event, search, outlink, download, ecommerceOrder,
ecommerceAbandonedCart, ``timestamp`` in seconds, ``url``, and of orders ``orderId``, ``revenue`` (with
shipping and tax) and ``itemDetails``. Product pages are actions with ``productViewSku`` or
``itemDetails`` of their own. An abandoned cart is what the cart held last.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.schema.events import EventType

_ITEM = {"itemSKU": TEXT, "itemName": TEXT, "itemCategory": TEXT, "price": TEXT, "quantity": TEXT}
_ACTION = {
    **dict.fromkeys(("type", "timestamp", "url", "orderId", "revenue"), TEXT),
    **dict.fromkeys(("productViewName", "productViewSku", "productViewPrice"), TEXT),
    **dict.fromkeys(("productViewCategory1", "eventCategory", "eventAction"), TEXT),
    "itemDetails": [_ITEM],
}
_VIEWED = 'coalesce(item."productViewSku", item."productViewName")'
_ONLY = 'CASE WHEN len(item."itemDetails") = 1 THEN item."itemDetails"[1]'
WORDS = {
    "action": EventType.PAGE_VIEW,
    "product": EventType.PRODUCT_VIEW,
    "search": EventType.SEARCH,
    "ecommerceOrder": EventType.PURCHASE,
    **dict.fromkeys(
        ("event", "outlink", "download", "goal", "form", "media", "content", "ecommerceAbandonedCart"),
        EventType.OTHER,
    ),
}

FORMAT = Format(
    key="matomo",
    title="Matomo visits with their actions",
    kind="events",
    columns={
        "session_id": ("idVisit",),
        "visitor_id": ("visitorId",),
        "user_id": ("userId",),
        "country": ("countryCode",),
        "device": ("deviceType",),
        "channel": ("referrerType",),
        "currency": ("siteCurrency",),
        "event_type": ("type",),
        "timestamp": ("action timestamp",),
        "page": ("url",),
        "order_id": ("orderId",),
        "revenue": ("order revenue",),
        "product_id": ("product",),
        "category": ("product category",),
        "price": ("product price",),
        "quantity": ("product quantity",),
    },
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    layouts=(
        Layout(
            needs=("idVisit", "actionDetails"),
            shape={
                **dict.fromkeys(("idVisit", "visitorId", "userId", "country", "countryCode"), TEXT),
                **dict.fromkeys(("deviceType", "referrerType", "siteCurrency"), TEXT),
                "actionDetails": [_ACTION],
            },
            rows='r."actionDetails"',
            columns={
                "idVisit": 'r."idVisit"',
                "visitorId": 'r."visitorId"',
                "userId": 'r."userId"',
                "countryCode": 'coalesce(r."countryCode", r.country)',
                "deviceType": 'r."deviceType"',
                "referrerType": 'r."referrerType"',
                "siteCurrency": 'r."siteCurrency"',
            },
            item_columns={
                "type": f"CASE WHEN item.type = 'action' AND {_VIEWED} IS NOT NULL THEN 'product' "
                "ELSE item.type END",
                "action timestamp": 'item."timestamp"',
                "url": "item.url",
                "orderId": "CASE WHEN item.type = 'ecommerceOrder' THEN item.\"orderId\" END",
                "order revenue": "CASE WHEN item.type = 'ecommerceOrder' THEN item.revenue END",
                "product": f'coalesce({_VIEWED}, {_ONLY}."itemSKU" END)',
                "product category": f'coalesce(item."productViewCategory1", {_ONLY}."itemCategory" END)',
                "product price": f'coalesce(item."productViewPrice", {_ONLY}.price END)',
                "product quantity": f"{_ONLY}.quantity END",
            },
        ),
    ),
    is_open=True,
)
