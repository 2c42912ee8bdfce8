"""Which engine answers with the shipped trees fastest, and whether it gives the same numbers.

The trees of ``models/demo-shop`` (purchase, amount and its spread) on simulated sessions: by XGBoost in
place and by a DMatrix, by treelite's interpreter, compiled to C from treelite; beside them a
scikit-learn forest of the same size, which can only ever give other numbers. What isn't installed
(requirements-bench.txt) is left out. Every engine runs in one thread: batches are spread over threads.

    python benchmarks/engines.py [--sessions 200000]
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import xgboost  # noqa: E402

from benchmarks.measure import machine  # noqa: E402
from core.bundle.models import BoostedTrees, with_state  # noqa: E402
from core.bundle.repository import load_bundle  # noqa: E402
from core.features import rows_of  # noqa: E402
from core.scoring.steps import BATCH_ROWS  # noqa: E402
from core.simulate import simulate_events  # noqa: E402

TOLERANCE = 1e-6
ROUNDS = 5
Engine = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Answer all batches with every engine and print seconds and differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=200_000)
    n_sessions = parser.parse_args().sessions
    models = load_bundle("demo-shop").models
    rows = rows_of(simulate_events(n_sessions, seed=17))
    whole = models.encoder.transform(rows)
    state = np.zeros(len(whole), dtype=bool)
    batches = np.array_split(with_state(whole, state), max(len(whole) // BATCH_ROWS, 1))
    print(f"{machine()}: {len(whole):,} sessions, {whole.shape[1] + 1} columns, one thread")
    all_trees = {
        "purchase": models.purchase.classifier,
        "amount": models.revenue.trees,
        "spread": models.revenue.spread,
    }
    for name, trees in all_trees.items():
        compare(name, trees, batches)


def compare(name: str, trees: BoostedTrees, batches: list[np.ndarray]) -> None:
    """Print what every engine takes for all batches, and how far its answers are from ours."""
    ours = np.concatenate([trees.predict(batch, 1) for batch in batches])
    print(f"  {name}: {trees.booster().num_boosted_rounds()} trees")
    with tempfile.TemporaryDirectory() as folder:
        for label, engine in engines(trees, batches[0], ours[: len(batches[0])], Path(folder)):
            seconds = min(timed(engine, batches) for _ in range(ROUNDS))
            theirs = np.concatenate([engine(batch).ravel() for batch in batches])
            difference = float(np.abs(theirs - ours).max())
            verdict = "the same" if difference <= TOLERANCE else f"off by {difference:.1g}"
            print(f"    {label:<22} {seconds:6.3f} s  {len(ours) / seconds:>12,.0f} a second  {verdict}")


def timed(engine: Engine, batches: list[np.ndarray]) -> float:
    """Return the processor seconds of this thread for all batches."""
    began = time.thread_time()
    for batch in batches:
        engine(batch)
    return time.thread_time() - began


def engines(
    trees: BoostedTrees, batch: np.ndarray, answers: np.ndarray, folder: Path
) -> Iterator[tuple[str, Engine]]:
    """Yield every engine there is with its name."""
    booster = trees.booster()
    yield "XGBoost in place", booster.inplace_predict
    yield "XGBoost DMatrix", lambda rows: booster.predict(xgboost.DMatrix(rows, nthread=1))
    if importlib.util.find_spec("treelite"):
        import treelite

        model = treelite.frontend.from_xgboost(booster)
        yield "treelite", lambda rows: np.asarray(treelite.gtil.predict(model, rows, nthread=1))
        if importlib.util.find_spec("tl2cgen"):
            yield "treelite, compiled", compiled(model, folder)
    yield "scikit-learn forest", forest(booster, batch, answers)


def compiled(model: Any, folder: Path) -> Engine:
    """Return the trees as a compiled library (needs a C compiler)."""
    import tl2cgen

    library = folder / "trees.so"
    tl2cgen.export_lib(model, toolchain="gcc", libpath=library, params={"parallel_comp": 8})
    predictor = tl2cgen.Predictor(library, nthread=1)
    return lambda rows: np.asarray(predictor.predict(tl2cgen.DMatrix(rows)))


def forest(booster: Any, batch: np.ndarray, answers: np.ndarray) -> Engine:
    """Return a forest with as many trees, of the same depth, that has learned to answer alike."""
    from sklearn.ensemble import RandomForestRegressor

    depth = max(line.count("\t") for tree in booster.get_dump() for line in tree.splitlines())
    model = RandomForestRegressor(booster.num_boosted_rounds(), max_depth=depth, random_state=0, n_jobs=1)
    model.fit(batch[:10_000], answers[:10_000])
    return lambda rows: np.asarray(model.predict(rows))


if __name__ == "__main__":
    main()
