"""Ready or not, part by part; figures for Prometheus, for who may read them; a name for each request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.api.base.permissions import needs
from core.base.settings import Settings
from core.jobs.heartbeat import SILENT_SECONDS, beat
from core.storage import get_store
from tests.conftest import ROOT

ANYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens there
TOKEN = "a token of sixteen or more"


@pytest.fixture
def make_client(tmp_path: Path) -> Callable[..., TestClient]:
    def make(client: str = "127.0.0.1", **settings: object) -> TestClient:
        application = create_application(Settings(data_dir=tmp_path / "data", **settings))

        @application.get("/visits/{visit_id}", dependencies=[needs("results.read")])
        async def visit(visit_id: str) -> dict[str, str]:
            return {"id": visit_id}

        protect(application)
        return TestClient(application, base_url="http://localhost", client=(client, 50000))

    return make


def with_worker(settings: Settings) -> Path:
    lock = get_store(settings).data_dir / "worker-0.lock"
    lock.touch()
    beat(lock)
    return lock


def parts(client: TestClient) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz", headers={"host": "10.1.2.3:8050"})
    return answer.status_code, {name: part["state"] for name, part in answer.json()["parts"].items()}


def figures(client: TestClient, **labels: str) -> dict[str, float]:
    """Return the samples with these labels, by name."""
    text = client.get("/metrics").text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if labels.items() <= sample.labels.items()
    }


def test_ready_once_a_worker_runs(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    settings: Settings = client.app.state.settings
    assert parts(client) == (503, {"database": "ok", "worker": "failing", "disk": "ok", "model": "ok"})
    lock = with_worker(settings)
    assert parts(client) == (200, {"database": "ok", "worker": "ok", "disk": "ok", "model": "ok"})

    os.utime(lock, (0, lock.stat().st_mtime - SILENT_SECONDS - 1))
    assert parts(client)[1]["worker"] == "failing"
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_model_that_is_gone_and_a_disk_below_its_reserve_are_told(
    make_client: Callable[..., TestClient], tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "models" / "demo-shop", tmp_path / "models" / "demo-shop")
    client = make_client(models_dir=tmp_path / "models", min_free_bytes=2**62)
    with_worker(client.app.state.settings)
    # Nothing can be uploaded, but everything can be read: other than when it can't work at all.
    assert parts(client) == (200, {"database": "ok", "worker": "ok", "disk": "warning", "model": "ok"})
    (tmp_path / "models" / "demo-shop" / "manifest.json").unlink()
    assert parts(client)[1]["model"] == "failing"
    assert figures(client, part="model")["predictor_ready"] == 0


def test_a_database_that_is_away_is_told_without_its_address(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, DATABASE_URL="postgresql://me:secret@127.0.0.1:1/shop")
    application = create_application(settings)
    protect(application)
    client = TestClient(application, base_url="http://localhost", client=("127.0.0.1", 50000))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == {
        "state": "failing",
        "message": "The database can't be reached or read.",
    }
    # What can be told without it still is.
    assert figures(client, part="database") == {"predictor_ready": 0.0}


def test_figures_that_cannot_be_told_are_an_error_with_a_reference_in_the_log(
    make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(settings: Settings) -> bytes:
        raise RuntimeError

    monkeypatch.setattr("core.monitoring.exposition.exposition", broken)
    answer = make_client().get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert answer.headers["x-request-id"] in caplog.text


def test_metrics_are_for_this_machine_allowed_networks_and_who_has_the_token(
    make_client: Callable[..., TestClient],
) -> None:
    def status(client: str, headers: dict[str, str] | None = None, **settings: object) -> int:
        made = make_client(client, host=ANYWHERE, password_hash="x", **settings)
        return made.get("/metrics", headers=headers).status_code

    assert status("127.0.0.1") == 200
    # A page elsewhere that gave a name of its own this machine's address.
    assert status("127.0.0.1", {"host": "page.example"}) == 401
    assert status("127.0.0.1", {"x-forwarded-for": "203.0.113.7"}) == 401
    assert status("203.0.113.7") == 401
    assert status("10.0.0.9", metrics_networks=("10.0.0.0/24",)) == 200
    assert status("10.0.1.9", metrics_networks=("10.0.0.0/24",)) == 401
    right, wrong = ({"authorization": f"Bearer {token}"} for token in (TOKEN, TOKEN[:-1]))
    assert status("203.0.113.7", right, metrics_token=TOKEN) == 200
    assert status("203.0.113.7", wrong, metrics_token=TOKEN) == 401
    assert status("127.0.0.1", wrong, metrics_token=TOKEN) == 401
    assert status("203.0.113.7", right) == 401


def test_requests_are_counted_by_the_template_of_their_route(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    before = figures(client, route="/visits/{visit_id}", status="200")
    client.get("/visits/anna@mail.example")
    client.get("/visits/anna@mail.example")
    after = figures(client, route="/visits/{visit_id}", status="200")
    name = "predictor_http_requests_total"
    assert after[name] - before.get(name, 0) == 2
    assert "anna" not in client.get("/metrics").text
    assert client.get("/nowhere/at/all").status_code == 404
    assert figures(client, route="none", status="404")[name] >= 1


def test_jobs_and_their_queue_are_counted_where_they_are_kept(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    answer = client.put("/api/uploads/visits.csv", content=b"session_id,clicks,price_mean\na,5,20.5\nb,1,3\n")
    assert answer.status_code == 201
    assert figures(client, kind="scoring", state="queued")["predictor_jobs"] == 1
    waiting = figures(client, kind="scoring")
    assert waiting["predictor_queue_length"] == 1
    assert 0 <= waiting["predictor_queue_oldest_seconds"] < 600
    result = get_store(client.app.state.settings).results()[0]
    assert result.request == answer.headers["x-request-id"]


def test_a_request_has_the_name_a_trusted_proxy_gave_it(make_client: Callable[..., TestClient]) -> None:
    def name(client: str, said: str) -> str:
        made = make_client(client, trusted_proxies=("10.0.0.1",), host=ANYWHERE, password_hash="x")
        return made.get("/healthz", headers={"x-request-id": said}).headers["x-request-id"]

    assert name("10.0.0.1", "edge-42") == "edge-42"
    assert name("10.0.0.1", "no spaces\tor worse") != "no spaces\tor worse"
    assert name("10.0.0.2", "edge-42") != "edge-42"
