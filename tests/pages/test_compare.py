"""Two results beside each other over HTTP: what is asked for, the address, swapping, other sessions."""

from __future__ import annotations

from typing import Any

from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page


def test_with_one_side_the_other_is_asked_for(client: Client, shop: Shop) -> None:
    page = Page(client, f"/compare?a={shop.result.id}")
    links = {part["props"].get("href") for part in page.components()}
    assert f"/compare?a={shop.result.id}&b=training" in links
    device = f"/compare?a={shop.result.id}&b={shop.result.id}&a.device=mobile&b.device=desktop"
    assert device in links
    assert "doesn't exist" in Page(client, f"/compare?a={shop.result.id}&b=gone").text()


def test_two_sides_are_told_apart_and_flagged(client: Client, shop: Shop) -> None:
    said = Page(client, f"/compare?a={shop.result.id}&b=training").text()
    assert "Conversion: no difference beyond chance" in said
    assert "One side is made-up data" in said
    assert "What differs most in conversion" in said
    same = Page(client, f"/compare?a={shop.result.id}&b={shop.result.id}").text()
    assert "Both sides are the same sessions" in same
    nobody = Page(client, f"/compare?a={shop.result.id}&b=training&min_p=1").text()
    assert "Nothing matches the filters" in nobody
    assert "Probability: 100–100%" in nobody


def _choose(page: Page, changed: dict[str, Any], show: str) -> dict[str, Any]:
    lists = [(props["id"], props["value"]) for props in page.matching("compare-only")]
    return page.call(
        "compare-query.data",
        "compare-show.value",
        {
            "compare-only": [(i, changed.get(i["side"], value)) for i, value in lists],
            "compare-show.value": show,
            "compare-side": [(props["id"], props["value"]) for props in page.matching("compare-side")],
            "compare-query.data": page.find("compare-query")["data"],
        },
    )


def test_what_is_chosen_stands_in_the_address_and_is_restored(client: Client, shop: Shop) -> None:
    there = f"a={shop.result.id}&b={shop.result.id}"
    page = Page(client, f"/compare?{there}&min_p=0.001")
    answer = _choose(page, {"a": ["device:mobile"], "b": ["device:desktop"]}, "conversion")
    query = answer["compare-state"]["data"]["query"]
    assert query == f"{there}&min_p=0.001&a.device=mobile&b.device=desktop&show=conversion"
    assert "Groups beside each other: conversion" in str(answer["compare-body"]["children"])
    again = Page(client, f"/compare?{query}")
    assert [props["value"] for props in again.matching("compare-only")] == [
        [],
        ["device:mobile"],
        ["device:desktop"],
    ]
    assert again.find("compare-body")["children"] == answer["compare-body"]["children"]


def test_swapped_the_sides_take_their_filters_along(client: Client, shop: Shop) -> None:
    page = Page(client, f"/compare?a={shop.result.id}&b=training&a.device=mobile&device=tablet")
    moved = page.call(
        "compare-open.data",
        "compare-swap.n_clicks",
        {
            "compare-side": [(props["id"], props["value"]) for props in page.matching("compare-side")],
            "compare-swap.n_clicks": 1,
            "compare-query.data": page.find("compare-query")["data"],
            "compare-show.value": "share",
        },
    )
    query = moved["compare-open"]["data"]["query"]
    assert query == f"a=training&b={shop.result.id}&device=tablet&b.device=mobile"
