"""What is dear to make and the same for everyone is made once a run, and copied to whoever needs it.

The processes of a run share a folder beside their own temporary ones. The first to need something makes it
there, the others wait for it; each gets a copy, which it may write to.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

MADE = ".made"
_places: list[Path] = []


@pytest.fixture(scope="session", autouse=True)
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tell where this run's shared things lie."""
    own = tmp_path_factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    place.mkdir(exist_ok=True)
    _places.append(place)
    return place


def copy_of(name: str, folder: Path, make: Callable[[Path], object]) -> Path:
    """Fill ``folder`` with what ``make`` puts into the empty folder it is given; return ``folder``.

    ``name`` stands for what ``make`` makes: it is called at most once a run with each.
    """
    original = _places[-1] / name
    with original.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (original / MADE).exists():
            shutil.rmtree(original, ignore_errors=True)
            original.mkdir()
            make(original)
            (original / MADE).touch()
    shutil.copytree(original, folder, ignore=shutil.ignore_patterns(MADE), dirs_exist_ok=True)
    return folder
