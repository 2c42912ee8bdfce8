"""Every page of a result says why nothing is predicted where a shop has no model yet, and still works."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest

from core.scoring.steps import without_predictions
from core.storage import Basis, Result, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page

WHY = "24 buyers in this export; 100 are needed to train a model on it."


@pytest.fixture
def unpredicted(shop: Shop) -> Iterator[Result]:
    """A finished result of an export with too few buyers, the demo model's predictions beside it."""
    store = get_store()
    result = store.create_result(shop.result.dataset_id, bundle=shop.result.bundle)
    result.example_path.parent.mkdir()
    result.example_path.write_bytes(shop.result.path.read_bytes())
    scored = without_predictions(result.example_path, result.path)
    store.update_result(
        result.id,
        state="done",
        n_sessions=scored.n_sessions,
        has_outcomes=True,
        basis=Basis(kind="none", reason=WHY, buyers=24, buyers_needed=100).to_dict(),
    )
    yield store.result(result.id)
    store.update_result(result.id, state="failed", error={"code": "error", "message": "Over."})


def test_every_page_says_why_nothing_is_predicted(client: Client, unpredicted: Result) -> None:
    session = pq.read_table(unpredicted.path)["session_id"][0].as_py()
    for address in (
        f"/results/{unpredicted.id}",
        f"/results/{unpredicted.id}/why",
        f"/clusters?source={unpredicted.id}",
        f"/audiences/new?result={unpredicted.id}",
        f"/results/{unpredicted.id}/session?session={session}",
    ):
        said = Page(client, address).text()
        assert WHY in said, address
        assert "has behaviour clusters only" not in said, address
        assert "Why this prediction" not in said, address


def test_a_new_audience_begins_with_a_result_that_has_predictions(
    client: Client, shop: Shop, unpredicted: Result
) -> None:
    for address in ("/audiences/new", "/audiences/new?result=latest"):
        assert Page(client, address).find("audiences-result")["value"] == shop.result.id


def test_the_example_is_at_an_address_of_its_own(client: Client, unpredicted: Result) -> None:
    said = Page(client, f"/results/{unpredicted.id}-example").text()
    assert "An example: the demo shop's model, not yours." in said
    assert WHY in said
    assert f"{unpredicted.id}-example" not in str(Page(client, "/results").components())
