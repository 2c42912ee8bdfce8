"""Fixtures every test may use."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import certifi
import hypothesis
import pytest

from tests.memory import work_in_memory
from tests.scheduling import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_runtest_logreport,
    pytest_sessionfinish,
)
from tests.shared import shared_place

__all__ = [
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_runtest_logreport",
    "pytest_sessionfinish",
    "shared_place",
]

# The same examples in every run: what fails fails again, and what passed here passes elsewhere. At night
# there are others each time (HYPOTHESIS_PROFILE=nightly); what they find belongs into an @example.
# How long an example takes, or making one, tells of the machine and not of the code.
unhurried: Any = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("steady", derandomize=True, **unhurried)
hypothesis.settings.register_profile("nightly", derandomize=False, print_blob=True, **unhurried)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# Several processes share few cores: a thread that waits by spinning takes them from one that works. Set
# before anything loads OpenMP or BLAS, and for every server and worker started from here.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# What is set for a server of whoever runs the tests is nothing to them, nor to what they start.
for name in [name for name in os.environ if name == "DATABASE_URL" or name.startswith("PREDICTOR_")]:
    del os.environ[name]

# Training takes a while: tests of own models switch them on, all others score with the model they name.
os.environ["PREDICTOR_OWN_MODELS"] = "0"

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
SHIPPED = ROOT / "models" / "demo-shop"


def pytest_configure(config: pytest.Config) -> None:
    """Give each process of a run folders of its own, in which nothing but the shipped model stands.

    What ``make run`` uploads and trains in the tree is nothing to tests, nor to what they start.
    """
    # Until all are collected: to look for garbage among what is loaded, all of which stays, takes a while.
    gc.disable()
    if not hasattr(config, "workerinput"):
        work_in_memory(config)
    folder = Path(tempfile.mkdtemp(prefix="predictor-tests-"))
    config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
    config.add_cleanup(gc.unfreeze)
    shutil.copytree(SHIPPED, folder / "models" / SHIPPED.name)
    os.environ["PREDICTOR_MODELS_DIR"] = str(folder / "models")
    os.environ["PREDICTOR_DATA_DIR"] = str(folder / "data")
    # Each client of httpx reads all authorities there are, which takes longer than most requests: one is
    # enough where all servers are on this machine.
    one, end, _ = certifi.contents().partition("-----END CERTIFICATE-----")
    authority = folder / "authority.pem"
    authority.write_text(f"{one}{end}\n", encoding="ascii")
    os.environ["SSL_CERT_FILE"] = str(authority)


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not among what is loaded."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real exports beside the checkout; tests that read it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real exports (../shared/data) are not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hash passwords at next to no cost: what argon2 takes from a guesser it takes from tests as well."""
    # Nothing of the product is loaded before the environment above is set.
    from argon2 import PasswordHasher

    from core.accounts import passwords

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_databases() -> Iterator[None]:
    """Make the tables of new databases by a script."""
    from core.database import opening
    from tests.migrated import migrate_by_script

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "migrate", migrate_by_script)
        yield
