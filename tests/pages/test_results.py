"""The results pages over HTTP: the list, a result and its filters, its table, and the way to it."""

from __future__ import annotations

from collections.abc import Iterator
from shutil import copy
from typing import Any

import pytest

from core.jobs.scoring import submit
from core.storage import Recorded, Result, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control, walk, words_of


@pytest.fixture
def unfinished(shop: Shop) -> Iterator[Result]:
    store = get_store()
    result = store.create_result(shop.result.dataset_id, bundle="demo-shop")
    store.update_result(result.id, state="running", step="features", share=0.5, message="Half of them")
    yield store.result(result.id)
    store.update_result(result.id, state="failed", error={"code": "error", "message": "Stopped."})


def _kpi(page: Page, label: str) -> str:
    figures = (part for part in page.components() if part["props"].get("className") == "kpi")
    said = [list(words_of(figure)) for figure in figures]
    return next(words[1] for words in said if words[0] == label)


def _change(page: Page, triggered: str, value: Any, *, query: str | None = None) -> dict[str, Any]:
    """Use something on the page; everything else stands as the page has it."""
    controls = [(props["id"], props.get("value")) for props in page.matching("results-control")]
    charts = [props["id"] for props in page.matching("results-chart")]
    buttons = [props["id"] for props in page.matching("results-chip")]

    def given(identity: dict[str, Any]) -> Any:
        kind = identity["type"]
        return (
            value
            if triggered.startswith(control(kind, **{k: v for k, v in identity.items() if k != "type"}))
            else None
        )

    return page.call(
        "..results-query.data...",
        triggered,
        {
            "results-control": [(i, value if given(i) is not None else old) for i, old in controls],
            "results-chart": [(i, given(i)) for i in charts],
            "results-chip": [(i, given(i)) for i in buttons],
            "results-query.data": page.find("results-query")["data"] if query is None else query,
        },
        {"results-control": [i for i, _ in controls]},
    )


def test_the_list_has_every_result(client: Client, shop: Shop) -> None:
    page = Page(client, "/results")
    links = {part["props"].get("href") for part in page.components()}
    assert f"/results/{shop.result.id}" in links
    assert "March visits" in page.text()
    assert "700" in page.text().split("\n")


def test_of_an_export_scored_again_the_older_result_is_folded_and_leads_to_the_newest(
    client: Client, shop: Shop
) -> None:
    store = get_store()
    again = store.create_result(shop.result.dataset_id, bundle="demo-shop")
    again.path.parent.mkdir(parents=True, exist_ok=True)
    copy(shop.result.path, again.path)
    assert "This is an older result" not in Page(client, f"/results/{shop.result.id}").text()
    store.update_result(again.id, state="done", n_sessions=700)

    folded = [part for part in Page(client, "/results").components() if part["type"] == "Details"]
    links = [part["props"].get("href") for part in walk(folded)]
    assert f"/results/{shop.result.id}" in links
    assert f"/results/{again.id}" not in links
    assert "older result" in " ".join(words_of(folded))
    older = Page(client, f"/results/{shop.result.id}")
    assert "This is an older result" in older.text()
    assert f"/results/{again.id}" in {part["props"].get("href") for part in older.components()}
    assert "This is an older result" not in Page(client, f"/results/{again.id}").text()
    offered = [part["props"].get("options") for part in Page(client, "/clusters").components()]
    assert "· older" in str(offered)
    store.delete_result(store.result(again.id))


def test_a_result_is_shown_whole(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}")
    assert _kpi(page, "Sessions") == "700"
    assert len(page.matching("results-chart")) >= 8
    assert "likeliest to buy" in page.text()
    table = Page(client, f"/results/{shop.result.id}?view=sessions")
    assert table.find("results-grid")["rowModelType"] == "infinite"
    assert not table.matching("results-chart")


def test_the_latest_result_has_an_address_of_its_own(client: Client) -> None:
    page = Page(client, "/results/latest")
    assert page.find("results-result")["data"] == "latest"
    assert _kpi(page, "Sessions") == "700"


def test_an_address_restores_its_filters(client: Client, shop: Shop) -> None:
    buyers = sum(row["predicted_purchase"] for row in shop.rows)
    query = "buyer=yes&measure=expected_revenue&sort=-revenue&utm=1"
    page = Page(client, f"/results/{shop.result.id}?view=overview&{query}")
    assert _kpi(page, "Sessions") == f"{buyers}"
    assert page.find({"type": "results-control", "name": "buyer"})["value"] == "yes"
    assert page.find({"type": "results-control", "name": "measure"})["value"] == "expected_revenue"
    assert page.find("results-query")["data"] == "buyer=yes&measure=expected_revenue"
    assert page.find("results-sort")["data"] == "-revenue"


