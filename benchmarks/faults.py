"""Hurts a running installation while it scores, trains, takes in scheduled exports and live events.

One fault after the other: kill -9, SIGTERM every 30 seconds, PostgreSQL stopped, a full disk. Afterwards
everything has to have ended right, once. Prints a table as Markdown.

    python benchmarks/faults.py [--only kill,sigterm,...] [--seconds 120] [--sigterm-seconds 600]

Needs PostgreSQL; and root for the full disk, which is a small file system in memory.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from benchmarks.installation import Installation  # noqa: E402
from benchmarks.live import BATCH, Sender, count, wait_for_scores  # noqa: E402
from benchmarks.measure import machine  # noqa: E402
from core.base.settings import Settings  # noqa: E402
from core.live.keys import make_key  # noqa: E402
from core.simulate import write_events  # noqa: E402
from core.storage import Store  # noqa: E402
from tests.postgres import new_cluster  # noqa: E402
from tests.serving import wait_until  # noqa: E402

#: Seconds between two of a kind; what is left to end afterwards may take so long.
EVERY, KILL_EVERY, ARRIVES_EVERY, LEFT_SECONDS = 30.0, 20.0, 30.0, 1800.0
SESSIONS, DISK = 6_000, "1500m"
#: A job that met a full disk may end with this error, once; nothing else may fail.
FULL = "storage"


class Load:
    """Keeps every kind of work going until it is left, and remembers what was promised."""

    def __init__(self, place: Installation, name: str, export: Path, key: str) -> None:
        self.place, self.name, self.export = place, name, export
        self.results: list[str] = []
        self.trainings: list[str] = []
        self.files: list[str] = []
        self.troubles: list[str] = []
        self.sender = Sender(place.url, key, name)
        self._over = threading.Event()
        work = (self._score, self._train, self._arrive, self._send)
        self._threads = [threading.Thread(target=self._guarded, args=(each,)) for each in work]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told in the table
            self.troubles.append(f"{work.__name__}: {error!r}")

    def _score(self) -> None:
        while not self._over.is_set():
            told = self._asked("PUT", f"/api/uploads/{self.name}.csv", content=self.export.read_bytes())
            if told is not None:
                self.results.append(told["result_id"])
                self._wait_for(f"/api/results/{told['result_id']}")

    def _train(self) -> None:
        dataset = self._asked("GET", "/api/datasets?limit=100")
        one = (dataset or {"items": []})["items"][-1]["id"]
        while not self._over.is_set():
            name = f"{self.name}-{len(self.trainings)}-{int(time.time())}"
            wanted = {"dataset_id": one, "name": name, "thoroughness": "quick"}
            told = self._asked("POST", "/api/trainings", json=wanted)
            if told is not None:
                self.trainings.append(told["id"])
                self._wait_for(f"/api/trainings/{told['id']}")

    def _arrive(self) -> None:
        while not self._over.is_set():
            name = f"{self.name}-{len(self.files)}.csv"
            # Each is another, in the same rows: begun at another one.
            heading, *lines = self.export.read_text().splitlines()
            turn = time.time_ns() % len(lines)
            text = "\n".join([heading, *lines[turn:], *lines[:turn], ""])
            partial = self.place.folder / "inbox" / f".{name}"
            with suppress(OSError):
                partial.write_text(text)
                partial.rename(partial.with_name(name))
                self.files.append(name)
            self._over.wait(ARRIVES_EVERY)

    def _send(self) -> None:
        """Send a batch a second, each until it was answered: as SDKs do."""
        while not self._over.wait(1.0):
            number = next(self.sender.numbers)
            body = self.sender.batch(number)
            until = time.monotonic() + LEFT_SECONDS
            while not self._taken(body) and time.monotonic() < until:
                time.sleep(1.0)
            self.sender.taken.append(number)

    def _taken(self, body: bytes) -> bool:
        line = http.client.HTTPConnection(urlsplit(self.place.url).netloc, timeout=60)
        try:
            line.request("POST", "/v1/batch", body, {"content-type": "application/json"})
            answer = line.getresponse()
            answer.read()
            return answer.status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def _asked(self, method: str, path: str, **more: Any) -> dict[str, Any] | None:
        """Ask until there is an answer; None where there is none before it is over."""
        while True:
            with suppress(httpx.HTTPError):
                answer = httpx.request(method, f"{self.place.url}{path}", timeout=300, **more)
                if answer.is_success:
                    return dict(answer.json())
                if answer.status_code < 500 and answer.status_code not in (408, 409, 429):
                    raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            if self._over.wait(1.0):
                return None

    def _wait_for(self, path: str) -> None:
        while not self._over.wait(1.0):
            with suppress(httpx.HTTPError):
                answer = httpx.get(f"{self.place.url}{path}", timeout=60)
                if answer.is_success and answer.json()["state"] not in ("queued", "running"):
                    return


def main() -> int:
    """Run the faults and print what came of each; 1 if anything didn't end right, once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", help="which faults, by commas; all of them without")
    parser.add_argument("--seconds", type=float, default=120, help="of most faults")
    parser.add_argument("--sigterm-seconds", type=float, default=600)
    parser.add_argument("--outages", default="5,30,300", help="seconds PostgreSQL is stopped for, each once")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name) / "place"
        folder.mkdir()
        small = mounted(folder)
        try:
            return run(folder, told, small_disk=small)
        finally:
            if small:
                subprocess.run(["umount", "-l", folder], check=False)


