"""Shopify's web pixel events, as a custom pixel sends them on: lines of JSON.

Layout: Shopify's "Web pixel standard events" (``id``, ``name``, ``clientId``, ``timestamp``, ``context``,
``data`` with ``productVariant``, ``cartLine`` or ``checkout``). A purchase is ``checkout_completed``,
worth ``checkout.totalPrice``. A client is no session: silence ends a visit.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.schema.events import EventType

WORDS = {
    "page_viewed": EventType.PAGE_VIEW,
    "search_submitted": EventType.SEARCH,
    "collection_viewed": EventType.LIST_VIEW,
    "product_viewed": EventType.PRODUCT_VIEW,
    "product_added_to_cart": EventType.CART_ADD,
    "product_removed_from_cart": EventType.CART_REMOVE,
    "cart_viewed": EventType.CART_VIEW,
    "checkout_started": EventType.CHECKOUT,
    "checkout_contact_info_submitted": EventType.CHECKOUT,
    "checkout_address_info_submitted": EventType.CHECKOUT,
    "checkout_shipping_info_submitted": EventType.CHECKOUT,
    "payment_info_submitted": EventType.CHECKOUT,
    "checkout_completed": EventType.PURCHASE,
    **dict.fromkeys(
        ("clicked", "form_submitted", "input_blurred", "input_changed", "input_focused", "alert_displayed",
         "ui_extension_errored"),
        EventType.OTHER,
    ),
}  # fmt: skip
_MONEY = {"amount": TEXT, "currencyCode": TEXT}
_VARIANT = {"id": TEXT, "sku": TEXT, "price": _MONEY, "product": {"id": TEXT, "type": TEXT, "vendor": TEXT}}
_LINE = {"merchandise": _VARIANT, "quantity": TEXT}
_CHECKOUT = {"token": TEXT, "order": {"id": TEXT}, "totalPrice": _MONEY, "currencyCode": TEXT}
_VARIANT_SQL = 'coalesce(r.data."productVariant", r.data."cartLine".merchandise)'
_PURCHASE = "r.name = 'checkout_completed'"

FORMAT = Format(
    key="shopify_pixel",
    title="Shopify web pixel events",
    kind="events",
    columns={
        "visitor_id": ("clientId",),
        "timestamp": ("timestamp",),
        "event_type": ("name",),
        "event_id": ("id",),
        "page": ("href",),
        "product_id": ("product",),
        "category": ("product type",),
        "brand": ("vendor",),
        "price": ("price",),
        "quantity": ("quantity",),
        "currency": ("currency",),
        "revenue": ("order revenue",),
        "order_id": ("order id",),
        "user_agent": ("userAgent",),
    },
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    layouts=(
        Layout(
            needs=("clientId", "name", "timestamp", "data"),
            shape={
                **dict.fromkeys(("id", "name", "clientId", "timestamp"), TEXT),
                "context": {
                    "document": {"location": {"href": TEXT}},
                    "navigator": {"userAgent": TEXT},
                },
                "data": {"productVariant": _VARIANT, "cartLine": _LINE, "checkout": _CHECKOUT},
            },
            once={"variant": _VARIANT_SQL},
            columns={
                "clientId": 'r."clientId"',
                "timestamp": 'r."timestamp"',
                "name": "r.name",
                "id": "r.id",
                "href": "r.context.document.location.href",
                "product": "coalesce(variant.product.id, variant.sku, variant.id)",
                "product type": "variant.product.type",
                "vendor": "variant.product.vendor",
                "price": "variant.price.amount",
                "quantity": 'r.data."cartLine".quantity',
                "currency": 'coalesce(r.data.checkout."totalPrice"."currencyCode", '
                'r.data.checkout."currencyCode", variant.price."currencyCode")',
                "order revenue": f'CASE WHEN {_PURCHASE} THEN r.data.checkout."totalPrice".amount END',
                "order id": f'CASE WHEN {_PURCHASE} THEN coalesce(r.data.checkout."order".id, '
                "r.data.checkout.token) END",
                "userAgent": 'r.context.navigator."userAgent"',
            },
        ),
    ),
)
