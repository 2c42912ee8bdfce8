"""Two people in two projects, in two browsers at once; one is removed from theirs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.projects.records import FRESH_SECONDS
from tests.browser.accessibility import troubles_of
from tests.browser.conftest import with_demo
from tests.browser.reading import settle
from tests.browser.test_roles import ADMIN, ANSWERS, OK, PASSWORD, signed_in
from tests.serving import ROOT, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FIRST, SECOND = "fay@shop.example", "sam@shop.example"
FORBIDDEN = 403
#: How long a removed person's page may go on.
SECONDS_TO_GO_ON = 5
PAGES = ("/", "/upload", "/results", "/clusters", "/journeys", "/audiences", "/live", "/models", "/schedules")
EXPORT = "session_id,clicks,price_mean\n" + "".join(f"s{n},{n % 7 + 1},{n % 40}.5\n" for n in range(400))


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the demo shop to an administrator and two analysts."""
    from core.accounts.people import add_person, first_person
    from core.base.settings import Settings
    from core.database import close_engine

    folder = tmp_path_factory.mktemp("shops")
    shutil.copytree(ROOT / "models" / "demo-shop", folder / "models" / "demo-shop")
    settings = Settings(data_dir=with_demo(folder / "data"))
    first_person(email=ADMIN, name="Ada", password=PASSWORD, settings=settings)
    for email, name in ((FIRST, "Fay"), (SECOND, "Sam")):
        add_person(email=email, name=name, role="analyst", password=PASSWORD, settings=settings)
    close_engine(settings)
    with serving(settings.data_dir, PREDICTOR_MODELS_DIR=str(folder / "models")) as running:
        yield running


def make_projects(admin: Page) -> None:
    """Make a second project and move Sam into it, as an administrator does."""
    admin.goto("/settings/projects")
    admin.get_by_role("textbox", name="Name of the new project").fill("Shop in France")
    admin.get_by_role("textbox", name="Name for what is here now").fill("Shop in Germany")
    admin.get_by_role("button", name="Make a project").click()
    admin.get_by_role("heading", name="Shop in France").wait_for()
    # Whoever made it is still in the shop they were in.
    admin.goto("/settings/projects")
    admin.get_by_role("heading", name="Shop in Germany").wait_for()
    row = admin.get_by_role("row", name="Sam")
    row.get_by_role("button", name="Remove from project").click()
    row.wait_for(state="detached")
    admin.get_by_role("row", name="Shop in France").get_by_role("link", name="Name and members").click()
    admin.get_by_role("heading", name="Shop in France").wait_for()
    admin.get_by_role("combobox", name="Add somebody").select_option(label=f"Sam ({SECOND})")
    admin.get_by_role("button", name="Add", exact=True).click()
    admin.get_by_role("row", name="Sam").wait_for()


@pytest.mark.slow
def test_two_people_in_two_projects_see_nothing_of_each_other(
    chromium: Browser, shops: Server, tmp_path: Path
) -> None:
    admin = signed_in(chromium, shops, ADMIN)
    make_projects(admin)
    first, second = signed_in(chromium, shops, FIRST), signed_in(chromium, shops, SECOND)
    (tmp_path / "fleursdelyon.csv").write_text(EXPORT)
    assert first.request.get("/api/results").json()["items"]
    assert second.request.get("/api/results").json()["items"] == []

    second.goto("/upload")
    second.locator("input[type=file]").first.set_input_files(tmp_path / "fleursdelyon.csv")
    second.wait_for_url("**/results/*")
    result = second.url.rpartition("/")[2].partition("?")[0]
    second.get_by_role("heading", level=1).filter(has_text="fleursdelyon").wait_for()
    shown = first.request.get("/api/results").json()["items"][0]["id"]
    for address in PAGES:
        first.goto(address)
        second.goto(address)
        for page in (first, second):
            settle(page)
        assert "fleursdelyon" not in first.content(), address
        assert shown not in second.content(), address
    first.goto(f"/results/{result}")
    first.get_by_text("doesn’t exist").or_(first.get_by_text("doesn't exist")).first.wait_for()
    assert first.request.get(f"/api/results/{result}").status == 404
    assert second.request.get(f"/api/results/{shown}").status == 404
    assert first.troubles == second.troubles == []

    # An administrator in both, in two tabs at once: each page stays in its own.
    other = admin.context.new_page()
    admin.goto("/")
    settle(admin)
    other.goto("/projects/choose")
    other.get_by_role("button", name="Shop in France").click()
    settle(other)
    names = "async () => (await (await fetch('/api/datasets')).json()).items.map(one => one.name).join()"
    assert "fleursdelyon" in other.evaluate(names)
    assert "fleursdelyon" not in admin.evaluate(names)

    # A link that is pasted into the other project leads on, whoever may go there.
    admin.goto("/projects/choose")
    admin.get_by_role("button", name="Shop in Germany").click()
    settle(admin)
    admin.goto(f"/results/{result}")
    admin.get_by_role("heading", name="In another project").wait_for()
    assert troubles_of(admin) == []
    admin.get_by_role("link", name="Switch to Shop in France").click()
    admin.get_by_role("heading", level=1).filter(has_text="fleursdelyon").wait_for()

    second.goto("/results")
    settle(second)
    assert second.evaluate(ANSWERS, OK)
    other.goto("/settings/projects")
    other.get_by_role("row", name="Sam").get_by_role("button", name="Remove from project").click()
    assert FRESH_SECONDS <= SECONDS_TO_GO_ON
    second.wait_for_function(ANSWERS, arg=FORBIDDEN)
    assert first.evaluate(ANSWERS, OK)

    # Deleted by its name, the page goes on in the other one.
    other.get_by_role("button", name="Delete project").click()
    other.get_by_text("The name you typed isn’t this project’s.").wait_for()
    other.evaluate("scrollTo(0, 0)")
    assert troubles_of(other) == []
    other.set_viewport_size({"width": 1440, "height": 900})
    other.get_by_role("textbox", name="Type “Shop in France” to delete it").fill("Shop in France")
    other.get_by_role("button", name="Delete project").click()
    other.get_by_role("heading", name="Shop in Germany").wait_for()
    other.get_by_text("Delete this project").wait_for(state="detached")
    assert other.request.get("/api/projects").json()[0]["name"] == "Shop in Germany"
    other.goto("/projects/choose")
    assert troubles_of(other) == []
    for page in (admin, first, second):
        page.context.close()
