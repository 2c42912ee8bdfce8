"""Resumable uploads, in this process: the protocol, what is refused, and what becomes of whole ones."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from argon2 import PasswordHasher
from httpx import Response
from starlette.testclient import TestClient
from starlette.types import Message

from core.storage import get_store
from tests.core.api.conftest import CSV

MakeClient = Callable[..., TestClient]
TUS = {"Tus-Resumable": "1.0.0"}


def encoded(**told: str) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in told.items())


def create(
    client: TestClient, length: int = len(CSV), filename: str = "sessions.csv", **headers: str
) -> Response:
    told = {"Upload-Length": str(length), "Upload-Metadata": encoded(filename=filename, batch="b1")}
    return client.post("/api/tus/", headers={**TUS, **told, **headers})


def send(client: TestClient, place: str, content: bytes, offset: int, **headers: str) -> Response:
    told = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(place, content=content, headers={**TUS, **told, **headers})


def uploaded(client: TestClient, content: bytes = CSV, filename: str = "sessions.csv") -> str:
    place = create(client, len(content), filename).headers["location"]
    assert send(client, place, content, 0).status_code == 204
    return place.rsplit("/", 1)[-1]


def finish(client: TestClient, *ids: str, **told: object) -> Response:
    return client.post("/api/tus-finish", json={"uploads": ids, **told})


def test_an_upload_in_two_pieces_becomes_a_scored_dataset(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client()

    made = create(client)
    assert made.status_code == 201
    place = made.headers["location"]
    assert place.startswith("/api/tus/")
    first = send(client, place, CSV[:10], 0)
    assert (first.status_code, first.headers["upload-offset"]) == (204, "10")
    asked = client.head(place, headers=TUS)
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("10", str(len(CSV)))
    assert asked.headers["cache-control"] == "no-store"
    assert send(client, place, CSV[10:], 10).status_code == 204

    told = finish(client, place.rsplit("/", 1)[-1], checksums={}, name="Shop")

    assert told.status_code == 201
    assert told.json()["href"] == f"/results/{told.json()['result_id']}"
    dataset = get_store(client.app.state.settings).dataset(told.json()["dataset_id"])
    assert (dataset.name, dataset.filename) == ("Shop", "sessions.csv")
    assert dataset.upload_path.read_bytes() == CSV
    assert dataset.sha256 == hashlib.sha256(CSV).hexdigest()
    assert list((tmp_path / "data" / "incoming").iterdir()) == []
    again = finish(client, place.rsplit("/", 1)[-1])
    assert again.json() == told.json()


def test_finishing_twice_at_once_is_scored_once(make_client: MakeClient) -> None:
    client = make_client()
    ids = [uploaded(client, filename=f"{day}.csv") for day in (1, 2)]

    with ThreadPoolExecutor(4) as pool:
        answers = [told.result().json() for told in [pool.submit(finish, client, *ids) for _ in range(4)]]

    assert all(told == answers[0] for told in answers)
    store = get_store(client.app.state.settings)
    assert [result.id for result in store.results()] == [answers[0]["result_id"]]


def test_the_server_says_what_it_can(make_client: MakeClient) -> None:
    told = make_client(upload_limit_bytes=1000).options("/api/tus/")

    assert told.status_code == 204
    assert told.headers["tus-version"] == told.headers["tus-resumable"] == "1.0.0"
    assert told.headers["tus-max-size"] == "1000"
    assert {"creation", "termination", "checksum", "expiration"} <= {
        *told.headers["tus-extension"].split(",")
    }


def test_a_file_may_come_with_its_announcement(make_client: MakeClient) -> None:
    client = make_client()
    told = {"Upload-Length": str(len(CSV)), "Content-Type": "application/offset+octet-stream"}

    made = client.post("/api/tus/", content=CSV, headers={**TUS, **told})

    assert (made.status_code, made.headers["upload-offset"]) == (201, str(len(CSV)))
    assert parsedate_to_datetime(made.headers["upload-expires"]) > datetime.now(UTC) + timedelta(hours=47)


def test_what_the_protocol_forbids_is_refused_and_the_upload_stays_usable(make_client: MakeClient) -> None:
    client = make_client()
    place = create(client).headers["location"]
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}

    refused = [
        client.patch(place, content=CSV, headers=piece),
        client.patch(place, content=CSV, headers={**TUS, **piece, "Content-Type": "text/csv"}),
        client.patch(place, content=CSV, headers={**TUS, **piece, "Upload-Offset": "-1"}),
        send(client, place, CSV, 7),
        send(client, place, CSV + b"more", 0),
        send(client, place, CSV, 0, **{"Upload-Checksum": "crc32 AAAA"}),
        send(client, place, CSV, 0, **{"Upload-Checksum": "sha1 !"}),
        send(client, place, CSV, 0, **{"Upload-Checksum": f"sha1 {base64.b64encode(b'x' * 20).decode()}"}),
        client.post(place, headers=TUS),
        client.post("/api/tus/", headers={**TUS, "Upload-Defer-Length": "1"}),
        client.post("/api/tus/", headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "filename ="}),
        create(client, 0),
        client.head("/api/tus/nosuchupload", headers=TUS),
        send(client, "/api/tus/..%2f..%2fdatasets", CSV, 0),
    ]

    wanted = [412, 415, 400, 409, 400, 400, 400, 460, 400, 400, 400, 400, 404, 404]
    assert [answer.status_code for answer in refused] == wanted
    assert all(answer.headers["tus-resumable"] == "1.0.0" for answer in refused[:-1])
    assert refused[0].headers["tus-version"] == "1.0.0"
    assert all(answer.json()["remedy"] for answer in refused[:-2])
    assert client.head(place, headers=TUS).headers["upload-offset"] == "0"
    checksum = f"sha256 {base64.b64encode(hashlib.sha256(CSV).digest()).decode()}"
    assert send(client, place, CSV, 0, **{"Upload-Checksum": checksum}).status_code == 204


def test_what_came_before_the_line_broke_is_kept(make_client: MakeClient) -> None:
    client = make_client()
    place = create(client).headers["location"]
    came: list[Message] = [
        {"type": "http.request", "body": CSV[:9], "more_body": True},
        {"type": "http.request", "body": CSV[9:14], "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Message] = []

    async def receive() -> Message:
        return came.pop(0)

    async def send_back(message: Message) -> None:
        answered.append(message)

    told = {"host": "localhost", "content-length": str(len(CSV)), "upload-offset": "0", **TUS}
    told["content-type"] = "application/offset+octet-stream"
    scope = {
        "type": "http",
        "method": "PATCH",
        "path": place,
        "raw_path": place.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
    }
    asyncio.run(client.app(scope, receive, send_back))

    assert answered[0]["status"] == 499
    assert client.head(place, headers=TUS).headers["upload-offset"] == "14"
    assert send(client, place, CSV[14:], 14).status_code == 204
    assert finish(client, place.rsplit("/", 1)[-1]).status_code == 201


def test_an_upload_can_be_given_up_by_any_kind_of_line(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client()
    first, second = (create(client).headers["location"] for _ in range(2))
    assert first != second
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}

    sent = client.post(second, content=CSV, headers={**TUS, **piece, "X-HTTP-Method-Override": "PATCH"})
    gone = [
        client.delete(first, headers=TUS),
        client.post(second, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}),
    ]

    assert [answer.status_code for answer in (sent, *gone)] == [204, 204, 204]
    assert client.head(first, headers=TUS).status_code == 404
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_a_full_disk_is_told_and_the_upload_goes_on_later(make_client: MakeClient) -> None:
    client = make_client()
    place = create(client).headers["location"]
    store = get_store(client.app.state.settings)
    roomy = store.settings
    store.settings = roomy.model_copy(update={"min_free_bytes": 10**16})

    answers = [create(client), send(client, place, CSV, 0)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(507, "storage")] * 2
    store.settings = roomy
    assert send(client, place, CSV, 0).status_code == 204


def test_finishing_says_what_is_missing_or_wrong(make_client: MakeClient) -> None:
    client = make_client()
    half = create(client, 100).headers["location"].rsplit("/", 1)[-1]
    whole = uploaded(client)

    answers = [
        finish(client),
        finish(client, half),
        finish(client, whole, checksums={whole: "0" * 64}),
        finish(client, "nosuchupload"),
        finish(client, uploaded(client, b"\x89PNG\r\n\x1a\n" + b"x" * 100)),
    ]

    assert [answer.status_code for answer in answers] == [422, 409, 460, 404, 400]
    assert finish(client, whole).status_code == 201


def test_others_may_neither_send_nor_ask(make_client: MakeClient) -> None:
    client = make_client()
    place = create(client).headers["location"]
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert create(client, **elsewhere).status_code == 403
    assert send(client, place, CSV, 0, **elsewhere).status_code == 403
    assert client.delete(place, headers={**TUS, **elsewhere}).status_code == 403
    guarded = make_client(
        password_hash=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("open sesame")
    )
    asked = [
        create(guarded),
        guarded.head(place, headers=TUS),
        send(guarded, place, CSV, 0),
        finish(guarded, place.rsplit("/", 1)[-1]),
        guarded.get("/api/sources"),
    ]
    assert [answer.status_code for answer in asked] == [401] * 5
    assert client.head(place, headers=TUS).headers["upload-offset"] == "0"


def test_sources_are_told_browsed_and_taken_from(make_client: MakeClient, tmp_path: Path) -> None:
    top = tmp_path / "exports"
    top.mkdir()
    (top / "sessions.csv").write_bytes(CSV)
    client = make_client(sources=(str(top),), min_free_bytes=0)

    assert make_client().get("/api/sources").json() == []
    assert client.get("/api/sources").json() == [{"name": str(top), "is_folder": True}]
    (entry,) = client.get("/api/sources/browse", params={"source": str(top)}).json()
    assert (entry["path"], entry["size"], entry["is_folder"]) == ("sessions.csv", len(CSV), False)
    taken = client.post("/api/sources/take", json={"source": str(top), "paths": [entry["path"]]})

    assert taken.status_code == 202
    dataset = get_store(client.app.state.settings).dataset(taken.json()["dataset_id"])
    assert (dataset.state, dataset.fetch.paths) == ("fetching", ("sessions.csv",))
    for wrong in ({"source": "/etc", "paths": ["passwd"]}, {"source": str(top), "paths": ["../data"]}):
        assert client.post("/api/sources/take", json=wrong).status_code == 404
