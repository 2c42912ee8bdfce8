"""Somebody signs in with OpenID Connect in a real browser, and out again; an administrator sees how."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, visitor, with_demo
from tests.browser.reading import navigation, settle
from tests.browser.test_roles import ADMIN, PASSWORD, signed_in
from tests.oidc.provider import CLIENT, RealProvider, running_provider
from tests.serving import ROOT, Server, free_port, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAME = "Keycloak"
ANNA = {"email": "anna@shop.example", "email_verified": True, "name": "Anna", "groups": ["shop-analysts"]}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, RealProvider]]:
    """Serve a dashboard that a provider signs people in to."""
    from core.accounts.people import first_person
    from core.base.settings import Settings
    from core.database import close_engine

    folder = tmp_path_factory.mktemp("company")
    shutil.copytree(ROOT / "models" / "demo-shop", folder / "models" / "demo-shop")
    settings = Settings(data_dir=with_demo(folder / "data"))
    first_person(email=ADMIN, name="Ada", password=PASSWORD, settings=settings)
    close_engine(settings)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with running_provider(origin) as provider:
        provider.knows(anna=ANNA)
        environment = {
            "PREDICTOR_MODELS_DIR": str(folder / "models"),
            "PREDICTOR_PORT": str(port),
            "PREDICTOR_PUBLIC_URL": origin,
            "PREDICTOR_OIDC_ISSUER": provider.issuer,
            "PREDICTOR_OIDC_NAME": NAME,
            "PREDICTOR_OIDC_NEW_PEOPLE": "viewer",
            "PREDICTOR_OIDC_ROLES": json.dumps({"shop-analysts": "analyst"}),
            "PREDICTOR_OIDC_PASSWORD_ONLY_FOR": ADMIN,
            **{f"PREDICTOR_{name.upper()}": value for name, value in CLIENT.items()},
        }
        with serving(settings.data_dir, **environment) as running:
            yield running, provider


def shown_to(provider: RealProvider, page: Page, login: str) -> None:
    """Sign in on the provider's own pages, and agree to what it asks."""
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Continue").click()


def test_somebody_comes_in_by_the_provider_and_leaves_it(
    chromium: Browser, company: tuple[Server, RealProvider]
) -> None:
    server, provider = company
    page = visitor(chromium, server).new_page()
    page.add_init_script("localStorage.setItem('predictor-tour', 'left')")
    page.goto("/account?from=mail")
    button = page.get_by_role("link", name=f"Sign in with {NAME}")
    expect(button).to_be_visible()
    # A password is for the administrator.
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()
    button.click()
    shown_to(provider, page, "anna")
    navigation(page).wait_for()
    settle(page)
    assert page.url == f"{server.url}/account?from=mail"
    expect(page.get_by_text("anna@shop.example · analyst")).to_be_visible()
    expect(page.get_by_text(f"Connected: you can sign in with {NAME}.")).to_be_visible()
    expect(page.get_by_label("New password")).to_have_count(0)

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name=re.compile("Yes, sign me out")).click()
    page.get_by_role("link", name=f"Sign in with {NAME}").wait_for()
    assert page.url.startswith(f"{server.url}/sign-in")
    assert httpx.get(f"{server.url}/api/me", timeout=PATIENCE_MS / 1000).status_code == 401
    # The provider has forgotten who it was: it asks again.
    page.get_by_role("link", name=f"Sign in with {NAME}").click()
    page.get_by_placeholder("Enter any login").wait_for()


def test_signing_out_at_the_provider_closes_the_page_here(
    chromium: Browser, company: tuple[Server, RealProvider]
) -> None:
    """The provider tells the server by itself: nothing is clicked here."""
    server, provider = company
    page = visitor(chromium, server).new_page()
    page.add_init_script("localStorage.setItem('predictor-tour', 'left')")
    page.goto("/account")
    page.get_by_role("link", name=f"Sign in with {NAME}").click()
    shown_to(provider, page, "anna")
    page.get_by_text("anna@shop.example · analyst").wait_for()

    there = page.context.new_page()
    there.goto(f"{provider.issuer}/session/end")
    there.get_by_role("button", name=re.compile("Yes, sign me out")).click()
    there.get_by_text("Sign-out Success").wait_for()
    page.goto("/account")
    page.get_by_role("link", name=f"Sign in with {NAME}").wait_for()
    assert page.url == f"{server.url}/sign-in?next=/account"


def test_an_administrator_connects_their_account_and_sees_who_is(
    chromium: Browser, company: tuple[Server, RealProvider]
) -> None:
    server, provider = company
    provider.knows(anna=ANNA, ada={"email": ADMIN, "email_verified": True, "groups": ["shop-analysts"]})
    page = signed_in(chromium, server, ADMIN, first="Use the administrator's password")
    page.goto("/account")
    page.get_by_role("button", name="Connect").click()
    shown_to(provider, page, "ada")
    page.troubles.clear()  # Those are of the provider's own pages.
    page.get_by_text(f"Connected: you can sign in with {NAME}.").wait_for()
    page.goto("/settings/people")
    page.get_by_text(f"Signs in with {NAME}").first.wait_for()
    expect(page.get_by_text("groups decide the role")).to_be_visible()
    assert page.troubles == []
