"""Resumable uploads, in this process: the protocol, what is refused, and what becomes of whole ones."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

from httpx import Response
from starlette.testclient import TestClient

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