def mounted(folder: Path) -> bool:
    """Put a small file system under the folder, where that is allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run(folder: Path, told: argparse.Namespace, *, small_disk: bool) -> int:
    """Hurt an installation in this folder."""
    export = folder.parent / "export.csv"
    write_events(export, n_sessions=SESSIONS, seed=5)
    for name in ("inbox", "data", "models"):
        (folder / name).mkdir()
    cluster = new_cluster()
    cluster.start()
    try:
        with Installation(folder, cluster, PREDICTOR_SOURCES=f'["{folder / "inbox"}"]') as place:
            settings = Settings(
                data_dir=folder / "data", models_dir=folder / "models", DATABASE_URL=f"{cluster.url}/postgres"
            )
            _, key = make_key(settings, kind="write", name="Faults", rate=10**9)
            first = httpx.put(f"{place.url}/api/uploads/first.csv", content=export.read_bytes(), timeout=300)
            store = Store(settings)
            result = first.raise_for_status().json()["result_id"]
            wait_until(lambda: store.result(result).is_over, what="a first result", seconds=LEFT_SECONDS)
            definition = {
                "source": str(folder / "inbox"), "when": "arrival", "pattern": "*.csv", "told": "never",
            }  # fmt: skip
            made = httpx.post(
                f"{place.url}/api/schedules", json={"name": "Faults", "definition": definition}, timeout=60
            )
            made.raise_for_status()
            rows = []
            for name, hurt in faults(place, told, small_disk=small_disk).items():
                if told.only and name.split()[0] not in told.only.split(","):
                    continue
                rows.append(one(place, store, settings, key, export, name, hurt))
                print(rows[-1], flush=True)
            store.close()
    finally:
        cluster.stop()
        cluster.remove()
    print(f"\n{machine()}\n")
    print("| fault | restarts | results | trainings | scheduled exports | live events | wrong |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    return int(any(row[-1] != "nothing" for row in rows))


def faults(
    place: Installation, told: argparse.Namespace, *, small_disk: bool
) -> dict[str, Callable[[], None]]:
    """Return what can be done to it, by name."""

    def again(hurt: Callable[[], None], every: float, seconds: float) -> Callable[[], None]:
        def hurting() -> None:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                time.sleep(every)
                hurt()

        return hurting

    outages = [float(each) for each in told.outages.split(",")]
    made = {
        f"kill -9 of all, every {KILL_EVERY:.0f} s for {told.seconds:.0f} s": again(
            place.kill, KILL_EVERY, told.seconds
        ),
        f"sigterm to all, every {EVERY:.0f} s for {told.sigterm_seconds:.0f} s": again(
            place.terminate, EVERY, told.sigterm_seconds
        ),
        **{
            f"postgres stopped for {each:.0f} s": again(
                lambda each=each: place.without_database(each), 20.0, 1.0
            )  # type: ignore[misc]
            for each in outages
        },
    }
    if small_disk:
        made["disk full for 30 s, twice"] = again(lambda: place.full_disk(30.0), 20.0, 60.0)
    return made


def one(
    place: Installation, store: Store, settings: Settings, key: str, export: Path, name: str,
    hurt: Callable[[], None],
) -> list[str]:  # fmt: skip
    """Do one fault under load, wait for what was begun, and return a line of the table."""
    before, starts = {each.id for each in store.datasets()}, sum(place.starts.values())
    load = Load(place, f"{name.split()[0]}{int(time.time())}", export, key)
    with load:
        hurt()
    wrong = list(load.troubles)
    full = name.startswith("disk")
    try:
        wait_until(lambda: ended(store, load), what="what was begun", seconds=LEFT_SECONDS)
        wait_for_scores(settings)
    except Exception as error:  # noqa: BLE001 - told in the table
        wrong.append(repr(error)[:300])
    states = {"result": store.result, "training": store.training}
    for kind, ids in (("result", load.results), ("training", load.trainings)):
        for each in ids:
            job = states[kind](each)  # type: ignore[operator]
            passed = full and (job.error or {}).get("code") == FULL
            if job.state != "done" and not passed:
                wrong.append(f"{kind} {job.state}: {(job.error or {}).get('message')}")
    arrivals = [each for each in arrived(store) if each.name in load.files]
    wrong += [
        f"scheduled export {each.state}: {(each.problem or {}).get('message')}"
        for each in arrivals
        if each.state != "done" and not (full and (each.problem or {}).get("code") == FULL)
    ]
    if sorted(each.name for each in arrivals) != sorted(load.files):
        wrong.append(f"{len(arrivals)} of {len(load.files)} scheduled exports, or one twice")
    wrong += doubled(store, load, before)
    off = count(settings, (load.sender,))
    if off:
        wrong.append(f"{off} live events lost or doubled")
    restarts = sum(place.starts.values()) - starts
    counts = (len(load.results), len(load.trainings), len(load.files), len(load.sender.taken) * BATCH)
    return [name, str(restarts), *(f"{each:,}" for each in counts), "; ".join(wrong) or "nothing"]


def arrived(store: Store) -> list[Any]:
    """Return all exports that schedules have seen."""
    return [each for schedule in store.schedules() for each in store.arrivals(schedule.id)]


def ended(store: Store, load: Load) -> bool:
    """Whether all that was begun is over."""
    if not all(store.result(each).is_over for each in load.results):
        return False
    if not all(store.training(each).is_over for each in load.trainings):
        return False
    mine = [each for each in arrived(store) if each.name in load.files]
    return len(mine) >= len(load.files) and not any(each.state in ("seen", "taken") for each in mine)


def doubled(store: Store, load: Load, before: set[str]) -> list[str]:
    """Return what is there twice: results of a dataset, datasets of a scheduled export."""
    new = [each for each in store.datasets() if each.id not in before]
    more = [each.name for each in new if len(store.results(each.id)) != 1]
    scheduled = [each.name for each in new if each.name.startswith(tuple(load.files or ["\0"]))]
    twice = {name for name in scheduled if scheduled.count(name) > 1}
    return [f"{name} has not one result" for name in more] + [f"{name} came twice" for name in sorted(twice)]


if __name__ == "__main__":
    sys.exit(main())
