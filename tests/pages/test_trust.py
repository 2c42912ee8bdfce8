"""One verdict everywhere: of a result one should not act on, every page, the report and the API say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.results.list_callbacks import doubts_of
from core.audiences import Definition
from core.audiences.repository import make
from core.results.filters import Filters
from core.results.trust import trust_of
from core.results.view import ResultView
from core.storage import Basis, Contest, Result, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control

DEFINITION = Definition(pick="top_n", amount=60.0, id_kind="session", one_row_per="session", salt="trust")
SAID = "This model does no better than guessing on this export. Don't act on it."


@pytest.fixture(scope="module")
def guessing(shop: Shop) -> Iterator[Result]:
    """The same sessions, bought by others than the model expects."""
    rows = pq.read_table(shop.result.path)
    bought = np.random.default_rng(5).permutation(rows["purchased"].to_numpy(zero_copy_only=False))
    least = np.argsort(rows["purchase_probability"].to_numpy())[: int(bought.sum())]
    purchased = np.zeros(rows.num_rows, bool)
    purchased[least] = True
    rows = rows.set_column(rows.column_names.index("purchased"), "purchased", pa.array(purchased))
    store = get_store()
    result = store.create_result(shop.result.dataset_id, bundle="demo-shop")
    pq.write_table(rows, result.path)
    store.update_result(result.id, state="done", n_sessions=rows.num_rows, currency="EUR", has_outcomes=True)
    yield store.result(result.id)
    store.update_result(result.id, state="failed", error={"code": "error", "message": "Over."})


def _looks(page: Page, label: str) -> str:
    """Return the classes of the link or button with this label."""
    for part in page.components():
        children = part["props"].get("children")
        if isinstance(children, list) and any(
            isinstance(child, dict) and child.get("props", {}).get("children") == label for child in children
        ):
            return str(part["props"].get("className"))
    raise AssertionError(f"there is no {label}")


def test_the_page_of_a_result_leads_with_training(client: Client, guessing: Result) -> None:
    page = Page(client, f"/results/{guessing.id}")
    assert SAID in page.text()
    assert "btn-primary" in _looks(page, "Train on this export")
    assert "btn-primary" not in _looks(page, "Make an audience anyway")


def test_the_list_of_results_marks_it(client: Client, guessing: Result, shop: Shop) -> None:
    titles = {part["props"].get("title") for part in Page(client, "/results").components()}
    assert SAID in titles
    assert doubts_of([(guessing, None)]) == {}
    view = ResultView(shop.result.path)
    assert doubts_of([(guessing, view.kpis(Filters())), (shop.result, view.kpis(Filters()))]) == {
        guessing.id: SAID
    }


def test_the_home_page_marks_it_in_its_list_too(client: Client, guessing: Result) -> None:
    titles = [part["props"].get("title") for part in Page(client, "/").components()]
    assert titles.count(SAID) == 1


@pytest.mark.parametrize("address", ["/journeys?source={}", "/clusters?source={}", "/results/{}/why"])
def test_pages_that_look_at_it_from_another_side_mark_it(
    client: Client, guessing: Result, shop: Shop, address: str
) -> None:
    titles = [part["props"].get("title") for part in Page(client, address.format(guessing.id)).components()]
    assert titles.count(SAID) == 1
    page = Page(client, address.format(shop.result.id))
    assert "Don't act" not in page.text()


def test_pages_that_follow_from_it_warn(client: Client, guessing: Result, shop: Shop) -> None:
    session = shop.rows[0]["session_id"]
    audience = make(guessing.id, name="Doubtful", definition=DEFINITION)
    for address in (
        f"/results/{guessing.id}/session?session={session}",
        f"/audiences/new?result={guessing.id}",
        f"/audiences/{audience.id}",
    ):
        assert SAID in Page(client, address).text(), address
    assert "btn-primary" not in _looks(Page(client, f"/audiences/new?result={guessing.id}"), "Save anyway")
    kept = Page(client, f"/audiences/{audience.id}")
    assert "btn-primary" not in _looks(kept, "Download contact list")


def test_report_and_api_say_the_same(client: Client, guessing: Result) -> None:
    report = client.request("GET", f"/api/results/{guessing.id}/report.html").text
    assert SAID in report.replace("&#39;", "'")
    told = client.request("GET", f"/api/results/{guessing.id}").json()
    assert told["trust"] == trust_of(guessing).to_dict()
    assert told["trust"]["act"] is False
    assert told["sessions"] == guessing.n_sessions


def test_a_result_one_can_act_on_warns_nowhere(client: Client, shop: Shop) -> None:
    trust = trust_of(shop.result)
    assert trust is not None
    told = client.request("GET", f"/api/results/{shop.result.id}").json()
    assert told["trust"]["act"] is trust.act is True
    assert told["expected_buyers"] == pytest.approx(sum(row["purchase_probability"] for row in shop.rows))
    for address in (f"/results/{shop.result.id}", f"/audiences/new?result={shop.result.id}"):
        page = Page(client, address)
        assert "Don't act" not in page.text()
    assert "btn-primary" in _looks(Page(client, f"/results/{shop.result.id}"), "Make an audience")


def test_an_unfinished_result_has_no_summary(client: Client, shop: Shop) -> None:
    waiting = get_store().create_result(shop.result.dataset_id, bundle="demo-shop")
    answer = client.request("GET", f"/api/results/{waiting.id}")
    told = answer.json()
    assert (answer.status_code, told["state"], told["trust"]) == (200, "queued", None)
    get_store().update_result(waiting.id, state="failed", error={"code": "error", "message": "Over."})


@pytest.mark.parametrize(
    ("basis", "cause"),
    [
        (Basis(kind="own", alarms=("Too good to be true",)), "leak"),
        (Basis(kind="own", alarms=("Too good to be true",), promoted=True), None),
        (Basis(kind="example", reason="24 buyers; 100 are needed."), "example"),
    ],
    ids=["leak", "leak looked at", "example"],
)
def test_what_a_result_rests_on_counts(shop: Shop, basis: Basis, cause: str | None) -> None:
    trust = trust_of(replace(shop.result, basis=basis))
    assert trust is not None
    assert trust.cause == cause


def test_a_better_model_is_put_to_work_by_one_button(
    client: Client, guessing: Result, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = {"value": 0.84, "low": 0.83, "high": 0.85, "n": 700, "unit": "score"}
    contest = Contest(outcome="better", in_use=figure | {"value": 0.78}, new=figure, bundle="shop-2")
    store = get_store()
    for each in (guessing.id, shop.result.id):
        store.update_result(each, basis=Basis(kind="in_use", contest=contest).to_dict())
    used: list[str] = []
    monkeypatch.setattr("core.services.trainings.use", lambda name, **_: used.append(name))
    try:
        page = Page(client, f"/results/{guessing.id}")
        assert "ROC-AUC 0.78; a new one: 0.84" in page.text()
        # Of a result that isn't its export's newest, nothing is offered but that one.
        assert "a new one: 0.84" not in Page(client, f"/results/{shop.result.id}").text()
        identity = {"type": "results-use-new", "result": guessing.id}
        answer = page.press(control("results-use-new", result=["ALL"]), {"results-use-new": [(identity, 1)]})
        assert used == ["shop-2"]
        assert "The new model is in use" in str(answer)
    finally:
        for each in (guessing.id, shop.result.id):
            store.update_result(each, basis=None)
