"""Servers for the tests of this folder: in this process, and a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.base.settings import Settings
from core.services.demo import FACT
from core.storage import Store
from tests.serving import Server, serving

CSV = b"session_id,clicks,price_mean\na,5,20.5\nb,1,3\n"


def without_demo(data_dir: Path) -> Path:
    """Prepare a data folder that starts without the demo shop: it takes longer than these tests."""
    store = Store(Settings(data_dir=data_dir))
    store.remember(FACT, "yes")
    store.close()
    return data_dir


@pytest.fixture
def make_client(tmp_path: Path) -> Callable[..., TestClient]:
    """Return a maker of clients of an application in this process, by settings."""

    def make(**settings: object) -> TestClient:
        application = create_application(Settings(data_dir=tmp_path / "data", **settings))
        protect(application)
        return TestClient(application, base_url="http://localhost", raise_server_exceptions=False)

    return make


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the dashboard without the demo shop."""
    with serving(without_demo(tmp_path_factory.mktemp("served") / "data")) as running:
        yield running
