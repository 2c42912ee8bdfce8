"""Where this server may send to by itself: addresses of the open internet, unless a setting says otherwise.

An address is looked up and judged in the moment of sending, and the connection is made to what was judged:
a name that points elsewhere a moment later leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from core.base.errors import RuleError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: IPv6 addresses that stand for IPv4 ones by way of a translator (RFC 6052, RFC 8215).
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48")))
_ALLOW = "PREDICTOR_WEBHOOK_PRIVATE=true allows addresses inside your own network."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect (``ip``, ``port``), and what is asked for there."""

    scheme: str
    host: str
    ip: str
    port: int
    path: str


def check_url(url: str, *, private: bool = False) -> SplitResult:
    """Return the parts of an address that may be sent to, as far as it says so without being looked up.

    Raises
    ------
    RuleError
        If it is no address of the web, isn't encrypted, or is inside the own network and that isn't allowed.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("https", "http") or not host or any(ord(sign) <= 32 for sign in url.strip()):
        raise RuleError(
            f"“{url}” isn't an address." if url else "The webhook has no address.",
            where="address",
            remedy="Enter the whole address: https://shop.example/hooks/predictor.",
        )
    if parts.username is not None or parts.password is not None:
        raise RuleError("A user name or password can't be part of the address.", where="address",
                        remedy="Leave it out: requests are signed.")  # fmt: skip
    if parts.scheme == "http" and not private:
        raise RuleError("The address isn't encrypted.", where="address", remedy="Use https://.")
    literal = _literal(host)
    if literal is not None and not private and not is_public(literal):
        raise _inside(host)
    return parts


def target(url: str, *, private: bool = False) -> Target:
    """Look an address up; of a name that leads into the own network as well, nothing is used.

    Raises
    ------
    RuleError
        If it may not be sent to, or the name isn't known.
    """
    parts = check_url(url, private=private)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = public_addresses(host, port, private=private)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Target(scheme=parts.scheme, host=host, ip=found[0], port=port, path=path)


def public_addresses(host: str, port: int, *, private: bool = False) -> tuple[str, ...]:
    """Return the IP addresses of a host.

    Raises
    ------
    RuleError
        If there are none, or one of them is inside the own network and that isn't allowed.
    """
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise RuleError(f"{host} isn't known.", where="address", remedy="Check the address.") from error
    if not private and not all(is_public(ipaddress.ip_address(ip.partition("%")[0])) for ip in found):
        raise _inside(host)
    return tuple(dict.fromkeys(found))


def is_public(ip: Address) -> bool:
    """Whether an address is one of the open internet, whatever it is wrapped in."""
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if wrapped is not None:
            return is_public(wrapped)
        if ip.teredo is not None or any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _inside(host: str) -> RuleError:
    return RuleError(
        f"{host} is inside your own network.", where="address", remedy=f"Use another, or: {_ALLOW}"
    )
