"""Snowplow's tracker protocol: ``/com.snowplowanalytics.snowplow/tp2`` with a batch, ``/i`` with one event.

As captured from ``snowplow-tracker`` and ``@snowplow/browser-tracker`` with its e-commerce plugin: ``ue_pr``
and ``co`` are JSON, ``ue_px`` and ``cx`` the same in base64, ``dtm`` and ``stm`` milliseconds in text.
The key is the application's id, ``aid``: this protocol has no other place for one.
"""

from __future__ import annotations

from typing import Any

from core.base.errors import LiveError
from core.live.trackers.base import (
    NOBODY,
    Batch,
    Record,
    Request,
    by_our_clock,
    iso,
    moment,
    text,
    url_parameters,
)
from core.live.trackers.bodies import decoded, read

#: Kinds of events, as the protocol writes them and as the enriched format does.
KINDS = {"pv": "page_view", "pp": "page_ping", "se": "struct", "ue": "unstruct", "tr": "transaction",
         "ti": "transaction_item"}  # fmt: skip
#: Field of the enriched format -> parameter of the protocol.
FIELDS = {
    "app_id": "aid", "user_id": "uid", "domain_userid": "duid", "domain_sessionid": "sid",
    "event_id": "eid", "page_url": "url", "useragent": "ua", "se_action": "se_ac", "se_label": "se_la",
    "se_value": "se_va", "tr_orderid": "tr_id", "tr_total": "tr_tt", "tr_currency": "tr_cu",
    "ti_orderid": "ti_id",
    "ti_sku": "ti_sk", "ti_category": "ti_ca", "ti_price": "ti_pr", "ti_quantity": "ti_qu",
    "ti_currency": "ti_cu",
}  # fmt: skip


class Snowplow:
    """Events on their way to Snowplow's enrichment, as they are after it."""

    format = "snowplow"

    def batch(self, payload: Any, request: Request) -> Batch:  # noqa: ANN401
        """Return the events of a request."""
        events = payload.get("data") if isinstance(payload, dict) else None
        if payload is None:
            events = [dict(request.query)]
        events = events if isinstance(events, list) else []
        first = events[0] if events and isinstance(events[0], dict) else {}
        return Batch(events=events, key=text(first.get("aid")), sent=moment(first.get("stm")))

    def record(self, event: dict[str, Any], batch: Batch, request: Request) -> Record:
        """Return an event by the names of the enriched format."""
        kind = KINDS.get(str(event.get("e")))
        if kind is None:
            raise ValueError(f"“{event.get('e')}” is no kind of event of Snowplow's protocol.")
        made = {field: event.get(name) for field, name in FIELDS.items()}
        made["useragent"] = made["useragent"] or request.user_agent
        made["domain_userid"] = made["domain_userid"] or event.get("nuid")
        if not any(text(made[name]) for name in ("domain_userid", "user_id", "domain_sessionid")):
            raise ValueError(NOBODY)
        told = event.get("ttm") or event.get("dtm")
        happened = moment(told) if told is not None else request.received
        if happened is None:
            raise ValueError("The time can't be read.")
        sent = moment(event.get("stm"))
        made["derived_tstamp"] = iso(by_our_clock(happened, sent, request.received))
        made["collector_tstamp"] = request.received_text
        made["mkt_medium"] = url_parameters(made["page_url"]).get("utm_medium")
        unstruct = _json(event.get("ue_pr"), event.get("ue_px"))
        contexts = _json(event.get("co"), event.get("cx"))
        made |= {"event": kind, "unstruct_event": unstruct, "contexts": contexts}
        made["event_name"] = _name(unstruct) if kind == "unstruct" else kind
        return Record(content=made, message=text(event.get("eid")))


def _json(plain: object, packed: object) -> Any:  # noqa: ANN401
    if isinstance(plain, str):
        try:
            return read(plain)
        except LiveError as error:
            raise ValueError("The JSON of “ue_pr” or “co” can't be read.") from error
    return decoded(packed) if isinstance(packed, str) else plain


def _name(unstruct: Any) -> str | None:  # noqa: ANN401
    """Return the name in ``iglu:vendor/name/jsonschema/1-0-0``."""
    inner = unstruct.get("data") if isinstance(unstruct, dict) else None
    parts = str(inner.get("schema")).split("/") if isinstance(inner, dict) else []
    return parts[1] if len(parts) > 1 else None
