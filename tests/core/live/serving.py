"""A real server of the API alone, in this process: what streams can't be asked through the test client."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from tests.core.live.conftest import Shop
from tests.serving import wait_until

PATIENCE = 60.0


@dataclass
class Served:
    """Where the shop's API is."""

    url: str
    shop: Shop
    server: uvicorn.Server

    def answering(self) -> int:
        """Return how many requests are being answered."""
        return len(self.server.server_state.tasks)


@contextmanager
def served(shop: Shop, port: int = 0) -> Iterator[Served]:
    """Serve a shop's API until the block ends, with its worker at work."""
    application: Any = shop.client.app
    # Without its lifespan, which asks for pages: there are none here.
    config = uvicorn.Config(application, port=port, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    ended = threading.Event()
    threads = [threading.Thread(target=server.run), threading.Thread(target=_work, args=(shop, ended))]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: server.started, what="the server to start")
        listening = server.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{listening}", shop, server)
    finally:
        application.state.stopping.set()
        server.should_exit = True
        ended.set()
        for thread in threads:
            thread.join(PATIENCE)
        application.state.stopping.clear()


def _work(shop: Shop, ended: threading.Event) -> None:
    while not ended.is_set():
        if not shop.worker.run_once():
            time.sleep(0.02)
