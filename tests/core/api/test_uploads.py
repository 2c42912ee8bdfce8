"""Uploads, in this process: what is taken, what is refused, and that nothing is left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.storage import get_store
from tests.core.api.conftest import CSV

MakeClient = Callable[..., TestClient]


def test_a_recognised_file_is_stored_and_queued(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client()

    answer = client.put("/api/uploads/sessions.csv", content=CSV)

    assert answer.status_code == 201
    told = answer.json()
    assert told["needs_mapping"] is False
    assert told["href"] == f"/results/{told['result_id']}"
    dataset = get_store(client.app.state.settings).dataset(told["dataset_id"])
    assert dataset.upload_path.read_bytes() == CSV
    assert dataset.sha256 == hashlib.sha256(CSV).hexdigest()
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_an_unknown_file_goes_to_the_mapping_step(make_client: MakeClient) -> None:
    answer = make_client().put("/api/uploads/odd.csv", content=b"foo;bar\n1;x\n2;y\n")

    told = answer.json()
    assert answer.status_code == 201
    assert told["needs_mapping"] is True
    assert told["result_id"] is None
    assert told["href"] == f"/upload/{told['dataset_id']}"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("../../../etc/passwd.csv", "passwd.csv"),
        ("..%2F..%2Fevil.csv", "evil.csv"),
        ("a%5Cb%5Cc.csv", "c.csv"),
        ("M%C3%BCnchen%20%E2%82%AC.csv", "München €.csv"),
        ("%00x.csv", "x.csv"),
        (".hidden.csv", "hidden.csv"),
    ],
)
def test_names_lose_folders_and_control_characters(
    make_client: MakeClient, tmp_path: Path, asked: str, kept: str
) -> None:
    client = make_client()

    answer = client.put(f"http://localhost/api/uploads/{asked.replace('../', '%2E%2E%2F')}", content=CSV)

    assert answer.status_code == 201
    dataset = get_store(client.app.state.settings).dataset(answer.json()["dataset_id"])
    assert dataset.filename == kept
    assert (tmp_path / "data").resolve() in dataset.upload_path.resolve().parents


def test_an_empty_body_is_refused(make_client: MakeClient, tmp_path: Path) -> None:
    answer = make_client().put("/api/uploads/nothing.csv", content=b"")

    assert answer.status_code == 400
    assert answer.json()["message"] == "The file is empty."
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_a_file_that_is_no_table_is_refused_and_removed(make_client: MakeClient, tmp_path: Path) -> None:
    answer = make_client().put("/api/uploads/photo.csv", content=b"\x89PNG\r\n\x1a\n" + b"x" * 1000)

    assert answer.status_code == 400
    assert "PNG" in answer.json()["message"]
    assert str(tmp_path) not in answer.text
    assert list((tmp_path / "data" / "incoming").iterdir()) == []
    assert list((tmp_path / "data" / "datasets").iterdir()) == []


@pytest.mark.parametrize("declared", [True, False])
def test_a_file_is_the_same_whether_its_size_was_declared_or_not(
    make_client: MakeClient, tmp_path: Path, declared: bool
) -> None:
    client = make_client()
    content = CSV + b"".join(b"s%d,1,2.5\n" % number for number in range(400_000))
    pieces = (content[at : at + 100_000] for at in range(0, len(content), 100_000))

    told = client.put("/api/uploads/long.csv", content=content if declared else pieces).json()

    dataset = get_store(client.app.state.settings).dataset(told["dataset_id"])
    assert dataset.upload_path.read_bytes() == content
    assert dataset.sha256 == hashlib.sha256(content).hexdigest()
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_an_empty_undeclared_body_is_refused(make_client: MakeClient, tmp_path: Path) -> None:
    answer = make_client().put("/api/uploads/nothing.csv", content=iter([b""]))

    assert (answer.status_code, answer.json()["message"]) == (400, "The file is empty.")
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_a_declared_size_over_the_limit_is_refused(make_client: MakeClient) -> None:
    answer = make_client(upload_limit_bytes=20).put("/api/uploads/big.csv", content=CSV)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_an_undeclared_size_over_the_limit_is_refused(make_client: MakeClient, tmp_path: Path) -> None:
    def body():
        yield CSV
        yield b"c,1,1\n" * 1000

    answer = make_client(upload_limit_bytes=200).put("/api/uploads/big.csv", content=body())

    assert answer.status_code == 413
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_no_room_on_the_disk_is_said_before_anything_is_written(make_client: MakeClient) -> None:
    answer = make_client(min_free_bytes=10**16).put("/api/uploads/big.csv", content=CSV)

    assert answer.status_code == 507
    assert answer.json()["remedy"]


def test_room_is_looked_at_again_while_a_file_comes_in(make_client: MakeClient, tmp_path: Path) -> None:
    def body():  # without a declared size, the first look has nothing to compare
        yield CSV

    answer = make_client(min_free_bytes=10**16).put("/api/uploads/big.csv", content=body())

    assert answer.status_code == 507
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_the_same_bytes_again_are_taken_and_said(make_client: MakeClient) -> None:
    client = make_client()
    first = client.put("/api/uploads/sessions.csv", content=CSV).json()
    again = client.put("/api/uploads/renamed.csv", content=CSV).json()
    other = client.put("/api/uploads/other.csv", content=CSV + b"z,1,2\n").json()

    assert first["earlier"] is None
    assert other["earlier"] is None
    assert again["dataset_id"] != first["dataset_id"], "noticed, not refused"
    assert again["earlier"] == {"name": "sessions.csv", "href": first["href"], "state": "scoring"}


@pytest.mark.parametrize("heading", [b"session_id,clicks,cart_adds,purchased\n", b"foo,bar,baz\n\n"])
def test_a_file_of_headings_only_says_so(make_client: MakeClient, heading: bytes) -> None:
    answer = make_client().put("/api/uploads/empty.csv", content=heading)

    assert answer.status_code == 400
    assert answer.json()["message"] == "This file has headings but no rows."
