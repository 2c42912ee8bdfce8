"""How long an answer of the what-if form takes on the server, with the shipped model.

One answer is what a changed field costs: opening the scenario, reading the form, predicting, finding
the similar sessions, checking for contradictions, and its reasons. What the page shows after the answer
is timed by itself: curves along all fields, and the search for the smallest change, which a button
starts. Each is timed in this process, one after the other.

    python benchmarks/whatif.py [--answers 300] [--limit 0.15]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.whatif.state import State

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> int:
    """Time the answers and print the distribution; 1 if 95% of them don't stay under the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--answers", type=int, default=300, help="how many to time")
    parser.add_argument("--limit", type=float, default=0.15, help="seconds 95%% of them must stay under")
    arguments = parser.parse_args()

    from core.whatif.counterfactual import smallest_change
    from core.whatif.curves import curves

    p95 = tell("answers with reasons", time_each(arguments.answers, answered))
    tell("sets of curves", time_each(arguments.answers // 3, curves))
    tell("searches for the smallest change", time_each(arguments.answers // 10, smallest_change))
    return 0 if p95 < arguments.limit else 1


def answered(state: State) -> None:
    """Answer one session, with reasons."""
    from core.whatif.scenario import answer
    from core.whatif.why import why

    answer(state.scenario, state.values)
    why(state)


def tell(what: str, seconds: list[float]) -> float:
    """Print the distribution of some times; return within what 95% of them are."""
    seconds = sorted(seconds)
    p95 = seconds[int(0.95 * (len(seconds) - 1))]
    print(
        f"{len(seconds)} {what}: median {1000 * statistics.median(seconds):.1f} ms, "
        f"95% within {1000 * p95:.1f} ms, slowest {1000 * seconds[-1]:.1f} ms"
    )
    return p95


def time_each(n: int, done: Callable[[State], object]) -> list[float]:
    """Return the seconds each of ``n`` sessions took, from its address on."""
    from core.whatif.state import read_state

    # The first loads the model and the sessions it compares with, as a worker does once.
    done(read_state({}))
    taken = []
    for number in range(n):
        began = time.perf_counter()
        state = read_state(
            {"searches": str(number % 7), "clicks": str(1 + number % 31), "cart_adds": str(number % 3)}
        )
        done(state)
        taken.append(time.perf_counter() - began)
    return taken


if __name__ == "__main__":
    sys.exit(main())
