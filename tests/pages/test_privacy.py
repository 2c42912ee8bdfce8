"""The page of privacy over HTTP: days, a person found and deleted, the certificate."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from components.privacy.page import record_list
from core.privacy import records, working
from core.storage import Store, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page

PATH = "/settings/privacy"


@pytest.fixture
def store(shop: Shop) -> Iterator[Store]:
    store = get_store()
    yield store
    store.set_shop({name: getattr(store._settings, name) for name in store.shop()})


def _save(page: Page, **days: int | None) -> str:
    wanted = {"pseudonymise": False, **days}
    fields = [(props["id"], wanted.get(props["id"]["name"])) for props in page.matching("privacy-days")]
    values = {"privacy-days": fields, "privacy-save.n_clicks": 1}
    return json.dumps(page.call("privacy-said.children", "privacy-save.n_clicks", values))


def test_days_are_set_and_shown(client: Client, store: Store) -> None:
    assert "Saved" in _save(Page(client, PATH), keep_results_days=90)
    assert store.settings.keep_results_days == 90
    shown = {p["id"]["name"]: p.get("value") for p in Page(client, PATH).matching("privacy-days")}
    assert (shown["keep_results_days"], shown["keep_exports_days"]) == (90, None)
    said = _save(Page(client, PATH), keep_results_days=0)
    assert "Results" in said
    assert "greater than or equal to 1" in said
    assert store.settings.keep_results_days == 90


def test_a_person_is_found_and_deleted_with_a_certificate(client: Client, shop: Shop) -> None:
    page, visitor = Page(client, PATH), shop.rows[0]["visitor_id"]
    asked = {"privacy-who.value": visitor, "privacy-alone.value": False}
    look = {"privacy-find.n_clicks": 1, **asked}
    found = page.call("privacy-found.children", "privacy-find.n_clicks", look)
    assert "privacy-delete" in json.dumps(found)
    answer = page.call("privacy-dialog.is_open", "privacy-yes.n_clicks", {"privacy-yes.n_clicks": 1, **asked})
    assert "Waiting for the worker" in json.dumps(answer)
    working.look(shop.settings)
    (record,) = (one for one in records.records(shop.settings) if one.kind == "person")
    text = client.request("GET", f"/api/privacy/deletions/{record.id}/certificate.html").text
    assert "Certificate of deletion" in text
    assert visitor not in text
    told = client.request("GET", f"/api/privacy/deletions/{record.id}/certificate.json").json()
    assert told["certificate"] == record.id
    assert client.request("GET", f"/api/privacy/deletions/{record.id}/certificate.pdf").status_code == 404
    first = client.request("GET", "/api/privacy/deletions?limit=1").json()
    (listed,) = first["items"]
    assert (listed["id"], listed["state"]) == (record.id, "done")
    assert "certificate.html" in json.dumps(record_list(records=[record]).to_plotly_json(), default=str)


def test_over_the_api_an_id_stands_in_no_address(client: Client, shop: Shop) -> None:
    body = {"id": "nobody@shop.example"}
    told = client.request("POST", "/api/privacy/find", json=body).json()
    assert (told["exports"], told["ids"]) == ([], 1)
    known = client.request("POST", "/api/privacy/export", json=body)
    assert known.headers["cache-control"] == "no-store"
    assert known.json()["asked_for"] == body["id"]
    assert client.request("POST", "/api/privacy/find", json={"id": ""}).status_code in (400, 422)
