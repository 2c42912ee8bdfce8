"""The page of a result's drift over HTTP: every feature, what is compared, and results there are none of."""

from __future__ import annotations

import pytest

from core.schema.sessions import FEATURES
from core.storage import get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page


def test_every_feature_is_compared_with_what_the_model_learned_from(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}/drift?utm=1")
    said = page.text()

    assert "Does this export look like the model's data?" in said
    assert "Every input" in said
    assert "700" in said
    rows = [part for part in page.components() if part["type"] == "Tr"]
    assert len(rows) > len(FEATURES)


def test_latest_is_the_newest_result(client: Client, shop: Shop) -> None:
    one = Page(client, f"/results/{shop.result.id}/drift")
    assert Page(client, "/results/latest/drift").text() == one.text()


def test_a_result_there_is_none_of(client: Client) -> None:
    assert "Result not found" in Page(client, "/results/gone/drift").text()


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_a_result_that_is_not_finished_is_waited_for(client: Client, shop: Shop, state: str) -> None:
    store = get_store()
    other = store.create_result(shop.result.dataset_id, bundle="demo-shop")
    store.update_result(other.id, state=state)
    page = Page(client, f"/results/{other.id}/drift")

    assert "This result isn't finished." in page.text()
    assert "/results" in {part["props"].get("href") for part in page.components()}
