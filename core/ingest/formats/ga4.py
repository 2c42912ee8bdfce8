"""Google Analytics 4, as its BigQuery export writes it and as people flatten it.

Layout: Google's "BigQuery Export schema" (tables ``events_YYYYMMDD``). Of every event there are
``event_timestamp`` (microseconds UTC), ``event_name``, ``user_pseudo_id``, the list ``event_params`` of
keys and typed values, and the list ``items``. ``ga_session_id`` is the second a visit began: unique only
with the visitor. Extracts name the parts as their SQL did, Fivetran with underscores
(``param_ga_session_id``, ``ecommerce_purchase_revenue_in_usd``). Where analytics cookies were declined
(consent mode), ``user_pseudo_id`` and ``ga_session_id`` are empty. ``purchase_revenue`` and an item's
``price`` are in the currency of the event, those that end in ``_in_usd`` in dollars.
"""

from __future__ import annotations

from core.ingest.files.head import Head
from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format, Match
from core.ingest.formats.guess import with_synonyms
from core.schema.countries import plain
from core.schema.events import EventType

TITLE = "Google Analytics 4 export"
WORDS: dict[str, EventType] = {
    "page_view": EventType.PAGE_VIEW,
    "screen_view": EventType.PAGE_VIEW,
    "view_search_results": EventType.SEARCH,
    "search": EventType.SEARCH,
    "view_item_list": EventType.LIST_VIEW,
    "select_item": EventType.CLICK,
    "view_item": EventType.PRODUCT_VIEW,
    "add_to_cart": EventType.CART_ADD,
    "remove_from_cart": EventType.CART_REMOVE,
    "view_cart": EventType.CART_VIEW,
    "begin_checkout": EventType.CHECKOUT,
    "add_shipping_info": EventType.CHECKOUT,
    "add_payment_info": EventType.CHECKOUT,
    "purchase": EventType.PURCHASE,
    "ecommerce_purchase": EventType.PURCHASE,
    "in_app_purchase": EventType.PURCHASE,
    # What the browser reports of itself is no page that was looked at.
    **dict.fromkeys(
        ("session_start", "first_visit", "first_open", "user_engagement", "scroll", "click", "form_start",
         "form_submit", "file_download", "video_start", "video_progress", "video_complete", "view_promotion",
         "select_promotion", "add_to_wishlist", "app_open", "app_update", "os_update"),
        EventType.OTHER,
    ),
}  # fmt: skip

_VALUE = {"string_value": TEXT, "int_value": TEXT, "float_value": TEXT, "double_value": TEXT}
_SHAPE = {
    "event_timestamp": TEXT,
    "event_name": TEXT,
    "event_params": [{"key": TEXT, "value": _VALUE}],
    "user_id": TEXT,
    "user_pseudo_id": TEXT,
    "device": {"category": TEXT},
    "geo": {"country": TEXT},
    "traffic_source": {"medium": TEXT},
    "collected_traffic_source": {"manual_medium": TEXT},
    "ecommerce": dict.fromkeys(
        ("purchase_revenue", "purchase_revenue_in_usd", "refund_value", "transaction_id"), TEXT
    ),
    "items": [{"item_id": TEXT, "item_name": TEXT, "item_category": TEXT, "item_brand": TEXT, "price": TEXT,
               "quantity": TEXT}],
}  # fmt: skip


def _param(key: str, *kinds: str) -> str:
    """Return SQL of a parameter's value, of the kinds it may be of."""
    value = f"list_extract(r.event_params, list_position(keys, '{key}')).value"
    return f"coalesce({', '.join(f'{value}.{kind}_value' for kind in kinds)}, NULL)"


_VALUE_PARAM = _param("value", "double", "int", "float", "string")
_USD_ONLY = "r.ecommerce.purchase_revenue_in_usd"
_PURCHASES = tuple(word for word, kind in WORDS.items() if kind == EventType.PURCHASE)
_ORDER = _param("transaction_id", "string", "int")
_ITEMS_TOTAL = (
    "CAST(list_sum(list_transform(r.items, lambda i: "
    "try_cast(i.price AS DECIMAL(18, 4)) * coalesce(try_cast(i.quantity AS DECIMAL(18, 4)), 1))) AS VARCHAR)"
)
_VISIT = _param("ga_session_number", "int", "string")

