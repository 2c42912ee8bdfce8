"""How good purchase predictions are: the ordinary training against AutoGluon, on the same folds.

    python -m venv OTHER && OTHER/bin/pip install 'autogluon.tabular[lightgbm,xgboost,catboost]'
    python benchmarks/quality/against_autogluon.py FILE --outcome Revenue --nominal Browser,Region \
        --other OTHER/bin/python [--folds 2] [--seconds 120]

FILE is an export of session rows. The folds are those of ``python -m core evaluate FILE --cv 5``. Both learn
on one thread and neither sees the fold. AutoGluon's limit is in seconds of processor, so that a busy machine
takes nothing from it. Prints each fold's figures, their difference with a 95% interval (sessions drawn
again), and what learning and predicting took of the processor.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from benchmarks.measure import machine, measure  # noqa: E402
from core.base.progress import silent  # noqa: E402
from core.base.settings import get_settings  # noqa: E402
from core.ingest import ingest  # noqa: E402
from core.scoring.steps import make_sessions  # noqa: E402
from core.stats.arrays import Flags, Vector  # noqa: E402
from core.stats.calibration import expected_calibration_error  # noqa: E402
from core.stats.ranked import RankedOutcomes  # noqa: E402
from core.stats.ranking import area_under_roc, average_precision  # noqa: E402
from core.training.cross_validation import without_fold  # noqa: E402
from core.training.data.loading import with_outcome  # noqa: E402
from core.training.data.splits import TEST, number_visitors  # noqa: E402
from core.training.purchase.candidates import load_libraries  # noqa: E402
from core.training.purchase.contest import deal  # noqa: E402
from core.training.purchase.options import QUICK  # noqa: E402
from core.training.purchase.training import train_purchase  # noqa: E402

FOLDS, RESAMPLES, TIMES = 5, 400, 7
OTHER = Path(__file__).with_name("autogluon_fold.py")


def main() -> None:
    """Train both without each fold, and print how they do on it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--outcome", required=True, help="column of FILE that says who bought")
    parser.add_argument("--nominal", default="", help="columns of FILE whose numbers are names")
    parser.add_argument("--other", type=Path, required=True, help="python of AutoGluon's environment")
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--preset", default="best_quality")
    asked = parser.parse_args()
    os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
    print(machine())
    load_libraries()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = ingest(asked.file, folder, settings=get_settings())
        sessions = make_sessions(folder, report, folder / "features.parquet", settings=get_settings())
        table = with_outcome(pq.read_table(sessions))
        purchased = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
        visitor, _ = number_visitors(table)
        fold_of = deal(purchased, visitor, FOLDS, 0)
        for fold in range(asked.folds):
            data = without_fold(table, purchased, visitor, fold_of == fold, 0)
            ours, learning, predicting = ordinary(data)
            held = purchased[data.rows(TEST)]
            print(f"fold {fold}: {len(held):,} sessions, {held.sum():,} buyers")
            told("product", ours, held, learning, predicting)
            np.savez(folder / "fold.npz", outcome=purchased, held=fold_of == fold)
            theirs, learning, predicting = autogluon(asked, folder)
            told(f"AutoGluon, {asked.preset}", theirs, held, learning, predicting)
            compared(ours, theirs, held)


def ordinary(data) -> tuple[Vector, float, float]:
    """Return the product's probabilities of the test slice, and the seconds of learning and predicting."""
    began = time.process_time()
    model = train_purchase(data, seed=0, progress=silent, options=QUICK).model
    learning = time.process_time() - began
    rows = data.rows(TEST)
    table = data.table.take(rows)
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        probability = model.probability(data.encoder.transform(table), 1)
        took.append(time.process_time() - began)
    return probability, learning, float(np.median(took))


def autogluon(asked: argparse.Namespace, folder: Path) -> tuple[Vector, float, float]:
    """Return the same of AutoGluon, from a process of its own environment."""
    told = [str(asked.file), asked.outcome, asked.nominal, asked.preset, str(asked.seconds), str(folder)]
    measure([str(asked.other), str(OTHER), *told], quiet=True)
    found = np.load(folder / "answer.npz")
    return found["probability"], float(found["learning"]), float(found["predicting"])


def told(name: str, probability: Vector, outcome: Flags, learning: float, predicting: float) -> None:
    """Print how good probabilities are and what they took."""
    ranked = RankedOutcomes.of_probabilities(probability, outcome)
    print(
        f"  {name:<24} ROC-AUC {area_under_roc(ranked):.4f}   PR-AUC {average_precision(ranked):.4f}   "
        f"calibration error {expected_calibration_error(ranked):.2%}   "
        f"learning {learning:.1f} s of processor   {1e6 * predicting / len(outcome):.1f} µs a session"
    )


def compared(ours: Vector, theirs: Vector, outcome: Flags) -> None:
    """Print by how much the product is ahead."""
    random = np.random.default_rng(0)
    ranked = [RankedOutcomes.of(score, outcome) for score in (ours, theirs)]
    drawn = [np.ones(len(outcome))]
    drawn += [
        random.multinomial(len(outcome), np.full(len(outcome), 1 / len(outcome))).astype(float)
        for _ in range(RESAMPLES)
    ]
    for label, area in (("ROC-AUC", area_under_roc), ("PR-AUC", average_precision)):
        gains = [area(ranked[0].weighed(weight)) - area(ranked[1].weighed(weight)) for weight in drawn]
        low, high = np.quantile(gains[1:], [0.025, 0.975])
        print(f"  product ahead, {label:<8} {gains[0]:+.4f} ({low:+.4f} to {high:+.4f})")


if __name__ == "__main__":
    main()
