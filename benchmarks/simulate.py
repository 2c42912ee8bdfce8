"""How fast the synthetic demo shop is made, and its session rows: events a second.

python benchmarks/simulate.py [--sessions 250000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.measure import machine  # noqa: E402
from core.features import build_sessions, rows_of  # noqa: E402
from core.schema.events import Told  # noqa: E402
from core.simulate import simulate_events, write_events  # noqa: E402


def main() -> None:
    """Simulate in memory and into files, make session rows, print events a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=250_000)
    n_sessions = parser.parse_args().sessions
    simulate_events(100)
    print(machine())
    n_events = timed("simulated in memory", lambda: len(simulate_events(n_sessions, seed=3)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for suffix in ("parquet", "csv", "csv.gz"):
            out = folder / f"events.{suffix}"
            timed(f"written as {suffix}", lambda out=out: write_events(out, n_sessions=n_sessions, seed=3))
        events, sessions = folder / "events.parquet", folder / "sessions.parquet"

        def rows() -> int:
            build_sessions(events, sessions, told=Told.everything())
            return n_events

        timed("made into session rows", rows)
    one = simulate_events(1)
    rows_of(one)
    began = time.perf_counter()
    for _ in range(20):
        rows_of(one)
    print(f"  one session alone: {(time.perf_counter() - began) / 20 * 1000:.1f} ms")


def timed(what: str, work: Callable[[], int]) -> int:
    """Run, print how long it took, return how many events it was."""
    began = time.perf_counter()
    n_events = work()
    seconds = time.perf_counter() - began
    print(f"  {what:<24} {seconds:6.2f} s {n_events / seconds:>12,.0f} events/s")
    return n_events


if __name__ == "__main__":
    main()
