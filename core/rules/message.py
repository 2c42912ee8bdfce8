"""A firing as a message to the team: e-mail or chat, by Apprise, which knows how each of them is sent to."""

from __future__ import annotations

import logging
import warnings
from functools import lru_cache
from types import ModuleType
from urllib.parse import urlsplit

from core.base.errors import RuleError
from core.base.settings import Settings
from core.base.written import estimate, money, percent
from core.rules.records import Firing
from core.rules.rule import Rule
from core.rules.webhook import NotDelivered
from core.security.outgoing import public_addresses

#: What may be sent to, by the beginning of its address: services whose host is their own, and mail servers.
SERVICES = frozenset(
    {"slack", "discord", "msteams", "workflow", "workflows", "tgram", "gchat", "pover", "ntfys"}
)
MAIL = frozenset({"mailto", "mailtos"})
_KNOWN = "mailtos://, slack://, discord://, workflows:// (Teams), tgram:// (Telegram), gchat://, pover://"


@lru_cache(maxsize=1)
def apprise() -> ModuleType:
    """Return the library; RuleError where it isn't installed."""
    try:
        with warnings.catch_warnings():
            # It looks for a module that Python is to drop, and loads its services with the first address.
            warnings.simplefilter("ignore", DeprecationWarning)
            # Optional: it brings a hundred services, of which most shops need none.
            import apprise as library

            library.Apprise.instantiate("mailto://localhost")
    except ImportError as error:
        raise RuleError(
            "E-mail and chat need the package Apprise.", remedy="pip install -r requirements-apprise.txt"
        ) from error
    logging.getLogger("apprise").setLevel(logging.ERROR)
    return library


def check_address(url: str) -> None:
    """Raise RuleError where an address is none that messages may be sent to."""
    scheme = url.partition("://")[0].lower()
    if scheme not in SERVICES | MAIL or not apprise().Apprise.instantiate(url, suppress_exceptions=True):
        # What stands there may hold a password: it is not repeated.
        raise RuleError(
            "The address of the message can't be used.", where="address", remedy=f"Use one of {_KNOWN}."
        )


def shown_address(url: str) -> str:
    """Return an address without what is secret in it."""
    return f"{url.partition('://')[0]}://…" if url else ""


def send(rule: Rule, firing: Firing, settings: Settings) -> None:
    """Send a firing as a message (see ``notify``)."""
    notify(rule.action.url, rule.name, text(rule, firing), settings)


def notify(url: str, title: str, body: str, settings: Settings) -> None:
    """Send a message once.

    Raises
    ------
    NotDelivered
        If it was not taken.
    RuleError
        If it may not be sent there.
    """
    check_address(url)
    sender = apprise().Apprise.instantiate(url)
    if url.partition("://")[0].lower() in MAIL:
        host = getattr(sender, "smtp_host", None) or urlsplit(url).hostname or ""
        public_addresses(host, 25, private=settings.webhook_private)
    service = apprise().Apprise()
    service.add(sender)
    if not service.notify(body=body, title=title, body_format="text"):
        raise NotDelivered("The message was not taken. Check its address and password.")


def text(rule: Rule, firing: Firing) -> str:
    """Return what the team reads."""
    facts = firing.facts
    lines = [rule.action.content] if rule.action.content else []
    lines.append(f"Visitor {facts.visitor}, {facts.n_events} events, step: {facts.step}")
    if facts.probability is not None:
        lines.append(f"Probability of a purchase: {percent(facts.probability, 0)}")
    if facts.cart_value is not None:
        lines.append(f"Cart: {money(facts.cart_value, facts.currency)}")
    if facts.expected_revenue is not None:
        lines.append(f"Expected revenue: {estimate(facts.expected_revenue, facts.currency)}")
    return "\n".join(lines)
