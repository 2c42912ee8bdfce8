"""XGBoost does without scikit-learn and Arrow without pandas; whoever needs them afterwards has them."""

from __future__ import annotations

import subprocess
import sys

_XGBOOST = """
import sys
import numpy as np
from core.base.libraries.lean_imports import import_xgboost

xgboost = import_xgboost()
assert not {"sklearn", "scipy.stats"} & set(sys.modules)
rows = np.arange(20, dtype=np.float32).reshape(10, 2)
booster = xgboost.train({"max_depth": 1}, xgboost.DMatrix(rows, label=rows[:, 0]), 3)
assert booster.inplace_predict(rows).std() > 0
assert import_xgboost() is xgboost
from sklearn.linear_model import LogisticRegression
assert not any("lean_imports" in type(finder).__module__ for finder in sys.meta_path)
"""
_ARROW = """
import sys
import pyarrow as pa
from core.base.libraries.lean_imports import arrow_without_pandas

arrow_without_pandas()
table = pa.table({"n": pa.array([1, None]), "word": pa.array(["a", None])})
assert table.to_pylist()[0] == {"n": 1, "word": "a"}
assert "pandas" not in sys.modules
import pandas
assert not any("lean_imports" in type(finder).__module__ for finder in sys.meta_path)
"""


def test_scikit_learn_stays_away_and_is_still_there() -> None:
    subprocess.run([sys.executable, "-c", _XGBOOST], check=True)


def test_pandas_stays_away_and_is_still_there() -> None:
    subprocess.run([sys.executable, "-c", _ARROW], check=True)
