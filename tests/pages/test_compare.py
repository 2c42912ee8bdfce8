"""The page that compares two results over HTTP: what an address opens, and what its controls change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.analysis.filters import Filters
from core.analysis.results import ResultView
from tests.core.whatif.shop import Shop, open_shop
from tests.pages.dashing import Client, Page


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(shop: Shop) -> Client:
    from app import server

    return Client(server)


def test_with_one_result_the_page_asks_with_what(client: Client, shop: Shop) -> None:
    text = Page(client, f"/compare?a={shop.result.id}").text()
    assert "With another result" in text
    assert "Training data" in text
    assert "Or two parts of this result" in text


def test_two_parts_stand_beside_each_other_with_their_own_numbers(client: Client, shop: Shop) -> None:
    view = ResultView(shop.result.path)
    first, second = (
        view.kpis(Filters.from_query({"cluster": str(cluster)})).n
        for cluster in sorted(view.cluster_names)[:2]
    )
    a, b = sorted(view.cluster_names)[:2]
    text = Page(client, f"/compare?a={shop.result.id}&b={shop.result.id}&a.cluster={a}&b.cluster={b}").text()
    assert f"{first:,}" in text
    assert f"{second:,}" in text
    assert "95% interval" in text


def test_another_result_and_swapping_keep_the_filters(client: Client, shop: Shop) -> None:
    page = Page(client, f"/compare?a={shop.result.id}&b=training&a.cluster=0&device=mobile")
    sides = [
        ({"type": "compare-side", "side": side}, value)
        for side, value in (("a", shop.result.id), ("b", "training"))
    ]
    query = page.find("compare-query")["data"]
    values = {
        "compare-side": sides,
        "compare-swap.n_clicks": 1,
        "compare-query.data": query,
        "compare-show.value": "share",
    }
    opened = page.call("compare-open", "compare-swap.n_clicks", values)["compare-open"]["data"]
    assert opened["pathname"] == "/compare"
    assert {"a=training", f"b={shop.result.id}", "b.cluster=0", "device=mobile"} == set(
        opened["query"].split("&")
    )


def test_the_same_sessions_twice_and_nobody_are_said(client: Client, shop: Shop) -> None:
    same = f"/compare?a={shop.result.id}&b={shop.result.id}"
    assert "These are the same sessions twice" in Page(client, same).text()
    assert "No sessions in" in Page(client, f"{same}&b.cluster=77").text()


def test_a_result_that_is_gone_is_said_and_another_one_asked_for(client: Client, shop: Shop) -> None:
    text = Page(client, f"/compare?a={shop.result.id}&b=gone").text()
    assert "This result doesn't exist, or was deleted." in text
    assert "With another result" in text
