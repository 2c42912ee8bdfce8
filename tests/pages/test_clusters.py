"""The clusters page over HTTP: its sources, a chosen cluster, its address."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from core.bundle.edit import rename_clusters
from core.bundle.predictor import Predictor
from core.results.clusters.session_map import unpack
from tests.core.whatif.handmade import NAMES
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control, dependencies


def _select(page: Page, triggered: str, value: Any) -> Any:
    items = [props["id"] for props in page.matching("clusters-item")]
    clicks = [(item, value if control(**_spread(item)) in triggered else None) for item in items]
    values = {"clusters-item": clicks, triggered: value}
    return page.call("clusters-selected.data", triggered, values)


def _spread(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": item["type"], "cluster": item["cluster"]}


def _show(page: Page, cluster: int | None, area: str = "") -> dict[str, Any]:
    items = [props["id"] for props in page.matching("clusters-item")]
    return page.call(
        "clusters-detail.data-component",
        "clusters-selected.data",
        {
            "clusters-selected.data": {"cluster": cluster, "area": area},
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

    assert "from the synthetic demo shop that the model hadn't seen in training" in page.text()
    assert set(NAMES) <= set(page.text().split("\n"))


def test_an_address_with_a_cluster_opens_it(client: Client, shop: Shop) -> None:
    page = Page(client, f"/clusters?source={shop.result.id}&cluster=2")

    assert page.find("clusters-selected")["data"] == {"cluster": 2, "area": ""}
    assert f"/what-if?result={shop.result.id}&session=" in str(page.content)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/clusters?source=gone", "“March visits” is shown instead"),
        ("/clusters?cluster=99", "in this link's cluster"),
        ("/clusters?cluster=two", "in this link's cluster"),
        ("/clusters?view=moon", "doesn't exist here"),
        ("/clusters?area=1:1,2:2", "doesn't exist here"),
    ],
)
def test_a_link_that_asks_for_what_is_not_there_says_so(client: Client, address: str, said: str) -> None:
    assert said in Page(client, address).text()


AREA = "-50:-50,50:-50,50:50,-50:50"


def test_a_click_in_the_list_selects_its_cluster(client: Client) -> None:
    page = Page(client, "/clusters?cluster=0")
    item = f"{control('clusters-item', cluster=1)}.n_clicks"

    assert _select(page, item, 1)["clusters-selected"]["data"] == {"cluster": 1, "area": ""}


def test_a_click_on_a_bar_opens_its_cluster_on_the_map(client: Client, shop: Shop) -> None:
    page = Page(client, "/clusters?view=all")
    bar = {"points": [{"customdata": [2, "12%"]}]}
    values = {"clusters-sizes.clickData": bar, "clusters-shown.data": shop.result.id}
    spec = next(
        name
        for name, spec in dependencies(client).items()
        if any(item["id"] == "clusters-sizes" for item in spec["inputs"])
    )

    opened = page.call(spec, "clusters-sizes.clickData", values)

    (told,) = opened.values()
    assert told["data"] == {"pathname": "/clusters", "query": f"source={shop.result.id}&cluster=2"}


def test_the_selected_cluster_is_shown_and_marked(client: Client) -> None:
    answer = _show(Page(client, "/clusters"), 2)

    assert "selected" in answer[control("clusters-item", cluster=2)]["className"]
    assert "selected" not in answer[control("clusters-item", cluster=0)]["className"]
    assert "Typical sessions" in answer["clusters-detail"]["data-component"]


def test_an_area_is_shown_with_what_can_be_done(client: Client, shop: Shop) -> None:
    answer = str(_show(Page(client, "/clusters"), None, AREA))
    opened = Page(client, f"/clusters?area={AREA}")

    assert f"/audiences/new?result={shop.result.id}&area={AREA}" in answer
    assert "700 sessions in this area" in opened.find("clusters-detail")["data-component"]
    assert opened.find("clusters-selected")["data"] == {"cluster": None, "area": AREA}
    assert "/audiences/new" not in str(Page(client, f"/clusters?source=training&area={AREA}").content)


def _chosen(page: Page, **values: Any) -> dict[str, Any]:
    """Return what is on a page, with some of it changed."""
    there = {
        f"{name}.data": page.find(name)["data"]
        for name in (
            "clusters-shown",
            "clusters-view",
            "clusters-selected",
            "clusters-frame",
            "clusters-drawn",
        )
    }
    controls = [
        (props["id"], values.get(props["id"]["name"], props["value"]))
        for props in page.matching("clusters-control")
    ]
    more = {f"{name}.{prop}": value for (name, prop), value in values.get("more", {}).items()}
    return {**there, "clusters-control": controls, **more}


def test_the_address_tells_all_that_is_chosen(client: Client, shop: Shop) -> None:
    page = Page(client, "/clusters")
    more = {
        ("clusters-selected", "data"): {"cluster": None, "area": AREA},
        ("clusters-frame", "data"): "-1:-1,2:2",
        ("clusters-colour", "value"): "n_events",
    }
    kept = page.call("clusters-state.data", "clusters-colour.value", _chosen(page, more=more))

    query = f"source={shop.result.id}&area={AREA}&colour=n_events&frame=-1:-1,2:2"
    assert kept["clusters-state"]["data"] == {"pathname": "/clusters", "query": query}
    assert "view=time" in str(kept["clusters-views"]["children"]), "links to other views take it along"
    again = Page(client, f"/clusters?{query}")
    assert again.find("clusters-map-settings")["data"]["frame"] == "-1:-1,2:2"
    assert again.find("clusters-colour")["value"] == "n_events"


def test_a_view_is_drawn_as_its_controls_say_and_once_only(client: Client, shop: Shop) -> None:
    page = Page(client, "/clusters?view=two&cluster=0&with=1")
    changed = f"{control('clusters-control', name='other')}.value"
    values = _chosen(page, other="2")

    drawn = page.call("clusters-part.children", changed, values)
    query = f"source={shop.result.id}&view=two&cluster=0&with=2"
    assert drawn["clusters-drawn"]["data"] == query
    assert NAMES[2] in str(drawn["clusters-part"]["children"])
    # The new controls tell what is drawn already: the callback has nothing to do.
    again = Page(client, f"/clusters?{query}")
    with pytest.raises(AssertionError, match=r"^$"):
        again.call("clusters-part.children", changed, _chosen(again))


@pytest.mark.parametrize("view", ["all", "two", "time", "where", "path", "why"])
def test_every_view_opens_by_its_address(client: Client, view: str) -> None:
    page = Page(client, f"/clusters?view={view}")

    assert page.find("clusters-view")["data"] == view
    assert "clusters-map" not in {str(part["props"].get("id")) for part in page.components()}, (
        "drawn when asked"
    )


def test_the_map_of_a_source_is_fetched_by_the_browser(client: Client, shop: Shop) -> None:
    _, places = unpack(client.request("GET", f"/api/map/{shop.result.id}/places").content)
    ids = client.request("GET", f"/api/map/{shop.result.id}/sessions").json()
    shares, values = unpack(
        client.request("GET", f"/api/map/{shop.result.id}/values/purchase_probability").content
    )
    probability = {row["session_id"]: row["purchase_probability"] for row in shop.rows}

    assert len(places["x"]) == len(ids) == len(values["values"]) == 700
    assert values["values"].tolist() == pytest.approx([probability[one] for one in ids], rel=1e-6)
    assert shares["label"] == "Purchase probability"
    assert client.request("GET", "/api/map/training/places").status_code == 200
    assert client.request("GET", "/api/map/gone/places").status_code == 404
    assert client.request("GET", "/api/map/training/values/luck").status_code == 404


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
            **_chosen(page),
            f"{triggered}.n_clicks": 1,
            "clusters-rename-name": list(zip(fields, names, strict=True)),
        },
    )


def test_clusters_are_renamed_in_the_page_and_in_what_is_scored_from_then_on(
    client: Client, shop: Shop
) -> None:
    page = Page(client, f"/clusters?source={shop.result.id}&view=all")
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
