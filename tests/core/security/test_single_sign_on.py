"""Signing in with OpenID Connect, in this process, by a real provider that runs beside it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import pytest
from starlette.testclient import TestClient

from core.accounts import Person, links, people, person_of, sessions
from core.accounts.people import add_person, remove_person, set_role
from core.api import create_application, protect
from core.api.base.permissions import needs
from core.audit import entries
from core.base.identity import identity
from core.base.settings import Settings
from core.security import sign_on_ticket
from core.security.attempts import ALLOWED
from core.security.sessions import COOKIE
from tests.conftest import ROOT
from tests.core.accounts.conftest import PASSWORD, settings
from tests.oidc.provider import CLIENT, RealProvider, running_provider
from tests.serving import free_port

__all__ = ["settings"]
BOSS = {"email": "boss@shop.example", "name": "Boss", "role": "admin", "password": PASSWORD}
ANNA = {"email": "anna@shop.example", "email_verified": True, "name": "Anna Alt", "groups": ["analysts"]}
ROLES = {"analysts": "analyst", "leads": "manager", "bosses": "admin"}
Open = Callable[..., TestClient]


@pytest.fixture(scope="module")
def running() -> Iterator[RealProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: RealProvider) -> RealProvider:
    running.knows(anna=ANNA)
    running.errs()
    return running


@pytest.fixture
def boss(settings: Settings) -> Person:
    return add_person(**BOSS, settings=settings)


@pytest.fixture
def dashboard(tmp_path: Path, provider: RealProvider, boss: Person) -> Open:
    """Return a maker of browsers that open a dashboard with these settings, each a worker of its own."""

    def open_one(**more: Any) -> TestClient:
        told = {"oidc_issuer": provider.issuer, "public_url": "http://localhost", **CLIENT, **more}
        application = create_application(Settings(data_dir=tmp_path, **told))

        @application.get("/who", dependencies=[needs("results.read")])
        async def who() -> dict[str, str]:
            return {"name": identity().name, "role": identity().role, "via": identity().via}

        protect(application)
        return TestClient(application, base_url="http://localhost", follow_redirects=False)

    return open_one


def begun(browser: TestClient, target: str = "/") -> str:
    """Click the button; return where the browser is sent."""
    answer = browser.get("/sign-in/oidc", params={"next": target})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def signed_in(
    browser: TestClient, provider: RealProvider, login: str = "anna", target: str = "/"
) -> httpx.Response:
    """Sign in at the provider and come back."""
    return browser.get(provider.sign_in(begun(browser, target), login))


def changed(url: str, **values: str) -> str:
    """Return an address with other values in its query."""
    parts = urlsplit(url)
    query = {name: value[0] for name, value in parse_qs(parts.query).items()} | values
    return urlunsplit(parts._replace(query=urlencode(query)))


def last_failure(settings: Settings) -> dict[str, Any]:
    return next(dict(one.detail) for one in entries(settings=settings) if one.action == "sign_in_failed")


def test_whoever_is_invited_comes_in_and_gets_the_page_they_asked_for(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    links.invite("anna@shop.example", "manager", settings)
    browser = dashboard()
    asked = browser.get("/results/r1?tab=why", headers={"accept": "text/html"})
    button = re.search(r'href="(/sign-in/oidc\?[^"]+)"', browser.get(asked.headers["location"]).text)
    assert button
    url = browser.get(button[1].replace("&amp;", "&")).headers["location"]
    sent = parse_qs(urlsplit(url).query)
    assert sent["code_challenge_method"] == ["S256"]
    assert sent["redirect_uri"] == ["http://localhost/sign-in/oidc/callback"]

    back = browser.get(provider.sign_in(url, "anna"))
    assert (back.status_code, back.headers["location"]) == (303, "/results/r1?tab=why")
    assert browser.get("/who").json() == {"name": "Anna Alt", "role": "manager", "via": "account"}
    assert not person_of("anna@shop.example", settings).has_password
    assert links.invitations(settings) == []
    assert [name for name in browser.cookies if name.startswith("predictor_oidc")] == []
    signed = next(one for one in entries(settings=settings) if one.action == "sign_in")
    assert (signed.subject, signed.detail) == ("anna@shop.example", {"how": "single sign-on"})


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "/sign-in"])
def test_it_leads_to_pages_of_this_server_only(
    dashboard: Open, provider: RealProvider, settings: Settings, target: str
) -> None:
    links.invite("anna@shop.example", "viewer", settings)
    assert signed_in(dashboard(), provider, target=target).headers["location"] == "/"


def test_who_is_known_is_known_by_issuer_and_subject_not_by_address(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    links.invite("anna@shop.example", "viewer", settings)
    signed_in(dashboard(), provider)
    provider.knows(anna=ANNA | {"email": "anna@married.example", "email_verified": False})
    browser = dashboard()
    assert signed_in(browser, provider).status_code == 303
    assert browser.get("/who").json()["name"] == "Anna Alt"

    provider.knows(other=ANNA)
    refused = signed_in(dashboard(), provider, "other")
    assert refused.status_code == 403
    assert "isn&#39;t connected yet" in refused.text
    assert last_failure(settings)["why"] == "not_connected"


def test_another_issuer_s_subject_is_somebody_else(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    links.invite("anna@shop.example", "viewer", settings)
    signed_in(dashboard(), provider)
    with running_provider() as elsewhere:
        elsewhere.knows(anna=ANNA | {"email": "someone@else.example"})
        refused = signed_in(dashboard(oidc_issuer=elsewhere.issuer), elsewhere)
    assert refused.status_code == 403
    assert "Nobody has invited someone@else.example yet." in refused.text


def test_an_administrator_s_link_connects_an_account_that_is_there(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    anna = add_person(
        email="anna@shop.example", name="Anna", role="analyst", password=PASSWORD, settings=settings
    )
    assert "connect it under Your account" in signed_in(dashboard(), provider).text
    links.reset(anna.id, settings)
    browser = dashboard()
    assert signed_in(browser, provider).status_code == 303
    assert browser.get("/who").json() == {"name": "Anna", "role": "analyst", "via": "account"}
    assert len(people(settings)) == 2


def test_somebody_who_is_signed_in_connects_their_account(
    dashboard: Open, provider: RealProvider, boss: Person
) -> None:
    browser = dashboard()
    browser.post("/sign-in", data={"email": boss.email, "password": PASSWORD})
    page = browser.post("/sign-in/oidc/connect")
    url = re.search(r'content="0; url=([^"]+)"', page.text)
    assert url
    back = browser.get(provider.sign_in(url[1].replace("&amp;", "&"), "anna"))
    assert (back.status_code, back.headers["location"]) == (303, "/account")
    later = dashboard()
    signed_in(later, provider)
    assert later.get("/who").json()["name"] == "Boss"


def test_nobody_connects_what_another_has_begun(
    dashboard: Open, provider: RealProvider, boss: Person, settings: Settings
) -> None:
    browser = dashboard()
    browser.post("/sign-in", data={"email": boss.email, "password": PASSWORD})
    page = browser.post("/sign-in/oidc/connect")
    url = re.search(r'content="0; url=([^"]+)"', page.text)
    assert url
    back = provider.sign_in(url[1].replace("&amp;", "&"), "anna")
    browser.post("/sign-out")
    assert browser.get(back).status_code == 403
    assert signed_in(dashboard(), provider).status_code == 403

    assert browser.post("/sign-in/oidc/connect").status_code == 401, "nobody is signed in"
    from_elsewhere = {"sec-fetch-site": "cross-site"}
    browser.post("/sign-in", data={"email": boss.email, "password": PASSWORD})
    assert browser.post("/sign-in/oidc/connect", headers=from_elsewhere).status_code == 403


@pytest.mark.parametrize(
    ("claims", "more", "words", "why"),
    [
        ({}, {}, "Nobody has invited anna@shop.example yet.", "not_invited"),
        ({"email_verified": False}, {"oidc_new_people": "viewer"}, "confirm your e-mail", "not_verified"),
        ({"email": None}, {"oidc_new_people": "viewer"}, "confirm your e-mail", "not_verified"),
        ({"email_verified": "no"}, {"oidc_new_people": "viewer"}, "confirm your e-mail", "not_verified"),
        (
            {},
            {"oidc_new_people": "viewer", "oidc_domains": ["other.example"]},
            "of other.example",
            "wrong_domain",
        ),
        (
            {"email": "anna@shop.example.evil.example"},
            {"oidc_new_people": "viewer", "oidc_domains": ["shop.example"]},
            "belong to this dashboard",
            "wrong_domain",
        ),
        (
            {"groups": ["others"]},
            {"oidc_new_people": "viewer", "oidc_roles": ROLES},
            "your groups",
            "no_role",
        ),
        (
            {"groups": {"analysts": 1}},
            {"oidc_new_people": "viewer", "oidc_roles": ROLES},
            "your groups",
            "no_role",
        ),
        # A group gives a role, and opens no door.
        ({}, {"oidc_roles": ROLES}, "Nobody has invited anna@shop.example yet.", "not_invited"),
    ],
)
def test_who_may_not_come_in_reads_why(
    dashboard: Open,
    provider: RealProvider,
    settings: Settings,
    claims: dict[str, Any],
    more: dict[str, Any],
    words: str,
    why: str,
) -> None:
    provider.knows(anna={name: said for name, said in {**ANNA, **claims}.items() if said is not None})
    browser = dashboard(**more)
    refused = signed_in(browser, provider)
    assert refused.status_code == 403
    assert words in refused.text
    assert 'href="/sign-in"' in refused.text
    assert COOKIE not in browser.cookies
    assert len(people(settings)) == 1
    assert last_failure(settings) == {"how": "single sign-on", "why": why}


@pytest.mark.parametrize("said", [True, "true"])
def test_people_nobody_invited_get_an_account_where_that_is_set(
    dashboard: Open, provider: RealProvider, said: object
) -> None:
    provider.knows(anna=ANNA | {"email_verified": said})
    browser = dashboard(oidc_new_people="viewer", oidc_domains=["shop.example"])
    assert signed_in(browser, provider).status_code == 303
    assert browser.get("/who").json()["role"] == "viewer"


def test_addresses_a_provider_says_nothing_of_count_where_that_is_set(
    dashboard: Open, provider: RealProvider
) -> None:
    silent = {name: said for name, said in ANNA.items() if name != "email_verified"}
    provider.knows(anna=silent, ben=ANNA | {"email": "ben@shop.example", "email_verified": False})
    more = {"oidc_new_people": "viewer"}
    assert signed_in(dashboard(**more), provider).status_code == 403
    assert signed_in(dashboard(**more, oidc_trust_emails=True), provider).status_code == 303
    assert signed_in(dashboard(**more, oidc_trust_emails=True), provider, "ben").status_code == 403


def test_roles_follow_groups_at_each_sign_in(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    links.invite("anna@shop.example", "viewer", settings)
    browser = dashboard(oidc_roles=ROLES)

    def role_with(*groups: str) -> str:
        provider.knows(anna=ANNA | {"groups": list(groups)})
        signed_in(other := dashboard(oidc_roles=ROLES), provider)
        return other.get("/who").json().get("role", "nobody")

    signed_in(browser, provider)
    assert browser.get("/who").json()["role"] == "analyst"
    assert role_with("analysts", "leads", "unknown") == "manager"
    assert browser.get("/who").status_code == 401, "another role is another session"
    assert role_with("analysts") == "analyst"
    set_role(person_of("anna@shop.example", settings).id, "admin", settings)
    assert role_with("analysts") == "analyst", "a role by hand counts until then"
    assert role_with("unknown") == "nobody"
    assert sessions.sessions_of(person_of("anna@shop.example", settings).id, settings) == []


def test_a_role_for_everybody_and_groups_further_down(dashboard: Open, provider: RealProvider) -> None:
    more = {"oidc_new_people": "viewer", "oidc_groups_claim": "realm_access.roles"}
    provider.knows(
        anna=ANNA | {"realm_access": {"roles": ["leads"]}}, ben=ANNA | {"email": "ben@shop.example"}
    )
    for login, role in (("anna", "manager"), ("ben", "viewer")):
        browser = dashboard(**more, oidc_roles=ROLES | {"*": "viewer"})
        signed_in(browser, provider, login)
        assert browser.get("/who").json()["role"] == role


def test_the_only_administrator_stays_one(
    dashboard: Open, provider: RealProvider, boss: Person, settings: Settings
) -> None:
    links.reset(boss.id, settings)
    provider.knows(boss=ANNA | {"email": boss.email})
    browser = dashboard(oidc_roles=ROLES)
    assert signed_in(browser, provider, "boss").status_code == 303
    assert browser.get("/who").json()["role"] == "admin"


def test_whoever_was_removed_needs_an_invitation(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    more = {"oidc_new_people": "viewer"}
    browser = dashboard(**more)
    signed_in(browser, provider)
    remove_person(person_of("anna@shop.example", settings).id, settings)
    assert browser.get("/who").status_code == 401
    assert "Your account here was removed." in signed_in(dashboard(**more), provider).text
    # Neither by another address nor by another account with the address.
    provider.knows(anna=ANNA | {"email": "new@shop.example"}, again=ANNA)
    for login in ("anna", "again"):
        assert "was removed" in signed_in(dashboard(**more), provider, login).text

    provider.knows(anna=ANNA)
    links.invite("anna@shop.example", "analyst", settings)
    back = dashboard(**more)
    signed_in(back, provider)
    assert back.get("/who").json()["role"] == "analyst"
    signed_in(later := dashboard(**more), provider)
    assert later.get("/who").status_code == 200


@pytest.mark.parametrize(
    "faults",
    [
        {"exp": 1},
        {"aud": "another-client"},
        {"aud": ["another-client", "dashboard"]},
        {"azp": "another-client"},
        {"iss": "https://accounts.google.com"},
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"iat": 4_102_444_800},
        {"nbf": 4_102_444_800},
        {"sub": ""},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"signed_by": "stranger"},
    ],
    ids=str,
)
def test_a_token_that_proves_nothing_lets_nobody_in(
    dashboard: Open, provider: RealProvider, settings: Settings, faults: dict[str, Any]
) -> None:
    browser = dashboard(oidc_new_people="viewer")
    provider.errs(**faults)
    refused = signed_in(browser, provider)
    assert refused.status_code == 400
    assert "doesn&#39;t prove who you are" in refused.text
    assert COOKIE not in browser.cookies
    assert last_failure(settings)["why"] == "untrusted"
    provider.errs()
    assert signed_in(browser, provider).status_code == 303


def test_a_token_made_for_another_sign_in_lets_nobody_in(dashboard: Open, provider: RealProvider) -> None:
    """The nonce in the token is the provider's own word of which sign-in it belongs to."""
    browser = dashboard(oidc_new_people="viewer")
    back = provider.sign_in(changed(begun(browser), nonce="chosen-by-somebody-else"), "anna")
    assert browser.get(back).status_code == 400