def test_an_unknown_result_is_not_found(client: Client) -> None:
    page = Page(client, "/results/nothing-like-it")
    assert "Result not found" in page.text()
    assert "doesn't exist or was deleted" in page.text()


def test_a_control_filters(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}?cluster=1")
    trigger = f"{control('results-control', name='min_p')}.value"
    changed = _change(page, trigger, 20)
    assert changed["results-query"]["data"] == "min_p=0.2&cluster=1"


def test_a_threshold_is_set_and_taken_back(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}?cluster=1")
    trigger = f"{control('results-control', name='threshold')}.value"
    assert _change(page, trigger, 5)["results-query"]["data"] == "cluster=1&threshold=0.05"

    called = sum(row["purchase_probability"] >= 0.05 for row in shop.rows)
    page = Page(client, f"/results/{shop.result.id}?threshold=0.05")
    assert _kpi(page, "Likely buyers") == f"{called}"
    assert page.find({"type": "results-control", "name": "threshold"})["value"] == 5
    back = f"{control('results-chip', name='threshold', place='head')}.n_clicks"
    changed = _change(page, back, 1)
    assert changed["results-query"]["data"] == ""
    assert changed[control("results-control", name="threshold")] == {"value": ""}


def test_a_click_in_a_chart_filters_and_sets_the_control(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}")
    trigger = f"{control('results-chart', chart='cluster')}.clickData"
    changed = _change(page, trigger, {"points": [{"customdata": ["1", "…"]}]})
    assert changed["results-query"]["data"] == "cluster=1"
    assert changed[control("results-control", name="cluster")] == {"value": ["1"]}


def test_removing_all_empties_the_tables_own_filters(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}?cluster=1&col.n_events=gt:3")
    model = page.find("results-grid")["filterModel"]
    assert model["n_events"]["type"] == "greaterThan"
    trigger = f"{control('results-chip', name='*', place='head')}.n_clicks"
    changed = _change(page, trigger, 1)
    assert changed["results-query"]["data"] == ""
    values = {"results-query.data": "", "results-grid.filterModel": model}
    kept = page.call("results-grid.filterModel", "results-query.data", values)
    assert kept["results-grid"]["filterModel"] == {}


def test_the_tables_own_filter_filters_the_page(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}?view=sessions&cluster=1")
    model = {"n_events": {"filterType": "number", "type": "greaterThan", "filter": 3}}
    values = {"results-grid.filterModel": model, "results-query.data": "cluster=1"}
    changed = page.press("results-grid", values)
    assert changed["results-query"]["data"] == "cluster=1&col.n_events=gt:3"


def test_figures_follow_the_filters(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}")
    values = {"results-query.data": "q=nobody", "results-result.data": shop.result.id}
    shown = str(page.call("results-body.children", "results-query.data", values))
    assert "No sessions match these filters" in shown
    values |= {"results-view.data": "overview", "results-sort.data": ""}
    assert "contains “nobody”" in str(page.call("results-chips.children", "results-query.data", values))


def test_the_table_asks_for_blocks(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}")
    request = {
        "startRow": 50,
        "endRow": 100,
        "filterModel": {},
        "sortModel": [{"colId": "n_events", "sort": "desc"}],
    }
    values = {
        "results-grid.getRowsRequest": request,
        "results-query.data": "cluster=1",
        "results-sort.data": "",
        "results-result.data": shop.result.id,
    }
    answer = page.call("results-grid.getRowsResponse", "results-grid.getRowsRequest", values)
    rows, wanted = answer["results-grid"]["getRowsResponse"], [r for r in shop.rows if r["cluster_id"] == 1]
    assert rows["rowCount"] == len(wanted)
    assert answer["results-sort"]["data"] == "-n_events"
    expected = sorted(wanted, key=lambda row: (-row["n_events"], row["session_id"]))[50:100]
    assert [row["session_id"] for row in rows["rowData"]] == [row["session_id"] for row in expected]


