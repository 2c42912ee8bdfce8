"""Audiences over HTTP: made from a definition, sent as a list with two groups, applied to another result."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from core.audiences import Definition, selection
from core.audiences.repository import make, members_of
from core.results import cache
from core.storage import get_store
from tests.core.audiences.independent import hashed_id, is_held_out
from tests.core.whatif.shop import Shop, shop
from tests.pages.dashing import Client, client

__all__ = ["client", "shop"]

DEFINITION = Definition(pick="top_n", amount=120.0, held_out=0.25, salt="api", leave_out_buyers=False)


@pytest.fixture(scope="module")
def by_session(shop: Shop) -> Definition:
    return replace(DEFINITION, id_kind="session", one_row_per="session")


def _rows(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.request("GET", address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def _post(client: Client, **body: Any) -> Any:
    return client.request("POST", "/api/audiences", json=body)


def test_from_a_definition_to_both_groups(client: Client, shop: Shop, by_session: Definition) -> None:
    answer = _post(client, result=shop.result.id, name="Voucher, May", definition=by_session.to_dict())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    rows = _rows(client, f"/api/audiences/{made['id']}/download.csv")
    best = sorted(shop.rows, key=lambda row: (-row["purchase_probability"], row["session_id"]))[:120]
    assert [row["session_id_sha256"] for row in rows] == [hashed_id(row["session_id"]) for row in best]
    groups = ["held out" if is_held_out(row["session_id"], 0.25, "api") else "treated" for row in best]
    assert [row["group"] for row in rows] == groups
    assert set(groups) == {"treated", "held out"}
    assert (made["n"], made["treated"]) == (120, groups.count("treated"))
    assert rows == _rows(client, f"/api/audiences/{made['id']}/download.csv")

    for group in ("treated", "held-out"):
        ids = _rows(client, f"/api/audiences/{made['id']}/download.csv?group={group}&columns=id")
        wanted = group.replace("-", " ")
        assert [
            {"session_id_sha256": row["session_id_sha256"]} for row in rows if row["group"] == wanted
        ] == ids


def test_whoever_is_sent_is_ranked_once(
    client: Client, shop: Shop, by_session: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = replace(by_session, salt="once")
    made = make(shop.result.id, name="Once", definition=definition)
    members_of(made).path.unlink()
    cache.forget()
    ranked: list[Definition] = []
    candidates = selection._candidates_sql

    def counted(definition: Definition, known: frozenset[str]) -> tuple[str, list[object]]:
        ranked.append(definition)
        return candidates(definition, known)

    monkeypatch.setattr(selection, "_candidates_sql", counted)
    rows = _rows(client, f"/api/audiences/{made.id}/download.csv")
    assert len(rows) == 120
    assert members_of(made).path.exists()
    assert [one.salt for one in ranked] == ["once"]


def test_its_definition_makes_the_same_audience_again(
    client: Client, shop: Shop, by_session: Definition
) -> None:
    made = make(shop.result.id, name="Once", definition=by_session)
    answer = client.request("GET", f"/api/audiences/{made.id}/download.json")
    assert "Once%20definition.json" in answer.headers["content-disposition"]
    again = _post(client, result="latest", name="Twice", definition=json.loads(answer.text)).json()
    first, second = (
        _rows(client, f"/api/audiences/{audience}/download.csv") for audience in (made.id, again["id"])
    )
    assert first == second
    assert first == _rows(client, f"/api/audiences/{made.id}/download.csv?result={shop.result.id}")


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("gone/download.csv", 404, "doesn't exist"),
        ("{id}/download.xlsx", 404, "no download in the format"),
        ("{id}/download.csv?group=all", 400, "isn't a group"),
        ("{id}/download.csv?columns=every", 400, "isn't a set of columns"),
        ("{id}/download.csv?result=gone", 404, "doesn't exist"),
    ],
)
def test_what_cant_be_had_is_said(
    client: Client, shop: Shop, by_session: Definition, address: str, status: int, said: str
) -> None:
    found = get_store().audiences(1) or (make(shop.result.id, name="Any", definition=by_session),)
    answer = client.request("GET", f"/api/audiences/{address.format(id=found[0].id)}")
    assert answer.status_code == status
    assert said in answer.json()["message"]


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({"format": "something else"}, "isn't an audience definition"),
        ({**DEFINITION.to_dict(), "version": 99}, "version 99"),
        ({**DEFINITION.to_dict(), "held_out": 0.9}, "can't be used"),
        ({**DEFINITION.to_dict(), "pick": "worst"}, "can't be used"),
        ({**DEFINITION.to_dict(), "filters": "cluster=99"}, "Nobody is in this audience"),
    ],
)
def test_a_bad_definition_makes_nothing(client: Client, shop: Shop, definition: dict, said: str) -> None:
    before = get_store().count_audiences()
    answer = _post(client, result=shop.result.id, name="Bad", definition=definition)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert get_store().count_audiences() == before


def test_nothing_is_made_for_another_sites_page(client: Client, shop: Shop, by_session: Definition) -> None:
    body = {"result": shop.result.id, "name": "Forged", "definition": by_session.to_dict()}
    answer = client.request(
        "POST", "/api/audiences", json=body, headers={"origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("filters", ["because=cart_adds:up", "area=-9:-9,1:-9,1:9,-9:9", "cluster=1"])
def test_every_filter_of_a_result_is_one_of_an_audience(
    client: Client, shop: Shop, by_session: Definition, filters: str
) -> None:
    definition = replace(by_session, filters=filters, pick="all", amount=0.0)
    made = make(shop.result.id, name="Filtered", definition=definition)
    sent = _rows(client, f"/api/audiences/{made.id}/download.csv")
    meant = _rows(client, f"/api/results/{shop.result.id}/download.csv?{filters}")
    assert 0 < len(sent) == len(meant) < len(shop.rows)
    assert {row["session_id_sha256"] for row in sent} == {hashed_id(row["session_id"]) for row in meant}


def test_a_platforms_file_says_why_nobody_is_in_it(
    client: Client, shop: Shop, by_session: Definition
) -> None:
    made = _post(client, result=shop.result.id, name="Ads", definition=by_session.to_dict()).json()
    at = f"/api/audiences/{made['id']}/lists"
    assert client.request("GET", f"{at}/myspace").status_code == 400
    told = client.request("GET", f"{at}/google").json()
    assert (told["rows"], told["people"]) == (0, made["treated"])
    assert told["left_out"] == {"without a usable id": made["treated"]}
    answer = client.request("GET", f"{at}/google/download.csv")
    assert answer.status_code == 400
    assert "Nobody in this audience can be listed" in answer.text
    platforms = {each["key"]: each for each in client.request("GET", "/api/platforms").json()}
    assert platforms["google"]["headings"][:2] == ["Email", "Phone"]
    assert platforms["pinterest"]["headings"] == []
