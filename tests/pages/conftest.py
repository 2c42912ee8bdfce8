"""A shop with a model and a scored export, and a client of its pages: for each file of tests its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.whatif.shop import Shop, open_shop
from tests.pages.dashing import Client, given


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(shop: Shop) -> Iterator[Client]:
    from app import server

    with given(server, shop.settings) as opened:
        yield opened
