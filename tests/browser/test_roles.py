"""Two people in two browsers: a viewer, who sees no ids, and an administrator, who removes them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import visitor, with_demo
from tests.browser.reading import navigation, settle
from tests.serving import ROOT, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "a long walk by the river"
ADMIN, VIEWER = "ada@shop.example", "vera@shop.example"
OK, UNAUTHORISED = 200, 401
ANSWERS = "async status => (await fetch('/api/me')).status === status"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the demo shop to people with accounts: everybody else's server asks for none."""
    from core.accounts.people import add_person, first_person
    from core.base.settings import Settings
    from core.database import close_engine

    folder = tmp_path_factory.mktemp("team")
    shutil.copytree(ROOT / "models" / "demo-shop", folder / "models" / "demo-shop")
    settings = Settings(data_dir=with_demo(folder / "data"))
    first_person(email=ADMIN, name="Ada", password=PASSWORD, settings=settings)
    add_person(email=VIEWER, name="Vera", role="viewer", password=PASSWORD, settings=settings)
    close_engine(settings)
    with serving(settings.data_dir, PREDICTOR_MODELS_DIR=str(folder / "models")) as running:
        yield running


def signed_in(chromium: Browser, server: Server, email: str, *, first: str | None = None) -> Page:
    """Return a page of a browser of their own, signed in; ``troubles`` collects what goes wrong.

    ``first`` is what has to be opened before the form is there.
    """
    page = visitor(chromium, server).new_page()
    page.add_init_script("localStorage.setItem('predictor-tour', 'left')")
    page.troubles = []
    page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.goto("/sign-in")
    if first is not None:
        page.get_by_text(first).click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    navigation(page).wait_for()
    settle(page)
    return page


def words(page: Page) -> set[str]:
    return set(re.findall(r"[\w-]+", page.content()))


def test_a_viewer_sees_no_ids_and_stops_when_they_are_removed(chromium: Browser, team: Server) -> None:
    admin, viewer = signed_in(chromium, team, ADMIN), signed_in(chromium, team, VIEWER)
    result = admin.request.get("/api/results").json()["items"][0]["id"]
    ids = set(admin.request.get(f"/api/map/{result}/sessions").json())
    for address in ("/", f"/results/{result}", f"/results/{result}?view=sessions", "/models/demo-shop",
                    "/what-if", "/live", "/clusters"):  # fmt: skip
        viewer.goto(address)
        settle(viewer)
        assert not ids & words(viewer), address
        assert viewer.get_by_role("link", name="Upload").count() == 0
        assert viewer.get_by_role("button", name=re.compile("Save|Delete")).count() == 0
    named = viewer.evaluate("document.querySelector('#clusters-map').sessionMap.sessions()")
    assert len(named) == len(ids)
    assert all(one.startswith("#") for one in named)
    assert viewer.troubles == []

    admin.goto("/settings/people")
    admin.get_by_role("button", name="Remove").click()
    assert viewer.evaluate(ANSWERS, OK)
    admin.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(admin.get_by_role("button", name="Remove")).to_have_count(0)
    # From then on, at once.
    assert viewer.evaluate(ANSWERS, UNAUTHORISED)
    # Nor may a browser be closed before: one on its way to another page never is.
    viewer.wait_for_url("**/sign-in?next=*")
    assert admin.evaluate(ANSWERS, OK)
    assert admin.troubles == []
    for page in (admin, viewer):
        page.context.close()
