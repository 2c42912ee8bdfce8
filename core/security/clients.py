"""Whose request it is: the address a connection comes from, or what a trusted proxy says of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

#: What proxies say of a request they hand on.
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


def client_address(scope: Scope, headers: Headers, trusted: Sequence[str]) -> str:
    """Return the address of whoever asks.

    A proxy's word counts only where its own address is ``trusted`` (addresses or networks). It adds who asked
    it at the end of ``X-Forwarded-For``, so the last address that is no trusted proxy's is the client's; what
    stands before it anybody could have written.
    """
    peer = (scope.get("client") or ("",))[0]
    if not is_trusted(peer, trusted):
        return peer
    said = [part.strip() for line in headers.getlist("x-forwarded-for") for part in line.split(",")]
    for address in reversed(said):
        if not is_trusted(address, trusted):
            return address or peer
    return peer


def is_trusted(address: str, trusted: Sequence[str]) -> bool:
    """Whether an address is one of these, or in one of these networks."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in _network(text) for text in trusted)


def is_this_machine(scope: Scope, headers: Headers, trusted: Sequence[str]) -> bool:
    """Whether a request comes from this machine itself, and wasn't handed on for somebody else."""
    peer = (scope.get("client") or ("",))[0]
    handed_on = any(name in headers for name in FORWARDED)
    if handed_on and not is_trusted(peer, trusted):
        return False
    address = _parsed(client_address(scope, headers, trusted))
    # No address: a socket in this machine's file system.
    return address is None or address.is_loopback


@lru_cache(maxsize=256)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


# Each request asks several times, and the next ones mostly come from the same addresses.
@lru_cache(maxsize=4096)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
