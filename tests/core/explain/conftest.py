"""One small shop for all tests of explanations: making it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.explain.build_reason_index import build_reason_index
from core.results import reason_filter
from tests.core.whatif.shop import Shop, open_shop


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A result of 700 sessions, scored by a logistic regression."""
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def provided() -> Iterator[None]:
    """Find reasons here and now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reason_filter, "_providers", [build_reason_index])
        yield
