"""How many live events a second are taken and scored, how soon, and in how much memory.

Starts the real server on a folder of its own and sends batches of Segment's form, from this machine: first at
a given rate, asking once for each visit, then as fast as it goes, against the server and against a plain
FastAPI route that appends each body to SQLite and does nothing else. Everything that was answered is
counted afterwards.

    python benchmarks/live.py [--rate 3000] [--seconds 60] [--flat-out 15]
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
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

BATCH, EVENTS_OF_A_VISIT, SENDERS = 50, 10, 8
PLAIN = """
import os, sqlite3
from fastapi import FastAPI, Request
app = FastAPI()
kept = sqlite3.connect(os.environ["PLAIN_DB"], isolation_level=None, check_same_thread=False)
kept.execute("PRAGMA journal_mode = WAL")
kept.execute("PRAGMA synchronous = FULL")
kept.execute("CREATE TABLE IF NOT EXISTS bodies (body BLOB)")
@app.get("/healthz")
def healthz():
    return {}
@app.post("/v1/batch")
async def take(request: Request):
    kept.execute("INSERT INTO bodies VALUES (?)", [await request.body()])
    return {"status": 1, "code": 200}
"""


class Sender:
    """Sends visits in batches; remembers which events were answered, and when visits were over."""

    def __init__(self, url: str, key: str, name: str) -> None:
        self.host, self.key, self.name = urlsplit(url).netloc, key, name
        self.numbers = itertools.count()
        self.taken: list[int] = []
        self.asked: list[float] = []
        self.fresh: list[float] = []
        self.failed = 0

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
            "anonymousId": f"{self.name}-{number}-{i // EVENTS_OF_A_VISIT}",
            "messageId": f"{self.name}-{number}-{i}",
            "properties": {"product_id": f"P{i % 13}", "price": 19.9 + i, "category": "Shoes"},
        }

    def run(self, seconds: float, rate: float | None) -> float:
        """Send for some seconds, at a rate of events or as fast as it goes; return the seconds it took."""
        begun = time.monotonic()
        threads = [threading.Thread(target=self._send, args=(begun, seconds, rate)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - begun

    def _send(self, begun: float, seconds: float, rate: float | None) -> None:
        line = http.client.HTTPConnection(self.host, timeout=60)
        while time.monotonic() < begun + seconds:
            number = next(self.numbers)
            if rate:
                pause = begun + number * BATCH / rate - time.monotonic()
                time.sleep(max(0.0, pause))
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
            if rate and number % 4 == 0:
                threading.Thread(target=self._follow, args=(number, sent), daemon=True).start()

    def _follow(self, number: int, sent: float) -> None:
        """Ask for a visit of a batch until its score has seen all events."""
        line = http.client.HTTPConnection(self.host, timeout=60)
        while time.monotonic() < sent + 60:
            begun = time.monotonic()
            line.request("GET", f"/api/live/visitors/{self.name}-{number}-0")
            answer = json.loads(line.getresponse().read())
            self.asked.append(time.monotonic() - begun)
            if answer.get("events_seen") == EVENTS_OF_A_VISIT:
                self.fresh.append(time.monotonic() - sent)
                return
            time.sleep(0.1)


def main() -> int:
    """Run it and print what came out; 1 if an event was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, default=3000, help="events a second")
    parser.add_argument("--seconds", type=float, default=60, help="how long at that rate")
    parser.add_argument("--flat-out", type=float, default=15, help="seconds as fast as it goes")
    arguments = parser.parse_args()

    from core.base.settings import Settings
    from core.live.keys import make_key
    from core.services.demo import FACT
    from core.storage import Store
    from tests.serving import serving

    with tempfile.TemporaryDirectory(prefix="live-bench-") as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        store = Store(settings)
        store.remember(FACT, "yes")
        store.close()
        _, key = make_key(settings, kind="write", name="Benchmark", rate=10**9)
        with serving(settings.data_dir, PREDICTOR_WORKER_NICENESS="10") as server:
            warm = Sender(server.url, key, "warm")
            warm.run(5, 200)
            paced = Sender(server.url, key, "paced")
            took = paced.run(arguments.seconds, arguments.rate)
            memory = pss(server.process.pid)
            tell(paced, took, memory)
            wait_for_scores(settings)
            before, fast = processor_seconds(server.process.pid), Sender(server.url, key, "fast")
            took = fast.run(arguments.flat_out, None)
            ours, web = len(fast.taken) * BATCH / took, processor_seconds(server.process.pid)
            print(f"flat out: {ours:,.0f} events/s taken, {fast.failed} requests failed")
            wait_for_scores(settings)
            after = processor_seconds(server.process.pid)
            n = len(fast.taken) * BATCH
            taking = 1e6 * (web["gunicorn"] - before["gunicorn"]) / n
            scoring = 1e6 * (after["live-work"] - before["live-work"]) / n
            print(f"processor: {taking:.0f} µs an event to take it, {scoring:.0f} µs to score it")
            lost = count(settings, (warm, paced, fast))
        plain, plain_cost = flat_out_plain(Path(folder), arguments.flat_out)
        print(
            f"plain FastAPI route into SQLite: {plain:,.0f} events/s, {plain_cost:.0f} µs an event; "
            f"ours takes {ours / plain:.2f} times as many, by processor {plain_cost / taking:.2f} times"
        )
    print(f"lost or doubled: {lost}")
    return int(lost != 0)


def tell(sender: Sender, took: float, memory: int) -> None:
    """Print rates, delays and memory."""
    print(f"paced: {len(sender.taken) * BATCH / took:,.0f} events/s, {sender.failed} requests failed")
    for name, times in (("score request", sender.asked), ("from sending to a score with it", sender.fresh)):
        ordered = sorted(times) or [float("nan")]
        middle, high = (ordered[int(q * (len(ordered) - 1))] for q in (0.5, 0.99))
        print(f"{name}: median {1000 * middle:.0f} ms, p99 {1000 * high:.0f} ms (n = {len(times)})")
    print(f"memory of all processes (PSS): {memory / 1e6:,.0f} MB")


def wait_for_scores(settings: Any) -> None:
    """Wait until all that was taken is scored."""
    from core.live.database import connect_inbox

    inbox, begun = connect_inbox(settings), time.monotonic()
    while (
        inbox.execute("SELECT EXISTS (SELECT 1 FROM inbox)").fetchone()[0] and time.monotonic() < begun + 900
    ):
        time.sleep(0.2)
    inbox.close()
    print(f"the rest was scored {time.monotonic() - begun:.1f} s later")


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
        took = sender.run(seconds, None)
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