def test_a_code_counts_once_and_for_the_browser_that_began(
    dashboard: Open, provider: RealProvider, settings: Settings
) -> None:
    browser, thief = dashboard(oidc_new_people="viewer"), dashboard(oidc_new_people="viewer")
    url = begun(browser)
    kept = dict(browser.cookies)
    back = provider.sign_in(url, "anna")
    assert "begun in another browser" in thief.get(back).text
    assert browser.get(back).status_code == 303
    assert "finished already" in browser.get(back).text
    # Even with the cookie: the provider takes a code once.
    again = thief.get(back, headers={"cookie": "; ".join(f"{name}={value}" for name, value in kept.items())})
    assert again.status_code == 403
    assert "used already" in again.text
    assert COOKIE not in thief.cookies

    # A code of one's own, put into another's sign-in: its PKCE verifier is another.
    browser.cookies.clear()
    mine, theirs = begun(thief), begun(browser)
    code = parse_qs(urlsplit(provider.sign_in(mine, "anna")).query)["code"][0]
    state = parse_qs(urlsplit(theirs).query)["state"][0]
    injected = {"code": code, "state": state, "iss": provider.issuer}
    assert browser.get("/sign-in/oidc/callback", params=injected).status_code == 403


@pytest.mark.parametrize("state", ["", "wrong", "ääääääää", "a" * 5000])
def test_a_wrong_state_is_nobody_s(dashboard: Open, provider: RealProvider, state: str) -> None:
    browser = dashboard(oidc_new_people="viewer")
    back = provider.sign_in(begun(browser), "anna")
    assert browser.get(changed(back, state=state)).status_code == 403
    # The beginning names the cookie; the rest counts, too.
    right = parse_qs(urlsplit(back).query)["state"][0]
    assert browser.get(changed(back, state=f"{right[:12]}{state}")).status_code == 400
    assert COOKIE not in browser.cookies


