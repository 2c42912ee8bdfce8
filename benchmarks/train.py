"""What a training costs, and how fast the model it makes is: minutes, memory, sessions a second.

python benchmarks/train.py [--sessions 200000] [--trials 24]

The baseline of both is a scikit-learn forest of 300 trees of depth 10 on the same encoded whole sessions:
fitted once, without search, snapshots, revenue, clusters or a test.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.history import record  # noqa: E402
from benchmarks.measure import Run, machine, measure  # noqa: E402
from core.base.settings import Settings  # noqa: E402
from core.bundle.predictor import Predictor  # noqa: E402
from core.bundle.repository import load_bundle  # noqa: E402
from core.features import build_sessions  # noqa: E402
from core.schema.events import Told  # noqa: E402
from core.simulate import write_events  # noqa: E402
from core.training.data.loading import read_training_data  # noqa: E402
from core.training.data.splits import TRAIN  # noqa: E402

TREES, DEPTH = 300, 10
SCORED = 100_000


def main() -> None:
    """Train as the command line does, fit the baseline, score with both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=200_000)
    parser.add_argument("--trials", type=int, default=24)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events = folder / "events.parquet"
        n_events = write_events(events, n_sessions=asked.sessions, seed=11, days=120)
        os.environ["PREDICTOR_MODELS_DIR"] = str(folder / "models")
        command = [sys.executable, "-m", "core", "train", str(events), "--name", "timed"]
        run = measure([*command, "--trials", str(asked.trials)])
        print(machine())
        print(f"{asked.sessions:,} sessions, {n_events:,} events, {asked.trials} trials")
        compare(folder, run)


def compare(folder: Path, run: Run) -> None:
    """Fit and score the baseline on the same sessions, and print both."""
    from sklearn.ensemble import RandomForestClassifier

    settings = Settings(models_dir=folder / "models")
    sessions = folder / "sessions.parquet"
    build_sessions(folder / "events.parquet", sessions, told=Told.everything(), settings=settings)
    data = read_training_data(sessions)
    rows = data.rows(TRAIN)
    # A forest knows no missing number.
    matrix = np.nan_to_num(data.matrix, nan=-1.0)
    forest = RandomForestClassifier(TREES, max_depth=DEPTH, n_jobs=settings.threads, random_state=0)
    fitting = timed(lambda: forest.fit(matrix[rows], data.purchased[rows]))
    bundle = load_bundle("timed", settings)
    predictor = Predictor(bundle, threads=settings.threads)
    table = data.table.slice(0, SCORED)
    few: npt.NDArray[np.float32] = matrix[: len(table)]
    encoded = bundle.models.encoder.transform(table)
    predictor.predict(table.slice(0, 10))
    ours = timed(lambda: predictor.predict(table))
    alone = timed(lambda: bundle.models.purchase.probability(encoded, settings.threads))
    theirs = timed(lambda: forest.predict_proba(few))
    print(
        f"  {'trained, tested, saved':<44} {run.seconds:8.1f} s   "
        f"{run.cpu_seconds:.1f} s of processor   peak {run.peak_bytes / 2**30:.2f} GB"
    )
    print(f"  {'baseline: one forest fitted':<44} {fitting:8.1f} s")
    record("train", f"{len(data.table):,} sessions against one forest", [run.seconds], [fitting], "s")
    for what, took in (
        ("scored: purchase, revenue range, cluster", ours),
        ("scored: purchase alone", alone),
        ("baseline: forest scored", theirs),
    ):
        print(f"  {what:<44} {len(table) / took:10,.0f} sessions/s   {theirs / took:.1f} times the baseline")


def timed(work: Callable[[], object]) -> float:
    """Return the seconds a piece of work took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
