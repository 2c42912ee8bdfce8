"""Figures of a real server: all its workers' together, also after one was killed; its log in JSON."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.base.settings import Settings
from core.services.demo import FACT
from core.storage import Store
from tests.serving import serving, wait_until

WORKERS = 2
CSV = b"session_id,clicks,price_mean\na,5,20.5\nb,1,3\n"


def counted(url: str, route: str) -> float:
    text = httpx.get(f"{url}/metrics", timeout=30).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "predictor_http_requests_total" and sample.labels["route"] == route
    )


def web_workers(server: psutil.Process) -> list[psutil.Process]:
    (master,) = (child for child in server.children() if "gunicorn" in " ".join(child.cmdline()))
    return master.children()


@pytest.mark.server
def test_workers_count_together_and_a_job_carries_its_request(tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path / "data"))
    store.remember(FACT, "yes")
    store.close()
    settings = {"PREDICTOR_WEB_WORKERS": str(WORKERS), "PREDICTOR_LOG_FORMAT": "json"}
    with serving(tmp_path / "data", **settings, PREDICTOR_LOG_LEVEL="info") as server:
        wait_until(
            lambda: httpx.get(f"{server.url}/readyz", timeout=30).status_code == 200, what="it to be ready"
        )
        for _ in range(20):
            # A connection each: workers take turns.
            assert httpx.get(f"{server.url}/api/nothing", timeout=30).status_code == 404
        assert counted(server.url, "/api/{rest:path}") + counted(server.url, "none") >= 20
        before = {route: counted(server.url, route) for route in ("/healthz", "/api/{rest:path}", "none")}
        master = psutil.Process(server.process.pid)
        workers = web_workers(master)
        assert len(workers) == WORKERS
        os.kill(workers[0].pid, signal.SIGKILL)

        def is_replaced() -> bool:
            now = web_workers(master)
            return workers[0] not in now and len(now) == WORKERS

        wait_until(is_replaced, what="another worker")
        assert all(counted(server.url, route) >= count for route, count in before.items())
        answer = httpx.put(f"{server.url}/api/uploads/visits.csv", content=CSV, timeout=60)
        job = f"ingest of job {answer.json()['result_id']}"
        wait_until(lambda: f"{job} ends" in server.log.read_text(), what="its first step")
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    mine = [line for line in lines if line.get("request_id") == answer.headers["x-request-id"]]
    assert {"request", f"{job} begins"} <= {line["message"] for line in mine}
    assert len({line["process"] for line in mine}) == 2
