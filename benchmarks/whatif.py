"""How long an answer of the what-if form takes on the server, with the shipped model.

One answer is what a changed field costs: opening the scenario, reading the form, predicting, finding
the similar sessions, checking for contradictions. Each is timed in this process, one after the other.

    python benchmarks/whatif.py [--answers 300] [--limit 0.1]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> int:
    """Time the answers and print the distribution; 1 if 95% of them don't stay under the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--answers", type=int, default=300, help="how many to time")
    parser.add_argument("--limit", type=float, default=0.1, help="seconds 95%% of them must stay under")
    arguments = parser.parse_args()

    seconds = sorted(time_answers(arguments.answers))
    p95 = seconds[int(0.95 * (len(seconds) - 1))]
    print(
        f"{len(seconds)} answers: median {1000 * statistics.median(seconds):.1f} ms, "
        f"95% within {1000 * p95:.1f} ms, slowest {1000 * seconds[-1]:.1f} ms"
    )
    return 0 if p95 < arguments.limit else 1


def time_answers(n: int) -> list[float]:
    """Return the seconds each of ``n`` answers took, every one to another session."""
    from core.whatif.scenario import answer, open_scenario

    # The first loads the model and the sessions it compares with, as a worker does once.
    start = open_scenario()
    answer(start, start.base)
    taken = []
    for number in range(n):
        began = time.perf_counter()
        scenario = open_scenario()
        changes = {"searches": number % 7, "clicks": 1 + number % 31, "cart_adds": number % 3}
        answer(scenario, scenario.form.link(scenario.base | changes))
        taken.append(time.perf_counter() - began)
    return taken


if __name__ == "__main__":
    sys.exit(main())
