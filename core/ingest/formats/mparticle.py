"""mParticle's batches, as it forwards and stores them: one object a batch, its events in a list.

Layout: mParticle's Events API (``events[].event_type``, ``events[].data``, ``mpid``), one batch a line or all
in an array. A ``commerce_event`` says by its ``product_action`` what was done, with the products it was done
to. ``session_uuid`` tells visits apart where it is there, and ``session_id`` those of one person.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.schema.events import EventType

_PRODUCT = dict.fromkeys(
    ("id", "name", "brand", "category", "price", "quantity", "total_product_amount"), TEXT
)
_ACTION = {
    **dict.fromkeys(("action", "transaction_id", "total_amount"), TEXT),
    "products": [_PRODUCT],
}
_DATA = {
    **dict.fromkeys(
        ("timestamp_unixtime_ms", "event_id", "source_message_id", "session_id", "session_uuid",
         "screen_name", "event_name", "custom_event_type", "currency_code"),
        TEXT,
    ),
    "product_action": _ACTION,
    "product_impressions": [{"product_impression_list": TEXT}],
}  # fmt: skip
#: What is done to each product by itself.
_OF_EACH = "('add_to_cart', 'remove_from_cart')"
_DONE = "item.e.data.product_action"
#: An element for each event, and for each product that was put into the cart or taken out of it.
_ROWS = f"""flatten(list_transform(r.events, lambda e: CASE
    WHEN e.data.product_action.action IN {_OF_EACH} AND len(e.data.product_action.products) > 0
    THEN list_transform(e.data.product_action.products, lambda p: struct_pack(e := e, p := p))
    ELSE [struct_pack(e := e, p := CASE
        WHEN len(e.data.product_action.products) = 1
            OR e.data.product_action.action IN ('view_detail', 'click')
        THEN e.data.product_action.products[1] END)] END))"""
_MONEY = "DECIMAL(18, 4)"
_LINES = (
    f"list_transform({_DONE}.products, lambda i: coalesce("
    f"try_cast(i.total_product_amount AS {_MONEY}), try_cast(i.price AS {_MONEY}) * "
    f"CASE WHEN i.quantity IS NULL THEN 1 ELSE try_cast(i.quantity AS {_MONEY}) END))"
)
#: With a part that can't be read, the whole is unknown.
_TOTAL = (
    f"CASE WHEN list_count({_LINES}) = len({_DONE}.products) THEN CAST(list_sum({_LINES}) AS VARCHAR) END"
)
_WORDS = {
    "screen_view": EventType.PAGE_VIEW,
    "view_detail": EventType.PRODUCT_VIEW,
    "click": EventType.CLICK,
    "product_impression": EventType.LIST_VIEW,
    "add_to_cart": EventType.CART_ADD,
    "remove_from_cart": EventType.CART_REMOVE,
    "checkout": EventType.CHECKOUT,
    "checkout_option": EventType.CHECKOUT,
    "purchase": EventType.PURCHASE,
    "search": EventType.SEARCH,
    **dict.fromkeys(
        ("refund", "add_to_wishlist", "remove_from_wish_list", "session_start", "session_end",
         "application_state_transition", "first_run", "push_message", "push_registration", "breadcrumb",
         "network_performance", "opt_out", "profile", "uninstall", "user_attribute_change",
         "user_identity_change", "promotion", "custom_event"),
        EventType.OTHER,
    ),
}  # fmt: skip

FORMAT = Format(
    key="mparticle",
    title="mParticle batches",
    kind="events",
    columns={
        "session_id": ("session",),
        "visitor_id": ("mpid",),
        "user_id": ("customerid",),
        "timestamp": ("timestamp_unixtime_ms",),
        "event_type": ("event",),
        "event_id": ("event_id",),
        "product_id": ("product_id",),
        "category": ("category",),
        "brand": ("brand",),
        "price": ("price",),
        "quantity": ("quantity",),
        "revenue": ("total_amount",),
        "currency": ("currency_code",),
        "order_id": ("transaction_id",),
        "page": ("screen_name",),
        "device": ("platform",),
    },
    event_types={word: kind.value for word, kind in _WORDS.items()},
    told_types=frozenset(_WORDS.values()),
    layouts=(
        Layout(
            needs=("events", "mpid"),
            shape={
                "mpid": TEXT,
                "events": [{"event_type": TEXT, "data": _DATA}],
                "device_info": {"platform": TEXT},
                "user_identities": {"customerid": TEXT},
            },
            rows=_ROWS,
            columns={
                "mpid": "r.mpid",
                "customerid": "r.user_identities.customerid",
                "platform": "r.device_info.platform",
            },
            item_columns={
                "session": "coalesce(item.e.data.session_uuid, item.e.data.session_id)",
                "timestamp_unixtime_ms": "item.e.data.timestamp_unixtime_ms",
                "event": "CASE item.e.event_type WHEN 'commerce_event' THEN coalesce("
                f"nullif({_DONE}.action, 'unknown'), CASE WHEN "
                "len(item.e.data.product_impressions) > 0 THEN 'product_impression' ELSE 'promotion' END) "
                "WHEN 'custom_event' THEN CASE item.e.data.custom_event_type WHEN 'search' THEN 'search' "
                "ELSE coalesce(item.e.data.event_name, 'custom_event') END ELSE item.e.event_type END",
                "event_id": "coalesce(item.e.data.source_message_id, item.e.data.event_id)",
                "product_id": "coalesce(item.p.id, item.p.name)",
                "category": "item.p.category",
                "brand": "item.p.brand",
                "price": "item.p.price",
                "quantity": "item.p.quantity",
                "total_amount": f"CASE WHEN {_DONE}.action IN ('purchase', 'refund') "
                f"THEN coalesce({_DONE}.total_amount, {_TOTAL}) END",
                "currency_code": "item.e.data.currency_code",
                "transaction_id": f"{_DONE}.transaction_id",
                "screen_name": "item.e.data.screen_name",
            },
        ),
    ),
    is_open=True,
    visitor_keys=True,
)
