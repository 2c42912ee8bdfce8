"""Every kind of work in small, each with its baseline in turn (A B A B): three minutes on a quiet machine.

Files, nested records, figures of a result, training, live events. Processor seconds, so that other work on
the machine counts little; ratios with their spread go into ``history.jsonl``, and a table says which got
worse.

    python benchmarks/quick.py [--runs 3] [--only files nested results training live] [--file HISTORY]
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.history import FILE, in_turn, read, record, tell  # noqa: E402
from benchmarks.measure import machine, measure  # noqa: E402

#: Sizes that take about half a minute each, whole processes started several times included.
EVENTS, NESTED_EVENTS, SCORED, TRAINED, VISITS = 200_000, 100_000, 250_000, 3_000, 400
TRIALS, EVENTS_OF_A_VISIT = 2, 10
#: Filters of a result.
FILTERS = ("cluster=1", "min_p=0.02&max_p=0.3", "from=2026-09-08&to=2026-09-21&device=mobile", "q=123")


def main() -> int:
    """Measure each, print the ratios and what became of them; 1 if one got worse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--file", type=Path, default=FILE, help="Where the ratios are added.")
    parser.add_argument("--forest", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.forest:
        forest(options.forest)
        return 0
    print(machine(), flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        # Before anything reads its settings: nothing of this belongs into the real data folder.
        os.environ |= {"PREDICTOR_DATA_DIR": f"{name}/data", "PREDICTOR_MODELS_DIR": str(ROOT / "models")}
        for kind in options.only:
            folder = Path(name) / kind
            folder.mkdir()
            for of, ours, theirs in KINDS[kind](folder, options.runs):
                record(kind, of, ours, theirs, file=options.file)
    print(f"{time.monotonic() - began:.0f} s\n")
    return tell([entry for entry in read(options.file) if entry.benchmark in options.only])


Measured = list[tuple[str, list[float], list[float]]]


def files(folder: Path, runs: int) -> Measured:
    """Compare a CSV's way to scored Parquet with DuckDB's session rows of it, both whole processes."""
    from benchmarks.scale import events_csv

    csv = events_csv(folder, EVENTS / 1e6)
    product = [sys.executable, "-m", "core", "score", str(csv), "-o", str(folder / "scored.parquet")]
    plain = [sys.executable, str(ROOT / "benchmarks" / "scale.py"), "--features", str(csv)]
    ours, theirs = in_turn(lambda: _spent(product), lambda: _spent(plain), runs)
    return [(f"{EVENTS:,} events against DuckDB's features", ours, theirs)]


def nested(folder: Path, runs: int) -> Measured:
    """Compare reading GA4's JSON Lines with reading the same events as canonical CSV."""
    from benchmarks.nested import make_files

    made = make_files(folder, NESTED_EVENTS)
    commands = {
        name: [sys.executable, str(ROOT / "benchmarks" / "nested.py"), "--read", str(made[name])]
        for name in ("JSON, gzip", "CSV, gzip")
    }
    ours, theirs = in_turn(
        lambda: _spent(commands["JSON, gzip"]), lambda: _spent(commands["CSV, gzip"]), runs
    )
    return [(f"{NESTED_EVENTS:,} events against CSV", ours, theirs)]


def results(folder: Path, runs: int) -> Measured:
    """Compare a page's figures of filters that are new with one plain query each."""
    from urllib.parse import parse_qsl

    from benchmarks.results import make, plain_figures
    from core.results import cache
    from core.results.filters import Filters
    from core.results.view import ResultView
    from core.scoring.prewarm_results import warm

    path = folder / "result.parquet"
    make(path, SCORED)
    warm(path)
    view = ResultView(path)

    def ours(query: str) -> float:
        # As a filter nobody asked yet: what is kept of all sessions stays.
        for kept in path.parent.rglob("found-*.parquet"):
            kept.unlink()
        cache.forget()
        for kept in path.parent.rglob("*.json"):
            kept.unlink()
        view.prepare(Filters())
        return _work(lambda: view.prepare(Filters.from_query(dict(parse_qsl(query)))))

    def all_of(one: Callable[[str], float]) -> float:
        return sum(one(query) for query in FILTERS)

    found = in_turn(
        lambda: all_of(ours), lambda: all_of(lambda query: _work(lambda: plain_figures(path, query))), runs
    )
    return [(f"{len(FILTERS)} new filters of {SCORED:,} against plain SQL", *found)]


def training(folder: Path, runs: int) -> Measured:
    """Compare a training, search and tests included, with one forest fitted to the same sessions."""
    from core.features import build_sessions
    from core.schema.events import Told
    from core.simulate import write_events

    events, sessions = folder / "events.parquet", folder / "sessions.parquet"
    write_events(events, n_sessions=TRAINED, seed=11, days=120)
    build_sessions(events, sessions, told=Told.everything())
    product = [sys.executable, "-m", "core", "train", str(events), "--trials", str(TRIALS), "--name"]
    plain = [sys.executable, __file__, "--forest", str(sessions)]
    models = {"PREDICTOR_MODELS_DIR": str(folder / "models")}
    names = iter(range(runs))

    def ours() -> float:
        with _environment(models):
            return _spent([*product, f"timed-{next(names)}"])

    found = in_turn(ours, lambda: _spent(plain), runs)
    return [(f"{TRAINED:,} sessions, {TRIALS} trials, against one forest", *found)]


def forest(sessions: Path) -> None:
    """Fit a scikit-learn forest to sessions: the baseline of a training."""
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    from core.training.data.loading import read_training_data

    data = read_training_data(sessions)
    # A forest knows no missing number.
    RandomForestClassifier(300, max_depth=10, random_state=0).fit(
        np.nan_to_num(data.matrix, nan=-1.0), data.purchased
    )


def live(folder: Path, runs: int) -> Measured:
    """Compare what an event costs from the collector to its score with appending it to SQLite."""
    from tests.core.live.conftest import shop_at

    kept = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    kept.execute("PRAGMA journal_mode = WAL")
    kept.execute("CREATE TABLE bodies (body BLOB)")
    shops = shop_at(folder / "shop")
    shop, n = next(shops), VISITS * EVENTS_OF_A_VISIT

    def ours(batches: list[list[dict[str, object]]]) -> float:
        def take() -> None:
            for batch in batches:
                shop.events(*batch).raise_for_status()
            if shop.worker.work_off() < n:
                raise SystemExit("Not every event was taken and scored.")

        return _work(take)

    def theirs(batches: list[list[dict[str, object]]]) -> float:
        def append() -> None:
            for event in (event for batch in batches for event in batch):
                kept.execute("INSERT INTO bodies VALUES (?)", [str(event).encode()])

        return _work(append)

    # The first loads the model and plans the queries, as a worker does once.
    ours(_visits("first"))
    product, plain = in_turn(lambda: ours(_visits(str(time.time_ns()))), lambda: theirs(_visits("")), runs)
    shops.close()
    kept.close()
    return [(f"{n:,} events, taken and scored, against SQLite", product, plain)]


def _visits(name: str) -> list[list[dict[str, object]]]:
    """Return the events of visits, in batches of 100."""
    at = datetime.now(UTC) - timedelta(minutes=10)
    events: list[dict[str, object]] = [
        {
            "event_type": "cart_add" if step % 7 == 6 else "product_view",
            "visitor_id": f"{name}-{visit}",
            "timestamp": (at + timedelta(seconds=step)).isoformat(),
            "product_id": f"P{step % 13}",
            "price": 19.9 + step,
            "category": "Shoes",
        }
        for visit in range(VISITS)
        for step in range(EVENTS_OF_A_VISIT)
    ]
    return [events[place : place + 100] for place in range(0, len(events), 100)]


def _spent(command: list[str]) -> float:
    """Return the processor seconds of a command."""
    try:
        return measure(command, quiet=True).cpu_seconds
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"This failed: {' '.join(error.cmd)}") from error


def _work(work: Callable[[], object]) -> float:
    """Return the processor seconds of some work in this process, all its threads together."""
    began = time.process_time()
    work()
    return time.process_time() - began


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for as long as something runs."""
    before = dict(os.environ)
    os.environ |= variables
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


#: What is measured, by its name.
KINDS: dict[str, Callable[[Path, int], Measured]] = {
    "files": files,
    "nested": nested,
    "results": results,
    "training": training,
    "live": live,
}

if __name__ == "__main__":
    sys.exit(main())
