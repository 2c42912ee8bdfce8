"""Segment, RudderStack and Jitsu: events in the calls of Segment's specification, as lines of JSON or tables.

Layout: Segment's "Spec: Track" and "V2 Ecommerce Events" (``anonymousId``, ``event``, ``messageId``,
``timestamp``, ``properties`` with ``product_id``, ``price``, ``order_id``, ``revenue``, ``products``).
RudderStack adds ``context.sessionId``, which is unique only with the visitor. ``revenue`` is the order
without shipping and tax, ``total`` with them. Warehouse tables have the same in snake case, of properties
only what a table of one event has.
"""

from __future__ import annotations

from core.base.sql import literal
from core.ingest.base.model import EVERY_ROW
from core.ingest.cells.synonyms import EVENT_WORDS, REFUND_WORDS, UPDATE_WORDS
from core.ingest.files.head import Head
from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format, Match
from core.ingest.formats.guess import with_synonyms
from core.schema.countries import plain
from core.schema.events import EventType

TITLE = "Segment or RudderStack events"
_SPEC: dict[str, EventType] = {
    "page": EventType.PAGE_VIEW,
    "screen": EventType.PAGE_VIEW,
    "products searched": EventType.SEARCH,
    "product list viewed": EventType.LIST_VIEW,
    "product list filtered": EventType.OTHER,
    "promotion viewed": EventType.OTHER,
    "promotion clicked": EventType.OTHER,
    "product clicked": EventType.CLICK,
    "product viewed": EventType.PRODUCT_VIEW,
    "product added": EventType.CART_ADD,
    "wishlist product added to cart": EventType.CART_ADD,
    "product removed": EventType.CART_REMOVE,
    "cart viewed": EventType.CART_VIEW,
    "checkout started": EventType.CHECKOUT,
    "checkout step viewed": EventType.CHECKOUT,
    "checkout step completed": EventType.CHECKOUT,
    "payment info entered": EventType.CHECKOUT,
    "order completed": EventType.PURCHASE,
    "order updated": EventType.OTHER,
    "product added to wishlist": EventType.OTHER,
    "product removed from wishlist": EventType.OTHER,
    "cart shared": EventType.OTHER,
    "product reviewed": EventType.OTHER,
    "product shared": EventType.OTHER,
    "coupon entered": EventType.OTHER,
    "coupon applied": EventType.OTHER,
    "coupon denied": EventType.OTHER,
    "coupon removed": EventType.OTHER,
    # Calls that say who somebody is, or that an app runs.
    **dict.fromkeys(("identify", "group", "alias", "application opened", "application installed",
                     "application updated", "application backgrounded"), EventType.OTHER),
}  # fmt: skip
#: Words of the specification, as it writes them and in snake case.
WORDS: dict[str, EventType] = _SPEC | {word.replace(" ", "_"): kind for word, kind in _SPEC.items()}

_PRODUCT = dict.fromkeys(
    ("product_id", "productId", "sku", "id", "name", "category", "brand", "price", "quantity"), TEXT
)
PROPERTIES = {
    **_PRODUCT,
    **dict.fromkeys(
        ("currency", "order_id", "orderId", "transaction_id", "transactionId", "revenue", "total", "value",
         "refund_amount", "discount", "url", "path"),
        TEXT,
    ),
    "products": [_PRODUCT],
}  # fmt: skip
_CONTEXT = {
    "page": {"url": TEXT},
    "userAgent": TEXT,
    "sessionId": TEXT,
    "campaign": {"source": TEXT, "medium": TEXT},
    "location": {"country": TEXT},
    "device": {"type": TEXT},
}
_MONEY = "DECIMAL(18, 4)"
#: What products cost together. With a part that can't be read, the whole is unknown.
_LINES = (
    f"list_transform({{p}}.products, lambda i: try_cast(i.price AS {_MONEY}) "
    f"* CASE WHEN i.quantity IS NULL THEN 1 ELSE try_cast(i.quantity AS {_MONEY}) END)"
)
_TOTAL = (
    f"CASE WHEN list_count({_LINES}) = len({{p}}.products) THEN CAST(list_sum({_LINES}) - CASE WHEN "
    f"{{p}}.discount IS NULL THEN 0 ELSE abs(try_cast({{p}}.discount AS {_MONEY})) END AS VARCHAR) END"
)

#: Events whose totals are money paid, or given back: whatever is called so in any tracker.
_ORDERS = sorted(
    {word for word, kind in EVENT_WORDS.items() if kind == EventType.PURCHASE and word.isascii()}
    | {word for word in REFUND_WORDS if word.isascii()}
)
#: Tables of events that other specifications name, or that change an order: cancelled, refunded, fulfilled.
_KNOWN = EVENT_WORDS.keys() | REFUND_WORDS | UPDATE_WORDS


def is_order(event: str, *more: str) -> str:
    """Return SQL of whether an event, or one of ``more`` names, says what was paid or given back."""
    bare = f"regexp_replace(lower({event}), '[^a-z0-9]', '', 'g')"
    return f"{bare} IN ({', '.join(map(literal, (*_ORDERS, *more)))})"


