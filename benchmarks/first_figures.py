"""From a file let go over the page to its first figures: a real browser, a real server, a warm worker.

Prints, for each file, the seconds by the clock to the middle of the runs, where they went (what the browser
asked the server, and the steps of the job as the server's log tells them), and the processor seconds of web
server, worker and browser, which other work on the machine changes little.

    python benchmarks/first_figures.py [--runs 3] [FILE ...]

Without files, those of ``SHARED_DATA`` that are there: REES46's first hours and the e-shop of 2008.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from playwright.sync_api import Page, Request, sync_playwright  # noqa: E402

from benchmarks.measure import machine  # noqa: E402
from tests.browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from tests.conftest import SHARED_DATA  # noqa: E402
from tests.serving import Server, serving  # noqa: E402

FILES = ("rees46_2019-10-01.csv", "eshop_clothing_2008.csv.gz")
#: Where first figures stand, and the result they are of.
FIGURES = "#results-answer"
RESULT = re.compile(r"/results/[\w-]+$")
WAIT_MS = 120_000
#: After so long, a page has asked all that it begins with.
SETTLED_MS = 2_000
#: What the server's log says of the steps of a job.
STEP = re.compile(r"(\w+) of \w+ [\w-]+ ends: \w+ after ([\d.]+) s")
SAMPLE = (
    "session_id,timestamp,event_type,product_id,price\n"
    "s1,2026-03-01 10:00:00,view,p1,9.5\ns1,2026-03-01 10:01:00,purchase,p1,9.5\n"
    "s2,2026-03-01 11:00:00,view,p2,5\n"
)


@dataclass
class Road:
    """One upload: seconds to the first figures, of the job's steps, of requests, and of the processor."""

    seconds: float
    steps: dict[str, float]
    processor: dict[str, float]
    asked: list[tuple[float, float, str]] = field(default_factory=list)


def main() -> None:
    """Upload each file some times, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--requests", action="store_true", help="each request of the run in the middle")
    told = parser.parse_args()
    files = told.files or [SHARED_DATA / name for name in FILES if (SHARED_DATA / name).exists()]
    if not files:
        sys.exit("Name a file: the shared ones aren't here.")
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        shutil.copytree(ROOT / "models" / "demo-shop", folder / "models" / "demo-shop")
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sample = folder / "sample.csv"
        sample.write_text(SAMPLE)
        settings = {"PREDICTOR_MODELS_DIR": str(folder / "models"), "PREDICTOR_LOG_LEVEL": "info"}
        for file in files:
            roads = []
            for n in range(told.runs):
                # A shop of its own: a file that is there already is asked about.
                data = folder / f"data-{file.name}-{n}"
                with serving(data, **settings) as server:
                    road(server, page, sample)  # what is imported once is, and the browser's cache is full
                    roads.append(road(server, page, file))
                shutil.rmtree(data)
            tell(file.name, roads, requests=told.requests)
        browser.close()


def road(server: Server, page: Page, file: Path) -> Road:
    """Let a file go and wait for its figures."""
    page.goto(f"{server.url}/upload")
    page.wait_for_selector("#upload-file", state="attached")
    page.wait_for_timeout(SETTLED_MS)
    said, before = server.log.stat().st_size, _processor(server)
    began, asked, begun = time.monotonic(), [], {}

    def started(request: Request) -> None:
        begun[request] = time.monotonic()

    def ended(request: Request) -> None:
        if request in begun:
            at = begun.pop(request)
            asked.append((at - began, time.monotonic() - at, _name(request)))

    page.on("request", started)
    page.on("requestfinished", ended)
    page.set_input_files("#upload-file", str(file))
    page.wait_for_url(RESULT, timeout=WAIT_MS)
    page.locator(FIGURES).wait_for(timeout=WAIT_MS)
    seconds = time.monotonic() - began
    page.remove_listener("request", started)
    page.remove_listener("requestfinished", ended)
    after = _processor(server)
    spent = {name: after[name] - before.get(name, 0.0) for name in after}
    steps = {step: float(took) for step, took in STEP.findall(_said_since(server.log, said))}
    return Road(seconds, steps, spent, sorted(asked))


def tell(name: str, roads: list[Road], *, requests: bool) -> None:
    """Print what became of the runs."""
    times = [each.seconds for each in roads]
    middle, least, most = statistics.median(times), min(times), max(times)
    print(f"\n{name}: first figures after {middle:.2f} s ({least:.2f} to {most:.2f})")
    for title, of in (("processor", "processor"), ("steps of the job", "steps")):
        values: dict[str, list[float]] = defaultdict(list)
        for each in roads:
            for key, value in getattr(each, of).items():
                values[key].append(value)
        print(f"  {title}: " + ", ".join(f"{key} {statistics.median(v):.2f} s" for key, v in values.items()))
    if requests:
        of_the_middle = sorted(roads, key=lambda each: each.seconds)[len(roads) // 2]
        for at, took, what in of_the_middle.asked:
            print(f"    {at:6.2f} + {took:5.2f} s  {what}")


def _processor(server: Server) -> dict[str, float]:
    """Return the processor seconds of the server's processes and the browser's, by what they are for."""
    spent: dict[str, float] = defaultdict(float)
    for process in psutil.Process(server.process.pid).children(recursive=True):
        _add(spent, process, "web" if "gunicorn" in _command(process) else "worker")
    for process in psutil.Process().children(recursive=True):
        if "chrom" in _command(process):
            _add(spent, process, "browser")
    return spent


def _add(spent: dict[str, float], process: psutil.Process, what: str) -> None:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return
    spent[what] += times.user + times.system


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _said_since(log: Path, place: int) -> str:
    with log.open("rb") as lines:
        lines.seek(place)
        return lines.read().decode(errors="replace")


def _name(request: Request) -> str:
    path = request.url.partition("//")[2].partition("/")[2]
    if "_dash-update-component" in path:
        output = re.search(r'"output":\s*"([^"]{0,70})', request.post_data or "")
        path = f"callback {output[1] if output else ''}"
    return f"{request.method} /{path[:90]}"


if __name__ == "__main__":
    main()
