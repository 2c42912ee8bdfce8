"""AutoGluon on all of an export but one fold; run by ``against_autogluon.py`` in AutoGluon's environment."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

BEGAN = time.time()
# AutoGluon watches this clock for its limit: seconds of processor, which other work doesn't take away.
time.time = lambda: BEGAN + time.process_time()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from autogluon.tabular import TabularPredictor  # noqa: E402


def main() -> None:
    """Learn without the fold, predict it, and write both with what they took."""
    file, outcome, nominal, preset, seconds, folder = sys.argv[1:]
    sessions = pd.read_csv(file)
    for name in filter(None, nominal.split(",")):
        sessions[name] = sessions[name].astype("category")
    fold = np.load(Path(folder) / "fold.npz")
    if not np.array_equal(sessions[outcome].to_numpy(dtype=bool), fold["outcome"]):
        sys.exit("The rows aren't those the folds were dealt from.")
    held = sessions[fold["held"]]
    with tempfile.TemporaryDirectory() as models:
        began = time.process_time()
        predictor = TabularPredictor(
            label=outcome, eval_metric="average_precision", path=f"{models}/fold", verbosity=1
        ).fit(sessions[~fold["held"]], presets=preset, time_limit=int(seconds), num_cpus=1)
        learning = time.process_time() - began
        predictor.predict_proba(held.head(10))
        began = time.process_time()
        probability = predictor.predict_proba(held).iloc[:, 1].to_numpy(dtype=float)
        predicting = time.process_time() - began
    np.savez(Path(folder) / "answer.npz", probability=probability, learning=learning, predicting=predicting)


if __name__ == "__main__":
    main()
