"""How many live events a second are taken and scored, how soon, in how much memory, and beside which pages.

Starts the real server on a folder of its own and sends batches of Segment's form, from this machine: visits
that go on all the while, then a given rate, each visit asked for once, then as fast as it goes, against the
server and against a plain FastAPI route that appends each body to SQLite and does nothing else. Everything
that was answered is counted afterwards. Prints one table.

    python benchmarks/live.py [--rate 3000] [--seconds 300] [--sessions 100000] [--flat-out 15] [--visits 3]
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import queue
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

BATCH, EVENTS_OF_A_VISIT, SENDERS, ASKERS = 50, 10, 8, 4
#: One batch in so many is followed until its score has seen all of it; seconds between two looks.
FOLLOWED, LOOK = 20, 0.025
#: Rounds before, so that each worker has read what it reads once; seconds of events before pages are opened.
WARMING, SETTLING = 3, 5.0
#: Events a second while pages are opened, and the pages.
BESIDE_PAGES, PAGES = 1_500, ("/", "/live", "/models", "/results/{result}", "/results/{result}/why")
PLAIN = """
import os, sqlite3
from fastapi import FastAPI, Request
app = FastAPI()
kept = sqlite3.connect(os.environ["PLAIN_DB"], isolation_level=None, check_same_thread=False)
kept.execute("PRAGMA synchronous = FULL")
@app.get("/healthz")
def healthz():
    return {}
@app.post("/v1/batch")
async def take(request: Request):
    kept.execute("INSERT INTO bodies VALUES (?)", [await request.body()])
    return {"status": 1, "code": 200}
