"""What is imported before a training has threads: two that import one package may each wait for the other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.serving import ROOT

_STARTS = {
    "search": "search.search([], None, options=DEFAULTS, seed=0, progress=silent)",
    "training": "train._fit(None, 0, DEFAULTS, None, silent)",
}
_CODE = """
import sys
from core.base.progress import silent
from core.training import train
from core.training.purchase import search
from core.training.purchase.options import DEFAULTS

def side_by_side(*work):
    print(*sys.modules)
    raise SystemExit

train.side_by_side = search.side_by_side = side_by_side
"""


@pytest.mark.slow
@pytest.mark.parametrize("start", _STARTS)
def test_threads_find_imported_what_they_share(start: str) -> None:
    command = [sys.executable, "-c", _CODE + _STARTS[start]]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {"xgboost", "sklearn.base", "sklearn.cluster", "sklearn.linear_model", "sklearn.metrics"} <= {
        *loaded
    }
