"""XGBoost predicts without scikit-learn, and whoever needs scikit-learn afterwards has it."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import sys
import numpy as np
from core.base.lean_xgboost import import_xgboost

xgboost = import_xgboost()
assert not {"sklearn", "scipy.stats"} & set(sys.modules)
rows = np.arange(20, dtype=np.float32).reshape(10, 2)
booster = xgboost.train({"max_depth": 1}, xgboost.DMatrix(rows, label=rows[:, 0]), 3)
assert booster.inplace_predict(rows).std() > 0
assert import_xgboost() is xgboost
from sklearn.linear_model import LogisticRegression
assert not any("lean_xgboost" in type(finder).__module__ for finder in sys.meta_path)
"""


def test_scikit_learn_stays_away_and_is_still_there() -> None:
    subprocess.run([sys.executable, "-c", _CODE], check=True)
