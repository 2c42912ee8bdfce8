"""Signing in with an account, in this process: set-up, back-off, codes, links, and what ends a session."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.accounts import links, people, totp
from core.accounts.people import add_person, remove_person, set_role
from core.api import create_application, protect
from core.api.base.permissions import needs
from core.audit import entries
from core.base.identity import identity
from core.base.settings import Settings
from core.security import set_password, streams
from core.security.attempts import ALLOWED
from core.security.sessions import COOKIE
from tests.core.accounts.conftest import PASSWORD, settings

__all__ = ["settings"]
ANNA = {"email": "anna@shop.example", "password": PASSWORD}
BEN = {"email": "ben@shop.example", "name": "Ben", "role": "analyst", "password": PASSWORD}
MakeClient = Callable[..., TestClient]


@pytest.fixture
def make_client(tmp_path: Path) -> MakeClient:
    """Return a maker of clients, each of a worker of its own on the same data folder."""

    def make(client: str = "127.0.0.1", **more: object) -> TestClient:
        application = create_application(Settings(data_dir=tmp_path, **more))

        @application.get("/who", dependencies=[needs("results.read")])
        async def who() -> dict[str, str]:
            return {"name": identity().name, "role": identity().role, "via": identity().via}

        @application.websocket("/socket", dependencies=[needs("results.read")])
        async def socket(websocket: WebSocket) -> None:
            await websocket.accept()
            while True:
                await websocket.send_text(await websocket.receive_text())

        protect(application)
        return TestClient(
            application, base_url="http://localhost", follow_redirects=False, client=(client, 50000)
        )

    return make


@pytest.fixture
def anna(settings: Settings) -> str:
    return add_person(**ANNA, name="Anna", role="admin", settings=settings).id


def test_setting_up_makes_the_administrator_and_closes_the_door(make_client: MakeClient) -> None:
    client, other = make_client(), make_client()
    assert client.get("/who").json()["via"] == "open"
    refused = client.post("/set-up", data={**ANNA, "name": "Anna", "password": "short"})
    assert refused.status_code == 400
    assert 'value="anna@shop.example"' in refused.text

    made = client.post("/set-up", data={**ANNA, "name": "Anna"})
    assert made.status_code == 303
    assert client.get("/who").json() == {"name": "Anna", "role": "admin", "via": "account"}
    again = client.post("/set-up", data={**ANNA, "email": "eve@shop.example", "name": "Eve"})
    assert again.headers["location"] == "/sign-in"
    assert len(people(client.app.state.settings)) == 1  # type: ignore[attr-defined]
    other.app.state.access.joined()  # type: ignore[attr-defined] - a second later
    assert other.get("/who").status_code == 401


def test_the_shared_password_sets_up_and_then_lets_nobody_in(
    make_client: MakeClient, settings: Settings
) -> None:
    set_password("correct horse battery", settings)
    client = make_client("192.0.2.7")
    assert client.post("/set-up", data={**ANNA, "name": "Anna"}).status_code == 401
    client.post("/sign-in", data={"password": "correct horse battery"})
    shared = client.cookies[COOKIE]
    client.post("/set-up", data={**ANNA, "name": "Anna"})

    other = make_client("192.0.2.8")
    assert other.get("/who", headers={"cookie": f"{COOKIE}={shared}"}).status_code == 401
    assert other.post("/sign-in", data={"password": "correct horse battery"}).status_code == 401


def test_nobody_learns_who_has_an_account(make_client: MakeClient, anna: str) -> None:
    client = make_client()
    known = client.post("/sign-in", data={**ANNA, "password": "wrong"})
    unknown = client.post("/sign-in", data={**ANNA, "email": "nobody@shop.example"})
    assert known.status_code == unknown.status_code == 401
    assert known.text == unknown.text.replace("nobody@", "anna@")


def test_an_unknown_address_costs_a_hash_as_well(
    make_client: MakeClient, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counting(kept: str, password: str) -> bool:
        asked.append(kept)
        return False

    monkeypatch.setattr("core.accounts.signing_in.verify", counting)
    for email in ("anna@shop.example", "nobody@shop.example"):
        make_client().post("/sign-in", data={"email": email, "password": "x"})
    parameters = [kept.rsplit("$", 2)[0] for kept in asked]
    assert len(parameters) == 2
    assert parameters[0] == parameters[1]


def test_a_session_is_new_at_sign_in_whatever_the_browser_had(make_client: MakeClient, anna: str) -> None:
    client = make_client()
    client.post("/sign-in", data=ANNA)
    first = client.cookies[COOKIE]
    client.post("/sign-in", data=ANNA)
    second = client.cookies[COOKIE]
    assert second != first
    assert client.get("/who").json()["name"] == "Anna"
    assert make_client().get("/who", headers={"cookie": f"{COOKIE}={first}"}).status_code == 401
    chosen = {"cookie": f"{COOKIE}=chosen-by-somebody-else"}
    signed_in = make_client().post("/sign-in", data=ANNA, headers=chosen)
    assert "chosen-by-somebody-else" not in signed_in.headers["set-cookie"]
    assert make_client().get("/who", headers=chosen).status_code == 401


def test_guesses_are_slowed_down_by_account_from_anywhere(make_client: MakeClient, anna: str) -> None:
    def guess(n: int, email: str) -> int:
        client = make_client(f"192.0.2.{n}")
        return client.post("/sign-in", data={"email": email, "password": f"wrong {n}"}).status_code

    for email in ("anna@shop.example", "nobody@shop.example"):
        assert [guess(n, email) for n in range(ALLOWED + 1)] == [401] * ALLOWED + [429]
    assert make_client("192.0.2.99").post("/sign-in", data=ANNA).status_code == 429


def test_the_code_is_asked_for_after_the_password(
    make_client: MakeClient, anna: str, settings: Settings
) -> None:
    secret = totp.new_secret()
    codes = totp.switch_on(anna, secret, pyotp.TOTP(secret).now(), settings)
    client = make_client()
    asked = client.post("/sign-in", data={**ANNA, "next": "/who"})
    assert asked.status_code == 200
    assert client.get("/who").status_code == 401, "the password alone is not enough"
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked.text)[1]  # type: ignore[index]

    assert client.post("/sign-in/code", data={"ticket": ticket, "code": "123"}).status_code == 401
    forged = client.post("/sign-in/code", data={"ticket": ticket[:-3] + "AAA", "code": codes[0]})
    assert forged.headers["location"] == "/sign-in"
    right = client.post("/sign-in/code", data={"ticket": ticket, "code": codes[0], "next": "//evil.example"})
    assert right.headers["location"] == "/"
    assert client.get("/who").json()["name"] == "Anna"


def test_an_invitation_makes_an_account_once(make_client: MakeClient, anna: str, settings: Settings) -> None:
    path = f"/join/{links.invite('ben@shop.example', 'viewer', settings)}"
    client = make_client("192.0.2.7")
    assert "as viewer" in client.get(path).text
    assert client.post(path, data={"name": "Ben", "password": "short"}).status_code == 400
    cross = client.post(
        path, data={"name": "Ben", "password": PASSWORD}, headers={"sec-fetch-site": "cross-site"}
    )
    assert cross.status_code == 403
    assert client.post(path, data={"name": "Ben", "password": PASSWORD, "role": "admin"}).status_code == 303
    assert client.get("/who").json()["role"] == "viewer"
    assert make_client().get(path).status_code == 410
    assert make_client().post(path, data={"name": "Eve", "password": PASSWORD}).status_code == 410


@pytest.mark.parametrize("change", ["remove", "role", "sign out"])
def test_a_change_ends_a_session_in_every_worker_at_once(
    make_client: MakeClient, anna: str, settings: Settings, change: str
) -> None:
    ben = add_person(
        email="ben@shop.example", name="Ben", role="analyst", password=PASSWORD, settings=settings
    )
    client, other = make_client(), make_client()
    client.post("/sign-in", data={"email": ben.email, "password": PASSWORD})
    cookie = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    assert other.get("/who", headers=cookie).json()["role"] == "analyst"
    if change == "remove":
        remove_person(ben.id, settings)
    elif change == "role":
        set_role(ben.id, "viewer", settings)
    else:
        client.post("/sign-out")
    for worker in (client, other):
        assert worker.get("/who", headers=cookie).status_code == 401


def test_an_open_socket_ends_with_the_account(
    make_client: MakeClient, anna: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LOOK_EVERY", 0.02)
    ben = add_person(
        email="ben@shop.example", name="Ben", role="analyst", password=PASSWORD, settings=settings
    )
    client = make_client()
    client.post("/sign-in", data={"email": ben.email, "password": PASSWORD})
    with client.websocket_connect("ws://localhost/socket") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"
        remove_person(ben.id, settings)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


def test_who_came_in_and_who_did_not_is_in_the_audit_log(
    make_client: MakeClient, anna: str, settings: Settings
) -> None:
    client = make_client("192.0.2.7")
    client.post("/sign-in", data={**ANNA, "password": "wrong"})
    client.post("/sign-in", data=ANNA)
    client.post("/sign-out")
    said = [(entry.action, entry.who, entry.address) for entry in entries(settings=settings)]
    assert said == [
        ("sign_out", "Anna", "192.0.2.7"),
        ("sign_in", "Anna", "192.0.2.7"),
        ("sign_in_failed", "", "192.0.2.7"),
    ]


def test_with_accounts_any_address_may_ask_to_sign_in(make_client: MakeClient, anna: str) -> None:
    client = make_client("192.0.2.7")
    page = client.get("/sign-in")
    assert page.status_code == 200
    assert 'name="email"' in page.text
    assert client.post("/sign-in", data=ANNA).status_code == 303