LAYOUT = Layout(
    needs=("event_timestamp", "event_name", "event_params", "user_pseudo_id"),
    shape=_SHAPE,
    once={"keys": "list_transform(r.event_params, lambda p: p.key)"},
    # A change of the cart is one of each of its items; any other event is one event, whatever it lists.
    rows="CASE WHEN len(r.items) = 1 THEN r.items "
    "WHEN r.event_name IN ('add_to_cart', 'remove_from_cart') THEN r.items "
    "WHEN r.event_name = 'view_item' THEN r.items[1:1] END",
    item_columns={
        "item_id": "coalesce(item.item_id, item.item_name)",
        "item_category": "item.item_category",
        "item_brand": "item.item_brand",
        "item_price": "item.price",
        "item_quantity": "item.quantity",
    },
    columns={
        "session": _param("ga_session_id", "int", "string"),
        "user_pseudo_id": "r.user_pseudo_id",
        "user_id": "r.user_id",
        "event_timestamp": "r.event_timestamp",
        "event_name": "r.event_name",
        "page_location": _param("page_location", "string"),
        "order_revenue": f"CASE WHEN r.event_name IN {_PURCHASES} THEN coalesce("
        f"r.ecommerce.purchase_revenue, {_VALUE_PARAM}, {_USD_ONLY}, {_ITEMS_TOTAL}) "
        f"WHEN r.event_name = 'refund' THEN coalesce(r.ecommerce.refund_value, {_VALUE_PARAM}) END",
        "transaction_id": f"coalesce(r.ecommerce.transaction_id, {_ORDER})",
        "currency": f"coalesce({_param('currency', 'string')}, CASE WHEN coalesce("
        f"r.ecommerce.purchase_revenue, {_USD_ONLY}) = {_USD_ONLY} THEN 'USD' END)",
        "country": "r.geo.country",
        "device_category": "r.device.category",
        # GA4 keeps none of its own; shops that want one send it along as a parameter.
        "user_agent": _param("user_agent", "string"),
        # What rules for the team's own visits and for debugging write, as far as nobody filters by it.
        "traffic_type": _param("traffic_type", "string"),
        "medium": "coalesce(r.collected_traffic_source.manual_medium, r.traffic_source.medium)",
        "returning": f"CASE WHEN {_VISIT} = '1' THEN 'no' WHEN {_VISIT} IS NOT NULL THEN 'yes' END",
    },
)

_USD = ("ecommerce.purchase_revenue_in_usd", "ecommerce_purchase_revenue_in_usd", "purchase_revenue_in_usd",
        "event_value_in_usd")  # fmt: skip


def _find(head: Head) -> Match | None:
    """Recognise an extract by its names: an event, a moment, and a visitor or session as GA4 calls them."""
    columns = FORMAT.match_columns(head)
    if not {"event_type", "timestamp", "session_id"} <= set(columns) or "event_params" in head.names:
        return None
    visitor, session = columns.get("visitor_id"), columns["session_id"]
    if "gasession" not in plain(session) and plain(visitor or "") != plain("user_pseudo_id"):
        return None
    seen = {cell.strip().lower() for cell in head.values(columns["event_type"])} & set(WORDS)
    completed = with_synonyms(head, columns)
    if not seen or completed is None:
        return None
    names = ", ".join(columns[name] for name in ("timestamp", "event_type", "visitor_id", "session_id")
                      if name in columns)  # fmt: skip
    reasons = (
        f"It has the columns of a flattened {TITLE}: {names}.",
        f"“{columns['event_type']}” says {', '.join(sorted(seen)[:5])}.",
    )
    is_usd = columns.get("revenue") in _USD and "currency" not in completed
    return Match(score=0.93, reasons=reasons, columns=completed, currency="USD" if is_usd else None)


def _spellings(*names: str) -> tuple[str, ...]:
    """Return how extracts spell parts of an event: alone, after a parameter's prefix, with points."""
    return tuple(
        f"{prefix}{name}"
        for name in names
        for prefix in ("", "param_", "event_params.", "event_params_", "ep_")
    )


FORMAT = Format(
    key="ga4",
    title=TITLE,
    kind="events",
    columns={
        "session_id": ("session", *_spellings("ga_session_id"), "session_id", "unique_session_id"),
        "visitor_id": ("user_pseudo_id", "client_id"),
        "user_id": ("user_id",),
        "timestamp": ("event_timestamp", "timestamp", "event_time", "event_datetime"),
        "event_type": ("event_name", "name"),
        "page": _spellings("page_location", "page_path", "page_title"),
        "product_id": ("item_id", "items.item_id", "items_item_id", "item_name", "items.item_name"),
        "category": ("item_category", "items.item_category", "items_item_category"),
        "brand": ("item_brand", "items.item_brand", "items_item_brand"),
        "price": ("item_price", "price", "items.price", "items_price"),
        "quantity": ("item_quantity", "quantity", "items.quantity", "items_quantity"),
        "revenue": (
            "order_revenue", "ecommerce.purchase_revenue", "ecommerce_purchase_revenue", "purchase_revenue",
            *_spellings("value"), "revenue", *_USD,
        ),
        "currency": _spellings("currency"),
        "order_id": ("ecommerce.transaction_id", "ecommerce_transaction_id", *_spellings("transaction_id")),
        "country": ("country", "geo.country", "geo_country"),
        "device": ("device_category", "device.category"),
        "user_agent": _spellings("user_agent"),
        "channel": (
            "medium", "traffic_source.medium", "traffic_source_medium", "session_medium", "source",
            "traffic_source.source", "traffic_source_source",
        ),
        "is_returning": ("returning",),
    },
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    layouts=(LAYOUT,),
    is_open=True,
    visitor_keys=True,
    nobody="No visitor and no session: Google Analytics writes events so where cookies were declined.",
    recogniser=_find,
)  # fmt: skip
