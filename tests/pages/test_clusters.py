"""The clusters page over HTTP: its sources, a chosen cluster, its address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from core.bundle_edit import rename_clusters
from core.predict import Predictor
from tests.core.whatif.handmade import NAMES
from tests.core.whatif.shop import Shop, open_shop
from tests.pages.dashing import Client, Page, control


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(shop: Shop) -> Client:
    from app import server

    return Client(server)


def _select(page: Page, triggered: str, value: Any) -> Any:
    items = [props["id"] for props in page.matching("clusters-item")]
    clicks = [(item, value if control(**_spread(item)) in triggered else None) for item in items]
    values = {"clusters-item": clicks, triggered: value}
    return page.call("clusters-selected.data", triggered, values)


def _spread(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": item["type"], "cluster": item["cluster"]}


def _show(page: Page, cluster: int | None) -> dict[str, Any]:
    items = [props["id"] for props in page.matching("clusters-item")]
    return page.call(
        "clusters-detail.children",
        "clusters-selected.data",
        {
            "clusters-selected.data": {"cluster": cluster},
            "clusters-shown.data": page.find("clusters-shown")["data"],
            "clusters-item": [(item, item) for item in items],
        },
        {"clusters-item": items},
    )


def test_the_latest_result_is_shown_without_arguments(client: Client, shop: Shop) -> None:
    page = Page(client, "/clusters")

    assert page.find("clusters-shown")["data"] == shop.result.id
    assert [option["value"] for option in page.find("clusters-source")["options"]] == [
        shop.result.id,
        "training",
    ]
    assert "All 700 sessions of “March visits”." in page.text()


def test_the_training_data_says_what_it_is(client: Client) -> None:
    page = Page(client, "/clusters?source=training")

    assert "of the synthetic demo shop that the model had not seen in training" in page.text()
    assert set(NAMES) <= set(page.text().split("\n"))


def test_an_address_with_a_cluster_opens_it(client: Client, shop: Shop) -> None:
    page = Page(client, f"/clusters?source={shop.result.id}&cluster=2")

    assert page.find("clusters-selected")["data"] == {"cluster": 2}
    assert f"/what-if?result={shop.result.id}&session=" in str(page.content)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/clusters?source=gone", "“March visits” instead"),
        ("/clusters?cluster=99", "in the cluster of this link"),
        ("/clusters?cluster=two", "in the cluster of this link"),
    ],
)
def test_a_link_that_asks_for_what_is_not_there_says_so(client: Client, address: str, said: str) -> None:
    assert said in Page(client, address).text()


def test_a_click_selects_its_cluster(client: Client) -> None:
    page = Page(client, "/clusters")
    item = f"{control('clusters-item', cluster=1)}.n_clicks"
    dot = {"points": [{"customdata": [2, "S1", 0.1]}]}

    assert _select(page, item, 1)["clusters-selected"]["data"] == {"cluster": 1}
    assert _select(page, "clusters-map.clickData", dot)["clusters-selected"]["data"] == {"cluster": 2}
    assert _select(page, "clusters-sizes.clickData", dot)["clusters-selected"]["data"] == {"cluster": 2}
    assert _select(page, "clusters-all.n_clicks", 1)["clusters-selected"]["data"] == {"cluster": None}


def test_the_selected_cluster_is_shown_marked_and_in_the_address(client: Client, shop: Shop) -> None:
    page = Page(client, "/clusters")
    answer = _show(page, 2)

    assert answer["clusters-state"]["data"] == {
        "pathname": "/clusters",
        "query": f"source={shop.result.id}&cluster=2",
    }
    assert "selected" in answer[control("clusters-item", cluster=2)]["className"]
    assert "selected" not in answer[control("clusters-item", cluster=0)]["className"]
    assert "Typical sessions" in str(answer["clusters-detail"]["children"])
    changes = {
        tuple(step["location"]): step["params"]["value"]
        for step in answer["clusters-map"]["figure"]["operations"]
    }
    assert len({opacity for place, opacity in changes.items() if place[-1] == "opacity"}) == 2


def test_another_source_is_opened_by_its_address(client: Client, shop: Shop) -> None:
    page = Page(client, "/clusters")
    values = {"clusters-source.value": "training", "clusters-shown.data": shop.result.id}

    moved = page.call("clusters-open.data", "clusters-source.value", values)

    assert moved["clusters-open"]["data"] == {"pathname": "/clusters", "query": "source=training"}


def _rename(page: Page, names: list[str], triggered: str = "clusters-rename-save") -> Any:
    fields = [props["id"] for props in page.matching("clusters-rename-name")]
    return page.call(
        "clusters-rename-dialog.is_open",
        f"{triggered}.n_clicks",
        {
            f"{triggered}.n_clicks": 1,
            "clusters-rename-name": list(zip(fields, names, strict=True)),
            "clusters-shown.data": page.find("clusters-shown")["data"],
            "clusters-selected.data": page.find("clusters-selected")["data"],
        },
    )


def test_clusters_are_renamed_in_the_page_and_in_what_is_scored_from_then_on(
    client: Client, shop: Shop
) -> None:
    page = Page(client, f"/clusters?source={shop.result.id}&cluster=1")
    told = [props["value"] for props in page.matching("clusters-rename-name")]
    assert told == list(NAMES)

    opened = _rename(page, told, "clusters-rename")
    assert opened["clusters-rename-dialog"]["is_open"] is True

    saved = _rename(page, ["Our own name", *told[1:]])

    assert saved["clusters-rename-dialog"]["is_open"] is False
    assert "Our own name" in str(saved["clusters-body"]["children"])
    for source in ("training", shop.result.id):
        assert "Our own name" in Page(client, f"/clusters?source={source}").text()
    assert (
        "Our own name"
        in Predictor.load().predict(pa.Table.from_pylist(shop.rows))["cluster_name"].to_pylist()
    )
    rename_clusters("demo-shop", told)


def test_two_clusters_of_one_name_are_refused_in_the_dialog(client: Client) -> None:
    page = Page(client, "/clusters")

    refused = _rename(page, ["Same", "same", *NAMES[2:]])

    assert refused["clusters-rename-dialog"]["is_open"] is True
    assert "both be called" in str(refused["clusters-rename-problem"]["children"])
    assert "same" not in Page(client, "/clusters").text().split("\n")
