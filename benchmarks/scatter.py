"""How fluid the map of sessions is with 50,000 dots: the longest frame while it is panned and drawn on.

Starts the server on a folder of its own, adds 50,000 simulated sessions scored by the shipped model, opens
the map in Chromium (without a graphics card: everything is drawn by the processor) and moves the mouse as a
person does: pan, zoom, lasso, box, each three times; of their longest frames the middle one counts, as the
machine may have other work. Beside it, in the same run: the same on 3,000 sessions, and plotly's WebGL
scatter (``scattergl``) of the same 50,000 places.

    python benchmarks/scatter.py [--sessions 50000] [--limit 100]
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SMALL = 3_000
#: Mouse moves of one gesture, and milliseconds between them: a person's mouse reports some 60 times a second.
MOVES, PAUSE = 60, 16
TIMES = 3
GESTURES = ("pan", "zoom", "lasso", "box")

#: Notes how long each frame took, and each task that kept the page from answering.
WATCH = """() => {
  const seen = (window.seen = { frames: [], tasks: [] });
  new PerformanceObserver((list) => list.getEntries().forEach((e) => seen.tasks.push(e.duration)))
    .observe({ entryTypes: ["longtask"] });
  let last = performance.now();
  const next = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(next); };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(next); });
}"""
PLOTLY = """<!DOCTYPE html><body style="margin:0"><div id="chart" style="width:656px;height:502px"></div>"""


def main() -> int:
    """Measure and print; 1 if a frame of the map took longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=50_000)
    parser.add_argument("--limit", type=float, default=100, help="milliseconds no frame may take")
    parser.add_argument("--without-plotly", action="store_true", help="only the map itself")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder), told.sessions) as (url, results):
        found = _measure(url, results, plotly=not told.without_plotly)
    for name, gestures in found.items():
        words = ", ".join(f"{gesture} {worst:.0f} ms" for gesture, worst in gestures.items())
        print(f"{name}: longest frame {max(gestures.values()):.0f} ms ({words})")
    (small, large, *_) = [max(gestures.values()) for gestures in found.values()]
    print(f"{told.sessions:,} sessions against {SMALL:,}: {large / small:.2f} times as long")
    return 0 if large <= told.limit else 1


@contextmanager
def _served(folder: Path, sessions: int) -> Iterator[tuple[str, dict[int, str]]]:
    """Serve both results; yield the address and each one's id by its number of sessions."""
    from tests.serving import serving

    results = {n: _add(folder / "data", n) for n in (SMALL, sessions)}
    with serving(folder / "data") as server:
        yield server.url, results


def _add(data_dir: Path, sessions: int) -> str:
    """Simulate and score so many sessions, and add them as a result."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    from core.base.settings import Settings
    from core.bundle.predictor import Predictor
    from core.features import rows_of
    from core.simulate import simulate_events
    from core.storage import Store

    predictor = Predictor.load()
    rows = rows_of(simulate_events(sessions, seed=11)).combine_chunks()
    scored = pa.Table.from_batches(list(predictor.predict_batches(rows.to_batches())))
    store = Store(Settings(data_dir=data_dir))
    upload = data_dir / f"{sessions}.csv"
    pyarrow.csv.write_csv(scored.select(["session_id", "clicks"]), upload)
    dataset = store.add_dataset(upload, filename=upload.name, name=f"{sessions:,} sessions")
    result = store.create_result(dataset.id, bundle="demo-shop")
    result.path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(scored, result.path)
    store.update_result(result.id, state="done", n_sessions=sessions, currency="EUR")
    store.close()
    return result.id


def _measure(url: str, results: dict[int, str], *, plotly: bool) -> dict[str, dict[str, float]]:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, FLAGS

    found: dict[str, dict[str, float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for n, result in results.items():
            found[f"map of {n:,}"] = _map(browser, f"{url}/clusters?source={result}")
        if plotly:
            n, result = list(results.items())[-1]
            found[f"scattergl of {n:,}"] = _scattergl(browser, url, result)
        browser.close()
    return found


def _map(browser: Browser, address: str) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(address)
    page.locator("#clusters-map[data-drawn]").wait_for(timeout=120_000)
    frame = page.locator(".session-map-plot").bounding_box()
    page.evaluate(WATCH)
    worst = {}
    for gesture in GESTURES:
        page.click(f"[data-tool={'move' if gesture in ('pan', 'zoom') else gesture}]")
        if gesture == "pan":
            for _ in range(3):
                page.click("[data-tool=in]")
        worst[gesture] = statistics.median(_longest(page, gesture, frame) for _ in range(TIMES))
    drawn = page.evaluate("document.querySelector('#clusters-map').sessionMap.timings")
    print(f"  {len(drawn)} drawings, {statistics.median(drawn):.1f} ms at the median", flush=True)
    page.close()
    return worst


def _scattergl(browser: Browser, url: str, result: str) -> dict[str, float]:
    """Draw the same places by plotly, as other charts of the product are."""
    import plotly

    page = browser.new_page(viewport={"width": 1440, "height": 1000}, bypass_csp=True)
    page.goto(f"{url}/healthz")
    page.set_content(PLOTLY)
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    page.add_script_tag(path=script)
    page.evaluate(
        """async (address) => {
          const buffer = await (await fetch(address)).arrayBuffer();
          const size = new DataView(buffer).getUint32(0, true);
          const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
          const n = head.arrays[0][2], x = new Uint16Array(buffer, 4 + size, n);
          const y = new Uint16Array(buffer, 4 + size + Math.ceil(n / 2) * 4, n);
          await Plotly.newPlot("chart", [{ type: "scattergl", mode: "markers", x: Float32Array.from(x),
            y: Float32Array.from(y), marker: { size: 4, opacity: 0.7 } }], { dragmode: "pan" });
        }""",
        f"{url}/api/map/{result}/places",
    )
    frame = page.locator("#chart").bounding_box()
    page.evaluate(WATCH)
    worst = {}
    for gesture in ("pan", "lasso", "box"):
        mode = "select" if gesture == "box" else gesture
        page.evaluate(f"Plotly.relayout('chart', {json.dumps({'dragmode': mode})})")
        worst[gesture] = statistics.median(_longest(page, gesture, frame) for _ in range(TIMES))
    page.close()
    return worst


def _longest(page: Page, gesture: str, frame: dict[str, Any]) -> float:
    """Make a gesture; return how long the longest frame took, until what is said of a choice is there."""
    page.wait_for_timeout(1200)
    page.evaluate("() => { seen.frames.length = 0; seen.tasks.length = 0; }")
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    if gesture == "zoom":
        page.keyboard.down("Control")
        for step in range(MOVES):
            page.mouse.wheel(0, -12 if step < MOVES // 2 else 12)
            page.wait_for_timeout(PAUSE)
        page.keyboard.up("Control")
    else:
        far = min(frame["width"], frame["height"]) * 0.4
        page.mouse.move(x + (far if gesture == "lasso" else 0), y)
        page.mouse.down()
        for step in range(1, MOVES):
            turn = 2 * math.pi * step / MOVES
            place = {
                "pan": (far * math.sin(turn), far * math.sin(2 * turn)),
                "lasso": (far * math.cos(turn), far * math.sin(turn)),
                "box": (far * step / MOVES, far * step / MOVES),
            }[gesture]
            page.mouse.move(x + place[0], y + place[1])
            page.wait_for_timeout(PAUSE)
        page.mouse.up()
    page.wait_for_timeout(1500)
    seen = page.evaluate("seen")
    return max([*seen["frames"], *seen["tasks"]])


if __name__ == "__main__":
    sys.exit(main())
