"""Whoever signs out at a real provider is signed out here, in every worker; nothing else does that."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jws
from starlette.testclient import TestClient

from core.accounts import Person, person_of, sessions
from core.audit import entries
from core.base.settings import Settings
from core.oidc.logout import BACK_CHANNEL_LOGOUT, EVENT, MOST_TOKEN
from tests.core.accounts.conftest import PASSWORD, settings
from tests.core.security.test_single_sign_on import ANNA, Open, begun, boss, dashboard, provider, running
from tests.oidc.provider import RealProvider
from tests.oidc.scripted import new_key

__all__ = ["boss", "dashboard", "provider", "running", "settings"]
STRANGERS: dict[str, Any] = {"oidc_new_people": "viewer"}
SESSIONLESS = STRANGERS | {"oidc_client_id": "sessionless"}
Claims = dict[str, Any]


def come_in(browser: TestClient, provider: RealProvider, cookies: httpx.Cookies | None = None) -> None:
    """Sign in at the provider; ``cookies`` become those of the session there."""
    assert browser.get(provider.sign_in(begun(browser), "anna", cookies)).status_code == 303
    assert is_in(browser)


def is_in(browser: TestClient) -> bool:
    return browser.get("/who").status_code == 200


def tell(worker: TestClient, token: str) -> httpx.Response:
    """Deliver a logout token as the provider does: without cookies, from no page."""
    worker.cookies.clear()
    return worker.post(BACK_CHANNEL_LOGOUT, data={"logout_token": token})


@pytest.fixture
def says(provider: RealProvider) -> Callable[..., Claims]:
    """Return what makes the claims of a good token, with these changed."""

    def claims(**changes: Any) -> Claims:
        now = int(time.time())
        good = {
            "iss": provider.issuer, "aud": "dashboard", "sub": "anna", "iat": now, "exp": now + 120,
            "jti": f"token {time.monotonic_ns()}", "events": {EVENT: {}},
        }  # fmt: skip
        return {name: said for name, said in (good | changes).items() if said != "left out"}

    return claims


def test_signing_out_at_the_provider_ends_that_session_in_every_worker(
    dashboard: Open, provider: RealProvider, settings: Settings, boss: Person
) -> None:
    laptop, phone, by_password = dashboard(**STRANGERS), dashboard(**STRANGERS), dashboard(**STRANGERS)
    at_laptop = httpx.Cookies()
    come_in(laptop, provider, at_laptop)
    come_in(phone, provider, httpx.Cookies())
    by_password.post("/sign-in", data={"email": boss.email, "password": PASSWORD})

    provider.sign_out(at_laptop)
    answer = tell(dashboard(**STRANGERS), provider.logout_tokens[-1])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert not is_in(laptop)
    assert is_in(phone), "it began by another session of the provider"
    assert is_in(by_password)
    last = next(iter(entries(settings=settings)))
    assert (last.action, last.subject, last.detail["how"]) == (
        "sign_out",
        "anna@shop.example",
        "single sign-on",
    )


def test_a_provider_without_sessions_of_its_own_ends_all_that_began_by_it(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    provider.knows(anna=ANNA, ben=ANNA | {"email": "ben@shop.example"})
    laptop, phone, ben = (dashboard(**SESSIONLESS) for _ in range(3))
    cookies = httpx.Cookies()
    come_in(laptop, provider, cookies)
    come_in(phone, provider)
    assert ben.get(provider.sign_in(begun(ben), "ben")).status_code == 303
    provider.sign_out(cookies)
    assert tell(dashboard(**SESSIONLESS), provider.logout_tokens[-1]).status_code == 200
    assert not is_in(laptop)
    assert not is_in(phone)
    assert is_in(ben)
    assert sessions.sessions_of(person_of("anna@shop.example", settings).id, settings) == []


def test_a_session_by_password_of_the_same_person_goes_on(
    dashboard: Open, provider: RealProvider, boss: Person, says: Callable[..., Claims]
) -> None:
    browser, other = dashboard(), dashboard()
    browser.post("/sign-in", data={"email": boss.email, "password": PASSWORD})
    page = browser.post("/sign-in/oidc/connect")
    url = page.text.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    assert browser.get(provider.sign_in(url, "anna")).headers["location"] == "/account"
    come_in(other, provider)
    assert tell(dashboard(), provider.signs(says())).status_code == 200
    assert not is_in(other)
    assert is_in(browser)


def test_a_token_counts_once(dashboard: Open, provider: RealProvider, says: Callable[..., Claims]) -> None:
    worker, browser = dashboard(**STRANGERS), dashboard(**STRANGERS)
    come_in(browser, provider)
    token = provider.signs(says())
    assert tell(worker, token).status_code == 200
    come_in(browser, provider)
    again = tell(dashboard(**STRANGERS), token)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_request"
    assert is_in(browser)


def test_who_has_no_session_here_is_no_error(
    dashboard: Open, provider: RealProvider, says: Callable[..., Claims]
) -> None:
    for claims in (says(sub="nobody"), says(sub="left out", sid="unknown"), says(sid="unknown")):
        assert tell(dashboard(**STRANGERS), provider.signs(claims)).status_code == 200


@pytest.mark.parametrize(
    "header", [{}, {"typ": "JWT"}, {"typ": "logout+jwt"}, {"typ": "Logout+JWT"}], ids=str
)
def test_tokens_are_taken_as_providers_call_them(
    dashboard: Open, provider: RealProvider, says: Callable[..., Claims], header: dict[str, str]
) -> None:
    browser = dashboard(**STRANGERS)
    come_in(browser, provider)
    claims = says(aud=["another", "dashboard"], exp="left out")
    assert tell(dashboard(**STRANGERS), provider.signs(claims, header=header)).status_code == 200
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"iss": "https://accounts.google.com"}, {}),
        ({"iss": "left out"}, {}),
        ({"aud": "another-client"}, {}),
        ({"aud": "left out"}, {}),
        ({"iat": 1}, {}),
        ({"iat": 4_102_444_800}, {}),
        ({"iat": "left out"}, {}),
        ({"iat": "now"}, {}),
        ({"exp": 1}, {}),
        ({"nbf": 4_102_444_800}, {}),
        ({"jti": "left out"}, {}),
        ({"jti": 7}, {}),
        ({"jti": "x" * 300}, {}),
        ({"events": "left out"}, {}),
        ({"events": [EVENT]}, {}),
        ({"events": {}}, {}),
        ({"events": {EVENT: None}}, {}),
        ({"events": {"http://schemas.openid.net/event/other": {}}}, {}),
        ({"nonce": "one"}, {}),
        ({"nonce": None}, {}),
        ({"sub": "left out"}, {}),
        ({"sub": None, "sid": None}, {}),
        ({"sub": ["anna"]}, {}),
        ({"sid": ""}, {}),
        ({"sid": 7}, {}),
        ({}, {"signed_by": "stranger"}),
        ({}, {"header": {"typ": "at+jwt"}}),
        ({}, {"header": {"typ": "secevent+jwt"}}),
    ],
    ids=str,
)
def test_what_proves_nothing_signs_nobody_out(
    dashboard: Open,
    provider: RealProvider,
    says: Callable[..., Claims],
    changes: Claims,
    how: dict[str, Any],
) -> None:
    browser = dashboard(**STRANGERS)
    come_in(browser, provider)
    answer = tell(dashboard(**STRANGERS), provider.signs(says(**changes), **how))
    assert answer.status_code == 400
    assert answer.headers["cache-control"] == "no-store"
    assert is_in(browser)
    assert tell(dashboard(**STRANGERS), provider.signs(says())).status_code == 200
    assert not is_in(browser)


def test_what_is_no_token_signs_nobody_out(
    dashboard: Open, provider: RealProvider, says: Callable[..., Claims]
) -> None:
    browser, worker = dashboard(**STRANGERS), dashboard(**STRANGERS)
    come_in(browser, provider)
    good = provider.signs(says())
    head, body, signature = good.split(".")
    unsigned = "eyJhbGciOiJub25lIn0"
    by_secret = jws.serialize_compact({"alg": "RS256"}, b"{}", new_key())
    id_token = _id_token(provider, browser)
    wrong = ["", "x", "..", f"{unsigned}.{body}.", f"{head}.{body}.", by_secret, id_token, "é.é.é"]
    for token in [*wrong, good + "." * MOST_TOKEN, f"{head}.{body}.{signature[:-4]}AAAA"]:
        assert tell(worker, token).status_code == 400, token[:80]
    assert worker.post(BACK_CHANNEL_LOGOUT, content=b"\xff&&&").status_code == 400
    assert worker.post(BACK_CHANNEL_LOGOUT, data={str(one): "x" for one in range(99)}).status_code == 400
    assert worker.get(BACK_CHANNEL_LOGOUT).status_code in (401, 405)
    assert is_in(browser)


def _id_token(provider: RealProvider, browser: TestClient) -> str:
    """Return the token by which somebody has come in: signed by the provider, for us, of now."""
    app: Any = browser.app
    while not hasattr(app, "state"):
        app = app.app
    return sessions.id_token_of(browser.cookies["predictor_session"], app.state.settings)


def test_a_page_elsewhere_can_t_deliver_one(
    dashboard: Open, provider: RealProvider, says: Callable[..., Claims]
) -> None:
    browser, worker = dashboard(**STRANGERS), dashboard(**STRANGERS)
    come_in(browser, provider)
    headers = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
    token = {"logout_token": provider.signs(says())}
    assert worker.post(BACK_CHANNEL_LOGOUT, data=token, headers=headers).status_code == 403
    assert is_in(browser)


def test_nobody_is_told_where_no_provider_is_set(
    dashboard: Open, provider: RealProvider, says: Callable[..., Claims]
) -> None:
    off = dashboard(oidc_issuer=None, oidc_client_id=None)
    assert tell(off, provider.signs(says())).status_code == 404


def test_a_provider_whose_keys_can_t_be_read_may_send_it_again(
    dashboard: Open, provider: RealProvider, says: Callable[..., Claims]
) -> None:
    away = dashboard(oidc_issuer="http://127.0.0.1:9")
    assert tell(away, provider.signs(says())).status_code == 503
