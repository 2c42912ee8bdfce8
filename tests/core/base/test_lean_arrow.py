"""Arrow makes arrays without pandas, and whoever needs pandas afterwards has it."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import sys
import pyarrow as pa
from core.base.lean_arrow import arrow_without_pandas

arrow_without_pandas()
table = pa.table({"n": pa.array([1, None]), "word": pa.array(["a", None])})
assert table.to_pylist()[0] == {"n": 1, "word": "a"}
assert "pandas" not in sys.modules
import pandas
assert not any("lean_xgboost" in type(finder).__module__ for finder in sys.meta_path)
"""


def test_pandas_stays_away_and_is_still_there() -> None:
    subprocess.run([sys.executable, "-c", _CODE], check=True)
