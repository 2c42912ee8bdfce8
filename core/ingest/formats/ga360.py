"""Universal Analytics and GA360: sessions of the BigQuery export, as JSON or as CSV with JSON in its cells.

Layout: Google's "BigQuery Export schema (Universal Analytics)", and the CSV of Kaggle's Google Analytics
Customer Revenue Prediction made of it. Money is in millionths. ``visitId`` is the second a visit began,
unique only with ``fullVisitorId``. ``transactions`` and revenue are written for buyers only: empty means
none. Where ``hits`` are there, ``eCommerceAction.action_type`` counts product views (2), cart changes (3,
4) and checkout steps (5).
"""

from __future__ import annotations

from collections.abc import Callable

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.schema.events import EventType

_TOTALS = (
    "visits", "hits", "pageviews", "timeOnSite", "newVisits", "transactions", "transactionRevenue",
    "totalTransactionRevenue",
)  # fmt: skip
_SHAPE = {
    **dict.fromkeys(("channelGrouping", "fullVisitorId", "visitId", "visitStartTime"), TEXT),
    "device": {"deviceCategory": TEXT},
    "geoNetwork": {"country": TEXT},
    "totals": dict.fromkeys(_TOTALS, TEXT),
}


def _columns(part: Callable[[str, str], str]) -> dict[str, str]:
    """Return the columns of a session, given what makes SQL of a part of ``totals`` and others."""
    millionths = (
        f"coalesce({part('totals', 'transactionRevenue')}, {part('totals', 'totalTransactionRevenue')})"
    )
    bought = (
        f"coalesce(try_cast({part('totals', 'transactions')} AS DOUBLE) > 0, "
        f"try_cast({millionths} AS DOUBLE) > 0, false)"
    )
    paid = f"CAST(try_cast({millionths} AS DECIMAL(24, 6)) / 1000000 AS VARCHAR)"
    is_new = f"try_cast({part('totals', 'newVisits')} AS DOUBLE) = 1"
    return {
        "session": 'r."fullVisitorId" || \'.\' || r."visitId"',
        "fullVisitorId": 'r."fullVisitorId"',
        "visitStartTime": 'coalesce(r."visitStartTime", r."visitId")',
        "hits": part("totals", "hits"),
        "pageviews": part("totals", "pageviews"),
        "timeOnSite": part("totals", "timeOnSite"),
        "returning": f"CASE WHEN {is_new} THEN 'no' ELSE 'yes' END",
        "country": part("geoNetwork", "country"),
        "deviceCategory": part("device", "deviceCategory"),
        "channelGrouping": 'r."channelGrouping"',
        "bought": f"CASE WHEN {bought} THEN 'yes' ELSE 'no' END",
        "transactionRevenue": f"CASE WHEN {bought} THEN {paid} ELSE '0' END",
    }


def _nested(parent: str, key: str) -> str:
    return f'r."{parent}"."{key}"'


def _flattened(sign: str) -> Layout:
    """Return the layout of tables whose names join the parts with a sign; a row a hit is no session."""
    parts = {
        f"{parent}{sign}{key}": TEXT for parent, shape in _SHAPE.items() if shape != TEXT for key in shape
    }
    return Layout(
        needs=("fullVisitorId", "visitId", f"totals{sign}hits"),
        lacks=f"hits{sign}",
        shape={key: TEXT for key, shape in _SHAPE.items() if shape == TEXT} | parts,
        columns=_columns(lambda parent, key: f'r."{parent}{sign}{key}"'),
    )


def _actions(*types: str) -> str:
    of_type = f'list_contains({list(types)}, h."eCommerceAction".action_type)'
    return f"CAST(len(list_filter(r.hits, lambda h: {of_type})) AS VARCHAR)"


FORMAT = Format(
    key="ga360",
    title="Universal Analytics sessions",
    kind="sessions",
    columns={
        "session_id": ("session",),
        "visitor_id": ("fullVisitorId",),
        "started_at": ("visitStartTime",),
        "n_events": ("hits",),
        "page_views": ("pageviews",),
        "duration_seconds": ("timeOnSite",),
        "is_returning": ("returning",),
        "country": ("country",),
        "device": ("deviceCategory",),
        "channel": ("channelGrouping",),
        "product_views": ("product views",),
        "cart_adds": ("cart adds",),
        "cart_removes": ("cart removes",),
        "checkouts": ("checkouts",),
        "purchased": ("bought",),
        "revenue": ("transactionRevenue",),
    },
    told_types=frozenset({EventType.PURCHASE}),
    layouts=(
        Layout(needs=("fullVisitorId", "visitId", "totals"), shape=_SHAPE, columns=_columns(_nested)),
        Layout(
            needs=("fullVisitorId", "visitId", "totals", "hits"),
            shape={**_SHAPE, "hits": [{"eCommerceAction": {"action_type": TEXT}}]},
            columns={
                **_columns(_nested),
                "product views": _actions("2"),
                "cart adds": _actions("3"),
                "cart removes": _actions("4"),
                "checkouts": _actions("5"),
            },
        ),
        _flattened("."),
        _flattened("_"),
    ),
    notes=("Revenue was in millionths; visits without a transaction count as not buying.",),
)
