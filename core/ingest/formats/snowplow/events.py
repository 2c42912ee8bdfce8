"""Snowplow's events: enriched TSV without a header, the atomic events table, and lines of JSON of either.

Layout: Snowplow's "canonical event model", 131 columns in the order of the enriched format (as in its
analytics SDKs). ``event`` says what kind of event it is, "unstruct" for those whose name stands in
``event_name``. ``domain_sessionid`` is unique by itself, ``derived_tstamp`` is UTC and mends the
browser's clock. Of the e-commerce accelerator an event is ``snowplow_ecommerce_action`` with its
``type``, and products, the transaction and what is refunded of one are entities in ``contexts``; older
trackers send ``transaction`` and ``transaction_item``, ``add_to_cart`` and ``remove_from_cart`` with the
product in the event itself, or structured events of their own. The plugin of before has Google's enhanced
e-commerce: an ``action`` with its products, impressions and order as entities.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format, Header
from core.ingest.formats.segment import WORDS as SPEC
from core.ingest.formats.snowplow.schemas import (
    ACTION,
    ACTIONS,
    ENHANCED_ACTION,
    ENHANCED_ORDER,
    ENHANCED_PRODUCT,
    ENTITIES,
    ENTITY,
    IMPRESSION,
    PRODUCT,
    REFUND,
    TRANSACTION,
    line,
)
from core.schema.events import EventType

_GUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
COLUMNS = tuple(
    "app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker "
    "v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx "
    "network_userid geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name "
    "ip_isp ip_organization ip_domain ip_netspeed page_url page_title page_referrer page_urlscheme "
    "page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme refr_urlhost "
    "refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source refr_term mkt_medium "
    "mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action se_label se_property "
    "se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state "
    "tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max "
    "pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version br_type br_renderengine br_lang "
    "br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime "
    "br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight br_cookies "
    "br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone dvce_type "
    "dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height tr_currency "
    "tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone "
    "mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp "
    "derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format event_version "
    "event_fingerprint true_tstamp".split()
)

WORDS = {
    **SPEC,
    **ACTIONS,
    "page_view": EventType.PAGE_VIEW,
    "screen_view": EventType.PAGE_VIEW,
    "site_search": EventType.SEARCH,
    # Lines of a transaction, which has an event of its own, and what a browser says by itself.
    **dict.fromkeys(
        ("transaction_item", "page_ping", "link_click", "struct", "submit_form", "change_form", "focus_form",
         "consent_visible", "web_vitals", "application_error"),
        EventType.OTHER,
    ),
    "add_to_basket": EventType.CART_ADD,
    "add-to-basket": EventType.CART_ADD,
    "add-to-cart": EventType.CART_ADD,
}  # fmt: skip

_TEXTS = (
    "event", "event_name", "event_id", "user_id", "domain_userid", "domain_sessionid", "derived_tstamp",
    "collector_tstamp", "page_url", "geo_country", "mkt_medium", "refr_medium", "dvce_type", "useragent",
    "se_action", "se_label", "se_value", "tr_orderid", "tr_total", "tr_currency", "ti_sku", "ti_category",
    "ti_orderid", "ti_price", "ti_quantity", "ti_currency",
)  # fmt: skip
#: What is read of an event that describes itself.
_IN_DATA = ("type", "action", "sku", "category", "unitPrice", "unit_price", "quantity", "currency")
#: Actions of Google's enhanced e-commerce, in the words of the accelerator.
_ENHANCED = {
    "click": "list_click",
    "detail": "product_view",
    "add": "add_to_cart",
    "remove": "remove_from_cart",
    "checkout": "checkout_step",
    "checkout_option": "checkout_step",
    "purchase": "transaction",
}
_SAID = "r.unstruct_event.data.data"
_ACTION = f"coalesce({_SAID}.type, {', '.join(f'r.{name}.type' for name in ACTION.events)})"
_ENHANCED_ACTION = (
    f"coalesce(CASE WHEN r.unstruct_event.data.schema LIKE '{ENHANCED_ACTION.address}' THEN {_SAID}.action "
    f"END, {', '.join(f'r.{name}.action' for name in ENHANCED_ACTION.events)})"
)
_PRODUCTS = f"{PRODUCT.entities}, {ENHANCED_PRODUCT.entities}, {IMPRESSION.entities}"
_NAME = (
    "CASE WHEN r.event = 'struct' THEN coalesce(r.se_action, 'struct') "
    f"WHEN r.event_name = 'snowplow_ecommerce_action' THEN {_ACTION} "
    f"WHEN {_ENHANCED_ACTION} IS NOT NULL THEN CASE {_ENHANCED_ACTION} "
    + " ".join(f"WHEN '{word}' THEN '{ours}'" for word, ours in _ENHANCED.items())
    # Promotions are viewed as products of lists are, and clicked in a word of their own.
    + f" WHEN 'view' THEN CASE WHEN coalesce({_PRODUCTS}) IS NULL THEN 'promo_view' ELSE 'list_view' END "
    f"ELSE {_ENHANCED_ACTION} END ELSE coalesce(r.event_name, r.event) END"
)
#: A product as older trackers and tables have it: in its event, or as a line of a transaction.
_IN_EVENT = line(
    sku=f"{_SAID}.sku", category=f"{_SAID}.category", quantity=f"{_SAID}.quantity",
    currency=f"{_SAID}.currency", price=f'coalesce({_SAID}."unitPrice", {_SAID}.unit_price)',
)  # fmt: skip
_IN_COLUMNS = line(sku="r.ti_sku", category="r.ti_category", price="r.ti_price", quantity="r.ti_quantity")
_MONEY = "DECIMAL(18, 4)"
#: What products cost together, as Google has it of an order that doesn't say what it comes to.
_LINES = (
    f"list_transform(products, lambda p: try_cast(p.data.price AS {_MONEY}) "
    f"* CASE WHEN p.data.quantity IS NULL THEN 1 ELSE try_cast(p.data.quantity AS {_MONEY}) END)"
)
_TOTAL = f"CASE WHEN list_count({_LINES}) = len(products) THEN CAST(list_sum({_LINES}) AS VARCHAR) END"


def _layout(needs: tuple[str, ...]) -> Layout:
    return Layout(
        needs=needs,
        shape={
            **dict.fromkeys(_TEXTS, TEXT),
            "unstruct_event": {"data": {"schema": TEXT, "data": dict.fromkeys(_IN_DATA, TEXT)}},
            "contexts": {"data": [{"schema": TEXT, "data": ENTITY}]},
            **{name: {"type": TEXT} for name in ACTION.events},
            **{name: {"action": TEXT} for name in ENHANCED_ACTION.events},
            **{name: [ENTITY] for schema in ENTITIES for name in schema.contexts},
        },
        once={
            "named": _NAME,
            "products": f"coalesce({_PRODUCTS}, CASE WHEN {_SAID}.sku IS NOT NULL THEN "
            f"{_IN_EVENT} WHEN r.ti_sku IS NOT NULL THEN {_IN_COLUMNS} END)",
            "bought": f"coalesce({TRANSACTION.entities}, {REFUND.entities}, {ENHANCED_ORDER.entities})"
            "[1].data",
        },
        rows="CASE WHEN len(products) = 1 OR named IN ('add_to_cart', 'remove_from_cart') AND "
        "len(products) > 0 THEN products END",
        columns={
            "domain_sessionid": "r.domain_sessionid",
            "domain_userid": "r.domain_userid",
            "user_id": "r.user_id",
            "derived_tstamp": "coalesce(r.derived_tstamp, r.collector_tstamp)",
            "event": "named",
            "event_id": "r.event_id",
            "page_url": "r.page_url",
            "geo_country": "r.geo_country",
            # From page to page within the shop nobody comes to it.
            "medium": "coalesce(r.mkt_medium, nullif(r.refr_medium, 'internal'))",
            "dvce_type": "r.dvce_type",
            "useragent": "r.useragent",
            "order": "CASE WHEN named IN ('transaction', 'transaction_item', 'refund') "
            "THEN coalesce(bought.transaction_id, bought.id, r.tr_orderid, r.ti_orderid) END",
            "order revenue": "CASE named WHEN 'transaction' THEN coalesce(bought.revenue, r.tr_total, "
            f"{_TOTAL}) WHEN 'refund' THEN coalesce(bought.refund_amount, bought.revenue, {_TOTAL}) END",
            "currency": "coalesce(bought.currency, r.tr_currency, r.ti_currency, products[1].data.currency)",
        },
        item_columns={
            "product": "coalesce(item.data.id, item.data.sku)",
            "product category": "item.data.category",
            "product brand": "item.data.brand",
            "product price": "item.data.price",
            "product quantity": "item.data.quantity",
        },
    )


FORMAT = Format(
    key="snowplow",
    title="Snowplow events",
    kind="events",
    columns={
        "session_id": ("domain_sessionid",),
        "visitor_id": ("domain_userid",),
        "user_id": ("user_id",),
        "timestamp": ("derived_tstamp",),
        "event_type": ("event",),
        "event_id": ("event_id",),
        "page": ("page_url",),
        "country": ("geo_country",),
        "channel": ("medium",),
        "device": ("dvce_type",),
        "user_agent": ("useragent",),
        "order_id": ("order",),
        "revenue": ("order revenue",),
        "currency": ("currency",),
        "product_id": ("product",),
        "category": ("product category",),
        "brand": ("product brand",),
        "price": ("product price",),
        "quantity": ("product quantity",),
    },
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    layouts=(
        _layout(("domain_userid", "domain_sessionid", "derived_tstamp", "event")),
        _layout(("domain_userid", "domain_sessionid", "collector_tstamp", "event_name")),
    ),
    headers=(
        Header(
            names=COLUMNS,
            patterns={
                "collector_tstamp": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?",
                "event": r"[a-z_]+",
                "event_id": _GUID,
            },
        ),
    ),
    is_open=True,
)