def test_it_may_take_ten_minutes(
    dashboard: Open, provider: RealProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = dashboard(oidc_new_people="viewer")
    back = provider.sign_in(begun(browser), "anna")
    monkeypatch.setattr(sign_on_ticket, "SECONDS", -1)
    assert browser.get(back).status_code == 403
    monkeypatch.undo()


def test_two_windows_at_once_both_come_in(dashboard: Open, provider: RealProvider) -> None:
    browser = dashboard(oidc_new_people="viewer")
    first, second = begun(browser, "/one"), begun(browser, "/two")
    for url, target in ((first, "/one"), (second, "/two")):
        assert browser.get(provider.sign_in(url, "anna")).headers["location"] == target


def test_what_the_provider_refuses_is_said(dashboard: Open, provider: RealProvider) -> None:
    browser = dashboard()
    state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
    query = {
        "error": "access_denied",
        "error_description": "<b>no</b>",
        "state": state,
        "iss": provider.issuer,
    }
    refused = browser.get("/sign-in/oidc/callback", params=query)
    assert refused.status_code == 403
    assert "didn&#39;t let you in" in refused.text
    assert "<b>" not in refused.text


def test_an_answer_of_another_issuer_is_refused(dashboard: Open, provider: RealProvider) -> None:
    browser = dashboard(oidc_new_people="viewer")
    for issuer in ("https://other.example", ""):
        back = provider.sign_in(begun(browser), "anna")
        assert browser.get(changed(back, iss=issuer)).status_code == 400


def test_a_provider_that_is_away_is_said_and_asked_again_later(
    dashboard: Open, boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    browser = dashboard(oidc_issuer=f"http://127.0.0.1:{port}", oidc_new_people="viewer")
    away = browser.get("/sign-in/oidc?next=/live")
    assert away.status_code == 503
    assert "doesn&#39;t answer" in away.text
    again = re.search(r'href="([^"]+)">Try again<', away.text)
    assert again
    assert again[1] == "/sign-in/oidc?next=%2Flive"
    assert browser.post("/sign-in", data={"email": boss.email, "password": PASSWORD}).status_code == 303
    browser.cookies.clear()

    monkeypatch.setattr("core.oidc.provider.KEEP_FAILURE_SECONDS", 0)
    with running_provider(port=port) as provider:
        provider.knows(anna=ANNA)
        url = browser.get(again[1]).headers["location"]
        assert browser.get(provider.sign_in(url, "anna")).headers["location"] == "/live"
        browser.cookies.clear()
        back = provider.sign_in(begun(browser), "anna")
    away = browser.get(back)
    assert away.status_code == 503
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize(
    "client",
    [
        {"oidc_client_id": "posting", "oidc_client_secret": "a secret:&+", "oidc_client_auth": "post"},
        {"oidc_client_id": "odd", "oidc_client_secret": "a secret:&+%"},
        {"oidc_client_id": "public", "oidc_client_secret": None},
    ],
    ids=lambda client: client["oidc_client_id"],
)
def test_the_client_shows_who_it_is_as_the_provider_wants_it(
    dashboard: Open, provider: RealProvider, client: dict[str, str]
) -> None:
    assert signed_in(dashboard(oidc_new_people="viewer", **client), provider).status_code == 303


def test_a_wrong_client_secret_lets_nobody_in(
    dashboard: Open, provider: RealProvider, tmp_path: Path
) -> None:
    refused = signed_in(dashboard(oidc_new_people="viewer", oidc_client_secret="wrong"), provider)
    assert refused.status_code == 403
    file = tmp_path / "client-secret"
    file.write_text("dashboard-secret\n")
    by_file = dashboard(oidc_new_people="viewer", oidc_client_secret=None, oidc_client_secret_file=file)
    assert signed_in(by_file, provider).status_code == 303


def test_signing_out_ends_the_provider_s_session_too(
    dashboard: Open, provider: RealProvider, boss: Person
) -> None:
    browser = dashboard(oidc_new_people="viewer")
    signed_in(browser, provider)
    page = browser.post("/sign-out")
    assert browser.get("/who").status_code == 401
    url = re.search(r'content="0; url=([^"]+)"', page.text)
    assert url
    sent = parse_qs(urlsplit(url[1].replace("&amp;", "&")).query)
    assert sent["post_logout_redirect_uri"] == ["http://localhost/sign-in"]
    with httpx.Client() as other:
        assert "logout" in other.get(url[1].replace("&amp;", "&")).text, "the provider takes the token"

    browser.post("/sign-in", data={"email": boss.email, "password": PASSWORD})
    assert browser.post("/sign-out").headers["location"] == "/sign-in", "a password's session is ours alone"


def test_passwords_can_be_switched_off_for_all_but_one(
    dashboard: Open, provider: RealProvider, boss: Person, settings: Settings
) -> None:
    ben = {"email": "ben@shop.example", "password": PASSWORD}
    person = add_person(**ben, name="Ben", role="admin", settings=settings)
    more = {"oidc_password_only_for": "Boss@shop.example", "oidc_name": "Keycloak"}
    browser = dashboard(**more)
    right = browser.post("/sign-in", data=ben)
    wrong = browser.post("/sign-in", data=ben | {"password": "wrong"})
    nobody = browser.post("/sign-in", data=ben | {"email": "nobody@shop.example"})
    bosses = browser.post("/sign-in", data={"email": boss.email, "password": "wrong"})
    assert {answer.status_code for answer in (right, wrong, nobody, bosses)} == {401}
    texts = {re.sub(r'value="\w+@[^"]+"', "", answer.text) for answer in (right, wrong, nobody, bosses)}
    assert len(texts) == 1, "nobody learns whose password counts"

    token = links.reset(person.id, settings)
    page = browser.get(f"/join/{token}")
    assert "Sign in with Keycloak" in page.text
    assert "Choose a new password" not in page.text
    assert 'type="password"' not in page.text
    assert browser.post(f"/join/{token}", data={"password": "seven red umbrellas"}).status_code == 400
    provider.knows(ben=ANNA | {"email": "ben@shop.example"})
    assert signed_in(browser, provider, "ben").status_code == 303, "the link connects the account instead"
    browser.cookies.clear()
    assert browser.post("/sign-in", data={"email": boss.email, "password": PASSWORD}).status_code == 303


def test_the_browser_is_sent_to_the_public_address_first(dashboard: Open, provider: RealProvider) -> None:
    browser = dashboard(oidc_new_people="viewer")
    moved = browser.get("/sign-in/oidc?next=/live", headers={"host": "127.0.0.1"})
    assert moved.headers["location"] == "http://localhost/sign-in/oidc?next=%2Flive&moved=1"
    # Behind a proxy that changes the name, it isn't sent there for ever.
    behind = browser.get("/sign-in/oidc?next=/live&moved=1", headers={"host": "127.0.0.1"})
    assert behind.headers["location"].startswith(provider.issuer)


def test_without_an_administrator_or_a_provider_there_is_no_such_sign_in(
    tmp_path: Path, provider: RealProvider
) -> None:
    told = {"oidc_issuer": provider.issuer, "public_url": "http://localhost", **CLIENT}
    for number, more in enumerate((told, {})):
        folder = tmp_path / str(number)
        application = create_application(Settings(data_dir=folder, oidc_new_people="admin", **more))
        protect(application)
        browser = TestClient(application, base_url="http://localhost", follow_redirects=False)
        if not more:
            add_person(**BOSS, settings=Settings(data_dir=folder))
        for path in ("/sign-in/oidc", "/sign-in/oidc/callback?code=x&state=y"):
            assert browser.get(path).headers["location"] == "/sign-in"
        assert "oidc" not in browser.get("/sign-in").text


def test_made_up_codes_are_slowed_down(dashboard: Open, provider: RealProvider) -> None:
    browser = dashboard()
    answers = []
    for _ in range(ALLOWED + 1):
        state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
        query = {"code": "made-up", "state": state, "iss": provider.issuer}
        answers.append(browser.get("/sign-in/oidc/callback", params=query).status_code)
    assert answers == [403] * ALLOWED + [429]


def test_whoever_signs_in_otherwise_loads_nothing_for_it() -> None:
    """It is 28 MB in each process."""
    heavy = "{'authlib', 'joserfc', 'httpx2', 'cryptography'}"
    program = f"import sys, core.api.application as _; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
