"""What an idle dashboard costs: memory after a click through every page, processor time while nobody asks.

Starts the real server with two web workers on a folder of its own, opens every page once in Chromium, waits
until nothing moves, and then counts. Processor time is each process's own, so that what else the machine does
hardly matters. Prints a table as Markdown.

    python benchmarks/idle.py [--seconds 60] [--settle 30]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from benchmarks.live import demo_result  # noqa: E402
from benchmarks.measure import machine  # noqa: E402
from core.base.settings import Settings  # noqa: E402
from tests.browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from tests.serving import serving  # noqa: E402

PAGES = (
    "/", "/upload", "/results/{result}", "/results/{result}/table", "/results/{result}/why",
    "/results/{result}/clusters", "/results/{result}/journeys", "/whatif", "/audiences", "/audiences/new",
    "/compare", "/models", "/train", "/live", "/schedules", "/privacy", "/settings", "/settings/people",
    "/settings/keys", "/settings/audit", "/account", "/help",
)  # fmt: skip
#: What is wanted: MB of all processes together (PSS), and percent of a core for a worker.
MEMORY_MB, PERCENT = 600, 0.5
PAGE_MS = 120_000


def main() -> int:
    """Open the pages, wait, count, print; 1 where it is more than wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of counting")
    parser.add_argument("--settle", type=float, default=30, help="seconds before")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idle-") as folder:
        settings = Settings(data_dir=Path(folder) / "data", DATABASE_URL=None)
        with serving(settings.data_dir, PREDICTOR_WEB_WORKERS="2") as server:
            result = demo_result(settings)
            opened = click_through(server.url, [path.format(result=result) for path in PAGES])
            time.sleep(told.settle)
            family = [psutil.Process(server.process.pid)]
            family += family[0].children(recursive=True)
            before = {each.pid: used(each) for each in family}
            time.sleep(told.seconds)
            rows = [
                (name_of(each), 100 * (used(each) - before[each.pid]) / told.seconds, pss_mb(each))
                for each in family
                if each.is_running()
            ]
    print(f"\n{machine()}: {opened} pages opened, {told.seconds:.0f} s counted\n")
    print("| process | of a core | memory (PSS) |\n|---|---|---|")
    for name, percent, memory in rows:
        print(f"| {name} | {percent:.2f}% | {memory:.0f} MB |")
    memory = sum(memory for _, _, memory in rows)
    print(f"| all | {sum(percent for _, percent, _ in rows):.2f}% | {memory:.0f} MB |")
    return int(memory > MEMORY_MB or any(percent > PERCENT for _, percent, _ in rows))


def click_through(url: str, paths: list[str]) -> int:
    """Open each page once, in one window; return how many there were."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(PAGE_MS)
        seen = 0
        for path in paths:
            page.goto(path)
            page.locator("h1").first.wait_for()
            page.wait_for_timeout(1000)
            seen += page.locator("text=Page not found").count() == 0
        browser.close()
    return seen


def used(process: psutil.Process) -> float:
    """Return the seconds of processor a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def pss_mb(process: psutil.Process) -> float:
    """Return its memory in MB; what is shared counts for each in part."""
    return float(process.memory_full_info().pss) / 1e6


def name_of(process: psutil.Process) -> str:
    """Return what a process is, by its command."""
    words = [word for word in process.cmdline() if word]
    for name in ("live-work", "work", "serve"):
        if name in words:
            return name
    return "gunicorn"


if __name__ == "__main__":
    sys.exit(main())
