"""The other routes, in this process: predictions, downloads, samples, errors, the list of routes."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.base.settings import Settings
from core.database import opening
from core.storage import get_store
from tests.core.api.conftest import CSV

MakeClient = Callable[..., TestClient]


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()


def test_health_says_nothing_but_that_it_is_up(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_predictions_come_in_the_order_of_the_rows(client: TestClient) -> None:
    rows = [{"clicks": 30, "cart_adds": 3}, {"clicks": 1}, {"clicks": 30, "cart_adds": 3}]

    answer = client.post("/api/predict", json={"sessions": rows})

    assert answer.status_code == 200
    shares = [row["purchase_probability"] for row in answer.json()["predictions"]]
    assert shares[0] == shares[2] != shares[1]
    assert all(0 <= share <= 1 for share in shares)


def test_predictions_have_reasons_where_they_are_asked_for(client: TestClient) -> None:
    rows = [{"clicks": 30, "cart_adds": 3}, {"clicks": 1, "going_on": True}]

    answer = client.post("/api/predict", json={"sessions": rows, "reasons": True})

    assert answer.status_code == 200
    for prediction in answer.json()["predictions"]:
        points = [reason["points"] for reason in prediction["reasons"]]
        assert len(points) == 3
        assert [abs(one) for one in points] == sorted((abs(one) for one in points), reverse=True)
        assert set(prediction["reasons"][0]) == {"feature", "label", "points", "sentence"}
    plain = client.post("/api/predict", json={"sessions": rows}).json()["predictions"]
    assert plain == [
        {name: value for name, value in prediction.items() if name != "reasons"}
        for prediction in answer.json()["predictions"]
    ]


def test_a_value_of_the_wrong_kind_names_its_column(client: TestClient) -> None:
    answer = client.post("/api/predict", json={"sessions": [{"clicks": "many"}]})

    assert answer.status_code == 400
    assert "clicks" in answer.json()["where"]


@pytest.mark.parametrize("clicks", [10**30, "many", -(10**25)])
def test_a_number_no_column_can_hold_is_explained(client: TestClient, clicks: object) -> None:
    answer = client.post("/api/predict", json={"sessions": [{"clicks": clicks}]})

    assert answer.status_code == 400
    assert answer.json()["message"] == "It holds something that is not a count."


def test_a_database_that_is_locked_is_asked_again_later(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "SQLITE_SETTINGS", ("busy_timeout=50", "journal_mode=WAL"))
    client = make_client()
    settings = client.app.state.settings
    get_store(settings)
    with closing(sqlite3.connect(settings.data_dir / "predictor.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = client.put("/api/uploads/sessions.csv", content=CSV)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert client.put("/api/uploads/sessions.csv", content=CSV).status_code == 201


@pytest.mark.parametrize("bundle", ["../../etc", "nothing-like-it", "demo-shop/../x"])
def test_an_unknown_bundle_gives_no_path_away(client: TestClient, bundle: str) -> None:
    answer = client.post("/api/predict", json={"sessions": [{}], "bundle": bundle})

    assert answer.status_code == 404
    assert "demo-shop" in answer.json()["remedy"]
    assert str(Settings().models_dir) not in answer.text


def test_a_malformed_request_is_explained(client: TestClient) -> None:
    answer = client.post("/api/predict", json={"sessions": []})

    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "message", "where", "remedy"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/results/nothing/download.csv",
        "/api/results/nothing/download.exe",
        "/api/datasets/nothing/rejected.csv",
        "/api/samples/nothing",
        "/api/nothing",
    ],
)
def test_what_is_not_there_is_answered_with_404(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_a_person_gets_a_page_instead_of_json(client: TestClient) -> None:
    answer = client.get("/api/results/nothing/download.csv", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>" in answer.text


def test_a_result_is_not_downloaded_before_it_is_done(client: TestClient) -> None:
    made = client.put("/api/uploads/sessions.csv", content=CSV).json()

    answer = client.get(f"/api/results/{made['result_id']}/download.csv")

    assert answer.status_code == 404
    assert "isn't finished" in answer.json()["message"]


def test_refused_rows_can_be_fetched(client: TestClient) -> None:
    made = client.put("/api/uploads/sessions.csv", content=b"session_id,clicks\na,5\n").json()
    dataset = get_store(client.app.state.settings).dataset(made["dataset_id"])
    dataset.rejected_path.write_text("row,reason\n3,No session\n", encoding="utf-8")

    answer = client.get(f"/api/datasets/{dataset.id}/rejected.csv")

    assert list(csv.reader(io.StringIO(answer.text)))[1] == ["3", "No session"]
    assert "attachment" in answer.headers["content-disposition"]


def test_a_sample_can_be_uploaded_as_it_comes(client: TestClient) -> None:
    sample = client.get("/api/samples/sessions")

    answer = client.put("/api/uploads/sample.csv", content=sample.content)

    assert answer.status_code == 201
    assert answer.json()["needs_mapping"] is False


def test_the_list_of_routes_needs_no_other_host(client: TestClient) -> None:
    page = client.get("/api/docs").text

    assert "/api/uploads/{filename}" in page
    assert "https://" not in page
    assert "<script" not in page
    assert client.get("/api/openapi.json").json()["paths"]


def test_an_unforeseen_error_gives_only_a_reference(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"secret detail in {tmp_path}")

    monkeypatch.setattr("core.bundle.predictor.Predictor.load", broken)

    answer = client.post("/api/predict", json={"sessions": [{}]})

    assert answer.status_code == 500
    assert "reference" in answer.json()["remedy"]
    assert "secret" not in answer.text
