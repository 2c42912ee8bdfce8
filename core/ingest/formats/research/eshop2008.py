"""UCI Clickstream Data for Online Shopping (e-shop clothing 2008), in both spellings of its columns.

Codes as its documentation lists them. It tells the day and the order of clicks, no time of day and
no purchase.
"""

from __future__ import annotations

from core.ingest.base.model import EVERY_ROW
from core.ingest.formats.base import Format
from core.schema.countries import country_code
from core.schema.events import EventType

_COUNTRIES = (
    "Australia, Austria, Belgium, British Virgin Islands, Cayman Islands, Christmas Island, Croatia, Cyprus, "
    "Czech Republic, Denmark, Estonia, unidentified, Faroe Islands, Finland, France, Germany, Greece, "
    "Hungary, "
    "Iceland, India, Ireland, Italy, Latvia, Lithuania, Luxembourg, Mexico, Netherlands, Norway, Poland, "
    "Portugal, "
    "Romania, Russia, San Marino, Slovakia, Slovenia, Spain, Sweden, Switzerland, Ukraine, "
    "United Arab Emirates, "
    "United Kingdom, USA, biz, com, int, net, org"
).split(", ")
_COLOURS = (
    "beige, black, blue, brown, burgundy, gray, green, navy blue, of many colors, olive, pink, red, "
    "violet, white"
).split(", ")
_CATEGORIES = ("trousers", "skirts", "blouses", "sale")
#: Domains without a country; "int" would otherwise read as a name.
_NO_COUNTRY = frozenset({"unidentified", "biz", "com", "int", "net", "org"})


def _codes(names: list[str] | tuple[str, ...]) -> dict[str, str]:
    return {str(code): name for code, name in enumerate(names, start=1)}


FORMAT = Format(
    key="eshop2008",
    title="UCI e-shop clothing 2008",
    kind="events",
    columns={
        "session_id": ("session ID",),
        "order": ("order",),
        "product_id": ("page 2 (clothing model)",),
        "category": ("page 1 (main category)",),
        "colour": ("colour",),
        "price": ("price",),
        "country": ("country",),
        "page": ("page",),
    },
    signature=("session_id", "order", "category", "product_id", "colour", "price", "country"),
    also=("model photography", "price 2"),
    derived={"date": "try_cast({year} || '-' || {month} || '-' || {day} AS DATE)"},
    codes={
        "country": {
            code: "" if name in _NO_COUNTRY else country_code(name) or ""
            for code, name in _codes(_COUNTRIES).items()
        },
        "colour": _codes(_COLOURS),
        "category": _codes(_CATEGORIES),
    },
    event_types={EVERY_ROW: EventType.PRODUCT_VIEW.value},
    told_types=frozenset({EventType.PRODUCT_VIEW}),
    currency="USD",
    notes=("It has the day and the order of clicks, but no time of day and no purchases.",),
)
