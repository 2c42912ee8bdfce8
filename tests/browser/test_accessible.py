"""Every page for those who see little, hear a page, or have a keyboard alone: WCAG 2.2 AA by axe-core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.accessibility import violations
from tests.browser.screenshots import MISSING, pages_of, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serving import Server

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
#: The theme by its attribute alone: axe-core judges no drawings, and to draw all charts anew takes long.
PAINT = """theme => new Promise(done => {
    document.documentElement.dataset.bsTheme = theme;
    requestAnimationFrame(() => requestAnimationFrame(() => {
        document.getAnimations().forEach(change => change.effect.getComputedTiming().iterations === 1
            && change.finish());
        requestAnimationFrame(done);
    }));
})"""


def troubles_of(page: Page) -> list[str]:
    """Return what is wrong with the page as it is open, in both themes and at both widths."""
    found: dict[str, str] = {}
    for size, first, second in ((WIDE, "light", "dark"), (NARROW, "dark", "light")):
        page.set_viewport_size(size)
        for theme in (first, second):
            page.evaluate(PAINT, theme)
            for trouble in violations(page, colours_only=theme == "dark"):
                found.setdefault(trouble, f"{size['width']} px, {theme}: {trouble}")
    return list(found.values())


def test_no_page_shuts_anybody_out(chromium: Browser, server: Server) -> None:
    context = chromium.new_context(
        base_url=server.url, viewport=WIDE, color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(120_000)
    paths = pages_of(chromium, server.url, with_audience=True)
    assert MISSING in paths
    # The same pages with another filter or another target.
    paths = [path for path in paths if "from=" not in path and "target=" not in path]
    found = []
    page = context.new_page()
    for path in paths:
        page.goto(path)
        settle(page)
        found += [f"{path}: {trouble}" for trouble in troubles_of(page)]
    context.close()
    assert not found, f"{len(found)} violations\n" + "\n".join(found)
