"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

# The same examples in every run: what fails fails again, and what passed here passes elsewhere.
hypothesis.settings.register_profile("steady", derandomize=True)
hypothesis.settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real exports beside the checkout; tests that read it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real exports (../shared/data) are not on this machine")
    return SHARED_DATA