def test_address_and_downloads_follow(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}")
    values = {
        "results-query.data": "cluster=1&measure=revenue",
        "results-sort.data": "-revenue",
        "results-result.data": shop.result.id,
        "results-view.data": "sessions",
    }
    kept = page.call("results-downloads.children", "results-query.data", values)
    assert kept["results-state"]["data"] == {
        "pathname": f"/results/{shop.result.id}",
        "query": "view=sessions&cluster=1&measure=revenue&sort=-revenue",
    }
    assert f"/api/results/{shop.result.id}/download.csv?cluster=1&sort=-revenue" in str(kept)


def test_a_running_result_is_watched_until_it_is_there(client: Client, unfinished: Result) -> None:
    page = Page(client, f"/results/{unfinished.id}?cluster=1")
    assert "Building sessions" in page.text()
    assert page.find("results-clock")["disabled"] is False
    values = {
        "results-clock.n_intervals": 1,
        "results-watched.data": unfinished.id,
        "_pages_location.search": "?cluster=1",
    }

    def tick() -> dict[str, Any]:
        return page.press("results-clock", values)

    store = get_store()
    store.update_result(unfinished.id, share=0.7, step="predict", message="7 of 10")
    ahead = tick()
    assert "7 of 10" in str(ahead["results-status"])
    assert ahead["results-clock"]["disabled"] is False

    recorded = Recorded(
        sessions=20_000, outcomes=10_000, buyers=700, conversion=0.07, revenue=63_000.5, currency="EUR"
    )
    message = "Training XGBoost · 12 s so far, about 30 s left"
    store.update_result(unfinished.id, recorded=recorded.to_dict(), step="own_model", message=message)
    training = str(tick()["results-status"])
    assert message in training
    assert "Training your own model on this export" in training
    for figure in ("20,000", "700", "7.0%", "50.0% of sessions", "€63,000"):
        assert figure in training

    finished = store.latest_result()
    assert finished is not None
    unfinished.path.write_bytes(finished.path.read_bytes())
    store.update_result(unfinished.id, state="done", n_sessions=700)
    over = tick()
    assert over["results-clock"]["disabled"] is True
    values["results-over.data"] = over["results-over"]["data"]
    assert "results-answer" in str(page.press("results-over", values)["results-place"])


def test_scoring_is_stopped_after_asking_and_begun_again(client: Client, shop: Shop) -> None:
    waiting = submit(shop.result.dataset_id)
    page = Page(client, f"/results/{waiting.id}")
    assert "Starts at once" in page.text()
    asked = {"results-cancel.n_clicks": 1, "results-keep.n_clicks": 0}
    answer = page.call("results-dialog.is_open", "results-cancel.n_clicks", asked)
    assert answer["results-dialog"]["is_open"] is True

    told = {"results-stop.n_clicks": 1, "results-watched.data": waiting.id}
    answer = page.press("results-stop", told)
    assert answer["results-dialog"]["is_open"] is False
    assert "Scoring was cancelled" in str(answer["results-place"])
    assert get_store().result(waiting.id).state == "cancelled"
    assert not waiting.folder.exists()
    assert "Stopped" in Page(client, "/results").text()


def test_scoring_is_stopped_in_the_list(client: Client, shop: Shop) -> None:
    waiting = submit(shop.result.dataset_id)
    page = Page(client, "/results")
    (button,) = page.matching("results-list-stop")
    assert button["id"]["result"] == waiting.id
    pressed = {"results-list-stop": [(button["id"], 1)]}
    answer = page.press(control("results-list-stop", result=["ALL"]), pressed)
    assert "results-list-stop" not in str(answer["results-list"])
    assert get_store().result(waiting.id).state == "cancelled"


def test_a_result_that_fails_says_why(client: Client, unfinished: Result) -> None:
    error = {"code": "mapping", "message": "No column tells when.", "where": "row 3", "remedy": "Map it."}
    get_store().update_result(unfinished.id, state="failed", error=error)
    page = Page(client, f"/results/{unfinished.id}")
    assert "No column tells when." in page.text()
    assert page.find("results-clock")["disabled"] is True
    assert f"/upload/{unfinished.dataset_id}" in {part["props"].get("href") for part in page.components()}


def test_the_details_of_drift_have_an_address_of_their_own(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}/drift")
    assert "Does this export look like the model's data?" in page.text()
    assert "Every input" in page.text()
    links = [part["props"].get("href") for part in Page(client, f"/results/{shop.result.id}").components()]
    assert f"/results/{shop.result.id}/drift" in links
    assert "Result not found" in Page(client, "/results/nothing-like-it/drift").text()
