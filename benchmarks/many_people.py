"""Many people at once: 50 analysts click through results while a large export is being scored.

A real server (gunicorn and its job worker) on a folder of its own, with five results; locust's users ask
it over HTTP as the pages do (``benchmarks/many_people_users.py``). Exports are scored all the while: when
one is done, it is uploaded again. Prints what took how long, what went wrong, and the most memory it took.

    python benchmarks/many_people.py [--users 50] [--seconds 180] [--events 5000000] [--at-once 1]

Locust is installed into an environment of its own beside the checkout on first use (.venv-locust).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import numpy as np  # noqa: E402

from benchmarks.live import Memory  # noqa: E402
from benchmarks.measure import machine  # noqa: E402
from core.simulate import write_events  # noqa: E402
from core.storage import Store  # noqa: E402
from tests.serving import Server, serving, wait_until  # noqa: E402

EVENTS_PER_SESSION = 8.0
N_RESULTS = 5
#: What a page's callbacks may take, in seconds, at the 95th percentile; MB of all processes (PSS), at most.
WANTED, WANTED_MB = 1.0, 2_500
#: People who come in, in each second until all are there.
A_SECOND = 2
JOB_SECONDS = 3600
LOCUST = ROOT / ".venv-locust"
#: Not answers to a click.
OTHERS = frozenset({"document", "callbacks listed", "download", "unusable answer"})

Times = dict[str, list[tuple[float, str | None]]]


def main() -> None:
    """Make the exports, start the server, let people in, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--events", type=int, default=5_000_000, help="in each export being scored")
    parser.add_argument("--sessions", type=int, default=100_000, help="in each result looked at")
    parser.add_argument("--at-once", type=int, default=1, help="exports being scored at the same time")
    told = parser.parse_args()
    locust = installed()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large, small = folder / "large.csv", folder / "small.csv"
        n_events = write_events(large, n_sessions=round(told.events / EVENTS_PER_SESSION), seed=11)
        write_events(small, n_sessions=told.sessions, seed=12)
        with serving(folder / "data", PREDICTOR_WORKER_NICENESS="10") as server:
            ids = [scored(server, small) for _ in range(N_RESULTS)]
            with Scoring(server, large, told.at_once) as scoring:
                memory = Memory(server.process.pid)
                times = clicked(locust, server, ids, told.users, told.seconds, folder / "times.jsonl")
                most_mb, _ = memory.stop()
            print(
                f"\n{machine()}: {told.users} people, {told.seconds} s, {N_RESULTS} results of "
                f"{told.sessions:,} sessions;\n  meanwhile {scoring.done} exports of {n_events:,} events "
                f"were scored, {told.at_once} at a time; "
                f"{most_mb:,.0f} MB (PSS) at most, wanted {WANTED_MB:,}"
            )
            sys.exit(report(times, scoring.failed) or int(most_mb > WANTED_MB))


def installed() -> Path:
    """Return locust's command, installed first where it isn't."""
    command = LOCUST / "bin" / "locust"
    if not command.exists():
        pinned = (ROOT / "requirements-bench.txt").read_text().split()
        wanted = [line for line in pinned if line.startswith(("locust==", "httpx=="))]
        subprocess.run([sys.executable, "-m", "venv", LOCUST], check=True)
        subprocess.run([LOCUST / "bin" / "python", "-m", "pip", "install", "-q", *wanted], check=True)
    return command


def upload(server: Server, export: Path) -> str:
    """Upload an export and return the id of its result."""
    with export.open("rb") as file:
        answer = httpx.put(f"{server.url}/api/uploads/{export.name}", content=file, timeout=600)
    answer.raise_for_status()
    return str(answer.json()["result_id"])


def scored(server: Server, export: Path) -> str:
    """Upload an export and wait until its result is there."""
    result_id = upload(server, export)
    store = opened(server)
    wait_until(lambda: store.result(result_id).is_over, seconds=JOB_SECONDS, what="a result")
    if store.result(result_id).state != "done":
        raise SystemExit(f"a result failed: {store.result(result_id).error}")
    return result_id


def opened(server: Server) -> Store:
    """Return the server's store."""
    from core.base.settings import Settings
    from core.storage import get_store

    return get_store(Settings(data_dir=server.data_dir, DATABASE_URL=None))


class Scoring:
    """Keeps exports being scored until it is left; ``done`` counts them, ``failed`` tells what failed."""

    def __init__(self, server: Server, export: Path, at_once: int) -> None:
        self._server = server
        self._export = export
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._keep_on) for _ in range(at_once)]
        self.done = 0
        self.failed: list[str] = []

    def __enter__(self) -> Scoring:
        for thread in self._threads:
            thread.start()
        wait_until(lambda: self._running() >= len(self._threads), seconds=JOB_SECONDS, what="jobs that run")
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _running(self) -> int:
        results = opened(self._server).results()
        return sum(result.state == "running" for result in results) + self.done

    def _keep_on(self) -> None:
        store = opened(self._server)
        while not self._over.is_set():
            try:
                result_id = upload(self._server, self._export)
            except httpx.HTTPError as error:
                self.failed.append(f"upload: {error!r}")
                return
            while not store.result(result_id).is_over and not self._over.wait(0.5):
                pass
            result = store.result(result_id)
            if result.state == "failed":
                self.failed.append(str(result.error))
            self.done += result.state == "done"
            store.delete_dataset(result.dataset_id)


def clicked(locust: Path, server: Server, ids: list[str], users: int, seconds: int, out: Path) -> Times:
    """Let people click for some seconds and return how long each answer took, by what it was for."""
    users_file = "benchmarks/many_people_users.py"
    command = [locust, "--headless", "--only-summary", "--loglevel", "WARNING", "-f", users_file]
    command += ["--host", server.url, "--users", str(users), "--spawn-rate", str(A_SECOND)]
    command += ["--run-time", f"{seconds}s", "--stop-timeout", "30"]
    environment = {**os.environ, "RESULTS": ",".join(ids), "TIMES": str(out)}
    # locust's own exit code says that an answer failed; what failed is told by the times.
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    times: Times = defaultdict(list)
    for line in out.read_text().splitlines():
        name, milliseconds, error = json.loads(line)
        times[name].append((milliseconds / 1000, error))
    if not times:
        raise SystemExit(f"nobody clicked: {done.stderr[-2000:]}")
    return times


def report(times: Times, failed: list[str]) -> int:
    """Print the table; return 1 if a page was too slow or anything went wrong."""
    print(f"  {'':<20} {'asked':>7} {'p50':>8} {'p95':>8} {'longest':>8} {'errors':>7}")
    clicks = [answer for name, answers in times.items() if name not in OTHERS for answer in answers]
    for name, answers in [*sorted(times.items()), ("all callbacks", clicks)]:
        seconds = [took for took, _ in answers]
        middle, slow = np.percentile(seconds, (50, 95))
        errors = sum(error is not None for _, error in answers)
        print(
            f"  {name:<20} {len(answers):>7,} {middle:>6.2f} s {slow:>6.2f} s {max(seconds):>6.2f} s"
            f" {errors:>7,}"
        )
    errors = [error for answers in times.values() for _, error in answers if error] + failed
    for error in sorted(set(errors))[:10]:
        print(f"  error: {error}")
    p95 = float(np.percentile([took for took, _ in clicks], 95))
    good = p95 < WANTED and not errors
    print(f"  p95 of callbacks {p95:.2f} s, wanted under {WANTED} s; {len(errors)} errors")
    return 0 if good else 1


if __name__ == "__main__":
    main()