"""


class Sender:
    """Sends visits in batches; remembers which were answered, and how long answers and scores took."""

    def __init__(self, url: str, key: str, name: str, events_of_a_visit: int = EVENTS_OF_A_VISIT) -> None:
        self.host, self.key, self.name, self.visit = urlsplit(url).netloc, key, name, events_of_a_visit
        self.numbers = itertools.count()
        self.taken: list[int] = []
        self.asked: list[float] = []
        self.fresh: list[float] = []
        self.failed = 0
        self._questions: queue.Queue[str | None] = queue.Queue()

    def batch(self, number: int) -> bytes:
        """Return a batch: each of its visits has all its events in it."""
        now = datetime.now(UTC).isoformat()
        events = [self._event(number, i, now) for i in range(BATCH)]
        return json.dumps({"batch": events, "writeKey": self.key, "sentAt": now}).encode()

    def _event(self, number: int, i: int, now: str) -> dict[str, Any]:
        return {
            "type": "track",
            "event": "Product Added" if i % 7 == 6 else "Product Viewed",
            "timestamp": now,
            "anonymousId": f"{self.name}-{number}-{i // self.visit}",
            "messageId": f"{self.name}-{number}-{i}",
            "properties": {"product_id": f"P{i % 13}", "price": 19.9 + i, "category": "Shoes"},
        }

    def run(self, seconds: float, rate: float | None = None, most: int | None = None) -> float:
        """Send for some seconds, or until so many events are sent; return the seconds it took.

        With a ``rate`` of events a second, and then each visit is asked for once.
        """
        begun = time.monotonic()
        senders = [
            threading.Thread(target=self._send, args=(begun, seconds, rate, most)) for _ in range(SENDERS)
        ]
        askers = [threading.Thread(target=self._ask) for _ in range(ASKERS)]
        for thread in (*senders, *askers):
            thread.start()
        for thread in senders:
            thread.join()
        took = time.monotonic() - begun
        for _ in askers:
            self._questions.put(None)
        for thread in askers:
            thread.join()
        return took

    def _send(self, begun: float, seconds: float, rate: float | None, most: int | None) -> None:
        line = http.client.HTTPConnection(self.host, timeout=60)
        while time.monotonic() < begun + seconds:
            number = next(self.numbers)
            if most is not None and number * BATCH >= most:
                return
            if rate:
                time.sleep(max(0.0, begun + number * BATCH / rate - time.monotonic()))
            body = self.batch(number)
            sent = time.monotonic()
            try:
                line.request("POST", "/v1/batch", body, {"content-type": "application/json"})
                answer = line.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                line.close()
                self.failed += 1
                continue
            if answer.status != http.client.OK:
                self.failed += 1
                continue
            self.taken.append(number)
            if not rate:
                continue
            for visit in range(BATCH // self.visit):
                self._questions.put(f"{self.name}-{number}-{visit}")
            if number % FOLLOWED == 0:
                threading.Thread(target=self._follow, args=(number, sent), daemon=True).start()

    def _ask(self) -> None:
        line = http.client.HTTPConnection(self.host, timeout=60)
        while (visitor := self._questions.get()) is not None:
            begun = time.monotonic()
            line.request("GET", f"/api/live/visitors/{visitor}")
            line.getresponse().read()
            self.asked.append(time.monotonic() - begun)

    def _follow(self, number: int, sent: float) -> None:
        """Ask for a visit of a batch until its score has seen all events."""
        line = http.client.HTTPConnection(self.host, timeout=60)
        while time.monotonic() < sent + 60:
            line.request("GET", f"/api/live/visitors/{self.name}-{number}-0")
            if json.loads(line.getresponse().read()).get("events_seen") == self.visit:
                self.fresh.append(time.monotonic() - sent)
                return
            time.sleep(LOOK)


class Memory:
    """Looks every few seconds at what a process and all below it hold, until it is stopped."""

    def __init__(self, pid: int, every: float = 5.0) -> None:
        self._pid, self._every, self._stopping = pid, every, threading.Event()
        self.seen: list[tuple[float, int]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._begun = time.monotonic()
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self.seen.append((time.monotonic() - self._begun, pss(self._pid)))

    def stop(self) -> tuple[float, float]:
        """Return the most it held, in MB, and by what share that went up and down after the first minute."""
        self._stopping.set()
        self._thread.join()
        self.seen.append((time.monotonic() - self._begun, pss(self._pid)))
        after = [size for at, size in self.seen if at > min(60.0, self.seen[-1][0] / 2)]
        middle = statistics.median(after)
        drift = max(abs(size - middle) for size in after) / middle
        return max(size for _, size in self.seen) / 1e6, drift


class Table:
    """What was measured beside what is wanted; printed at the end, in one piece."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str]] = []

    def add(self, what: str, measured: str, wanted: str = "") -> None:
        """Add a line."""
        self._rows.append((what, measured, wanted))
        print(f"  {what}: {measured}", flush=True)

    def print(self) -> None:
        """Print it as Markdown."""
        print("\n| | measured | wanted |\n|---|---|---|")
        for row in self._rows:
            print(f"| {' | '.join(row)} |")


