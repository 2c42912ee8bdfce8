"""The API says what the pages do: lists and sessions page by page, figures, audiences, models, the log."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.audiences import Definition
from core.audit import entries, record
from core.keys import make_key
from core.privacy import records
from core.storage import get_store
from core.training.purchase.options import QUICK
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]

DEFINITION = Definition(pick="top_n", amount=40, id_kind="session", one_row_per="session").to_dict()


@pytest.fixture(scope="module")
def client(shop: Shop) -> TestClient:
    application = create_application(shop.settings)
    protect(application)
    return TestClient(
        application, base_url="http://localhost", client=("127.0.0.1", 5), raise_server_exceptions=False
    )


def get(client: TestClient, address: str, **headers: str) -> Any:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def every_page(client: TestClient, address: str) -> list[dict[str, Any]]:
    items, cursor = [], ""
    while cursor is not None:
        page = get(client, f"{address}{f'&cursor={cursor}' if cursor else ''}")
        items += page["items"]
        cursor = page["next"]
    return items


def test_all_pages_of_sessions_are_the_sessions_each_once(client: TestClient, shop: Shop) -> None:
    found = every_page(client, f"/api/results/{shop.result.id}/predictions?limit=300")
    shares = [row["purchase_probability"] for row in found]
    assert sorted(row["session_id"] for row in found) == sorted(row["session_id"] for row in shop.rows)
    assert shares == sorted(shares, reverse=True)
    by_id = {row["session_id"]: row for row in shop.rows}
    for row in found[:20]:
        assert row["purchase_probability"] == by_id[row["session_id"]]["purchase_probability"]
        assert row["clicks"] == by_id[row["session_id"]]["clicks"]


def test_sessions_are_filtered_and_ordered_as_in_the_page(client: TestClient, shop: Shop) -> None:
    address = f"/api/results/{shop.result.id}/predictions?limit=200&min_p=0.3&sort=-clicks"
    found = every_page(client, address)
    wanted = [row for row in shop.rows if row["purchase_probability"] >= 0.3]
    assert len(found) == len(wanted) > 0
    assert [row["clicks"] for row in found] == sorted((row["clicks"] for row in wanted), reverse=True)
    assert get(client, address)["filters"] == {"min_p": "0.3", "sort": "-clicks"}
    assert get(client, address)["total"] == len(wanted)


@pytest.mark.parametrize(
    "more", ["minp=0.3", "min_p=many", "cluster=one", "sort=nothing", "col.nothing=is:a"]
)
def test_a_filter_that_is_none_is_refused(client: TestClient, shop: Shop, more: str) -> None:
    for part in ("predictions", "figures"):
        answer = client.get(f"/api/results/{shop.result.id}/{part}?{more}")
        assert (answer.status_code, answer.json()["where"]) == (400, more.partition("=")[0])


def test_a_cursor_is_for_its_own_question(client: TestClient, shop: Shop) -> None:
    address = f"/api/results/{shop.result.id}/predictions?limit=5"
    after = get(client, address)["next"]
    answer = client.get(f"{address}&min_p=0.3&cursor={after}")
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor")
    for cursor in ("x", "W10", "eyJhIjoxfQ", "WyJhIiwgLTVd", "é", "[" * 400):
        assert client.get(f"{address}&cursor={cursor}").status_code == 400, cursor


def test_figures_are_the_sums_of_the_sessions(client: TestClient, shop: Shop) -> None:
    told = get(client, f"/api/results/{shop.result.id}/figures?by=device&min_p=0.1")
    wanted = [row for row in shop.rows if row["purchase_probability"] >= 0.1]
    assert told["figures"]["n"] == len(wanted) == sum(group["figures"]["n"] for group in told["groups"])
    assert told["figures"]["predicted_buyers"] == sum(row["predicted_purchase"] for row in wanted)
    assert told["figures"]["expected_revenue"] == pytest.approx(
        sum(row["expected_revenue"] for row in wanted)
    )
    summary = get(client, f"/api/results/{shop.result.id}")
    assert summary["state"] == "done"
    assert summary["likely_buyers"] == sum(row["predicted_purchase"] for row in shop.rows)
    clusters = get(client, f"/api/results/{shop.result.id}/clusters")
    assert sum(each["n"] for each in clusters["clusters"]) == clusters["n"] == len(shop.rows)
    funnel = get(client, f"/api/results/{shop.result.id}/funnel")
    assert funnel["whole"]["n"] == len(shop.rows)
    assert client.get(f"/api/results/{shop.result.id}/funnel?by=shoe").status_code == 404


def test_audiences_are_made_listed_and_deleted(client: TestClient, shop: Shop) -> None:
    made = [
        client.post(
            "/api/audiences", json={"result": shop.result.id, "name": f"No. {n}", "definition": DEFINITION}
        ).json()
        for n in range(3)
    ]
    listed = every_page(client, "/api/audiences?limit=2")
    assert [each["name"] for each in listed] == ["No. 2", "No. 1", "No. 0"]
    assert [each["id"] for each in listed] == [each["id"] for each in reversed(made)]
    one = get(client, f"/api/audiences/{made[0]['id']}")
    assert one["n"] == made[0]["n"] == 40
    assert one["definition"]["amount"] == 40
    # What is deleted in between moves nothing.
    first = get(client, "/api/audiences?limit=1")
    assert client.delete(f"/api/audiences/{first['items'][0]['id']}").status_code == 204
    second = get(client, f"/api/audiences?limit=5&cursor={first['next']}")
    assert [each["name"] for each in second["items"]] == ["No. 1", "No. 0"]
    assert client.delete(f"/api/audiences/{made[2]['id']}").status_code == 404
    assert entries(limit=1, settings=shop.settings)[0].subject == "No. 2"


def test_results_and_exports_are_listed(client: TestClient, shop: Shop) -> None:
    store = get_store(shop.settings)
    again = client.post(f"/api/datasets/{shop.result.dataset_id}/score")
    assert again.status_code == 202, again.text
    waiting = get(client, f"/api/results/{again.json()['result_id']}")
    assert (waiting["state"], waiting["trust"], waiting["sessions"]) == ("queued", None, None)
    found = every_page(client, f"/api/results?limit=1&dataset={shop.result.dataset_id}")
    assert [each["id"] for each in found] == [waiting["id"], shop.result.id]
    exports = every_page(client, "/api/datasets?limit=1")
    assert [each["id"] for each in exports] == [each.id for each in store.datasets()]
    one = get(client, f"/api/datasets/{shop.result.dataset_id}")
    assert one["results"] == [waiting["id"], shop.result.id]
    assert client.get(f"/api/results/{waiting['id']}/predictions").status_code == 404
    store.update_result(waiting["id"], state="cancelled")


def test_models_have_cards_and_are_put_to_use(client: TestClient, shop: Shop) -> None:
    shelf = get(client, "/api/models")
    name = shelf["in_use"]
    card = get(client, f"/api/models/{name}")
    assert card["in_use"] is True
    assert card["features"]
    assert client.post(f"/api/models/{name}/use", json={"note": "as before"}).json()["name"] == name
    assert client.delete(f"/api/models/{name}").status_code == 409
    for method, path in (("GET", "/no-such"), ("POST", "/no-such/use"), ("DELETE", "/..%2f..")):
        assert client.request(method, f"/api/models{path}").status_code == 404


def test_trainings_are_started_watched_and_stopped(client: TestClient, shop: Shop) -> None:
    wanted = {"dataset_id": shop.result.dataset_id, "name": "spring", "thoroughness": "quick"}
    answer = client.post("/api/trainings", json=wanted)
    assert answer.status_code == 202, answer.text
    started = answer.json()
    assert (started["model"], started["state"], started["options"]["seconds"]) == (
        "spring",
        "queued",
        QUICK.seconds,
    )
    again = client.post("/api/trainings", json=wanted)
    assert (again.status_code, again.json()["message"]) == (
        400,
        "A model with this name exists or is being trained.",
    )
    assert client.delete(f"/api/trainings/{started['id']}").status_code == 204
    assert get(client, f"/api/trainings/{started['id']}")["state"] == "cancelled"
    second = client.post("/api/trainings", json=wanted | {"thoroughness": "normal"}).json()
    assert client.delete(f"/api/trainings/{second['id']}").status_code == 204
    assert [each["id"] for each in every_page(client, "/api/trainings?limit=1")] == [
        second["id"],
        started["id"],
    ]
    for wrong, status in (({"dataset_id": "none"}, 404), (wanted | {"name": "../x"}, 400), ({}, 422)):
        assert client.post("/api/trainings", json=wrong).status_code == status, wrong


def test_settings_are_read_and_those_that_are_named_changed(client: TestClient, shop: Shop) -> None:
    before = get(client, "/api/settings")
    changed = client.patch("/api/settings", json={"currency": "chf", "time_zone": "Europe/Zurich"}).json()
    assert changed == before | {"currency": "CHF", "time_zone": "Europe/Zurich"}
    assert get(client, "/api/settings") == changed
    for wrong in ({"currency": "francs"}, {"colour": "red"}, {"keep_live_days": 0}, {"time_zone": "Zurich"}):
        assert client.patch("/api/settings", json=wrong).status_code == 422, wrong
    _, secret = make_key("Shop", scopes=["results.read", "settings.write"], settings=shop.settings)
    headers = {"authorization": f"Bearer {secret}"}
    assert client.patch("/api/settings", json={"keep_live_days": 9}, headers=headers).status_code == 403
    assert (
        client.patch("/api/settings", json={"currency": before["currency"]}, headers=headers).status_code
        == 200
    )
    client.patch("/api/settings", json={"time_zone": before["time_zone"]})
    assert get(client, "/api/settings") == before


def test_columns_are_mapped_and_the_next_export_alike(client: TestClient, shop: Shop) -> None:
    header, row = "besuch,wann,was,artikel,preis", "s1,2026-10-01 10:00:00,gesehen,A1,9.5"
    taken = client.put("/api/uploads/log.csv", content=f"{header}\n{row}\n".encode()).json()
    asked = get(client, f"/api/datasets/{taken['dataset_id']}/mapping")
    assert asked["needs_mapping"] is True
    assert list(asked["columns"]) == header.split(",")
    wanted = {
        "kind": "events",
        "columns": {
            "session_id": "besuch", "timestamp": "wann", "event_type": "was", "product_id": "artikel",
            "price": "preis",
        },
        "event_types": {"gesehen": "product_view"},
    }  # fmt: skip
    address = f"/api/datasets/{taken['dataset_id']}/mapping"
    wrong = client.put(address, json=wanted | {"columns": {"session_id": "visit"}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "mapping")
    mapped = client.put(address, json=wanted)
    assert mapped.status_code == 202, mapped.text
    assert get(client, f"/api/results/{mapped.json()['result_id']}")["state"] == "queued"
    assert get(client, address)["mapping"]["columns"] == wanted["columns"]
    (recipe,) = get(client, "/api/recipes")
    assert (recipe["name"], recipe["mapping"]["event_types"]) == ("log.csv", wanted["event_types"])
    assert get(client, f"/api/recipes/{recipe['fingerprint']}.json")["mapping"] == recipe["mapping"]
    assert client.delete(f"/api/recipes/{recipe['fingerprint']}").status_code == 204
    gone = entries(limit=1, settings=shop.settings)[0]
    assert (gone.action, gone.subject, gone.detail) == ("deleted", "log.csv", {"kind": "recipe"})
    assert client.delete(f"/api/recipes/{recipe['fingerprint']}").status_code == 404
    assert get(client, "/api/recipes") == []
    client.delete(f"/api/datasets/{taken['dataset_id']}")


def test_the_log_is_read_and_sent_as_files(client: TestClient, shop: Shop) -> None:
    record("backup_made", "=cmd|' /C calc'!A0", settings=shop.settings)
    newest = get(client, "/api/audit?action=backup_made")["items"][0]
    assert (newest["via"], newest["subject"][0]) == ("program", "=")
    rows = list(csv.DictReader(io.StringIO(client.get("/api/audit/download.csv?q=calc").text)))
    assert [row["subject"] for row in rows] == ["'=cmd|' /C calc'!A0"]
    lines = client.get("/api/audit/download.jsonl?q=calc").text.splitlines()
    assert json.loads(lines[0])["hash"] == newest["hash"]
    every = every_page(client, "/api/audit?limit=2")
    assert [each["id"] for each in every] == [each.id for each in entries(limit=1000, settings=shop.settings)]
    assert get(client, "/api/audit?from=9999-12-31&to=9999-12-31")["items"] == []


#: What uploads in pieces want to be told.
TUS = {"Tus-Resumable": "1.0.0"}
#: A call of each kind with the scope it takes.
NEEDS = (
    ("GET", "/api/results", "results.read"),
    ("GET", "/api/results/none/predictions", "ids.read"),
    ("GET", "/api/results/none/download.csv", "ids.read"),
    ("GET", "/api/audiences/none/download.csv", "ids.read"),
    ("GET", "/api/datasets/none/rejected.csv", "ids.read"),
    ("GET", "/api/datasets/none/mapping", "ids.read"),
    ("GET", "/api/datasets/none/recipe.json", "ids.read"),
    ("GET", "/api/recipes", "ids.read"),
    ("GET", "/api/recipes/none.json", "ids.read"),
    ("PUT", "/api/uploads/a.csv", "uploads.write"),
    ("POST", "/api/tus/", "uploads.write"),
    ("GET", "/api/sources", "uploads.write"),
    ("POST", "/api/datasets/none/score", "uploads.write"),
    ("DELETE", "/api/datasets/none", "results.delete"),
    ("DELETE", "/api/audiences/none", "results.delete"),
    ("POST", "/api/models/none/use", "models.write"),
    ("DELETE", "/api/trainings/none", "uploads.write"),
    ("PUT", "/api/datasets/none/mapping", "uploads.write"),
    ("DELETE", "/api/recipes/none", "uploads.write"),
    ("PATCH", "/api/settings", "settings.write"),
    ("GET", "/api/audit", "audit.read"),
)


def test_a_key_does_what_its_scopes_say(client: TestClient, shop: Shop) -> None:
    _, reading = make_key("Reads", scopes=["results.read"], settings=shop.settings)
    for method, path, scope in NEEDS:
        _, secret = make_key("One", scopes=sorted({scope, "results.read"}), settings=shop.settings)
        allowed = client.request(method, path, headers={"authorization": f"Bearer {secret}", **TUS})
        assert allowed.status_code not in (401, 403), (path, allowed.text)
        if scope != "results.read":
            refused = client.request(method, path, headers={"authorization": f"Bearer {reading}", **TUS})
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), path
    me = get(client, "/api/me", authorization=f"Bearer {reading}")
    assert (me["name"], me["via"], me["permissions"]) == ("Reads", "key", ["results.read"])


def test_a_key_without_ids_reads_no_patterns_of_people(client: TestClient, shop: Shop) -> None:
    client.patch("/api/settings", json={"internal": {"user_id": ["anna@shop.example"]}})
    _, reading = make_key("Reads", scopes=["results.read"], settings=shop.settings)
    _, with_ids = make_key("Ids", scopes=["results.read", "ids.read"], settings=shop.settings)
    for secret, internal in ((reading, {}), (with_ids, {"user_id": ["anna@shop.example"]})):
        assert get(client, "/api/settings", authorization=f"Bearer {secret}")["internal"] == internal
    client.patch("/api/settings", json={"internal": {}})


def test_who_is_refused_is_in_the_log(
    client: TestClient, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    key, reading = make_key("Reads", scopes=["results.read"], settings=shop.settings)
    for secret in (reading, "scsp_nothing"):
        client.get("/api/results/v1-secret/predictions", headers={"authorization": f"Bearer {secret}"})
    refused, unknown = [line for line in caplog.messages if "refused" in line]
    assert refused == f"GET /api/results/{{result_id}}/predictions was refused to key {key.id}"
    assert unknown == "an API key was refused: key"


def test_every_error_has_one_form(client: TestClient, shop: Shop) -> None:
    for method, path, status in (
        ("GET", "/api/nothing", 404), ("GET", "/api/results/none", 404), ("POST", "/api/results", 405),
        ("DELETE", "/api/me", 405), ("GET", "/api/results?limit=many", 422), ("POST", "/api/predict", 422),
        ("GET", "/api/results?cursor=x", 400),
    ):  # fmt: skip
        answer = client.request(method, path)
        assert answer.status_code == status, path
        assert set(answer.json()) == {"code", "message", "where", "remedy"}
        assert ("allow" in answer.headers) == (status == 405)


def test_what_was_deleted_is_listed_page_by_page(client: TestClient, shop: Shop) -> None:
    told = {"deleted": {"results": 1}, "kept_days": {}}
    made = [records.add("retention", settings=shop.settings, told=told).id for _ in range(3)]
    found = every_page(client, "/api/privacy/deletions?limit=1")
    assert [one["id"] for one in found if one["id"] in made] == made[::-1]
    assert found == get(client, "/api/privacy/deletions")["items"]
