"""Libraries without others that they import for what nobody uses here.

XGBoost would take scikit-learn and SciPy's statistics along: a second of processor time and 60 MB before the
first session is scored. Arrow imports pandas with the first list that becomes an array, just to see what
that is: 25 MB.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

_OPTIONAL = "sklearn"


class _Missing(MetaPathFinder):
    """Says of a package that it isn't installed, in the thread that made this and in no other."""

    def __init__(self, package: str) -> None:
        self.package, self.thread = package, threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        if name == self.package and threading.get_ident() == self.thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Import modules in here: to look for garbage among what they make, all of which stays, takes a fifth."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def import_xgboost() -> Any:  # noqa: ANN401 (the module)
    """Return the module ``xgboost``, imported without scikit-learn unless that is there already."""
    if "xgboost" not in sys.modules:
        missing = _Missing(_OPTIONAL)
        sys.meta_path.insert(0, missing)
        try:
            import xgboost
        finally:
            sys.meta_path.remove(missing)
    import xgboost

    return xgboost


def scipy_special() -> Any:  # noqa: ANN401 (the module)
    """Return SciPy's special functions: 9 MB that a process which waits for work does without."""
    from scipy import special

    return special


def arrow_without_pandas() -> None:
    """Let Arrow take pandas for not installed in this process, unless it is there already."""
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    missing = _Missing("pandas")
    sys.meta_path.insert(0, missing)
    try:
        pa.array([0])  # looks for it once
    finally:
        sys.meta_path.remove(missing)
