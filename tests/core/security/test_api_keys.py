"""An API key opens what the session cookie opens under ``/api``, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.base.settings import Settings
from core.keys import make_key, revoke_key
from core.security import guard, set_password

PASSWORD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data", host="0.0.0.0")  # noqa: S104
    set_password(PASSWORD, made)
    return made


@pytest.fixture
def make_client(settings: Settings) -> Iterator[Callable[[], TestClient]]:
    def make() -> TestClient:
        application = create_application(settings)
        protect(application)
        return TestClient(
            application,
            base_url="http://shop.example",
            client=("192.0.2.7", 5),
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    return make


def bearer(secret: str, **more: str) -> dict[str, Any]:
    return {"headers": {"authorization": f"Bearer {secret}", **more}}


def test_a_key_is_as_good_as_signing_in(make_client: Callable[[], TestClient], settings: Settings) -> None:
    client = make_client()
    _, secret = make_key("Warehouse", scopes=["results.read"], settings=settings)
    assert client.get("/api/me").status_code == 401
    assert client.get("/api/me", **bearer(secret)).status_code == 200
    assert client.get("/api/me", **bearer(f"  {secret} ")).status_code == 200


def test_a_key_opens_no_page(make_client: Callable[[], TestClient], settings: Settings) -> None:
    _, secret = make_key("Warehouse", scopes=["results.read"], settings=settings)
    answer = make_client().get("/results", **bearer(secret, accept="text/html"))
    assert answer.status_code == 303
    assert make_client().post("/_dash-update-component", **bearer(secret)).status_code == 401


def test_a_key_that_is_none_is_refused_even_where_no_password_is_asked_for(tmp_path: Path) -> None:
    application = create_application(Settings(data_dir=tmp_path))
    protect(application)
    client = TestClient(application, base_url="http://localhost", client=("127.0.0.1", 5))
    assert client.get("/api/me").status_code == 200
    answer = client.get("/api/me", **bearer("scsp_nothing"))
    assert (answer.status_code, answer.json()["code"]) == (401, "key")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_stops_in_every_worker(
    make_client: Callable[[], TestClient], settings: Settings
) -> None:
    workers = make_client(), make_client()
    key, secret = make_key("Warehouse", scopes=["results.read"], settings=settings)
    assert [worker.get("/api/me", **bearer(secret)).status_code for worker in workers] == [200, 200]
    revoke_key(key.id, settings)
    assert [worker.get("/api/me", **bearer(secret)).status_code for worker in workers] == [401, 401]


def test_all_workers_count_a_key_s_requests_together(
    make_client: Callable[[], TestClient], settings: Settings
) -> None:
    workers = make_client(), make_client()
    _, secret = make_key("Warehouse", scopes=["results.read"], rate=2, settings=settings)
    codes = [workers[n % 2].get("/api/me", **bearer(secret)) for n in range(3)]
    assert [answer.status_code for answer in codes] == [200, 200, 429]
    assert int(codes[-1].headers["retry-after"]) in range(1, 31)
    assert set(codes[-1].json()) == {"code", "message", "where", "remedy"}


def test_a_key_gets_nobody_in_where_nobody_can_sign_in(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, host="0.0.0.0")  # noqa: S104
    _, secret = make_key("Warehouse", scopes=["results.read"], settings=settings)
    application = create_application(settings)
    protect(application)
    client = TestClient(application, base_url="http://shop.example", client=("192.0.2.7", 5))
    assert client.get("/api/me", **bearer(secret)).status_code == 403


def test_a_database_that_is_away_is_asked_again_later(
    make_client: Callable[[], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(guard, "identity_of_key", away)
    answer = make_client().get("/api/me", **bearer("scsp_nothing"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
