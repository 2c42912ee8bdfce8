"""What passes the guard, in this process: hosts, origins, sizes, sign-in; and the headers of answers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.api import create_application, protect
from core.api.base import permissions
from core.api.base.permissions import needs
from core.base.identity import identity
from core.base.settings import Settings
from core.security import guard, set_password
from core.security.attempts import ALLOWED
from core.security.forms import local_target
from core.security.guard import BODY_LIMIT
from core.security.headers import content_policy, inline_hashes

PASSWORD = "correct horse battery"
HTML = {"accept": "text/html"}


@pytest.fixture
def make_client(tmp_path: Path) -> Callable[..., TestClient]:
    def make(
        *,
        password: bool = False,
        host: str = "localhost",
        client: str = "127.0.0.1",
        settings_host: str = "127.0.0.1",
        **settings: object,
    ) -> TestClient:
        told = Settings(data_dir=tmp_path, host=settings_host, **settings)
        if password:
            set_password(PASSWORD, told)
        application = create_application(told)

        @application.get("/page", dependencies=[needs("results.read")])
        async def page() -> dict[str, str]:
            return {"secret": "yes"}

        @application.get("/who", dependencies=[needs("results.read")])
        @application.get("/healthz/who")
        async def who() -> dict[str, object]:
            asking = identity()
            return {"via": asking.via, "address": asking.address, "may": asking.may("people.write")}

        @application.websocket("/socket", dependencies=[needs("results.read")])
        async def socket(websocket: WebSocket):
            await websocket.accept()
            await websocket.send_text("hello")
            await websocket.close()

        protect(application)
        return TestClient(
            application, base_url=f"http://{host}", follow_redirects=False, client=(client, 50000)
        )

    return make


def test_every_answer_has_the_headers(make_client) -> None:
    client = make_client()
    for path in ("/healthz", "/page", "/api/nothing", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers


def test_https_is_remembered_where_cookies_are_for_https(make_client) -> None:
    assert "strict-transport-security" in make_client(secure_cookies=True).get("/healthz").headers


def test_the_policy_allows_no_inline_script_but_by_its_hash() -> None:
    page = (
        '<script src="/a.js"></script><script>one()</script>'
        '<script id="x" type="application/javascript">two()</script>'
        '<script type="application/json">{"data": 1}</script>'
    )
    hashes = inline_hashes(page)
    assert hashes == tuple(
        f"'sha256-{base64.b64encode(sha256(text).digest()).decode()}'" for text in (b"one()", b"two()")
    )
    scripts = next(part for part in content_policy(hashes).split("; ") if part.startswith("script-src"))
    assert scripts == " ".join(("script-src 'self'", *hashes))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "localhost:8050"])
def test_this_machine_goes_by_its_own_names(make_client, host: str) -> None:
    assert make_client().get("/page", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1"]
)
def test_a_foreign_name_for_this_machine_is_refused(make_client, host: str) -> None:
    assert make_client().get("/page", headers={"host": host}).status_code == 400


def test_elsewhere_any_name_is_good(make_client) -> None:
    assert make_client(host="shop.example", password=True).get("/sign-in").status_code == 400
    application = make_client(password=True)
    assert application.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 404),
        ({"origin": "http://localhost"}, 404),
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost"}, 404),
        ({"sec-fetch-site": "none"}, 404),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://localhost:9999"}, 403),
    ],
)
def test_other_sites_can_change_nothing(make_client, headers: dict[str, str], status: int) -> None:
    assert make_client().post("/api/nothing", headers=headers, content=b"x").status_code == status


def test_a_body_over_the_limit_is_refused_declared_or_not(make_client) -> None:
    client = make_client()

    def undeclared():
        for _ in range(BODY_LIMIT // 2**20 + 1):
            yield b" " * 2**20

    big = b" " * (BODY_LIMIT + 1)
    assert client.post("/api/predict", content=big).status_code == 413
    assert client.post("/api/predict", content=undeclared()).status_code == 413


def test_nothing_is_shown_before_sign_in(make_client) -> None:
    client = make_client(password=True)

    for path in ("/page", "/assets/js/upload.js", "/api/openapi.json", "/_dash-layout", "/api/docs"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.json()["code"] == "sign_in"
    assert client.put("/api/uploads/x.csv", content=b"a,b\n").status_code == 401
    assert client.get("/healthz").status_code == 200


def test_a_person_is_led_to_the_sign_in_and_back(make_client) -> None:
    client = make_client(password=True)

    led = client.get("/page?a=1&b=2", headers=HTML)
    assert led.status_code == 303
    form = client.get(led.headers["location"])
    assert form.status_code == 200
    assert 'type="password"' in form.text
    assert 'value="/page?a=1&amp;b=2"' in form.text

    wrong = client.post("/sign-in", data={"password": "wrong wrong wrong", "next": "/page?a=1&b=2"})
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers

    right = client.post("/sign-in", data={"password": PASSWORD, "next": "/page?a=1&b=2"})
    assert right.status_code == 303
    assert right.headers["location"] == "/page?a=1&b=2"
    assert client.get("/page").json() == {"secret": "yes"}

    copied = client.cookies["predictor_session"]
    assert client.get("/sign-out").status_code != 303, "a link signs nobody out"
    assert client.get("/page").status_code == 200
    client.post("/sign-out")
    assert client.get("/page").status_code == 401
    assert make_client().get("/page", headers={"cookie": f"predictor_session={copied}"}).status_code == 401


def test_a_changed_password_ends_sessions_and_counts_at_once(make_client, tmp_path: Path) -> None:
    client = make_client(password=True)
    client.post("/sign-in", data={"password": PASSWORD})
    assert client.get("/page").status_code == 200

    set_password("another horse battery", Settings(data_dir=tmp_path))
    assert client.get("/page").status_code == 401
    assert client.post("/sign-in", data={"password": PASSWORD}).status_code == 401
    assert client.post("/sign-in", data={"password": "another horse battery"}).status_code == 303
    assert client.get("/page").status_code == 200


def test_a_form_with_too_many_fields_is_explained(make_client) -> None:
    answer = make_client(password=True).post("/sign-in", data={f"field{n}": "x" for n in range(50)})
    assert answer.status_code == 400
    assert "too many fields" in answer.text


@pytest.mark.parametrize(
    ("peer", "headers", "proxies", "status"),
    [
        ("127.0.0.1", {}, (), 200),
        ("::1", {}, (), 200),
        ("::ffff:127.0.0.1", {}, (), 200),
        ("192.0.2.7", {}, (), 403),
        ("192.0.2.7", {"x-forwarded-for": "127.0.0.1"}, (), 403),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"}, (), 403),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}, (), 403),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1, 192.0.2.7"}, ("127.0.0.1",), 403),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, ("127.0.0.1",), 200),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_without_a_password_only_this_machine_is_answered(
    make_client, peer: str, headers: dict[str, str], proxies: tuple[str, ...], status: int, host: str
) -> None:
    client = make_client(client=peer, trusted_proxies=proxies, settings_host=host)
    assert client.get("/page", headers=headers).status_code == status
    assert client.get("/healthz", headers=headers).status_code == 200


def test_behind_a_proxy_everybody_has_tries_of_their_own(make_client) -> None:
    client = make_client(password=True, client="10.0.0.5", trusted_proxies=("10.0.0.0/8",))

    def guess(forwarded: str) -> int:
        headers = {"x-forwarded-for": forwarded}
        return client.post("/sign-in", data={"password": "wrong"}, headers=headers).status_code

    assert [guess("192.0.2.1") for _ in range(ALLOWED + 1)][-1] == 429
    assert guess("192.0.2.2") == 401
    assert guess("192.0.2.99, 192.0.2.1") == 429, "what a client wrote itself does not count"
    # Nobody's word is taken who is no proxy of ours.
    other = make_client(password=True, client="198.51.100.1", trusted_proxies=("10.0.0.0/8",))
    answers = [
        other.post(
            "/sign-in", data={"password": "wrong"}, headers={"x-forwarded-for": f"203.0.113.{n}"}
        ).status_code
        for n in range(ALLOWED + 1)
    ]
    assert answers[-1] == 429


def test_a_public_name_is_answered_where_it_is_allowed(make_client) -> None:
    client = make_client(password=True, allowed_hosts=("Insights.shop.example",))
    assert client.get("/sign-in", headers={"host": "insights.shop.example"}).status_code == 200
    assert client.get("/sign-in", headers={"host": "other.example"}).status_code == 400
    # Whoever looks whether it runs may ask by its number.
    assert client.get("/healthz", headers={"host": "10.1.2.3"}).status_code == 200
    public = make_client(password=True, allowed_hosts=("insights.shop.example",), settings_host="0.0.0.0")  # noqa: S104
    assert public.get("/sign-in", headers={"host": "other.example"}).status_code == 400


def test_an_asset_that_is_not_there_is_not_remembered(make_client) -> None:
    answer = make_client().get("/assets/nothing.js?m=1")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_a_forged_cookie_opens_nothing(make_client) -> None:
    client = make_client(password=True)
    for value in ("x", "x.y.z", "AAAA.BBBB.CCCC", '"', "a" * 5000):
        assert client.get("/page", headers={"cookie": f"predictor_session={value}"}).status_code == 401


def test_guessing_is_slowed_down_even_for_the_right_password(make_client) -> None:
    client = make_client(password=True)
    answers = [client.post("/sign-in", data={"password": f"wrong {n}"}) for n in range(ALLOWED + 1)]

    assert [answer.status_code for answer in answers] == [401] * ALLOWED + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert client.post("/sign-in", data={"password": PASSWORD}).status_code == 429


def test_every_request_is_somebody_s(make_client, monkeypatch) -> None:
    assert make_client().get("/who").json() == {"via": "open", "address": "127.0.0.1", "may": True}
    client = make_client(password=True, client="192.0.2.7")
    monkeypatch.setattr(guard, "OPEN_PATHS", guard.OPEN_PATHS | {"/healthz/who"})
    monkeypatch.setitem(permissions.ROUTES, "/healthz/who", {"GET": "open"})
    assert client.get("/healthz/who").json() == {"via": "nobody", "address": "192.0.2.7", "may": False}
    client.post("/sign-in", data={"password": PASSWORD})
    assert client.get("/who").json() == {"via": "password", "address": "192.0.2.7", "may": True}


def test_a_socket_needs_a_session_too(make_client) -> None:
    client = make_client(password=True)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://localhost/socket"):
        pass
    client.post("/sign-in", data={"password": PASSWORD})
    with client.websocket_connect("ws://localhost/socket") as socket:
        assert socket.receive_text() == "hello"


@pytest.mark.parametrize("password", [True, False])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "http://localhost:9000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://other.localhost"},
    ],
    ids=str,
)
def test_a_socket_is_opened_by_our_own_pages_only(
    make_client, password: bool, headers: dict[str, str]
) -> None:
    """Without a password, too: any page that somebody opens can reach this machine."""
    client = make_client(password=password)
    client.post("/sign-in", data={"password": PASSWORD})
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://localhost/socket", headers=headers),
    ):
        pass
    with client.websocket_connect("ws://localhost/socket", headers={"origin": "http://localhost"}) as socket:
        assert socket.receive_text() == "hello"


def test_without_a_password_there_is_nothing_to_sign_in_to(make_client) -> None:
    answer = make_client().get("/sign-in")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/results/abc?cluster=2&min_p=0.4", "/results/abc?cluster=2&min_p=0.4"),
        (None, "/"),
        ("", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-out", "/"),
        ("/a\r\nset-cookie: x=1", "/a%0D%0Aset-cookie:%20x=1"),
    ],
)
def test_sign_in_leads_to_pages_of_this_server_only(asked: str | None, led: str) -> None:
    assert local_target(asked) == led
