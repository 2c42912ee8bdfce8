"""One webhook: its body, its signature, and the request that carries it.

Headers and signature are those of Standard Webhooks 1.0 (standardwebhooks.com), so that receivers check them
with any of its libraries: ``webhook-id`` is the firing, the same in every attempt; ``webhook-signature`` is
``v1,`` and the HMAC-SHA256 of id, ``webhook-timestamp`` and body, joined by points, in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import urllib3

from core.base.settings import Settings
from core.base.version import VERSION
from core.live.clock import moment_at
from core.rules.records import Firing
from core.rules.rule import PREFIX, Rule
from core.security.outgoing import target

TYPE = "rule.fired"
#: A receiver that answers so wants no more: it is not asked again.
GONE = 410
#: Bytes of a refusal that are read.
READ = 300


class NotDelivered(Exception):  # noqa: N818 - an outcome
    """A receiver did not take it; with ``final`` there is no use in trying again."""

    def __init__(self, problem: str, *, final: bool = False) -> None:
        super().__init__(problem)
        self.final = final


def body(rule: Rule, firing: Firing) -> bytes:
    """Return what is sent, the same in every attempt."""
    facts = firing.facts
    told = {
        "type": TYPE,
        "timestamp": iso(firing.fired_at),
        "data": {
            "firing": firing.id,
            "rule": {"id": rule.id, "name": rule.name},
            "action": {"name": rule.action.name, "content": content(rule)},
            "visitor_id": facts.visitor,
            "session_id": facts.session_id,
            "source": facts.source,
            "probability": facts.probability,
            "expected_revenue": facts.expected_revenue,
            "cart_value": facts.cart_value,
            "currency": facts.currency,
            "step": facts.step,
            "cluster": facts.cluster,
            "country_group": facts.country_group,
            "returning": facts.is_returning,
            "events_seen": facts.n_events,
            "last_event_at": iso(facts.last_at),
            "last_cart_add_at": None if facts.cart_at is None else iso(facts.cart_at),
            "model": facts.model,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def content(rule: Rule) -> object:
    """Return what a rule tells its receiver: JSON where it was written as such, else text."""
    try:
        return json.loads(rule.action.content)
    except ValueError:
        return rule.action.content or None


def signature(secret: str, message: str, timestamp: int, payload: bytes) -> str:
    """Return what stands in ``webhook-signature``."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message.encode(), str(timestamp).encode(), payload))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def post(rule: Rule, firing: Firing, settings: Settings) -> None:
    """Send a firing to the rule's address once (see ``post_signed``)."""
    post_signed(rule.action.url, rule.secret, firing.id, body(rule, firing), settings)


def post_signed(url: str, secret: str, message: str, payload: bytes, settings: Settings) -> None:
    """Send signed JSON to an address once; ``message`` is its id. Redirects are not followed.

    Raises
    ------
    NotDelivered
        If it was not taken.
    RuleError
        If the address may not be sent to.
    """
    where = target(url, private=settings.webhook_private)
    now, seconds = int(time.time()), settings.webhook_timeout_seconds
    pool = (
        urllib3.HTTPSConnectionPool(
            where.ip, where.port, server_hostname=where.host, assert_hostname=where.host
        )
        if where.scheme == "https"
        else urllib3.HTTPConnectionPool(where.ip, where.port)
    )
    host = f"[{where.host}]" if ":" in where.host else where.host
    usual = {"https": 443, "http": 80}[where.scheme] == where.port
    headers = {
        "host": host if usual else f"{host}:{where.port}",
        "content-type": "application/json",
        "user-agent": f"smart-customer-session-predictor/{VERSION}",
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, message, now, payload),
    }
    try:
        answer = pool.request(
            "POST", where.path, body=payload, headers=headers, redirect=False, retries=False,
            timeout=urllib3.Timeout(total=seconds), preload_content=False,
        )  # fmt: skip
        said = b"" if 200 <= answer.status < 300 else answer.read(READ, decode_content=False)
        answer.close()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NotDelivered(_reason(error, seconds)) from error
    finally:
        pool.close()
    if 200 <= answer.status < 300:
        return
    if 300 <= answer.status < 400:
        raise NotDelivered(f"It answered with a redirect ({answer.status}), which is not followed.")
    text = " ".join(said.decode("utf-8", "replace").split())
    raise NotDelivered(
        f"It answered {answer.status}{f': {text}' if text else ''}", final=answer.status == GONE
    )


def iso(micros: int) -> str:
    """Write a time in ISO 8601, in UTC."""
    return moment_at(micros).isoformat()


def _reason(error: Exception, seconds: float) -> str:
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"It did not answer within {seconds:g} s."
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"Its certificate can't be trusted ({error})."
    return f"It can't be reached ({type(error).__name__})."