def commerce(purchases: str, p: str = "r.properties") -> dict[str, str]:
    """Return columns of the e-commerce specification's properties, which other trackers use as well.

    Parameters
    ----------
    purchases
        SQL of whether a record is a purchase or gives one back: other events' totals are no revenue.
    p
        SQL of the properties.
    """

    def product(*keys: str) -> str:
        own = ", ".join(f"{p}.{key}" for key in keys)
        only = ", ".join(f"{p}.products[1].{key}" for key in keys)
        return f"coalesce({own}, CASE WHEN len({p}.products) = 1 THEN coalesce({only}, NULL) END)"

    return {
        "product_id": product("product_id", '"productId"', "sku"),
        "category": product("category"),
        "brand": product("brand"),
        "price": product("price"),
        "quantity": product("quantity"),
        "revenue": f"CASE WHEN {purchases} THEN coalesce({p}.revenue, {p}.total, {p}.value, "
        f"{_TOTAL.format(p=p)}, {p}.refund_amount) END",
        "currency": f"{p}.currency",
        "order_id": f'coalesce({p}.order_id, {p}."orderId", {p}.transaction_id, {p}."transactionId")',
    }


def _layout(needs: tuple[str, ...]) -> Layout:
    return Layout(
        needs=needs,
        shape={
            **dict.fromkeys(("anonymousId", "userId", "event", "type", "messageId"), TEXT),
            **dict.fromkeys(("timestamp", "originalTimestamp", "sentAt", "receivedAt"), TEXT),
            "context": _CONTEXT,
            "properties": PROPERTIES,
        },
        columns={
            "session": 'r.context."sessionId"',
            "anonymousId": 'r."anonymousId"',
            "userId": 'r."userId"',
            "timestamp": 'coalesce(r."timestamp", r."originalTimestamp", r."sentAt", r."receivedAt")',
            "event": "CASE WHEN r.type IN ('page', 'screen', 'identify', 'group', 'alias') THEN r.type "
            "ELSE r.event END",
            "messageId": 'r."messageId"',
            **commerce(is_order("r.event")),
            "url": "coalesce(r.properties.url, r.context.page.url, r.properties.path)",
            "userAgent": 'r.context."userAgent"',
            "medium": "coalesce(r.context.campaign.medium, r.context.campaign.source)",
            "device": "r.context.device.type",
            "country": "r.context.location.country",
        },
    )


def _find(head: Head) -> Match | None:
    """Recognise a warehouse table: its names are the calls' in snake case."""
    columns = FORMAT.match_columns(head)
    telling = [
        name
        for name in head.names
        if name.lower().startswith(("context_", "original_timestamp", "received_at"))
    ]
    if not {"visitor_id", "timestamp"} <= set(columns) or not telling:
        return None
    if columns["visitor_id"].lower() != "anonymous_id":
        return None
    if "event_type" not in columns:
        return _pages(head, columns, telling)
    words = {cell.strip().lower() for cell in head.values(columns["event_type"])}
    seen = {word for word in words if word in WORDS or plain(word) in _KNOWN}
    completed = with_synonyms(head, columns)
    if not seen or completed is None:
        return None
    reasons = (
        f"It has the columns of a warehouse table of {TITLE}: anonymous_id, {columns['event_type']}, "
        f"{', '.join(telling[:3])}.",
        f"“{columns['event_type']}” says {', '.join(sorted(seen)[:5])}.",
    )
    return Match(score=0.92, reasons=reasons, columns=completed)


def _pages(head: Head, columns: dict[str, str], telling: list[str]) -> Match | None:
    """Recognise the table of pages or screens, in which nothing says what a row is."""
    names = {name.lower() for name in head.names}
    if not {"url", "path"} <= names and not {"name", "context_device_id"} <= names:
        return None
    reason = f"It has the columns of a warehouse table of pages of {TITLE}: anonymous_id, {telling[0]}."
    return Match(
        score=0.92,
        reasons=(reason, "Each row is a page that was viewed."),
        columns={
            "page": next(name for name in head.names if name.lower() in ("url", "path", "name")),
            **columns,
        },
        event_types={EVERY_ROW: EventType.PAGE_VIEW.value},
    )


FORMAT = Format(
    key="segment",
    title=TITLE,
    kind="events",
    columns={
        "session_id": ("session", "context_session_id"),
        "visitor_id": ("anonymousId",),
        "user_id": ("userId",),
        "timestamp": ("timestamp", "original_timestamp", "sent_at", "received_at"),
        "event_type": ("event", "event_text"),
        "event_id": ("messageId", "id"),
        "product_id": ("product_id", "sku"),
        "category": ("category",),
        "brand": ("brand",),
        "price": ("price",),
        "quantity": ("quantity",),
        "revenue": ("revenue", "total"),
        "currency": ("currency",),
        "order_id": ("order_id",),
        "page": ("url", "context_page_url"),
        "user_agent": ("userAgent", "context_user_agent"),
        "channel": ("medium", "context_campaign_medium"),
        "device": ("device", "context_device_type"),
        "country": ("country", "context_location_country"),
    },
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(_SPEC.values()),
    layouts=(
        _layout(("anonymousId", "event", "properties")),
        _layout(("userId", "event", "properties", "messageId")),
        _layout(("anonymousId", "type", "messageId")),
    ),
    is_open=True,
    visitor_keys=True,
    recogniser=_find,
)
