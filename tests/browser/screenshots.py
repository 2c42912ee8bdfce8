"""Shoots every page at two widths and in two themes: ``python tests/browser/screenshots.py FOLDER``.

Starts the real server on a folder of its own, opens the pages the navigation leads to, those of one
result, of an audience, a dataset, a model, and a missing page. Says so, and fails, where a page scrolls
sideways or writes an error to the console.

With ``--guide`` it writes the pictures that README.md and docs/guide.md show instead.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from tests.browser.guide import shoot_guide  # noqa: E402
from tests.browser.reading import OVER, settle  # noqa: E402
from tests.serving import serving  # noqa: E402

#: Letters as far apart as in a window, where the headless shell puts each on a whole pixel.
AS_DRAWN = [*FLAGS, "--font-render-hinting=none"]
WIDTHS = (1440, 390)
THEMES = ("light", "dark")
HEIGHT = 900
#: A session in the table of a result.
SESSION = "#results-answer a[href*='/session?']"
MISSING = "/no-such-page"
#: What the pages of one result show; with the name of the picture where an address doesn't give one.
OF_A_RESULT = (
    ("/results/{result}?view=sessions", "results-one-sessions"),
    ("/results/{result}/why", ""),
    ("/results/{result}/why?target=revenue", "why-revenue"),
    ("/results/{result}/drift", ""),
    ("/results/{result}/session?session={session}", ""),
    ("/what-if?result={result}&session={session}", "what-if-of-a-session"),
    ("/what-if/journey", ""),
    ("/what-if/saved", ""),
    ("/journeys?source={result}&view=purchase", "journeys-before-a-purchase"),
    ("/clusters?source={result}&cluster=1", "clusters-one"),
    ("/audiences/new?result={result}", ""),
    ("/compare?a={result}", "compare-with-what"),
    ("/compare?a={result}&b={result}&a.channel=email&b.channel=social", ""),
    ("/live/rules?rule=new", "live-rules-new"),
    ("/schedules/new", ""),
)
OF_AN_AUDIENCE = ("", "/outcomes")


def main() -> int:
    """Shoot all pages, print what is wrong with them and return the number of troubles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", help="of a server that is running already")
    parser.add_argument("--only", nargs="*", help="paths to shoot, without looking for others")
    parser.add_argument("--guide", action="store_true", help="the pictures of the guide and the README")
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    if told.guide:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=AS_DRAWN)
            shoot_guide(browser, told.folder, settle)
            browser.close()
        return 0
    with _server(told.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=AS_DRAWN)
        pages = told.only or pages_of(browser, url, with_audience=not told.url)
        troubles = [
            trouble
            for theme in THEMES
            for width in WIDTHS
            for trouble in shoot(browser, url, pages, folder=told.folder, width=width, theme=theme)
        ]
        browser.close()
    for trouble in troubles:
        print(trouble)
    print(f"{len(pages) * len(WIDTHS) * len(THEMES)} screenshots in {told.folder}, {len(troubles)} troubles")
    return min(len(troubles), 100)


def shoot(
    browser: Browser, url: str, pages: list[str], *, folder: Path, width: int, theme: str
) -> Iterator[str]:
    """Write a full-page screenshot of every page; yield what is wrong with it."""
    context = browser.new_context(
        base_url=url, viewport={"width": width, "height": HEIGHT}, color_scheme=theme, reduced_motion="reduce"
    )
    context.add_init_script("localStorage.setItem('predictor-tour', 'left')")
    for path in pages:
        page, name = context.new_page(), f"{_name(path)}-{width}-{theme}"
        troubles: list[str] = []
        page.on(
            "console", lambda m, t=troubles: t.append(f"console: {m.text}") if m.type == "error" else None
        )
        page.on("pageerror", lambda error, t=troubles: t.append(f"page error: {error}"))
        try:
            _open(page, path)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            over = page.evaluate(OVER)
            if over > 0:
                troubles.append(f"scrolls {over} px sideways")
            if page.evaluate("document.documentElement.dataset.bsTheme || null") not in (theme, None):
                troubles.append("is in the wrong theme")
        finally:
            # A page that isn't there is answered with 404, which Chromium calls an error.
            known = [trouble for trouble in troubles if not (path == MISSING and "404" in trouble)]
            yield from (f"{name}: {trouble}" for trouble in known)
            page.close()
    context.close()


def _open(page: Page, path: str) -> None:
    page.goto(path)
    settle(page)
    page.evaluate("document.fonts.ready")
    # The whole page is taken at once: make it as high as it is, so that nothing waits to be scrolled to.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": max(HEIGHT, min(height, 8000))})
    settle(page)


def pages_of(browser: Browser, url: str, *, with_audience: bool) -> list[str]:
    """Return the pages of the navigation, and one of each kind that they lead to.

    ``with_audience`` makes one, on a server of our own, and returns its pages as well.
    """
    page = browser.new_page(base_url=url)
    _open(page, "/")
    found = _links(page, ".side-nav a")
    kinds = (
        ("/", "/results/"),
        ("/upload", "/upload/"),
        ("/upload", "/results/"),
        ("/upload", "/train?"),
        ("/models", "/models/"),
        ("/live", "/live/rules"),
        ("/settings", "/settings/keys"),
        ("/settings", "/settings/audit"),
        ("/settings", "/settings/privacy"),
    )
    for path, pattern in kinds:
        _open(page, path)
        found += [href for href in _links(page, "#main a") if href.startswith(pattern)][:1]
    result = next(href for href in found if re.fullmatch("/results/[^/?]+", href)).rpartition("/")[2]
    _open(page, f"/results/{result}")
    page.wait_for_selector(SESSION)
    session = parse_qs(urlsplit(_links(page, SESSION)[0]).query)["session"][0]
    found += [address.format(result=result, session=quote(session)) for address, _ in OF_A_RESULT]
    if with_audience:
        _open(page, f"/audiences/new?result={result}")
        page.get_by_role("button", name="Save").first.click()
        page.wait_for_url(re.compile("/audiences/(?!new)[^/]+$"))
        found += [urlsplit(page.url).path + more for more in OF_AN_AUDIENCE]
    page.close()
    return [*dict.fromkeys(found), MISSING]


def _links(page: Page, selector: str) -> list[str]:
    return page.eval_on_selector_all(selector, "links => links.map(link => link.getAttribute('href'))")


def _name(path: str) -> str:
    for address, name in OF_A_RESULT:
        shape = re.escape(address).replace(r"\{result\}", "[^/?&]+").replace(r"\{session\}", "[^/?&]+")
        if name and re.fullmatch(shape, path):
            return name
    known = [part for part in path.split("?")[0].strip("/").split("/") if part]
    if len(known) > 1 and known[0] in ("results", "upload", "models", "audiences") and known[1] != "new":
        # Ids differ from run to run; pictures keep their names.
        known[1] = "one"
    return "-".join(known) or "home"


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data") as server:
        yield server.url


if __name__ == "__main__":
    raise SystemExit(main())
