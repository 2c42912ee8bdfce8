"""One small shop for all tests of explanations: making it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.whatif.shop import Shop, open_shop


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A result of 700 sessions, scored by a logistic regression."""
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened
