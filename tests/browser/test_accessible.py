"""Every page for those who see little, hear it, have a keyboard alone or a phone: WCAG 2.2 AA by axe-core.

Those with much on them are looked at in ``test_views``, which has them open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from core.base.settings import Settings
from core.storage import Store
from tests.browser.accessibility import NARROW, troubles_of
from tests.browser.reading import fits, navigation, settle
from tests.browser.screenshots import MISSING, OF_A_RESULT
from tests.browser.test_compare import campaign
from tests.browser.test_looks import PAGES
from tests.browser.test_views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.serving import Server

#: What views show, by its path alone.
IN_VIEWS = {view.partition("?")[0] for view in VIEWS}
PLAIN = [
    path
    for path in (*PAGES, *(address for address, _ in OF_A_RESULT))
    if path.partition("?")[0] not in IN_VIEWS
]
#: One of each kind that a page leads to, and of views what stands there before anything is chosen.
MORE = (
    "/results/{result}",
    "/results/{result}?view=sessions",
    "/what-if?result={result}&session={session}",
    "/upload/{dataset}",
    "/train",
    "/train?dataset={dataset}",
    "/audiences/{audience}",
    "/audiences/{audience}/outcomes",
    "/compare?a={result}",
    "/live/rules",
    "/settings/keys",
    "/settings/audit",
    "/help",
    MISSING,
)


def reached_by_a_tap(page: Page) -> None:
    """On a phone, too, all pages are there to go on to, and one sees where one is."""
    links = navigation(page).get_by_role("link")
    assert links.evaluate_all("links => links.map(link => link.getAttribute('href'))") == list(PAGES)
    expect(page.locator(".side-nav a.active")).to_be_in_viewport(ratio=1)


def test_no_page_shuts_anybody_out(another: Callable[..., Page], server: Server, demo_result: str) -> None:
    store = Store(Settings(data_dir=server.data_dir))
    dataset = store.result(demo_result).dataset_id
    store.close()
    known = {
        "result": demo_result,
        "session": "S00000003",
        "dataset": dataset,
        "audience": campaign(server, demo_result)[0],
    }
    page = another(color_scheme="light", reduced_motion="reduce")
    found = []
    for path in (*PLAIN, *MORE):
        if path in PLAIN:
            page.set_viewport_size(NARROW)
        page.goto(path.format(**known))
        settle(page)
        if path in PLAIN:
            fits(page)
        if path in PAGES:
            reached_by_a_tap(page)
        found += [f"{path}: {trouble}" for trouble in troubles_of(page)]
    assert not found, f"{len(found)} violations\n" + "\n".join(found)
