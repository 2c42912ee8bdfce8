"""How fast a page is on the screen and how still it stays: ``python -m benchmarks.pages URL PATH...``.

Opens each page in a fresh browser with an empty cache, as somebody would who follows a link, and prints the
median of several visits: first and largest paint, the time the page was blocked (of every task what is over
50 ms, as Lighthouse counts it), the layout shift, and the bytes that were sent. Much depends on the machine
and its load: compare two versions in one sitting.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.screenshots import settle

#: Installed before the page's own scripts: Chromium tells these entries only to those who listen.
WATCH = """() => {
  const seen = window.seen = { paint: 0, largest: 0, blocked: 0, shift: 0 };
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true });
  watch("paint", (entry) => { if (entry.name === "first-contentful-paint") seen.paint = entry.startTime; });
  watch("largest-contentful-paint", (entry) => { seen.largest = entry.startTime; });
  watch("longtask", (entry) => { seen.blocked += Math.max(0, entry.duration - 50); });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
}"""
SENT = """() => [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""
FIGURES = ("paint", "largest", "blocked", "shift", "sent")


def main() -> int:
    """Print a table of the pages that were told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="of a server that is running")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--visits", type=int, default=3)
    told = parser.parse_args()
    print(f"{'page':40} {'first ms':>9} {'largest ms':>10} {'blocked ms':>10} {'shift':>7} {'kB':>7}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for path in told.paths:
            visits = [visit(browser, told.url, path) for _ in range(told.visits)]
            first, largest, blocked, shift, sent = (
                statistics.median(one[name] for one in visits) for name in FIGURES
            )
            print(
                f"{path[:40]:40} {first:9.0f} {largest:10.0f} {blocked:10.0f} {shift:7.3f} {sent / 1024:7.0f}"
            )
        browser.close()
    return 0


def visit(browser: Browser, url: str, path: str) -> dict[str, float]:
    """Open a page once with nothing cached; return its figures: times in ms, ``sent`` in bytes."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    page: Page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    page.goto(path)
    settle(page)
    found: dict[str, float] = {**page.evaluate("window.seen"), "sent": page.evaluate(SENT)}
    context.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
