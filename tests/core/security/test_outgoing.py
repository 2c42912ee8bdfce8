"""Where the server may send to: never into its own network, however that is written."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from core.base.errors import RuleError
from core.security.outgoing import check_url, is_public, target

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1",  # noqa: S104
    "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "2001:0:53aa:64c::1",
)  # fmt: skip


@pytest.mark.parametrize("ip", INSIDE)
def test_addresses_of_the_own_network_are_none_of_the_internet(ip: str) -> None:
    assert not is_public(ipaddress.ip_address(ip))
    with pytest.raises(RuleError, match="inside your own network"):
        target(f"https://{f'[{ip}]' if ':' in ip else ip}/hook")


@pytest.mark.parametrize("ip", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_addresses_of_the_internet_are(ip: str) -> None:
    assert is_public(ipaddress.ip_address(ip))


@pytest.mark.parametrize(
    "url",
    ["", "shop.example", "ftp://shop.example", "https://", "https://shop.example:99999",
     "https://a b.example/",
     "https://shop.example/\n", "https://[::1", "http://shop.example/", "https://u:p@shop.example/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    if url.endswith("\n"):
        assert check_url(url).hostname == "shop.example"
        return
    with pytest.raises(RuleError):
        check_url(url)


def test_a_name_is_judged_by_all_it_stands_for_when_it_is_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ["93.184.216.34"]

    def looked_up(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in found]

    # No name of the internet can be looked up here.
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    where = target("https://shop.example/hook?a=1")
    assert (where.host, where.ip, where.port, where.path) == (
        "shop.example",
        "93.184.216.34",
        443,
        "/hook?a=1",
    )
    found.append("169.254.169.254")
    with pytest.raises(RuleError, match="inside your own network"):
        target("https://shop.example/hook")
    assert target("http://shop.example:8000/", private=True).port == 8000


def test_the_machine_s_own_name_is_inside() -> None:
    with pytest.raises(RuleError, match="inside your own network"):
        target("https://localhost/")
