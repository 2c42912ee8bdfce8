"""The pages of audiences over HTTP: made, kept, applied again, opened from a file, deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.audiences import Definition
from core.audiences.repository import definition_of, make
from core.storage import Audience, Result, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control

BY_SESSION = Definition(pick="top_n", amount=60.0, id_kind="session", one_row_per="session", salt="pages")


@pytest.fixture(scope="module")
def tomorrow(shop: Shop) -> Result:
    """The same shop's next export: every other session of today's."""
    store = get_store()
    result = store.create_result(shop.result.dataset_id, bundle="demo-shop")
    rows = pq.read_table(shop.result.path)
    pq.write_table(rows.take(list(range(0, rows.num_rows, 2))), result.path)
    store.update_result(result.id, state="done", n_sessions=350, currency="EUR")
    return store.result(result.id)


@pytest.fixture(scope="module")
def client(client: Client, tomorrow: Result) -> Client:
    return client


@pytest.fixture
def audience(shop: Shop) -> Audience:
    return make(shop.result.id, name="Voucher", definition=BY_SESSION)


def _controls(page: Page, **changes: Any) -> list[tuple[dict[str, str], Any]]:
    there = page.matching("audiences-control")
    unknown = set(changes) - {props["id"]["name"] for props in there}
    assert not unknown
    return [(p["id"], changes.get(p["id"]["name"], p.get("value"))) for p in there]


def _update(page: Page, **changes: Any) -> dict[str, Any]:
    (first,) = list(changes)[:1]
    outputs = {
        kind: [p["id"] for p in page.matching(kind)] for kind in ("audiences-message", "audiences-when")
    }
    return page.call(
        "audiences-body.children",
        f"{control('audiences-control', name=first)}.value",
        {
            "audiences-name.value": changes.pop("called", ""),
            "audiences-control": _controls(page, **changes),
            "audiences-start.data": page.find("audiences-start")["data"],
        },
        outputs,
    )


def _leave(page: Page, triggered: str, **changes: Any) -> dict[str, Any]:
    values = {
        "audiences-save.n_clicks": 1 if triggered.startswith("audiences-save") else 0,
        "audiences-result.value": changes.pop("result", page.find("audiences-result")["value"]),
        "audiences-control": _controls(page, **changes),
        "audiences-start.data": page.find("audiences-start")["data"],
    }
    return page.call("audiences-open.data", triggered, values)


def _figure(page_or_text: str, label: str) -> str:
    return re.search(rf"{label}\n(?:.*\n)??([\d,.]+)", page_or_text).group(1)


def test_a_new_user_only_has_to_save(client: Client, shop: Shop) -> None:
    page = Page(client, f"/audiences/new?result={shop.result.id}")
    opened = _leave(page, "audiences-save.n_clicks")["audiences-open"]["data"]
    kept = get_store().audience(opened["pathname"].rsplit("/", 1)[1])
    assert kept.name == "March visits, top 10%"
    assert definition_of(kept).held_out == 0.1
    assert kept.figures["n"] == kept.figures["treated"] + kept.figures["held_out"] > 0
    shown = Page(client, opened["pathname"])
    assert "The top 10% of" in shown.text()
    assert f"/audiences/{kept.id}/outcomes" in str(shown.content)


def test_visits_that_are_over_show_interest_and_no_buyers_to_come(client: Client, shop: Shop) -> None:
    words = Page(client, f"/audiences/new?result={shop.result.id}").text()
    for said in ("Interest", "Expected revenue left behind", "Average probability", "none of them bought"):
        assert said in words, said
    assert "Expected buyers" not in words
    listed = Page(client, "/audiences").text()
    assert "Expected buyers" not in listed


def test_the_form_follows_and_the_address_keeps_it(client: Client, shop: Shop) -> None:
    page = Page(client, f"/audiences/new?result={shop.result.id}&min_p=0.01&buyers=in")
    assert "Probability: 1–100%" in page.text()
    changed = _update(page, pick="top_n", amount_top_n=40, held_out=25, called="Spring")
    assert _figure("\n".join(_texts(changed["audiences-body"]["children"])), "in the audience") == "40"
    query = changed["audiences-state"]["data"]["query"]
    again = Page(client, f"/audiences/new?{query}")
    values = {props["id"]["name"]: props.get("value") for props in again.matching("audiences-control")}
    assert (values["pick"], values["amount_top_n"], values["held_out"]) == ("top_n", 40, 25)
    assert values["leave_out_buyers"] == "in"
    assert again.find("audiences-name")["value"] == "Spring"
    assert "top_share" not in query
    hidden = {p["id"]["name"]: p["hidden"] for p in again.matching("audiences-when")}
    assert hidden == {
        "amount_top_share": True,
        "amount_top_n": False,
        "amount_threshold": True,
        "amount_min_expected_revenue": True,
        "rank_by": False,
    }


def test_what_cant_be_used_is_said_beside_its_field(client: Client, shop: Shop) -> None:
    page = Page(client, f"/audiences/new?result={shop.result.id}")
    changed = _update(page, held_out=80, cost=None)
    places = [props["id"]["name"] for props in page.matching("audiences-message")]
    said = changed[control("audiences-message", name="held_out")]["children"]
    assert said == "Enter 0 to 50%."
    shown = "\n".join(_texts(changed["audiences-body"]["children"]))
    assert "A field is invalid" in shown
    assert not re.search(r"\d", shown), "figures would be of another audience"
    assert "audiences-state" not in changed, "the address stays with the last one that could be made"
    assert changed[control("audiences-message", name="cost")]["children"] == "Enter 0 or more."
    assert "pick" in places
    refused = _leave(page, "audiences-save.n_clicks", held_out=80)
    assert "A field is invalid" in "\n".join(_texts(refused["audiences-save-problem"]["children"]))


def test_another_result_keeps_the_form(client: Client, shop: Shop, tomorrow: Result) -> None:
    page = Page(client, f"/audiences/new?result={shop.result.id}&cluster=1&held=0.2")
    opened = _leave(page, "audiences-result.value", result=tomorrow.id)["audiences-open"]["data"]
    assert opened == {
        "pathname": "/audiences/new",
        "query": f"result={tomorrow.id}&cluster=1&held=0.2",
    }


@pytest.mark.parametrize("query", ["result=gone", "held=0.9", "pick=worst", "result=training", "cost=x"])
def test_a_link_that_cant_be_used_whole_says_so(client: Client, query: str) -> None:
    text = Page(client, f"/audiences/new?{query}&unknown=1").text()
    assert "Parts of this link couldn't be used" in text


def test_bands_lead_to_an_audience_of_their_own(client: Client, shop: Shop) -> None:
    page = Page(client, f"/audiences/new?result={shop.result.id}&buyers=in")
    links = [p["props"] for p in page.components() if p["props"].get("children") == "Use these"]
    assert len(links) == 3
    fence = Page(client, links[1]["href"])
    assert "pick=all" in links[1]["href"]
    assert "Everyone matching the filters" in str(fence.content)


def test_a_kept_audience_is_applied_to_another_result(
    client: Client, audience: Audience, tomorrow: Result
) -> None:
    page = Page(client, f"/audiences/{audience.id}")
    opened = page.call(
        "audience-open.data",
        "audience-apply.value",
        {"audience-apply.value": tomorrow.id, "audience-shown.data": page.find("audience-shown")["data"]},
    )["audience-open"]["data"]
    other = Page(client, f"{opened['pathname']}?{opened['query']}")
    assert f"Applied to {tomorrow.dataset_name}" in other.text()
    assert "700\n350" in other.text()
    assert f"download.csv?result={tomorrow.id}" in str(other.content)
    assert f"group=treated&columns=id&result={tomorrow.id}" in str(other.content)


def test_it_is_renamed_and_deleted_once_that_is_confirmed(client: Client, audience: Audience) -> None:
    page = Page(client, f"/audiences/{audience.id}")
    shown = {"audience-shown.data": page.find("audience-shown")["data"]}
    values = {**shown, "audience-rename-save.n_clicks": 1, "audience-rename-name.value": "Late voucher"}
    renamed = page.call("audience-rename-dialog.is_open", "audience-rename-save.n_clicks", values)
    assert "Late voucher" in json.dumps(renamed["audience-place"]["children"])
    values["audience-rename-name.value"] = " "
    refused = page.call("audience-rename-dialog.is_open", "audience-rename-save.n_clicks", values)
    assert refused["audience-rename-dialog"]["is_open"] is True

    asked = page.call(
        "audience-delete-dialog.is_open", "audience-delete.n_clicks", {**shown, "audience-delete.n_clicks": 1}
    )
    assert asked["audience-delete-dialog"]["is_open"] is True
    assert get_store().audience(audience.id).name == "Late voucher"
    page.call(
        "audience-delete-dialog.is_open",
        "audience-delete-yes.n_clicks",
        {**shown, "audience-delete-yes.n_clicks": 1},
    )
    assert "Audience not found" in Page(client, f"/audiences/{audience.id}").text()


def test_the_list_tells_size_and_origin(client: Client, shop: Shop, audience: Audience) -> None:
    text = Page(client, "/audiences").text()
    assert "Voucher" in text
    assert "60 sessions" in text
    assert f"/results/{shop.result.id}" in str(Page(client, "/audiences").content)


def test_a_definitions_file_opens_the_form(client: Client, audience: Audience) -> None:
    page = Page(client, "/audiences")

    def read(text: str | None) -> dict[str, Any]:
        told = {"name": "mine.json", "times": 1, "text": text}
        return page.call(
            "audiences-file-open.data", "audiences-file-read.data", {"audiences-file-read.data": told}
        )

    changed = replace(definition_of(audience), filters="cluster=1", amount=7.0)
    opened = read(json.dumps(changed.to_dict()))["audiences-file-open"]["data"]
    form = Page(client, f"{opened['pathname']}?{opened['query']}")
    values = {props["id"]["name"]: props.get("value") for props in form.matching("audiences-control")}
    assert (values["pick"], values["amount_top_n"], values["salt"]) == ("top_n", 7, "pages")
    for text, said in (("{", "isn't JSON"), ("{}", "isn't an audience definition"), (None, "too large")):
        problem = "\n".join(_texts(read(text)["audiences-file-problem"]["children"]))
        assert said in problem
        assert "mine.json" in problem


def test_it_outlives_its_result(client: Client, shop: Shop, tomorrow: Result) -> None:
    store = get_store()
    upload = store.data_dir / "again.csv"
    upload.write_text("session_id,clicks\na,1\n")
    dataset = store.add_dataset(upload, filename="again.csv", name="Short-lived")
    result = store.create_result(dataset.id, bundle="demo-shop")
    pq.write_table(pq.read_table(shop.result.path), result.path)
    store.update_result(result.id, state="done", n_sessions=700, currency="EUR")
    kept = make(result.id, name="Survivor", definition=BY_SESSION)
    store.delete_dataset(dataset.id)
    page = Page(client, f"/audiences/{kept.id}")
    said = page.text()
    assert "The result “Short-lived” was deleted" in said
    assert "Still possible: measuring the campaign" in said
    outcomes = Page(client, f"/audiences/{kept.id}/outcomes").text()
    assert "From a file" in outcomes
    # As those have it that were made before it was kept who is in them.
    store.members_path(kept.id, result.id).unlink()
    assert "the groups weren't saved" in Page(client, f"/audiences/{kept.id}").text()
    outcomes = Page(client, f"/audiences/{kept.id}/outcomes").text()
    assert "No new outcomes can be read" in outcomes
    assert "Figures from when it was made" in page.text()
    assert "The top 60 sessions by purchase probability" in page.text()
    assert "download.csv" not in str(page.content)
    assert "download.json" in str(page.content)
    assert "deleted" in Page(client, "/audiences").text()
    assert "Applied to" in Page(client, f"/audiences/{kept.id}?result={tomorrow.id}").text()


def test_a_model_that_knows_clusters_only_gives_lists_without_figures(client: Client, shop: Shop) -> None:
    store = get_store()
    result = store.create_result(shop.result.dataset_id, bundle="demo-shop")
    rows = pq.read_table(shop.result.path)
    predicted = [name for name in rows.column_names if "purchase_" in name or "revenue" in name]
    pq.write_table(rows.drop_columns([*predicted, "predicted_purchase", "visitor_id"]), result.path)
    store.update_result(result.id, state="done", n_sessions=700)
    page = Page(client, f"/audiences/new?result={result.id}&pick=all&form=raw")
    assert "Sessions in the audience" in page.text()
    assert "Expected buyers" not in page.text()
    assert "Visitor ids are missing from the file, so session ids are used" in page.text()
    opened = _leave(page, "audiences-save.n_clicks")["audiences-open"]["data"]
    assert "All sessions" in Page(client, opened["pathname"]).text()
    store.update_result(result.id, state="failed")


def _texts(part: Any) -> Iterator[str]:
    from tests.pages.dashing import words_of

    yield from words_of(part)