def main() -> int:
    """Run it and print what came out; 1 if an event was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, default=3000, help="events a second")
    parser.add_argument("--seconds", type=float, default=300, help="how long at that rate")
    parser.add_argument("--sessions", type=int, default=100_000, help="visits that go on before it begins")
    parser.add_argument("--flat-out", type=float, default=15, help="seconds as fast as it goes")
    parser.add_argument("--visits", type=int, default=3, help="of each page, with and without load; 0: none")
    told = parser.parse_args()

    from core.base.settings import Settings
    from core.live.keys import make_key
    from tests.serving import serving

    table = Table()
    with tempfile.TemporaryDirectory(prefix="live-bench-") as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        _, key = make_key(settings, kind="write", name="Benchmark", rate=10**9)
        with serving(settings.data_dir, PREDICTOR_WORKER_NICENESS="10") as server:
            result, pid = demo_result(settings), server.process.pid
            warm = Sender(server.url, key, "warm")
            warm.run(5, 200)
            senders = [warm]
            if told.visits:
                senders.append(pages_under_load(table, server.url, key, result, told.visits))
            senders.append(going_on(table, settings, server.url, key, told.sessions))
            memory, before = Memory(pid), processor_seconds(pid)
            paced = Sender(server.url, key, "paced")
            took = paced.run(told.seconds, told.rate)
            tell(table, paced, took, told.rate, *memory.stop(), told.sessions)
            wait_for_scores(settings)
            tell_processor(table, "at that rate", before, processor_seconds(pid), len(paced.taken) * BATCH)
            before, fast = processor_seconds(pid), Sender(server.url, key, "fast")
            took = fast.run(told.flat_out)
            ours, web = len(fast.taken) * BATCH / took, processor_seconds(pid)
            wait_for_scores(settings)
            n = len(fast.taken) * BATCH
            tell_processor(table, "flat out", before, processor_seconds(pid), n)
            taking = 1e6 * (web["gunicorn"] - before["gunicorn"]) / n
            lost = count(settings, (*senders, paced, fast))
        plain, plain_cost = flat_out_plain(Path(folder), told.flat_out)
        table.add(
            "flat out, ours against a plain route",
            f"{ours:,.0f} against {plain:,.0f} events/s: {ours / plain:.2f} times; by processor "
            f"{taking:.0f} against {plain_cost:.0f} µs an event",
            "0.5 times",
        )
    table.add("events lost or doubled", str(lost), "0")
    table.print()
    return int(lost != 0)


def demo_result(settings: Any) -> str:
    """Return the id of the demo shop's result, once the server has made it."""
    from core.storage import Store
    from tests.serving import wait_until

    store = Store(settings)
    try:
        wait_until(lambda: store.results(limit=1), seconds=600, what="the demo shop's result")
        return store.results(limit=1)[0].id
    finally:
        store.close()


