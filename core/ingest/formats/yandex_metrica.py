"""Yandex Metrica's visits, as its Logs API gives them: one row a visit, its orders in arrays within cells.

Layout: the fields ``ym:s:…`` of the Logs API ("Sessions"), of which a shop chooses those it wants.
``ym:s:dateTime`` is by the clock of the tag's time zone, which isn't in the file. A visit's orders stand in
``ym:s:purchaseID``, ``ym:s:purchaseRevenue`` and ``ym:s:purchaseCurrency``: ``['A-1','A-2']``,
``[40.5,20]``; ``[]`` is none. What was paid in several currencies is no one sum.
"""

from __future__ import annotations

from core.base.sql import identifier
from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.schema.events import EventType

_OWN = (
    "visitID", "clientID", "dateTime", "date", "pageViews", "visitDuration", "isNewUser", "regionCountry",
    "deviceCategory",
)  # fmt: skip
_ORDERS = ("purchaseID", "purchaseRevenue", "purchaseCurrency")
#: The orders of the products that were bought, by the names of either edition of the Logs API.
_ORDERS_OF_PRODUCTS = ("purchasedProductPurchaseID", "productsPurchaseID")
#: What a shop chose of who and when tells visits apart, whatever else it left out.
_NEEDED = (("visitID",), ("clientID", "dateTime"), ("clientID", "date"))
#: Of the source of a visit, there is one field for each way of counting it.
_SOURCES = tuple(
    f"{way}TrafficSource" for way in ("lastsign", "last", "first", "last_yandex_direct_click", "automatic")
)


def _field(name: str) -> str:
    return f"r.{identifier(f'ym:s:{name}')}"


def _list(name: str, kind: str = TEXT) -> str:
    # Some downloads have a backslash before each quote.
    return rf"TRY_CAST(replace({_field(name)}, '\''', '''') AS {kind}[])"


_PAID = f"list_sum({_list('purchaseRevenue', 'DOUBLE')})"
_OF_PRODUCTS = ", ".join(f"len(list_distinct({_list(name)}))" for name in _ORDERS_OF_PRODUCTS)
_N_ORDERS = f"coalesce(len({_list('purchaseID')}), len({_list('purchaseRevenue', 'DOUBLE')}), {_OF_PRODUCTS})"
_CURRENCIES = f"list_filter({_list('purchaseCurrency')}, lambda code: code <> '')"
_DEVICES = "WHEN '1' THEN 'desktop' WHEN '2' THEN 'mobile' WHEN '3' THEN 'tablet' WHEN '4' THEN 'tv'"
_MADE = ("isNewUser", "deviceCategory", "dateTime", "date")
_COLUMNS = {
    **{f"ym:s:{name}": _field(name) for name in _OWN if name not in _MADE},
    "started": f"coalesce({_field('dateTime')}, {_field('date')})",
    "returning": f"CASE {_field('isNewUser')} WHEN '1' THEN 'no' WHEN '0' THEN 'yes' END",
    "device": f"CASE {_field('deviceCategory')} {_DEVICES} ELSE {_field('deviceCategory')} END",
    "source": f"coalesce({', '.join(map(_field, _SOURCES))})",
    "bought": f"CASE WHEN {_N_ORDERS} > 0 THEN 'yes' WHEN {_N_ORDERS} = 0 THEN 'no' END",
    "revenue": f"CASE WHEN {_N_ORDERS} = 0 THEN '0' WHEN len(list_distinct({_CURRENCIES})) > 1 THEN NULL "
    f"ELSE CAST({_PAID} AS VARCHAR) END",
    "currency": f"CASE WHEN len(list_distinct({_CURRENCIES})) = 1 THEN {_CURRENCIES}[1] END",
}

FORMAT = Format(
    key="yandex_metrica",
    title="Yandex Metrica visits",
    kind="sessions",
    columns={
        "session_id": ("ym:s:visitID",),
        "visitor_id": ("ym:s:clientID",),
        "started_at": ("started",),
        "page_views": ("ym:s:pageViews",),
        "duration_seconds": ("ym:s:visitDuration",),
        "country": ("ym:s:regionCountry",),
        "device": ("device",),
        "channel": ("source",),
        "is_returning": ("returning",),
        "purchased": ("bought",),
        "revenue": ("revenue",),
    },
    told_types=frozenset({EventType.PURCHASE}),
    layouts=tuple(
        Layout(
            shape={f"ym:s:{name}": TEXT for name in (*_OWN, *_SOURCES, *_ORDERS, *_ORDERS_OF_PRODUCTS)},
            columns=_COLUMNS,
            needs=tuple(f"ym:s:{name}" for name in needed),
        )
        for needed in _NEEDED
    ),
    notes=("Start times are by the clock of the tag's time zone: set it, if it isn't the one shown.",),
)
