"""A PostgreSQL that goes away or is killed: whoever sends is told to wait, and each event counts once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.base.errors import UnavailableError
from core.live import database
from core.live.database import only_worker
from core.live.processing import Processor
from core.live.scores import waiting
from core.services.demo import FACT
from core.storage import Store
from tests.conftest import ROOT
from tests.core.live.conftest import Shop, shop_at
from tests.core.live.test_real_clients import PAUSE, each_counts_once, kill
from tests.postgres import Cluster, new_cluster
from tests.serving import serving, wait_until

pytestmark = pytest.mark.slow

SECONDS = 300
SENDERS, VISITORS = 4, 7


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Start a cluster of a test's own, which writes as a real one does."""
    made = new_cluster()
    made.start("-c fsync=on")
    yield made
    while database._shared:
        database._shared.popitem()[1].close()
    made.kill()
    made.remove()


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Iterator[Shop]:
    yield from shop_at(tmp_path, live_database=f"{cluster.url}/postgres")


def view(n: int) -> dict[str, Any]:
    return {"event_type": "page_view", "visitor_id": f"v{n % VISITORS}", "event_id": f"e{n}"}


def seen(shop: Shop) -> int:
    return sum(shop.visitor(f"v{n}").get("events_seen") or 0 for n in range(VISITORS))


def test_away_it_is_503_and_back_all_goes_on(shop: Shop, cluster: Cluster) -> None:
    assert shop.events(view(0)).status_code == 200
    shop.worker.work_off()
    assert shop.events(view(1)).status_code == 200

    cluster.stop()
    answer = shop.events(view(2))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    asked = shop.client.get("/api/live/visitors/v0", headers={"authorization": f"Bearer {shop.secret_key}"})
    assert (asked.status_code, asked.json()["code"]) == (503, "unavailable")
    with pytest.raises(UnavailableError):
        shop.worker.run_once()

    cluster.start()
    assert shop.events(view(2)).status_code == 200
    assert shop.events(view(1)).status_code == 200  # sent again, as by who had no answer
    shop.worker.work_off()
    assert seen(shop) == 3


def test_one_worker_works_and_one_that_lost_its_place_can_change_nothing(
    shop: Shop, cluster: Cluster
) -> None:
    shop.events(view(0))
    with only_worker(shop.settings) as ours:
        assert ours is not None
        with only_worker(shop.settings) as other:
            assert other is None
        cluster.stop()
        cluster.start()
        late = Processor(shop.settings, ours)
        with pytest.raises(UnavailableError):
            late.run_once()
        late.close()
        assert ours.is_lost
        with only_worker(shop.settings) as another:
            assert another is not None
    shop.worker.work_off()
    assert seen(shop) == 1


def test_worker_and_database_killed_under_load_lose_and_double_nothing(shop: Shop, cluster: Cluster) -> None:
    taken: list[int] = []
    stopping = threading.Event()
    headers = {"authorization": f"Bearer {shop.write_key}"}

    def send(sender: int) -> None:
        client = TestClient(shop.client.app, base_url="http://localhost", raise_server_exceptions=False)
        for n in range(sender * 100_000, (sender + 1) * 100_000):
            while not stopping.is_set():  # as SDKs do: again, until it was answered
                answer = client.post("/api/live/events", json={"events": [view(n)]}, headers=headers)
                if answer.status_code == 200:
                    taken.append(n)
                    break
                time.sleep(PAUSE)
            stopping.wait(PAUSE)

    def more(n: int) -> None:
        enough = len(taken) + n
        wait_until(lambda: len(taken) > enough, seconds=SECONDS, what="events to be taken")

    workers = [worker(shop) for _ in range(2)]
    try:
        with ThreadPoolExecutor(SENDERS) as pool:
            sending = [pool.submit(send, sender) for sender in range(SENDERS)]
            try:
                more(50)
                wait_until(lambda: seen(shop), seconds=SECONDS, what="a score")
                workers[0].kill()
                more(50)
                cluster.kill()
                time.sleep(0.5)
                cluster.start("-c fsync=on")
                more(50)
            finally:
                stopping.set()
        assert [future.exception() for future in sending] == [None] * SENDERS
        wait_until(lambda: waiting(shop.settings) == 0, seconds=SECONDS, what="the inbox to be worked off")
        # What was sent but not answered may be there too: as many as there are senders, at most.
        assert len(taken) <= seen(shop) <= len(taken) + SENDERS
        assert shop.rows("SELECT count(*) - count(DISTINCT event_id) FROM events") == [(0,)]
    finally:
        for process in workers:
            process.kill()
            process.wait()


def worker(shop: Shop) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PREDICTOR_DATA_DIR": str(shop.settings.data_dir),
        "PREDICTOR_LIVE_DATABASE": str(shop.settings.live_database),
    }
    return subprocess.Popen([sys.executable, "-m", "core", "live-work"], cwd=ROOT, env=environment)


@pytest.mark.server
def test_web_processes_killed_and_a_database_that_is_away_lose_and_double_nothing(
    shop: Shop, cluster: Cluster
) -> None:
    """Gunicorn and the database, each under load, with a server as it is started."""
    store = Store(shop.settings)
    store.remember(FACT, "yes")
    store.close()

    def away() -> None:
        cluster.stop()
        cluster.start()

    with serving(shop.settings.data_dir, PREDICTOR_LIVE_DATABASE=f"{cluster.url}/postgres") as server:
        kill_web = partial(kill, server, "gunicorn")
        each_counts_once(server, shop.write_key, shop.secret_key, [kill_web, away])
