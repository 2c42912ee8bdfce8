"""Matomo's tracking API: ``matomo.php`` with one action in its query, or ``requests`` of many.

Parameters as in Matomo's "Tracking HTTP API": ``_id`` the visitor, ``cdt`` the time, ``ec_id``, ``revenue``
and ``ec_items`` an order, ``_pks`` a product's page. The key stands in ``idsite``: the API has no other
place for one that everybody may see.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import urlsplit

from core.live.trackers.base import NOBODY, Batch, Record, Request, moment, text, url_parameters
from core.live.trackers.bodies import parameters

#: Parameters of a page's address that name a campaign, in Matomo's default settings.
CAMPAIGN = frozenset(("mtm_campaign", "matomo_campaign", "mtm_cpn", "pk_campaign", "piwik_campaign", "pk_cpn",
                      "utm_campaign", "utm_source", "utm_medium"))  # fmt: skip
#: Hosts of the search engines that send nearly all visitors who searched.
SEARCH = re.compile(
    r"(^|\.)(google|bing|yahoo|yandex|baidu|ecosia|qwant|duckduckgo|startpage|seznam|naver)\.[a-z.]{2,6}$"
)


class Matomo:
    """Actions as Matomo's Live API shows them afterwards, each as a visit with one action."""

    format = "matomo"

    def batch(self, payload: Any, request: Request) -> Batch:  # noqa: ANN401
        """Return the actions of a request: of its body, else of its query."""
        if isinstance(payload, dict) and isinstance(payload.get("requests"), list):
            events = [parameters(each) if isinstance(each, str) else each for each in payload["requests"]]
        else:
            events = [{**request.query, **(payload if isinstance(payload, dict) else {})}]
        first = events[0] if events and isinstance(events[0], dict) else {}
        # Heartbeats say that a page is still open: they are no actions.
        actions = [event for event in events if not (isinstance(event, dict) and event.get("ping"))]
        return Batch(events=actions, key=text(first.get("idsite")))

    def record(self, event: dict[str, Any], batch: Batch, request: Request) -> Record:
        """Return an action as a visit of its own; which of them make one visit is told by silence."""
        told = event.get("cdt")
        happened = request.received if told is None else moment(told)
        if happened is None:
            raise ValueError("The time can't be read.")
        if not any(text(event.get(name)) for name in ("cid", "_id", "uid")):
            raise ValueError(NOBODY)
        agent = event.get("ua") or request.user_agent
        made = {
            "visitorId": text(event.get("cid")) or text(event.get("_id")),
            "userId": text(event.get("uid")),
            "countryCode": event.get("country"),
            "referrerType": _referrer(event),
            "actionDetails": [_action(event) | {"timestamp": f"{happened.timestamp():.6f}"}],
            "userAgent": agent,
        }
        # Requests have no id; a random number tells a second delivery from a second action.
        apart = "" if told is not None or event.get("rand") else request.received.isoformat()
        whole = json.dumps(event, sort_keys=True, default=str) + apart
        return Record(content=made, message=hashlib.sha256(whole.encode()).hexdigest())


def _action(event: dict[str, Any]) -> dict[str, Any]:
    url = event.get("url")
    if str(event.get("idgoal")) == "0":
        kind = "ecommerceOrder" if event.get("ec_id") else "ecommerceAbandonedCart"
        return {
            "type": kind, "url": url, "orderId": event.get("ec_id"), "revenue": event.get("revenue"),
            "itemDetails": _items(event.get("ec_items")),
        }  # fmt: skip
    if event.get("idgoal"):
        return {"type": "goal", "url": url}
    if event.get("search") is not None:
        return {"type": "search", "url": url}
    if event.get("e_c"):
        return {"type": "event", "url": url, "eventCategory": event["e_c"], "eventAction": event.get("e_a")}
    for name, kind in (("download", "download"), ("link", "outlink"), ("c_n", "content"), ("ma_id", "media")):
        if event.get(name):
            return {"type": kind, "url": event[name]}
    return {
        "type": "action", "url": url, "productViewSku": event.get("_pks"),
        "productViewName": event.get("_pkn"), "productViewPrice": event.get("_pkp"),
        "productViewCategory1": _first(event.get("_pkc")),
    }  # fmt: skip


def _items(found: object) -> list[dict[str, Any]]:
    try:
        lines = json.loads(found) if isinstance(found, str) else found or []
    except (ValueError, RecursionError) as error:
        raise ValueError("The JSON of “ec_items” can't be read.") from error
    names = ("itemSKU", "itemName", "itemCategory", "price", "quantity")
    if not isinstance(lines, list):
        raise ValueError("“ec_items” is no list.")
    items = [dict(zip(names, line, strict=False)) for line in lines if isinstance(line, list)]
    return [item | {"itemCategory": _first(item.get("itemCategory"))} for item in items]


def _first(category: object) -> str | None:
    """Return a category, of several the first."""
    try:
        found = json.loads(category) if isinstance(category, str) and category.startswith("[") else category
    except (ValueError, RecursionError):
        found = category
    return text(found[0] if isinstance(found, list) and found else found)


def _referrer(event: dict[str, Any]) -> str | None:
    """Return what brought the visitor, by Matomo's words; None from page to page within the shop."""
    if url_parameters(event.get("url")).keys() & CAMPAIGN:
        return "campaign"
    before, page = _host(event.get("urlref")), _host(event.get("url"))
    if before is None or before == page:
        return None
    return "search" if SEARCH.search(before) else "website"


def _host(url: object) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
