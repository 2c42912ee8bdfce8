"""Signing in by a provider that answers endlessly or nonsense, changes its keys, or says odd claims."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from core.accounts import links, people
from core.accounts.people import add_person, person_of, remove_person
from core.api import create_application, protect
from core.base.settings import Settings
from core.oidc import bounds
from core.security.attempts import ALLOWED
from core.security.sessions import COOKIE
from core.security.sign_on_ticket import COOKIE_PREFIX, MOST_BEGUN
from tests.core.accounts.conftest import PASSWORD, settings
from tests.oidc.provider import CLIENT
from tests.oidc.scripted import DISCOVERY, KEYS, TOKEN, USERINFO, ScriptedProvider, new_key, scripted_provider
from tests.serving import free_port, wait_until

__all__ = ["settings"]
BRACKETS = b"[" * 100_000
Open = Callable[..., TestClient]


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as one:
        yield one


@pytest.fixture
def dashboard(tmp_path: Path, provider: ScriptedProvider, settings: Settings) -> Open:
    add_person(email="boss@shop.example", name="Boss", role="admin", password=PASSWORD, settings=settings)

    def open_one(**more: Any) -> TestClient:
        told = {"oidc_issuer": provider.issuer, "public_url": "http://localhost", **CLIENT, **more}
        application = create_application(Settings(data_dir=tmp_path, **{"oidc_new_people": "viewer"} | told))
        protect(application)
        return TestClient(
            application, base_url="http://localhost", follow_redirects=False, raise_server_exceptions=False
        )

    return open_one


def signed_in(browser: TestClient, provider: ScriptedProvider, **header: str) -> httpx.Response:
    begun = browser.get("/sign-in/oidc")
    if begun.status_code != 303:
        return begun
    query = provider.lets_in(begun.headers["location"], **header)
    return browser.get("/sign-in/oidc/callback", params=query)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        *((DISCOVERY, said) for said in (b"", b"[]", b"<html>", BRACKETS)),
        *((KEYS, said) for said in (b"[]", b'{"keys": 5}', b'{"keys": [5]}', b'{"keys": []}', BRACKETS)),
        *((TOKEN, said) for said in (b"", b"[]", b"null", b"5", b"\xff\xfe", BRACKETS)),
        (TOKEN, b'{"expires_at": [1], "id_token": "a.b.c"}'),
        *((USERINFO, said) for said in (b"[]", BRACKETS)),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_page_that_says_so(
    dashboard: Open, provider: ScriptedProvider, path: str, said: bytes
) -> None:
    provider.says[path] = said
    provider.claims = {"name": None}
    answer = signed_in(dashboard(), provider)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "sign-in service" in answer.text


@pytest.mark.parametrize("signed", [5, "RS256", {"RS256": 1}, None, []])
def test_a_list_of_signatures_that_is_none_leaves_the_usual_one(
    dashboard: Open, provider: ScriptedProvider, signed: object
) -> None:
    provider.metadata["id_token_signing_alg_values_supported"] = signed
    expected = 503 if signed == [] else 303
    assert signed_in(dashboard(), provider).status_code == expected


def test_signatures_that_prove_nothing_are_said_before_anybody_is_sent_there(
    dashboard: Open, provider: ScriptedProvider
) -> None:
    provider.metadata["id_token_signing_alg_values_supported"] = ["HS256", "none"]
    answer = dashboard().get("/sign-in/oidc")
    assert (answer.status_code, "signs its tokens" in answer.text) == (503, True)


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN])
def test_an_answer_without_end_is_given_up(
    dashboard: Open, provider: ScriptedProvider, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_BYTES", 10_000)
    given_up = threading.Event()

    def endlessly(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b" " * 1000)
        except OSError:
            given_up.set()

    provider.says[path] = endlessly
    assert signed_in(dashboard(), provider).status_code == 503
    assert given_up.wait(30)


def test_an_answer_that_drips_is_given_up(
    dashboard: Open, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "WHOLE_SECONDS", -1.0)
    assert signed_in(dashboard(), provider).status_code == 503


def test_pages_are_answered_while_many_wait_for_the_provider(
    dashboard: Open, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may begin a sign-in, more often than a worker has threads."""
    monkeypatch.setattr(bounds, "TIMEOUT_SECONDS", 300.0)
    asked, let_go = threading.Event(), threading.Event()

    def silent(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        let_go.wait(300)
        request.send_response(503)
        request.end_headers()

    provider.says[DISCOVERY] = silent
    port = free_port()
    config = uvicorn.Config(dashboard().app, port=port, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run)
    serving.start()
    wait_until(lambda: server.started, what="the server to start")
    address = f"http://127.0.0.1:{port}/sign-in"
    with ThreadPoolExecutor(60) as many:
        waiting = [many.submit(httpx.get, f"{address}/oidc?moved=1", timeout=300) for _ in range(60)]
        try:
            assert asked.wait(60)
            for _ in range(5):
                assert httpx.get(address, timeout=30).status_code == 200
        finally:
            let_go.set()
        assert {one.result().status_code for one in waiting} == {503}
    server.should_exit = True
    serving.join()


@pytest.mark.parametrize(
    "other",
    [
        {"kty": "EC", "crv": "P-999", "x": "a", "y": "b", "kid": "w"},
        {"kty": "EC", "crv": ["P-256"], "x": "a", "y": "b"},
        {"kty": "OKP", "crv": "X9", "x": "a", "kid": "w"},
        {"kty": "RSA", "n": "!!", "e": 5, "kid": "w"},
        {"kty": "RSA", "kid": "w"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "x"},
        {"kty": ["RSA"]},
    ],
    ids=str,
)
def test_a_key_of_an_unknown_kind_spoils_none_of_the_others(
    dashboard: Open, provider: ScriptedProvider, other: dict[str, Any]
) -> None:
    provider.publish(other, provider.key.as_dict(private=False))
    assert signed_in(dashboard(), provider).status_code == 303


@pytest.mark.parametrize("kid", ["own", "next"])
def test_changed_keys_are_looked_up_whatever_they_are_called(
    dashboard: Open, provider: ScriptedProvider, kid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = dashboard()
    assert signed_in(browser, provider).status_code == 303
    browser.cookies.clear()
    provider.key = new_key(kid)
    provider.publish(provider.key.as_dict(private=False))
    monkeypatch.setattr("core.oidc.provider.KEYS_AGAIN_SECONDS", 0)
    assert signed_in(browser, provider, kid=kid).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "a\x00b"},
        {"sub": "\ud800"},
        {"sub": 5},
        {"email": "\ud800@shop.example"},
        {"email": "a\x00@shop.example"},
        {"email": ["anna@shop.example"]},
        {"email_verified": ["true"]},
    ],
    ids=ascii,
)
def test_claims_no_database_keeps_let_nobody_in(
    dashboard: Open, provider: ScriptedProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    answer = signed_in(browser := dashboard(), provider)
    assert answer.status_code in (400, 403), answer.text
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize("claims", [{"name": "\ud800\x00"}, {"name": 5}, {"groups": ["\ud800"]}], ids=ascii)
def test_other_odd_claims_are_left_aside(
    dashboard: Open, provider: ScriptedProvider, claims: dict[str, Any]
) -> None:
    provider.claims, provider.says[USERINFO] = claims, {"sub": "anna"}
    assert signed_in(dashboard(), provider).status_code == 303


@pytest.mark.parametrize(
    ("invited", "email"),
    [
        ("kate@shop.example", "\N{KELVIN SIGN}ate@shop.example"),
        ("strasse@shop.example", "stra\N{LATIN SMALL LETTER SHARP S}e@shop.example"),
        ("fiona@shop.example", "\N{LATIN SMALL LIGATURE FI}ona@shop.example"),
        ("sam@shop.example", "\N{LATIN SMALL LETTER LONG S}am@shop.example"),
    ],
)
def test_an_address_that_only_looks_like_an_invited_one_isn_t_it(
    dashboard: Open, provider: ScriptedProvider, settings: Settings, invited: str, email: str
) -> None:
    links.invite(invited, "admin", settings)
    provider.claims = {"email": email}
    assert signed_in(dashboard(), provider).status_code == 403
    assert [one.email for one in people(settings)] == ["boss@shop.example"]


def test_letters_of_other_scripts_are_no_reason_to_refuse(
    dashboard: Open, provider: ScriptedProvider, settings: Settings
) -> None:
    links.invite("ÜNAL@shop.example", "viewer", settings)
    provider.claims = {"email": "Ünal@Shop.example"}
    assert signed_in(dashboard(oidc_new_people=None), provider).status_code == 303


def test_a_provider_that_is_away_is_nobody_s_guess(dashboard: Open, provider: ScriptedProvider) -> None:
    provider.says[TOKEN] = b"<html>"
    browser = dashboard()
    assert {signed_in(browser, provider).status_code for _ in range(ALLOWED + 2)} == {503}
    del provider.says[TOKEN]
    assert signed_in(browser, provider).status_code == 303


def test_an_office_comes_in_by_one_address_at_the_same_time(
    dashboard: Open, provider: ScriptedProvider
) -> None:
    """All of them wait for the provider before the first is in."""
    everybody = threading.Barrier(ALLOWED + 2)
    browsers = [dashboard() for _ in range(everybody.parties)]
    started = [browser.get("/sign-in/oidc").headers["location"] for browser in browsers]

    def together(request: BaseHTTPRequestHandler) -> None:
        everybody.wait(60)
        request.send_response(503)
        request.end_headers()

    provider.says[TOKEN] = together
    codes: list[int] = []

    def come_back(browser: TestClient, url: str) -> None:
        query = provider.lets_in(url)
        codes.append(browser.get("/sign-in/oidc/callback", params=query).status_code)

    threads = [threading.Thread(target=come_back, args=one) for one in zip(browsers, started, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [503] * everybody.parties, "none had to wait for ten minutes"


def test_a_long_address_doesn_t_keep_anybody_out(dashboard: Open, provider: ScriptedProvider) -> None:
    """A browser keeps no cookie over 4096 bytes; an address can be longer."""
    browser = dashboard()
    target = "/whatif?" + "&".join(f"{number * 7919:x}={number * 104729:x}" for number in range(600))
    begun = browser.get("/sign-in/oidc", params={"next": target})
    assert len(begun.headers["set-cookie"]) < 4096
    back = browser.get("/sign-in/oidc/callback", params=provider.lets_in(begun.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (303, "/")


def test_sign_ins_that_were_given_up_don_t_pile_up(dashboard: Open, provider: ScriptedProvider) -> None:
    """Another site could open this address again and again, until the headers are too long for the server."""
    browser = dashboard()
    for _ in range(3 * MOST_BEGUN):
        browser.get("/sign-in/oidc")
    assert sum(name.startswith(COOKIE_PREFIX) for name in browser.cookies) <= MOST_BEGUN
    assert signed_in(browser, provider).status_code == 303


def test_an_invitation_from_before_the_account_ends_with_it(
    dashboard: Open, provider: ScriptedProvider, settings: Settings
) -> None:
    token = links.invite("anna@shop.example", "manager", settings)
    anna = {"email": "anna@shop.example", "name": "Anna", "role": "viewer", "password": PASSWORD}
    add_person(**anna, settings=settings)
    remove_person(person_of("anna@shop.example", settings).id, settings)
    browser = dashboard()
    assert "was removed" in signed_in(browser, provider).text
    assert browser.get(f"/join/{token}").status_code == 410


def test_a_reset_password_disconnects_the_provider(
    dashboard: Open, provider: ScriptedProvider, settings: Settings
) -> None:
    """Whoever had got into the account may have connected one of their own."""
    signed_in(dashboard(), provider)
    token = links.reset(person_of("anna@shop.example", settings).id, settings)
    links.accept(token, name="", password="seven red umbrellas", settings=settings)
    assert "isn&#39;t connected yet" in signed_in(dashboard(), provider).text
