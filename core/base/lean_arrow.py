"""Arrow without pandas, which it imports with the first list that becomes an array, just to see what that is.

A process that never makes a table of pandas does without its 25 MB.
"""

from __future__ import annotations

import sys

from core.base.lean_xgboost import Missing


def arrow_without_pandas() -> None:
    """Let Arrow take pandas for not installed in this process, unless it is there already."""
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    missing = Missing("pandas")
    sys.meta_path.insert(0, missing)
    try:
        pa.array([0])  # looks for it once
    finally:
        sys.meta_path.remove(missing)