def pages_under_load(table: Table, url: str, key: str, result: str, visits: int) -> Sender:
    """Open the main pages without and with events coming in."""
    from playwright.sync_api import sync_playwright

    from benchmarks.pages import visit
    from tests.browser.conftest import CHROMIUM, FLAGS

    paths = [path.format(result=result) for path in PAGES]
    beside = Sender(url, key, "pages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)

        def medians() -> list[float]:
            return [
                statistics.median(visit(browser, url, path)["largest"] for _ in range(visits))
                for path in paths
            ]

        for _ in range(WARMING):
            medians()
        quiet = medians()
        stopping = threading.Event()

        def send() -> None:
            while not stopping.is_set():
                beside.run(2, BESIDE_PAGES)

        sending = threading.Thread(target=send)
        sending.start()
        time.sleep(SETTLING)
        loaded = medians()
        stopping.set()
        sending.join()
        browser.close()
    for path, before, after in zip(PAGES, quiet, loaded, strict=True):
        table.add(
            f"page {path}, without and with {BESIDE_PAGES:,} events/s",
            f"{before:,.0f} ms, {after:,.0f} ms: {after / before:.2f} times",
            "1.5 times",
        )
    return beside


def going_on(table: Table, settings: Any, url: str, key: str, sessions: int) -> Sender:
    """Let so many visits begin, each with one event."""
    sender = Sender(url, key, "before", events_of_a_visit=1)
    took = sender.run(3600, most=sessions)
    waited = wait_for_scores(settings)
    table.add("visits that go on", f"{sessions:,}, begun and scored in {took + waited:.0f} s")
    return sender


def tell(
    table: Table, sender: Sender, took: float, rate: float, memory: float, drift: float, sessions: int
) -> None:
    """Add rates, delays and memory to the table."""
    n = len(sender.taken) * BATCH
    table.add("events taken a second", f"{n / took:,.0f}, {sender.failed} requests failed", f"{rate:,.0f}")
    names = (
        ("a score request, median and p99", sender.asked, "p99 25 ms"),
        ("from sending to a score with it", sender.fresh, "p99 500 ms"),
    )
    for name, times, wanted in names:
        ordered = sorted(times) or [float("nan")]
        middle, high = (ordered[int(q * (len(ordered) - 1))] for q in (0.5, 0.99))
        table.add(name, f"{1000 * middle:.0f} ms, {1000 * high:.0f} ms (p99) of {len(times):,}", wanted)
    table.add("memory of all processes (PSS), at most", f"{memory:,.0f} MB", "800 MB")
    table.add(
        f"memory after the first minute, {sessions + n // sender.visit:,} visits", f"± {drift:.1%}", "± 5%"
    )


def tell_processor(
    table: Table, when: str, before: dict[str, float], after: dict[str, float], events: int
) -> None:
    """Add what an event cost to take and to score, in processor time."""
    taking, scoring = (1e6 * (after[name] - before[name]) / events for name in ("gunicorn", "live-work"))
    table.add(f"processor an event, {when}", f"{taking:.0f} µs to take (and ask), {scoring:.0f} µs to score")


def wait_for_scores(settings: Any) -> float:
    """Wait until all that was taken is scored; return the seconds that took."""
    from core.live.database import connect_inbox

    inbox, begun = connect_inbox(settings), time.monotonic()
    while (
        inbox.execute("SELECT EXISTS (SELECT 1 FROM inbox)").fetchone()[0] and time.monotonic() < begun + 900
    ):
        time.sleep(0.2)
    inbox.close()
    return time.monotonic() - begun


def processor_seconds(pid: int) -> dict[str, float]:
    """Return the seconds of processor used below a process, by what runs there."""
    import psutil

    used = {"gunicorn": 0.0, "live-work": 0.0}
    for process in psutil.Process(pid).children(recursive=True):
        times = process.cpu_times()
        for name in used:
            if name in " ".join(process.cmdline()):
                used[name] += times.user + times.system
    return used


def count(settings: Any, senders: tuple[Sender, ...]) -> int:
    """Return by how many events what is stored differs from what was answered, once all is scored."""
    from core.live.database import connect

    connection, wrong = connect(settings), 0
    for sender in senders:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table} WHERE event_id LIKE ?", [f"{sender.name}-%"])
            for table in ("events", "over")
        ]
        stored = sum(found.fetchone()[0] for found in counts)
        wrong += abs(stored - len(sender.taken) * BATCH)
    connection.close()
    return wrong


def flat_out_plain(folder: Path, seconds: float) -> tuple[float, float]:
    """Return how many events a second a plain route takes, and at what cost, in as many processes as ours."""
    from tests.serving import free_port, wait_until

    (folder / "plain_app.py").write_text(PLAIN)
    # Here, as two processes that turn a new database to WAL at the same time lock one another out.
    kept = sqlite3.connect(folder / "plain.sqlite")
    kept.execute("PRAGMA journal_mode = WAL")
    kept.execute("CREATE TABLE bodies (body BLOB)")
    kept.close()
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-k", "asgi", "-w", "2", "-b", f"127.0.0.1:{port}"]
    command += ["--no-control-socket", "--log-level", "error", "plain_app:app"]
    environment = {**os.environ, "PLAIN_DB": str(folder / "plain.sqlite")}
    process = subprocess.Popen(command, cwd=folder, env=environment)
    try:

        def up() -> bool:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                line.request("GET", "/healthz")
                return line.getresponse().status == http.client.OK
            except OSError:
                return False

        wait_until(up, seconds=60, what="the plain server")
        sender = Sender(f"http://127.0.0.1:{port}", "", "plain")
        before = processor_seconds(os.getpid())["gunicorn"]
        took = sender.run(seconds)
        n = len(sender.taken) * BATCH
        return n / took, 1e6 * (processor_seconds(os.getpid())["gunicorn"] - before) / n
    finally:
        process.terminate()
        process.wait(timeout=20)


def pss(pid: int) -> int:
    """Return the proportional set size of a process and all below it, in bytes."""
    import psutil

    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(process.memory_full_info().pss for process in processes)


if __name__ == "__main__":
    sys.exit(main())
